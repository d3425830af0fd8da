//! One command over pipes: started within a limit, and not left running when it is given up, not even while it is still being
//! started. Knows no screen.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

use crate::domain::{
    ExitStatus, Failure, FailureKind, Pid, ProgramSpec, RUN_OUTPUT_LIMIT, RunAnswer, RunVerdict, TerminalSignal,
};
use crate::envd::{EnvdClient, EnvdError, ProcessEvent, ProcessIo, ProcessStream};

/// A command that is not there after this time is given up. With the time for ending it: whoever waits knows within 15 s.
const START_LIMIT: Duration = Duration::from_secs(12);
/// Ending a command takes no longer than this.
const KILL_LIMIT: Duration = Duration::from_secs(2);

/// A command that is being started. It has a label of its own, so that it is found again if its start is given up.
pub struct CommandStart {
    client: EnvdClient,
    label: String,
    name: String,
    starting: BoxFuture<'static, Result<ProcessStream, EnvdError>>,
    deadline: Instant,
}

impl CommandStart {
    /// Begins to start it.
    pub fn new(client: &EnvdClient, mut program: ProgramSpec, io: ProcessIo) -> Self {
        let label = format!("e2b-tui-run-{:016x}", getrandom::u64().unwrap_or_default());
        program.tag = Some(label.clone());
        let name = program.short_name().to_owned();
        let asked = client.clone();
        Self {
            client: client.clone(),
            label,
            name,
            starting: Box::pin(async move { asked.start(&program, io).await }),
            deadline: Instant::now() + START_LIMIT,
        }
    }

    /// Waits until it runs. May be cancelled and called again. What is not there in time is given up.
    pub async fn wait(&mut self) -> Result<ProcessStream, Failure> {
        if let Ok(started) = timeout_at(self.deadline, Pin::new(&mut self.starting)).await {
            return started.map_err(Failure::from);
        }
        let is_over = self.give_up().await;
        let summary = format!(
            "cannot start {} on {}",
            crate::domain::RemoteText::new(&*self.name),
            self.client.endpoint_name()
        );
        let failure = Failure::new(FailureKind::Unreachable, summary)
            .because(format!("no answer within {} s", START_LIMIT.as_secs()));
        Err(if is_over {
            failure
        } else {
            failure.hint("it may have begun all the same, and may run on")
        })
    }

    /// Ends what may have begun: the start that is on its way is waited for a moment, and then looked for by its label.
    /// True if it is sure that nothing runs on.
    pub async fn give_up(&mut self) -> bool {
        let ending = async {
            match timeout(KILL_LIMIT / 2, Pin::new(&mut self.starting)).await {
                Ok(Ok(stream)) => return kill(&self.client, stream.pid()).await,
                Ok(Err(error)) => tracing::debug!(%error, "a command was given up that did not start"),
                Err(_) => {}
            }
            let Ok(listed) = self.client.list_processes().await else {
                return false;
            };
            let mut ours = listed
                .iter()
                .filter(|one| one.program.tag.as_ref() == Some(&self.label));
            match ours.next() {
                Some(process) => kill(&self.client, process.pid).await,
                // It is not there; whether it still comes nobody knows, unless the start has failed.
                None => true,
            }
        };
        timeout(KILL_LIMIT, ending).await.unwrap_or(false)
    }
}

/// Ends a command that nobody follows any longer. True if the sandbox says that it has.
pub async fn kill(client: &EnvdClient, pid: Pid) -> bool {
    match timeout(KILL_LIMIT, client.signal(pid, TerminalSignal::Kill)).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::info!(%error, "a command was not killed");
            FailureKind::NotFound == Failure::from(error).kind
        }
        Err(_) => {
            tracing::info!(%pid, "a command was not killed in time");
            false
        }
    }
}

/// Runs a command to its end and keeps what it prints. When it is given up it is killed, and what it printed is kept.
pub async fn run_command(client: &EnvdClient, program: ProgramSpec, mut given_up: watch::Receiver<bool>) -> RunAnswer {
    let mut answer = RunAnswer {
        verdict: RunVerdict::Ended(0),
        stdout: Vec::new(),
        stderr: Vec::new(),
        is_cut: false,
    };
    // Those that were still waiting for their turn are not begun any more.
    let followed = if *given_up.borrow() {
        Err(interrupted(true))
    } else {
        follow(client, program, &mut given_up, &mut answer).await
    };
    answer.verdict = match followed {
        Ok(status) => RunVerdict::Ended(status.shell_code()),
        Err(failure) => RunVerdict::Failed(failure.to_string()),
    };
    answer
}

async fn follow(
    client: &EnvdClient,
    program: ProgramSpec,
    given_up: &mut watch::Receiver<bool>,
    answer: &mut RunAnswer,
) -> Result<ExitStatus, Failure> {
    let mut start = CommandStart::new(client, program, ProcessIo::Pipes { stdin: false });
    let started = tokio::select! {
        biased;
        () = until_so(given_up) => None,
        started = start.wait() => Some(started),
    };
    let Some(started) = started else {
        return Err(interrupted(start.give_up().await));
    };
    let mut stream = started?;
    let pid = stream.pid();
    loop {
        let event = tokio::select! {
            biased;
            () = until_so(given_up) => None,
            event = stream.next() => Some(event),
        };
        let Some(event) = event else {
            return Err(interrupted(kill(client, pid).await));
        };
        match event {
            Ok(Some(ProcessEvent::Stdout(bytes) | ProcessEvent::Terminal(bytes))) => {
                keep(&bytes, &mut answer.stdout, &mut answer.is_cut);
            }
            Ok(Some(ProcessEvent::Stderr(bytes))) => keep(&bytes, &mut answer.stderr, &mut answer.is_cut),
            Ok(Some(ProcessEvent::KeepAlive)) => {}
            Ok(Some(ProcessEvent::Ended(status))) => return Ok(status),
            Ok(None) => {
                return Err(Failure::new(
                    FailureKind::Internal,
                    "the command ended without a status",
                ));
            }
            Err(error) => {
                kill(client, pid).await;
                return Err(error.into());
            }
        }
    }
}

fn keep(bytes: &Bytes, kept: &mut Vec<u8>, is_cut: &mut bool) {
    let room = RUN_OUTPUT_LIMIT.saturating_sub(kept.len());
    *is_cut |= bytes.len() > room;
    kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
}

fn interrupted(is_over: bool) -> Failure {
    let failure = Failure::new(FailureKind::Internal, "the command was given up");
    if is_over {
        failure
    } else {
        failure.hint("the sandbox did not answer: it may run on there")
    }
}

/// Waits for the order to give up.
async fn until_so(given_up: &mut watch::Receiver<bool>) {
    if given_up.wait_for(|is_so| *is_so).await.is_err() {
        // Nobody is left to give the order.
        std::future::pending::<()>().await;
    }
}

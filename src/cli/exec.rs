//! `exec`: one command in one sandbox, connected to our own standard input, output and error.

use std::io::{self, IsTerminal, Write};

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::domain::{Failure, FailureKind, Pid, ProgramSpec};
use crate::envd::{EnvdClient, EnvdErrorKind, INPUT_CHUNK, ProcessEvent, ProcessIo, ProcessStream};
use crate::runtime::{CommandStart, EndSignals, kill};
use crate::startup::{Context, Sandboxes};

use super::arguments::ExecArguments;
use super::output;
use super::stdin_chunks::{Chunk, read_stdin};

/// Runs it and answers its exit code.
pub(super) async fn run(context: &Context, of: ExecArguments) -> Result<u8, Failure> {
    let mut signals = EndSignals::listen()?;
    let mut sandboxes = Sandboxes::new(context);
    let sandbox = tokio::select! {
        sandbox = sandboxes.open(&of.target) => sandbox?,
        signal = signals.next() => return Ok(signal.exit_code()),
    };
    if let Some(warning) = &sandbox.warning {
        output::complain(&format!("warning: {warning}"));
    }
    if of.background && sandbox.is_embedded {
        let what = "the embedded sandbox ends with this command, and what runs in it as well";
        return Err(Failure::new(FailureKind::Usage, what)
            .hint("run `e2b-tui serve` and name its address, or leave --background out"));
    }
    let client = EnvdClient::new(&sandbox.endpoint)?;
    let mut words = of.program.into_iter();
    let mut program = ProgramSpec::new(words.next().unwrap_or_default(), words);
    program.envs.clone_from(&context.flags.envs);
    program.cwd.clone_from(&sandbox.cwd);
    let feeds = !of.no_stdin && !of.background && !io::stdin().is_terminal();
    let mut start = CommandStart::new(&client, program.clone(), ProcessIo::Pipes { stdin: feeds });
    let started = tokio::select! {
        started = start.wait() => Ok(started),
        signal = signals.next() => Err(signal),
    };
    let stream = match started {
        Ok(Ok(stream)) => stream,
        Ok(Err(failure)) => return Err(explained(failure, &client, &program).await),
        Err(signal) => {
            // A closed window detaches; everything else means that the command is not wanted, also if it just begins.
            if !signal.is_hangup() && !start.give_up().await {
                output::complain("the sandbox did not answer: the command may run on there");
            }
            return Ok(signal.exit_code());
        }
    };
    if of.background {
        // Nobody listens any more: it runs on all the same.
        let written = write(Bytes::from(format!("{}\n", stream.pid())), io::stdout).await;
        return flatten(written).map_or_else(|error| Ok(output::cannot_write(&error)), |()| Ok(0));
    }
    let command = RunningCommand {
        pid: stream.pid(),
        feeding: feeds.then(|| tokio::spawn(feed(client.clone(), stream.pid(), read_stdin(INPUT_CHUNK)))),
        stream,
        client,
    };
    let code = command.follow(&mut signals).await;
    sandboxes.stop().await;
    code
}

/// A missing folder is refused like any other bad argument; whoever asked for it wants to know that it is missing.
async fn explained(failure: Failure, client: &EnvdClient, program: &ProgramSpec) -> Failure {
    let Some(cwd) = &program.cwd else { return failure };
    let is_refused = failure.kind == FailureKind::Refused;
    if is_refused
        && client
            .stat(cwd)
            .await
            .is_err_and(|error| error.kind() == EnvdErrorKind::NotFound)
    {
        return Failure {
            kind: FailureKind::NotFound,
            ..failure.hint("make the folder, or name another one with --cwd")
        };
    }
    failure
}

struct RunningCommand {
    client: EnvdClient,
    stream: ProcessStream,
    pid: Pid,
    feeding: Option<JoinHandle<Result<(), Failure>>>,
}

impl RunningCommand {
    /// Passes everything on until the command has ended, and answers its exit code.
    async fn follow(mut self, signals: &mut EndSignals) -> Result<u8, Failure> {
        loop {
            tokio::select! {
                event = self.stream.next() => {
                    let written = match event {
                        Ok(Some(ProcessEvent::Stdout(bytes) | ProcessEvent::Terminal(bytes))) => {
                            write(bytes, io::stdout)
                        }
                        Ok(Some(ProcessEvent::Stderr(bytes))) => write(bytes, io::stderr),
                        Ok(Some(ProcessEvent::KeepAlive)) => continue,
                        Ok(Some(ProcessEvent::Ended(status))) => return Ok(status.shell_code()),
                        Ok(None) => return Err(Failure::new(FailureKind::Internal, "the command ended without a status")),
                        Err(error) => return Err(self.may_run_on(error.into())),
                    };
                    tokio::select! {
                        written = written => if let Err(error) = flatten(written) {
                            self.kill().await;
                            return Ok(output::cannot_write(&error));
                        },
                        signal = signals.next() => return Ok(self.end_by(signal).await),
                    }
                }
                fed = fed(&mut self.feeding) => {
                    self.feeding = None;
                    if let Err(failure) = fed {
                        self.kill().await;
                        return Err(failure);
                    }
                }
                signal = signals.next() => return Ok(self.end_by(signal).await),
            }
        }
    }

    async fn end_by(&self, signal: crate::runtime::EndSignal) -> u8 {
        // A closed window detaches: what runs in the sandbox runs on.
        if !signal.is_hangup() {
            self.kill().await;
        }
        signal.exit_code()
    }

    async fn kill(&self) {
        if !kill(&self.client, self.pid).await {
            output::complain(&format!("the sandbox did not answer: process {} may run on", self.pid));
        }
    }

    fn may_run_on(&self, failure: Failure) -> Failure {
        let hint = format!("process {} may still run there", self.pid);
        failure.hint(hint)
    }
}

/// Writes in a thread of its own: a reader that does not read must not keep us from noticing ctrl-c.
fn write<W: Write>(bytes: Bytes, out: impl FnOnce() -> W + Send + 'static) -> JoinHandle<io::Result<()>> {
    spawn_blocking(move || {
        let mut out = out();
        out.write_all(&bytes)?;
        out.flush()
    })
}

fn flatten(written: Result<io::Result<()>, tokio::task::JoinError>) -> io::Result<()> {
    written.map_err(io::Error::other)?
}

/// Waits for the input to be passed on; for ever if there is none.
async fn fed(feeding: &mut Option<JoinHandle<Result<(), Failure>>>) -> Result<(), Failure> {
    match feeding {
        Some(feeding) => feeding.await.unwrap_or_else(|error| {
            Err(Failure::new(FailureKind::Internal, "passing on standard input failed").because(error.to_string()))
        }),
        None => std::future::pending().await,
    }
}

/// Passes standard input on, then says that it has ended.
async fn feed(client: EnvdClient, pid: Pid, mut chunks: mpsc::Receiver<Chunk>) -> Result<(), Failure> {
    while let Some(chunk) = chunks.recv().await {
        let bytes = match chunk {
            Ok(bytes) => bytes,
            Err(error) => {
                output::complain(&format!("cannot read standard input: {error}"));
                break;
            }
        };
        if let Err(error) = client.send_stdin(pid, bytes).await {
            return unless_it_stopped_reading(error.into());
        }
    }
    match client.close_stdin(pid).await {
        Ok(()) => Ok(()),
        Err(error) => unless_it_stopped_reading(error.into()),
    }
}

/// A command that has ended, or closed its input, needs no more of it: that is no failure, as in a pipe. Anything else
/// would leave it with half of its input and nobody told.
fn unless_it_stopped_reading(failure: Failure) -> Result<(), Failure> {
    match failure.kind {
        FailureKind::NotFound | FailureKind::Refused | FailureKind::Internal => {
            tracing::debug!(%failure, "the command takes no more input");
            Ok(())
        }
        _ => Err(failure),
    }
}

//! `shell`: one terminal without a frame. What the program prints goes to the user's terminal as it comes.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use bytes::Bytes;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::domain::{
    Failure, FailureKind, ProgramSpec, SessionEntry, SessionNews, SessionOrder, SessionPlan, TargetId,
};
use crate::envd::{EnvdClient, SessionLink};
use crate::host::{self, RawMode};
use crate::runtime::EndSignals;
use crate::startup::{Context, OpenSandbox, Sandboxes};

use super::arguments::ShellArguments;
use super::output;
use super::shell_escapes::{HELP, ShellEscapes, Typed};
use super::stdin_chunks::{Chunk, read_stdin};

/// News that wait to be shown.
const NEWS: usize = 64;
/// Leaving the session takes no longer than this.
const LEAVE_LIMIT: Duration = Duration::from_millis(500);

/// Opens it and answers the exit code of what ran in it.
pub(super) async fn run(context: &Context, of: ShellArguments) -> Result<u8, Failure> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(Failure::new(
            FailureKind::Usage,
            "shell needs a terminal on standard input and output",
        )
        .hint("use `e2b-tui exec` in pipes and scripts"));
    }
    let mut sandboxes = Sandboxes::new(context);
    let sandbox = sandboxes.open(&of.target).await?;
    if let Some(warning) = &sandbox.warning {
        output::complain(&format!("warning: {warning}"));
    }
    let client = EnvdClient::new(&sandbox.endpoint)?;
    let plan = SessionPlan {
        target: TargetId(0),
        entry: SessionEntry::Start(program(context, &sandbox, of.program)),
        size: host::terminal_size(),
    };
    let (sender, news) = mpsc::channel(NEWS);
    let code = {
        let raw = RawMode::enter().map_err(|error| Failure::new(FailureKind::Usage, error.to_string()))?;
        let shell = RawShell {
            link: SessionLink::open(client, plan, sender),
            news,
            typed: read_stdin(4096),
            escapes: ShellEscapes::new(),
            raw,
            farewell: if sandbox.is_embedded {
                "left; what ran in the embedded sandbox ends with it"
            } else {
                "left; what runs in the sandbox runs on"
            },
            lost: None,
        };
        shell.run().await
    };
    sandboxes.stop().await;
    code
}

fn program(context: &Context, sandbox: &OpenSandbox, words: Vec<String>) -> ProgramSpec {
    let mut words = words.into_iter();
    let mut program = match words.next() {
        Some(command) => ProgramSpec::new(command, words).for_terminal(),
        None => sandbox.shell.program.clone(),
    };
    // What it prints meets the user's own terminal, so that is the one to name, if sandboxes can be expected to know it.
    if let Some(term) = std::env::var("TERM").ok().filter(|term| is_widely_known(term)) {
        program.envs.insert("TERM".to_owned(), term);
    }
    program.envs.extend(context.flags.envs.clone());
    program.cwd.clone_from(&sandbox.cwd);
    program
}

/// Terminals that every system's database describes. Others are close to xterm.
fn is_widely_known(term: &str) -> bool {
    ["linux", "screen", "tmux", "vt100", "vt220", "rxvt", "dumb"]
        .iter()
        .any(|family| {
            term.strip_prefix(family)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
}

struct RawShell {
    link: SessionLink,
    news: mpsc::Receiver<SessionNews>,
    typed: mpsc::Receiver<Chunk>,
    escapes: ShellEscapes,
    raw: RawMode,
    /// What is true of the programs when the user leaves.
    farewell: &'static str,
    /// Why there is no link now. Leaving then is no success.
    lost: Option<Failure>,
}

impl RawShell {
    async fn run(mut self) -> Result<u8, Failure> {
        let mut signals = EndSignals::listen()?;
        let listen = |kind| {
            signal(kind).map_err(|error| {
                Failure::new(FailureKind::Internal, "cannot listen for signals").because(error.to_string())
            })
        };
        let mut resized = listen(SignalKind::window_change())?;
        let mut continued = listen(SignalKind::from_raw(nix::libc::SIGCONT))?;
        let mut is_listening = true;
        let ended = loop {
            tokio::select! {
                news = self.news.recv() => tokio::select! {
                    shown = self.show(news) => match shown {
                        Ok(None) => {}
                        Ok(Some(code)) => break Ok(code),
                        Err(failure) => break Err(failure),
                    },
                    signal = signals.next() => break Ok(signal.exit_code()),
                },
                chunk = self.typed.recv(), if is_listening => match chunk {
                    Some(Ok(bytes)) => {
                        if self.pass_on(&bytes).await {
                            self.notice(self.farewell).await;
                            break self.lost.take().map_or(Ok(0), Err);
                        }
                    }
                    Some(Err(_)) | None => is_listening = false,
                },
                _ = resized.recv() => self.link.order(SessionOrder::Resize(host::terminal_size())),
                _ = continued.recv() => {
                    // Whoever had the terminal meanwhile left it in its own mode.
                    if self.raw.enter_again().is_ok() {
                        self.link.order(SessionOrder::Resize(host::terminal_size()));
                    }
                }
                signal = signals.next() => break Ok(signal.exit_code()),
            }
        };
        self.link.order(SessionOrder::Detach);
        let _ = timeout(LEAVE_LIMIT, self.link.finished()).await;
        ended
    }

    /// Shows what the session says; answers the exit code once there is one.
    async fn show(&mut self, news: Option<SessionNews>) -> Result<Option<u8>, Failure> {
        match news {
            Some(SessionNews::Output(bytes)) => {
                if let Err(error) = write(bytes).await {
                    return Ok(Some(output::cannot_write(&error)));
                }
            }
            Some(SessionNews::Opened(_)) => self.lost = None,
            Some(SessionNews::RoundTrip(_)) => {}
            Some(SessionNews::Lost { failure, retry_in, .. }) => {
                let seconds = retry_in.as_secs_f32();
                self.notice(&format!("{failure}; trying again in {seconds:.1} s; Enter ~. leaves"))
                    .await;
                self.lost = Some(failure);
            }
            Some(SessionNews::Rejoined { gap }) => {
                self.lost = None;
                let seconds = gap.as_secs_f32();
                self.notice(&format!("connected again after {seconds:.1} s; output may be missing"))
                    .await;
            }
            Some(SessionNews::Unconfirmed { bytes }) => {
                self.notice(&format!(
                    "{bytes} bytes were typed while the connection broke: they may not have arrived"
                ))
                .await;
            }
            Some(SessionNews::Refused { bytes }) => {
                self.notice(&format!(
                    "{bytes} bytes were not sent: the sandbox takes no input at the moment"
                ))
                .await;
            }
            Some(SessionNews::Ended(status)) => return Ok(Some(status.shell_code())),
            Some(SessionNews::Failed(failure)) => return Err(failure),
            None => {
                return Err(Failure::new(
                    FailureKind::Internal,
                    "the session ended without saying why",
                ));
            }
        }
        Ok(None)
    }

    /// Passes typing on; true when the user wants to leave.
    async fn pass_on(&mut self, typed: &[u8]) -> bool {
        for part in self.escapes.read(typed) {
            match part {
                Typed::Bytes(bytes) => self.link.order(SessionOrder::Send(Bytes::from(bytes))),
                Typed::Leave => return true,
                Typed::Help => self.notice(HELP).await,
                Typed::Suspend => {
                    if let Err(failure) = host::stop_like_a_job(|| self.raw.leave()) {
                        self.notice(&failure.to_string()).await;
                    }
                    let _ = self.raw.enter_again();
                }
            }
        }
        false
    }

    async fn notice(&self, text: &str) {
        let _ = write(Bytes::from(format!("\r\n\x1b[0me2b-tui: {text}\r\n"))).await;
    }
}

/// Writes in a thread of its own: a terminal that was stopped with ctrl-s must not keep us from leaving.
async fn write(bytes: Bytes) -> io::Result<()> {
    let writing = spawn_blocking(move || {
        let mut out = io::stdout().lock();
        out.write_all(&bytes)?;
        out.flush()
    });
    writing.await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_terminals_that_sandboxes_know_are_named() {
        for (term, expected) in [
            ("linux", true),
            ("tmux-256color", true),
            ("screen", true),
            ("xterm-kitty", false),
            ("tmuxer", false),
        ] {
            assert_eq!(is_widely_known(term), expected, "{term}");
        }
    }
}

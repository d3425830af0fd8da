//! One running process: its input, its signals, its output on the way to the fanout, its end. Knows no table, no
//! selector and no stream of a caller.

use std::io;
use std::process::ExitStatus;
use std::sync::Arc;

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::Instant;
use tonic::Status;

use super::exit::{end_event, system_text};
use super::fanout::{Fanout, Subscription};
use super::pseudo_terminal::PseudoTerminal;
use super::pumps::Pumps;
use crate::wire::generated::process::ProcessConfig;
use crate::wire::generated::process::process_event::EndEvent;

/// A process from its start until its end is announced.
#[derive(Debug)]
pub(super) struct Process {
    /// The process id of the command itself; also the id of its session and process group.
    pub pid: u32,
    /// What the caller asked for, as it was asked.
    pub config: ProcessConfig,
    /// A free name that the caller gave.
    pub tag: Option<String>,
    /// Where its output goes.
    pub fanout: Arc<Fanout>,
    input: Input,
    orders: mpsc::UnboundedSender<Order>,
}

/// Where input goes.
#[derive(Debug)]
pub(super) enum Input {
    /// As if typed.
    Terminal(Arc<PseudoTerminal>),
    /// Into a pipe, until that is closed; nowhere if there never was one.
    Pipe(Mutex<Option<ChildStdin>>),
}

/// What the task that owns the child can be told. Only that task knows whether the process id still belongs to the
/// child, so only it may send signals.
#[derive(Debug)]
struct Order {
    signal: Signal,
    to_group: bool,
    done: oneshot::Sender<io::Result<()>>,
}

/// What the task that owns the child needs.
#[derive(Debug)]
pub(super) struct Supervision {
    child: Child,
    pumps: Pumps,
    orders: mpsc::UnboundedReceiver<Order>,
    deadline: Option<Instant>,
}

/// What a caller asked for besides the program itself.
#[derive(Debug)]
pub(super) struct Labels {
    /// What the caller asked for, as it was asked.
    pub config: ProcessConfig,
    /// A free name.
    pub tag: Option<String>,
    /// When it is to be killed.
    pub deadline: Option<Instant>,
}

impl Process {
    /// Takes a child in, with its terminal if it has one, and subscribes to its output before any of it is read: what is
    /// read without a subscriber is dropped. The last part has to be driven by [`Supervision::end`].
    pub(super) fn adopt(
        mut child: Child,
        terminal: Option<PseudoTerminal>,
        labels: Labels,
    ) -> (Self, Subscription, Supervision) {
        let fanout = Arc::new(Fanout::default());
        let first = fanout.subscribe();
        let (input, pumps) = if let Some(terminal) = terminal.map(Arc::new) {
            let pumps = Pumps::from_terminal(Arc::clone(&terminal), &fanout);
            (Input::Terminal(terminal), pumps)
        } else {
            let stdin = child.stdin.take();
            let pumps = Pumps::from_pipes(child.stdout.take(), child.stderr.take(), &fanout);
            (Input::Pipe(Mutex::new(stdin)), pumps)
        };
        let (sender, orders) = mpsc::unbounded_channel();
        let process = Self {
            // A child that was just spawned has its id; 0 selects nothing.
            pid: child.id().unwrap_or_default(),
            config: labels.config,
            tag: labels.tag,
            fanout,
            input,
            orders: sender,
        };
        let supervision = Supervision {
            child,
            pumps,
            orders,
            deadline: labels.deadline,
        };
        (process, first, supervision)
    }

    /// Whether it has a terminal.
    pub(super) fn has_terminal(&self) -> bool {
        matches!(self.input, Input::Terminal(_))
    }

    /// Writes to standard input; waits while the pipe is full.
    pub(super) async fn write_stdin(&self, bytes: &[u8]) -> Result<(), Status> {
        let Input::Pipe(pipe) = &self.input else {
            return Err(Status::internal(
                "error writing to stdin: tty assigned to process, which takes its input",
            ));
        };
        let mut pipe = pipe.lock().await;
        let Some(stdin) = pipe.as_mut() else {
            return Err(Status::internal("error writing to stdin: stdin not enabled or closed"));
        };
        let written = stdin.write_all(bytes).await;
        written.map_err(|error| self.write_failed("stdin", &error))
    }

    /// Writes to the terminal; waits while the program does not read.
    pub(super) async fn write_terminal(&self, bytes: &[u8]) -> Result<(), Status> {
        let Input::Terminal(terminal) = &self.input else {
            return Err(Status::internal(
                "error writing to tty: tty not assigned to process, which takes input by stdin",
            ));
        };
        let written = terminal.write_all(bytes).await;
        written.map_err(|error| self.write_failed("tty", &error))
    }

    fn write_failed(&self, place: &str, error: &io::Error) -> Status {
        Status::internal(format!(
            "error writing to {place}: error writing to {place} of process '{}': {}",
            self.pid,
            system_text(error)
        ))
    }

    /// End of file on standard input. Doing it again, or where there is none, is fine.
    pub(super) async fn close_stdin(&self) -> Result<(), Status> {
        match &self.input {
            Input::Terminal(_) => Err(Status::unknown(
                "error closing stdin: cannot close stdin for PTY process; its end of input is the byte 0x04",
            )),
            Input::Pipe(pipe) => {
                pipe.lock().await.take();
                Ok(())
            }
        }
    }

    /// Changes the size of the terminal.
    pub(super) fn resize(&self, cols: u16, rows: u16) -> Result<(), Status> {
        match &self.input {
            Input::Terminal(terminal) => terminal
                .resize(cols, rows)
                .map_err(|error| Status::internal(format!("error resizing tty: {}", system_text(&error)))),
            Input::Pipe(_) => Err(Status::internal("error resizing tty: tty not assigned to process")),
        }
    }

    /// Sends a signal to the process alone. The streams then end with the process, even if children of it go on
    /// holding its output.
    pub(super) async fn signal(&self, signal: Signal) -> Result<(), Status> {
        let sent = self.order(signal, false).await;
        sent.map_err(|error| Status::internal(format!("error sending signal: {}", system_text(&error))))
    }

    /// Sends a signal to the process and to what it started in the same group, as closing its window would.
    pub(super) async fn signal_group(&self, signal: Signal) {
        if let Err(error) = self.order(signal, true).await {
            tracing::debug!(pid = self.pid, %error, "cannot signal a process group");
        }
    }

    async fn order(&self, signal: Signal, to_group: bool) -> io::Result<()> {
        let (done, answer) = oneshot::channel();
        let order = Order { signal, to_group, done };
        let ended = || io::Error::other("process already finished");
        self.orders.send(order).map_err(|_| ended())?;
        answer.await.unwrap_or_else(|_| Err(ended()))
    }
}

impl Supervision {
    /// Waits for the end: the exit of the process and of its output. A terminal's output ends with its leader; pipes
    /// may be held open by children, which TERM, KILL and the deadline cut short (`envd-wire.md` 4.3).
    pub(super) async fn end(mut self) -> EndEvent {
        let mut exit: Option<io::Result<ExitStatus>> = None;
        let mut output_ended = false;
        let mut told_to_end = false;
        while exit.is_none() || !(output_ended || told_to_end) {
            tokio::select! {
                result = self.child.wait(), if exit.is_none() => {
                    exit = Some(result);
                    self.pumps.process_exited();
                }
                () = self.pumps.finished(), if !output_ended => output_ended = true,
                Some(order) = self.orders.recv() => {
                    told_to_end |= matches!(order.signal, Signal::SIGTERM | Signal::SIGKILL);
                    let sent = self.carry_out(&order, exit.is_some());
                    // Who asked may have gone away.
                    let _ = order.done.send(sent);
                }
                () = until(self.deadline), if self.deadline.is_some() => {
                    self.deadline = None;
                    told_to_end = true;
                    if let (None, Some(pid)) = (&exit, self.pid()) {
                        // It may have ended by itself just now.
                        let _ = kill(pid, Signal::SIGKILL);
                    }
                }
            }
        }
        if !output_ended {
            self.pumps.cut_short().await;
        }
        end_event(exit.unwrap_or_else(|| Err(io::Error::other("never waited for"))))
    }

    fn pid(&self) -> Option<Pid> {
        self.child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw)
    }

    /// After the exit the id may belong to somebody else; the order then only ends the wait for the output.
    fn carry_out(&self, order: &Order, has_exited: bool) -> io::Result<()> {
        match self.pid() {
            Some(pid) if !has_exited => {
                let sent = if order.to_group {
                    killpg(pid, order.signal)
                } else {
                    kill(pid, order.signal)
                };
                sent.map_err(Into::into)
            }
            _ => Ok(()),
        }
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

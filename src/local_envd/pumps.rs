//! What carries the output of one process from its terminal or its pipes into the fanout. Knows nothing of exits.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};
use tokio::process::{ChildStderr, ChildStdout};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::fanout::Fanout;
use super::pseudo_terminal::PseudoTerminal;
use crate::wire::generated::process::process_event::data_event::Output;

/// Bytes in one piece of output of a pipe, at most.
const PIPE_PIECE: usize = 32 * 1024;
/// Bytes in one piece of output of a terminal, at most.
const TERMINAL_PIECE: usize = 16 * 1024;
/// Bytes that are still taken when reading is cut short: all that a pipe can hold.
const LAST_BYTES: usize = 1024 * 1024;
/// How long a terminal whose leader is gone has to be silent to count as drained. Its output reaches us a little
/// later than it was written; usually the kernel says when it was all, but not while a program that left the session
/// still holds the dead terminal open.
const SILENCE: Duration = Duration::from_millis(200);

/// How much longer there is something to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// As long as anybody has the other end open.
    Running,
    /// The process is gone; a terminal falls silent with it.
    Exited,
    /// Nobody waits for the rest.
    Cut,
}

/// The tasks that read.
#[derive(Debug)]
pub(super) struct Pumps {
    tasks: JoinSet<()>,
    stage: watch::Sender<Stage>,
}

impl Pumps {
    /// Reads a terminal until its other side is closed.
    pub(super) fn from_terminal(terminal: Arc<PseudoTerminal>, fanout: &Arc<Fanout>) -> Self {
        let (stage, stages) = watch::channel(Stage::Running);
        let mut tasks = JoinSet::new();
        tasks.spawn(pump_terminal(terminal, Arc::clone(fanout), stages));
        Self { tasks, stage }
    }

    /// Reads both pipes until nobody holds their other ends.
    pub(super) fn from_pipes(stdout: Option<ChildStdout>, stderr: Option<ChildStderr>, fanout: &Arc<Fanout>) -> Self {
        let (stage, stages) = watch::channel(Stage::Running);
        let mut tasks = JoinSet::new();
        if let Some(stdout) = stdout {
            tasks.spawn(pump_pipe(stdout, Output::Stdout, Arc::clone(fanout), stages.clone()));
        }
        if let Some(stderr) = stderr {
            tasks.spawn(pump_pipe(stderr, Output::Stderr, Arc::clone(fanout), stages));
        }
        Self { tasks, stage }
    }

    /// Waits until all output is in the fanout. May be dropped and called again.
    pub(super) async fn finished(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }

    /// Says that the process is gone. Children may go on writing to pipes, but not to a terminal.
    pub(super) fn process_exited(&self) {
        self.stage.send_replace(Stage::Exited);
    }

    /// Takes what is waiting, then stops.
    pub(super) async fn cut_short(&mut self) {
        self.stage.send_replace(Stage::Cut);
        self.finished().await;
    }
}

/// Waits for another stage. An error means that the owner is gone, which cuts just as well.
async fn stage_after(stage: Stage, stages: &mut watch::Receiver<Stage>) -> Stage {
    stages
        .wait_for(|current| *current != stage)
        .await
        .map_or(Stage::Cut, |stage| *stage)
}

async fn pump_terminal(terminal: Arc<PseudoTerminal>, fanout: Arc<Fanout>, mut stages: watch::Receiver<Stage>) {
    let mut buffer = vec![0; TERMINAL_PIECE];
    let mut stage = Stage::Running;
    let mut taken = 0;
    loop {
        let read = async {
            if stage != Stage::Cut {
                fanout.wait_for_room().await;
            }
            let read = terminal.read(&mut buffer);
            match stage {
                Stage::Running => read.await,
                Stage::Exited | Stage::Cut => tokio::time::timeout(SILENCE, read).await.unwrap_or(Ok(0)),
            }
        };
        let result = tokio::select! {
            result = read => result,
            next = stage_after(stage, &mut stages), if stage != Stage::Cut => {
                stage = next;
                continue;
            }
        };
        match result {
            Ok(0) => return,
            Ok(length) => fanout.publish(&Output::Pty(Bytes::copy_from_slice(&buffer[..length]))),
            Err(error) => {
                tracing::warn!(%error, "cannot read a terminal");
                return;
            }
        }
        taken += usize::from(stage == Stage::Cut) * TERMINAL_PIECE;
        if taken > LAST_BYTES {
            return;
        }
    }
}

async fn pump_pipe<R>(mut pipe: R, wrap: fn(Bytes) -> Output, fanout: Arc<Fanout>, mut stages: watch::Receiver<Stage>)
where
    R: AsyncRead + Unpin,
{
    let mut buffer = vec![0; PIPE_PIECE];
    let mut stage = Stage::Running;
    while stage != Stage::Cut {
        let read = async {
            fanout.wait_for_room().await;
            pipe.read(&mut buffer).await
        };
        let result = tokio::select! {
            result = read => result,
            next = stage_after(stage, &mut stages) => {
                stage = next;
                continue;
            }
        };
        match result {
            Ok(0) => return,
            Ok(length) => fanout.publish(&wrap(Bytes::copy_from_slice(&buffer[..length]))),
            Err(error) => {
                tracing::warn!(%error, "cannot read a pipe");
                return;
            }
        }
    }
    drain(pipe, wrap, &fanout).await;
}

/// Takes what is in the pipe right now. Whoever still holds its other end may go on writing, so not for ever.
async fn drain<R>(mut pipe: R, wrap: fn(Bytes) -> Output, fanout: &Fanout)
where
    R: AsyncRead + Unpin,
{
    let mut buffer = vec![0; PIPE_PIECE];
    let mut taken = 0;
    while taken < LAST_BYTES {
        let Some(Ok(length @ 1..)) = read_now(&mut pipe, &mut buffer).await else {
            return;
        };
        taken += length;
        fanout.publish(&wrap(Bytes::copy_from_slice(&buffer[..length])));
    }
}

/// Reads without waiting; `None` if nothing is there.
async fn read_now<R>(pipe: &mut R, buffer: &mut [u8]) -> Option<io::Result<usize>>
where
    R: AsyncRead + Unpin,
{
    poll_fn(|context| {
        let mut into = ReadBuf::new(buffer);
        Poll::Ready(match Pin::new(&mut *pipe).poll_read(context, &mut into) {
            Poll::Ready(Ok(())) => Some(Ok(into.filled().len())),
            Poll::Ready(Err(error)) => Some(Err(error)),
            Poll::Pending => None,
        })
    })
    .await
}

//! What carries the output of one process from its terminal or its pipes into the fanout. Knows nothing of exits.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

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
/// Bytes that are still taken from a pipe when it is cut short: all that it can hold.
const LAST_BYTES: usize = 1024 * 1024;

/// The tasks that read.
#[derive(Debug)]
pub(super) struct Pumps {
    tasks: JoinSet<()>,
    cut: watch::Sender<bool>,
}

impl Pumps {
    /// Reads a terminal until its other side is closed.
    pub(super) fn from_terminal(terminal: Arc<PseudoTerminal>, fanout: &Arc<Fanout>) -> Self {
        let (cut, when_cut) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(pump_terminal(terminal, Arc::clone(fanout), when_cut));
        Self { tasks, cut }
    }

    /// Reads both pipes until nobody holds their other ends.
    pub(super) fn from_pipes(stdout: Option<ChildStdout>, stderr: Option<ChildStderr>, fanout: &Arc<Fanout>) -> Self {
        let (cut, when_cut) = watch::channel(false);
        let mut tasks = JoinSet::new();
        if let Some(stdout) = stdout {
            tasks.spawn(pump_pipe(stdout, Output::Stdout, Arc::clone(fanout), when_cut.clone()));
        }
        if let Some(stderr) = stderr {
            tasks.spawn(pump_pipe(stderr, Output::Stderr, Arc::clone(fanout), when_cut));
        }
        Self { tasks, cut }
    }

    /// Waits until all output is in the fanout. May be dropped and called again.
    pub(super) async fn finished(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }

    /// Takes what is waiting, then stops.
    pub(super) async fn cut_short(&mut self) {
        self.cut.send_replace(true);
        self.finished().await;
    }
}

async fn is_cut(when_cut: &mut watch::Receiver<bool>) {
    // An error means that the owner is gone, which cuts just as well.
    let _ = when_cut.wait_for(|cut| *cut).await;
}

async fn pump_terminal(terminal: Arc<PseudoTerminal>, fanout: Arc<Fanout>, mut when_cut: watch::Receiver<bool>) {
    let mut buffer = vec![0; TERMINAL_PIECE];
    loop {
        let read = async {
            fanout.wait_for_room().await;
            terminal.read(&mut buffer).await
        };
        let result = tokio::select! {
            result = read => result,
            () = is_cut(&mut when_cut) => return,
        };
        match result {
            Ok(0) => return,
            Ok(length) => fanout.publish(&Output::Pty(Bytes::copy_from_slice(&buffer[..length]))),
            Err(error) => {
                tracing::warn!(%error, "cannot read a terminal");
                return;
            }
        }
    }
}

async fn pump_pipe<R>(mut pipe: R, wrap: fn(Bytes) -> Output, fanout: Arc<Fanout>, mut when_cut: watch::Receiver<bool>)
where
    R: AsyncRead + Unpin,
{
    let mut buffer = vec![0; PIPE_PIECE];
    loop {
        let read = async {
            fanout.wait_for_room().await;
            pipe.read(&mut buffer).await
        };
        let result = tokio::select! {
            result = read => result,
            () = is_cut(&mut when_cut) => return drain(pipe, wrap, &fanout).await,
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

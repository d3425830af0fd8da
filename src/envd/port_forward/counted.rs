//! A connection whose bytes are counted for a forward, and what is counted.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::domain::{ForwardTraffic, RemoteText};

/// What went through a forward.
#[derive(Debug, Default)]
pub(super) struct Tally {
    open: AtomicUsize,
    total: AtomicU64,
    inward: AtomicU64,
    outward: AtomicU64,
    failure: Mutex<Option<RemoteText>>,
}

impl Tally {
    /// All of it, at this moment.
    pub(super) fn traffic(&self) -> ForwardTraffic {
        ForwardTraffic {
            open: self.open.load(Ordering::Relaxed),
            total: self.total.load(Ordering::Relaxed),
            inward: self.inward.load(Ordering::Relaxed),
            outward: self.outward.load(Ordering::Relaxed),
            failure: self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Whether the last connection could be passed on, and why not.
    pub(super) fn note(&self, failure: Option<&str>) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure.map(RemoteText::from);
    }
}

/// A connection from this machine. As long as it lives it counts as open.
pub(super) struct Counted {
    stream: TcpStream,
    tally: Arc<Tally>,
}

impl Counted {
    pub(super) fn new(stream: TcpStream, tally: &Arc<Tally>) -> Self {
        tally.open.fetch_add(1, Ordering::Relaxed);
        tally.total.fetch_add(1, Ordering::Relaxed);
        Self {
            stream,
            tally: Arc::clone(tally),
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.tally.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(context, buffer);
        // What is read here goes to the sandbox.
        let read = buffer.filled().len() - before;
        self.tally.outward.fetch_add(read as u64, Ordering::Relaxed);
        result
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(written)) = result {
            self.tally.inward.fetch_add(written as u64, Ordering::Relaxed);
        }
        result
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

//! Synchronized output: bytes of a frame that a program has begun wait until it is whole, so that no half of it is seen.

use std::time::Duration;

/// A frame that is not ended within this time is shown as it is.
const PATIENCE: Duration = Duration::from_millis(150);
/// So is one that grows beyond this.
const MOST_BYTES: usize = 1 << 20;
/// What ends a frame.
const END: &[u8] = b"\x1b[?2026l";

/// Bytes that wait for the end of their frame.
#[derive(Debug)]
pub(super) struct Frame {
    bytes: Vec<u8>,
    since: Duration,
    /// Up to here there is no end.
    searched: usize,
}

impl Frame {
    pub(super) fn new(since: Duration) -> Self {
        Self {
            bytes: Vec::new(),
            since,
            searched: 0,
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// When it will be shown as it is.
    pub(super) fn deadline(&self) -> Duration {
        self.since + PATIENCE
    }

    /// Where the frame ends, if it does or if it has waited for too long.
    pub(super) fn end(&mut self, now: Duration) -> Option<usize> {
        let from = self.searched.saturating_sub(END.len());
        let found = self.bytes[from..].windows(END.len()).position(|window| window == END);
        self.searched = self.bytes.len();
        match found {
            Some(at) => Some(from + at + END.len()),
            None if now >= self.deadline() || self.bytes.len() > MOST_BYTES => Some(self.bytes.len()),
            None => None,
        }
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

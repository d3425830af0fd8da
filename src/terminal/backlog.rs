//! Output that was received and is not processed yet: what is worked off in steps, and the frame that is being received.
//!
//! Synchronized output: bytes of a frame that a program has begun wait until it is whole, so that no half of it is seen.

use std::time::Duration;

/// A frame that is not ended within this time is shown as it is.
const PATIENCE: Duration = Duration::from_millis(150);
/// So is one that grows beyond this.
const MOST_FRAME_BYTES: usize = 1 << 20;
/// So many bytes are worked off at once.
const STEP_BYTES: usize = 16 * 1024;
/// More room than this is given back when nothing waits.
const KEPT_BYTES: usize = 128 * 1024;

#[derive(Clone, Copy, Debug, Default)]
enum Frame {
    #[default]
    None,
    /// Begun and not ended. Up to `searched` there is no end.
    Open { since: Duration, searched: usize },
    /// To be shown up to here.
    Whole { end: usize },
}

/// Bytes that wait.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    bytes: Vec<u8>,
    /// Up to here they have been worked off.
    done: usize,
    /// How many have ever been worked off.
    passed: u64,
    frame: Frame,
}

impl Backlog {
    /// Adds what was received.
    pub(super) fn push(&mut self, bytes: &[u8], now: Duration) {
        if self.done >= self.bytes.len() / 2 {
            self.make_room();
        }
        self.bytes.extend_from_slice(bytes);
        self.look(now);
    }

    /// Forgets what has been worked off.
    fn make_room(&mut self) {
        let done = std::mem::take(&mut self.done);
        self.bytes.drain(..done);
        match &mut self.frame {
            Frame::None => {}
            Frame::Open { searched: place, .. } | Frame::Whole { end: place } => *place -= done,
        }
        if self.bytes.is_empty() && self.bytes.capacity() > KEPT_BYTES {
            self.bytes = Vec::new();
        }
    }

    /// When an open frame will be shown as it is.
    pub(super) fn deadline(&self) -> Option<Duration> {
        match self.frame {
            Frame::Open { since, .. } => Some(since + PATIENCE),
            Frame::None | Frame::Whole { .. } => None,
        }
    }

    /// Whether there is work that need not wait for anything.
    pub(super) fn has_work(&self) -> bool {
        match self.frame {
            Frame::None => self.done < self.bytes.len(),
            Frame::Open { .. } => false,
            Frame::Whole { .. } => true,
        }
    }

    /// How many bytes wait for their turn and for nothing else.
    pub(super) fn length(&self) -> usize {
        match self.frame {
            Frame::None => self.bytes.len() - self.done,
            Frame::Open { .. } | Frame::Whole { .. } => 0,
        }
    }

    /// How many bytes have ever been worked off.
    pub(super) fn passed(&self) -> u64 {
        self.passed
    }

    /// What waits behind the first so many bytes of all times.
    pub(super) fn behind(&self, passed: u64) -> &[u8] {
        let ahead = passed.saturating_sub(self.passed) as usize;
        &self.bytes[(self.done + ahead).min(self.bytes.len())..]
    }

    /// Whether the next step belongs to a frame that is whole.
    pub(super) fn is_in_frame(&self) -> bool {
        matches!(self.frame, Frame::Whole { .. })
    }

    /// What to work off next.
    pub(super) fn step(&self) -> &[u8] {
        let end = match self.frame {
            Frame::None => self.bytes.len(),
            Frame::Open { .. } => self.done,
            Frame::Whole { end } => end,
        };
        &self.bytes[self.done..end.min(self.done + STEP_BYTES)]
    }

    /// So many bytes of the step have been worked off.
    pub(super) fn advance(&mut self, used: usize) {
        self.done += used;
        self.passed += used as u64;
        if matches!(self.frame, Frame::Whole { end } if self.done >= end) {
            self.frame = Frame::None;
        }
        if self.done == self.bytes.len() {
            self.make_room();
        }
    }

    /// From here on the bytes belong to a frame.
    pub(super) fn begin_frame(&mut self, now: Duration) {
        self.frame = Frame::Open {
            since: now,
            searched: self.done,
        };
        self.look(now);
    }

    /// Looks whether the open frame is whole by now, or has waited for too long.
    pub(super) fn look(&mut self, now: Duration) {
        let Frame::Open { since, searched } = self.frame else {
            return;
        };
        let length = self.bytes.len();
        self.frame = match frame_end(&self.bytes[self.done..], searched - self.done) {
            Some(end) => Frame::Whole { end: self.done + end },
            None if now >= since + PATIENCE || length - self.done > MOST_FRAME_BYTES => Frame::Whole { end: length },
            None => Frame::Open {
                since,
                searched: length,
            },
        };
    }
}

/// Where the frame ends: behind the first `CSI ? … l` whose numbers include the one of synchronized output, in either
/// spelling of the introducer. Its last letter is at `from` or later.
fn frame_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += bytes[at..].iter().position(|byte| *byte == b'l')? + 1;
        let before = &bytes[..at - 1];
        let begin = before
            .iter()
            .rposition(|byte| !matches!(byte, b'0'..=b'9' | b';'))
            .map_or(0, |last| last + 1);
        let (head, numbers) = before.split_at(begin);
        let is_reset = head.ends_with(b"\x1b[?") || head.ends_with("\u{9b}?".as_bytes());
        if is_reset && numbers.split(|byte| *byte == b';').any(|number| number == b"2026") {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_ends_in_every_spelling() {
        for (text, rest) in [
            ("abc\x1b[?2026lx", "x"),
            ("\u{9b}?2026lx", "x"),
            ("l\x1b[?25;2026lxyz", "xyz"),
            ("\x1b[?2026;25l", ""),
            ("\x1b[?25l2026l\x1b[?2026ll", "l"),
        ] {
            let end = frame_end(text.as_bytes(), 0).expect(text);
            assert_eq!(&text[end..], rest, "{text:?}");
        }
        for text in ["", "l", "2026l", "\x1b[2026l", "\x1b[?2026h", "\x1b[?20260l", "?2026l"] {
            assert_eq!(frame_end(text.as_bytes(), 0), None, "{text:?}");
        }
    }

    #[test]
    fn an_end_is_found_however_it_is_cut() {
        let end = b"a\x1b[?2026l";
        for cut in 0..end.len() {
            let mut backlog = Backlog::default();
            backlog.push(b"done", Duration::ZERO);
            backlog.advance(4);
            backlog.begin_frame(Duration::ZERO);
            backlog.push(&end[..cut], Duration::ZERO);
            assert!(!backlog.has_work());
            backlog.push(&end[cut..], Duration::ZERO);
            assert_eq!(backlog.step(), end);
            assert!(backlog.is_in_frame());
        }
    }

    #[test]
    fn a_step_is_small_and_nothing_is_lost_between_steps() {
        let mut backlog = Backlog::default();
        let sent: Vec<u8> = (0..100_000_u32).map(|number| number as u8).collect();
        let mut worked = Vec::new();
        for part in sent.chunks(30_000) {
            backlog.push(part, Duration::ZERO);
            for _ in 0..3 {
                let used = backlog.step().len().min(3_000);
                worked.extend_from_slice(&backlog.step()[..used]);
                backlog.advance(used);
            }
        }
        while backlog.has_work() {
            assert!(backlog.step().len() <= STEP_BYTES);
            worked.extend_from_slice(backlog.step());
            backlog.advance(backlog.step().len());
        }
        assert_eq!(worked, sent);
    }
}

//! Cuts the bytes of a program into text, controls, sequences and strings, wherever the chunks end.
//!
//! The guard in front of everything else: nothing here grows without limit. Knows nothing of what the pieces mean.

use std::time::Duration;

use super::runs::{text, text_length};
use super::sequence::Sequence;

/// A longer control sequence is swallowed.
pub(super) const SEQUENCE_BYTES: usize = 256;
/// A control string that nobody ends is given up after this time, so that a pane does not stay deaf.
const STRING_PATIENCE: Duration = Duration::from_secs(5);

/// Takes the pieces.
pub(super) trait Sink {
    /// Takes from the front of `bytes`, which begin between two pieces, what need not be cut up. Answers how much.
    fn as_is(&mut self, _bytes: &[u8]) -> usize {
        0
    }
    /// Text without control characters.
    fn text(&mut self, text: &str);
    /// A control character below space.
    fn control(&mut self, byte: u8);
    /// Escape, intermediate characters, a last one.
    fn escape(&mut self, intermediates: &[u8], last: u8);
    /// A control sequence.
    fn sequence(&mut self, sequence: &Sequence);
    /// An operating system command.
    fn command(&mut self, command: &[u8]);
    /// A device control string: its head and its data.
    fn device_control(&mut self, head: &Sequence, data: &[u8]);
    /// Whether to stop here for now.
    fn is_paused(&self) -> bool;
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Ground,
    Escape,
    /// Collecting a control sequence.
    Sequence,
    /// A sequence too long or of a wrong form: wait for its last letter.
    SequenceIgnored,
    /// Collecting the head of a device control string.
    DeviceHead,
    /// In a string.
    Inside(StringKind),
    /// In a string, and the last byte was Escape.
    InsideEscape(StringKind),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StringKind {
    Command,
    DeviceControl,
    /// Application command, privacy message, start of string, screen's title: swallowed.
    Ignored,
}

/// The cutter.
#[derive(Debug, Default)]
pub(super) struct Lexer {
    state: State,
    /// The sequence that is being collected, or the head of a device control string.
    sequence: Sequence,
    /// The string that is being collected.
    string: Vec<u8>,
    /// The string is longer than allowed and will be dropped.
    is_too_long: bool,
    string_bytes: usize,
    /// The beginning of a character whose rest has not come yet.
    partial: Vec<u8>,
    now: Duration,
    string_since: Duration,
    /// Nothing is left in one piece: both ways must come to the same.
    cuts_all: bool,
}

impl Lexer {
    pub(super) fn new(string_bytes: usize) -> Self {
        Self {
            string_bytes,
            ..Self::default()
        }
    }

    #[cfg(test)]
    pub(super) fn cut_all(&mut self) {
        self.cuts_all = true;
    }

    /// Whether what comes next begins something.
    pub(super) fn is_between_pieces(&self) -> bool {
        self.state == State::Ground && self.partial.is_empty()
    }

    /// Tells the time, before `advance`.
    pub(super) fn set_now(&mut self, now: Duration) {
        self.now = now;
        let is_string = matches!(self.state, State::Inside(_) | State::InsideEscape(_));
        if is_string && now.saturating_sub(self.string_since) > STRING_PATIENCE {
            self.drop_string();
            self.state = State::Ground;
        }
    }

    /// Cuts `bytes`; returns how many were used, which is all unless the sink paused.
    pub(super) fn advance(&mut self, bytes: &[u8], sink: &mut impl Sink) -> usize {
        let mut at = 0;
        while at < bytes.len() && !sink.is_paused() {
            at += match self.state {
                State::Ground => self.ground(&bytes[at..], sink),
                State::Inside(kind) => self.inside(kind, &bytes[at..], sink),
                _ => {
                    self.step(bytes[at], sink);
                    1
                }
            };
        }
        at
    }

    /// Takes a run of text, or one control character.
    fn ground(&mut self, bytes: &[u8], sink: &mut impl Sink) -> usize {
        if !self.partial.is_empty() {
            return self.continue_character(bytes[0], sink);
        }
        if !self.cuts_all {
            let taken = sink.as_is(bytes);
            if taken > 0 {
                return taken;
            }
        }
        let end = text_length(bytes);
        if end > 0 {
            let is_cut = end == bytes.len();
            let rest = text(&bytes[..end], is_cut, sink);
            self.partial.extend_from_slice(rest);
            return end;
        }
        match bytes[0] {
            0x1b => {
                if let Some(length) = self.sequence.take_whole(bytes) {
                    sink.sequence(&self.sequence);
                    return length;
                }
                self.begin_escape();
            }
            0x7f => {}
            0xc2 => {
                self.c1(bytes[1], sink);
                return 2;
            }
            byte => sink.control(byte),
        }
        1
    }

    /// Adds a byte to a character that began in an earlier chunk. Returns how many bytes that used: 0 or 1.
    fn continue_character(&mut self, byte: u8, sink: &mut impl Sink) -> usize {
        self.partial.push(byte);
        let used = match std::str::from_utf8(&self.partial) {
            Ok(text) => {
                let c1 = (self.partial[0] == 0xc2 && byte < 0xa0).then_some(byte);
                if c1.is_none() {
                    sink.text(text);
                }
                self.partial.clear();
                if let Some(byte) = c1 {
                    self.c1(byte, sink);
                }
                return 1;
            }
            Err(error) => usize::from(error.error_len().is_none()),
        };
        if used == 0 {
            self.partial.clear();
            sink.text("\u{fffd}");
        }
        used
    }

    /// A control character of the upper half, which came as UTF-8: short for Escape and a letter.
    fn c1(&mut self, byte: u8, sink: &mut impl Sink) {
        self.escape(byte - 0x40, sink);
    }

    fn step(&mut self, byte: u8, sink: &mut impl Sink) {
        match byte {
            0x18 | 0x1a => {
                self.drop_string();
                self.state = State::Ground;
            }
            0x1b => self.begin_escape(),
            _ => match self.state {
                State::InsideEscape(kind) => self.end_or_leave(kind, byte, sink),
                State::Escape => self.escape_byte(byte, sink),
                _ => self.collect(byte, sink),
            },
        }
    }

    fn begin_escape(&mut self) {
        // Two escapes in a string: the first has ended it already.
        self.drop_string();
        self.sequence.raw.clear();
        self.state = State::Escape;
    }

    fn escape_byte(&mut self, byte: u8, sink: &mut impl Sink) {
        match byte {
            0x00..=0x17 | 0x19 | 0x1c..=0x1f => sink.control(byte),
            0x20..=0x2f if self.sequence.raw.len() < 4 => self.sequence.raw.push(byte),
            0x30..=0x7e => {
                if self.sequence.raw.is_empty() {
                    self.escape(byte, sink);
                } else {
                    self.state = State::Ground;
                    sink.escape(&self.sequence.raw, byte);
                    self.sequence.raw.clear();
                }
            }
            0x7f => {}
            _ => self.state = State::Ground,
        }
    }

    /// Escape and a last letter without anything between.
    fn escape(&mut self, last: u8, sink: &mut impl Sink) {
        self.sequence.raw.clear();
        self.state = match last {
            b'[' => {
                self.sequence.raw.extend_from_slice(b"\x1b[");
                State::Sequence
            }
            b'P' => {
                self.sequence.raw.extend_from_slice(b"\x1bP");
                State::DeviceHead
            }
            b']' => self.begin_string(StringKind::Command),
            b'X' | b'^' | b'_' | b'k' => self.begin_string(StringKind::Ignored),
            _ => {
                self.state = State::Ground;
                sink.escape(&[], last);
                return;
            }
        };
    }

    fn begin_string(&mut self, kind: StringKind) -> State {
        self.string.clear();
        self.is_too_long = false;
        self.string_since = self.now;
        State::Inside(kind)
    }

    /// One more byte of a sequence or of a device control string's head.
    fn collect(&mut self, byte: u8, sink: &mut impl Sink) {
        match byte {
            0x00..=0x1f if self.state == State::DeviceHead => {}
            0x00..=0x1f => sink.control(byte),
            0x20..=0x3f => {
                if self.sequence.raw.len() < SEQUENCE_BYTES {
                    self.sequence.raw.push(byte);
                } else if self.state == State::Sequence {
                    self.state = State::SequenceIgnored;
                }
            }
            0x40..=0x7e => self.end_head(byte, sink),
            _ => {}
        }
    }

    fn end_head(&mut self, last: u8, sink: &mut impl Sink) {
        self.sequence.raw.push(last);
        let is_whole = self.sequence.parse();
        match self.state {
            State::DeviceHead => {
                self.state = self.begin_string(StringKind::DeviceControl);
                self.is_too_long = !is_whole;
            }
            State::Sequence if is_whole => {
                self.state = State::Ground;
                sink.sequence(&self.sequence);
            }
            _ => self.state = State::Ground,
        }
    }

    /// A run of bytes inside a string.
    fn inside(&mut self, kind: StringKind, bytes: &[u8], sink: &mut impl Sink) -> usize {
        let end = bytes
            .iter()
            .position(|byte| matches!(byte, 0..=0x1f | 0x7f | 0x9c))
            .unwrap_or(bytes.len());
        if end > 0 {
            self.keep(kind, &bytes[..end]);
            return end;
        }
        match bytes[0] {
            0x07 if kind == StringKind::Command => self.end_string(kind, sink),
            0x18 | 0x1a => {
                self.drop_string();
                self.state = State::Ground;
            }
            0x1b => self.state = State::InsideEscape(kind),
            // The string terminator of the upper half, as UTF-8; a lone 9C is part of some other character.
            0x9c if self.string.last() == Some(&0xc2) => {
                self.string.pop();
                self.end_string(kind, sink);
            }
            0x9c => self.keep(kind, &bytes[..1]),
            _ => {}
        }
        1
    }

    fn keep(&mut self, kind: StringKind, bytes: &[u8]) {
        if kind == StringKind::Ignored {
            // Only the last byte counts: it may be the first half of a terminator.
            self.string.clear();
            self.string.extend(bytes.last());
        } else if self.string.len() + bytes.len() <= self.string_bytes && !self.is_too_long {
            self.string.extend_from_slice(bytes);
        } else {
            self.is_too_long = true;
            self.string.clear();
            self.string.extend(bytes.last());
        }
    }

    fn end_or_leave(&mut self, kind: StringKind, byte: u8, sink: &mut impl Sink) {
        if byte == b'\\' {
            self.end_string(kind, sink);
        } else {
            self.begin_escape();
            self.escape_byte(byte, sink);
        }
    }

    fn end_string(&mut self, kind: StringKind, sink: &mut impl Sink) {
        self.state = State::Ground;
        let string = std::mem::take(&mut self.string);
        if !self.is_too_long {
            match kind {
                StringKind::Command => sink.command(&string),
                StringKind::DeviceControl => sink.device_control(&self.sequence, &string),
                StringKind::Ignored => {}
            }
        }
        self.drop_string();
    }

    fn drop_string(&mut self) {
        // Not cleared but replaced: a big one must not keep its memory.
        self.string = Vec::new();
        self.is_too_long = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Pieces(Vec<String>);

    impl Sink for Pieces {
        fn text(&mut self, text: &str) {
            // Runs may be cut anywhere: join them again.
            match self.0.last_mut() {
                Some(last) if last.starts_with("text ") => last.push_str(text),
                _ => self.0.push(format!("text {text}")),
            }
        }

        fn control(&mut self, byte: u8) {
            self.0.push(format!("control {byte}"));
        }

        fn escape(&mut self, intermediates: &[u8], last: u8) {
            self.0.push(format!("escape {intermediates:?} {}", char::from(last)));
        }

        fn sequence(&mut self, sequence: &Sequence) {
            self.0
                .push(format!("sequence {}", String::from_utf8_lossy(&sequence.raw[2..])));
        }

        fn command(&mut self, command: &[u8]) {
            self.0.push(format!("command {}", String::from_utf8_lossy(command)));
        }

        fn device_control(&mut self, head: &Sequence, data: &[u8]) {
            let head = String::from_utf8_lossy(&head.raw[2..]);
            self.0.push(format!("device {head} {}", String::from_utf8_lossy(data)));
        }

        fn is_paused(&self) -> bool {
            false
        }
    }

    const MIXED: &[u8] = b"a\xc3\xbc\x1b[1;2m\xe6\x97\xa5\r\n\x1b]2;\xc3\x9c t\x1b\\b\x1bP1$qm\x1b\\c\x1b_x\x1b\\\x1b(0\xc2\x9b4m\xff\xe6(\x1b[5\r6m\x1b]0;x\xc2\x9c!\xf0\x9f\x98";

    #[test]
    fn cuts_change_nothing() {
        let mut whole = Pieces::default();
        Lexer::new(100).advance(MIXED, &mut whole);
        for one in 0..MIXED.len() {
            for two in one..MIXED.len() {
                let (mut lexer, mut pieces) = (Lexer::new(100), Pieces::default());
                for part in [&MIXED[..one], &MIXED[one..two], &MIXED[two..]] {
                    assert_eq!(lexer.advance(part, &mut pieces), part.len());
                }
                assert_eq!(pieces.0, whole.0, "cut at {one} and {two}");
            }
        }
    }

    #[test]
    fn long_strings_are_dropped_whole() {
        for (begin, end) in [
            ("\x1b]2;", "\x07"),
            ("\x1bP$q", "\x1b\\"),
            ("\x1b_", "\x1b\\"),
            ("\x1bk", "\u{9c}"),
        ] {
            let (mut lexer, mut pieces) = (Lexer::new(1000), Pieces::default());
            lexer.advance(begin.as_bytes(), &mut pieces);
            for _ in 0..10_000 {
                lexer.advance(&[b'x'; 1000], &mut pieces);
                assert!(lexer.string.capacity() <= 4000);
            }
            lexer.advance(end.as_bytes(), &mut pieces);
            lexer.advance(b"y", &mut pieces);
            assert_eq!(pieces.0, ["text y"]);
        }
    }

    #[test]
    fn long_sequences_keep_no_memory() {
        let (mut lexer, mut pieces) = (Lexer::new(1000), Pieces::default());
        for begin in [&b"\x1b["[..], b"\x1bP", b"\x1b("] {
            lexer.advance(begin, &mut pieces);
            for _ in 0..1000 {
                lexer.advance(&[b'1'; 1000], &mut pieces);
                lexer.advance(&[b' '; 1000], &mut pieces);
            }
            lexer.advance(b"\x18", &mut pieces);
            assert!(lexer.sequence.raw.capacity() <= 1024);
        }
    }

    #[test]
    fn a_string_that_nobody_ends_is_given_up() {
        let (mut lexer, mut pieces) = (Lexer::new(1000), Pieces::default());
        lexer.advance(b"\x1b]2;title", &mut pieces);
        lexer.set_now(Duration::from_secs(4));
        lexer.advance(b" still", &mut pieces);
        lexer.set_now(Duration::from_secs(6));
        lexer.advance(b"text", &mut pieces);
        assert_eq!(pieces.0, ["text text"]);
    }
}

//! Lines that nobody will ever see: when more of them wait than a terminal keeps, those in front are passed over.
//!
//! Only lines of plain text and colours count, which the library would do right by itself. When as many of them follow as the
//! screen and the scrollback hold, nothing of the ones before is left in the end, except where they put the cursor and the pen.

use std::collections::VecDeque;

use super::emulator::Emulator;
use super::machine::Scout;

/// Less than this is worked off before one has looked at it.
const LEAST_BYTES: usize = 32 * 1024;
/// So much is looked at in one step.
const LOOK_BYTES: usize = 64 * 1024;
/// After so much looking something is worked off, so that the screen moves.
const LOOKS_BYTES: usize = 1 << 20;
/// A sequence or a character that is cut by the end of what has come is no longer than this.
const LONGEST_PIECE: usize = 128;
/// More than this is not to wait.
const MOST_BYTES: usize = 4 << 20;

/// One who looks ahead in what waits.
#[derive(Debug)]
pub(super) struct Skipper {
    ahead: Option<Ahead>,
    least_bytes: usize,
    /// How much has been looked at since something was worked off.
    looked: usize,
    /// How many bytes have been passed over.
    skipped: u64,
}

/// How far one has looked.
#[derive(Debug)]
struct Ahead {
    /// Up to here, in bytes of all times.
    at: u64,
    /// The terminal's state there.
    scout: Scout,
    /// The cursor's line where the looking began.
    line: u64,
    /// Line ends on the way, and the state there.
    ends: VecDeque<(u64, Scout)>,
    /// What follows is no plain line.
    is_blocked: bool,
}

impl Default for Skipper {
    fn default() -> Self {
        Self {
            ahead: None,
            least_bytes: LEAST_BYTES,
            looked: 0,
            skipped: 0,
        }
    }
}

impl Skipper {
    /// Forgets what has been seen: the terminal is about to change by something else than what waits.
    pub(super) fn forget(&mut self) {
        self.ahead = None;
    }

    #[cfg(test)]
    fn look_at_everything(&mut self) {
        self.least_bytes = 0;
    }
}

impl Emulator {
    /// Whether this terminal is better given more at once, although it has not worked off what it was given: it finds in it
    /// what it need not work off at all.
    pub fn wants_more(&self) -> bool {
        let Some(ahead) = &self.skipper.ahead else {
            return false;
        };
        let length = self.backlog.length();
        let has_seen_all = self.backlog.behind(ahead.at).len() <= LONGEST_PIECE;
        !ahead.is_blocked && has_seen_all && (self.skipper.least_bytes..MOST_BYTES).contains(&length)
    }

    /// Looks at some of what waits, and passes over what nobody will see. False when there is nothing to be looked at now.
    pub(super) fn look_ahead(&mut self) -> bool {
        if self.backlog.length() < self.skipper.least_bytes.max(1) || self.skipper.looked >= LOOKS_BYTES {
            self.skipper.looked = 0;
            return false;
        }
        let passed = self.backlog.passed();
        self.skipper.ahead = self.skipper.ahead.take().filter(|ahead| ahead.at > passed);
        if self.skipper.ahead.is_none() {
            self.skipper.ahead = self.first_look();
        }
        let Some(ahead) = &mut self.skipper.ahead else {
            return false;
        };
        let bytes = self.backlog.behind(ahead.at);
        if ahead.is_blocked || bytes.len() <= LONGEST_PIECE.min(self.skipper.least_bytes) {
            return false;
        }
        let bytes = &bytes[..bytes.len().min(LOOK_BYTES)];
        let rows_kept = (self.machine.grid.kept_lines() + usize::from(self.machine.grid.size().rows())) as u64;
        let looked = ahead.look(bytes, (rows_kept / 64).max(1));
        ahead.is_blocked = looked + LONGEST_PIECE < bytes.len();
        self.skipper.looked += looked;
        self.skip(rows_kept);
        looked > 0
    }

    /// Looks from where things stand, if that is between two pieces of plain text.
    fn first_look(&mut self) -> Option<Ahead> {
        if !self.is_between_pieces() {
            return None;
        }
        let scout = self.machine.line_scout()?;
        Some(Ahead {
            at: self.backlog.passed(),
            scout,
            line: self.machine.grid.cursor_line(),
            ends: VecDeque::new(),
            is_blocked: false,
        })
    }

    fn is_between_pieces(&self) -> bool {
        let watches = self
            .marks
            .as_ref()
            .is_some_and(|marks| !marks.scanner.is_outside() || marks.watched_input().is_some());
        self.lexer.is_between_pieces() && !watches
    }

    /// Passes over what so many rows will have followed.
    fn skip(&mut self, rows_kept: u64) {
        let passed = self.backlog.passed();
        let Some(ahead) = &mut self.skipper.ahead else {
            return;
        };
        while ahead.ends.front().is_some_and(|(at, _)| *at <= passed) {
            ahead.ends.pop_front();
        }
        let rows = ahead.scout.rows_passed;
        let is_unseen = |end: &(u64, Scout)| end.1.rows_passed + rows_kept <= rows;
        let count = ahead.ends.iter().take_while(|end| is_unseen(end)).count();
        let Some(last) = count.checked_sub(1) else {
            return;
        };
        // Whoever looks back must not have the lines taken away.
        if self.scroll_offset() > 0 || !self.is_between_pieces() || !self.machine.is_at_bottom() {
            return;
        }
        if let Some(ahead) = &mut self.skipper.ahead
            && let Some((at, end)) = ahead.ends.drain(..count).nth(last)
        {
            self.machine.skip_lines(&end, ahead.line + end.rows_passed);
            self.backlog.advance((at - passed) as usize);
            self.skipper.skipped += at - passed;
        }
    }
}

impl Ahead {
    /// Looks on in these bytes; answers how far. Every so many rows the end of a line is remembered.
    fn look(&mut self, bytes: &[u8], rows_between: u64) -> usize {
        let (begin, ends) = (self.at, &mut self.ends);
        let mut next = ends.back().map_or(0, |(_, scout)| scout.rows_passed + rows_between);
        let looked = self.scout.scan_lines(bytes, |end, scout| {
            if scout.rows_passed >= next {
                ends.push_back((begin + end as u64, scout.clone()));
                next = scout.rows_passed + rows_between;
            }
        });
        self.at += looked as u64;
        looked
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::GridSize;
    use crate::terminal::{Announcement, Limits};

    const LINES: usize = 12;

    fn emulator(size: (u16, u16)) -> Emulator {
        let limits = Limits {
            scrollback_lines: LINES,
            ..Limits::default()
        };
        Emulator::new(GridSize::new(size.0, size.1), limits)
    }

    /// Everything that can be told of a terminal: every cell that it keeps, the places and the pen as what follows shows them.
    fn state(emulator: &mut Emulator) -> (String, Vec<Announcement>) {
        // The pen, the character to repeat, the saved cursor, the place.
        emulator.feed("e\u{301}\x1b[b\x1b[6n\x1b8s\x1b[6n\x1b[m".as_bytes(), Duration::ZERO);
        let mut shown = format!("{} {}\n", emulator.newest_line(), emulator.scrollback_len());
        for offset in (0..=emulator.scrollback_len()).rev() {
            emulator.scroll_to_bottom();
            emulator.scroll_by(offset as i32);
            emulator.draw(|row, col, cell| {
                if row == 0 || offset == 0 {
                    let _ = writeln!(shown, "{row} {col} {:?} {:?}", cell.text, cell.style);
                }
            });
        }
        emulator.scroll_to_bottom();
        (shown, emulator.take_announcements())
    }

    fn part() -> impl Strategy<Value = String> {
        let text = prop_oneof!["[ -~]{0,30}", "[a-zä-ü日本語─│]{0,20}", Just("\t".to_owned())];
        let end = prop_oneof![6 => Just("\r\n"), 1 => Just("\n"), 1 => Just("\r")];
        let color = prop_oneof![6 => Just(""), 1 => Just("\x1b[31m"), 1 => Just("\x1b[m"), 1 => Just("\x1b[1;38;5;9m")];
        let line = (color, text, end).prop_map(|(color, text, end)| format!("{color}{text}{end}"));
        let other = prop_oneof![
            Just("\x1b[H"),
            Just("\x1b[2J"),
            Just("\x1b[44m"),
            Just("\x1b7"),
            Just("\x1b[9m"),
            Just("\x1b[?1049h"),
            Just("\x1b[?1049l"),
            Just("\x1b[2;3r"),
            Just("\x1b]0;t\x07"),
            Just("❤\u{fe0f}"),
            Just("\x1b[?7l"),
            Just("\x1bc"),
            Just("\x07"),
            Just("\x1b[?2026h"),
            Just("\x1b[?2026l"),
            Just("\x1b[3A")
        ]
        .prop_map(str::to_owned);
        prop_oneof![60 => line, 1 => other]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn what_is_passed_over_leaves_the_terminal_as_if_it_had_been_worked_off(
            size in (3_u16..30, 1_u16..8),
            parts in proptest::collection::vec(part(), 1..200),
            cuts in proptest::collection::vec(1_usize..3000, 1..6),
        ) {
            let bytes = parts.concat().into_bytes();
            let (mut skipping, mut whole) = (emulator(size), emulator(size));
            skipping.skipper.look_at_everything();
            let mut rest = bytes.as_slice();
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (piece, behind) = rest.split_at(rest.len().min(*cut));
                skipping.receive(piece, Duration::ZERO);
                // Sometimes it is behind when more comes.
                for _ in 0..cut % 7 {
                    skipping.catch_up(Duration::ZERO);
                }
                rest = behind;
            }
            while skipping.is_behind() {
                skipping.catch_up(Duration::ZERO);
            }
            whole.skipper.least_bytes = usize::MAX;
            whole.feed(&bytes, Duration::ZERO);
            prop_assert_eq!(state(&mut skipping), state(&mut whole));
        }
    }

    #[test]
    fn of_a_flood_of_lines_only_those_are_worked_off_that_can_be_seen() {
        let mut emulator = Emulator::new(GridSize::new(80, 24), Limits::default());
        let lines: Vec<String> = (0..200_000)
            .map(|number| format!("\x1b[3{}m{number}\r\n", number % 8))
            .collect();
        let bytes = lines.concat().into_bytes();
        emulator.receive(&bytes, Duration::ZERO);
        let mut steps = 0;
        while emulator.is_behind() {
            emulator.catch_up(Duration::ZERO);
            steps += 1;
        }
        let worked_off = bytes.len() - emulator.skipper.skipped as usize;
        assert!(worked_off < bytes.len() / 5, "{worked_off} of {} bytes", bytes.len());
        assert!(steps < 200, "{steps} steps");
        assert_eq!(emulator.newest_line(), 200_000);
        let rows = emulator.text_rows();
        assert_eq!((rows.len(), rows[0].as_str()), (10_024, "189977"));
    }

    #[test]
    fn whoever_looks_back_keeps_what_is_looked_at() {
        let mut emulator = emulator((20, 4));
        emulator.skipper.look_at_everything();
        emulator.feed(b"a\r\nb\r\nc\r\nd\r\ne\r\n", Duration::ZERO);
        emulator.scroll_by(2);
        emulator.receive("more\r\n".repeat(9).as_bytes(), Duration::ZERO);
        while emulator.is_behind() {
            emulator.catch_up(Duration::ZERO);
        }
        assert_eq!(emulator.text_rows()[0], "a");
        emulator.scroll_to_bottom();
        emulator.receive("more\r\n".repeat(50).as_bytes(), Duration::ZERO);
        while emulator.is_behind() {
            emulator.catch_up(Duration::ZERO);
        }
        assert!(emulator.skipper.skipped > 0);
    }
}

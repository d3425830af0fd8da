//! Answers to what programs ask. Fixed forms with our own numbers in them; never a byte that the program chose.

use super::modes::{Mode, ModeReport, standard_mode};
use super::state::Machine;
use crate::terminal::input_bytes::KittyFlags;
use crate::terminal::sequence::Sequence;

/// Device status reports about things we do not have: printer, user keys, keyboard, locator, macros, sessions.
const DEVICE_STATES: [(u16, &str); 9] = [
    (15, "\x1b[?13n"),
    (25, "\x1b[?20n"),
    (26, "\x1b[?27;1;0;0n"),
    (53, "\x1b[?50n"),
    (55, "\x1b[?50n"),
    (56, "\x1b[?57;0n"),
    (62, "\x1b[0*{"),
    (75, "\x1b[?70n"),
    (85, "\x1b[?83n"),
];

/// What we say about ourselves to those who ask by terminfo name, in hexadecimal: name, value.
const CAPABILITIES: [(&str, &str); 5] = [
    // TN and name: xterm-256color.
    ("544e", "787465726d2d323536636f6c6f72"),
    ("6e616d65", "787465726d2d323536636f6c6f72"),
    // Co and colors: 256.
    ("436f", "323536"),
    ("636f6c6f7273", "323536"),
    // RGB: eight bits each.
    ("524742", "38"),
];

impl Machine {
    /// Answers a sequence that asks; ignores any other.
    pub(super) fn answer(&mut self, sequence: &Sequence) {
        let number = sequence.number(0);
        match (sequence.prefix, sequence.intermediates, sequence.last) {
            (prefix, [0, 0], b'c') if number == 0 => self.report_attributes(prefix),
            (0, [0, 0], b'n') => self.report_status(number),
            (b'?', [0, 0], b'n') => self.report_device(number),
            (0, [b'$', 0], b'p') => self.report_standard_mode(number),
            (b'?', [b'$', 0], b'p') => {
                let report = self.modes.report(number, self.screens.is_alternate);
                self.outbox.reply(format!("\x1b[?{number};{}$y", report as u8));
            }
            (b'>', [0, 0], b'q') if number == 0 => {
                self.outbox
                    .reply(concat!("\x1bP>|e2b-tui(", env!("CARGO_PKG_VERSION"), ")\x1b\\"));
            }
            (b'?', [0, 0], b'm') if number == 4 => {
                let level = self.keyboard.modify_other_keys;
                self.outbox.reply(format!("\x1b[>4;{level}m"));
            }
            (0, [0, 0], b't') => self.report_window(sequence),
            (0, [0, 0], b'x') if number < 2 => {
                self.outbox.reply(format!("\x1b[{};1;1;128;128;1;0x", number + 2));
            }
            _ => {}
        }
    }

    /// Who we are: a VT220 with colours; a version that says that we are no old xterm; no unit number.
    pub(super) fn report_attributes(&mut self, prefix: u8) {
        match prefix {
            0 => self.outbox.reply("\x1b[?62;22c"),
            b'>' => self.outbox.reply("\x1b[>1;10;0c"),
            b'=' => self.outbox.reply("\x1bP!|00000000\x1b\\"),
            _ => {}
        }
    }

    fn report_status(&mut self, number: u16) {
        match number {
            5 => self.outbox.reply("\x1b[0n"),
            6 => {
                let (row, col) = self.reported_place();
                self.outbox.reply(format!("\x1b[{row};{col}R"));
            }
            _ => {}
        }
    }

    fn report_device(&mut self, number: u16) {
        if number == 6 {
            let (row, col) = self.reported_place();
            self.outbox.reply(format!("\x1b[?{row};{col}R"));
        } else if let Some((_, report)) = DEVICE_STATES.iter().find(|(state, _)| *state == number) {
            self.outbox.reply(*report);
        }
    }

    /// Row and column from 1, as the program would address them.
    fn reported_place(&mut self) -> (u16, u16) {
        let (row, col) = self.place();
        let top = if self.modes.is_on(Mode::Origin) {
            self.screens.margins().0
        } else {
            0
        };
        (row.saturating_sub(top) + 1, col.min(self.grid.size().cols() - 1) + 1)
    }

    fn report_standard_mode(&mut self, number: u16) {
        let report = match standard_mode(number) {
            Some(mode) if self.modes.is_on(mode) => ModeReport::Set,
            Some(_) => ModeReport::Reset,
            // Modes of ECMA-48 that no terminal has switched for decades, keyboard lock and local echo among them.
            None if matches!(number, 1 | 2 | 5 | 7 | 10..=19) => ModeReport::AlwaysReset,
            None => ModeReport::Unknown,
        };
        self.outbox.reply(format!("\x1b[{number};{}$y", report as u8));
    }

    /// The size in characters, and the stack of titles. Nothing may be changed that way, and a title is never told.
    fn report_window(&mut self, sequence: &Sequence) {
        let size = self.grid.size();
        match sequence.number(0) {
            11 => self.outbox.reply("\x1b[1t"),
            18 => self.outbox.reply(format!("\x1b[8;{};{}t", size.rows(), size.cols())),
            19 => self.outbox.reply(format!("\x1b[9;{};{}t", size.rows(), size.cols())),
            22 if sequence.number(1) != 1 => self.outbox.push_title(),
            23 if sequence.number(1) != 1 => self.outbox.pop_title(),
            _ => {}
        }
    }

    /// The kitty keyboard protocol.
    pub(super) fn set_keyboard(&mut self, sequence: &Sequence) {
        let is_alternate = self.screens.is_alternate;
        match sequence.prefix {
            b'>' => self.keyboard.push(is_alternate, sequence.number(0)),
            b'<' => self.keyboard.pop(is_alternate, sequence.count(0)),
            b'=' => self.keyboard.set(is_alternate, sequence.number(0), sequence.count(1)),
            b'?' => {
                let KittyFlags(flags) = self.keyboard.flags(is_alternate);
                self.outbox.reply(format!("\x1b[?{flags}u"));
            }
            _ => {}
        }
    }

    /// xterm's modifyOtherKeys.
    pub(super) fn set_key_format(&mut self, sequence: &Sequence) {
        if sequence.len() == 0 || sequence.number(0) == 4 {
            self.keyboard.modify_other_keys = sequence.number(1).min(2) as u8;
        }
    }

    /// Answers a device control string: a setting, or a capability.
    pub(super) fn answer_device_control(&mut self, head: &Sequence, data: &[u8]) {
        match (head.prefix, head.intermediates, head.last) {
            (0, [b'$', 0], b'q') => self.report_setting(data),
            (0, [b'+', 0], b'q') => self.report_capability(data),
            _ => {}
        }
    }

    fn report_setting(&mut self, which: &[u8]) {
        let (top, bottom) = self.screens.margins();
        let setting = match which {
            b"m" => format!("{}m", self.pen.report()),
            b"r" => format!("{};{}r", top + 1, bottom + 1),
            b" q" => format!("{} q", self.modes.cursor_style.max(1)),
            b"\"q" => "0\"q".to_owned(),
            b"\"p" => "62;1\"p".to_owned(),
            _ => {
                self.outbox.reply("\x1bP0$r\x1b\\");
                return;
            }
        };
        self.outbox.reply(format!("\x1bP1$r{setting}\x1b\\"));
    }

    fn report_capability(&mut self, names: &[u8]) {
        for asked in names.split(|byte| *byte == b';').take(64) {
            let known = CAPABILITIES
                .iter()
                .find(|(name, _)| name.as_bytes().eq_ignore_ascii_case(asked));
            match known {
                Some((name, value)) => self.outbox.reply(format!("\x1bP1+r{name}={value}\x1b\\")),
                None => self.outbox.reply("\x1bP0+r\x1b\\"),
            }
        }
    }
}

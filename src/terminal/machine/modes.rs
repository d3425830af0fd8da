//! The switches that programs set: one bit each, and the mouse.

use crate::terminal::pointer_bytes::{MouseEncoding, MouseTracking};

/// A switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::terminal) enum Mode {
    /// Arrows in their application form.
    ApplicationCursor,
    /// The number block in its application form.
    ApplicationKeypad,
    /// The whole screen inverted.
    ReverseVideo,
    /// Rows count from the top margin.
    Origin,
    /// Text goes on in the next line at the right edge.
    Autowrap,
    /// The cursor blinks, by the older switch.
    CursorBlink,
    /// The cursor is shown.
    CursorShown,
    /// Text pushes what follows to the right.
    Insert,
    /// A line feed also returns to the first column.
    Newline,
    /// Focus changes are reported.
    Focus,
    /// The wheel sends arrows on the second screen.
    AlternateScroll,
    /// Pastes are marked.
    BracketedPaste,
    /// A frame is being drawn: show it when it is whole.
    Synchronized,
}

/// All switches.
#[derive(Clone, Debug)]
pub(in crate::terminal) struct Modes {
    on: u32,
    pub(super) tracking: MouseTracking,
    pub(super) encoding: MouseEncoding,
    /// As `DECSCUSR` numbers them; 0 is the user's own.
    pub(super) cursor_style: u8,
    /// Values put aside by `XTSAVE`.
    saved: Vec<(u16, bool)>,
}

impl Default for Modes {
    fn default() -> Self {
        let mut modes = Self {
            on: 0,
            tracking: MouseTracking::Off,
            encoding: MouseEncoding::Bytes,
            cursor_style: 0,
            saved: Vec::new(),
        };
        for mode in [Mode::Autowrap, Mode::CursorShown, Mode::AlternateScroll] {
            modes.set(mode, true);
        }
        modes
    }
}

/// What a program may learn about a mode, as `DECRQM` numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ModeReport {
    Unknown = 0,
    Set = 1,
    Reset = 2,
    AlwaysReset = 4,
}

/// The switch behind a private mode number.
pub(super) fn private_mode(number: u16) -> Option<Mode> {
    Some(match number {
        1 => Mode::ApplicationCursor,
        5 => Mode::ReverseVideo,
        6 => Mode::Origin,
        7 => Mode::Autowrap,
        12 => Mode::CursorBlink,
        25 => Mode::CursorShown,
        66 => Mode::ApplicationKeypad,
        1004 => Mode::Focus,
        1007 => Mode::AlternateScroll,
        2004 => Mode::BracketedPaste,
        2026 => Mode::Synchronized,
        _ => return None,
    })
}

/// The switch behind a standard mode number.
pub(super) fn standard_mode(number: u16) -> Option<Mode> {
    match number {
        4 => Some(Mode::Insert),
        20 => Some(Mode::Newline),
        _ => None,
    }
}

fn tracking_of(number: u16) -> Option<MouseTracking> {
    Some(match number {
        9 => MouseTracking::Press,
        1000 => MouseTracking::PressRelease,
        1002 => MouseTracking::ButtonMotion,
        1003 => MouseTracking::AnyMotion,
        _ => return None,
    })
}

fn encoding_of(number: u16) -> Option<MouseEncoding> {
    Some(match number {
        1005 => MouseEncoding::Utf8,
        1006 => MouseEncoding::Sgr,
        1015 => MouseEncoding::Urxvt,
        _ => return None,
    })
}

impl Modes {
    /// Whether a switch is on.
    pub(in crate::terminal) fn is_on(&self, mode: Mode) -> bool {
        self.on & (1 << mode as u32) != 0
    }

    pub(in crate::terminal) fn set(&mut self, mode: Mode, on: bool) {
        if on {
            self.on |= 1 << mode as u32;
        } else {
            self.on &= !(1 << mode as u32);
        }
    }

    /// Sets what the mouse sends, if that is what the number stands for. Resetting any kind of tracking ends all of it, as
    /// in xterm.
    pub(super) fn set_mouse(&mut self, number: u16, on: bool) -> bool {
        if let Some(tracking) = tracking_of(number) {
            self.tracking = if on { tracking } else { MouseTracking::Off };
            return true;
        }
        if let Some(encoding) = encoding_of(number) {
            if on {
                self.encoding = encoding;
            } else if self.encoding == encoding {
                self.encoding = MouseEncoding::Bytes;
            }
            return true;
        }
        false
    }

    /// What to answer about a private mode; the screens have modes of their own.
    pub(super) fn report(&self, number: u16, is_alternate: bool) -> ModeReport {
        let report = |on| if on { ModeReport::Set } else { ModeReport::Reset };
        if let Some(mode) = private_mode(number) {
            return report(self.is_on(mode));
        }
        if let Some(tracking) = tracking_of(number) {
            return report(self.tracking == tracking);
        }
        if let Some(encoding) = encoding_of(number) {
            return report(self.encoding == encoding);
        }
        match number {
            47 | 1047 | 1049 => report(is_alternate),
            // Column modes, smooth scrolling, reverse wrap, left and right margins: known and never on.
            3 | 4 | 45 | 69 => ModeReport::AlwaysReset,
            _ => ModeReport::Unknown,
        }
    }

    /// Puts a value aside, and takes it back.
    pub(super) fn save(&mut self, number: u16, is_alternate: bool) {
        let is_set = match self.report(number, is_alternate) {
            ModeReport::Set => true,
            ModeReport::Reset => false,
            _ => return,
        };
        self.saved.retain(|(saved, _)| *saved != number);
        self.saved.push((number, is_set));
    }

    pub(super) fn saved(&self, number: u16) -> Option<bool> {
        self.saved.iter().find(|(saved, _)| *saved == number).map(|(_, on)| *on)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resetting_one_kind_of_tracking_ends_all() {
        let mut modes = Modes::default();
        assert!(modes.set_mouse(1002, true) && modes.set_mouse(1000, false));
        assert_eq!(modes.tracking, MouseTracking::Off);
        modes.set_mouse(1006, true);
        modes.set_mouse(1005, false);
        assert_eq!(modes.encoding, MouseEncoding::Sgr);
    }

    #[test]
    fn values_put_aside_come_back() {
        let mut modes = Modes::default();
        modes.save(7, false);
        modes.save(1049, true);
        modes.save(31_337, false);
        assert_eq!(
            (modes.saved(7), modes.saved(1049), modes.saved(31_337)),
            (Some(true), Some(true), None)
        );
    }
}

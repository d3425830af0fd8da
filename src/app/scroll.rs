//! How far a page over the panes is scrolled, and the keys that move it. Knows no content.

use crate::keys::{Chord, Key};

use super::overlays::AfterKey;

/// How far a list is scrolled, and how long it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scroll {
    /// Lines above the first one in sight.
    pub offset: usize,
    /// All lines.
    pub lines: usize,
}

impl Scroll {
    /// A list of so many lines, at its beginning.
    pub fn over(lines: usize) -> Self {
        Self { offset: 0, lines }
    }

    pub(super) fn by(&mut self, lines: isize, rows: usize) {
        let last = self.lines.saturating_sub(rows);
        self.offset = self.offset.saturating_add_signed(lines).min(last);
    }

    pub(super) fn press(&mut self, chord: &Chord, rows: usize, closing: char) -> AfterKey {
        let page = rows.max(1) as isize;
        let all = self.lines as isize;
        match (chord.key, chord.modifiers.ctrl) {
            (Key::Char(letter), false) if letter == closing || letter == 'q' => return AfterKey::Close,
            (Key::Enter, _) => return AfterKey::Close,
            (Key::Down, _) | (Key::Char('j'), false) => self.by(1, rows),
            (Key::Up, _) | (Key::Char('k'), false) => self.by(-1, rows),
            (Key::PageDown, _) | (Key::Char(' '), false) | (Key::Char('f'), true) => self.by(page, rows),
            (Key::PageUp, _) | (Key::Char('b'), true) => self.by(-page, rows),
            (Key::Char('d'), true) => self.by(page / 2, rows),
            (Key::Char('u'), true) => self.by(-page / 2, rows),
            (Key::Home, _) | (Key::Char('g'), false) => self.by(-all, rows),
            (Key::End, _) | (Key::Char('G'), false) => self.by(all, rows),
            _ => {}
        }
        AfterKey::Stay
    }
}

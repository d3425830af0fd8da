//! Character sets: which of G0 to G3 is in use, and the line-drawing alphabet.

/// An alphabet for the printable ASCII codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Alphabet {
    #[default]
    Ascii,
    /// Lines, corners and symbols in place of `_` to `~`.
    LineDrawing,
    /// A pound sign in place of `#`.
    British,
}

/// The four sets and the one in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Charsets {
    sets: [Alphabet; 4],
    active: u8,
    /// For one character.
    single: Option<u8>,
}

/// What `_` to `~` stand for in the line-drawing alphabet.
const LINE_DRAWING: [char; 32] = [
    '\u{a0}', '◆', '▒', '␉', '␌', '␍', '␊', '°', '±', '␤', '␋', '┘', '┐', '┌', '└', '┼', '⎺', '⎻', '─', '⎼', '⎽', '├',
    '┤', '┴', '┬', '│', '≤', '≥', 'π', '≠', '£', '·',
];

impl Charsets {
    /// Fills one of the four with the set that a designating sequence names. Sets that we do not have read as ASCII.
    pub(super) fn designate(&mut self, slot: u8, name: u8) {
        let alphabet = match name {
            b'0' | b'2' => Alphabet::LineDrawing,
            b'A' => Alphabet::British,
            _ => Alphabet::Ascii,
        };
        if let Some(set) = self.sets.get_mut(usize::from(slot)) {
            *set = alphabet;
        }
    }

    /// Uses one of the four from now on.
    pub(super) fn shift(&mut self, slot: u8) {
        self.active = slot;
    }

    /// Uses one of the four for the next character.
    pub(super) fn single_shift(&mut self, slot: u8) {
        self.single = Some(slot);
    }

    /// Whether text means itself.
    pub(super) fn is_plain(self) -> bool {
        self.single.is_none() && self.sets[usize::from(self.active)] == Alphabet::Ascii
    }

    /// Whether the first of the four is ASCII.
    pub(super) fn is_first_plain(self) -> bool {
        self.sets[0] == Alphabet::Ascii
    }

    /// What a character stands for.
    pub(super) fn translate(&mut self, letter: char) -> char {
        let slot = self.single.take().unwrap_or(self.active);
        match (self.sets[usize::from(slot)], letter) {
            (Alphabet::LineDrawing, '_'..='~') => LINE_DRAWING[letter as usize - '_' as usize],
            (Alphabet::British, '#') => '£',
            _ => letter,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_drawing_covers_the_lower_case_half() {
        let mut sets = Charsets::default();
        sets.designate(1, b'0');
        assert!(sets.is_plain());
        sets.shift(1);
        assert!(!sets.is_plain());
        let drawn: String = "lqqkx_~A".chars().map(|letter| sets.translate(letter)).collect();
        assert_eq!(drawn, "┌──┐│\u{a0}·A");
    }

    #[test]
    fn a_single_shift_lasts_for_one_character() {
        let mut sets = Charsets::default();
        sets.designate(2, b'A');
        sets.single_shift(2);
        assert_eq!((sets.translate('#'), sets.translate('#')), ('£', '#'));
    }
}

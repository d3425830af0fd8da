//! Looks ahead in a program's output for what the library does right by itself, and follows what that changes.
//!
//! Knows no grid: what it finds is handed on, or skipped, as one piece. Whatever is in doubt ends the piece and goes the
//! long way, so that the two ways always come to the same.

use unicode_width::UnicodeWidthChar;

use super::print::{Fate, fate};
use super::rendition;
use crate::terminal::cells::{CellColor, CellStyle};

/// Sequences with more numbers go the long way.
const MOST_NUMBERS: usize = 16;
/// So do those with greater ones.
const GREATEST_NUMBER: u16 = 9999;

/// A terminal's state as far as plain output depends on it and changes it.
#[derive(Clone, Debug)]
pub(in crate::terminal) struct Scout {
    /// Columns of the screen.
    pub(super) cols: u16,
    /// The cursor's column; `cols` when it stands behind the last one.
    pub(super) col: u16,
    /// Rows of the screen.
    pub(super) rows: u16,
    /// The first and the last row that scroll.
    pub(super) margins: (u16, u16),
    /// The pen.
    pub(super) style: CellStyle,
    /// The last character that took a cell, if there was one.
    pub(super) last: Option<char>,
    /// Nothing came after that character.
    pub(super) is_adjacent: bool,
    /// Tabs stop every eight columns.
    pub(super) has_plain_tabs: bool,
    /// The first set is ASCII, so choosing it again changes nothing.
    pub(super) has_plain_set: bool,
    /// So many screens may be erased yet, which is dear although it takes few bytes.
    pub(super) erasures_left: usize,
    /// How many rows down the text has gone by line feeds and at the right edge.
    pub(in crate::terminal) rows_passed: u64,
}

/// A sequence of numbers and a letter.
#[derive(Default)]
struct Plain {
    numbers: [u16; MOST_NUMBERS],
    count: usize,
    last: u8,
    length: usize,
}

impl Plain {
    /// Reads the sequence at the front of `bytes`, behind its introducer; `false` unless it is all here and of the plainest
    /// form. Filled in place: the numbers are many to carry about.
    fn read(&mut self, bytes: &[u8]) -> bool {
        let mut number = 0_u16;
        // Not a `match`, which takes twice as long: most of a sequence is digits.
        for (at, byte) in bytes.iter().enumerate() {
            if byte.is_ascii_digit() && number < GREATEST_NUMBER / 10 {
                number = number * 10 + u16::from(byte - b'0');
            } else if *byte == b';' && self.count + 1 < MOST_NUMBERS {
                self.numbers[self.count] = number;
                self.count += 1;
                number = 0;
            } else if matches!(byte, b'@'..=b'~') {
                if at > 0 {
                    self.numbers[self.count] = number;
                    self.count += 1;
                }
                self.last = *byte;
                self.length = at + 1;
                return true;
            } else {
                return false;
            }
        }
        false
    }

    /// A number for which 0 and nothing mean 1.
    fn amount(&self, index: usize) -> u16 {
        self.numbers[index].max(1)
    }
}

impl Scout {
    /// How many bytes at the front the library does right by itself.
    pub(super) fn scan(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let used = match byte {
                b' '..=b'~' => self.ascii(&bytes[at..]),
                0x80.. => self.beyond_ascii(&bytes[at..]),
                _ => self.control(*byte, &bytes[at..]),
            };
            if used == 0 {
                break;
            }
            at += used;
        }
        at
    }

    /// How many bytes at the front do nothing but add lines at the lower end, in looks that the library knows. `line_ended` is
    /// told where each line feed ends.
    pub(in crate::terminal) fn scan_lines(&mut self, bytes: &[u8], mut line_ended: impl FnMut(usize, &Self)) -> usize {
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let used = match byte {
                b' '..=b'~' => self.ascii(&bytes[at..]),
                0x80.. => self.beyond_ascii(&bytes[at..]),
                0x1b => self.rendition(&bytes[at..]),
                _ => self.control(*byte, &bytes[at..]),
            };
            if used == 0 {
                break;
            }
            at += used;
            if *byte == b'\n' {
                line_ended(at, self);
            }
        }
        at
    }

    fn rendition(&mut self, bytes: &[u8]) -> usize {
        let mut plain = Plain::default();
        match bytes {
            [_, b'[', rest @ ..] if plain.read(rest) && plain.last == b'm' => {}
            _ => return 0,
        }
        let is_known = rendition::apply(&mut self.style, &plain.numbers[..plain.count]);
        self.is_adjacent &= !is_known;
        if is_known { plain.length + 2 } else { 0 }
    }

    fn ascii(&mut self, bytes: &[u8]) -> usize {
        let length = bytes.iter().take_while(|byte| matches!(byte, b' '..=b'~')).count();
        let used = self.advance(length);
        if let Some(last) = used.checked_sub(1) {
            self.last = Some(char::from(bytes[last]));
            self.is_adjacent = true;
        }
        used
    }

    /// Moves on by narrow characters. Returns how many: a row that is filled with a background must not come from here.
    fn advance(&mut self, length: usize) -> usize {
        let (col, cols) = (usize::from(self.col), usize::from(self.cols));
        if col + length <= cols {
            self.col += length as u16;
            return length;
        }
        if self.style.bg != CellColor::Default {
            self.col = self.cols;
            return cols - col;
        }
        let beyond = col + length - cols - 1;
        self.col = (beyond % cols) as u16 + 1;
        self.rows_passed += (beyond / cols) as u64 + 1;
        length
    }

    fn control(&mut self, byte: u8, bytes: &[u8]) -> usize {
        if byte == 0x1b {
            let used = self.escape(bytes);
            self.is_adjacent &= used == 0;
            return used;
        }
        let is_inside = self.col < self.cols;
        let used = match byte {
            b'\r' => {
                self.col = 0;
                1
            }
            b'\n' if is_inside && self.style.bg == CellColor::Default => {
                self.rows_passed += 1;
                1
            }
            b'\t' if self.has_plain_tabs => {
                self.col = (self.col - self.col % 8).saturating_add(8).min(self.cols - 1);
                1
            }
            0x08 if is_inside => {
                self.col = self.col.saturating_sub(1);
                1
            }
            _ => 0,
        };
        self.is_adjacent &= used == 0;
        used
    }

    fn escape(&mut self, bytes: &[u8]) -> usize {
        let used = rendition::short(&mut self.style, bytes);
        if used > 0 {
            return used;
        }
        match bytes {
            [_, b'[', rest @ ..] => {
                let mut plain = Plain::default();
                if plain.read(rest) && self.follow(&plain, rest) {
                    plain.length + 2
                } else {
                    0
                }
            }
            [_, b'(', b'B', ..] if self.has_plain_set => 3,
            _ => 0,
        }
    }

    /// Does what a sequence does; `false` when the library cannot be left alone with it.
    fn follow(&mut self, plain: &Plain, bytes: &[u8]) -> bool {
        if plain.last == b'm' {
            return rendition::apply(&mut self.style, &plain.numbers[..plain.count]);
        }
        let last_col = self.cols - 1;
        let is_inside = self.col < self.cols;
        match plain.last {
            b'H' | b'f' => self.col = (plain.amount(1) - 1).min(last_col),
            b'G' => self.col = (plain.amount(0) - 1).min(last_col),
            b'J' if self.erases_clean(plain) && self.erasures_left > 0 => self.erasures_left -= 1,
            b'K' if self.erases_clean(plain) => {}
            b'X' if is_inside && plain.count < 2 && self.is_clean() => {}
            b'P' if is_inside && plain.count < 2 && self.style.bg == CellColor::Default => {}
            b'A' | b'B' | b'd' if is_inside => {}
            b'C' if is_inside => self.col = self.col.saturating_add(plain.amount(0)).min(last_col),
            b'D' if is_inside => self.col = self.col.saturating_sub(plain.amount(0)),
            b'E' | b'F' => self.col = 0,
            b'r' => return self.set_margins(plain, &bytes[plain.length..]),
            _ => return false,
        }
        true
    }

    /// Sets the rows that scroll. The library then goes to the wrong place, so the cursor must be placed at once by what
    /// comes `after`.
    fn set_margins(&mut self, plain: &Plain, after: &[u8]) -> bool {
        let mut next = Plain::default();
        let is_placed = matches!(after, [0x1b, b'[', rest @ ..] if next.read(rest) && matches!(next.last, b'H' | b'f'));
        let (top, bottom) = match plain.numbers[..plain.count] {
            [] => (1, self.rows),
            [top, bottom] => (top, bottom),
            _ => return false,
        };
        let is_range = (1..bottom).contains(&top) && bottom <= self.rows;
        if is_range && is_placed {
            self.margins = (top - 1, bottom - 1);
        }
        is_range && is_placed
    }

    /// Whether the library erases what the sequence says, and as it should.
    fn erases_clean(&self, plain: &Plain) -> bool {
        plain.count < 2 && plain.numbers[0] <= 2 && self.is_clean()
    }

    /// Whether an erased cell would look the same with this pen and with its background alone.
    fn is_clean(&self) -> bool {
        self.style
            == CellStyle {
                bg: self.style.bg,
                ..CellStyle::default()
            }
    }

    fn beyond_ascii(&mut self, bytes: &[u8]) -> usize {
        let length = bytes.iter().take_while(|byte| **byte >= 0x80).count();
        let run = &bytes[..length];
        let text = match std::str::from_utf8(run) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&run[..error.valid_up_to()]).unwrap_or(""),
        };
        for (at, letter) in text.char_indices() {
            if !self.letter(letter) {
                return at;
            }
        }
        text.len()
    }

    /// Moves on by a character; `false` when it is none that the library can be given.
    fn letter(&mut self, letter: char) -> bool {
        let Some(width) = shown_width(letter) else {
            return false;
        };
        match width {
            0 => {
                self.is_adjacent = false;
                return true;
            }
            1 if self.advance(1) == 0 => return false,
            1 => {}
            _ => {
                let wraps = self.col == self.cols;
                if self.cols < 2 || self.col + 1 == self.cols || (wraps && self.style.bg != CellColor::Default) {
                    return false;
                }
                if wraps {
                    self.col = 0;
                    self.rows_passed += 1;
                }
                self.col += 2;
            }
        }
        self.last = Some(letter);
        self.is_adjacent = true;
        true
    }
}

/// How many columns a character takes; `None` when it is not to be shown as it is.
pub(super) fn shown_width(letter: char) -> Option<usize> {
    match letter {
        // What is met most needs no table.
        '\u{a0}'..='\u{ac}'
        | '\u{ae}'..='\u{2ff}'
        | '\u{370}'..='\u{377}'
        | '\u{391}'..='\u{3a1}'
        | '\u{3b1}'..='\u{482}'
        | '\u{2500}'..='\u{259f}'
        | '\u{2800}'..='\u{28ff}' => Some(1),
        '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => {
            Some(2)
        }
        // Controls of the upper half.
        '\u{80}'..='\u{9f}' => None,
        _ if fate(letter) == Fate::Shown => Some(letter.width().unwrap_or(0)),
        _ => None,
    }
}

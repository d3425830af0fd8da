//! Where lines are after a change of width, and how many rows text takes at a width. Knows no screen.

use memchr::memchr;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::machine::{FILLER, is_marker};
use super::text_lines::Spot;

/// Makes the emoji form of the character before it, which is wide.
pub(super) const EMOJI_FORM: char = '\u{fe0f}';

/// Where lines are after a change of width. Rows are counted anew then, but the lines that the program wrote stay the same.
pub(super) struct MovedLines {
    /// The first row of each line, and the one behind the last.
    pub(super) before: Vec<u64>,
    pub(super) after: Vec<u64>,
    pub(super) cols: [u16; 2],
    /// To be added to the numbers of `after`; wraps around.
    pub(super) shift: u64,
    pub(super) oldest: u64,
}

impl MovedLines {
    /// Whether rows are where they were.
    pub(super) fn is_same_width(&self) -> bool {
        self.cols[0] == self.cols[1]
    }

    /// Where a cell is now; the first line of all for one that is not kept any more.
    pub(super) fn moved(&self, spot: Spot) -> Spot {
        let index = self.before.partition_point(|first| *first <= spot.line);
        let (Some(index), Some(behind)) = (index.checked_sub(1), self.after.get(index)) else {
            // Below everything that is written, as far below the cursor as before; or older than everything.
            return spot;
        };
        let [old_cols, cols] = self.cols.map(u64::from);
        let cells = (spot.line - self.before[index]) * old_cols + u64::from(spot.col);
        let rows = (behind - self.after[index]).max(1);
        let row = (cells / cols).min(rows - 1);
        let line = (self.after[index] + row).wrapping_add(self.shift);
        if line < self.oldest || line > u64::MAX / 2 {
            return Spot { line: 0, col: 0 };
        }
        Spot {
            line,
            col: (cells - row * cols).min(cols - 1) as u16,
        }
    }
}

/// Counts the rows that text takes at a width.
pub(super) struct Walk {
    cols: u64,
    row: u64,
    col: u64,
    is_sequence: bool,
    last: char,
}

impl Walk {
    pub(super) fn new(cols: u16) -> Self {
        Self {
            cols: u64::from(cols),
            row: 0,
            col: 0,
            is_sequence: false,
            last: ' ',
        }
    }

    pub(super) fn go(&mut self, text: &str) {
        if text.is_ascii() {
            self.go_ascii(text.as_bytes());
        } else {
            text.chars().for_each(|letter| self.letter(letter));
        }
    }

    fn go_ascii(&mut self, mut text: &[u8]) {
        while !text.is_empty() {
            if self.is_sequence {
                let end = memchr(b'm', text);
                self.is_sequence = end.is_none();
                text = &text[end.map_or(text.len(), |end| end + 1)..];
                continue;
            }
            let length = memchr(0x1b, text).unwrap_or(text.len());
            if length > 0 {
                let columns = self.col + length as u64;
                let rows = (columns - 1) / self.cols;
                (self.row, self.col) = (self.row + rows, columns - rows * self.cols);
                self.last = char::from(text[length - 1]);
            }
            self.is_sequence = length < text.len();
            text = &text[(length + 1).min(text.len())..];
        }
    }

    /// Whether a letter is wide and only one column is left for it.
    pub(super) fn is_before_last_column(&self, letter: char) -> bool {
        self.cols > 1 && self.col + 1 == self.cols && !self.is_sequence && letter.width().unwrap_or(0) > 1
    }

    pub(super) fn letter(&mut self, letter: char) {
        if self.is_sequence || letter == '\x1b' {
            self.is_sequence = letter != 'm';
            return;
        }
        if letter == FILLER {
            self.col += 1;
            return;
        }
        if letter == EMOJI_FORM {
            let emoji: String = [self.last, letter].iter().collect();
            let grows = self.last.width() == Some(1) && emoji.width() > 1;
            self.col += u64::from(grows);
            return;
        }
        let width = if is_marker(letter) {
            0
        } else {
            letter.width().unwrap_or(0).min(2) as u64
        };
        if width == 0 {
            return;
        }
        if self.col + width > self.cols {
            (self.row, self.col) = (self.row + 1, 0);
        }
        self.col += width;
        self.last = letter;
    }

    /// The rows of the line that ends here.
    pub(super) fn take_rows(&mut self) -> u64 {
        self.col = 0;
        std::mem::take(&mut self.row) + 1
    }
}

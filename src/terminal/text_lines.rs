//! The text of a terminal, line by line as the program wrote it: rows that were only wrapped are one line.

use std::fmt;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::grid::{Grid, Parser, first_line};
use super::machine::{FILLER, STAND_IN, is_marker};

/// A cell of the screen or the scrollback. Lines are counted from the terminal's first one, whatever has been dropped since;
/// the numbers are good until the width changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// The row.
    pub line: u64,
    /// The column, from 0.
    pub col: u16,
}

/// One line of text.
#[derive(Clone, Debug, Default)]
pub(super) struct TextLine {
    pub text: String,
    /// Where each cell's text begins, and where the cell is. Blank cells behind the last text are not there.
    pub cells: Vec<(usize, Spot)>,
    /// Its first and its last row.
    pub rows: (u64, u64),
}

impl TextLine {
    /// The cell that holds a byte of the text.
    pub(super) fn spot_of(&self, byte: usize) -> Option<Spot> {
        let after = self.cells.partition_point(|(start, _)| *start <= byte);
        after.checked_sub(1).map(|index| self.cells[index].1)
    }

    /// The text of one cell.
    pub(super) fn cell_text(&self, index: usize) -> &str {
        let start = self.cells.get(index).map_or(self.text.len(), |(start, _)| *start);
        let end = self.cells.get(index + 1).map_or(self.text.len(), |(start, _)| *start);
        &self.text[start..end]
    }
}

/// Visits the lines from the oldest one to the screen's last row.
pub(super) fn visit_lines(grid: &Grid, visit: impl FnMut(&TextLine)) {
    visit_lines_of(grid.parser(), grid.size().cols(), visit);
}

/// The same for one screen of this width, whether it is up or not.
pub(super) fn visit_lines_of(parser: &Parser, cols: u16, mut visit: impl FnMut(&TextLine)) {
    let oldest = first_line(parser) - parser.screen().scrollback_len() as u64;
    let mut lines = Lines {
        line: TextLine::default(),
        spot: Spot { line: oldest, col: 0 },
        cols,
        is_sequence: false,
        visit: &mut visit,
    };
    lines.line.rows = (oldest, oldest);
    let mut state = vt100::capture::BasicFormattedCaptureState::new();
    let range = vt100::capture::BasicFormattedCaptureRange::Full(&mut state);
    // The sink never fails.
    let _ = parser.screen().write_contents_formatted_basic(&mut lines, range);
    lines.end_line();
}

/// Takes apart what the library writes: text, renditions, and a line feed behind each row that was not wrapped.
struct Lines<'a> {
    line: TextLine,
    spot: Spot,
    cols: u16,
    is_sequence: bool,
    visit: &'a mut dyn FnMut(&TextLine),
}

impl Lines<'_> {
    fn end_line(&mut self) {
        self.line.rows.1 = self.spot.line;
        (self.visit)(&self.line);
        self.line.text.clear();
        self.line.cells.clear();
        self.spot = Spot {
            line: self.spot.line + 1,
            col: 0,
        };
        self.line.rows = (self.spot.line, self.spot.line);
    }

    fn add(&mut self, letter: char) {
        let width = letter.width().unwrap_or(0).min(2) as u16;
        let letter = if letter == STAND_IN { '\u{fffd}' } else { letter };
        if width == 0 && !self.line.cells.is_empty() {
            self.line.text.push(letter);
            self.widen_last();
            return;
        }
        if self.spot.col + width > self.cols {
            self.spot = Spot {
                line: self.spot.line + 1,
                col: 0,
            };
        }
        self.line.cells.push((self.line.text.len(), self.spot));
        self.line.text.push(letter);
        self.spot.col += width;
    }

    /// An emoji form makes its cell two columns wide.
    fn widen_last(&mut self) {
        let Some((start, spot)) = self.line.cells.last() else {
            return;
        };
        let width = self.line.text[*start..].width().min(2) as u16;
        if self.line.text.ends_with('\u{fe0f}') && self.spot.col < spot.col + width {
            self.spot.col = spot.col + width;
        }
    }
}

impl fmt::Write for Lines<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            match letter {
                _ if self.is_sequence => self.is_sequence = letter != 'm',
                '\x1b' => self.is_sequence = true,
                '\n' => self.end_line(),
                _ if is_marker(letter) => {}
                FILLER => self.spot.col += 1,
                _ => self.add(letter),
            }
        }
        Ok(())
    }
}

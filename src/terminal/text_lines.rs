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
    let mut lines = Lines {
        builder: LineBuilder::new(oldest_line(parser), cols),
        visit: &mut visit,
    };
    write_text(parser, &mut lines);
    lines.end_line();
}

/// The number of the oldest line that a screen keeps.
pub(super) fn oldest_line(parser: &Parser) -> u64 {
    first_line(parser) - parser.screen().scrollback_len() as u64
}

/// Everything from the oldest line to the last row, with renditions as the only sequences.
pub(super) fn text_of(parser: &Parser) -> String {
    let mut text = String::new();
    write_text(parser, &mut text);
    text
}

fn write_text(parser: &Parser, sink: &mut impl fmt::Write) {
    let mut state = vt100::capture::BasicFormattedCaptureState::new();
    let range = vt100::capture::BasicFormattedCaptureRange::Full(&mut state);
    // The sinks never fail.
    let _ = parser.screen().write_contents_formatted_basic(sink, range);
}

/// Takes apart what the library writes: text, renditions, and a line feed behind each row that was not wrapped.
struct Lines<'a> {
    builder: LineBuilder,
    visit: &'a mut dyn FnMut(&TextLine),
}

impl Lines<'_> {
    fn end_line(&mut self) {
        (self.visit)(self.builder.line());
        self.builder.begin_next();
    }
}

impl fmt::Write for Lines<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // It comes cell by cell.
        if text == "\n" {
            self.end_line();
        } else {
            self.builder.add(text);
        }
        Ok(())
    }
}

/// Puts a line together from its text with renditions.
#[derive(Clone, Debug)]
pub(super) struct LineBuilder {
    line: TextLine,
    /// Where the next cell is.
    spot: Spot,
    cols: u16,
    is_sequence: bool,
}

impl LineBuilder {
    /// Nothing yet of a line that begins in this row.
    pub(super) fn new(row: u64, cols: u16) -> Self {
        Self {
            line: TextLine {
                rows: (row, row),
                ..TextLine::default()
            },
            spot: Spot { line: row, col: 0 },
            cols,
            is_sequence: false,
        }
    }

    /// Whether nothing has been added.
    pub(super) fn is_empty(&self) -> bool {
        self.line.text.is_empty() && self.spot.col == 0 && !self.is_sequence
    }

    /// The row of the next cell.
    pub(super) fn row(&self) -> u64 {
        self.spot.line
    }

    /// The line that has been put together so far.
    pub(super) fn line(&self) -> &TextLine {
        &self.line
    }

    /// Adds text without a line feed.
    pub(super) fn add(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                _ if self.is_sequence => self.is_sequence = letter != 'm',
                '\x1b' => self.is_sequence = true,
                _ if is_marker(letter) => {}
                FILLER => self.spot.col += 1,
                _ => self.add_letter(letter),
            }
        }
        self.line.rows.1 = self.spot.line;
    }

    /// Begins with the next line.
    pub(super) fn begin_next(&mut self) {
        self.line.text.clear();
        self.line.cells.clear();
        self.skip_rows(1);
    }

    /// Leaves out so many rows, beginning with the one of the next cell.
    pub(super) fn skip_rows(&mut self, rows: usize) {
        self.spot = Spot {
            line: self.spot.line + rows as u64,
            col: 0,
        };
        self.line.rows = (self.spot.line, self.spot.line);
    }

    fn add_letter(&mut self, letter: char) {
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

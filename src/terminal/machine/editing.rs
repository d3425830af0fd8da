//! Erasing, inserting, deleting, scrolling. What becomes empty gets the background in force and nothing else of the pen.

use super::pen::write_background;
use super::state::Machine;
use crate::terminal::cells::CellColor;
use crate::terminal::sequence::Sequence;

impl Machine {
    /// Whether new cells are to get a background that the library would not give them.
    pub(super) fn paints_background(&self) -> bool {
        self.pen.style.bg != CellColor::Default
    }

    /// Erases with the background alone: the library would also paint underlines and inverse into erased cells.
    pub(super) fn paint(&mut self, erasure: &str) {
        if self.pen.erases_clean() {
            self.grid.push(erasure.as_bytes());
            return;
        }
        let mut text = String::with_capacity(64);
        write_background(&mut text, self.pen.style.bg);
        text.push_str(erasure);
        self.pen.write(&mut text);
        self.grid.push(text.as_bytes());
    }

    /// Erases in the screen or in the line; the selective forms do the same, since no cell is protected.
    pub(super) fn erase(&mut self, sequence: &Sequence) {
        let (which, last) = (sequence.number(0), char::from(sequence.last));
        let most = if sequence.last == b'J' { 3 } else { 2 };
        if which > most || (which == 3 && sequence.prefix != 0) {
            return;
        }
        if sequence.last == b'J' {
            self.charge_rows(1);
        }
        if sequence.prefix == 0 && sequence.len() < 2 && self.pen.erases_clean() {
            self.pass(sequence);
            return;
        }
        self.paint(&format!("\x1b[{which}{last}"));
    }

    /// What moving or clearing many rows costs, as text that takes as long.
    pub(super) fn charge_rows(&mut self, times: usize) {
        self.grid.charge(times * self.row_charge());
    }

    pub(super) fn row_charge(&self) -> usize {
        16 * usize::from(self.grid.size().rows())
    }

    pub(super) fn erase_cells(&mut self, sequence: &Sequence) {
        self.leave_edge();
        self.paint(&format!("\x1b[{}X", sequence.count(0)));
    }

    /// Inserts or deletes characters.
    pub(super) fn shift_cells(&mut self, sequence: &Sequence) {
        self.leave_edge();
        if sequence.last == b'@' {
            self.split_wide();
        }
        self.pass(sequence);
        if !self.paints_background() {
            return;
        }
        let (row, col) = self.place();
        let cols = self.grid.size().cols();
        let count = sequence.count(0).min(cols.saturating_sub(col));
        if sequence.last == b'@' {
            self.paint(&format!("\x1b[{count}X"));
        } else if count > 0 {
            self.go(row, cols - count);
            self.paint(&format!("\x1b[{count}X"));
            self.go(row, col);
        }
    }

    /// Before an insertion: a wide character whose second half is under the cursor is torn apart and leaves blanks. The
    /// library would keep it whole and insert behind it.
    pub(super) fn split_wide(&mut self) {
        if self.grid.is_inside_wide() {
            self.paint("\x1b[X");
        }
    }

    /// Inserts or deletes lines.
    pub(super) fn shift_lines(&mut self, sequence: &Sequence) {
        self.leave_edge();
        self.charge_rows(1);
        let (top, bottom) = self.screens.margins();
        let row = self.place().0;
        if row < top || row > bottom {
            return;
        }
        self.pass(sequence);
        self.carriage_return();
        let count = sequence.count(0).min(bottom - row + 1);
        let first = if sequence.last == b'L' { row } else { bottom + 1 - count };
        self.paint_rows(first, count);
        self.go_if_painted(row, 0);
    }

    /// Moves the lines between the margins.
    pub(super) fn scroll(&mut self, sequence: &Sequence, up: bool) {
        self.leave_edge();
        self.charge_rows(1);
        let (row, col) = self.place();
        let (top, bottom) = self.screens.margins();
        let count = sequence.count(0).min(bottom - top + 1);
        let last = if up { 'S' } else { 'T' };
        self.grid.write(format_args!("\x1b[{count}{last}"));
        let first = if up { bottom + 1 - count } else { top };
        self.paint_rows(first, count);
        self.go_if_painted(row, col);
    }

    fn paint_rows(&mut self, first: u16, count: u16) {
        if !self.paints_background() {
            return;
        }
        for row in first..first.saturating_add(count) {
            self.go(row, 0);
            self.paint("\x1b[2K");
        }
    }

    fn go_if_painted(&mut self, row: u16, col: u16) {
        if self.paints_background() {
            self.go(row, col);
        }
    }

    /// Fills the screen with a letter, which is how screens were once adjusted.
    pub(super) fn align(&mut self) {
        let size = self.grid.size();
        self.screens.reset_margins(size.rows());
        self.modes.set(super::Mode::Origin, false);
        self.grid.push(b"\x1b[r\x1b[0m");
        let line = "E".repeat(usize::from(size.cols()));
        for row in 0..size.rows() {
            self.go(row, 0);
            self.grid.push(line.as_bytes());
        }
        self.go(0, 0);
        self.sync_pen();
    }
}

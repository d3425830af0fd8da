//! The cursor: where it is, and everything that moves it.

use super::modes::Mode;
use super::state::Machine;
use crate::terminal::sequence::Sequence;

impl Machine {
    /// Row and column of the cursor. The column is the width of the screen when it stands behind the last one.
    pub(super) fn place(&mut self) -> (u16, u16) {
        let (row, col) = self.grid.cursor();
        self.trail.col = Some(col);
        (row, col)
    }

    /// The column alone, which is often known without asking.
    pub(super) fn col(&mut self) -> u16 {
        match self.trail.col {
            Some(col) => col,
            None => self.place().1,
        }
    }

    /// Puts the cursor on the last column if it stands behind it: to whatever moves it, it is there.
    pub(super) fn leave_edge(&mut self) {
        let cols = self.grid.size().cols();
        if self.col() >= cols {
            self.go_to_col(cols - 1);
        }
    }

    /// Moves within the row.
    pub(super) fn go_to_col(&mut self, col: u16) {
        self.trail.col = Some(col.min(self.grid.size().cols() - 1));
        self.grid.write(format_args!("\x1b[{}G", col.saturating_add(1)));
    }

    /// Moves to a cell of the screen, whatever the margins.
    pub(super) fn go(&mut self, row: u16, col: u16) {
        self.trail.col = Some(col.min(self.grid.size().cols() - 1));
        self.grid.write(format_args!(
            "\x1b[{};{}H",
            row.saturating_add(1),
            col.saturating_add(1)
        ));
    }

    /// The row that a program's row number, from 0, means: under origin mode it counts from the top margin.
    fn addressed_row(&self, row: u16) -> u16 {
        if !self.modes.is_on(Mode::Origin) {
            return row;
        }
        let (top, bottom) = self.screens.margins();
        row.saturating_add(top).min(bottom)
    }

    /// The first cell that a program can address.
    pub(super) fn go_home(&mut self) {
        if self.modes.is_on(Mode::Origin) {
            let row = self.addressed_row(0);
            self.go(row, 0);
        } else {
            self.trail.col = Some(0);
            self.grid.push(b"\x1b[H");
        }
    }

    pub(super) fn position(&mut self, sequence: &Sequence) {
        if self.modes.is_on(Mode::Origin) {
            let row = self.addressed_row(sequence.count(0) - 1);
            self.go(row, sequence.count(1) - 1);
        } else {
            self.trail.col = Some((sequence.count(1) - 1).min(self.grid.size().cols() - 1));
            self.pass(sequence);
        }
    }

    /// To a column, or to a row, of its own.
    pub(super) fn position_in_line(&mut self, sequence: &Sequence) {
        let number = sequence.count(0);
        if sequence.last == b'd' {
            self.leave_edge();
            let row = self.addressed_row(number - 1).saturating_add(1);
            self.grid.write(format_args!("\x1b[{row}d"));
        } else {
            self.go_to_col(number - 1);
        }
    }

    /// Up, down, right, left, next line, previous line, and the older forms of right, down, left and up.
    pub(super) fn step_cursor(&mut self, sequence: &Sequence) {
        self.leave_edge();
        let count = sequence.count(0);
        match sequence.last {
            b'a' => self.grid.write(format_args!("\x1b[{count}C")),
            b'e' => {
                // Unlike `CUD` this one ignores the margins.
                let row = self.place().0;
                self.grid
                    .write(format_args!("\x1b[{}d", row.saturating_add(count).saturating_add(1)));
            }
            b'j' => self.grid.write(format_args!("\x1b[{count}D")),
            b'k' => self.grid.write(format_args!("\x1b[{count}A")),
            _ => self.pass(sequence),
        }
        if !matches!(sequence.last, b'A' | b'B' | b'e' | b'k') {
            self.trail.col = None;
        }
    }

    pub(super) fn backspace(&mut self) {
        self.leave_edge();
        self.trail.col = Some(self.col().saturating_sub(1));
        self.grid.push(b"\x08");
    }

    pub(super) fn carriage_return(&mut self) {
        self.trail.col = Some(0);
        self.grid.push(b"\r");
    }

    pub(super) fn line_feed(&mut self) {
        self.index();
        if self.modes.is_on(Mode::Newline) {
            self.carriage_return();
        }
    }

    /// One line down; at the bottom margin the lines move up, and the new one has the background in force.
    pub(super) fn index(&mut self) {
        self.leave_edge();
        let at_bottom = self.paints_background() && self.place().0 == self.screens.margins().1;
        self.grid.push(b"\n");
        if at_bottom {
            self.paint("\x1b[2K");
        }
    }

    /// One line up; at the top margin the lines move down.
    pub(super) fn reverse_index(&mut self) {
        self.leave_edge();
        let (top, _) = self.screens.margins();
        if top > 0 || self.paints_background() {
            let row = self.place().0;
            if row == 0 && top > 0 {
                // Above the margins there is nowhere to go.
                return;
            }
            self.grid.push(b"\x1bM");
            if row == top && self.paints_background() {
                self.paint("\x1b[2K");
            }
            return;
        }
        self.grid.push(b"\x1bM");
    }

    pub(super) fn tab(&mut self, count: u16) {
        if count == 1 && self.tabs.is_standard() {
            self.trail.col = None;
            self.grid.push(b"\t");
            return;
        }
        let col = self.col();
        let col = self.tabs.after(col, count);
        self.go_to_col(col);
    }

    pub(super) fn back_tab(&mut self, count: u16) {
        self.leave_edge();
        let col = self.col();
        let col = self.tabs.before(col, count);
        self.go_to_col(col);
    }

    pub(super) fn set_tab(&mut self) {
        let col = self.col().min(self.grid.size().cols() - 1);
        self.tabs.set(col, true);
    }

    pub(super) fn clear_tab(&mut self, which: u16) {
        match which {
            0 => {
                let col = self.col().min(self.grid.size().cols() - 1);
                self.tabs.set(col, false);
            }
            3 => self.tabs.clear(),
            _ => {}
        }
    }
}

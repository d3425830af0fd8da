//! A line of our own among the program's output.

use super::state::Machine;
use unicode_width::UnicodeWidthChar;

impl Machine {
    /// Puts a line above the one that the cursor is in, on the normal screen. The cursor's line, its column, the margins,
    /// the saved cursor and the pen stay as the program has them; what was above moves up.
    pub(in crate::terminal) fn write_mark(&mut self, text: &str) {
        let is_alternate = self.screens.is_alternate;
        if is_alternate {
            self.grid.switch(false);
        }
        let (row, col) = self.place();
        let offset = self.grid.screen().scrollback();
        self.grid.screen_mut().set_scrollback(0);
        let first = self.first_row_of_line(row);
        self.grid.screen_mut().set_scrollback(offset);
        self.grid.push(b"\x1b[0m");
        let row = self.make_room(first, row);
        self.write_dim(text);
        self.finish_mark(is_alternate, row, col);
    }

    /// The screen row in which the line that reaches into `row` begins.
    fn first_row_of_line(&self, row: u16) -> u16 {
        let screen = self.grid.screen();
        (0..row)
            .rev()
            .take_while(|above| screen.row_wrapped(*above))
            .last()
            .unwrap_or(row)
    }

    /// Makes an empty row above `first`, with the cursor in it. Returns where the row `row` is now.
    fn make_room(&mut self, first: u16, row: u16) -> u16 {
        let rows = self.grid.size().rows();
        match first {
            0 if rows == 1 => {
                // There is no room beside the line: it goes up, and an empty one comes after the mark.
                self.grid.push(b"\r\n");
                row
            }
            0 => {
                self.grid.push(b"\x1b[r\x1b[L");
                (row + 1).min(rows - 1)
            }
            // A region has two rows at least: the second one goes up and comes down again.
            1 => {
                self.grid.push(b"\x1b[1;2r\x1b[S\x1b[T");
                row
            }
            _ => {
                self.grid.write(format_args!("\x1b[1;{first}r\x1b[S\x1b[{first}H"));
                row
            }
        }
    }

    fn write_dim(&mut self, text: &str) {
        let cols = usize::from(self.grid.size().cols());
        let mut width = 0;
        let shown: String = text
            .chars()
            .filter(|letter| !letter.is_control())
            .take_while(|letter| {
                width += letter.width().unwrap_or(0);
                width <= cols
            })
            .collect();
        self.grid.write(format_args!("\x1b[2m{shown}"));
    }

    fn finish_mark(&mut self, is_alternate: bool, row: u16, col: u16) {
        if self.grid.size().rows() == 1 {
            self.grid.push(b"\r\n");
        }
        let (top, bottom) = self.screens.margins();
        if bottom > top {
            self.grid.write(format_args!("\x1b[{};{}r", top + 1, bottom + 1));
        }
        self.go(row, col);
        if is_alternate {
            self.grid.switch(true);
        }
        self.sync_pen();
        self.grid.flush();
        self.trail.col = None;
    }
}

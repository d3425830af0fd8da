//! The emulator library behind a fence: bytes in, cells out, and no panic of it gets out.
//!
//! The only file that calls `vt100`. Knows nothing of what the bytes mean.

use std::cell::Cell;
use std::fmt;
use std::io::Write as _;
use std::num::NonZeroU16;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::domain::GridSize;

thread_local! {
    static GUARDING: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is inside the emulator library, where a panic is caught and repaired. The program's own panic
/// hook asks this, so that a repaired panic does not tear down the screen.
pub fn is_guarding() -> bool {
    GUARDING.get()
}

/// Counts the lines that leave the scrollback for good.
#[derive(Debug, Default)]
struct LineCount {
    dropped: u64,
}

impl vt100::Callbacks for LineCount {
    fn on_scroll(&mut self, _: vt100::capture::RowContents<'_>, alternate_screen: bool) {
        if !alternate_screen {
            self.dropped += 1;
        }
    }
}

/// Bytes are handed to the library in batches of about this size.
const BATCH_BYTES: usize = 16 * 1024;

/// The cells, behind the fence.
pub(super) struct Grid {
    parser: vt100::Parser<LineCount>,
    scrollback_lines: usize,
    /// Bytes that the library has not seen yet. Everything that reads cells flushes first.
    batch: Vec<u8>,
    recoveries: u32,
}

impl Grid {
    pub(super) fn new(size: GridSize, scrollback_lines: usize) -> Self {
        Self {
            parser: parser(size, scrollback_lines),
            scrollback_lines,
            batch: Vec::with_capacity(BATCH_BYTES),
            recoveries: 0,
        }
    }

    /// Adds bytes for the library.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.batch.len() + bytes.len() > BATCH_BYTES {
            self.flush();
        }
        self.batch.extend_from_slice(bytes);
    }

    /// Adds formatted bytes for the library.
    pub(super) fn write(&mut self, text: fmt::Arguments<'_>) {
        // Writing to a vector cannot fail.
        let _ = self.batch.write_fmt(text);
    }

    /// Applies what was added.
    pub(super) fn flush(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        let mut batch = std::mem::take(&mut self.batch);
        self.apply(|parser| parser.process(&batch));
        batch.clear();
        self.batch = batch;
    }

    /// Lets the library work. If it panics, what was on the screen is saved into a fresh one.
    fn apply(&mut self, work: impl FnOnce(&mut vt100::Parser<LineCount>)) {
        let parser = &mut self.parser;
        if !guarded(|| work(parser)) {
            self.recover();
        }
    }

    /// Row and column of the cursor; the column is the width when it stands behind the last one.
    pub(super) fn cursor(&mut self) -> (u16, u16) {
        self.flush();
        self.screen().cursor_position()
    }

    /// The line of the cursor, counted from the terminal's first one.
    pub(super) fn cursor_line(&mut self) -> u64 {
        let (row, _) = self.cursor();
        self.first_line() + u64::from(row)
    }

    /// The number of the screen's first row, not of the view's, counted from the terminal's first line.
    pub(super) fn first_line(&self) -> u64 {
        self.parser.callbacks().dropped + self.screen().scrollback_len() as u64
    }

    /// Forgets screen and scrollback. Line numbers go on, so that none is used twice.
    pub(super) fn reset(&mut self) {
        self.flush();
        let next_line = self.first_line() + u64::from(self.size().rows());
        self.push(b"\x1bc");
        self.flush();
        self.parser.callbacks_mut().dropped = next_line;
    }

    pub(super) fn size(&self) -> GridSize {
        let (rows, cols) = self.screen().size();
        GridSize::new(cols.get(), rows.get())
    }

    pub(super) fn set_size(&mut self, size: GridSize) {
        self.flush();
        let (rows, cols) = dimensions(size);
        self.apply(|parser| parser.set_size(rows, cols));
    }

    pub(super) fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    pub(super) fn screen_mut(&mut self) -> &mut vt100::Screen {
        self.parser.screen_mut()
    }

    /// How often the library has panicked.
    pub(super) fn recoveries(&self) -> u32 {
        self.recoveries
    }

    /// Starts again with what can be saved of the screen.
    fn recover(&mut self) {
        let size = self.size();
        self.recoveries += 1;
        let mut saved = String::new();
        guarded(|| saved = self.parser.screen().state_formatted());
        let dropped = self.first_line();
        self.parser = parser(size, self.scrollback_lines);
        self.parser.callbacks_mut().dropped = dropped;
        if !guarded(|| self.parser.process(saved.as_bytes())) {
            self.parser = parser(size, self.scrollback_lines);
        }
    }
}

/// Runs library code; `false` when it panicked.
fn guarded(work: impl FnOnce()) -> bool {
    let before = GUARDING.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    GUARDING.set(before);
    outcome.is_ok()
}

fn dimensions(size: GridSize) -> (NonZeroU16, NonZeroU16) {
    let cells = |count| NonZeroU16::new(count).unwrap_or(NonZeroU16::MIN);
    (cells(size.rows()), cells(size.cols()))
}

fn parser(size: GridSize, scrollback_lines: usize) -> vt100::Parser<LineCount> {
    let (rows, cols) = dimensions(size);
    vt100::Parser::new_with_callbacks(rows, cols, scrollback_lines, LineCount::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_the_library_costs_no_more_than_the_scrollback() {
        let mut grid = Grid::new(GridSize::new(10, 3), 100);
        grid.push(b"1\r\n2\r\n3\r\n4\r\n\x1b[31mred");
        grid.flush();
        assert!(!is_guarding());
        grid.apply(|parser| {
            assert!(is_guarding());
            parser.process(b"!");
            std::panic::panic_any("on purpose");
        });
        assert!(!is_guarding());
        grid.push(b"?");
        grid.flush();
        assert_eq!(grid.screen().contents(), "3\n4\nred!?");
        assert_eq!(grid.screen().fgcolor(), vt100::Color::Idx(1));
        assert_eq!(grid.cursor_line(), 4);
    }

    #[test]
    fn line_numbers_are_never_used_twice() {
        let mut grid = Grid::new(GridSize::new(10, 3), 2);
        for expected in 0..10 {
            assert_eq!(grid.cursor_line(), expected);
            grid.push(b"x\r\n");
        }
        grid.reset();
        assert!(grid.cursor_line() > 10);
    }
}

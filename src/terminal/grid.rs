//! The emulator library behind a fence: bytes in, cells out, and no panic of it gets out.
//!
//! The only file that calls `vt100`. Knows nothing of what the bytes mean.

use std::cell::Cell;
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

/// The cells, behind the fence.
pub(super) struct Grid {
    parser: vt100::Parser<LineCount>,
    scrollback_lines: usize,
}

impl Grid {
    pub(super) fn new(size: GridSize, scrollback_lines: usize) -> Self {
        Self {
            parser: parser(size, scrollback_lines),
            scrollback_lines,
        }
    }

    /// Applies bytes now.
    pub(super) fn process(&mut self, bytes: &[u8]) {
        if !guarded(|| self.parser.process(bytes)) {
            self.recover();
        }
    }

    pub(super) fn size(&self) -> GridSize {
        let (rows, cols) = self.screen().size();
        GridSize::new(cols.get(), rows.get())
    }

    pub(super) fn set_size(&mut self, size: GridSize) {
        let (rows, cols) = dimensions(size);
        if !guarded(|| self.parser.set_size(rows, cols)) {
            self.recover();
        }
    }

    pub(super) fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    pub(super) fn screen_mut(&mut self) -> &mut vt100::Screen {
        self.parser.screen_mut()
    }

    /// Starts again with what can be saved of the screen.
    fn recover(&mut self) {
        let size = self.size();
        let mut saved = String::new();
        guarded(|| saved = self.parser.screen().state_formatted());
        self.parser = parser(size, self.scrollback_lines);
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

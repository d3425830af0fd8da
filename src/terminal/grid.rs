//! The emulator library behind a fence: bytes in, cells out, and no panic of it gets out.
//!
//! The only file that calls `vt100`. Knows nothing of what the bytes mean.

use std::collections::HashSet;
use std::fmt;
use std::io::Write as _;
use std::num::NonZeroU16;

use super::fence::guarded;
use super::moved_lines::MovedLines;
use super::reflow::{Reflow, reflowed};
use super::used_letters::used_letters;
use crate::domain::GridSize;

/// Counts the lines that leave the scrollback for good.
#[derive(Debug, Default)]
pub(super) struct LineCount {
    dropped: u64,
}

impl vt100::Callbacks for LineCount {
    fn on_scroll(&mut self, _: vt100::capture::RowContents<'_>, _: bool) {
        self.dropped += 1;
    }
}

/// One screen of the library.
pub(super) type Parser = vt100::Parser<LineCount>;

/// Bytes are handed to the library in batches of about this size.
const BATCH_BYTES: usize = 16 * 1024;
/// What one step of work may write. Some sequences of a few bytes write a whole screen.
const STEP_WRITTEN: usize = 32 * 1024;

/// The cells of both screens, behind the fence.
pub(super) struct Grid {
    /// The normal screen with its scrollback.
    normal: Parser,
    /// The second screen, once a program has asked for it. The library has one of its own, but then the normal one cannot
    /// be reached while a full-screen program runs.
    alternate: Option<Parser>,
    is_alternate: bool,
    scrollback_lines: usize,
    /// Bytes that the library has not seen yet. Everything that reads cells flushes first.
    batch: Vec<u8>,
    recoveries: u32,
    /// The library has started again and nobody has told it the pen and the margins yet.
    is_fresh: bool,
    /// The normal screen on its way to another width, or to fewer lines.
    reflow: Option<Box<Reflow>>,
    /// How many bytes the library has been given in this step of work, and what else was charged.
    applied: usize,
}

impl Grid {
    pub(super) fn new(size: GridSize, scrollback_lines: usize) -> Self {
        Self {
            normal: parser(size, scrollback_lines),
            alternate: None,
            is_alternate: false,
            scrollback_lines,
            batch: Vec::with_capacity(BATCH_BYTES),
            recoveries: 0,
            is_fresh: false,
            reflow: None,
            applied: 0,
        }
    }

    /// From here on the work of a step is counted.
    pub(super) fn begin_step(&mut self) {
        self.flush();
        self.applied = 0;
    }

    /// Counts as if so many cells had been written: moving rows is dear although it takes few bytes.
    pub(super) fn charge(&mut self, cells: usize) {
        self.applied += cells;
    }

    /// How much may be written until then.
    pub(super) fn step_left(&self) -> usize {
        STEP_WRITTEN.saturating_sub(self.applied + self.batch.len())
    }

    /// Whether so much has been written that keys should be looked at.
    pub(super) fn is_step_over(&self) -> bool {
        self.applied + self.batch.len() > STEP_WRITTEN
    }

    /// Goes to the other screen. Each has its own cursor, pen and margins here.
    pub(super) fn switch(&mut self, is_alternate: bool) {
        self.flush();
        if is_alternate && self.alternate.is_none() {
            self.alternate = Some(second_screen(self.size()));
        }
        self.normal.screen_mut().set_scrollback(0);
        self.is_alternate = is_alternate;
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
        self.applied += batch.len();
        self.apply(|parser| parser.process(&batch));
        batch.clear();
        self.batch = batch;
    }

    fn parser_mut(&mut self) -> &mut Parser {
        match &mut self.alternate {
            Some(alternate) if self.is_alternate => alternate,
            _ => &mut self.normal,
        }
    }

    /// Lets the library work on the current screen. If it panics, what can be saved goes into a fresh one.
    fn apply(&mut self, work: impl FnOnce(&mut Parser)) {
        let parser = self.parser_mut();
        if !guarded(|| work(parser)) {
            self.recover();
        }
    }

    /// Row and column of the cursor; the column is the width when it stands behind the last one.
    pub(super) fn cursor(&mut self) -> (u16, u16) {
        self.flush();
        self.screen().cursor_position()
    }

    /// Whether the cursor stands on the second half of a wide character.
    pub(super) fn is_inside_wide(&mut self) -> bool {
        let (row, col) = self.cursor();
        let screen = self.screen_mut();
        // Rows are read from the view, which may be anywhere in the scrollback.
        let offset = screen.scrollback();
        screen.set_scrollback(0);
        let is_inside = screen.cell(row, col).is_some_and(vt100::Cell::is_wide_continuation);
        screen.set_scrollback(offset);
        is_inside
    }

    /// The line of the cursor, counted from the terminal's first one.
    pub(super) fn cursor_line(&mut self) -> u64 {
        let (row, _) = self.cursor();
        self.first_line() + u64::from(row)
    }

    /// The number of the screen's first row, not of the view's, counted from the terminal's first line.
    pub(super) fn first_line(&self) -> u64 {
        first_line(self.parser())
    }

    /// Forgets both screens and the scrollback. Line numbers go on, so that none is used twice.
    pub(super) fn reset(&mut self) {
        self.flush();
        let size = self.size();
        let next_line = first_line(&self.normal) + u64::from(size.rows());
        self.normal = parser(size, self.scrollback_lines);
        self.normal.callbacks_mut().dropped = next_line;
        self.alternate = None;
        self.is_alternate = false;
        self.reflow = None;
    }

    /// Forgets what is above the normal screen, and gives the cursor's line this number.
    pub(super) fn forget_above(&mut self, line: u64) {
        let (row, _) = self.cursor();
        let normal = &mut self.normal;
        normal.screen_mut().clear_scrollback();
        number_first_line(normal, line.saturating_sub(u64::from(row)));
    }

    /// How many lines above the normal screen a change of width has to wrap anew.
    pub(super) fn wrappable_lines(&self) -> usize {
        self.normal.screen().scrollback_len()
    }

    /// How many lines above the normal screen are kept at most.
    pub(super) fn kept_lines(&self) -> usize {
        self.scrollback_lines
    }

    /// Begins to wrap the lines of the normal screen for a width, and to keep no more than so many of them from now on. What
    /// had begun before ends here. Until it has come to its end nothing may be written.
    pub(super) fn begin_reflow(&mut self, size: GridSize, lines: usize) {
        self.flush();
        self.scrollback_lines = lines;
        let marks = self.reflow.take().map(|begun| begun.into_marks());
        // On a screen of one row the library does not note that a line goes on in the next row: it would stay in pieces for
        // good. So lines are wrapped on two, and the second row goes at the end.
        let high = GridSize::new(size.cols(), self.size().rows().max(2));
        let (normal, reflow) = (&mut self.normal, &mut self.reflow);
        if !guarded(|| *reflow = Some(Box::new(Reflow::begin(normal, parser(high, lines), marks)))) {
            self.give_up_lines(size);
        }
    }

    /// Whether lines are being wrapped anew.
    pub(super) fn is_reflowing(&self) -> bool {
        self.reflow.is_some()
    }

    /// Goes on with that for a while. True when the rest is for `end_reflow`.
    pub(super) fn step_reflow(&mut self) -> bool {
        let Some(reflow) = &mut self.reflow else {
            return true;
        };
        let mut is_done = true;
        if guarded(|| is_done = reflow.step()) {
            return is_done;
        }
        let size = self.size();
        self.give_up_lines(size);
        true
    }

    /// Puts the screen with the new lines in the place of the old one, whose lines it tells the new places of. The second one
    /// is cut, since full-screen programs draw it again.
    pub(super) fn end_reflow(&mut self) -> Option<MovedLines> {
        let reflow = self.reflow.take()?;
        let (normal, mut moved) = (&mut self.normal, None);
        let rows = normal.screen().size().0;
        let is_done = guarded(|| {
            let (mut fresh, lines) = reflow.finish();
            let cols = fresh.screen().size().1;
            fresh.set_size(rows, cols);
            *normal = fresh;
            moved = Some(lines);
        });
        if !is_done {
            let size = self.size();
            self.give_up_lines(size);
        }
        self.cut_alternate(self.size());
        moved
    }

    /// Begins with an empty normal screen: what the old one held cannot be had.
    fn give_up_lines(&mut self, size: GridSize) {
        self.recoveries += 1;
        self.reflow = None;
        self.normal = parser(size, self.scrollback_lines);
    }

    fn cut_alternate(&mut self, size: GridSize) {
        let (rows, cols) = dimensions(size);
        if let Some(alternate) = &mut self.alternate
            && !guarded(|| alternate.set_size(rows, cols))
        {
            self.recoveries += 1;
            self.alternate = Some(second_screen(size));
        }
    }

    pub(super) fn size(&self) -> GridSize {
        let (rows, cols) = self.normal.screen().size();
        GridSize::new(cols.get(), rows.get())
    }

    /// Changes the height of both screens.
    pub(super) fn set_height(&mut self, rows: u16) {
        self.flush();
        let size = GridSize::new(self.size().cols(), rows);
        self.cut_alternate(size);
        let (rows, cols) = dimensions(size);
        let normal = &mut self.normal;
        if !guarded(|| normal.set_size(rows, cols)) {
            self.give_up_lines(size);
        }
    }

    /// The number of the oldest line that the normal screen keeps.
    pub(super) fn oldest_line(&self) -> u64 {
        self.normal.callbacks().dropped
    }

    /// The screen that is up, with its count of lines.
    pub(super) fn parser(&self) -> &Parser {
        match &self.alternate {
            Some(alternate) if self.is_alternate => alternate,
            _ => &self.normal,
        }
    }

    pub(super) fn screen(&self) -> &vt100::Screen {
        self.parser().screen()
    }

    pub(super) fn screen_mut(&mut self) -> &mut vt100::Screen {
        self.parser_mut().screen_mut()
    }

    /// Which characters of a kind stand in any cell of either screen or of the scrollback.
    pub(super) fn used_letters(&self, is_wanted: fn(char) -> bool) -> HashSet<char> {
        let parsers = std::iter::once(&self.normal).chain(&self.alternate);
        used_letters(parsers.map(Parser::screen), is_wanted)
    }

    /// How often the library has panicked.
    pub(super) fn recoveries(&self) -> u32 {
        self.recoveries
    }

    /// Whether it has panicked since the last call: then pen and margins are gone.
    pub(super) fn take_is_fresh(&mut self) -> bool {
        std::mem::take(&mut self.is_fresh)
    }

    /// A bug of the library, on purpose.
    #[cfg(test)]
    pub(super) fn fail(&mut self) {
        self.flush();
        self.apply(|_| std::panic::panic_any("on purpose"));
    }

    /// Starts the current screen again with what can be saved of it.
    fn recover(&mut self) {
        let size = self.size();
        self.recoveries += 1;
        self.is_fresh = true;
        if self.is_alternate {
            let mut saved = String::new();
            let alternate = self.alternate.take();
            guarded(|| saved = alternate.map_or_else(String::new, |parser| parser.screen().state_formatted()));
            let mut fresh = second_screen(size);
            let is_saved = guarded(|| fresh.process(saved.as_bytes()));
            self.alternate = Some(if is_saved { fresh } else { second_screen(size) });
            return;
        }
        let fresh = parser(size, self.scrollback_lines);
        let normal = &mut self.normal;
        if !guarded(|| *normal = reflowed(normal, fresh)) {
            self.normal = parser(size, self.scrollback_lines);
        }
    }
}

/// The number of a screen's first row, counted from the terminal's first line.
pub(super) fn first_line(parser: &Parser) -> u64 {
    parser.callbacks().dropped + parser.screen().scrollback_len() as u64
}

/// Gives the screen's first row a number.
pub(super) fn number_first_line(parser: &mut Parser, number: u64) {
    let kept = parser.screen().scrollback_len() as u64;
    parser.callbacks_mut().dropped = number.saturating_sub(kept);
}

fn dimensions(size: GridSize) -> (NonZeroU16, NonZeroU16) {
    let cells = |count| NonZeroU16::new(count).unwrap_or(NonZeroU16::MIN);
    (cells(size.rows()), cells(size.cols()))
}

fn parser(size: GridSize, scrollback_lines: usize) -> Parser {
    let (rows, cols) = dimensions(size);
    vt100::Parser::new_with_callbacks(rows, cols, scrollback_lines, LineCount::default())
}

/// The library's own second screen keeps no scrollback and grows at its lower end, unlike its first one without lines.
fn second_screen(size: GridSize) -> Parser {
    let mut parser = parser(size, 0);
    parser.process(b"\x1b[?47h");
    parser
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::is_guarding;

    #[test]
    fn a_panic_of_the_library_is_repaired() {
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
        assert_eq!(grid.screen().scrollback_len(), 2);
        assert_eq!((grid.cursor_line(), grid.recoveries()), (4, 1));
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

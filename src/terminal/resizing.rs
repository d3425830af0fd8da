//! Changes of size as they come while a border or a window is dragged: many in a row, and only the last one counts.

use std::time::Duration;

use super::emulator::Emulator;
use super::moved_lines::MovedLines;
use super::text_lines::Spot;
use crate::domain::GridSize;

/// Changes that follow each other faster than this are one burst.
const REST: Duration = Duration::from_millis(80);
/// So few lines above the screen are wrapped anew in a millisecond or two.
const FEW_LINES: usize = 500;

/// A width that is wanted and not yet there.
#[derive(Debug, Default)]
pub(super) struct Resizing {
    /// What is wanted, and when it will be done.
    waiting: Option<(GridSize, Duration)>,
    /// What lines are being wrapped for.
    wrapping: Option<GridSize>,
    /// It has not begun yet, and so many lines are to be kept.
    to_begin: Option<usize>,
    /// When a width was asked for last.
    asked: Option<Duration>,
}

impl Resizing {
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.waiting.map(|(_, due)| due)
    }
}

impl Emulator {
    /// Changes the size. A change of width wraps the lines of the normal screen anew, which takes tens of milliseconds with a
    /// full scrollback: see `follow_size`. A view that is scrolled back stays with its line.
    pub fn resize(&mut self, size: GridSize) {
        self.begin_resize(size);
        self.wrap_to_the_end();
    }

    /// Changes the size without waiting for anything. The height follows at once, and so does the width when there is little
    /// to wrap anew; else `catch_up` does that, bit by bit, before anything else is worked off. While one width follows
    /// another it waits for the last one: `settle` begins with it then.
    pub fn follow_size(&mut self, size: GridSize, now: Duration) {
        self.resizing.waiting = None;
        if size == self.size() && !self.is_wrapping() {
            return;
        }
        let asked = self.resizing.asked.replace(now);
        let is_burst = asked.is_some_and(|asked| now.saturating_sub(asked) < REST);
        let is_long = self.grid().wrappable_lines() > FEW_LINES;
        if is_burst && is_long && size.cols() != self.size().cols() {
            self.set_height(size.rows());
            self.resizing.waiting = Some((size, now + REST));
            return;
        }
        self.begin_resize(size);
        if !is_long {
            self.wrap_to_the_end();
        }
    }

    fn begin_resize(&mut self, size: GridSize) {
        if size.rows() != self.size().rows() {
            self.skipper.forget();
            self.set_rows(size.rows());
        }
        if size.cols() != self.size().cols() || self.is_wrapping() {
            self.wrap_for(size, self.kept_lines());
        }
    }

    fn set_height(&mut self, rows: u16) {
        if rows == self.size().rows() {
            return;
        }
        self.skipper.forget();
        self.set_rows(rows);
        if let Some(size) = self.resizing.wrapping {
            // What is on its way has the old height.
            self.wrap_for(GridSize::new(size.cols(), rows), self.kept_lines());
        }
    }

    /// The library would bring the view back to the newest line.
    fn set_rows(&mut self, rows: u16) {
        let top = (self.scroll_offset() > 0).then(|| self.first_visible_line());
        self.machine.set_height(rows);
        if let Some(top) = top {
            self.look_from(top);
        }
    }

    /// What is on its way is begun again. Reading all lines takes some milliseconds, so that is left for the first step.
    fn wrap_for(&mut self, size: GridSize, lines: usize) {
        self.skipper.forget();
        self.resizing.wrapping = Some(size);
        self.resizing.to_begin = Some(lines);
    }

    fn kept_lines(&self) -> usize {
        self.resizing.to_begin.unwrap_or_else(|| self.grid().kept_lines())
    }

    /// Whether lines are being wrapped anew.
    pub fn is_wrapping(&self) -> bool {
        self.resizing.wrapping.is_some()
    }

    pub(super) fn wrap_to_the_end(&mut self) {
        while self.is_wrapping() {
            self.wrap_on();
        }
    }

    /// Wraps some more lines.
    pub(super) fn wrap_on(&mut self) {
        let Some(size) = self.resizing.wrapping else {
            return;
        };
        if let Some(lines) = self.resizing.to_begin.take() {
            self.machine.begin_reflow(size, lines);
            return;
        }
        let offset = self.scroll_offset();
        let is_back = offset > 0 && !self.is_alternate_screen();
        let top = is_back.then(|| self.first_visible_line());
        let moved = self.machine.work_reflow();
        if self.grid().is_reflowing() {
            return;
        }
        self.resizing.wrapping = None;
        if let Some(moved) = moved {
            self.take_moved(&moved, top);
        }
    }

    /// Brings the view, and what is known of the shell's commands, to where the lines are now.
    fn take_moved(&mut self, moved: &MovedLines, top: Option<u64>) {
        let is_same_width = moved.is_same_width();
        if let Some(marks) = self.marks.as_mut().filter(|_| !is_same_width) {
            marks.move_lines(|spot| moved.moved(spot));
        }
        if let Some(line) = top {
            let spot = Spot { line, col: 0 };
            let line = if is_same_width { line } else { moved.moved(spot).line };
            let bottom = self.grid().first_line();
            self.scroll_to_bottom();
            self.scroll_rows(i32::try_from(bottom.saturating_sub(line)).unwrap_or(i32::MAX));
        }
        self.refold();
    }

    /// Whether `keep_lines` would disturb nobody: no full-screen program is up, no margins are set, nobody looks back.
    pub fn can_forget_lines(&self) -> bool {
        !self.is_alternate_screen() && !self.machine.has_margins() && self.scroll_offset() == 0
    }

    /// Forgets all but so many lines above the screen, and keeps no more than that from now on. `catch_up` does it.
    pub fn keep_lines(&mut self, lines: usize) {
        let size = self.resizing.wrapping.unwrap_or_else(|| self.size());
        self.wrap_for(size, lines);
    }

    /// The size that was asked for last.
    pub fn wanted_size(&self) -> GridSize {
        let waiting = self.resizing.waiting.map(|(size, _)| size);
        waiting.or(self.resizing.wrapping).unwrap_or_else(|| self.size())
    }

    pub(super) fn settle_size(&mut self, now: Duration) {
        if let Some((size, due)) = self.resizing.waiting
            && due <= now
        {
            self.resizing.waiting = None;
            self.begin_resize(size);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::terminal::Limits;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn work_off(emulator: &mut Emulator, now: Duration) {
        while emulator.is_behind() {
            emulator.catch_up(now);
        }
    }

    #[test]
    fn of_a_burst_the_first_and_the_last_width_count() {
        let mut emulator = Emulator::new(GridSize::new(80, 24), Limits::default());
        emulator.feed("line\r\n".repeat(1000).as_bytes(), Duration::ZERO);
        emulator.follow_size(GridSize::new(79, 24), millis(1000));
        assert_eq!((emulator.size().cols(), emulator.wanted_size().cols()), (80, 79));
        work_off(&mut emulator, millis(1000));
        assert_eq!(emulator.size(), GridSize::new(79, 24));
        for step in 1..20 {
            let size = GridSize::new(79 - step, 24 - step);
            emulator.follow_size(size, millis(1000 + 20 * u64::from(step)));
            assert_eq!(
                emulator.size(),
                GridSize::new(79, 24 - step),
                "the height follows at once"
            );
            assert_eq!(emulator.wanted_size(), size);
        }
        assert_eq!(emulator.next_deadline(), Some(millis(1380) + REST));
        emulator.settle(millis(1400));
        assert_eq!((emulator.size().cols(), emulator.is_behind()), (79, false));
        emulator.settle(millis(1460));
        work_off(&mut emulator, millis(1460));
        assert_eq!(emulator.size(), GridSize::new(60, 5));
        assert_eq!(emulator.next_deadline(), None);
    }

    /// The size, the cursor's row and column, the newest line.
    type Places = (GridSize, Option<(u16, u16)>, u64);

    /// Everything that the terminal keeps, with the cursor.
    fn kept(emulator: &Emulator) -> (Vec<String>, Places) {
        let cursor = emulator.cursor().map(|cursor| (cursor.row, cursor.col));
        (emulator.text_rows(), (emulator.size(), cursor, emulator.newest_line()))
    }

    fn long_history() -> Emulator {
        let mut emulator = Emulator::new(GridSize::new(80, 24), Limits::default());
        for number in 0..1200 {
            let (short, long) = ("日本 word ".repeat(number % 13), "x".repeat(number * 7 % 301));
            emulator.feed(
                format!("\x1b[3{}m{number} {short}{long}\r\n", number % 8).as_bytes(),
                millis(0),
            );
        }
        emulator.feed(b"\x1b[2A\x1b7\x1b[2B$ typed", millis(0));
        emulator
    }

    #[test]
    fn what_is_wrapped_bit_by_bit_is_what_is_wrapped_at_once_and_output_waits_its_turn() {
        for (cols, rows) in [(60, 24), (133, 30), (80, 24), (7, 5)] {
            let (mut at_once, mut by_steps) = (long_history(), long_history());
            at_once.resize(GridSize::new(cols, rows));
            by_steps.follow_size(GridSize::new(33, 24), millis(1000));
            assert!(by_steps.is_behind());
            let mut steps = 0;
            by_steps.receive(b" more\r\n\x1b8saved", millis(1000));
            while steps < 4 {
                by_steps.catch_up(millis(1000));
                steps += 1;
            }
            assert!(by_steps.is_wrapping(), "so soon");
            assert!(
                by_steps.text_rows().last().is_some_and(|row| row.ends_with("$ typed")),
                "the old lines can be read"
            );
            // Another size comes before the first one is there.
            by_steps.follow_size(GridSize::new(cols, rows), millis(2000));
            work_off(&mut by_steps, millis(2000));
            at_once.feed(b" more\r\n\x1b8saved", millis(2000));
            let ((rows, place), (expected_rows, expected_place)) = (kept(&by_steps), kept(&at_once));
            assert_eq!(place, expected_place, "at {cols}x{rows:?}", rows = rows.len());
            assert!(rows == expected_rows, "other lines at {cols} columns");
        }
    }

    #[test]
    fn lines_are_forgotten_bit_by_bit() {
        let mut emulator = long_history();
        let before = kept(&emulator);
        emulator.keep_lines(300);
        work_off(&mut emulator, millis(0));
        let after = kept(&emulator);
        assert_eq!(emulator.scrollback_len(), 300);
        assert_eq!(after.1, before.1);
        let newest = &before.0[before.0.len() - (after.0.len() - 1)..];
        assert!(after.0[1..] == *newest, "the newest stay, but for half a line");
    }

    #[test]
    fn what_was_wrapped_on_a_single_row_is_one_line_again() {
        for cols in 1..20 {
            let mut emulator = Emulator::new(GridSize::new(40, 13), Limits::default());
            emulator.feed(b"first\r\nuser@sandbox:~$ ", Duration::ZERO);
            for size in [(cols, 1), (cols + 1, 1), (40, 1), (cols, 2), (40, 13)] {
                emulator.follow_size(GridSize::new(size.0, size.1), Duration::ZERO);
            }
            let rows = emulator.text_rows();
            assert_eq!(&rows[..2], ["first", "user@sandbox:~$ "].map(str::trim_end), "{cols}");
        }
    }

    #[test]
    fn a_short_history_follows_at_once() {
        let mut emulator = Emulator::new(GridSize::new(80, 24), Limits::default());
        for cols in 20..60 {
            emulator.follow_size(GridSize::new(cols, 24), Duration::ZERO);
            assert_eq!(emulator.size().cols(), cols);
        }
    }

    fn top_row(emulator: &Emulator) -> String {
        let mut text = String::new();
        emulator.draw(|row, _, cell| {
            if row == 0 {
                text.push_str(cell.text);
            }
        });
        text
    }

    fn scrolled_back(lines: usize) -> Emulator {
        let mut emulator = Emulator::new(GridSize::new(40, 10), Limits::default());
        let mut text = String::new();
        for number in 0..300 {
            write!(text, "{number:03}{}\r\n", "abcdefghi ".repeat(number % 9)).unwrap();
        }
        emulator.feed(text.as_bytes(), Duration::ZERO);
        emulator.scroll_by(i32::try_from(lines).unwrap());
        emulator
    }

    #[test]
    fn a_view_stays_with_its_line_through_any_width() {
        let mut emulator = scrolled_back(150);
        while !top_row(&emulator).starts_with(|first: char| first.is_ascii_digit()) {
            emulator.scroll_by(1);
        }
        let begin = top_row(&emulator)[..3].to_owned();
        for cols in [30, 20, 77, 41, 200, 40] {
            emulator.resize(GridSize::new(cols, 10));
            assert!(top_row(&emulator).starts_with(&begin), "{cols}: {}", top_row(&emulator));
        }
    }

    #[test]
    fn a_view_at_the_newest_line_stays_there() {
        let mut emulator = scrolled_back(0);
        emulator.resize(GridSize::new(20, 10));
        assert_eq!(emulator.scroll_offset(), 0);
    }
}

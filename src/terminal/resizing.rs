//! Changes of size as they come while a border or a window is dragged: many in a row, and only the last one counts.

use std::time::Duration;

use super::emulator::Emulator;
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
    /// When a width was asked for last.
    asked: Option<Duration>,
}

impl Resizing {
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.waiting.map(|(_, due)| due)
    }
}

impl Emulator {
    /// Changes the size as soon as it is worth it. The height follows at once, and so does the width when there is little to
    /// wrap anew. While one width follows another it waits for the last one: `settle` does it then.
    pub fn follow_size(&mut self, size: GridSize, now: Duration) {
        self.resizing.waiting = None;
        self.resize(GridSize::new(self.size().cols(), size.rows()));
        if size == self.size() {
            return;
        }
        let asked = self.resizing.asked.replace(now);
        let is_burst = asked.is_some_and(|asked| now.saturating_sub(asked) < REST);
        if is_burst && self.grid().wrappable_lines() > FEW_LINES {
            self.resizing.waiting = Some((size, now + REST));
        } else {
            self.resize(size);
        }
    }

    /// Whether `keep_lines` would disturb nobody: no full-screen program is up, no margins are set, nobody looks back.
    pub fn can_forget_lines(&self) -> bool {
        !self.is_alternate_screen() && !self.machine.has_margins() && self.scroll_offset() == 0
    }

    /// Forgets all but so many lines above the screen, and keeps no more than that from now on.
    pub fn keep_lines(&mut self, lines: usize) {
        self.machine.keep_lines(lines);
    }

    /// The size that was asked for last.
    pub fn wanted_size(&self) -> GridSize {
        self.resizing.waiting.map_or_else(|| self.size(), |(size, _)| size)
    }

    pub(super) fn settle_size(&mut self, now: Duration) {
        if let Some((size, due)) = self.resizing.waiting
            && due <= now
        {
            self.resizing.waiting = None;
            self.resize(size);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::Limits;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn of_a_burst_the_first_and_the_last_width_count() {
        let mut emulator = Emulator::new(GridSize::new(80, 24), Limits::default());
        emulator.feed("line\r\n".repeat(1000).as_bytes(), Duration::ZERO);
        emulator.follow_size(GridSize::new(79, 24), millis(1000));
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
        assert_eq!(emulator.size().cols(), 79);
        emulator.settle(millis(1460));
        assert_eq!(emulator.size(), GridSize::new(60, 5));
        assert_eq!(emulator.next_deadline(), None);
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
}

//! Where a scrolled-back view stands, said in a way that outlasts a change of width: rows are counted anew then, but the
//! lines that the program wrote stay the same, and so does the one with the cursor.

use super::emulator::Emulator;
use super::text_lines::visit_lines;

/// The view's first row, as a place in a line.
pub(super) struct ViewPlace {
    /// How many lines that line is above the cursor's.
    lines_above_cursor: usize,
    /// How many cells of it are above the view.
    cells_above: u64,
}

impl ViewPlace {
    /// Where the view stands; `None` when it is at the newest line and is to stay there.
    pub(super) fn of(emulator: &mut Emulator) -> Option<Self> {
        if emulator.scroll_offset() == 0 {
            return None;
        }
        let top = emulator.first_visible_line();
        let (lines, cursor) = lines_to_cursor(emulator);
        let index = lines.partition_point(|(_, last)| *last < top);
        let (first, _) = lines.get(index)?;
        Some(Self {
            lines_above_cursor: cursor.checked_sub(index)?,
            cells_above: top.saturating_sub(*first) * u64::from(emulator.size().cols()),
        })
    }

    /// Moves the view there again, or to the oldest line if that one is gone.
    pub(super) fn restore(&self, emulator: &mut Emulator) {
        let (lines, cursor) = lines_to_cursor(emulator);
        let row = match cursor.checked_sub(self.lines_above_cursor) {
            Some(index) => lines.get(index).map(|(first, last)| {
                let rows_above = self.cells_above / u64::from(emulator.size().cols());
                (first + rows_above).min(*last)
            }),
            None => Some(emulator.oldest_line()),
        };
        if let Some(row) = row {
            let bottom = emulator.grid().first_line();
            emulator.scroll_to_bottom();
            emulator.scroll_by(i32::try_from(bottom.saturating_sub(row)).unwrap_or(i32::MAX));
        }
    }
}

/// The first and last row of each line, and which of them has the cursor.
fn lines_to_cursor(emulator: &mut Emulator) -> (Vec<(u64, u64)>, usize) {
    let cursor = emulator.cursor_line();
    let mut lines = Vec::new();
    visit_lines(emulator.grid(), |line| lines.push(line.rows));
    let index = lines.partition_point(|(_, last)| *last < cursor);
    (lines, index)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::time::Duration;

    use crate::domain::GridSize;
    use crate::terminal::{Emulator, Limits};

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

//! Output of commands that is folded away: where the view is scrolled back, one row stands for all that a command printed.
//! The screen as its program draws it is never folded. Knows no key.

use super::cell_reading::CellReader;
use super::cells::{CellStyle, CellView, LinkId};
use super::emulator::Emulator;
use super::machine::Mode;

/// How a view looks in which something is folded. The library shows neighbouring lines only, so the rows are put together
/// whenever the view changes.
#[derive(Debug, Default)]
pub(super) struct Folding {
    /// The rows from the top; none where nothing in view is folded.
    rows: Vec<FoldedRow>,
}

/// One row of it.
#[derive(Debug, Default)]
struct FoldedRow {
    /// The line that it shows, or the first one that it stands for.
    line: u64,
    /// The last line that it stands for.
    last: u64,
    /// Whether the text goes on in the row below.
    is_wrapped: bool,
    text: String,
    cells: Vec<FoldedCell>,
}

#[derive(Clone, Copy, Debug)]
struct FoldedCell {
    /// Where its text ends in that of the row.
    end: usize,
    wide: bool,
    is_continuation: bool,
    style: CellStyle,
    link: Option<LinkId>,
}

/// Lines that are not shown, first and last; from old to new.
type Hidden = Vec<(u64, u64)>;

/// The range that a line is in.
fn around(hidden: &Hidden, line: u64) -> Option<(u64, u64)> {
    let index = hidden.partition_point(|(_, last)| *last < line);
    hidden.get(index).copied().filter(|(first, _)| *first <= line)
}

/// The line that is shown after this one.
fn after(hidden: &Hidden, line: u64) -> u64 {
    around(hidden, line).map_or(line, |(_, last)| last) + 1
}

/// The line that is shown before this one: a fold is shown where its first line is.
fn before(hidden: &Hidden, line: u64) -> u64 {
    let first = around(hidden, line).map_or(line, |(first, _)| first);
    let line = first.saturating_sub(1);
    around(hidden, line).map_or(line, |(first, _)| first)
}

impl Emulator {
    /// Folds away what a command printed, or shows it again. False if there is nothing to fold: it has not ended, it printed
    /// a line or none that is still there, or nothing above the screen could fill the place.
    pub fn fold_command(&mut self, number: u64, is_folded: bool) -> bool {
        if is_folded && (self.scrollback_len() == 0 || self.is_alternate_screen()) {
            return false;
        }
        let oldest = self.oldest_line();
        let Some(marks) = &mut self.marks else { return false };
        let is_done = marks.fold(number, is_folded, oldest);
        if is_done && is_folded && self.scroll_offset() == 0 {
            // Only a view that is scrolled back is folded.
            self.scroll_rows(1);
        }
        self.refold();
        is_done
    }

    /// The command whose folded output a line is in.
    pub fn fold_at(&self, line: u64) -> Option<u64> {
        let marks = self.marks.as_ref()?;
        let mut folded = marks.folded(self.oldest_line());
        let (number, _) = folded.find(|(_, (first, last))| (*first..=*last).contains(&line))?;
        Some(number)
    }

    /// The lines that are not shown while the view is scrolled back.
    fn hidden(&self) -> Hidden {
        if self.is_alternate_screen() {
            return Hidden::new();
        }
        let marks = self.marks.iter();
        marks
            .flat_map(|marks| marks.folded(self.oldest_line()))
            .map(|(_, lines)| lines)
            .collect()
    }

    /// The line that a row of the view shows.
    pub fn line_in_row(&self, row: u16) -> u64 {
        let plain = self.first_visible_line() + u64::from(row);
        let rows = &self.folding.rows;
        match (rows.get(usize::from(row)), rows.last()) {
            (Some(shown), _) => shown.line,
            (None, Some(last)) => last.last,
            (None, None) => plain,
        }
    }

    /// The row of the view that shows a line, or stands for it.
    pub fn row_of_line(&self, line: u64) -> Option<u16> {
        let row = if self.folding.rows.is_empty() {
            line.checked_sub(self.first_visible_line())?
        } else {
            let mut rows = self.folding.rows.iter();
            rows.position(|row| (row.line..=row.last).contains(&line))? as u64
        };
        let row = u16::try_from(row).ok()?;
        (row < self.size().rows()).then_some(row)
    }

    /// Whether the text of a row of the view goes on in the row below.
    pub(super) fn is_row_wrapped(&self, row: u16) -> bool {
        match self.folding.rows.get(usize::from(row)) {
            Some(row) => row.is_wrapped,
            None => self.folding.rows.is_empty() && self.grid().screen().row_wrapped(row),
        }
    }

    /// The line that is shown below this one.
    pub fn line_below(&self, line: u64) -> u64 {
        after(&self.hidden(), line)
    }

    /// The line that is shown above this one.
    pub fn line_above(&self, line: u64) -> u64 {
        before(&self.hidden(), line)
    }

    /// Moves the view by lines that are shown; positive is back in time.
    pub fn scroll_by(&mut self, lines: i32) {
        let hidden = self.hidden();
        if hidden.is_empty() {
            return self.scroll_rows(lines);
        }
        let (oldest, newest) = (self.oldest_line(), self.newest_line());
        let mut top = self.first_visible_line();
        for _ in 0..lines.unsigned_abs() {
            if lines < 0 && self.is_last_folded_view(top, &hidden) {
                return self.scroll_to_bottom();
            }
            let next = if lines > 0 {
                before(&hidden, top)
            } else {
                after(&hidden, top)
            };
            if next == top || next < oldest || next > newest {
                break;
            }
            top = next;
        }
        self.look_from(top);
    }

    /// Whether a view from this line on shows the newest one, too.
    fn is_last_folded_view(&self, top: u64, hidden: &Hidden) -> bool {
        let rows = self.size().rows();
        let bottom = (1..rows).fold(top, |line, _| after(hidden, line));
        around(hidden, bottom).map_or(bottom, |(_, last)| last) >= self.newest_line()
    }

    /// Moves the view as little as needed to have a line in it.
    pub fn scroll_to_line(&mut self, line: u64) {
        if self.row_of_line(line).is_some() {
            return;
        }
        let hidden = self.hidden();
        let line = around(&hidden, line).map_or(line, |(first, _)| first);
        let top = if line < self.first_visible_line() {
            line
        } else {
            (1..self.size().rows()).fold(line, |line, _| before(&hidden, line))
        };
        self.look_from(top);
    }

    /// Lets the view begin with a line.
    pub(super) fn look_from(&mut self, top: u64) {
        let top = top.clamp(self.oldest_line(), self.grid().first_line());
        let lines = self.first_visible_line() as i64 - top as i64;
        self.scroll_rows(i32::try_from(lines).unwrap_or(i32::MAX));
        self.refold();
    }

    /// Puts the rows of the view together again, if something in it is folded.
    pub(super) fn refold(&mut self) {
        self.folding.rows.clear();
        if self.scroll_offset() == 0 {
            return;
        }
        let hidden = self.hidden();
        let rows = self.size().rows();
        let mut top = self.first_visible_line();
        let newest = self.newest_line();
        if !hidden.iter().any(|(_, last)| *last >= top) {
            return;
        }
        // A view that begins within a fold begins with it; below the newest line there is nothing: then with more above.
        top = around(&hidden, top).map_or(top, |(first, _)| first);
        let mut lines: Vec<u64> = std::iter::successors(Some(top), |line| Some(after(&hidden, *line)))
            .take(usize::from(rows))
            .take_while(|line| *line <= newest)
            .collect();
        while lines.len() < usize::from(rows) && lines[0] > self.oldest_line() {
            lines.insert(0, before(&hidden, lines[0]));
        }
        top = lines[0];
        let lines: Vec<(u64, u64)> = lines
            .into_iter()
            .map(|line| around(&hidden, line).unwrap_or((line, line)))
            .collect();
        self.folding.rows = self.read_rows(&lines);
        self.set_top(top);
    }

    fn set_top(&mut self, line: u64) {
        let first = self.grid().first_line();
        let offset = usize::try_from(first.saturating_sub(line)).unwrap_or(usize::MAX);
        self.machine.grid.screen_mut().set_scrollback(offset);
    }

    fn read_rows(&mut self, lines: &[(u64, u64)]) -> Vec<FoldedRow> {
        let mut rows = Vec::with_capacity(lines.len());
        // The library's view is moved only where it must be.
        let mut top = None;
        for (line, last) in lines {
            if line != last {
                rows.push(self.fold_row(*line, *last));
                continue;
            }
            let row = top.and_then(|top| line.checked_sub(top));
            let row = row.filter(|row| *row < u64::from(self.size().rows()));
            let row = row.unwrap_or_else(|| {
                self.set_top(*line);
                let shown = self.first_visible_line();
                top = Some(shown);
                line - shown
            });
            rows.push(self.read_row(*line, row as u16));
        }
        rows
    }

    fn read_row(&self, line: u64, row: u16) -> FoldedRow {
        let machine = &self.machine;
        let is_reverse = machine.modes.is_on(Mode::ReverseVideo);
        let mut reader = CellReader::new(&machine.extras, &machine.palette, is_reverse);
        let screen = machine.grid.screen();
        let cols = self.size().cols();
        let mut read = FoldedRow {
            line,
            last: line,
            is_wrapped: screen.row_wrapped(row),
            ..FoldedRow::default()
        };
        for cell in (0..cols).filter_map(|col| Some((screen.cell(row, col)?, col + 1 == cols))) {
            read.add(reader.view(cell.0, cell.1));
        }
        read
    }

    fn fold_row(&self, line: u64, last: u64) -> FoldedRow {
        let words = format!("── {} lines folded ──", last + 1 - line);
        let mut row = FoldedRow {
            line,
            last,
            ..FoldedRow::default()
        };
        let style = CellStyle {
            dim: true,
            ..CellStyle::default()
        };
        let cols = usize::from(self.size().cols());
        let letters = words.chars().chain(std::iter::repeat(' ')).take(cols);
        let mut buffer = [0; 4];
        for letter in letters {
            row.add(CellView {
                text: letter.encode_utf8(&mut buffer),
                wide: false,
                is_continuation: false,
                style,
                link: None,
            });
        }
        row
    }

    /// Visits every cell in view, row by row, if something in view is folded. False if nothing is.
    pub(super) fn draw_folded(&self, visit: &mut impl FnMut(u16, u16, CellView<'_>)) -> bool {
        for (number, row) in (0..).zip(&self.folding.rows) {
            let mut start = 0;
            for (col, cell) in (0..).zip(&row.cells) {
                visit(
                    number,
                    col,
                    CellView {
                        text: &row.text[start..cell.end],
                        wide: cell.wide,
                        is_continuation: cell.is_continuation,
                        style: cell.style,
                        link: cell.link,
                    },
                );
                start = cell.end;
            }
        }
        !self.folding.rows.is_empty()
    }
}

impl FoldedRow {
    fn add(&mut self, view: CellView<'_>) {
        self.text.push_str(view.text);
        self.cells.push(FoldedCell {
            end: self.text.len(),
            wide: view.wide,
            is_continuation: view.is_continuation,
            style: view.style,
            link: view.link,
        });
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;
    use std::time::Duration;

    use crate::domain::GridSize;
    use crate::terminal::{Emulator, Limits, MarkKeys};

    const NONCE: &str = "0123456789abcdef0123456789abcdef";

    fn rows(emulator: &Emulator) -> Vec<String> {
        let mut rows = vec![String::new(); usize::from(emulator.size().rows())];
        emulator
            .draw(|row, _, cell| rows[usize::from(row)].push_str(if cell.text.is_empty() { " " } else { cell.text }));
        rows.iter().map(|row| row.trim_end().to_owned()).collect()
    }

    /// Commands with so many lines of output each, on a screen of ten rows.
    fn commands(outputs: &[usize]) -> Emulator {
        let mut emulator = Emulator::new(GridSize::new(40, 10), Limits::default());
        emulator.follow_shell(MarkKeys {
            nonce: NONCE.to_owned(),
            token: "t".to_owned(),
        });
        let mut text = format!("\x1b]7274;R;{NONCE};1;full;bash 5;1;me\x07");
        for (number, lines) in (1..).zip(outputs) {
            write!(
                text,
                "\x1b]7274;A;{NONCE};{number};/\x07$ \x1b]7274;B;t\x07run {number}\r\n"
            )
            .unwrap();
            write!(text, "\x1b]7274;C;{NONCE};{number};0;;;s;3;;run\x07").unwrap();
            for line in 1..=*lines {
                write!(text, "{number}: {line}\r\n").unwrap();
            }
            write!(text, "\x1b]7274;D;{NONCE};{number};0;;\x07").unwrap();
        }
        write!(text, "\x1b]7274;A;{NONCE};99;/\x07$ ").unwrap();
        emulator.feed(text.as_bytes(), Duration::ZERO);
        emulator
    }

    #[test]
    fn a_view_with_folds_shows_what_is_around_them() {
        let mut emulator = commands(&[2, 50, 3, 50]);
        emulator.scroll_by(1);
        assert!(emulator.fold_command(2, true) && emulator.fold_command(4, true));
        let expected = [
            "$ run 1",
            "1: 1",
            "1: 2",
            "$ run 2",
            "── 50 lines folded ──",
            "$ run 3",
            "3: 1",
            "3: 2",
            "3: 3",
            "$ run 4",
        ];
        emulator.scroll_to_line(0);
        assert_eq!(rows(&emulator), expected);
        for (row, line) in [(0, 0), (4, 4), (5, 54), (9, 58)] {
            assert_eq!(emulator.line_in_row(row), line);
            assert_eq!(emulator.row_of_line(line), Some(row));
        }
        assert_eq!(emulator.row_of_line(30), Some(4), "what is folded is where the fold is");
        assert_eq!(
            (emulator.line_below(3), emulator.line_below(4), emulator.line_above(54)),
            (4, 54, 4)
        );
        emulator.scroll_by(-1);
        assert_eq!(rows(&emulator)[9], "── 50 lines folded ──");
        emulator.scroll_by(-1);
        assert_eq!(rows(&emulator)[9], "$", "the newest line");
        emulator.scroll_by(-1);
        assert_eq!(emulator.scroll_offset(), 0);
        assert_eq!(rows(&emulator)[8], "4: 50", "the screen itself is never folded");
        assert!(!emulator.fold_command(1, false) || emulator.fold_at(1).is_none());
    }

    #[test]
    fn folds_stay_through_every_size() {
        let mut emulator = commands(&[2, 50, 3]);
        emulator.scroll_by(1);
        assert!(emulator.fold_command(2, true));
        for (cols, rows_now) in [(20, 10), (133, 30), (133, 5), (9, 12), (80, 24)] {
            emulator.resize(GridSize::new(cols, rows_now));
            let shown = rows(&emulator).join("\n");
            assert!(shown.contains("50 lines") || cols < 10, "{cols} x {rows_now}:\n{shown}");
            assert!(!shown.contains("2: 7"), "{cols} x {rows_now}:\n{shown}");
        }
    }
}

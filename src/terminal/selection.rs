//! Choosing text: what a selection covers, and what is copied from it.

use super::grid::Grid;
use super::text_lines::{Spot, TextLine, visit_lines};

/// How a selection grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectionKind {
    /// From one character to another.
    Characters,
    /// Whole rows.
    Lines,
    /// A rectangle.
    Block,
}

/// A selection, from where it began to where it is now; both ends belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// How it grows.
    pub kind: SelectionKind,
    /// Where it began.
    pub anchor: Spot,
    /// Where it ends now, before or behind the beginning.
    pub head: Spot,
}

impl Selection {
    /// First and last cell, in reading order.
    pub fn ends(&self) -> (Spot, Spot) {
        if self.anchor <= self.head {
            (self.anchor, self.head)
        } else {
            (self.head, self.anchor)
        }
    }

    /// Whether a cell belongs to it.
    pub fn contains(&self, spot: Spot) -> bool {
        let (start, end) = self.ends();
        match self.kind {
            SelectionKind::Characters => start <= spot && spot <= end,
            SelectionKind::Lines => start.line <= spot.line && spot.line <= end.line,
            SelectionKind::Block => {
                let (left, right) = (start.col.min(end.col), start.col.max(end.col));
                start.line <= spot.line && spot.line <= end.line && left <= spot.col && spot.col <= right
            }
        }
    }
}

/// The selected text: wrapped lines in one piece, without the blanks that only fill up a line.
pub(super) fn selected_text(grid: &Grid, selection: &Selection) -> String {
    let (start, end) = selection.ends();
    let mut pieces: Vec<String> = Vec::new();
    visit_lines(grid, |line| {
        if line.rows.1 < start.line || line.rows.0 > end.line {
            return;
        }
        match selection.kind {
            SelectionKind::Block => pieces.extend(rows_of(line, selection)),
            _ => pieces.push(part(line, |spot| selection.contains(spot))),
        }
    });
    pieces.join("\n")
}

/// The cells of a line that are wanted.
pub(super) fn part(line: &TextLine, is_wanted: impl Fn(Spot) -> bool) -> String {
    let cells = line.cells.iter().enumerate();
    let wanted = cells.filter(|(_, (_, spot))| is_wanted(*spot));
    let text: String = wanted.map(|(index, _)| line.cell_text(index)).collect();
    text.trim_end_matches(' ').to_owned()
}

/// The selected part of each row by itself.
fn rows_of(line: &TextLine, selection: &Selection) -> Vec<String> {
    let (start, end) = selection.ends();
    let rows = line.rows.0.max(start.line)..=line.rows.1.min(end.line);
    rows.map(|row| part(line, |spot| spot.line == row && selection.contains(spot)))
        .collect()
}

/// What belongs to a word besides letters and digits: what paths, addresses and options are made of.
const WORD_CHARACTERS: &str = "-_./~:@%+#?&=,";

/// The first and last cell of the word at a spot; the spot alone when there is none.
pub(super) fn word_at(grid: &Grid, spot: Spot) -> (Spot, Spot) {
    let mut ends = (spot, spot);
    visit_lines(grid, |line| {
        let Some(at) = line
            .cells
            .iter()
            .rposition(|(_, cell)| *cell <= spot && cell.line == spot.line)
        else {
            return;
        };
        // Behind the last text of its row there is only blank space.
        let width = if line.cell_text(at).is_ascii() { 1 } else { 2 };
        if !is_word(line.cell_text(at)) || line.cells[at].1.col + width <= spot.col {
            return;
        }
        let is_word_at = |index: &usize| is_word(line.cell_text(*index));
        let first = (0..at).rev().take_while(is_word_at).last();
        let behind = (at + 1..line.cells.len()).take_while(is_word_at);
        // What ends a sentence is not part of its last word.
        let last = behind
            .filter(|index| !matches!(line.cell_text(*index), "." | "," | ":" | "?"))
            .last();
        ends = (line.cells[first.unwrap_or(at)].1, line.cells[last.unwrap_or(at)].1);
    });
    ends
}

fn is_word(cell: &str) -> bool {
    cell.chars()
        .next()
        .is_some_and(|letter| letter.is_alphanumeric() || WORD_CHARACTERS.contains(letter))
}

/// The first and last row of the line that a row belongs to, across wraps.
pub(super) fn line_at(grid: &Grid, row: u64) -> (u64, u64) {
    let mut rows = (row, row);
    visit_lines(grid, |line| {
        if line.rows.0 <= row && row <= line.rows.1 {
            rows = line.rows;
        }
    });
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::GridSize;

    const TEXT: &str = "first  \r\n0123456789abc  \r\n\r\n日本 x/y.z: done\r\nlast";

    fn grid() -> Grid {
        let mut grid = Grid::new(GridSize::new(10, 4), 100);
        grid.push(TEXT.as_bytes());
        grid.flush();
        grid
    }

    fn spot(line: u64, col: u16) -> Spot {
        Spot { line, col }
    }

    fn copied(kind: SelectionKind, anchor: Spot, head: Spot) -> String {
        selected_text(&grid(), &Selection { kind, anchor, head })
    }

    #[test]
    fn wrapped_lines_are_copied_in_one_piece_without_padding() {
        let text = copied(SelectionKind::Characters, spot(0, 2), spot(4, 1));
        assert_eq!(text, "rst\n0123456789abc\n\n日");
        let backwards = copied(SelectionKind::Characters, spot(4, 1), spot(0, 2));
        assert_eq!(backwards, text);
    }

    #[test]
    fn lines_and_blocks() {
        assert_eq!(copied(SelectionKind::Lines, spot(1, 5), spot(2, 0)), "0123456789abc");
        assert_eq!(copied(SelectionKind::Lines, spot(1, 5), spot(1, 0)), "0123456789");
        assert_eq!(copied(SelectionKind::Block, spot(0, 3), spot(2, 1)), "irs\n123\nbc");
    }

    #[test]
    fn words_follow_wraps_and_wide_characters() {
        let grid = grid();
        assert_eq!(word_at(&grid, spot(2, 1)), (spot(1, 0), spot(2, 2)));
        assert_eq!(word_at(&grid, spot(4, 1)), (spot(4, 0), spot(4, 2)));
        assert_eq!(word_at(&grid, spot(4, 6)), (spot(4, 5), spot(4, 9)));
        assert_eq!(word_at(&grid, spot(0, 8)), (spot(0, 8), spot(0, 8)));
        assert_eq!(word_at(&grid, spot(3, 4)), (spot(3, 4), spot(3, 4)));
    }

    #[test]
    fn a_row_knows_its_line() {
        let grid = grid();
        assert_eq!(line_at(&grid, 2), (1, 2));
        assert_eq!(line_at(&grid, 3), (3, 3));
    }
}

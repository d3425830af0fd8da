//! Sizes and rectangles in character cells. A grid is never empty.

use std::num::NonZeroU16;

/// How many columns and rows a terminal has. Never zero in either direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GridSize {
    cols: NonZeroU16,
    rows: NonZeroU16,
}

impl GridSize {
    /// A size; zero becomes one, because a terminal without cells cannot be drawn or resized back.
    pub fn new(cols: u16, rows: u16) -> Self {
        Self {
            cols: NonZeroU16::new(cols).unwrap_or(NonZeroU16::MIN),
            rows: NonZeroU16::new(rows).unwrap_or(NonZeroU16::MIN),
        }
    }

    /// Columns, at least one.
    pub fn cols(self) -> u16 {
        self.cols.get()
    }

    /// Rows, at least one.
    pub fn rows(self) -> u16 {
        self.rows.get()
    }
}

impl Default for GridSize {
    /// The size terminals have had since the VT100.
    fn default() -> Self {
        Self::new(80, 24)
    }
}

/// A rectangle of cells; `x` and `y` count from the top left corner of the screen. May be empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CellRect {
    /// First column.
    pub x: u16,
    /// First row.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl CellRect {
    /// A rectangle from its corner and its size.
    pub fn new(x: u16, y: u16, width: u16, height: u16) -> Self {
        Self { x, y, width, height }
    }

    /// The column after the last one.
    pub fn right(self) -> u16 {
        self.x.saturating_add(self.width)
    }

    /// The row after the last one.
    pub fn bottom(self) -> u16 {
        self.y.saturating_add(self.height)
    }

    /// Whether there is no cell in it.
    pub fn is_empty(self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// Whether the cell at (`x`, `y`) lies in it.
    pub fn contains(self, x: u16, y: u16) -> bool {
        x >= self.x && x < self.right() && y >= self.y && y < self.bottom()
    }

    /// What is left inside a frame of one cell on every side.
    #[must_use]
    pub fn inside_frame(self) -> Self {
        let cut_x = self.width.min(1);
        let cut_y = self.height.min(1);
        Self {
            x: self.x.saturating_add(cut_x),
            y: self.y.saturating_add(cut_y),
            width: self.width.saturating_sub(2),
            height: self.height.saturating_sub(2),
        }
    }

    /// The part that both rectangles share; empty when they do not touch.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        let x = self.x.max(other.x);
        let y = self.y.max(other.y);
        Self {
            x,
            y,
            width: self.right().min(other.right()).saturating_sub(x),
            height: self.bottom().min(other.bottom()).saturating_sub(y),
        }
    }

    /// The terminal that fits in it.
    pub fn grid_size(self) -> GridSize {
        GridSize::new(self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_is_never_empty() {
        let size = GridSize::new(0, 0);
        assert_eq!((size.cols(), size.rows()), (1, 1));
    }

    #[test]
    fn a_frame_needs_two_cells() {
        for (width, left) in [(0, 0), (1, 0), (2, 0), (3, 1), (10, 8)] {
            assert_eq!(CellRect::new(5, 5, width, 3).inside_frame().width, left);
        }
    }

    #[test]
    fn rectangles_that_do_not_touch_share_nothing() {
        let left = CellRect::new(0, 0, 4, 4);
        assert!(left.intersection(CellRect::new(4, 0, 4, 4)).is_empty());
        assert_eq!(left.intersection(CellRect::new(2, 3, 9, 9)), CellRect::new(2, 3, 2, 1));
    }
}

//! The lines around panes: frames share their borders, so lines are joined where they meet.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use crate::domain::CellRect;
use crate::theme::Theme;

use super::text::{put, titled};

const UP: u8 = 1;
const DOWN: u8 = 2;
const LEFT: u8 = 4;
const RIGHT: u8 = 8;

/// The lines of all frames in an area.
#[derive(Debug)]
pub struct FrameLines {
    area: CellRect,
    /// For each cell, the directions in which its lines go on.
    cells: Vec<u8>,
}

impl FrameLines {
    /// No lines.
    pub fn new(area: CellRect) -> Self {
        Self {
            area,
            cells: vec![0; usize::from(area.width) * usize::from(area.height)],
        }
    }

    /// Adds a frame.
    pub fn add(&mut self, frame: CellRect) {
        if frame.width < 2 || frame.height < 2 {
            return;
        }
        let (left, right) = (frame.x, frame.right() - 1);
        let (top, bottom) = (frame.y, frame.bottom() - 1);
        for x in left..=right {
            let ends = if x == left { 0 } else { LEFT } | if x == right { 0 } else { RIGHT };
            self.join(x, top, ends);
            self.join(x, bottom, ends);
        }
        for y in top..=bottom {
            let ends = if y == top { 0 } else { UP } | if y == bottom { 0 } else { DOWN };
            self.join(left, y, ends);
            self.join(right, y, ends);
        }
    }

    /// Draws every line.
    pub fn draw(&self, buffer: &mut Buffer, style: Style, theme: &Theme) {
        for y in self.area.y..self.area.bottom() {
            for x in self.area.x..self.area.right() {
                self.draw_cell(buffer, (x, y), style, theme);
            }
        }
    }

    /// Draws the lines around one frame once more, in another style.
    pub fn draw_around(&self, buffer: &mut Buffer, frame: CellRect, style: Style, theme: &Theme) {
        for x in frame.x..frame.right() {
            self.draw_cell(buffer, (x, frame.y), style, theme);
            self.draw_cell(buffer, (x, frame.bottom().saturating_sub(1)), style, theme);
        }
        for y in frame.y..frame.bottom() {
            self.draw_cell(buffer, (frame.x, y), style, theme);
            self.draw_cell(buffer, (frame.right().saturating_sub(1), y), style, theme);
        }
    }

    fn draw_cell(&self, buffer: &mut Buffer, at: (u16, u16), style: Style, theme: &Theme) {
        let lines = self.index(at.0, at.1).map_or(0, |index| self.cells[index]);
        if lines != 0
            && let Some(cell) = buffer.cell_mut(at)
        {
            cell.set_symbol(theme.glyphs.lines[usize::from(lines)]);
            cell.set_style(style);
        }
    }

    fn join(&mut self, x: u16, y: u16, lines: u8) {
        if let Some(index) = self.index(x, y) {
            self.cells[index] |= lines;
        }
    }

    fn index(&self, x: u16, y: u16) -> Option<usize> {
        let inside = self.area.contains(x, y);
        inside.then(|| usize::from(y - self.area.y) * usize::from(self.area.width) + usize::from(x - self.area.x))
    }
}

/// Draws a line across, from (`x`, `y`) on, with a title near its left end: the upper edge of what lies over the panes and
/// has no sides.
pub fn draw_rule(buffer: &mut Buffer, (x, y, cells): (u16, u16, u16), title: &str, theme: &Theme) {
    let line = theme.overlay.patch(theme.faint);
    put(
        buffer,
        (x, y, cells),
        (
            &theme.glyphs.lines[usize::from(LEFT | RIGHT)].repeat(usize::from(cells)),
            line,
        ),
        theme,
    );
    let style = theme.overlay.patch(theme.accent);
    put(
        buffer,
        (x + 1, y, cells.saturating_sub(2)),
        (&titled(title, cells.saturating_sub(2)), style),
        theme,
    );
}

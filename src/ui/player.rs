//! A recording that is being played: its screen, and a line below it.

use ratatui::Frame;
use ratatui::layout::Position;

use crate::app::Player;
use crate::domain::CellRect;
use crate::theme::Theme;

use super::CursorView;
use super::terminal_cells::draw_cells;
use super::text::{fill, put};

/// Draws the recording's screen at the top left, as much of it as there is room for.
pub fn draw_player(frame: &mut Frame, player: &Player, theme: &Theme) -> Option<CursorView> {
    let area = frame.area();
    let buffer = frame.buffer_mut();
    fill(buffer, CellRect::new(0, 0, area.width, area.height), theme.text);
    let size = player.emulator.size();
    let rows = size.rows().min(area.height.saturating_sub(1));
    let screen = CellRect::new(0, 0, size.cols().min(area.width), rows);
    if !screen.is_empty() {
        draw_cells(buffer, screen, &player.emulator);
    }
    let last = area.height.saturating_sub(1);
    fill(
        buffer,
        CellRect::new(0, last, area.width, area.height.min(1)),
        theme.bar,
    );
    put(
        buffer,
        (1, last, area.width.saturating_sub(1)),
        (&player.status(), theme.bar),
        theme,
    );
    let cursor = player.emulator.cursor()?;
    if cursor.row >= screen.height || cursor.col >= screen.width {
        return None;
    }
    frame.set_cursor_position(Position::new(cursor.col, cursor.row));
    Some(CursorView {
        x: cursor.col,
        y: cursor.row,
        shape: cursor.shape,
        blinking: cursor.blinking,
    })
}

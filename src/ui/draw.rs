//! The whole screen, from the model.

use ratatui::Frame;
use ratatui::layout::Position;

use crate::app::Model;
use crate::terminal::{Cursor, CursorShape};
use crate::theme::Theme;

use super::key_hints::draw_key_hints;
use super::notice::draw_notice;
use super::overlays::draw_overlays;
use super::pane::draw_panes;
use super::panel::draw_sidebar;
use super::status_line::draw_status_line;
use super::tab_bar::draw_tab_bar;
use super::text::fill;

/// Where the cursor stands on the screen and how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CursorView {
    /// Column of the screen.
    pub x: u16,
    /// Row of the screen.
    pub y: u16,
    /// What it looks like.
    pub shape: CursorShape,
    /// Whether it blinks.
    pub blinking: bool,
}

/// Draws everything and sets the cursor's place in the frame. The cursor's shape is for the caller to set; without
/// an answer the cursor is hidden.
pub fn draw(frame: &mut Frame, model: &Model, theme: &Theme) -> Option<CursorView> {
    let map = model.screen_map();
    let buffer = frame.buffer_mut();
    fill(buffer, map.screen, theme.text);
    draw_panes(buffer, map.body, model, theme);
    draw_sidebar(buffer, &map, model, theme);
    if !map.tab_bar.is_empty() {
        draw_tab_bar(buffer, &map, model, theme);
    }
    draw_status_line(buffer, &map, model, theme);
    let over = [
        draw_key_hints(buffer, &map, model, theme),
        draw_notice(buffer, &map, model, theme),
    ];
    draw_overlays(buffer, model, theme);
    let cursor = cursor(model).filter(|cursor| frame.area().contains(Position::new(cursor.x, cursor.y)))?;
    if over.iter().any(|area| area.contains(cursor.x, cursor.y)) {
        return None;
    }
    frame.set_cursor_position(Position::new(cursor.x, cursor.y));
    Some(cursor)
}

/// The cursor of the program that has the keyboard, unless something lies over it.
fn cursor(model: &Model) -> Option<CursorView> {
    let session = model.workspace.focused()?;
    let is_elsewhere = model.overlays.top().is_some() || model.panels.sidebar.focused().is_some();
    // What takes no keys shows no cursor.
    if is_elsewhere || (session.link.deaf_since().is_some() && session.copy.is_none()) {
        return None;
    }
    let pane = model.workspace.tabs().focused()?;
    let area = model.screen_map().layout.of(pane)?.content;
    let cursor = match &session.copy {
        Some(copy) => Cursor {
            row: session.emulator.row_of_line(copy.cursor().line)?,
            col: copy.cursor().col,
            shape: CursorShape::Block,
            blinking: false,
        },
        None => session.emulator.cursor()?,
    };
    (cursor.row < area.height && cursor.col < area.width).then_some(CursorView {
        x: area.x + cursor.col,
        y: area.y + cursor.row,
        shape: cursor.shape,
        blinking: cursor.blinking,
    })
}

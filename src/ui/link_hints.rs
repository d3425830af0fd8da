//! Letters beside the links of a pane. Which letters is the workbench's to say.

use ratatui::buffer::Buffer;
use ratatui::style::Modifier;

use crate::app::{LinkHints, Model};
use crate::theme::Theme;

use super::text::put;

/// Draws the letters that are left to type over the first cells of each link, and underlines the rest of it.
pub fn draw_link_hints(buffer: &mut Buffer, (model, hints): (&Model, &LinkHints), theme: &Theme) {
    let Some(session) = model.workspace.session(hints.pane) else {
        return;
    };
    let map = model.screen_map();
    let Some(area) = map.layout.of(hints.pane).map(|pane| pane.content) else {
        return;
    };
    for (letters, link) in hints.left() {
        for line in link.start.line..=link.end.line {
            let Some(row) = session.emulator.row_of_line(line).filter(|row| *row < area.height) else {
                continue;
            };
            let first = if line == link.start.line { link.start.col } else { 0 };
            let last = if line == link.end.line {
                link.end.col
            } else {
                area.width - 1
            };
            for col in first..=last.min(area.width - 1) {
                if let Some(cell) = buffer.cell_mut((area.x + col, area.y + row)) {
                    cell.set_style(theme.accent.add_modifier(Modifier::UNDERLINED));
                }
            }
        }
        let row = session.emulator.row_of_line(link.start.line);
        if let Some(row) = row.filter(|row| *row < area.height && link.start.col < area.width) {
            let at = (area.x + link.start.col, area.y + row, area.width - link.start.col);
            put(buffer, at, (letters, theme.mode.add_modifier(Modifier::BOLD)), theme);
        }
    }
    let hint = " letters open · capital letter copies · esc ";
    let bottom = area.bottom().saturating_sub(1);
    put(buffer, (area.x, bottom, area.width), (hint, theme.overlay), theme);
}

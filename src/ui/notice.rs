//! What the user is told in passing, over the last rows above the status line.

use ratatui::buffer::Buffer;

use crate::app::{Action, Model, ScreenMap, Severity};
use crate::domain::{CellRect, cell_width, wrap};
use crate::theme::Theme;

use super::text::{fill, fitting, put};

/// More rows than this are cut; the list of messages has the whole text.
const MOST_ROWS: usize = 3;

/// Draws the notice that is shown now, if any, and says where.
pub fn draw_notice(buffer: &mut Buffer, map: &ScreenMap, model: &Model, theme: &Theme) -> CellRect {
    let Some(notice) = model.notices.shown() else {
        return draw_hint(buffer, map, model, theme);
    };
    let cells = map.screen.width.saturating_sub(2).max(1);
    let lines = wrap(&notice.text, cells);
    let rows = (lines.len().min(MOST_ROWS) as u16).min(map.body.height);
    let top = map.body.bottom() - rows;
    let style = theme.overlay.patch(match notice.severity {
        Severity::Info => theme.text,
        Severity::Warning => theme.signals.warning,
        Severity::Error => theme.signals.bad,
    });
    let area = CellRect::new(map.screen.x, top, map.screen.width, rows);
    fill(buffer, area, style);
    for (row, line) in fitting(&lines, usize::from(rows)).iter().enumerate() {
        put(
            buffer,
            (map.screen.x + 1, top + row as u16, cells),
            (line, style),
            theme,
        );
    }
    area
}

/// Where help is, for a newcomer, in the row of a notice while there is none: as much of it as there is room for.
fn draw_hint(buffer: &mut Buffer, map: &ScreenMap, model: &Model, theme: &Theme) -> CellRect {
    let is_waiting = !model.reader.pending().is_empty();
    let has_room = !map.is_cramped && model.overlays.top().is_none() && model.workspace.focused().is_some();
    if !model.status.hint.is_shown() || !has_room || is_waiting {
        return CellRect::default();
    }
    let keys = model.reader.keys();
    let hints = [
        (Action::Help, "lists the keys"),
        (Action::SplitRight, "splits"),
        (Action::Palette, "finds every command"),
        (Action::Detach, "leaves"),
    ];
    let row = CellRect::new(map.screen.x, map.body.bottom() - 1, map.screen.width, 1);
    let cells = row.width.saturating_sub(2);
    let mut text = "New here?".to_owned();
    for (action, words) in hints {
        let Some(shown) = keys.shown(action) else { continue };
        let sign = if text.ends_with('?') { " " } else { " · " };
        let longer = format!("{text}{sign}{shown} {words}");
        if cell_width(&longer) > cells {
            break;
        }
        text = longer;
    }
    let style = theme.overlay.patch(theme.accent);
    fill(buffer, row, style);
    put(buffer, (row.x + 1, row.y, cells), (&text, style), theme);
    row
}

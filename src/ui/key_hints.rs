//! The keys that go on, when a started sequence waits.

use ratatui::buffer::Buffer;

use crate::app::{Model, ScreenMap};
use crate::domain::{CellRect, cell_width};
use crate::keys::Next;
use crate::theme::Theme;

use super::text::{fill, put};

/// One column of the table: key, blank, words.
const COLUMN_CELLS: u16 = 30;
const KEY_CELLS: u16 = 10;

/// Draws the table above the status line, as many columns as fit.
pub fn draw_key_hints(buffer: &mut Buffer, map: &ScreenMap, model: &Model, theme: &Theme) {
    let situation = model.situation();
    let mut rows: Vec<(String, &str)> = Vec::new();
    for (chord, next) in model.reader.hints(situation.key_mode(), model.now) {
        match next {
            Next::More => rows.push((chord.short(), "…")),
            Next::Bound(action) => {
                let info = action.info().filter(|info| info.is_valid(&situation));
                rows.extend(info.map(|info| (chord.short(), info.title)));
            }
        }
    }
    if rows.is_empty() || map.is_cramped {
        return;
    }
    let columns = (map.body.width / COLUMN_CELLS).max(1);
    let height = (rows.len() as u16).div_ceil(columns).min(map.body.height);
    let area = CellRect::new(map.body.x, map.body.bottom() - height, map.body.width, height);
    fill(buffer, area, theme.overlay);
    for (index, (key, title)) in rows.iter().enumerate() {
        let (column, row) = (index as u16 / height, index as u16 % height);
        let (x, y) = (area.x + 1 + column * COLUMN_CELLS, area.y + row);
        if column >= columns {
            break;
        }
        let indent = KEY_CELLS.saturating_sub(cell_width(key));
        let key_style = theme.overlay.patch(theme.accent);
        let x = put(buffer, (x + indent, y, KEY_CELLS), (key, key_style), theme) + 1;
        put(
            buffer,
            (x, y, COLUMN_CELLS - KEY_CELLS - 2),
            (title, theme.overlay),
            theme,
        );
    }
}

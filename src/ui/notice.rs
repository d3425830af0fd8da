//! What the user is told in passing, over the last rows above the status line.

use ratatui::buffer::Buffer;

use crate::app::{Model, ScreenMap, Severity};
use crate::domain::{CellRect, wrap};
use crate::theme::Theme;

use super::text::{fill, put};

/// More rows than this are cut; the list of messages has the whole text.
const MOST_ROWS: usize = 3;

/// Draws the notice that is shown now, if any.
pub fn draw_notice(buffer: &mut Buffer, map: &ScreenMap, model: &Model, theme: &Theme) {
    let Some(notice) = model.notices.shown() else {
        return;
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
    fill(buffer, CellRect::new(map.screen.x, top, map.screen.width, rows), style);
    for (row, line) in lines.iter().take(usize::from(rows)).enumerate() {
        let is_cut = row + 1 == usize::from(rows) && lines.len() > usize::from(rows);
        let line = if is_cut { format!("{line} …") } else { line.clone() };
        put(
            buffer,
            (map.screen.x + 1, top + row as u16, cells),
            (&line, style),
            theme,
        );
    }
}

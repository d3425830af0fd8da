//! What the user is told in passing, over the last rows above the status line.

use ratatui::buffer::Buffer;

use crate::app::{Action, Model, ScreenMap, Severity};
use crate::domain::{CellRect, wrap};
use crate::theme::Theme;

use super::text::{fill, put};

/// More rows than this are cut; the list of messages has the whole text.
const MOST_ROWS: usize = 3;

/// Draws the notice that is shown now, if any.
pub fn draw_notice(buffer: &mut Buffer, map: &ScreenMap, model: &Model, theme: &Theme) {
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

/// Where help is, for a newcomer, in the row of a notice while there is none.
fn draw_hint(buffer: &mut Buffer, map: &ScreenMap, model: &Model, theme: &Theme) {
    let has_room = !map.is_cramped && model.overlays.top().is_none() && model.workspace.focused().is_some();
    if !model.status.hint.is_shown() || !has_room {
        return;
    }
    let keys = model.reader.keys();
    let hints = [
        (Action::Help, "lists the keys"),
        (Action::SplitRight, "splits"),
        (Action::Palette, "finds every command"),
        (Action::Detach, "leaves"),
    ];
    let hints = hints
        .into_iter()
        .filter_map(|(action, words)| Some(format!("{} {words}", keys.shown(action)?)));
    let text = format!("New here? {}", hints.collect::<Vec<_>>().join(" · "));
    let row = CellRect::new(map.screen.x, map.body.bottom() - 1, map.screen.width, 1);
    let style = theme.overlay.patch(theme.accent);
    fill(buffer, row, style);
    put(
        buffer,
        (row.x + 1, row.y, row.width.saturating_sub(2)),
        (&text, style),
        theme,
    );
}

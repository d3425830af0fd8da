//! A list to choose from, the terminal of the pane under the cursor beside it, and the panes' numbers.

use ratatui::buffer::Buffer;
use ratatui::style::Modifier;

use crate::app::{Chooser, Model};
use crate::domain::CellRect;
use crate::theme::Theme;

use super::terminal_cells::draw_cells;
use super::text::{fill, put};

/// Below this width the list takes all of it.
const PREVIEW_FROM: u16 = 60;

/// What the keys do, for the frame.
pub fn chooser_hint(chooser: &Chooser) -> &'static str {
    if chooser.takes_several() {
        "space marks · ctrl-a all · enter begins · esc"
    } else if chooser.is_tree() {
        "enter goes · ctrl-x closes · ctrl-r names · esc"
    } else {
        "enter · esc"
    }
}

/// Draws the list below its line, and the preview where there is room.
pub fn draw_chooser(buffer: &mut Buffer, area: CellRect, (model, chooser): (&Model, &Chooser), theme: &Theme) {
    let list = CellRect::new(area.x, area.y + 2, area.width, area.height.saturating_sub(2));
    let has_preview = chooser.has_preview() && area.width >= PREVIEW_FROM;
    let cells = if has_preview { area.width / 2 } else { area.width };
    let first = chooser
        .cursor
        .saturating_sub(usize::from(list.height).saturating_sub(1));
    let rows = chooser.rows();
    for (row, (choice, is_marked)) in rows.iter().skip(first).take(usize::from(list.height)).enumerate() {
        let y = list.y + row as u16;
        let is_current = first + row == chooser.cursor;
        let style = if is_current {
            theme.overlay.patch(theme.chosen)
        } else {
            theme.overlay
        };
        fill(buffer, CellRect::new(list.x, y, cells, 1), style);
        let mark = if is_current { ">" } else { " " };
        let x = put(buffer, (list.x, y, 1), (mark, style), theme);
        let boxed = if chooser.takes_several() {
            if *is_marked { "[x] " } else { "[ ] " }
        } else {
            ""
        };
        let text = format!("{}{boxed}{}", "  ".repeat(usize::from(choice.depth)), choice.text);
        put(buffer, (x, y, cells.saturating_sub(2)), (&text, style), theme);
    }
    if rows.is_empty() && !list.is_empty() {
        let nothing = ("Nothing of that name is here.", theme.overlay.patch(theme.faint));
        put(
            buffer,
            (list.x + 2, list.y, list.width.saturating_sub(2)),
            nothing,
            theme,
        );
    }
    let session = chooser
        .current()
        .and_then(|choice| model.workspace.session(choice.pane?));
    if let (true, Some(session)) = (has_preview, session) {
        let x = list.x + cells + 1;
        let preview = CellRect::new(x, list.y, area.right().saturating_sub(x), list.height);
        fill(buffer, preview, theme.text);
        draw_cells(buffer, preview, &session.emulator);
    }
}

/// Draws each pane's number in the middle of it.
pub fn draw_numbers(buffer: &mut Buffer, model: &Model, theme: &Theme) {
    let map = model.screen_map();
    let panes = model.workspace.tabs().current().map(|tab| tab.panes.panes());
    for (number, pane) in panes.unwrap_or_default().into_iter().enumerate() {
        let Some(area) = map.layout.of(pane).map(|area| area.content) else {
            continue;
        };
        let text = format!(" {number} ");
        let cells = (text.len() as u16).min(area.width);
        let at = (area.x + (area.width - cells) / 2, area.y + area.height / 2, cells);
        let style = theme.accent.add_modifier(Modifier::REVERSED);
        put(buffer, at, (&text, style), theme);
    }
}

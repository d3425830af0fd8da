//! The keys that go on, when a started sequence waits. A table above the status line, at most as high as the panes' place.

use ratatui::buffer::Buffer;

use crate::app::{Action, Model, ScreenMap};
use crate::domain::{CellRect, cell_width};
use crate::keys::{Next, write_sequence};
use crate::theme::Theme;

use super::frame_lines::draw_rule;
use super::text::{fill, put};

/// Titles are not squeezed below this.
const NARROWEST_TITLE: u16 = 14;

/// A key and what it does.
type Hint = (String, &'static str);

/// Draws the table, and says where; nowhere without a sequence that waits.
pub fn draw_key_hints(buffer: &mut Buffer, map: &ScreenMap, model: &Model, theme: &Theme) -> CellRect {
    let hints = hints(model);
    if hints.is_empty() || map.is_cramped {
        return CellRect::default();
    }
    // The uppermost row is a rule: without colours nothing else tells the table from what is below it.
    let most = map.body.height.saturating_sub(1).max(1);
    let key_cells = hints.iter().map(|(key, _)| cell_width(key)).max().unwrap_or(0);
    let title_cells = hints.iter().map(|(_, title)| cell_width(title)).max().unwrap_or(0);
    let wanted = key_cells + title_cells + 3;
    let count = hints.len() as u16;
    let width = map.screen.width;
    let columns = (width / wanted)
        .max(count.div_ceil(most))
        .min(width / (key_cells + NARROWEST_TITLE.min(title_cells) + 3))
        .clamp(1, count);
    let height = count.div_ceil(columns).min(most);
    let area = CellRect::new(map.screen.x, map.body.bottom() - height - 1, width, height + 1);
    fill(buffer, area, theme.overlay);
    let title = write_sequence(model.reader.pending());
    draw_rule(buffer, (area.x, area.y, area.width), &title, theme);
    let column_cells = (area.width / columns).min(wanted);
    let room = usize::from(columns * height);
    for (index, (key, title)) in hints.iter().enumerate().take(room) {
        let (column, row) = (index as u16 / height, index as u16 % height);
        let (x, y) = (area.x + column * column_cells, area.y + 1 + row);
        let indent = 1 + key_cells.saturating_sub(cell_width(key));
        let is_cut = index + 1 == room && hints.len() > room;
        let key_style = theme.overlay.patch(theme.accent);
        let x = put(buffer, (x + indent, y, key_cells), (key, key_style), theme) + 1;
        let cells = column_cells.saturating_sub(key_cells + 3);
        let title = if is_cut { "… and more" } else { title };
        put(buffer, (x, y, cells), (title, theme.overlay), theme);
    }
    area
}

/// The keys that can come next. Those that do the same on several sides, or for several numbers, are one row.
fn hints(model: &Model) -> Vec<Hint> {
    let situation = model.situation();
    let mut hints: Vec<Hint> = Vec::new();
    let mut alike: Vec<&'static str> = Vec::new();
    for (chord, next) in model.reader.hints(situation.key_mode(), model.now) {
        let Next::Bound(action) = next else {
            hints.push((chord.short(), "…"));
            continue;
        };
        let Some(info) = action.info().filter(|info| info.is_valid(&situation)) else {
            continue;
        };
        match shared_title(action) {
            Some(title) if alike.contains(&title) => {}
            Some(title) => {
                alike.push(title);
                hints.push((format!("{} …", chord.short()), title));
            }
            None => hints.push((chord.short(), info.title)),
        }
    }
    hints
}

/// What is said of actions that differ by a side, a number or a name only.
fn shared_title(action: Action) -> Option<&'static str> {
    match action {
        Action::GoToTab(_) => Some("Go to tab"),
        Action::Focus(_) => Some("Go to pane there"),
        Action::Resize(_, 1) => Some("Resize"),
        Action::Resize(..) => Some("Resize by more"),
        Action::Layout(_) => Some("Layouts"),
        _ => None,
    }
}

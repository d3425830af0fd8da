//! The row of tabs, and at its right what there is besides.

use ratatui::buffer::Buffer;

use crate::app::{Model, ScreenMap, TabMark};
use crate::domain::{CellRect, cell_width};
use crate::theme::Theme;

use super::text::{fill, put};

/// Draws the tabs and, where there is room, how many sandboxes have a tab and how many panes want a look.
pub fn draw_tab_bar(buffer: &mut Buffer, map: &ScreenMap, model: &Model, theme: &Theme) {
    fill(buffer, map.tab_bar, theme.bar);
    let labels = model.workspace.tab_labels();
    let current = model.workspace.tabs().current().map(|tab| tab.id);
    let mut end = map.tab_bar.x;
    for (tab, label) in model.workspace.tabs().list().iter().zip(&labels) {
        let Some((_, area)) = map.tabs.iter().find(|(id, _)| *id == tab.id) else {
            continue;
        };
        let is_current = Some(tab.id) == current;
        let style = if is_current { theme.bar_current } else { theme.bar };
        fill(buffer, *area, style);
        let room = area.width.saturating_sub(2);
        let text = format!("{} {}", label.number, label.name);
        let x = put(buffer, (area.x + 1, area.y, room), (&text, style), theme);
        if let Some(mark) = label.mark {
            let left = (area.x + 1 + room).saturating_sub(x);
            let mark_style = if is_current {
                style
            } else {
                style.patch(signal(mark, theme))
            };
            put(buffer, (x, area.y, left), (&glyph(mark, theme), mark_style), theme);
        }
        end = area.right();
    }
    draw_summary(
        buffer,
        CellRect::new(end, map.tab_bar.y, map.tab_bar.right() - end, map.tab_bar.height),
        model,
        theme,
    );
}

fn draw_summary(buffer: &mut Buffer, area: CellRect, model: &Model, theme: &Theme) {
    let hidden = model.workspace.tabs().list().len() - model.screen_map().tabs.len();
    let sandboxes = model.workspace.targets_in_tabs();
    let wanting = model.workspace.attention().count();
    let more = (hidden > 0).then(|| format!("{hidden} more"));
    let need = (wanting > 0).then(|| format!("{wanting} need{} you", if wanting == 1 { "s" } else { "" }));
    let open = (sandboxes > 1).then(|| format!("{sandboxes} sandboxes"));
    // What matters least goes first where there is no room for all.
    let choices = [vec![&open, &need, &more], vec![&need, &more], vec![&more]];
    let texts = choices.map(|parts| parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(" · "));
    let Some(text) = texts.into_iter().find(|text| cell_width(text) + 2 <= area.width) else {
        return;
    };
    let style = if wanting > 0 {
        theme.bar.patch(theme.signals.warning)
    } else {
        theme.bar
    };
    let cells = cell_width(&text);
    put(buffer, (area.right() - cells - 1, area.y, cells), (&text, style), theme);
}

/// The mark as the theme draws it; as wide as its plain form.
fn glyph(mark: TabMark, theme: &Theme) -> String {
    match mark {
        TabMark::Lost => theme.glyphs.lost.to_owned(),
        TabMark::Asleep => theme.glyphs.asleep.to_owned(),
        TabMark::Failed => theme.glyphs.ended.to_owned(),
        TabMark::Ended(code) => format!("{} {code}", theme.glyphs.ended),
        TabMark::Bell => theme.glyphs.bell.to_owned(),
        TabMark::Said => theme.glyphs.said.to_owned(),
        TabMark::Silence => theme.glyphs.silence.to_owned(),
        TabMark::Activity => theme.glyphs.activity.to_owned(),
    }
}

fn signal(mark: TabMark, theme: &Theme) -> ratatui::style::Style {
    match mark {
        TabMark::Lost | TabMark::Asleep | TabMark::Bell | TabMark::Said | TabMark::Silence => theme.signals.warning,
        TabMark::Ended(0) | TabMark::Activity => theme.signals.good,
        TabMark::Ended(_) | TabMark::Failed => theme.signals.bad,
    }
}

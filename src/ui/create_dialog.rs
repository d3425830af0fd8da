//! The dialog for a new sandbox.

use ratatui::buffer::Buffer;

use crate::app::{CreateDialog, Field};
use crate::domain::CellRect;
use crate::theme::Theme;

use super::overlays::draw_entry;
use super::text::put;

/// Cells of the titles' column.
const TITLE_CELLS: u16 = 11;

/// Draws the fields, the names that fit, and what is wrong.
pub fn draw_create(buffer: &mut Buffer, area: CellRect, dialog: &CreateDialog, theme: &Theme) {
    let room = area.width.saturating_sub(TITLE_CELLS + 3);
    let x = area.x + TITLE_CELLS + 2;
    // Where there is no room for all, what is wrong and the line that is being written matter most.
    let has_problem_only = dialog.problem.is_some() && area.height < Field::ALL.len() as u16 + 2;
    let rows = usize::from(area.height.saturating_sub(u16::from(has_problem_only)));
    let here = Field::ALL.iter().position(|field| *field == dialog.field).unwrap_or(0);
    let first = (here + 1).saturating_sub(rows);
    for (row, field) in Field::ALL.into_iter().skip(first).take(rows).enumerate() {
        let y = area.y + row as u16;
        let is_here = dialog.field == field;
        let style = if is_here { theme.accent } else { theme.faint };
        let title = format!("{} {}", if is_here { ">" } else { " " }, field.title());
        put(
            buffer,
            (area.x, y, area.width),
            (&title, theme.overlay.patch(style)),
            theme,
        );
        match (dialog.entry(field), dialog.choice(field)) {
            (Some(entry), _) if is_here => {
                let line = CellRect::new(x - 1, y, room + 2, 1).intersection(area);
                draw_entry(buffer, line, entry, theme);
            }
            (Some(entry), _) => {
                put(buffer, (x, y, room), (entry.text(), theme.overlay), theme);
            }
            (None, Some(choice)) => {
                put(buffer, (x, y, room), (choice, theme.overlay), theme);
            }
            (None, None) => {}
        }
    }
    let (text, style) = match (&dialog.problem, dialog.field) {
        (Some(problem), _) => (problem.clone(), theme.signals.bad),
        (None, Field::Template) => {
            let names: Vec<String> = dialog.offered().into_iter().map(ToString::to_string).collect();
            let text = if names.is_empty() {
                String::new()
            } else {
                format!("tab: {}", names.join(" · "))
            };
            (text, theme.faint)
        }
        (None, Field::Metadata | Field::Envs) => ("key=value,key=value".to_owned(), theme.faint),
        (None, Field::Timeout) => ("90s, 10m, 2h".to_owned(), theme.faint),
        (None, _) => ("space changes it".to_owned(), theme.faint),
    };
    let below = Field::ALL.len() as u16 + 1;
    if has_problem_only || below < area.height {
        let cells = area.width.saturating_sub(2);
        let y = area.y + below.min(area.height.saturating_sub(1));
        put(
            buffer,
            (area.x + 1, y, cells),
            (&text, theme.overlay.patch(style)),
            theme,
        );
    }
}

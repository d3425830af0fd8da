//! What is known of a pane's commands, drawn over its cells: how each ended at the right end of its prompt, and at the top
//! which command the output in view is of.

use ratatui::buffer::Buffer;

use crate::app::{Session, outcome_words, sticky_block};
use crate::domain::{CellRect, Moment, RemoteText, cell_width, shorten};
use crate::theme::Theme;

use super::text::{fill, put};

/// Draws both.
pub fn draw_command_lines(buffer: &mut Buffer, area: CellRect, (session, now): (&Session, Moment), theme: &Theme) {
    let emulator = &session.emulator;
    if emulator.is_alternate_screen() || area.width < 20 {
        return;
    }
    let top = emulator.first_visible_line();
    for block in emulator.commands().rev() {
        let Some(lines) = block.lines else { continue };
        if lines.input.line < top {
            break;
        }
        let row = emulator.row_of_line(lines.input.line).filter(|row| *row < area.height);
        if let (Some(row), Some((words, is_failure))) = (row, outcome_words(block, now)) {
            let style = if is_failure { theme.signals.bad } else { theme.faint };
            put_at_right(buffer, (area, row), (&words, style), theme);
        }
    }
    // What the cursor of copy mode is on must be seen: a match that was found, for one.
    let is_wanted = session.copy.as_ref().is_some_and(|copy| copy.cursor().line == top);
    if let Some(block) = sticky_block(emulator).filter(|_| !is_wanted) {
        let text = block.text.as_ref().map(RemoteText::escaped).unwrap_or_default();
        let words = shorten(&format!("❯ {text}"), area.width);
        fill(buffer, CellRect::new(area.x, area.y, area.width, 1), theme.overlay);
        put(buffer, (area.x, area.y, area.width), (&words, theme.overlay), theme);
    }
}

/// Only where nothing is printed: the program's own cells come first.
fn put_at_right(
    buffer: &mut Buffer,
    (area, row): (CellRect, u16),
    (words, style): (&str, ratatui::style::Style),
    theme: &Theme,
) {
    let cells = cell_width(words);
    let y = area.y + row;
    let Some(x) = area.right().checked_sub(cells).filter(|x| *x > area.x) else {
        return;
    };
    let is_free = (x - 1..area.right()).all(|x| {
        let cell = buffer.cell((x, y));
        cell.is_some_and(|cell| cell.symbol().trim().is_empty())
    });
    if is_free {
        put(buffer, (x, y, cells), (words, style), theme);
    }
}

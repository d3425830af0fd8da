//! What lies over the panes: help, messages, commands, a new name, a question.

use ratatui::buffer::Buffer;

use crate::app::{
    Confirm, Guarded, HelpLine, Model, Overlay, Palette, PaletteRow, Scroll, Severity, Trial, confirm_cells, help_lines,
};
use crate::domain::{CellRect, GridSize, cell_width, wrap};
use crate::text_entry::TextEntry;
use crate::theme::Theme;

use super::chooser::{chooser_hint, draw_chooser, draw_numbers};
use super::create_dialog::draw_create;
use super::frame_lines::FrameLines;
use super::link_hints::draw_link_hints;
use super::run_page::draw_run;
use super::text::{fill, fitting, put, rect, titled};

/// The width of the keys' column on the help page.
const KEY_CELLS: u16 = 18;

/// Draws the stack, the lowest first.
pub fn draw_overlays(buffer: &mut Buffer, model: &Model, theme: &Theme) {
    for overlay in model.overlays.stack() {
        let area = overlay.area(model.size);
        match overlay {
            Overlay::Help(scroll) => {
                let inside = draw_box(buffer, area, ("Keys", "esc closes"), theme);
                draw_help(buffer, inside, (model, *scroll), theme);
            }
            Overlay::Messages(scroll) => {
                let inside = draw_box(buffer, area, ("Messages", "esc closes"), theme);
                draw_messages(buffer, inside, (model, *scroll), theme);
            }
            Overlay::Palette(palette) => {
                let inside = draw_box(buffer, area, ("Commands", "enter does it · tab completes · esc"), theme);
                draw_palette(buffer, inside, (model, palette), theme);
            }
            Overlay::Trial(trial) => {
                let inside = draw_box(buffer, area, (trial.title, "enter takes it · esc back"), theme);
                draw_trial(buffer, inside, trial, theme);
            }
            Overlay::Rename(_, entry) => {
                let inside = draw_box(buffer, area, ("Name of the tab", "enter · esc"), theme);
                draw_entry(buffer, inside, entry, theme);
            }
            Overlay::Search(is_backwards, entry) => {
                let title = if *is_backwards { "Search up" } else { "Search down" };
                let inside = draw_box(buffer, area, (title, "enter · esc"), theme);
                draw_entry(buffer, inside, entry, theme);
            }
            Overlay::Links(hints) => draw_link_hints(buffer, (model, hints), theme),
            Overlay::Prompt(prompt) => {
                let inside = draw_box(buffer, area, (&prompt.title, "enter · esc"), theme);
                draw_entry(buffer, inside, &prompt.entry, theme);
            }
            Overlay::Create(dialog) => {
                let inside = draw_box(buffer, area, ("New sandbox", "enter creates · esc closes"), theme);
                draw_create(buffer, inside, dialog, theme);
            }
            Overlay::SearchAll(entry) => {
                let inside = draw_box(buffer, area, ("Search all panes", "enter · esc"), theme);
                draw_entry(buffer, inside, entry, theme);
            }
            Overlay::Chooser(chooser) => {
                let inside = draw_box(buffer, area, (&chooser.title, chooser_hint(chooser)), theme);
                draw_entry(buffer, inside, &chooser.entry, theme);
                draw_chooser(buffer, inside, (model, chooser), theme);
            }
            Overlay::Numbers => draw_numbers(buffer, model, theme),
            Overlay::Run(page) => draw_run(buffer, area, (model, page), theme),
            Overlay::Guarded(guarded) => draw_guarded(buffer, area, (model.size, guarded), theme),
            Overlay::Confirm(confirm) => draw_confirm(buffer, area, (model.size, confirm), theme),
        }
    }
}

/// A framed, empty box with a title and a hint; returns what is inside.
pub(super) fn draw_box(buffer: &mut Buffer, area: CellRect, (title, hint): (&str, &str), theme: &Theme) -> CellRect {
    fill(buffer, area, theme.overlay);
    if area.width < 4 || area.height < 3 {
        return area;
    }
    let mut lines = FrameLines::new(area);
    lines.add(area);
    let line = theme.overlay.patch(theme.frame_focused);
    lines.draw(buffer, line, theme);
    let room = area.width - 4;
    let title = titled(title, room);
    let x = put(
        buffer,
        (area.x + 2, area.y, room),
        (&title, theme.overlay.patch(theme.accent)),
        theme,
    );
    let hint = format!(" {hint} ");
    let cells = cell_width(&hint);
    if cells > 2 && x + cells + 2 <= area.right() {
        put(
            buffer,
            (area.right() - 2 - cells, area.y, cells),
            (&hint, theme.overlay.patch(theme.faint)),
            theme,
        );
    }
    area.inside_frame()
}

fn draw_help(buffer: &mut Buffer, area: CellRect, (model, scroll): (&Model, Scroll), theme: &Theme) {
    let lines = help_lines(model.reader.keys(), &model.situation());
    for (row, line) in lines
        .iter()
        .skip(scroll.offset)
        .take(usize::from(area.height))
        .enumerate()
    {
        let y = area.y + row as u16;
        match line {
            HelpLine::Blank => {}
            HelpLine::Heading(title) => {
                put(
                    buffer,
                    (area.x + 1, y, area.width.saturating_sub(1)),
                    (title, theme.overlay.patch(theme.accent)),
                    theme,
                );
            }
            HelpLine::Row { keys, help, is_valid } => {
                let style = if *is_valid {
                    theme.overlay
                } else {
                    theme.overlay.patch(theme.faint)
                };
                let key_style = if *is_valid { style.patch(theme.accent) } else { style };
                let key_cells = KEY_CELLS.min(area.width / 2);
                put(
                    buffer,
                    (area.x + 2, y, key_cells.saturating_sub(2)),
                    (keys, key_style),
                    theme,
                );
                let left = area.width.saturating_sub(key_cells + 2);
                put(buffer, (area.x + key_cells + 1, y, left), (help, style), theme);
            }
        }
    }
    draw_more(buffer, area, scroll, theme);
}

/// Says at the lower right that there is more, above or below.
pub(super) fn draw_more(buffer: &mut Buffer, area: CellRect, scroll: Scroll, theme: &Theme) {
    let last = scroll.offset + usize::from(area.height);
    if scroll.lines <= usize::from(area.height) {
        return;
    }
    let text = format!(" {}–{} of {} ", scroll.offset + 1, last.min(scroll.lines), scroll.lines);
    let cells = cell_width(&text);
    if cells + 2 <= area.width {
        put(
            buffer,
            (area.right() - 1 - cells, area.bottom(), cells),
            (&text, theme.overlay.patch(theme.faint)),
            theme,
        );
    }
}

fn draw_messages(buffer: &mut Buffer, area: CellRect, (model, scroll): (&Model, Scroll), theme: &Theme) {
    let mut y = area.y;
    for (at, notice) in model.notices.kept().skip(scroll.offset) {
        let style = theme.overlay.patch(match notice.severity {
            Severity::Info => theme.text,
            Severity::Warning => theme.signals.warning,
            Severity::Error => theme.signals.bad,
        });
        for (row, line) in wrap(&notice.text, area.width.saturating_sub(11)).iter().enumerate() {
            if y >= area.bottom() {
                return draw_more(buffer, area, scroll, theme);
            }
            if row == 0 {
                let clock = at.clock().to_string();
                put(
                    buffer,
                    (area.x + 1, y, area.width.saturating_sub(1)),
                    (&clock, theme.overlay.patch(theme.faint)),
                    theme,
                );
            }
            put(
                buffer,
                (area.x + 10, y, area.width.saturating_sub(10)),
                (line, style),
                theme,
            );
            y += 1;
        }
    }
    if model.notices.kept().next().is_none() {
        let nothing = ("There were none.", theme.overlay.patch(theme.faint));
        put(
            buffer,
            (area.x + 1, area.y, area.width.saturating_sub(1)),
            nothing,
            theme,
        );
    }
    draw_more(buffer, area, scroll, theme);
}

pub(super) fn draw_entry(buffer: &mut Buffer, area: CellRect, entry: &TextEntry, theme: &Theme) {
    let indent = u16::from(area.width > 3);
    let line = CellRect::new(area.x + indent, area.y, area.width - indent * 2, area.height.min(1));
    if !line.is_empty() {
        entry.draw(buffer, rect(line).intersection(*buffer.area()), theme.overlay);
    }
}

fn draw_trial(buffer: &mut Buffer, area: CellRect, trial: &Trial, theme: &Theme) {
    let rows = usize::from(area.height);
    let first = trial.chosen.saturating_sub(rows.saturating_sub(1));
    for (row, text) in trial.rows.iter().enumerate().skip(first).take(rows) {
        let y = area.y + (row - first) as u16;
        let is_chosen = row == trial.chosen;
        let style = if is_chosen {
            theme.overlay.patch(theme.chosen)
        } else {
            theme.overlay
        };
        fill(buffer, CellRect::new(area.x, y, area.width, 1), style);
        let mark = if is_chosen { ">" } else { " " };
        let x = put(buffer, (area.x, y, 1), (mark, style), theme) + 1;
        put(buffer, (x, y, area.right().saturating_sub(x)), (text, style), theme);
    }
}

fn draw_palette(buffer: &mut Buffer, area: CellRect, (model, palette): (&Model, &Palette), theme: &Theme) {
    let prompt = put(
        buffer,
        (area.x + 1, area.y, 2),
        (":", theme.overlay.patch(theme.accent)),
        theme,
    );
    draw_entry(
        buffer,
        CellRect::new(prompt, area.y, area.right().saturating_sub(prompt), area.height.min(1)),
        &palette.entry,
        theme,
    );
    let list = CellRect::new(area.x, area.y + 2, area.width, area.height.saturating_sub(2));
    let rows = palette.rows();
    let first = palette
        .chosen
        .saturating_sub(usize::from(list.height).saturating_sub(1));
    for (row, choice) in rows.iter().skip(first).take(usize::from(list.height)).enumerate() {
        let y = list.y + row as u16;
        let is_chosen = first + row == palette.chosen;
        let style = if is_chosen {
            theme.overlay.patch(theme.chosen)
        } else {
            theme.overlay
        };
        fill(buffer, CellRect::new(list.x, y, list.width, 1), style);
        let (title, keys) = match choice {
            PaletteRow::Action(info) => (info.title, model.reader.keys().shown(info.action)),
            PaletteRow::Command(filled) => (filled.text.as_str(), None),
        };
        let keys = keys.unwrap_or_default();
        let cells = cell_width(&keys);
        let mark = if is_chosen { ">" } else { " " };
        let x = put(buffer, (list.x, y, 1), (mark, style), theme) + 1;
        let room = list.right().saturating_sub(x + cells + 2);
        put(buffer, (x, y, room), (title, style), theme);
        if room > 0 {
            put(
                buffer,
                (list.right().saturating_sub(cells + 1), y, cells),
                (&keys, if is_chosen { style } else { style.patch(theme.faint) }),
                theme,
            );
        }
    }
    if rows.is_empty() && !list.is_empty() {
        let nothing = (
            "Nothing of that name can be done here.",
            theme.overlay.patch(theme.faint),
        );
        put(
            buffer,
            (list.x + 2, list.y, list.width.saturating_sub(2)),
            nothing,
            theme,
        );
    }
}

/// Like a question, in red, and instead of its answers the line that the name is typed into.
fn draw_guarded(buffer: &mut Buffer, area: CellRect, (size, guarded): (GridSize, &Guarded), theme: &Theme) {
    let bad = theme.signals.bad;
    let loud = Theme {
        frame_focused: bad,
        accent: bad,
        ..theme.clone()
    };
    let hint = match (guarded.confirm.saves.is_empty(), guarded.saves_first) {
        (true, _) => "",
        (false, true) => "tab [x] snapshot first",
        (false, false) => "tab [ ] snapshot first",
    };
    draw_question(buffer, area, (size, &guarded.confirm, hint), &loud);
    let inside = area.inside_frame();
    let last = inside.bottom().saturating_sub(1);
    fill(buffer, CellRect::new(inside.x, last, inside.width, 1), theme.overlay);
    let text = format!("type {} and enter to {}: ", guarded.name, guarded.confirm.verb);
    let room = (inside.width / 2 + 8).min(inside.width.saturating_sub(8));
    let x = put(
        buffer,
        (inside.x + 1, last, room),
        (&text, theme.overlay.patch(bad)),
        theme,
    );
    let room = CellRect::new(x, last, inside.right().saturating_sub(x), 1);
    draw_entry(buffer, room, &guarded.entry, theme);
}

fn draw_confirm(buffer: &mut Buffer, area: CellRect, (size, confirm): (GridSize, &Confirm), theme: &Theme) {
    draw_question(buffer, area, (size, confirm, ""), theme);
}

fn draw_question(
    buffer: &mut Buffer,
    area: CellRect,
    (size, confirm, hint): (GridSize, &Confirm, &str),
    theme: &Theme,
) {
    let inside = draw_box(buffer, area, ("Sure?", hint), theme);
    let indent = u16::from(inside.width > 4);
    let cells = inside.width.saturating_sub(indent * 2);
    let warning = theme.overlay.patch(theme.signals.warning);
    let question = wrap(&confirm.question, confirm_cells(size));
    let asked = question.len();
    let lines: Vec<String> = question.into_iter().chain(confirm.details.iter().cloned()).collect();
    // The answers are on the last row whatever the size: without them nobody could go on.
    let last = inside.bottom().saturating_sub(1);
    let room = last.saturating_sub(inside.y).max(1);
    for (row, line) in fitting(&lines, usize::from(room)).iter().enumerate() {
        let style = if row < asked {
            theme.overlay
        } else {
            theme.overlay.patch(theme.faint)
        };
        put(
            buffer,
            (inside.x + indent, inside.y + row as u16, cells),
            (line, style),
            theme,
        );
    }
    let saving = if confirm.saves.is_empty() {
        ""
    } else {
        " · s snapshot first"
    };
    let answers = format!("y {}{saving} · n cancel", confirm.verb);
    if last >= inside.y {
        fill(buffer, CellRect::new(inside.x, last, inside.width, 1), theme.overlay);
        put(buffer, (inside.x + indent, last, cells), (&answers, warning), theme);
    }
}

//! The page that shows what many sandboxes answered to one command.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use crate::app::{Group, JointRun, Model, RunPage};
use crate::domain::{CellRect, LineKind, RemoteText, cell_width, shorten};
use crate::theme::Theme;

use super::overlays::{draw_box, draw_more};
use super::text::{fill, put};

/// Cells between two stops of the tabulator.
const TAB: usize = 8;

/// Draws it in its frame.
pub fn draw_run(buffer: &mut Buffer, area: CellRect, (model, page): (&Model, &RunPage), theme: &Theme) {
    let Some(run) = &model.run else { return };
    let hint = page.hint();
    let room = area.width.saturating_sub(cell_width(hint) + 10);
    let command = shorten(&RemoteText::from(&*run.command).escaped(), room.max(8));
    let inside = draw_box(buffer, area, (&command, hint), theme);
    let parts = page.parts(inside);
    draw_head(buffer, parts.head, (model, run), theme);
    let first = page
        .cursor
        .saturating_sub(usize::from(parts.list.height).saturating_sub(1));
    for (row, group) in run.groups().iter().enumerate().skip(first) {
        let y = parts.list.y + (row - first) as u16;
        if y >= parts.list.bottom() {
            break;
        }
        draw_group(
            buffer,
            CellRect::new(parts.list.x, y, parts.list.width, 1),
            (group, row == page.cursor),
            theme,
        );
    }
    draw_rule(buffer, parts.rule, (run, page), theme);
    for (y, (kind, text)) in (parts.body.y..parts.body.bottom()).zip(page.lines.iter().skip(page.scroll.offset)) {
        let style = theme.overlay.patch(line_style(*kind, theme));
        let sign = if page.is_difference { kind.sign() } else { "" };
        let text = format!("{sign}{}", spread(text));
        put(
            buffer,
            (parts.body.x + 1, y, parts.body.width.saturating_sub(2)),
            (&text, style),
            theme,
        );
    }
    if !parts.body.is_empty() {
        draw_more(buffer, parts.body, page.scroll, theme);
    }
}

/// How far it is, and who has not answered yet.
fn draw_head(buffer: &mut Buffer, area: CellRect, (model, run): (&Model, &JointRun), theme: &Theme) {
    let (done, all) = run.progress();
    let seconds = run.duration(model.now).as_secs();
    let (text, style) = if run.is_over() {
        let text = format!("{done} answered in {:.1} s", run.duration(model.now).as_secs_f32());
        (text, theme.faint)
    } else {
        let waiting = run.waiting().join(", ");
        (
            format!("{done} of {all} answered · {seconds} s · waiting for {waiting}"),
            theme.accent,
        )
    };
    if !area.is_empty() {
        put(
            buffer,
            (area.x + 1, area.y, area.width.saturating_sub(2)),
            (&text, theme.overlay.patch(style)),
            theme,
        );
    }
}

fn draw_group(buffer: &mut Buffer, row: CellRect, (group, is_current): (&Group, bool), theme: &Theme) {
    let style = if is_current {
        theme.overlay.patch(theme.chosen)
    } else {
        theme.overlay
    };
    fill(buffer, row, style);
    let mark = if is_current { ">" } else { " " };
    let x = put(buffer, (row.x, row.y, 1), (mark, style), theme);
    let verdict = group.answer.verdict_words();
    let verdict = shorten(&verdict, row.width / 2);
    let signal = if group.answer.is_success() {
        theme.signals.good
    } else {
        theme.signals.bad
    };
    let cells = cell_width(&verdict);
    let at = row.right().saturating_sub(cells + 1);
    put(buffer, (x, row.y, at.saturating_sub(x + 1)), (&group.who, style), theme);
    // On the colour of the chosen row those of good and bad cannot be read.
    let style = if is_current { style } else { style.patch(signal) };
    put(buffer, (at, row.y, cells), (&verdict, style), theme);
}

/// Which answer stands below, and how.
fn draw_rule(buffer: &mut Buffer, area: CellRect, (run, page): (&JointRun, &RunPage), theme: &Theme) {
    if area.is_empty() {
        return;
    }
    let line = theme.overlay.patch(theme.frame);
    let dash = if theme.is_ascii() { "-" } else { "─" };
    put(
        buffer,
        (area.x, area.y, area.width),
        (&dash.repeat(usize::from(area.width)), line),
        theme,
    );
    let words = match run.groups().get(page.cursor) {
        None => "no answer yet",
        Some(_) if page.is_difference => "what differs from the most common answer",
        Some(group) if group.is_usual && run.groups().len() > 1 => "the most common answer",
        Some(_) => "the answer",
    };
    let nothing = if run.groups().get(page.cursor).is_some() && page.lines.is_empty() {
        ": it printed nothing"
    } else {
        ""
    };
    let text = format!(" {words}{nothing} ");
    put(
        buffer,
        (area.x + 1, area.y, area.width.saturating_sub(2)),
        (&text, theme.overlay.patch(theme.faint)),
        theme,
    );
}

fn line_style(kind: LineKind, theme: &Theme) -> Style {
    match kind {
        LineKind::Same => Style::default(),
        LineKind::Missing => theme.signals.bad,
        LineKind::Extra => theme.signals.good,
        LineKind::Place => theme.accent,
    }
}

/// Tabs as the blanks that a terminal would show.
fn spread(text: &str) -> String {
    let mut spread = String::new();
    for (index, part) in text.split('\t').enumerate() {
        if index > 0 {
            let width = usize::from(cell_width(&spread));
            spread.push_str(&" ".repeat(TAB - width % TAB));
        }
        spread.push_str(part);
    }
    spread
}

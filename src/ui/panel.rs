//! The sidebar's panels: frame, headings, rows, last line. Knows what a row looks like, never what it is about.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

use crate::app::panels::{Align, Body, PanelKind, PanelParts, PanelView, Row, Span, Table, Tone, Width, switches};
use crate::app::{Model, ScreenMap};
use crate::domain::{CellRect, cell_width, clip, shorten, wrap};
use crate::theme::Theme;

use super::frame_lines::FrameLines;
use super::text::{fill, fitting, put, rect, titled};

/// Draws every panel that can be seen.
pub fn draw_sidebar(buffer: &mut Buffer, map: &ScreenMap, model: &Model, theme: &Theme) {
    let panels = &map.sidebar.panels;
    let Some(area) = panels.iter().map(|(_, frame)| *frame).reduce(|one, other| {
        let bottom = one.bottom().max(other.bottom());
        CellRect::new(one.x, one.y, one.width, bottom - one.y)
    }) else {
        return;
    };
    fill(buffer, area, theme.text);
    let mut lines = FrameLines::new(area);
    let has_frame = area.width >= 3 && area.height >= 3;
    if has_frame {
        for (_, frame) in panels {
            lines.add(*frame);
        }
        lines.draw(buffer, theme.frame, theme);
    }
    let focused = model.panels.sidebar.focused();
    if let Some(frame) = focused.and_then(|kind| map.sidebar.of(kind)).filter(|_| has_frame) {
        lines.draw_around(buffer, frame, theme.frame_focused, theme);
    }
    for (kind, frame) in panels {
        draw_panel(buffer, (*kind, *frame), (map, model), theme);
    }
}

fn draw_panel(
    buffer: &mut Buffer,
    (kind, frame): (PanelKind, CellRect),
    (map, model): (&ScreenMap, &Model),
    theme: &Theme,
) {
    let Some(parts) = model.panels.parts(kind, &map.sidebar) else {
        return;
    };
    let view = model.panels.view(kind, &model.panel_key(map));
    let has_focus = model.panels.sidebar.focused() == Some(kind);
    if frame.width >= 3 && frame.height >= 3 {
        let is_pinned = model.panels.sidebar.pinned.is_some();
        draw_title(buffer, (kind, frame), (&view, has_focus, is_pinned), theme);
    }
    if let Some(filter) = model.panels.panel(kind).filter().filter(|_| !parts.filter.is_empty()) {
        let line = parts.filter;
        let x = put(buffer, (line.x, line.y, line.width.min(2)), ("/ ", theme.accent), theme);
        let entry = CellRect::new(x, line.y, line.right().saturating_sub(x), 1);
        if filter.is_typing() {
            filter
                .entry()
                .draw(buffer, rect(entry).intersection(*buffer.area()), theme.text);
        } else {
            put(
                buffer,
                (x, line.y, entry.width),
                (filter.entry().text(), theme.accent),
                theme,
            );
        }
    }
    match &view.body {
        Body::Table(table) => draw_table(buffer, &parts, (table, has_focus), theme),
        Body::Page { lines, .. } => {
            for (y, line) in (parts.body.y..parts.body.bottom()).zip(lines) {
                draw_spans(buffer, (parts.body.x, y, parts.body.width), (line, theme.text), theme);
            }
        }
        Body::Nothing(why) => {
            let indent = u16::from(parts.body.width > 3);
            let cells = parts.body.width - indent * 2;
            let lines = fitting(&wrap(why, cells), usize::from(parts.body.height));
            for (y, line) in (parts.body.y..parts.body.bottom()).zip(&lines) {
                put(buffer, (parts.body.x + indent, y, cells), (line, theme.faint), theme);
            }
        }
    }
    if !parts.preview.is_empty() {
        let lines = model.panels.preview(kind, &model.panel_key(map));
        draw_preview(buffer, parts.preview, &lines, theme);
    }
    draw_info(buffer, parts.info, &view, theme);
}

/// More about the row under the cursor, below a line.
fn draw_preview(buffer: &mut Buffer, area: CellRect, lines: &[Vec<Span>], theme: &Theme) {
    const ACROSS: usize = 12;
    let line = theme.glyphs.lines[ACROSS].repeat(usize::from(area.width));
    put(buffer, (area.x, area.y - 1, area.width), (&line, theme.frame), theme);
    for (y, spans) in (area.y..area.bottom()).zip(lines) {
        draw_spans(buffer, (area.x, y, area.width), (spans, theme.text), theme);
    }
}

/// The panel's name and subject at the left of the upper line, the letters of the others at its right.
fn draw_title(
    buffer: &mut Buffer,
    (kind, frame): (PanelKind, CellRect),
    (view, has_focus, is_pinned): (&PanelView, bool, bool),
    theme: &Theme,
) {
    let line = if has_focus { theme.frame_focused } else { theme.frame };
    let others = switches(kind, frame);
    let end = others.first().map_or(frame.right() - 1, |(_, column)| *column - 1);
    let name = titled(kind.title(), end.saturating_sub(frame.x + 1));
    let x = put(
        buffer,
        (frame.x + 1, frame.y, end.saturating_sub(frame.x + 1)),
        (&name, line.patch(theme.accent)),
        theme,
    );
    let pin = if is_pinned { ", pinned" } else { "" };
    let room = end.saturating_sub(x + 1);
    if !view.subject.is_empty() && room > 2 {
        let subject = shorten(&view.subject, room.saturating_sub(cell_width(pin)).max(1));
        let subject = format!("{} ", shorten(&format!("{subject}{pin}"), room));
        let style = if has_focus { line } else { line.patch(theme.faint) };
        put(buffer, (x, frame.y, room + 1), (&subject, style), theme);
    }
    if let Some((_, first)) = others.first() {
        put(buffer, (first - 1, frame.y, 1), (" ", line), theme);
    }
    for (other, column) in others {
        put(
            buffer,
            (column, frame.y, 2),
            (&format!("{} ", other.letter()), line.patch(theme.faint)),
            theme,
        );
    }
}

/// The last line: what the panel says at the left, where the rows in sight are at the right.
fn draw_info(buffer: &mut Buffer, area: CellRect, view: &PanelView, theme: &Theme) {
    if area.is_empty() {
        return;
    }
    let place = match &view.body {
        Body::Table(Table { rows, above, total, .. }) if rows.len() < *total => Some((*above, rows.len(), *total)),
        Body::Page { lines, above, total } if lines.len() < *total => Some((*above, lines.len(), *total)),
        _ => None,
    };
    let place = place.map(|(above, shown, total)| format!("{}–{}/{total}", above + 1, above + shown));
    let cells = place.as_deref().map_or(0, cell_width);
    let room = area.width.saturating_sub(if cells > 0 { cells + 1 } else { 0 });
    draw_spans(buffer, (area.x, area.y, room), (&view.info, theme.faint), theme);
    if let Some(place) = place.filter(|_| cells + 8 <= area.width) {
        put(
            buffer,
            (area.right() - cells, area.y, cells),
            (&place, theme.faint),
            theme,
        );
    }
}

fn draw_table(buffer: &mut Buffer, parts: &PanelParts, (table, has_focus): (&Table, bool), theme: &Theme) {
    let columns = column_places(table, parts.body.width);
    for (index, (x, width)) in columns.iter().copied().enumerate().filter(|_| !parts.header.is_empty()) {
        let Some((x, column)) = x.zip(table.columns.get(index)) else {
            continue;
        };
        let title = shorten(&column.title, width);
        let indent = match column.align {
            Align::Left => 0,
            Align::Right => width.saturating_sub(cell_width(&title)),
        };
        put(
            buffer,
            (parts.header.x + x + indent, parts.header.y, width),
            (&title, theme.faint),
            theme,
        );
    }
    for (y, row) in (parts.body.y..parts.body.bottom()).zip(&table.rows) {
        let line = CellRect::new(parts.body.x, y, parts.body.width, 1);
        draw_row(buffer, line, (row, &columns, table), (has_focus, theme));
    }
}

fn draw_row(
    buffer: &mut Buffer,
    line: CellRect,
    (row, columns, table): (&Row, &[(Option<u16>, u16)], &Table),
    (has_focus, theme): (bool, &Theme),
) {
    let base = match (row.is_chosen, has_focus) {
        (true, true) => theme.chosen,
        (true, false) => theme.bar,
        _ => theme.text,
    };
    if row.is_chosen {
        fill(buffer, line, base);
    }
    let mark = match (row.is_marked, row.is_chosen) {
        (true, _) => "+",
        (false, true) => ">",
        _ => " ",
    };
    // The colours of the other rows cannot be read on that of the chosen one; words and glyphs say the same.
    let has_tones = !(row.is_chosen && has_focus);
    let mark_style = if has_tones { base.patch(theme.accent) } else { base };
    put(buffer, (line.x, line.y, 1), (mark, mark_style), theme);
    for (index, cell) in row.cells.iter().enumerate() {
        let Some(&(Some(x), width)) = columns.get(index) else {
            continue;
        };
        let is_right = table
            .columns
            .get(index)
            .is_some_and(|column| column.align == Align::Right);
        let cells: u16 = cell.iter().map(|span| cell_width(&span.text)).sum();
        let indent = if is_right { width.saturating_sub(cells) } else { 0 };
        let plain: Vec<Span>;
        let spans = if has_tones {
            cell
        } else {
            plain = cell.iter().map(|span| Span::plain(span.text.as_str())).collect();
            &plain
        };
        draw_spans(
            buffer,
            (line.x + x + indent, line.y, width - indent),
            (spans, base),
            theme,
        );
    }
}

/// Where each column stands, behind the cell for marks, and how wide it is; none where it is not shown.
fn column_places(table: &Table, width: u16) -> Vec<(Option<u16>, u16)> {
    let is_shown = |column: &&crate::app::panels::Column| column.from <= width;
    let shown: Vec<_> = table.columns.iter().filter(is_shown).collect();
    let fixed: u16 = shown
        .iter()
        .map(|column| match column.width {
            Width::Cells(cells) => cells + 1,
            Width::Rest => 1,
        })
        .sum();
    let sharing = shown.iter().filter(|column| column.width == Width::Rest).count() as u16;
    let rest = width.saturating_sub(fixed);
    let mut x = 1;
    let mut given = 0;
    let place = |column| {
        if !is_shown(&column) || x >= width {
            return (None, 0);
        }
        let cells = match column.width {
            Width::Cells(cells) => cells,
            Width::Rest => {
                given += 1;
                rest / sharing + u16::from(given <= rest % sharing)
            }
        };
        let cells = cells.min(width - x);
        let at = x;
        x += cells + 1;
        (Some(at), cells)
    };
    table.columns.iter().map(place).collect()
}

/// Draws spans one after another in at most so many cells; if they do not fit, the last cell says so.
fn draw_spans(buffer: &mut Buffer, (mut x, y, cells): (u16, u16, u16), (spans, base): (&[Span], Style), theme: &Theme) {
    let whole: String = spans.iter().map(|span| span.text.as_str()).collect();
    let is_cut = cell_width(whole.trim_end()) > cells;
    let end = x + cells;
    let room_ends = end - u16::from(is_cut && cells > 0);
    let mut last = base;
    for span in spans {
        if x >= room_ends {
            break;
        }
        last = base.patch(tone(span.tone, theme));
        let text = if is_cut {
            clip(&span.text, room_ends - x)
        } else {
            span.text.clone()
        };
        x = put(buffer, (x, y, end - x), (&text, last), theme);
    }
    if is_cut && cells > 0 {
        put(buffer, (x, y, 1), ("…", last), theme);
    }
}

fn tone(tone: Tone, theme: &Theme) -> Style {
    let color = |[red, green, blue]: [u8; 3]| Color::Rgb(red, green, blue);
    match tone {
        Tone::Plain => Style::new(),
        Tone::Faint => theme.faint,
        Tone::Accent => theme.accent,
        Tone::Good => theme.signals.good,
        Tone::Warning => theme.signals.warning,
        Tone::Bad => theme.signals.bad,
        Tone::Cursor => Style::new().add_modifier(Modifier::REVERSED),
        Tone::Of(tint) => theme.tint(tint),
        Tone::Colors { .. } if !theme.signals.has_color => Style::new(),
        Tone::Colors { text, back } => Style {
            fg: text.map(color),
            bg: back.map(color),
            ..Style::new()
        },
    }
}

//! One pane: its terminal, its title in the frame, and what it says when its program does not run.

use ratatui::buffer::Buffer;
use ratatui::style::{Modifier, Style};

use crate::app::{CopyMode, Link, Model, Session};
use crate::domain::{CellRect, PaneId, cell_width, wrap};
use crate::panes::PaneArea;
use crate::terminal::{Match, Spot};
use crate::theme::Theme;

use super::command_lines::draw_command_lines;
use super::frame_lines::FrameLines;
use super::pane_state::{banner, state_words, title};
use super::terminal_cells::draw_cells;
use super::text::{fitting, put, titled};

/// Draws all panes that can be seen, with their frames.
pub fn draw_panes(buffer: &mut Buffer, area: CellRect, model: &Model, theme: &Theme) {
    let map = model.screen_map();
    let focused = keyboard(model);
    let mut lines = FrameLines::new(area);
    let framed = map.layout.panes.iter().filter(|pane| pane.frame != pane.content);
    framed.clone().for_each(|pane| lines.add(pane.frame));
    lines.draw(buffer, theme.frame, theme);
    if let Some(pane) = framed.clone().find(|pane| Some(pane.pane) == focused) {
        lines.draw_around(buffer, pane.frame, theme.frame_focused, theme);
    }
    for pane in framed.clone() {
        if let Some(style) = loud_frame(pane.pane, model, theme) {
            lines.draw_around(buffer, pane.frame, style, theme);
        }
    }
    for pane in framed {
        draw_title(buffer, *pane, model, theme);
    }
    for pane in &map.layout.panes {
        if let Some(session) = model.workspace.session(pane.pane) {
            draw_cells(buffer, pane.content, &session.emulator);
            draw_command_lines(buffer, pane.content, (session, model.now), theme);
            draw_highlights(buffer, pane.content, session, theme);
            if let Some(text) = banner(
                session,
                model.workspace.fleet().verdict(pane.pane),
                model.reader.keys(),
                model.now,
            ) {
                draw_banner(buffer, pane.content, (&text, banner_style(session, theme)), theme);
            }
        }
    }
}

/// Lets the cells stand out that are chosen or found in copy mode.
fn draw_highlights(buffer: &mut Buffer, area: CellRect, session: &Session, theme: &Theme) {
    let Some(copy) = &session.copy else { return };
    let selection = copy.selection();
    let emulator = &session.emulator;
    let (top, bottom) = (
        emulator.line_in_row(0),
        emulator.line_in_row(area.height.saturating_sub(1)),
    );
    let is_in_view = |one: &&Match| one.end.line >= top && one.start.line <= bottom;
    let found: Vec<&Match> = copy.matches().iter().filter(is_in_view).collect();
    let found_style = theme.signals.warning.add_modifier(Modifier::REVERSED);
    for (row, col) in (0..area.height).flat_map(|row| (0..area.width).map(move |col| (row, col))) {
        let line = emulator.line_in_row(row);
        let spot = Spot { line, col };
        let style = if selection.is_some_and(|selection| selection.contains(spot)) {
            theme.chosen
        } else if found.iter().any(|one| one.start <= spot && spot <= one.end) {
            found_style
        } else {
            continue;
        };
        if let Some(cell) = buffer.cell_mut((area.x + col, area.y + row)) {
            cell.set_style(style);
        }
    }
}

/// The pane that has the keyboard; none while a panel has it.
fn keyboard(model: &Model) -> Option<PaneId> {
    let is_in_panes = model.panels.sidebar.focused().is_none();
    model.workspace.tabs().focused().filter(|_| is_in_panes)
}

/// The title at the left of the upper border, the state at its right.
fn draw_title(buffer: &mut Buffer, pane: PaneArea, model: &Model, theme: &Theme) {
    let Some(session) = model.workspace.session(pane.pane) else {
        return;
    };
    let is_focused = keyboard(model) == Some(pane.pane);
    let line = if is_focused { theme.frame_focused } else { theme.frame };
    let frame = pane.frame;
    let room = frame.width.saturating_sub(4);
    let watched = || {
        let words = model.workspace.attention().watched_for(pane.pane)?;
        Some((words.to_owned(), theme.faint))
    };
    let view = frame_state(session, model, theme).or_else(watched);
    let (state, style) = match (typing_state(pane, session, model, theme), view) {
        (Some((typing, style)), Some((view, _))) => (format!("{typing} · {view}"), style),
        (typing, view) => typing.or(view).unwrap_or_default(),
    };
    // Whose pane it is comes before how it is: the state leaves half of a narrow frame to the title.
    let kept_free = (cell_width(&session.label.escaped()) + 3).min(room / 2);
    let state = titled(&state, room - kept_free);
    let state_cells = cell_width(&state);
    if state_cells > 0 {
        let x = frame.right() - 1 - state_cells;
        put(buffer, (x, frame.y, state_cells), (&state, line.patch(style)), theme);
    }
    let room = room.saturating_sub(state_cells).saturating_sub(2);
    if room < 3 {
        return;
    }
    let target = model.workspace.target(session.target);
    let text = title(session, target, room);
    let tint = theme.tint(target.and_then(|target| target.tint));
    // A frame may be hardly seen; what is written in it may not.
    let tint = if is_focused { tint } else { theme.faint.patch(tint) };
    let weight = if is_focused {
        Style::new().add_modifier(Modifier::BOLD)
    } else {
        Style::new()
    };
    let style = line.patch(tint).patch(weight);
    let x = put(buffer, (frame.x + 2, frame.y, 1), (" ", line), theme);
    let x = put(buffer, (x, frame.y, room), (&text, style), theme);
    put(buffer, (x, frame.y, 1), (" ", line), theme);
}

/// The frame of a pane that one must not type into without thinking: of a broadcast, or of a guarded sandbox.
fn loud_frame(pane: crate::domain::PaneId, model: &Model, theme: &Theme) -> Option<Style> {
    if model.workspace.broadcast().includes(pane) {
        return Some(theme.signals.bad.add_modifier(Modifier::REVERSED));
    }
    let target = model.workspace.target_of(pane)?;
    target.care.guard.as_ref().map(|_| theme.signals.bad)
}

/// What the frame says of who may type.
fn typing_state(pane: PaneArea, session: &Session, model: &Model, theme: &Theme) -> Option<(String, Style)> {
    if model.workspace.broadcast().includes(pane.pane) {
        let loud = theme.signals.bad.add_modifier(Modifier::REVERSED);
        return Some(("BROADCAST".to_owned(), loud));
    }
    let locked = session
        .input
        .words()
        .map(|words| (words.to_owned(), theme.signals.warning));
    // The red frame says so, too; where there are no colours the word is all there is.
    let guard = model
        .workspace
        .target(session.target)
        .and_then(|target| target.care.guard.as_ref());
    locked.or_else(|| guard.map(|_| ("guarded".to_owned(), theme.signals.bad)))
}

/// What the frame says at the right: that one looks back, or that something is not as it should be.
fn frame_state(session: &Session, model: &Model, theme: &Theme) -> Option<(String, Style)> {
    let state = link_state(session, model, theme);
    if !model.keeping.is_recording(session.id) {
        return state;
    }
    let mark = format!("{} rec", theme.glyphs.activity);
    Some(match state {
        Some((words, style)) => (format!("{mark} {} {words}", theme.glyphs.dot), style),
        None => (mark, theme.signals.bad),
    })
}

fn link_state(session: &Session, model: &Model, theme: &Theme) -> Option<(String, Style)> {
    let back = session.emulator.scroll_offset();
    if back > 0 || session.copy.is_some() {
        let all = session.emulator.scrollback_len();
        let mut words = format!("{back} of {all} lines back");
        if let Some(new) = session.emulator.new_lines() {
            words = format!("{words} · {new} new");
        }
        match session.copy.as_ref().and_then(CopyMode::match_count) {
            Some((Some(number), count)) => words = format!("{number} of {count} found · {words}"),
            Some((None, count)) => words = format!("{count} found · {words}"),
            None => {}
        }
        return Some((words, theme.accent));
    }
    let words = state_words(session, model.now)?;
    Some((words, banner_style(session, theme)))
}

fn banner_style(session: &Session, theme: &Theme) -> Style {
    match &session.link {
        Link::Ended { status, .. } if status.is_success() => theme.signals.good,
        Link::Rejoining { .. } | Link::Asleep { .. } => theme.signals.warning,
        Link::Ended { .. } | Link::Failed { .. } => theme.signals.bad,
        _ => theme.faint,
    }
}

/// Text over the last lines of a pane, wrapped; at most half of them, so that what was printed can be read.
fn draw_banner(buffer: &mut Buffer, area: CellRect, (text, style): (&str, Style), theme: &Theme) {
    let cells = area.width.saturating_sub(2).max(1);
    let lines = wrap(text, cells);
    let rows = (lines.len() as u16).min((area.height / 2).max(1)).min(area.height);
    let top = area.bottom() - rows;
    super::text::fill(
        buffer,
        CellRect::new(area.x, top, area.width, rows),
        theme.overlay.patch(style),
    );
    let indent = u16::from(area.width > 2);
    for (row, line) in fitting(&lines, usize::from(rows)).iter().enumerate() {
        let y = top + row as u16;
        put(
            buffer,
            (area.x + indent, y, cells),
            (line, theme.overlay.patch(style)),
            theme,
        );
    }
}

//! What is known of one remembered command, below the list: its whole text, where and when it ran, and the beginning of
//! its output while a pane still has it.

use crate::app::command_history::session_name;
use crate::app::session::Session;
use crate::domain::{KeptCommand, PaneId, RemoteText, wrap};
use crate::terminal::CommandBlock;

use super::history_rows::{exit, short_time};
use super::panel::Around;
use super::view::Span;

/// Below so many rows in the frame the list has them all.
const ROWS_FROM: u16 = 16;
/// Lines of the text itself, unless there is nothing else to show.
const TEXT_ROWS: usize = 4;

/// How many rows a preview takes of a frame that has so many.
pub(super) fn preview_rows(rows: u16) -> u16 {
    if rows < ROWS_FROM { 0 } else { (rows * 2 / 5).min(14) }
}

/// The lines of the preview.
pub(super) fn preview(command: &KeptCommand, (cols, rows): (u16, u16), around: &Around) -> Vec<Vec<Span>> {
    let record = &command.record;
    let place = &record.place;
    let mut lines = Vec::new();
    for part in record.text.unescaped().lines() {
        let part = RemoteText::from(part).escaped();
        lines.extend(wrap(&part, cols.max(1)).into_iter().map(|line| vec![Span::plain(line)]));
    }
    if lines.len() > TEXT_ROWS {
        let more = lines.len() - TEXT_ROWS;
        lines.truncate(TEXT_ROWS);
        lines.push(vec![Span::faint(format!("… {more} more lines"))]);
    }
    let mut facts = vec![record.started.to_string()];
    facts.extend(record.took.map(|took| format!("took {}", short_time(took))));
    facts.extend(command.is_pinned.then(|| "kept".to_owned()));
    lines.push(vec![exit(command), Span::faint(format!(" {}", facts.join(" · ")))]);
    let mut facts = vec![place.alias.escaped()];
    if place.sandbox != place.alias {
        facts.push(place.sandbox.escaped());
    }
    facts.extend(
        place
            .template
            .as_ref()
            .map(|template| format!("template {}", template.escaped())),
    );
    facts.extend(place.user.as_ref().map(RemoteText::escaped));
    if place.host != place.alias && place.host != place.sandbox {
        facts.push(place.host.escaped());
    }
    facts.extend(record.directory.as_ref().map(RemoteText::escaped));
    let facts = facts.join(" · ");
    lines.extend(
        wrap(&facts, cols.max(1))
            .into_iter()
            .map(|line| vec![Span::faint(line)]),
    );
    let room = usize::from(rows).saturating_sub(lines.len() + 1);
    if let Some(output) = output(command, room, around).filter(|_| room > 0) {
        lines.push(vec![Span::faint("output")]);
        lines.extend(
            output
                .lines()
                .take(room)
                .map(|line| vec![Span::plain(RemoteText::from(line).escaped())]),
        );
    }
    lines.truncate(usize::from(rows));
    lines
}

fn output(command: &KeptCommand, lines: usize, around: &Around) -> Option<String> {
    let (_, session, block) = block_of(command, around)?;
    let text = session.emulator.command_output_head(block, lines as u64)?;
    Some(text).filter(|text| !text.trim().is_empty())
}

/// Where a command stands, if it is still there.
pub(super) fn block_of<'a>(
    command: &KeptCommand,
    around: &Around<'a>,
) -> Option<(PaneId, &'a Session, &'a CommandBlock)> {
    let is_its = |name: Option<String>| name.as_ref() == Some(&command.record.session);
    let mut sessions = around.workspace.sessions();
    let (pane, session) = sessions.find(|(_, session)| is_its(session_name(session)))?;
    let number = command.record.key.number & 0xffff_ffff;
    let block = session.emulator.commands().find(|block| block.number == number)?;
    let is_kept = block
        .lines
        .is_some_and(|lines| lines.prompt >= session.emulator.oldest_line());
    is_kept.then_some((pane, session, block))
}

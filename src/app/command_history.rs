//! What is remembered of a pane's commands: events of its shell in, records for the store out. Knows no store.

use std::time::Duration;

use crate::domain::{CommandEnd, CommandKey, CommandRecord, Moment, PaneId, RemoteText, Target, Timestamp};
use crate::terminal::{CommandBlock, CommandEvent, Outcome};

use super::fleet::Fleet;
use super::session::Session;
use super::{Effect, Effects, HistoryOrder};

/// A command that took so long is worth a word when it ends out of sight.
const LONG_COMMAND: Duration = Duration::from_secs(10);

/// Takes over what the platform has said meanwhile of the template that the session's sandbox was made of.
pub(super) fn learn_template((fleet, targets): (&Fleet, &[Target]), session: &mut Session, effects: &mut Effects) {
    if session.launch.place.template.is_some() {
        return;
    }
    let target = targets.iter().find(|target| target.id == session.target);
    let known = target
        .and_then(|target| target.sandbox.as_ref())
        .and_then(|id| fleet.get(id));
    let Some(sandbox) = known.map(|known| &known.sandbox) else {
        return;
    };
    let template = sandbox.alias.clone().filter(|alias| !alias.is_empty());
    let template = template.unwrap_or_else(|| sandbox.template.clone());
    effects.push(Effect::History(HistoryOrder::Template {
        sandbox: session.launch.place.sandbox.clone(),
        template: template.clone(),
    }));
    session.launch.place.template = Some(template);
}

/// Passes on what a shell has done since the last look.
pub(super) fn remember(
    (pane, session): (PaneId, &Session),
    events: Vec<CommandEvent>,
    now: Moment,
    effects: &mut Effects,
) {
    for event in events {
        let order = match event {
            CommandEvent::Started(block) => record(session, pane, &block, now).map(HistoryOrder::Begin),
            CommandEvent::Ended(block) => end(session, &block).map(HistoryOrder::End),
            CommandEvent::Ready { .. } | CommandEvent::Directory(_) => None,
        };
        if let Some(order) = order {
            effects.push(Effect::History(order));
        }
    }
}

/// The command that took long, if one of these ended and did.
pub(super) fn long_command(events: &[CommandEvent]) -> Option<(RemoteText, Outcome)> {
    events.iter().rev().find_map(|event| {
        let CommandEvent::Ended(block) = event else { return None };
        let outcome = block.outcome.filter(|outcome| outcome.took >= LONG_COMMAND)?;
        let unknown = || RemoteText::from("a command");
        Some((block.text.clone().unwrap_or_else(unknown), outcome))
    })
}

fn key(session: &Session, block: &CommandBlock) -> Option<CommandKey> {
    let (run, origin) = session.launch.remembered_as()?;
    // No session has four thousand million commands, and no run as many sessions.
    let number = (origin.0 << 32) | (block.number & 0xffff_ffff);
    Some(CommandKey { run, number })
}

fn record(session: &Session, pane: PaneId, block: &CommandBlock, now: Moment) -> Option<CommandRecord> {
    let key = key(session, block)?;
    let ago = now.since_start.saturating_sub(block.began);
    let began = now.wall.checked_sub(ago).unwrap_or(now.wall);
    Some(CommandRecord {
        key,
        // What is cut short could not be run again as it was.
        text: block.text.clone().filter(|_| !block.is_truncated)?,
        place: session.launch.place.clone(),
        directory: block.directory.clone(),
        session: session_name(session)?,
        pane: pane.0,
        started: Timestamp::from(began),
        status: None,
        took: None,
    })
}

fn end(session: &Session, block: &CommandBlock) -> Option<CommandEnd> {
    // One that is not remembered has no row that could be told how it ended.
    let outcome = block.outcome?;
    Some(CommandEnd {
        key: key(session, block)?,
        status: outcome.status,
        took: outcome.took,
    })
}

/// What tells the commands of one shell from those of all others, ever.
pub(super) fn session_name(session: &Session) -> Option<String> {
    let (run, origin) = session.launch.remembered_as()?;
    Some(format!("{run:016x}-{}", origin.0))
}

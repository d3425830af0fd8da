//! What needs attention, for panes and sandboxes as the workspace has them: names, ways there, what news mean for it.

use std::collections::BTreeSet;

use crate::domain::{Moment, PaneId, TargetId, shorten};

use crate::app::action::ProgramState;
use crate::app::attention::{Attention, Concern, Source};
use crate::app::command_history::long_command;
use crate::app::link::Link;
use crate::app::notices::{Notice, Severity};
use crate::app::session::Session;
use crate::app::session_news::Receipt;

use super::Workspace;

/// The most cells of what a program says that are told.
const NOTICE_CELLS: u16 = 200;

impl Workspace {
    /// How many sandboxes have a pane in some tab.
    pub fn targets_in_tabs(&self) -> usize {
        let targets: BTreeSet<TargetId> = self.sessions.values().map(|session| session.target).collect();
        targets.len()
    }

    /// What the user had better look at.
    pub fn attention(&self) -> &Attention {
        &self.attention
    }

    /// What the user had better look at, to raise something or to take it back.
    pub fn attention_mut(&mut self) -> &mut Attention {
        &mut self.attention
    }

    /// What people call a pane or a sandbox.
    pub fn name_of(&self, source: Source) -> String {
        match source {
            Source::Pane(pane) => match self.session(pane) {
                Some(session) => format!("{} · {}", session.label, session.title()),
                None => "a closed pane".to_owned(),
            },
            Source::Target(target) => match self.target(target) {
                Some(target) => target.label.escaped(),
                None => "a closed sandbox".to_owned(),
            },
        }
    }

    /// Goes to the oldest matter that needs attention. What it is, in words; none if nothing waits.
    pub fn go_to_attention(&mut self) -> Option<String> {
        let matter = self.attention.first()?.clone();
        let words = format!("{} {}", self.name_of(matter.source), matter.concern.words());
        let pane = match matter.source {
            Source::Pane(pane) => Some(pane),
            Source::Target(target) => {
                let known = self.sessions.iter().find(|(_, session)| session.target == target);
                known.map(|(pane, _)| *pane)
            }
        };
        self.attention.see(matter.source);
        if let Some(pane) = pane {
            self.go_to_pane(pane);
        }
        Some(words)
    }

    /// Shows the tab of this pane and gives it the keyboard.
    pub fn go_to_pane(&mut self, pane: PaneId) {
        if let Some(tab) = self.tabs.with_pane(pane) {
            tab.focus(pane);
            let id = tab.id;
            self.tabs.show(id);
        }
    }
}

/// What news mean for the queue of what is to be looked at. A notice of the program's is told only where it is news.
pub(super) fn note_receipt(
    (attention, session): (&mut Attention, &Session),
    (pane, before): (PaneId, ProgramState),
    now: Moment,
    receipt: &mut Receipt,
) {
    let source = Source::Pane(pane);
    if receipt.has_output {
        attention.hear_output(pane, now);
    }
    if receipt.has_rung {
        attention.raise(source, Concern::Bell, now);
    }
    for said in std::mem::take(&mut receipt.said) {
        if attention.raise(source, Concern::Notification(said.clone()), now) {
            let text = format!("{}: {}", session.label, shorten(&said.escaped(), NOTICE_CELLS));
            receipt.notices.push(Notice::new(Severity::Info, text));
        }
    }
    if let Some((command, outcome)) = long_command(&receipt.commands) {
        let concern = Concern::LongCommand {
            command,
            code: outcome.status,
            took: outcome.took,
        };
        attention.raise(source, concern, now);
    }
    let after = session.link.program_state();
    if after == before {
        return;
    }
    attention.settle(source, |concern| *concern == Concern::LinkTrouble);
    match &session.link {
        Link::Rejoining { .. } => attention.raise(source, Concern::LinkTrouble, now),
        Link::Ended { status, .. } => attention.raise(source, Concern::Ended(status.shell_code()), now),
        Link::Failed { .. } => attention.raise(source, Concern::Failed, now),
        Link::Preparing { .. } | Link::Opening | Link::Live | Link::Asleep { .. } => false,
    };
}

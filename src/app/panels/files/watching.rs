//! What is known of changes: a watch if the sandbox allows one, else none, and how long to do without. Also which folder to
//! begin at: the shell's, unless the user chose another. Knows no entry.

use std::time::Duration;

use crate::app::effect::{Effect, Question};
use crate::app::panels::files::questions::FilesQuestion;
use crate::app::panels::outcome::Outcome;
use crate::app::panels::panel::Around;
use crate::app::refresh::Refresh;
use crate::app::session::Directory;
use crate::domain::{Moment, RemoteText, TargetId, Ticket};

/// Where no watch is possible, it is tried again after this time.
const TRY_AGAIN: Duration = Duration::from_secs(60);
/// A shell that does not tell its folder is asked about as often.
const ASK_FOLDER: Duration = Duration::from_secs(3);

/// The watch on the folder that is shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    of: Option<(Ticket, TargetId, String)>,
    is_live: bool,
    not_before: Option<Duration>,
}

impl Watch {
    /// Watches this folder, and nothing else.
    pub(super) fn follow(&mut self, target: TargetId, root: &str, now: Moment, outcome: &mut Outcome) {
        let is_same = |of: &(Ticket, TargetId, String)| of.1 == target && of.2 == root;
        if !is_watchable(root) {
            return self.stop(outcome);
        }
        if self.of.as_ref().is_some_and(is_same) || self.not_before.is_some_and(|at| at > now.since_start) {
            return;
        }
        self.stop(outcome);
        let question = Question::Files(FilesQuestion::Watch(root.to_owned()));
        let ticket = outcome.ask(target, question);
        self.of = Some((ticket, target, root.to_owned()));
    }

    /// Watches nothing.
    pub(super) fn stop(&mut self, outcome: &mut Outcome) {
        if let Some((ticket, ..)) = self.of.take() {
            outcome.effects.push(Effect::Forget(ticket));
        }
        self.is_live = false;
        self.not_before = None;
    }

    pub(super) fn is_mine(&self, ticket: Ticket) -> bool {
        self.of.as_ref().is_some_and(|(asked, ..)| *asked == ticket)
    }

    /// The sandbox tells of changes.
    pub(super) fn is_live(&self) -> bool {
        self.is_live
    }

    /// Changes are told, or cannot be.
    pub(super) fn heard(&mut self, is_good: bool, now: Moment) {
        self.is_live = is_good;
        if !is_good {
            self.of = None;
            self.not_before = Some(now.since_start + TRY_AGAIN);
        }
    }

    pub(super) fn watched(&self) -> Option<(TargetId, &str)> {
        self.of.as_ref().map(|(_, target, root)| (*target, root.as_str()))
    }
}

/// Watching means a mark on every folder below, of which a system has a limited number: not the whole of it, and not what
/// the kernel makes up.
fn is_watchable(root: &str) -> bool {
    let mut parts = root.split('/').filter(|part| !part.is_empty());
    let first = parts.next();
    let is_top = first.is_none() || (parts.next().is_none() && first != Some("root"));
    !is_top && !matches!(first, Some("proc" | "sys" | "dev" | "usr" | "nix"))
}

/// The folder of the shell that is followed.
#[derive(Clone, Debug)]
pub(super) struct Following {
    pub(super) is_on: bool,
    asked: Refresh<RemoteText>,
    session: Option<crate::domain::SessionId>,
}

impl Default for Following {
    fn default() -> Self {
        Self {
            is_on: true,
            asked: Refresh::default(),
            session: None,
        }
    }
}

impl Following {
    /// The shell's folder as far as it is known; asks where the shell does not tell.
    pub(super) fn folder(&mut self, around: &Around, outcome: &mut Outcome) -> Option<RemoteText> {
        let session = around.workspace.session(around.pane?)?;
        if self.session != Some(session.id) {
            self.session = Some(session.id);
            self.asked = Refresh::default();
        }
        if let Some(Directory::Said(folder)) = &session.directory {
            return Some(folder.clone());
        }
        if let Some(pid) = session.pid
            && self.asked.is_due(ASK_FOLDER, around.now)
        {
            let ticket = outcome.ask(session.target, Question::WorkingDirectory(pid));
            self.asked.ask(ticket, around.now);
        }
        let began = session.directory.as_ref().map(|folder| folder.path().clone());
        let failed = self.asked.failure().map(|_| RemoteText::from("/"));
        let known = self.asked.value().cloned().or(began).or(failed);
        known.filter(|folder| folder.unescaped().starts_with('/'))
    }

    pub(super) fn next_due(&self) -> Option<Duration> {
        self.session.and(self.asked.next_due(ASK_FOLDER))
    }

    /// Takes in where a shell is. False if nobody asked.
    pub(super) fn answer(
        &mut self,
        ticket: Ticket,
        result: Result<RemoteText, crate::domain::Failure>,
        now: Moment,
    ) -> bool {
        self.asked.answer(ticket, result, now)
    }

    pub(super) fn waits_for(&self, ticket: Ticket) -> bool {
        self.asked.waits_for(ticket)
    }
}

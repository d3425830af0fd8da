//! How panes and tabs go, what outlives them, and how what has ended begins again.

use crate::domain::{ExitStatus, Moment, PaneId, SessionId, SessionOrder, TabId};

use crate::app::attention::Source;
use crate::app::caution::Access;
use crate::app::link::Link;
use crate::app::session::Session;
use crate::app::{Effect, Effects};

use super::Workspace;

impl Workspace {
    /// Whether the pane goes with its program: the user worked in it, and it ended well. An end with another code
    /// stays to be read, unless it is the last one of the workbench: then leaving it is leaving e2b-tui.
    pub fn closes_with(&self, pane: PaneId, status: &ExitStatus) -> bool {
        let was_used = self.session(pane).is_some_and(|session| session.input.was_used);
        was_used && (status.is_success() || (status.exited && self.sessions.len() == 1))
    }

    /// The programs that run on in their sandboxes if e2b-tui ends now, a line each, ready to be shown.
    pub fn left_running(&self) -> Vec<String> {
        let outlives_us = |session: &&Session| {
            let is_embedded = self.target(session.target).is_some_and(|target| target.is_embedded);
            session.link.has_program() && !is_embedded
        };
        let in_words = |session: &Session| {
            let pid = session.pid.map(|pid| format!(" (process {pid})")).unwrap_or_default();
            format!("{} runs on in {}{pid}", session.launch.name, session.label)
        };
        self.sessions.values().filter(outlives_us).map(in_words).collect()
    }

    /// Closes a pane, and its tab with the last one. A program that runs is ended. With the last pane of all e2b-tui
    /// ends, with the exit code of what was in it.
    pub fn close_pane(&mut self, pane: PaneId, effects: &mut Effects) {
        let Some(session) = self.sessions.remove(&pane) else {
            return;
        };
        self.attention.forget(pane);
        self.typing.broadcast.forget(pane);
        // What is only looked at is not ended either.
        let is_read_only = session.input.access == Access::ReadOnly;
        let order = if session.link.is_over() || is_read_only {
            SessionOrder::Detach
        } else {
            SessionOrder::Kill
        };
        if !matches!(session.link, Link::Preparing { .. }) {
            session.order(order, effects);
        }
        let tab = self.tabs.with_pane(pane).map(|tab| (tab.id, tab.close(pane)));
        if let Some((id, false)) = tab {
            self.tabs.remove(id);
        }
        if self.sessions.is_empty() {
            effects.push(Effect::Quit(session.link.exit_code()));
        }
    }

    /// Forgets a pane whose place another one has taken. Its program is over, or asleep with its sandbox.
    pub fn forget_pane(&mut self, pane: PaneId) {
        self.sessions.remove(&pane);
        self.attention.forget(pane);
        self.typing.broadcast.forget(pane);
    }

    /// Closes a tab with all its panes.
    pub fn close_tab(&mut self, id: TabId, effects: &mut Effects) {
        let tab = self.tabs.list().iter().find(|tab| tab.id == id);
        for pane in tab.map(|tab| tab.panes.panes()).unwrap_or_default() {
            self.close_pane(pane, effects);
        }
    }

    /// Leaves every program running where it is.
    pub fn detach_all(&self, effects: &mut Effects) {
        for session in self.sessions.values() {
            session.order(SessionOrder::Detach, effects);
        }
    }

    /// Tries a lost link again at once, or starts what has ended again. False if the program runs.
    pub fn reconnect(&mut self, pane: PaneId, now: Moment, effects: &mut Effects) -> bool {
        let fresh = SessionId(u64::from(self.fresh()));
        let Some(session) = self.sessions.get_mut(&pane) else {
            return false;
        };
        match &session.link {
            Link::Rejoining { .. } => session.order(SessionOrder::RetryNow, effects),
            Link::Ended { .. } | Link::Failed { .. } => {
                session.restart(fresh, now, effects);
                self.attention.see(Source::Pane(pane));
            }
            _ => return false,
        }
        true
    }
}

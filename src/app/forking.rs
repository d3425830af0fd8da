//! Showing the copy of a sandbox beside its original, in the same layout: a fork has the same programs under the same
//! numbers, so its panes join them.

use crate::domain::{CellRect, Moment, PaneId, ProgramSpec, SessionEntry, TabId, TargetId};
use crate::panes::{Axis, PaneTree};

use super::Effects;
use super::link::Link;
use super::session::Session;
use super::tabs::Tab;
use super::workspace::Workspace;

impl Workspace {
    /// Shows `copy` in the layout that `original` has in the tab that is shown: beside it, or in a tab of its own where
    /// there is no room. False if the original has no pane there.
    pub(super) fn show_copy(&mut self, original: TargetId, copy: TargetId, joins: bool, body: CellRect) -> bool {
        let Some(tree) = self.tabs().current().map(|tab| tab.panes.clone()) else {
            return false;
        };
        let mut names: Vec<(PaneId, PaneId)> = Vec::new();
        for pane in tree.panes() {
            let Some(from) = self.session(pane).filter(|session| session.target == original) else {
                continue;
            };
            let pid = from.pid.filter(|_| joins && from.link.has_program());
            let (program, directory) = (self.unusual_program(from), from.directory.clone());
            let Some(new) = self.add_session(copy, program) else {
                continue;
            };
            let mut is_copy = false;
            if let Some(session) = self.session_mut(new) {
                session.pid = pid;
                is_copy = pid.is_some();
                if let Some(directory) = directory {
                    session.begin_in(directory.path().clone());
                }
            }
            if is_copy {
                self.openings_mut().copies.insert(new);
            }
            names.push((pane, new));
        }
        let name = |pane: PaneId| names.iter().find(|(from, _)| *from == pane).map(|(_, new)| *new);
        let Some(mirrored) = tree.renamed(name) else {
            return false;
        };
        self.place_copy(tree, mirrored, body);
        true
    }

    /// Puts `other` into the places of those panes of `original` whose programs are over or asleep, in the directories
    /// that they were in. False if there are none.
    pub(super) fn take_place(&mut self, original: TargetId, other: TargetId) -> bool {
        let is_dead = |session: &Session| session.link.is_over() || matches!(session.link, Link::Asleep { .. });
        let dead = self
            .sessions()
            .filter(|(_, session)| session.target == original && is_dead(session));
        let dead: Vec<PaneId> = dead.map(|(pane, _)| pane).collect();
        let mut shown = None;
        for pane in dead {
            let Some(from) = self.session(pane) else { continue };
            let (program, directory) = (self.unusual_program(from), from.directory.clone());
            let Some(new) = self.add_session(other, program) else {
                continue;
            };
            if let (Some(session), Some(directory)) = (self.session_mut(new), directory) {
                session.begin_in(directory.path().clone());
            }
            let Some(tab) = self.tabs_mut().with_pane(pane) else {
                continue;
            };
            let had_keyboard = tab.focused() == pane;
            let renamed = tab.panes.renamed(|one| Some(if one == pane { new } else { one }));
            if let Some(tree) = renamed {
                tab.panes = tree;
            }
            if had_keyboard {
                tab.focus(new);
            }
            shown = shown.or(Some(new));
            self.forget_pane(pane);
        }
        if let Some(pane) = shown {
            self.show_pane(pane);
        }
        shown.is_some()
    }

    /// What runs in a pane, where it is not what its sandbox usually runs.
    fn unusual_program(&self, session: &Session) -> Option<ProgramSpec> {
        let usual = &self.target(session.target)?.program;
        let program = &session.launch.program;
        let is_usual = (&program.command, &program.args) == (&usual.command, &usual.args);
        (!is_usual).then(|| program.clone())
    }

    fn place_copy(&mut self, tree: PaneTree, mirrored: PaneTree, body: CellRect) {
        let Some(first) = mirrored.panes().first().copied() else {
            return;
        };
        let both = tree.beside(Axis::Across, mirrored.clone());
        if both.fits(body) {
            if let Some(tab) = self.tabs_mut().current_mut() {
                tab.panes = both;
                tab.focus(first);
            }
        } else {
            let mut tab = Tab::new(TabId(self.fresh()), first);
            tab.panes = mirrored;
            self.tabs_mut().insert(tab);
        }
    }

    /// Joins the programs of copies whose panes have their places.
    pub(super) fn join_copies(&mut self, effects: &mut Effects) {
        let copies: Vec<PaneId> = self.openings().copies.iter().copied().collect();
        for pane in copies {
            let Some(session) = self.session_mut(pane) else {
                self.openings_mut().copies.remove(&pane);
                continue;
            };
            if let (Some(pid), Link::Preparing { .. }) = (session.pid, &session.link) {
                session.begin(SessionEntry::Join(pid), effects);
            }
        }
    }

    /// A program that should have come along in a copy and is not there is begun anew.
    pub(super) fn follow_copy(&mut self, pane: PaneId, now: Moment, effects: &mut Effects) {
        let Some(session) = self.session(pane).filter(|_| self.openings().copies.contains(&pane)) else {
            return;
        };
        let (has_failed, is_opening) = (session.link.is_over(), session.link == Link::Opening);
        if !is_opening {
            self.openings_mut().copies.remove(&pane);
        }
        if has_failed {
            self.reconnect(pane, now, effects);
        }
    }
}

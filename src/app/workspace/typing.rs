//! Who gets what is typed: the pane with the keyboard, or all that a broadcast names; and whose care is to be taken.

use std::collections::BTreeMap;

use crate::domain::{CellRect, Moment, PaneId, TabId, Target};
use crate::panes::Axis;

use crate::app::broadcast::Broadcast;
use crate::app::notices::{Notice, Severity};
use crate::app::tabs::Tab;

use super::Workspace;

impl Workspace {
    /// The broadcast.
    pub fn broadcast(&self) -> &Broadcast {
        &self.broadcast
    }

    /// The broadcast, to begin or to end it.
    pub fn broadcast_mut(&mut self) -> &mut Broadcast {
        &mut self.broadcast
    }

    /// The sandboxes that a broadcast goes to, with how many panes of each.
    pub fn broadcast_words(&self) -> String {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for target in self.broadcast.panes().iter().filter_map(|pane| self.target_of(*pane)) {
            *counts.entry(target.label.escaped()).or_default() += 1;
        }
        let words = counts.into_iter().map(|(label, count)| match count {
            1 => label,
            count => format!("{label} ×{count}"),
        });
        format!("to {}", words.collect::<Vec<_>>().join(", "))
    }

    /// The panes that get what is typed into this one.
    pub fn recipients(&self, pane: PaneId) -> Vec<PaneId> {
        if self.broadcast.includes(pane) {
            self.broadcast.panes().iter().copied().collect()
        } else {
            vec![pane]
        }
    }

    /// Ends a broadcast that nobody used for long, and says so.
    pub fn tick_broadcast(&mut self, now: Moment) -> Option<Notice> {
        let text = "the broadcast was not used for a while: typing goes to one pane again";
        self.broadcast.tick(now).then(|| Notice::new(Severity::Info, text))
    }

    /// The sandbox of a pane.
    pub fn target_of(&self, pane: PaneId) -> Option<&Target> {
        self.target(self.session(pane)?.target)
    }

    /// The first guarded sandbox that has a pane in the tab, or any if none is guarded.
    pub fn guarded_in(&self, tab: &Tab) -> Option<&Target> {
        let targets: Vec<&Target> = tab
            .panes
            .panes()
            .into_iter()
            .filter_map(|pane| self.target_of(pane))
            .collect();
        let guarded = targets.iter().find(|target| target.care.guard.is_some());
        guarded.or(targets.first()).copied()
    }

    /// Moves a pane into another tab, at the right of the pane that has the keyboard there, or below it where there is
    /// more room. False if there is none.
    pub fn join(&mut self, pane: PaneId, to: TabId, body: CellRect) -> bool {
        let Some(tab) = self.tabs.list().iter().find(|tab| tab.id == to) else {
            return false;
        };
        let sides = if body.width >= body.height * 2 {
            [Axis::Across, Axis::Down]
        } else {
            [Axis::Down, Axis::Across]
        };
        let Some(axis) = sides.into_iter().find(|axis| tab.can_split(*axis, body)) else {
            return false;
        };
        let left = self.tabs.with_pane(pane).map(|tab| (tab.id, tab.close(pane)));
        if let Some((id, false)) = left {
            self.tabs.remove(id);
        }
        if let Some(tab) = self.tabs.with_id(to) {
            tab.split(axis, pane);
        }
        self.tabs.show(to);
        true
    }
}

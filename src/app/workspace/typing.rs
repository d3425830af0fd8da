//! Who gets what is typed: the pane with the keyboard, or all that a broadcast names; and whose care is to be taken.

use std::collections::BTreeMap;

use crate::domain::{CellRect, GuardRule, Moment, PaneId, RemoteText, SandboxId, TabId, Target};
use crate::panes::Axis;

use crate::app::broadcast::Broadcast;
use crate::app::fleet::Known;
use crate::app::notices::{Notice, Severity};
use crate::app::tabs::Tab;

use super::Workspace;

/// What decides who gets what is typed, and what is guarded.
#[derive(Debug, Default)]
pub(super) struct Typing {
    pub(super) broadcast: Broadcast,
    guards: Vec<GuardRule>,
}

impl Workspace {
    /// The broadcast.
    pub fn broadcast(&self) -> &Broadcast {
        &self.typing.broadcast
    }

    /// The broadcast, to begin or to end it.
    pub fn broadcast_mut(&mut self) -> &mut Broadcast {
        &mut self.typing.broadcast
    }

    /// The sandboxes that a broadcast goes to, with how many panes of each.
    pub fn broadcast_words(&self) -> String {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for target in self
            .typing
            .broadcast
            .panes()
            .iter()
            .filter_map(|pane| self.target_of(*pane))
        {
            *counts.entry(target.label.escaped()).or_default() += 1;
        }
        let words = counts.into_iter().map(|(label, count)| match count {
            1 => label,
            count => format!("{label} ×{count}"),
        });
        format!("to {}", words.collect::<Vec<_>>().join(", "))
    }

    /// Says which sandboxes are guarded.
    pub fn set_guards(&mut self, rules: Vec<GuardRule>) {
        self.typing.guards = rules;
    }

    /// Other rules are in force from now on, also for what is open.
    pub fn renew_guards(&mut self, rules: Vec<GuardRule>) {
        for target in &mut self.targets {
            let known = target.sandbox.as_ref().and_then(|id| self.fleet.get(id));
            let metadata = known.map_or(&target.care.metadata, |known| &known.sandbox.metadata);
            target.care.guard = GuardRule::first_of(&rules, target.label.unescaped(), metadata);
        }
        self.typing.guards = rules;
    }

    /// The first of these sandboxes of the platform that is guarded: what is to be typed, and the rule in words.
    pub fn guard_of(&self, ids: &[SandboxId]) -> Option<(String, String)> {
        ids.iter().find_map(|id| {
            let open = self.targets.iter().find(|target| target.sandbox.as_ref() == Some(id));
            let name = open.map_or_else(|| id.to_string(), |target| target.label.escaped());
            let metadata = self.fleet().get(id).map(|known| known.sandbox.metadata.clone());
            let rule = open.and_then(|target| target.care.guard.clone());
            let rule = rule.or_else(|| GuardRule::first_of(&self.typing.guards, &name, &metadata.unwrap_or_default()));
            Some((name, rule?))
        })
    }

    /// What a sandbox of the platform is called here: as it was opened, else its ID.
    pub fn sandbox_name(&self, id: &SandboxId) -> String {
        let target = self.targets.iter().find(|target| target.sandbox.as_ref() == Some(id));
        let label = target
            .map(|target| &target.label)
            .filter(|label| label.unescaped() != id.as_str());
        // What is not named otherwise is known by the name that is written on it.
        let written = self.fleet().get(id).and_then(Known::written_name);
        let name = label.or(written);
        name.map_or_else(|| RemoteText::from(id.as_str()).escaped(), RemoteText::escaped)
    }

    /// The panes that get what is typed into this one.
    pub fn recipients(&self, pane: PaneId) -> Vec<PaneId> {
        if self.typing.broadcast.includes(pane) {
            self.typing.broadcast.panes().iter().copied().collect()
        } else {
            vec![pane]
        }
    }

    /// Ends a broadcast that nobody used for long, and says so.
    pub fn tick_broadcast(&mut self, now: Moment) -> Option<Notice> {
        let text = "the broadcast was not used for a while: typing goes to one pane again";
        self.typing
            .broadcast
            .tick(now)
            .then(|| Notice::new(Severity::Info, text))
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

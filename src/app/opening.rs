//! Opening sandboxes after the start: what was asked for, and where it is to be shown when it comes. Knows no platform.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{CellRect, Failure, PaneId, TabId, Target, TargetId, Ticket};
use crate::panes::{Arrangement, Axis};

use super::notices::Notice;
use super::tabs::Tab;
use super::workspace::Workspace;
use super::{Effect, Effects};

/// Where a sandbox that is being opened is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenPlace {
    /// In a tab of its own; several that one query found share it, tiled.
    Tab,
    /// Beside this pane, at its right or below. In a tab of its own if there is no room, or the pane has gone.
    Beside(PaneId, Axis),
    /// Beside this sandbox in the tab that is shown, in the same layout; whether its programs came along under the same
    /// numbers, as they do in a fork.
    Like(TargetId, bool),
    /// In the places of this sandbox's panes that are over or asleep, wherever they are.
    Instead(TargetId),
}

/// What was asked to be opened and has not come yet.
#[derive(Debug, Default)]
pub struct Openings {
    waiting: BTreeMap<Ticket, (String, OpenPlace)>,
    /// Panes of copies whose programs are still to be joined.
    pub(super) copies: BTreeSet<PaneId>,
}

impl Openings {
    /// What is being opened, as it was named.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        self.waiting.values().map(|(address, _)| address.as_str())
    }

    /// The questions that are not answered yet.
    pub fn tickets(&self) -> impl Iterator<Item = Ticket> {
        self.waiting.keys().copied()
    }

    /// What was asked for under this ticket.
    pub fn address(&self, ticket: Ticket) -> Option<&str> {
        self.waiting.get(&ticket).map(|(address, _)| address.as_str())
    }

    /// Waits no longer for what was asked under this ticket. Gives what it was.
    pub(super) fn give_up(&mut self, ticket: Ticket) -> Option<String> {
        self.take(ticket).map(|(address, _)| address)
    }

    /// Whether nothing is being opened.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn add(&mut self, ticket: Ticket, address: &str, place: OpenPlace) {
        self.waiting.insert(ticket, (address.to_owned(), place));
    }

    fn take(&mut self, ticket: Ticket) -> Option<(String, OpenPlace)> {
        self.waiting.remove(&ticket)
    }
}

impl Workspace {
    /// What is being opened.
    pub fn openings(&self) -> &Openings {
        &self.openings
    }

    /// What is being opened, to add to it.
    pub(super) fn openings_mut(&mut self) -> &mut Openings {
        &mut self.openings
    }

    /// The sandboxes that are open under this address.
    pub(super) fn targets_of(&self, address: &str) -> Vec<TargetId> {
        let named = self.targets().iter().filter(|target| target.address == address);
        named.map(|target| target.id).collect()
    }

    /// Opens a shell in what a TARGET names, at that place. What is open already is not looked up again.
    pub fn open_address(&mut self, address: &str, place: OpenPlace, body: CellRect, effects: &mut Effects) {
        let known: Vec<TargetId> = self.targets_of(address);
        if !known.is_empty() {
            return self.show_targets(&known, place, body);
        }
        let ticket = self.fresh_ticket();
        self.openings_mut().add(ticket, address, place);
        effects.push(Effect::OpenTarget(ticket, address.to_owned()));
    }

    /// Takes in what was opened; `None` if nobody asked under this ticket. A failure becomes a notice.
    pub fn take_opened(
        &mut self,
        ticket: Ticket,
        opened: Result<Vec<Target>, Failure>,
        body: CellRect,
    ) -> Option<Result<(), Notice>> {
        let (_, place) = self.openings_mut().take(ticket)?;
        Some(match opened {
            Ok(targets) => {
                let ids: Vec<TargetId> = targets.iter().map(|target| target.id).collect();
                self.add_targets(targets);
                self.show_targets(&ids, place, body);
                Ok(())
            }
            Err(failure) => Err(Notice::from_failure(&failure)),
        })
    }

    /// Opens a shell in each of these and shows them together.
    fn show_targets(&mut self, targets: &[TargetId], place: OpenPlace, body: CellRect) {
        if let (OpenPlace::Like(original, joins), [copy]) = (place, targets)
            && self.show_copy(original, *copy, joins, body)
        {
            return;
        }
        if let (OpenPlace::Instead(original), [copy]) = (place, targets)
            && self.take_place(original, *copy)
        {
            return;
        }
        if let OpenPlace::Beside(pane, axis) = place
            && self.show_beside(pane, axis, targets, body)
        {
            return;
        }
        let panes: Vec<PaneId> = targets
            .iter()
            .filter_map(|target| self.add_session(*target, None))
            .collect();
        for tab in self.tiled_tabs(&panes, body) {
            self.tabs_mut().insert(tab);
        }
    }

    fn show_beside(&mut self, pane: PaneId, axis: Axis, targets: &[TargetId], body: CellRect) -> bool {
        let Some(id) = self.tabs_mut().with_pane(pane).map(|tab| tab.id) else {
            return false;
        };
        self.tabs_mut().show(id);
        for (at, target) in targets.iter().enumerate() {
            let tabs = self.tabs_mut();
            let Some(tab) = tabs.current_mut() else { return false };
            if at == 0 {
                tab.focus(pane);
            }
            if !tab.can_split(axis, body) {
                // The others still get a place.
                self.show_targets(&targets[at..], OpenPlace::Tab, body);
                return true;
            }
            if let Some(new) = self.add_session(*target, None)
                && let Some(tab) = self.tabs_mut().current_mut()
            {
                tab.split(axis, new);
            }
        }
        true
    }

    /// Puts panes into one tab, tiled, and what has no room there into further ones.
    pub(super) fn tiled_tabs(&mut self, panes: &[PaneId], body: CellRect) -> Vec<Tab> {
        let mut tabs: Vec<Tab> = Vec::new();
        for pane in panes {
            if let Some(tab) = tabs.last_mut() {
                let mut tried = tab.clone();
                tried.split(Axis::Across, *pane);
                tried.panes.arrange(Arrangement::Tiled);
                if tried.panes.tiles(body).iter().all(|(_, tile)| is_readable(*tile)) {
                    *tab = tried;
                    continue;
                }
            }
            let id = TabId(self.fresh());
            tabs.push(Tab::new(id, *pane));
        }
        for tab in &mut tabs {
            if let Some(first) = tab.panes.panes().first() {
                tab.focus(*first);
            }
        }
        tabs
    }
}

/// Whether a tile is large enough to follow what goes on in it.
fn is_readable(tile: CellRect) -> bool {
    tile.width >= 20 && tile.height >= 5
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FailureKind, ProgramSpec};
    use crate::terminal::Limits;

    const BODY: CellRect = CellRect {
        x: 0,
        y: 1,
        width: 120,
        height: 38,
    };

    fn target(id: u32, address: &str) -> Target {
        Target {
            address: address.to_owned(),
            ..Target::new(
                TargetId(id),
                format!("box{id}"),
                ProgramSpec::new("sh", [] as [&str; 0]),
            )
        }
    }

    fn workspace(targets: Vec<Target>) -> Workspace {
        let mut workspace = Workspace::new(targets, Limits::default(), None);
        workspace.open_all(BODY);
        workspace
    }

    /// How many panes each tab has.
    fn shape(workspace: &Workspace) -> Vec<usize> {
        workspace.tabs().list().iter().map(|tab| tab.panes.len()).collect()
    }

    fn ticket(effects: &mut Effects) -> Ticket {
        match effects.take().as_slice() {
            [Effect::OpenTarget(ticket, _)] => *ticket,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_one_query_found_shares_a_tab() {
        let found = (0..3).map(|id| target(id, "role=api"));
        let workspace = workspace([target(9, "one")].into_iter().chain(found).collect());
        assert_eq!(shape(&workspace), [1, 3]);
        let many = (0..40).map(|id| target(id, "role=api")).collect();
        let shapes = shape(&self::workspace(many));
        assert_eq!(shapes.iter().sum::<usize>(), 40);
        assert!(shapes.len() > 1, "{shapes:?}");
    }

    #[test]
    fn what_comes_later_is_shown_where_it_was_asked_for() {
        let mut workspace = workspace(vec![target(0, "one")]);
        let mut effects = Effects::default();
        let pane = workspace.tabs().focused().unwrap();
        workspace.open_address("two", OpenPlace::Beside(pane, Axis::Across), BODY, &mut effects);
        let asked = ticket(&mut effects);
        assert_eq!(workspace.openings().addresses().collect::<Vec<_>>(), ["two"]);
        assert_eq!(workspace.take_opened(Ticket(77), Ok(Vec::new()), BODY), None);
        assert_eq!(
            workspace.take_opened(asked, Ok(vec![target(1, "two")]), BODY),
            Some(Ok(()))
        );
        assert_eq!(shape(&workspace), [2]);
        assert_eq!(workspace.focused().unwrap().target, TargetId(1));

        // It is known now.
        workspace.open_address("two", OpenPlace::Tab, BODY, &mut effects);
        assert!(effects.take().is_empty());
        assert_eq!(shape(&workspace), [2, 1]);

        workspace.open_address("three", OpenPlace::Tab, BODY, &mut effects);
        let asked = ticket(&mut effects);
        let failure = Failure::new(FailureKind::NotFound, "cannot reach three");
        assert!(matches!(workspace.take_opened(asked, Err(failure), BODY), Some(Err(_))));
        assert_eq!((shape(&workspace), workspace.openings().is_empty()), (vec![2, 1], true));
    }

    #[test]
    fn without_room_beside_the_pane_it_gets_a_tab() {
        let mut workspace = workspace(vec![target(0, "one"), target(1, "two")]);
        let narrow = CellRect { width: 4, ..BODY };
        let pane = workspace.tabs().focused().unwrap();
        workspace.open_address(
            "two",
            OpenPlace::Beside(pane, Axis::Across),
            narrow,
            &mut Effects::default(),
        );
        assert_eq!(shape(&workspace), [1, 1, 1]);
    }
}

//! The tabs: which panes each has, which has the keyboard, in which order. Knows ids, never sessions.

use crate::domain::{CellRect, PaneId, TabId};
use crate::panes::{Arrangement, Axis, Direction, Layout, PaneTree};

/// One tab.
#[derive(Clone, Debug)]
pub struct Tab {
    /// Its number.
    pub id: TabId,
    /// The name that the user gave it.
    pub name: Option<String>,
    /// Its panes.
    pub panes: PaneTree,
    /// Its panes in the order in which they had the keyboard, the last one has it. Never empty.
    visited: Vec<PaneId>,
    arrangement: Option<Arrangement>,
    /// Something was printed in it while it was not shown.
    pub has_activity: bool,
    /// The bell rang in it while it was not shown.
    pub has_rung: bool,
}

impl Tab {
    /// A tab with one pane.
    pub fn new(id: TabId, pane: PaneId) -> Self {
        Self {
            id,
            name: None,
            panes: PaneTree::new(pane),
            visited: vec![pane],
            arrangement: None,
            has_activity: false,
            has_rung: false,
        }
    }

    /// The pane that has the keyboard while the tab is shown.
    pub fn focused(&self) -> PaneId {
        let last = self.visited.iter().rev().find(|pane| self.panes.contains(**pane));
        last.copied()
            .or_else(|| self.panes.panes().first().copied())
            .unwrap_or(PaneId(0))
    }

    /// Gives the keyboard to a pane. A zoomed one that loses it is no longer zoomed.
    pub fn focus(&mut self, pane: PaneId) {
        if !self.panes.contains(pane) || self.focused() == pane {
            return;
        }
        self.panes.unzoom();
        self.visited.retain(|visited| *visited != pane);
        self.visited.push(pane);
    }

    /// Goes back to the pane that had the keyboard before.
    pub fn focus_last(&mut self) {
        let now = self.focused();
        let before = self.visited.iter().rev().copied();
        let before = before
            .into_iter()
            .find(|pane| *pane != now && self.panes.contains(*pane));
        if let Some(pane) = before.or_else(|| self.after(now, 1)) {
            self.focus(pane);
        }
    }

    /// Goes so many panes on in reading order, round and round.
    pub fn focus_next(&mut self) {
        if let Some(pane) = self.after(self.focused(), 1) {
            self.focus(pane);
        }
    }

    /// Goes to the pane on that side. The layout is that of all panes, so a zoomed pane gives way.
    pub fn focus_side(&mut self, side: Direction, area: CellRect) {
        let mut unzoomed = self.panes.clone();
        unzoomed.unzoom();
        let layout = Layout::framed(&unzoomed, self.focused(), area);
        if let Some(pane) = layout.neighbour(self.focused(), side) {
            self.focus(pane);
        }
    }

    /// Puts a new pane behind the focused one and gives it the keyboard.
    pub fn split(&mut self, axis: Axis, new: PaneId) {
        if self.panes.split(self.focused(), axis, new) {
            self.focus(new);
        }
    }

    /// Whether the focused pane can be split so that every pane keeps some room.
    pub fn can_split(&self, axis: Axis, area: CellRect) -> bool {
        let mut tried = self.panes.clone();
        // Any id that is not in the tree will do for the trial.
        tried.split(self.focused(), axis, PaneId(u32::MAX)) && tried.fits(area)
    }

    /// Takes a pane out. False if it is the last one: then the tab is to be closed.
    pub fn close(&mut self, pane: PaneId) -> bool {
        let heir = self.after(pane, self.panes.len().saturating_sub(1));
        if !self.panes.close(pane) {
            return false;
        }
        self.visited.retain(|visited| *visited != pane);
        if let (true, Some(heir)) = (self.visited.is_empty(), heir) {
            self.visited.push(heir);
        }
        true
    }

    /// Exchanges the focused pane with one so many places on; the keyboard stays with its program.
    pub fn swap(&mut self, steps: usize) {
        let focused = self.focused();
        if let Some(other) = self.after(focused, steps) {
            self.panes.swap(focused, other);
        }
    }

    /// Exchanges the focused pane with the one before it.
    pub fn swap_back(&mut self) {
        self.swap(self.panes.len().saturating_sub(1));
    }

    /// Puts the panes into the next ready-made layout and says which.
    pub fn arrange_next(&mut self) -> Arrangement {
        let next = self.arrangement.map_or(Arrangement::ALL[0], Arrangement::next);
        self.panes.arrange(next);
        self.arrangement = Some(next);
        next
    }

    /// Puts the panes into this layout.
    pub fn arrange(&mut self, arrangement: Arrangement) {
        self.panes.arrange(arrangement);
        self.arrangement = Some(arrangement);
    }

    fn after(&self, pane: PaneId, steps: usize) -> Option<PaneId> {
        let panes = self.panes.panes();
        let at = panes.iter().position(|here| *here == pane)?;
        let other = panes[(at + steps) % panes.len()];
        (other != pane).then_some(other)
    }
}

/// All tabs. Empty only before the start and at the end.
#[derive(Debug, Default)]
pub struct Tabs {
    list: Vec<Tab>,
    current: usize,
    last: Option<TabId>,
}

impl Tabs {
    /// From left to right.
    pub fn list(&self) -> &[Tab] {
        &self.list
    }

    /// The one that is shown.
    pub fn current(&self) -> Option<&Tab> {
        self.list.get(self.current)
    }

    /// The one that is shown, to change it.
    pub fn current_mut(&mut self) -> Option<&mut Tab> {
        self.list.get_mut(self.current)
    }

    /// The tab with this pane.
    pub fn with_pane(&mut self, pane: PaneId) -> Option<&mut Tab> {
        self.list.iter_mut().find(|tab| tab.panes.contains(pane))
    }

    /// The tab with this number.
    pub fn with_id(&mut self, id: TabId) -> Option<&mut Tab> {
        self.list.iter_mut().find(|tab| tab.id == id)
    }

    /// Whether the pane is in the tab that is shown.
    pub fn is_in_current(&self, pane: PaneId) -> bool {
        self.current().is_some_and(|tab| tab.panes.contains(pane))
    }

    /// The pane that has the keyboard.
    pub fn focused(&self) -> Option<PaneId> {
        self.current().map(Tab::focused)
    }

    /// Puts a tab behind all others, without showing it.
    pub fn add(&mut self, tab: Tab) {
        self.list.push(tab);
    }

    /// Puts a tab behind the one that is shown, and shows it.
    pub fn insert(&mut self, tab: Tab) {
        let id = tab.id;
        let at = if self.list.is_empty() { 0 } else { self.current + 1 };
        self.list.insert(at, tab);
        self.show(id);
    }

    /// Shows this tab.
    pub fn show(&mut self, id: TabId) {
        let Some(at) = self.list.iter().position(|tab| tab.id == id) else {
            return;
        };
        if at != self.current {
            self.last = self.current().map(|tab| tab.id);
            self.current = at;
        }
        if let Some(tab) = self.list.get_mut(at) {
            tab.has_activity = false;
            tab.has_rung = false;
        }
    }

    /// Shows the tab so many places on, round and round.
    pub fn show_after(&mut self, steps: usize) {
        if self.list.is_empty() {
            return;
        }
        let id = self.list[(self.current + steps) % self.list.len()].id;
        self.show(id);
    }

    /// Shows the tab before this one, round and round.
    pub fn show_before(&mut self) {
        self.show_after(self.list.len().saturating_sub(1));
    }

    /// Shows the tab that was shown before; false if there is none.
    pub fn show_last(&mut self) -> bool {
        let last = self.last.filter(|last| self.list.iter().any(|tab| tab.id == *last));
        last.map(|last| self.show(last)).is_some()
    }

    /// Shows the tab with this number, from 1; false if there is none.
    pub fn show_number(&mut self, number: u8) -> bool {
        let index = usize::from(number).checked_sub(1);
        let id = index.and_then(|index| self.list.get(index)).map(|tab| tab.id);
        id.map(|id| self.show(id)).is_some()
    }

    /// Takes a tab out; the one shown before follows it, else its neighbour.
    pub fn remove(&mut self, id: TabId) -> Option<Tab> {
        let at = self.list.iter().position(|tab| tab.id == id)?;
        let removed = self.list.remove(at);
        if at < self.current {
            self.current -= 1;
        } else if at == self.current {
            let last = self.list.iter().position(|tab| Some(tab.id) == self.last);
            let next = last.unwrap_or(at.min(self.list.len().saturating_sub(1)));
            self.current = next;
            self.last = None;
            if let Some(id) = self.current().map(|tab| tab.id) {
                self.show(id);
            }
        }
        Some(removed)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    fn three_tabs() -> Tabs {
        let mut tabs = Tabs::default();
        for number in 1..=3 {
            tabs.add(Tab::new(TabId(number), PaneId(number)));
        }
        tabs
    }

    fn shown(tabs: &Tabs) -> u32 {
        tabs.current().expect("a tab").id.0
    }

    #[test]
    fn going_round_and_back() {
        let mut tabs = three_tabs();
        tabs.show_before();
        assert_eq!(shown(&tabs), 3);
        tabs.show_after(1);
        assert_eq!(shown(&tabs), 1);
        assert!(tabs.show_last());
        assert_eq!(shown(&tabs), 3);
        assert!(tabs.show_number(2) && !tabs.show_number(9) && !tabs.show_number(0));
        assert_eq!(shown(&tabs), 2);
    }

    #[test]
    fn a_closed_tab_gives_way_to_the_one_before() {
        let mut tabs = three_tabs();
        tabs.show(TabId(3));
        tabs.remove(TabId(3));
        assert_eq!(shown(&tabs), 1, "the one shown before");
        tabs.show(TabId(2));
        tabs.remove(TabId(1));
        assert_eq!(shown(&tabs), 2, "removing another one changes nothing");
        tabs.remove(TabId(2));
        assert!(tabs.current().is_none());
    }

    #[test]
    fn closing_a_pane_returns_the_keyboard_to_the_one_before() {
        let mut tab = Tab::new(TabId(1), PaneId(1));
        tab.split(Axis::Across, PaneId(2));
        tab.split(Axis::Across, PaneId(3));
        tab.focus(PaneId(1));
        tab.focus(PaneId(3));
        tab.focus_last();
        assert_eq!(tab.focused(), PaneId(1));
        tab.focus_last();
        assert!(tab.close(PaneId(3)));
        assert_eq!(tab.focused(), PaneId(1));
        assert!(tab.close(PaneId(1)));
        assert_eq!(tab.focused(), PaneId(2));
        assert!(!tab.close(PaneId(2)));
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Split(Axis),
        Close(usize),
        Swap(usize),
        SwapBack,
        Rotate,
        Zoom,
        Side(Direction),
        Next,
        Last,
        Arrange,
        Resize(Direction),
        BreakOut,
        JoinNext,
        Show(usize),
        ShowLast,
    }

    fn any_step() -> impl Strategy<Value = Step> {
        let side = || select(vec![Direction::Left, Direction::Right, Direction::Up, Direction::Down]);
        prop_oneof![
            4 => select(vec![Axis::Across, Axis::Down]).prop_map(Step::Split),
            2 => (0..9_usize).prop_map(Step::Close),
            1 => (0..9_usize).prop_map(Step::Swap),
            2 => side().prop_map(Step::Side),
            1 => side().prop_map(Step::Resize),
            1 => (0..5_usize).prop_map(Step::Show),
            3 => select(vec![
                Step::SwapBack, Step::Rotate, Step::Zoom, Step::Next, Step::Last, Step::Arrange, Step::BreakOut,
                Step::JoinNext, Step::ShowLast,
            ]),
        ]
    }

    fn take(tabs: &mut Tabs, step: Step, new: u32, area: CellRect) {
        let Some(tab) = tabs.current_mut() else { return };
        let pane = tab.focused();
        match step {
            Step::Split(axis) => tab.split(axis, PaneId(new)),
            Step::Close(at) => {
                let panes = tab.panes.panes();
                let id = tab.id;
                if !tab.close(panes[at % panes.len()]) && tabs.list().len() > 1 {
                    tabs.remove(id);
                }
            }
            Step::Swap(steps) => tab.swap(steps),
            Step::SwapBack => tab.swap_back(),
            Step::Rotate => tab.panes.rotate(),
            Step::Zoom => tab.panes.toggle_zoom(pane),
            Step::Side(side) => tab.focus_side(side, area),
            Step::Next => tab.focus_next(),
            Step::Last => tab.focus_last(),
            Step::Arrange => drop(tab.arrange_next()),
            Step::Resize(side) => drop(tab.panes.resize(pane, side, 3, area)),
            Step::BreakOut => {
                if tab.close(pane) {
                    tabs.insert(Tab::new(TabId(new), pane));
                }
            }
            Step::JoinNext => {
                let from = tab.id;
                let is_last = !tab.close(pane);
                tabs.show_after(1);
                let to = tabs.current().map(|tab| tab.id);
                if is_last && to != Some(from) {
                    tabs.remove(from);
                }
                if let Some(tab) = tabs.current_mut().filter(|tab| !tab.panes.panes().contains(&pane)) {
                    tab.split(Axis::Down, pane);
                }
            }
            Step::Show(steps) => tabs.show_after(steps),
            Step::ShowLast => drop(tabs.show_last()),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

        #[test]
        fn after_any_step_a_pane_of_the_shown_tab_has_the_keyboard(
            steps in proptest::collection::vec(any_step(), 1..24),
            (width, height) in (1..200_u16, 1..60_u16),
        ) {
            let area = CellRect::new(0, 0, width, height);
            let mut tabs = three_tabs();
            for (new, step) in (10..).zip(steps) {
                take(&mut tabs, step, new, area);
                let mut all: Vec<PaneId> = Vec::new();
                for tab in tabs.list() {
                    let panes = tab.panes.panes();
                    prop_assert!(panes.contains(&tab.focused()), "{step:?}: {tab:?}");
                    prop_assert!(tab.visited.iter().all(|pane| panes.contains(pane)), "{step:?}: {tab:?}");
                    all.extend(panes);
                }
                let count = all.len();
                all.sort_unstable();
                all.dedup();
                prop_assert_eq!(all.len(), count, "no pane is in two tabs");
                let shown = tabs.current().map(Tab::focused);
                prop_assert!(shown.is_some() && shown == tabs.focused());
            }
        }
    }
}

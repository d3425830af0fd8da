//! All panels with the sidebar: which one hears a key, an answer or a click, and what it may look at.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::app::insight::{Insight, Wish};
use crate::app::joint_run::Whom;
use crate::app::list::Filter;
use crate::app::screen_map::ScreenMap;
use crate::app::workspace::Workspace;
use crate::app::{Action, Answer, Effects};
use crate::domain::{Failure, GridSize, Moment, PaneId, TargetId, Ticket};
use crate::keys::{Chord, Key, Pointer, PointerKind};

use super::actions::PanelAction;
use super::files::{Files, FilesAction};
use super::history::History;
use super::metrics::Metrics;
use super::network::Network;
use super::outcome::{Outcome, PanelDecision, Request};
use super::panel::{Around, Panel, Pointed};
use super::processes::Processes;
use super::sandboxes::Sandboxes;
use super::sidebar::{PanelParts, Sidebar, switch_at};
use super::view::{PanelView, Span};
use super::{PanelKind, SidebarMap};
use crate::app::list::Motion;

/// Lines that one notch of the wheel moves the cursor.
const WHEEL_ROWS: usize = 3;
/// How often a panel with the keyboard wants to see, and one that is only in sight.
const EAGER: Duration = Duration::from_secs(1);
const USUAL: Duration = Duration::from_secs(2);
/// Columns by which a key makes the sidebar wider.
const WIDER: i16 = 4;

/// The sidebar and the state of every panel, shown or not.
#[derive(Debug, Default)]
pub struct Panels {
    /// What is shown where.
    pub sidebar: Sidebar,
    sandboxes: Sandboxes,
    processes: Processes,
    files: Box<Files>,
    history: Box<History>,
    network: Network,
    metrics: Metrics,
    next_ticket: u64,
}

/// Where a key or a click fell, for the caller to go on.
#[derive(Clone, Copy, Debug)]
pub struct PanelKey<'a> {
    /// Everything that is open.
    pub workspace: &'a Workspace,
    /// What is known of what goes on inside.
    pub insight: &'a Insight,
    /// Where everything is.
    pub map: &'a ScreenMap,
    /// The time.
    pub now: Moment,
}

impl Panels {
    /// A panel, to look at.
    pub fn panel(&self, kind: PanelKind) -> &dyn Panel {
        match kind {
            PanelKind::Sandboxes => &self.sandboxes,
            PanelKind::Processes => &self.processes,
            PanelKind::Files => self.files.as_ref(),
            PanelKind::History => self.history.as_ref(),
            PanelKind::Network => &self.network,
            PanelKind::Metrics => &self.metrics,
        }
    }

    fn panel_mut(&mut self, kind: PanelKind) -> &mut dyn Panel {
        match kind {
            PanelKind::Sandboxes => &mut self.sandboxes,
            PanelKind::Processes => &mut self.processes,
            PanelKind::Files => self.files.as_mut(),
            PanelKind::History => self.history.as_mut(),
            PanelKind::Network => &mut self.network,
            PanelKind::Metrics => &mut self.metrics,
        }
    }

    /// The parts of a panel's frame, if it can be seen.
    pub fn parts(&self, kind: PanelKind, map: &SidebarMap) -> Option<PanelParts> {
        let panel = self.panel(kind);
        let has_filter = panel.filter().is_some_and(Filter::is_shown);
        let frame = map.of(kind)?;
        let parts = PanelParts::new(frame, has_filter, panel.has_header());
        Some(parts.with_preview(panel.preview_rows(frame.height)))
    }

    /// Shows the page about a sandbox of the platform, and gives it the keyboard.
    pub fn tell_of(&mut self, id: crate::domain::SandboxId) {
        let is_from_pane = self.sidebar.focused() != Some(PanelKind::Sandboxes);
        self.sandboxes.tell_of(id, is_from_pane);
        self.sidebar.open(PanelKind::Sandboxes);
    }

    /// Opens the list of commands over the panes, ready to be typed into.
    pub fn find_command(&mut self) {
        self.sidebar.cover(PanelKind::History);
        self.history.begin();
    }

    /// How far the uploads and downloads are; none if there are none.
    pub fn copies_in_brief(&self) -> Option<String> {
        self.files.copies_in_brief()
    }

    /// Stops all uploads and downloads.
    pub fn stop_copies(&mut self, at: &PanelKey, effects: &mut Effects) -> Vec<Request> {
        self.with(PanelKind::Files, at, effects, |panel, around, outcome| {
            panel.act(Action::Files(FilesAction::StopCopies), around, outcome);
        })
    }

    /// The sandboxes that are marked in their list.
    pub fn marked_sandboxes(&self, workspace: &Workspace) -> Vec<Whom> {
        self.sandboxes.marked(workspace)
    }

    /// Says whether Enter in the list of commands runs the command.
    pub fn set_run_on_enter(&mut self, runs_on_enter: bool) {
        self.history.runs_on_enter = runs_on_enter;
    }

    /// What would be lost if the program ended now, a line each.
    pub fn unfinished(&self) -> Vec<String> {
        self.files.unfinished()
    }

    /// What a panel may look at.
    pub fn around<'a>(&self, kind: PanelKind, at: &PanelKey<'a>) -> Around<'a> {
        let focused = at.workspace.tabs().focused();
        let followed = focused.and_then(|pane| Some((at.workspace.session(pane)?.target, pane)));
        let pinned = self
            .sidebar
            .pinned
            .filter(|(target, _)| at.workspace.target(*target).is_some());
        let (target, pane): (Option<TargetId>, Option<PaneId>) = match pinned.or(followed) {
            Some((target, pane)) => (Some(target), Some(pane)),
            None => (at.workspace.targets().first().map(|target| target.id), None),
        };
        let parts = self.parts(kind, &at.map.sidebar);
        Around {
            workspace: at.workspace,
            insight: at.insight,
            target,
            pane: pane.filter(|pane| at.workspace.session(*pane).is_some()),
            now: at.now,
            size: parts.map_or_else(GridSize::default, |parts| parts.body.grid_size()),
            preview: parts.unwrap_or_default().preview,
            is_visible: parts.is_some(),
            has_focus: self.sidebar.focused() == Some(kind),
        }
    }

    /// What a panel shows.
    pub fn view(&self, kind: PanelKind, at: &PanelKey) -> PanelView {
        self.panel(kind).view(&self.around(kind, at))
    }

    /// More about the row under a panel's cursor.
    pub fn preview(&self, kind: PanelKind, at: &PanelKey) -> Vec<Vec<Span>> {
        self.panel(kind).preview(&self.around(kind, at))
    }

    /// Whether the panel that has the keyboard wants every key but the prefix.
    pub fn takes_keys(&self) -> bool {
        self.sidebar.focused().is_some_and(|kind| {
            let panel = self.panel(kind);
            panel.takes_keys() || panel.filter().is_some_and(Filter::is_typing)
        })
    }

    /// A key for the panel that has the keyboard: text, or a key that nothing is bound to.
    pub fn press(&mut self, chord: &Chord, at: &PanelKey, effects: &mut Effects) -> Vec<Request> {
        let Some(kind) = self.sidebar.focused() else {
            return Vec::new();
        };
        self.with(kind, at, effects, |panel, around, outcome| {
            let is_typing = panel.filter().is_some_and(Filter::is_typing);
            if is_typing && panel.press_in_filter(chord, around, outcome) {
                return;
            }
            match panel.filter_mut().filter(|filter| filter.is_typing()) {
                Some(filter) => match chord.key {
                    Key::Up => drop(panel.act(Action::Panel(PanelAction::Go(Motion::Up)), around, outcome)),
                    Key::Down => drop(panel.act(Action::Panel(PanelAction::Go(Motion::Down)), around, outcome)),
                    _ => {
                        filter.press(chord);
                        if chord.key == Key::Enter && panel.opens_from_filter() {
                            panel.act(Action::Panel(PanelAction::Open), around, outcome);
                        }
                    }
                },
                None => {
                    panel.press(chord, around, outcome);
                }
            }
        })
    }

    /// Pasted text for the panel that has the keyboard.
    pub fn paste(&mut self, text: &str) {
        if let Some(kind) = self.sidebar.focused() {
            self.panel_mut(kind).paste(text);
        }
    }

    /// An action for the panel that has the keyboard, or for the sidebar.
    pub fn act(&mut self, action: Action, at: &PanelKey, effects: &mut Effects) -> Vec<Request> {
        let Some(kind) = self.sidebar.focused() else {
            return Vec::new();
        };
        if self.act_on_sidebar(action, at) {
            return Vec::new();
        }
        self.with(kind, at, effects, |panel, around, outcome| {
            let begins_filter = action == Action::Panel(PanelAction::Filter);
            if let Some(filter) = panel.filter_mut().filter(|_| begins_filter) {
                filter.begin();
            } else if !panel.act(action, around, outcome) && action == Action::Panel(PanelAction::Back) {
                let had_filter = panel.filter_mut().is_some_and(Filter::clear);
                if !had_filter {
                    outcome.request(Request::Leave);
                }
            }
        })
    }

    /// The actions that concern the sidebar, whatever it shows. False if it is another one.
    fn act_on_sidebar(&mut self, action: Action, at: &PanelKey) -> bool {
        let Action::Panel(action) = action else { return false };
        match action {
            PanelAction::Show(kind) => self.sidebar.open(kind),
            PanelAction::GoOn => self.sidebar.go_on(),
            PanelAction::Maximise => self.sidebar.toggle_over(),
            PanelAction::Stack => self.sidebar.toggle_second(),
            PanelAction::OtherSide => self.sidebar.other_side(),
            PanelAction::Wider => self.sidebar.widen(WIDER),
            PanelAction::Narrower => self.sidebar.widen(-WIDER),
            PanelAction::Pin => {
                let around = self.around(self.sidebar.chosen(), at);
                self.sidebar.pinned = match self.sidebar.pinned {
                    Some(_) => None,
                    None => around.target.zip(around.pane),
                };
            }
            _ => return false,
        }
        true
    }

    /// What the mouse does in the sidebar. `clicks` counts presses on one cell.
    pub fn point(&mut self, pointer: Pointer, clicks: u8, at: &PanelKey, effects: &mut Effects) -> Vec<Request> {
        let Some((kind, frame)) = at.map.sidebar.at(pointer.x, pointer.y) else {
            return Vec::new();
        };
        let motion = match pointer.kind {
            PointerKind::Press(_) => {
                self.sidebar.open(kind);
                let switch = switch_at(kind, frame, (pointer.x, pointer.y));
                if let Some(other) = switch {
                    self.sidebar.open(other);
                    return Vec::new();
                }
                let body = self.parts(kind, &at.map.sidebar).unwrap_or_default().body;
                if !body.contains(pointer.x, pointer.y) {
                    return Vec::new();
                }
                let row = usize::from(pointer.y - body.y);
                return self.with(kind, at, effects, |panel, around, outcome| {
                    panel.click(row, clicks, around, outcome);
                });
            }
            PointerKind::WheelUp => Motion::Up,
            PointerKind::WheelDown => Motion::Down,
            _ => return Vec::new(),
        };
        self.with(kind, at, effects, |panel, around, outcome| {
            for _ in 0..WHEEL_ROWS {
                panel.act(Action::Panel(PanelAction::Go(motion)), around, outcome);
            }
        })
    }

    /// What the panels in sight want to be seen of their sandboxes. The one with the keyboard wants it more often.
    pub fn wishes(&self, at: &PanelKey) -> BTreeMap<TargetId, Wish> {
        let mut wishes: BTreeMap<TargetId, Wish> = BTreeMap::new();
        for kind in PanelKind::ALL {
            let around = self.around(kind, at);
            let wanted = around.is_visible.then(|| self.panel(kind).wish()).flatten();
            if let Some((sight, target)) = wanted.zip(around.target) {
                let every = if around.has_focus { EAGER } else { USUAL };
                let wish = Wish { sight, every };
                let both = wishes.get(&target).map_or(wish, |other| other.and(wish));
                wishes.insert(target, both);
            }
        }
        wishes
    }

    /// Whether a panel in sight compares sandboxes.
    pub fn compares(&self, at: &PanelKey) -> bool {
        self.around(PanelKind::Metrics, at).is_visible
    }

    /// Shows what another panel points at.
    pub fn point_at(&mut self, kind: PanelKind, what: Pointed) {
        self.sidebar.open(kind);
        self.panel_mut(kind).point_at(what);
    }

    /// Lets every panel follow what has changed.
    pub fn tick(&mut self, at: &PanelKey, effects: &mut Effects) -> Vec<Request> {
        let mut requests = Vec::new();
        for kind in PanelKind::ALL {
            requests.extend(self.with(kind, at, effects, |panel, around, outcome| panel.tick(around, outcome)));
        }
        requests
    }

    /// When `tick` wants to be called.
    pub fn next_deadline(&self, at: &PanelKey) -> Option<Duration> {
        let deadlines = PanelKind::ALL.into_iter();
        deadlines
            .filter_map(|kind| self.panel(kind).next_deadline(&self.around(kind, at)))
            .min()
    }

    /// Hands an answer to the panel that asked.
    pub fn answer(
        &mut self,
        ticket: Ticket,
        result: Result<Answer, Failure>,
        at: &PanelKey,
        effects: &mut Effects,
    ) -> Vec<Request> {
        let mut requests = Vec::new();
        let mut left = Some(result);
        for kind in PanelKind::ALL {
            let Some(result) = left.take() else { break };
            requests.extend(self.with(kind, at, effects, |panel, around, outcome| {
                left = panel.answer(ticket, result, around, outcome);
            }));
        }
        requests
    }

    /// Hands a decision to the panel that asked.
    pub fn decide(
        &mut self,
        decision: PanelDecision,
        text: Option<&str>,
        at: &PanelKey,
        effects: &mut Effects,
    ) -> Vec<Request> {
        self.with(decision.panel(), at, effects, |panel, around, outcome| {
            panel.decide(decision, text, around, outcome);
        })
    }

    fn with(
        &mut self,
        kind: PanelKind,
        at: &PanelKey,
        effects: &mut Effects,
        act: impl FnOnce(&mut dyn Panel, &Around, &mut Outcome),
    ) -> Vec<Request> {
        let around = self.around(kind, at);
        let mut next_ticket = self.next_ticket;
        let mut outcome = Outcome::new(effects, &mut next_ticket);
        act(self.panel_mut(kind), &around, &mut outcome);
        let requests = outcome.requests;
        self.next_ticket = next_ticket;
        requests
    }
}

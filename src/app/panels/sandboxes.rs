//! The Sandboxes panel: every sandbox of the platform and every one that is open, how it is, how long it lives. Over the
//! whole screen, before anything is open, it is the picker. Looking changes no life and asks no envd.

use std::time::Duration;

use crate::app::Answer;
use crate::app::action::{Action, ActionInfo, Needs, Section};
use crate::app::action_table::row;
use crate::app::fleet::FleetAction;
use crate::app::joint_run::Whom;
use crate::app::list::{Filter, List};
use crate::app::notices::Severity;
use crate::app::workspace::Workspace;
use crate::domain::{Failure, PaneId, SandboxId, Ticket};

use super::PanelKind;
use super::actions::PanelAction;
use super::outcome::{FleetRequest, Outcome, PanelDecision, Request};
use super::panel::{Around, Panel};
use super::sandbox_order::{Arranged, Only, SandboxKey, SortBy};
use super::sandbox_page::SandboxPage;
use super::sandbox_rows::{body, info};
use super::view::PanelView;

/// One thing to do with a sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SandboxesAction {
    /// A new tab in it.
    NewTab,
    /// A pane beside the focused one.
    Split,
    /// Close all its panes.
    ClosePanes,
    /// Run a command in it, or in all that are marked.
    Run,
    /// List only those in the next state.
    Only,
    /// Something that the platform does.
    Do(FleetAction),
}

/// Its rows of the action table.
#[rustfmt::skip]
pub const SANDBOXES_ACTIONS: &[ActionInfo] = &[
    own(SandboxesAction::NewTab, ("sandboxes-new-tab", "New tab in it", "Opens a tab in the sandbox."), &["t"]),
    own(SandboxesAction::Split, ("sandboxes-split", "Pane in it", "Opens a pane in the sandbox beside the focused one."), &["v"]),
    own(SandboxesAction::ClosePanes, ("sandboxes-close-panes", "Close its panes", "Closes all panes of the sandbox; asks first."), &["x"]),
    own(SandboxesAction::Run, ("sandboxes-run", "Run command", "Runs a command in it, or in all that are marked."), &["!"]),
    own(SandboxesAction::Only, ("sandboxes-only", "Filter by state", "Lists all, only running or only paused ones."), &["o"]),
    own(SandboxesAction::Do(FleetAction::Details), ("sandboxes-details", "Details and log", "Shows all about it, and follows its log."), &["i", "L"]),
    own(SandboxesAction::Do(FleetAction::Create), ("sandboxes-create", "Create", "Makes a new sandbox."), &["c"]),
    own(SandboxesAction::Do(FleetAction::Extend), ("sandboxes-extend", "Extend life", "Gives it an hour from now, or more; never less."), &["+"]),
    own(SandboxesAction::Do(FleetAction::KeepAlive), ("sandboxes-keep-alive", "Keep alive", "Extends its life while we run, or stops that."), &["a"]),
    own(SandboxesAction::Do(FleetAction::Pause), ("sandboxes-pause", "Pause", "Puts it to sleep; asks first."), &["p"]),
    own(SandboxesAction::Do(FleetAction::Resume), ("sandboxes-resume", "Resume", "Wakes it from a pause; asks first."), &["R"]),
    own(SandboxesAction::Do(FleetAction::Fork), ("sandboxes-fork", "Fork", "Copies it and shows the copy; asks first."), &["f"]),
    own(SandboxesAction::Do(FleetAction::Snapshot), ("sandboxes-snapshot", "Save snapshot", "Saves its state, to make others of it."), &["m"]),
    own(SandboxesAction::Do(FleetAction::Again), ("sandboxes-from-snapshot", "New from snapshot", "Saves it and makes one of that; asks first."), &["M"]),
    own(SandboxesAction::Do(FleetAction::Succeed), ("sandboxes-replace", "Replace", "Makes another one, of what you choose, in its place."), &["C"]),
    own(SandboxesAction::Do(FleetAction::Kill), ("sandboxes-kill", "Kill", "Ends it for good; asks first."), &["K"]),
];

const fn own(
    action: SandboxesAction,
    words: (&'static str, &'static str, &'static str),
    keys: &'static [&'static str],
) -> ActionInfo {
    let kind = PanelKind::Sandboxes;
    row(
        Action::Sandboxes(action),
        words,
        (Section::OnePanel(kind), Needs::Panel(kind)),
        keys,
    )
}

/// The panel's state.
#[derive(Debug, Default)]
pub struct Sandboxes {
    list: List<SandboxKey>,
    arranged: Arranged,
    sort: SortBy,
    is_reversed: bool,
    only: Only,
    /// The page about one of them, over the list.
    page: Option<SandboxPage>,
    /// Whether the user has moved in it; until then the cursor is on the first row, whatever comes.
    is_touched: bool,
    had_focus: bool,
    /// What the fleet was told to watch.
    watched: Option<Vec<SandboxId>>,
}

impl Sandboxes {
    /// Shows the page about one.
    pub fn tell_of(&mut self, id: SandboxId, is_from_pane: bool) {
        self.page = Some(SandboxPage::new(id, is_from_pane));
    }

    fn keys(&self) -> &[SandboxKey] {
        &self.arranged.keys
    }

    /// The sandboxes of the platform that an action is for.
    fn chosen_ids(&self, around: &Around) -> Vec<SandboxId> {
        let id = |key: SandboxKey| match key {
            SandboxKey::OnPlatform(id) => Some(id),
            SandboxKey::Open(target) => around.workspace.target(target)?.sandbox.clone(),
            SandboxKey::Local => None,
        };
        self.list.chosen().into_iter().filter_map(id).collect()
    }

    /// Opens everything chosen: goes to the panes of one that is open, unless a new pane is wanted.
    fn open(&mut self, how: Opening, around: &Around, outcome: &mut Outcome) -> bool {
        let chosen = self.list.chosen();
        let is_one = chosen.len() == 1;
        for key in chosen {
            let first = key.panes(around.workspace).into_iter().next();
            if first.is_none() && key.is_asleep(around.workspace) {
                let name = key.address(around.workspace);
                outcome.tell(
                    Severity::Info,
                    format!("{name}: paused, and opening does not wake it — resume it first"),
                );
                continue;
            }
            match (how, first) {
                (Opening::Go, Some(pane)) if is_one => outcome.request(Request::FocusPane(pane)),
                (Opening::Go, Some(_)) => {}
                _ => outcome.request(key.open_request(around.workspace, how == Opening::Beside)),
            }
        }
        self.list.clear_marks();
        true
    }

    /// Those that are marked.
    pub fn marked(&self, workspace: &Workspace) -> Vec<Whom> {
        self.list.marks().map(|key| key.whom(workspace)).collect()
    }

    /// The actions that mean something else while a page is over the list. False if it is another one.
    fn act_on_page(&mut self, action: Action, around: &Around, outcome: &mut Outcome) -> bool {
        let Some(page) = &mut self.page else {
            return false;
        };
        match action {
            Action::Panel(PanelAction::Back) => {
                if !page.filter.clear() {
                    if page.is_from_pane {
                        outcome.request(Request::Leave);
                    }
                    self.page = None;
                }
            }
            Action::Panel(PanelAction::Go(motion)) => page.go(motion, usize::from(around.size.rows())),
            Action::Panel(PanelAction::Refresh) => page.want(),
            Action::Panel(PanelAction::Copy) => outcome.request(Request::Copy(page.text())),
            // What is done here is for the sandbox on the page.
            Action::Sandboxes(SandboxesAction::Do(FleetAction::Details)) => self.page = None,
            Action::Sandboxes(SandboxesAction::Do(action)) => {
                outcome.request(Request::Fleet(FleetRequest::Do(action, vec![page.id.clone()])));
            }
            Action::Panel(_) | Action::Sandboxes(_) => {}
            _ => return false,
        }
        true
    }

    /// Whoever comes from a pane means its sandbox.
    fn go_to_followed(&mut self, around: &Around) {
        let target = around
            .pane
            .and(around.target)
            .and_then(|target| around.workspace.target(target));
        let Some(target) = target else { return };
        let on_platform = target.sandbox.clone().map(SandboxKey::OnPlatform);
        let keys = on_platform.into_iter().chain([SandboxKey::Open(target.id)]);
        let key = keys.into_iter().find(|key| self.arranged.keys.contains(key));
        if let Some(key) = key {
            self.list.put_on(key, &self.arranged.keys);
            self.is_touched = true;
        }
    }

    fn ask_to_close(&self, around: &Around, outcome: &mut Outcome) {
        let Some(key) = self.list.cursor() else { return };
        let panes = key.panes(around.workspace).len();
        if let Some(target) = key.target(around.workspace).filter(|_| panes > 0) {
            outcome.request(Request::Confirm {
                question: format!("End the programs in {panes} panes of {} and close them?", target.label),
                details: Vec::new(),
                verb: "end and close",
                decision: PanelDecision::ClosePanes(target.id),
                target: Some(target.id),
            });
        }
    }
}

/// How a sandbox is to be opened.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opening {
    /// Where it is open already, else in a new tab.
    Go,
    /// In a new tab.
    Tab,
    /// Beside the focused pane.
    Beside,
}

impl Panel for Sandboxes {
    fn view(&self, around: &Around) -> PanelView {
        if let Some(page) = &self.page {
            return page.view(around);
        }
        PanelView {
            subject: String::new(),
            body: body(&self.list, self.keys(), (self.sort, self.is_reversed), around),
            info: info(self.keys(), self.only, around),
        }
    }

    fn act(&mut self, action: Action, around: &Around, outcome: &mut Outcome) -> bool {
        if self.act_on_page(action, around, outcome) {
            return true;
        }
        self.is_touched |= matches!(action, Action::Panel(PanelAction::Go(_) | PanelAction::Mark));
        match action {
            Action::Panel(PanelAction::Go(motion)) => self.list.go(motion, &self.arranged.keys),
            Action::Panel(PanelAction::Mark) => self.list.toggle_mark(&self.arranged.keys),
            Action::Panel(PanelAction::Unmark) => {
                self.list.clear_marks();
            }
            Action::Panel(PanelAction::Back) => return self.list.clear_marks(),
            Action::Panel(PanelAction::Open) => return self.open(Opening::Go, around, outcome),
            Action::Panel(PanelAction::Sort) => self.sort = self.sort.next(),
            Action::Panel(PanelAction::Reverse) => self.is_reversed = !self.is_reversed,
            Action::Panel(PanelAction::Refresh) => outcome.request(Request::Fleet(FleetRequest::Read)),
            Action::Panel(PanelAction::Copy) => {
                let name = self.list.cursor().map(|key| key.address(around.workspace));
                outcome.requests.extend(name.map(Request::Copy));
            }
            Action::Sandboxes(SandboxesAction::NewTab) => return self.open(Opening::Tab, around, outcome),
            Action::Sandboxes(SandboxesAction::Split) => return self.open(Opening::Beside, around, outcome),
            Action::Sandboxes(SandboxesAction::Run) => {
                let whom = self
                    .list
                    .chosen()
                    .iter()
                    .map(|key| key.whom(around.workspace))
                    .collect();
                outcome.request(Request::RunOn(whom));
            }
            Action::Sandboxes(SandboxesAction::Only) => self.only = self.only.next(),
            Action::Sandboxes(SandboxesAction::ClosePanes) => self.ask_to_close(around, outcome),
            Action::Sandboxes(SandboxesAction::Do(action)) => {
                outcome.request(Request::Fleet(FleetRequest::Do(action, self.chosen_ids(around))));
            }
            _ => return false,
        }
        true
    }

    fn tick(&mut self, around: &Around, outcome: &mut Outcome) {
        let watched = (around.is_visible && self.page.is_none()).then(|| {
            let in_sight = self.keys().get(self.list.in_sight()).unwrap_or_default();
            in_sight.iter().filter_map(SandboxKey::sandbox).cloned().collect()
        });
        if watched != self.watched {
            self.watched.clone_from(&watched);
            outcome.request(Request::Fleet(FleetRequest::Watch(watched)));
        }
        if !around.is_visible {
            return;
        }
        if let Some(page) = &mut self.page {
            return page.tick(around, outcome);
        }
        let order = (self.sort, self.is_reversed, self.only);
        let is_narrowed = self.arranged.arrange(around.workspace, &self.list.filter, order);
        self.list.forget_marks(|key| key.exists(around.workspace));
        self.list.arrange(&self.arranged.keys, usize::from(around.size.rows()));
        if !self.is_touched || is_narrowed {
            self.list.put(0, &self.arranged.keys);
        }
        if around.has_focus && !self.had_focus {
            self.go_to_followed(around);
        }
        self.had_focus = around.has_focus;
    }

    fn decide(&mut self, decision: PanelDecision, _text: Option<&str>, around: &Around, outcome: &mut Outcome) {
        let PanelDecision::ClosePanes(target) = decision else {
            return;
        };
        let panes: Vec<PaneId> = SandboxKey::Open(target).panes(around.workspace);
        outcome.requests.extend(panes.into_iter().map(Request::ClosePane));
    }

    fn next_deadline(&self, around: &Around) -> Option<Duration> {
        let page = self.page.as_ref().filter(|_| around.is_visible);
        page.and_then(SandboxPage::next_deadline)
    }

    fn answer(
        &mut self,
        ticket: Ticket,
        result: Result<Answer, Failure>,
        around: &Around,
        _outcome: &mut Outcome,
    ) -> Option<Result<Answer, Failure>> {
        match &mut self.page {
            Some(page) => page.answer(ticket, result, around),
            None => Some(result),
        }
    }

    fn has_header(&self) -> bool {
        self.page.is_none()
    }

    fn filter(&self) -> Option<&Filter> {
        Some(self.page.as_ref().map_or(&self.list.filter, |page| &page.filter))
    }

    fn filter_mut(&mut self) -> Option<&mut Filter> {
        let page = self.page.as_mut().map(|page| &mut page.filter);
        Some(page.unwrap_or(&mut self.list.filter))
    }

    fn click(&mut self, row: usize, clicks: u8, around: &Around, outcome: &mut Outcome) {
        if self.page.is_some() {
            return;
        }
        self.is_touched = true;
        self.list.put(self.list.offset() + row, &self.arranged.keys);
        if clicks == 2 {
            self.open(Opening::Go, around, outcome);
        }
    }

    fn hints(&self) -> &'static [Action] {
        &[
            Action::Panel(PanelAction::Open),
            Action::Sandboxes(SandboxesAction::Do(FleetAction::Create)),
            Action::Sandboxes(SandboxesAction::Split),
        ]
    }
}

//! The Sandboxes panel: every sandbox that is open, how its link is, how many panes it has.

use crate::app::action::{Action, ActionInfo, Needs, Section};
use crate::app::action_table::row;
use crate::app::link::Link;
use crate::app::list::{Filter, List};
use crate::app::workspace::Workspace;
use crate::domain::{PaneId, Target, TargetId};

use super::PanelKind;
use super::actions::PanelAction;
use super::outcome::{Outcome, PanelDecision, Request};
use super::panel::{Around, Panel};
use super::view::{Align, Body, Column, PanelView, Row, Span, Table, Tone, Width};

/// One thing to do with a sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SandboxesAction {
    /// A new tab in it.
    NewTab,
    /// A pane beside the focused one.
    Split,
    /// Close all its panes.
    ClosePanes,
}

/// Its rows of the action table.
#[rustfmt::skip]
pub const SANDBOXES_ACTIONS: &[ActionInfo] = &[
    own(SandboxesAction::NewTab, ("sandboxes-new-tab", "New tab in it", "Opens a tab in the sandbox."), &["t"]),
    own(SandboxesAction::Split, ("sandboxes-split", "Pane in it", "Opens a pane in the sandbox beside the focused one."), &["v"]),
    own(SandboxesAction::ClosePanes, ("sandboxes-close-panes", "Close its panes", "Closes all panes of the sandbox; asks first."), &["x"]),
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
    list: List<TargetId>,
    shown: Vec<TargetId>,
}

impl Sandboxes {
    fn panes(workspace: &Workspace, target: TargetId) -> Vec<PaneId> {
        let of_target = workspace.sessions().filter(|(_, session)| session.target == target);
        of_target.map(|(pane, _)| pane).collect()
    }

    fn row(&self, target: &Target, around: &Around) -> Row {
        let panes = Self::panes(around.workspace, target.id);
        let (state, tone) = state(around.workspace, &panes);
        let times = panes
            .iter()
            .filter_map(|pane| around.workspace.session(*pane)?.round_trip);
        let time = times
            .min()
            .map(|time| format!("{} ms", time.as_millis()))
            .unwrap_or_default();
        Row {
            cells: vec![
                vec![Span::new(target.label.escaped(), Tone::Of(target.tint))],
                vec![Span::new(state, tone)],
                vec![Span::faint(time)],
                vec![Span::plain(panes.len().to_string())],
            ],
            is_chosen: self.list.cursor() == Some(&target.id),
            is_marked: self.list.is_marked(&target.id),
        }
    }
}

/// The gravest state of a sandbox's links, in a word.
fn state(workspace: &Workspace, panes: &[PaneId]) -> (&'static str, Tone) {
    let links = panes.iter().filter_map(|pane| workspace.session(*pane));
    let graded = links.map(|session| match &session.link {
        Link::Rejoining { .. } => (3, "lost", Tone::Warning),
        Link::Live => (2, "live", Tone::Good),
        Link::Preparing { .. } | Link::Opening => (1, "starting", Tone::Plain),
        Link::Ended { .. } | Link::Failed { .. } => (0, "ended", Tone::Faint),
    });
    let gravest = graded.max_by_key(|(grade, ..)| *grade);
    gravest.map_or(("no panes", Tone::Faint), |(_, word, tone)| (word, tone))
}

impl Panel for Sandboxes {
    fn view(&self, around: &Around) -> PanelView {
        let in_sight = &self.shown[self.list.in_sight()];
        let rows = in_sight.iter().filter_map(|id| around.workspace.target(*id));
        let rows: Vec<Row> = rows.map(|target| self.row(target, around)).collect();
        let body = if rows.is_empty() {
            Body::Nothing("No sandbox has that name.".to_owned())
        } else {
            Body::Table(Table {
                columns: vec![
                    Column::new("name", Width::Rest, Align::Left),
                    Column::new("state", Width::Cells(8), Align::Left).from(24),
                    Column::new("trip", Width::Cells(7), Align::Right).from(30),
                    Column::new("panes", Width::Cells(5), Align::Right),
                ],
                rows,
                above: self.list.offset(),
                total: self.list.len(),
            })
        };
        let all = around.workspace.targets().len();
        PanelView {
            subject: String::new(),
            body,
            info: vec![Span::faint(format!("{} of {all} open", self.shown.len()))],
        }
    }

    fn act(&mut self, action: Action, around: &Around, outcome: &mut Outcome) -> bool {
        let target = self.list.cursor().copied();
        match action {
            Action::Panel(PanelAction::Go(motion)) => self.list.go(motion, &self.shown),
            Action::Panel(PanelAction::Mark) => self.list.toggle_mark(&self.shown),
            Action::Panel(PanelAction::Unmark) => {
                self.list.clear_marks();
            }
            Action::Panel(PanelAction::Back) => return self.list.clear_marks(),
            Action::Panel(PanelAction::Open) => return self.open(around, outcome),
            Action::Panel(PanelAction::Copy) => {
                let label = target.and_then(|target| around.workspace.target(target));
                let label = label.map(|target| target.label.unescaped().to_owned());
                outcome.requests.extend(label.map(Request::Copy));
            }
            Action::Sandboxes(SandboxesAction::NewTab | SandboxesAction::Split) => {
                let in_tab = action == Action::Sandboxes(SandboxesAction::NewTab);
                for target in self.list.chosen() {
                    outcome.request(Request::Open {
                        target,
                        program: None,
                        in_tab,
                    });
                }
            }
            Action::Sandboxes(SandboxesAction::ClosePanes) => Self::ask_to_close(target, around, outcome),
            _ => return false,
        }
        true
    }

    fn tick(&mut self, around: &Around, _outcome: &mut Outcome) {
        let mut sieve = self.list.filter.sieve();
        let targets = around.workspace.targets().iter();
        self.shown = targets
            .filter(|target| sieve.keeps(&target.label.escaped()))
            .map(|target| target.id)
            .collect();
        self.list.forget_marks(|id| around.workspace.target(*id).is_some());
        self.list.arrange(&self.shown, usize::from(around.size.rows()));
    }

    fn decide(&mut self, decision: PanelDecision, _text: Option<&str>, around: &Around, outcome: &mut Outcome) {
        let PanelDecision::ClosePanes(target) = decision;
        let panes = Self::panes(around.workspace, target);
        outcome.requests.extend(panes.into_iter().map(Request::ClosePane));
    }

    fn filter(&self) -> Option<&Filter> {
        Some(&self.list.filter)
    }

    fn filter_mut(&mut self) -> Option<&mut Filter> {
        Some(&mut self.list.filter)
    }

    fn click(&mut self, row: usize, clicks: u8, around: &Around, outcome: &mut Outcome) {
        self.list.put(self.list.offset() + row, &self.shown);
        if clicks == 2 {
            self.open(around, outcome);
        }
    }

    fn hints(&self) -> &'static [Action] {
        &[
            Action::Panel(PanelAction::Open),
            Action::Sandboxes(SandboxesAction::NewTab),
            Action::Sandboxes(SandboxesAction::Split),
        ]
    }
}

impl Sandboxes {
    /// Goes to the sandbox's first pane; opens one if there is none.
    fn open(&mut self, around: &Around, outcome: &mut Outcome) -> bool {
        let Some(target) = self.list.cursor().copied() else {
            return false;
        };
        let first = Self::panes(around.workspace, target).into_iter().next();
        outcome.request(first.map_or(
            Request::Open {
                target,
                program: None,
                in_tab: true,
            },
            Request::FocusPane,
        ));
        true
    }

    fn ask_to_close(target: Option<TargetId>, around: &Around, outcome: &mut Outcome) {
        let Some(target) = target.and_then(|target| around.workspace.target(target)) else {
            return;
        };
        let panes = Self::panes(around.workspace, target.id).len();
        if panes > 0 {
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

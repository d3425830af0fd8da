//! The panel's state: which processes are shown and in what order, where the cursor is, and whether one has a page.

use crate::app::list::{Filter, List};
use crate::app::panels::actions::PanelAction;
use crate::app::panels::look_words;
use crate::app::panels::outcome::{Outcome, PanelDecision, Request};
use crate::app::panels::panel::{Around, Panel, Pointed};
use crate::app::panels::view::{Body, PanelView, Span, Tone};
use crate::app::{Action, Answer};
use crate::domain::{Failure, ProcessKey, Sight, TargetId, Ticket};

use super::ProcessesAction;
use super::order::{Manner, Placed, arrange};
use super::page::ProcessPage;
use super::rows;

/// The panel's state.
#[derive(Debug, Default)]
pub struct Processes {
    target: Option<TargetId>,
    pub(super) list: List<ProcessKey>,
    pub(super) manner: Manner,
    shown: Vec<Placed>,
    keys: Vec<ProcessKey>,
    /// What `shown` was arranged for, and for which look.
    arranged: Option<(Manner, String, u64)>,
    pub(super) page: Option<ProcessPage>,
    /// What another panel points at and has not been seen yet.
    sought: Option<ProcessKey>,
    pub(super) doing: Option<Ticket>,
}

impl Processes {
    fn arrange(&mut self, around: &Around) {
        let Some((look, seen)) = around.look().and_then(|look| Some((look, look.seen()?))) else {
            self.shown.clear();
            self.keys.clear();
            self.arranged = None;
            self.list.arrange(&[], around.rows());
            return;
        };
        let wanted = (self.manner, self.list.filter.entry().text().to_owned(), look.count());
        // A look that only another panel has asked for shows no processes.
        if self.arranged.as_ref() != Some(&wanted) && !seen.processes.is_empty() {
            let is_there = |key: &ProcessKey| seen.process(key.pid).is_some_and(|process| process.key == *key);
            self.manner.root = self.manner.root.filter(is_there);
            self.shown = arrange(seen, look.cpu(), self.manner, &wanted.1);
            self.keys = self.shown.iter().map(|placed| placed.key).collect();
            self.list.forget_marks(is_there);
            self.arranged = Some((self.manner, wanted.1, wanted.2));
        }
        if let Some(key) = self.sought.take_if(|key| self.keys.contains(key)) {
            self.list.put_on(key, &self.keys);
        }
        self.list.arrange(&self.keys, around.rows());
    }

    fn act_on_page(&mut self, action: Action, around: &Around) -> bool {
        let Some(page) = &mut self.page else { return false };
        match action {
            Action::Panel(PanelAction::Back) => self.page = None,
            Action::Panel(PanelAction::Go(motion)) => page.go(motion, around),
            Action::Panel(PanelAction::Refresh) => page.want(),
            _ => return false,
        }
        true
    }

    fn info(&self, around: &Around) -> Vec<Span> {
        let mut info: Vec<Span> = look_words::trouble(around).into_iter().collect();
        if let Some(seen) = around.seen() {
            info.push(rows::summary(self.shown.len(), seen));
        }
        if let Some(root) = self.manner.root {
            info.push(Span::new(format!(" · below {root}"), Tone::Accent));
        }
        info
    }

    fn open_page(&mut self) -> bool {
        self.page = self.list.cursor().map(|key| ProcessPage::new(*key));
        self.page.is_some()
    }
}

impl Panel for Processes {
    fn view(&self, around: &Around) -> PanelView {
        if let Some(page) = &self.page {
            return page.view(around);
        }
        let Some(seen) = around.seen().filter(|seen| !seen.processes.is_empty()) else {
            return look_words::nothing(around);
        };
        let placed = self.shown.get(self.list.in_sight()).unwrap_or_default();
        let body = if self.shown.is_empty() {
            Body::Nothing(if self.list.filter.is_shown() {
                "No process fits.".to_owned()
            } else {
                "Nothing runs here but threads of the kernel and our own helper (a shows them).".to_owned()
            })
        } else {
            Body::Table(rows::table((placed, self.manner), seen, &self.list, around))
        };
        PanelView {
            subject: around.subject(),
            body,
            info: self.info(around),
        }
    }

    fn act(&mut self, action: Action, around: &Around, outcome: &mut Outcome) -> bool {
        if self.act_on_page(action, around) {
            return true;
        }
        match action {
            Action::Panel(PanelAction::Go(motion)) => self.list.go(motion, &self.keys),
            Action::Panel(PanelAction::Mark) => self.list.toggle_mark(&self.keys),
            Action::Panel(PanelAction::Unmark) => {
                self.list.clear_marks();
            }
            Action::Panel(PanelAction::Back) => {
                return self.list.clear_marks() || self.manner.root.take().is_some();
            }
            Action::Panel(PanelAction::Open) => return self.open_page(),
            Action::Panel(PanelAction::Sort) => self.manner.sort = self.manner.sort.next(),
            Action::Panel(PanelAction::Reverse) => self.manner.is_reversed = !self.manner.is_reversed,
            Action::Panel(PanelAction::Refresh) => outcome.requests.extend(around.target.map(Request::LookNow)),
            Action::Panel(PanelAction::Copy) => {
                let seen = around.seen().zip(self.list.cursor());
                let process = seen.and_then(|(seen, key)| seen.process(key.pid));
                outcome
                    .requests
                    .extend(process.map(|process| Request::Copy(process.title())));
            }
            Action::Processes(action) => self.act_on_process(action, around, outcome),
            _ => return false,
        }
        true
    }

    fn tick(&mut self, around: &Around, outcome: &mut Outcome) {
        if !around.is_visible {
            return;
        }
        if self.target != around.target {
            self.target = around.target;
            self.page = None;
            self.manner.root = None;
            self.arranged = None;
        }
        self.arrange(around);
        if let Some(page) = &mut self.page {
            page.tick(around, outcome);
        }
    }

    fn wish(&self) -> Option<Sight> {
        // The page tells of sockets as well.
        Some(if self.page.is_some() {
            Sight::Sockets
        } else {
            Sight::Processes
        })
    }

    fn point_at(&mut self, what: Pointed) {
        if let Pointed::Process(key) = what {
            self.page = None;
            self.manner.root = None;
            self.list.filter.clear();
            self.arranged = None;
            self.sought = Some(key);
        }
    }

    fn next_deadline(&self, around: &Around) -> Option<std::time::Duration> {
        self.page.as_ref().filter(|_| around.is_visible)?.next_deadline(around)
    }

    fn answer(
        &mut self,
        ticket: Ticket,
        result: Result<Answer, Failure>,
        around: &Around,
        outcome: &mut Outcome,
    ) -> Option<Result<Answer, Failure>> {
        if self.doing == Some(ticket) {
            self.doing = None;
            rows::tell(result, outcome);
            outcome.requests.extend(self.target.map(Request::LookNow));
            return None;
        }
        match &mut self.page {
            Some(page) => page.answer(ticket, result, around),
            None => Some(result),
        }
    }

    fn decide(&mut self, decision: PanelDecision, text: Option<&str>, around: &Around, outcome: &mut Outcome) {
        self.carry_out(decision, text, around, outcome);
    }

    fn filter(&self) -> Option<&Filter> {
        self.page.is_none().then_some(&self.list.filter)
    }

    fn filter_mut(&mut self) -> Option<&mut Filter> {
        self.page.is_none().then_some(&mut self.list.filter)
    }

    fn click(&mut self, row: usize, clicks: u8, _around: &Around, _outcome: &mut Outcome) {
        if self.page.is_none() {
            self.list.put(self.list.offset() + row, &self.keys);
            if clicks == 2 {
                self.open_page();
            }
        }
    }

    fn has_header(&self) -> bool {
        self.page.is_none()
    }

    fn hints(&self) -> &'static [Action] {
        if self.page.is_some() {
            return &[
                Action::Processes(ProcessesAction::Values),
                Action::Processes(ProcessesAction::Terminate),
                Action::Processes(ProcessesAction::Shell),
            ];
        }
        &[
            Action::Panel(PanelAction::Open),
            Action::Processes(ProcessesAction::Terminate),
            Action::Processes(ProcessesAction::Signal),
            Action::Panel(PanelAction::Sort),
            Action::Processes(ProcessesAction::Flat),
        ]
    }
}

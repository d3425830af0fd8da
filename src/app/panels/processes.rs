//! The Processes panel: every process of the sandbox as a tree or a list, and what can be done with them.

use std::time::Duration;

use crate::app::action::{Action, ActionInfo, Needs, Section};
use crate::app::action_table::row;
use crate::app::list::{Filter, List};
use crate::app::notices::Severity;
use crate::app::{Answer, LookAnswer, LookQuestion, Question};
use crate::domain::{Failure, ProcessKey, ProgramSpec, Signal, Ticket, short_span};

use super::PanelKind;
use super::actions::PanelAction;
use super::look_state::LookState;
use super::outcome::{Outcome, PanelDecision, Request};
use super::panel::{Around, Panel};
use super::process_order::{Manner, Placed, arrange};
use super::process_page::ProcessPage;
use super::process_rows;
use super::view::{Body, PanelView};

/// One thing to do with processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProcessesAction {
    /// A tree, or a flat list.
    Flat,
    /// The kernel's threads and our own helper as well, or not.
    All,
    /// Only what is below this process, or everything again.
    Below,
    /// Ask them to end.
    Terminate,
    /// End them.
    Kill,
    /// Send a signal by name.
    Signal,
    /// Ask a whole tree to end.
    TerminateTree,
    /// Set the priority.
    Renice,
    /// A shell in the directory of the process.
    Shell,
    /// Read on in the file that its output goes to.
    Follow,
    /// Show the values of its variables, or hide them.
    Values,
}

/// Its rows of the action table.
#[rustfmt::skip]
pub const PROCESSES_ACTIONS: &[ActionInfo] = &[
    own(ProcessesAction::Terminate, ("processes-terminate", "Terminate", "Sends SIGTERM; asks first."), &["x"]),
    own(ProcessesAction::Kill, ("processes-kill", "Kill", "Sends SIGKILL; asks first."), &["X"]),
    own(ProcessesAction::Signal, ("processes-signal", "Signal", "Sends a signal by name."), &["K"]),
    own(ProcessesAction::TerminateTree, ("processes-terminate-tree", "Terminate tree", "Sends SIGTERM to it and all below it; asks first."), &["T"]),
    own(ProcessesAction::Renice, ("processes-renice", "Priority", "Sets the priority, -20 first to 19 last."), &["i"]),
    own(ProcessesAction::Flat, ("processes-flat", "Tree or list", "Shows a tree, or a flat list."), &["t"]),
    own(ProcessesAction::All, ("processes-all", "All", "Shows kernel threads and our helper, or hides them."), &["a"]),
    own(ProcessesAction::Below, ("processes-below", "Only this tree", "Shows only what is below it, or everything again."), &["."]),
    own(ProcessesAction::Shell, ("processes-shell", "Shell there", "Opens a shell in its directory."), &["c"]),
    own(ProcessesAction::Follow, ("processes-follow", "Follow output", "Reads on in the file its output goes to."), &["f"]),
    own(ProcessesAction::Values, ("processes-values", "Show values", "Shows the values of its variables, or hides them."), &["e"]),
];

const fn own(
    action: ProcessesAction,
    words: (&'static str, &'static str, &'static str),
    keys: &'static [&'static str],
) -> ActionInfo {
    let kind = PanelKind::Processes;
    row(
        Action::Processes(action),
        words,
        (Section::OnePanel(kind), Needs::Panel(kind)),
        keys,
    )
}

/// The panel's state.
#[derive(Debug, Default)]
pub struct Processes {
    look: LookState,
    list: List<ProcessKey>,
    manner: Manner,
    shown: Vec<Placed>,
    keys: Vec<ProcessKey>,
    /// What `shown` was arranged for, and for which look.
    arranged: Option<(Manner, String, Duration)>,
    page: Option<ProcessPage>,
    doing: Option<Ticket>,
}

impl Processes {
    fn arrange(&mut self, rows: usize) {
        let Some(seen) = self.look.seen() else {
            self.shown.clear();
            self.keys.clear();
            self.arranged = None;
            self.list.arrange(&[], rows);
            return;
        };
        let wanted = (
            self.manner,
            self.list.filter.entry().text().to_owned(),
            seen.load.uptime,
        );
        if self.arranged.as_ref() != Some(&wanted) {
            let mut sieve = self.list.filter.sieve();
            self.shown = arrange(seen, &self.look.cpu, self.manner, &mut sieve);
            self.keys = self.shown.iter().map(|placed| placed.key).collect();
            let seen = std::sync::Arc::clone(seen);
            self.list
                .forget_marks(|key| seen.process(key.pid).is_some_and(|process| process.key == *key));
            self.arranged = Some(wanted);
        }
        self.list.arrange(&self.keys, rows);
    }

    /// Asks before a signal is sent, naming who gets it and since when each has been running.
    fn ask_to_signal(&self, signal: Signal, processes: Vec<ProcessKey>, around: &Around, outcome: &mut Outcome) {
        let Some(seen) = self.look.seen().filter(|_| !processes.is_empty()) else {
            return;
        };
        let line = |key: &ProcessKey| {
            let title = seen
                .process(key.pid)
                .map(crate::domain::Process::title)
                .unwrap_or_default();
            format!("{key}, began {} ago: {title}", short_span(seen.age(*key)))
        };
        outcome.request(Request::Confirm {
            question: match processes.as_slice() {
                [one] => format!("Send {signal} to process {one}?"),
                several => format!("Send {signal} to {} processes?", several.len()),
            },
            details: processes.iter().take(8).map(line).collect(),
            verb: "send",
            decision: PanelDecision::Signal(signal, processes),
            target: around.target,
        });
    }

    fn act_on_process(&mut self, action: ProcessesAction, around: &Around, outcome: &mut Outcome) {
        let chosen = self.list.chosen();
        match action {
            ProcessesAction::Flat => self.manner.is_flat = !self.manner.is_flat,
            ProcessesAction::All => self.manner.shows_all = !self.manner.shows_all,
            ProcessesAction::Below => {
                self.manner.root = match self.manner.root {
                    Some(_) => None,
                    None => self.list.cursor().copied(),
                };
            }
            ProcessesAction::Terminate => self.ask_to_signal(Signal::TERM, chosen, around, outcome),
            ProcessesAction::Kill => self.ask_to_signal(Signal::KILL, chosen, around, outcome),
            ProcessesAction::TerminateTree => {
                let seen = self.look.seen().zip(self.list.cursor());
                let tree = seen.map(|(seen, key)| seen.tree_below(*key)).unwrap_or_default();
                self.ask_to_signal(Signal::TERM, tree, around, outcome);
            }
            ProcessesAction::Signal => outcome.request(Request::Prompt {
                title: "Signal to send, by name or number".to_owned(),
                text: "HUP".to_owned(),
                decision: PanelDecision::NameSignal(chosen),
            }),
            ProcessesAction::Renice => outcome.request(Request::Prompt {
                title: "Priority, -20 (first) to 19 (last)".to_owned(),
                text: "10".to_owned(),
                decision: PanelDecision::Renice(chosen),
            }),
            ProcessesAction::Shell | ProcessesAction::Follow => self.open_pane(action, around, outcome),
            ProcessesAction::Values => {
                if let Some(page) = &mut self.page {
                    page.toggle_values();
                }
            }
        }
    }

    fn open_pane(&self, action: ProcessesAction, around: &Around, outcome: &mut Outcome) {
        let target = self.look.target().and_then(|id| around.workspace.target(id));
        let Some((target, key)) = target.zip(self.list.cursor()) else {
            return;
        };
        let pid = key.pid.to_string();
        let program = if action == ProcessesAction::Shell {
            let shell = &target.program;
            let enter = "cd -P \"/proc/$1/cwd\" && shift && exec \"$@\"";
            let words = ["-c", enter, "sh", &pid, &shell.command].map(str::to_owned);
            ProgramSpec {
                command: "/bin/sh".to_owned(),
                args: words.into_iter().chain(shell.args.iter().cloned()).collect(),
                cwd: None,
                ..shell.clone()
            }
        } else {
            // Reading from a terminal or a pipe would take what is meant for somebody else.
            let follow = "[ -f \"/proc/$1/fd/1\" ] || { echo 'its standard output is no file'; exit 1; }\n\
                          exec tail -n 200 -f \"/proc/$1/fd/1\"";
            ProgramSpec::new("/bin/sh", ["-c", follow, "sh", &pid])
        };
        outcome.request(Request::Open {
            target: target.id,
            program: Some(Box::new(program.for_terminal())),
            in_tab: false,
        });
    }

    fn order(&mut self, question: LookQuestion, around: &Around, outcome: &mut Outcome) {
        let Some(target) = self.look.target() else { return };
        let is_read_only = around
            .workspace
            .target(target)
            .is_some_and(|target| target.care.is_read_only);
        if is_read_only {
            outcome.tell(
                Severity::Warning,
                "this sandbox is open for reading only: nothing was done",
            );
            return;
        }
        self.doing = Some(outcome.ask(target, Question::Look(question)));
    }

    fn open_page(&mut self) -> bool {
        self.page = self.list.cursor().map(|key| ProcessPage::new(*key));
        self.page.is_some()
    }
}

impl Panel for Processes {
    fn view(&self, around: &Around) -> PanelView {
        let label = self.look.target().and_then(|id| around.workspace.target(id));
        let subject = label.map(|target| target.label.escaped()).unwrap_or_default();
        if let Some(page) = &self.page {
            return page.view(&subject, around);
        }
        let Some(seen) = self.look.seen().filter(|_| self.look.target() == around.target) else {
            return PanelView {
                subject,
                body: Body::Nothing(self.look.nothing()),
                ..PanelView::default()
            };
        };
        let placed = self.shown.get(self.list.in_sight()).unwrap_or_default();
        PanelView {
            subject,
            body: Body::Table(process_rows::table(
                (placed, self.manner),
                seen,
                (&self.look, &self.list),
                around,
            )),
            info: self
                .look
                .trouble(around)
                .into_iter()
                .chain([process_rows::summary(self.shown.len(), seen)])
                .collect(),
        }
    }

    fn act(&mut self, action: Action, around: &Around, outcome: &mut Outcome) -> bool {
        if let Some(page) = &mut self.page {
            match action {
                Action::Panel(PanelAction::Back) => {
                    self.page = None;
                    return true;
                }
                Action::Panel(PanelAction::Go(motion)) => {
                    page.go(motion, usize::from(around.size.rows()));
                    return true;
                }
                _ => {}
            }
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
            Action::Panel(PanelAction::Refresh) => self.look.want(),
            Action::Panel(PanelAction::Copy) => {
                let seen = self.look.seen().zip(self.list.cursor());
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
        if self.look.tick(around, false, outcome) {
            self.page = None;
            self.manner.root = None;
        }
        if around.is_visible {
            self.arrange(usize::from(around.size.rows()));
        }
        if let Some((page, target)) = self.page.as_mut().zip(self.look.target()) {
            page.tick(target, outcome);
        }
    }

    fn next_deadline(&self, around: &Around) -> Option<Duration> {
        self.look.next_deadline(around)
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
            match result {
                Ok(Answer::Look(LookAnswer::Done(outcomes))) => process_rows::tell(&outcomes, outcome),
                Ok(_) => {}
                Err(failure) => outcome.tell(Severity::Error, failure.to_string()),
            }
            self.look.want();
            return None;
        }
        let result = match &mut self.page {
            Some(page) => page.answer(ticket, result)?,
            None => result,
        };
        self.look.answer(ticket, result, around)
    }

    fn decide(&mut self, decision: PanelDecision, text: Option<&str>, around: &Around, outcome: &mut Outcome) {
        match (decision, text) {
            (PanelDecision::Signal(signal, processes), _) => {
                self.order(LookQuestion::Signal(signal, processes), around, outcome);
            }
            (PanelDecision::NameSignal(processes), Some(text)) => match Signal::named(text) {
                Some(signal) => self.ask_to_signal(signal, processes, around, outcome),
                None => outcome.tell(
                    Severity::Warning,
                    "there is no such signal: use a name such as HUP, or 1 to 31",
                ),
            },
            (PanelDecision::Renice(processes), Some(text)) => match text.trim().parse::<i32>() {
                Ok(nice @ -20..=19) => self.order(LookQuestion::Renice(nice, processes), around, outcome),
                _ => outcome.tell(Severity::Warning, "a priority is a number from -20 to 19"),
            },
            _ => {}
        }
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
        &[
            Action::Panel(PanelAction::Open),
            Action::Processes(ProcessesAction::Terminate),
            Action::Processes(ProcessesAction::Signal),
            Action::Processes(ProcessesAction::Flat),
        ]
    }
}

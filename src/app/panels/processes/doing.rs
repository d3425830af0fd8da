//! What is done with processes: signals and priorities, asked about first and sent only to those that are meant; panes that
//! are opened at one.

use std::fmt;

use crate::app::notices::Severity;
use crate::app::panels::outcome::{Outcome, PanelDecision, Request};
use crate::app::panels::panel::{Around, Pointed};
use crate::app::panels::{PanelKind, ProcessesAction};
use crate::app::{LookQuestion, Question};
use crate::domain::{Observation, ProcessKey, ProgramSpec, Signal, short_span};

use super::panel::Processes;
use super::{programs, rows};

/// Lines about single processes in a question; a longer list would hide it.
const NAMED: usize = 8;

impl Processes {
    /// Those that an action is for: the one on the page, the marked ones, the one under the cursor.
    fn meant(&self) -> Vec<ProcessKey> {
        match &self.page {
            Some(page) => vec![page.key()],
            None => self.list.chosen(),
        }
    }

    /// The one that an action is for which concerns one alone.
    fn one(&self) -> Option<ProcessKey> {
        let page = self.page.as_ref().map(super::page::ProcessPage::key);
        page.or_else(|| self.list.cursor().copied())
    }

    fn tree(&self, around: &Around) -> Vec<ProcessKey> {
        let seen = around.seen().zip(self.one());
        seen.map(|(seen, key)| seen.tree_below(key)).unwrap_or_default()
    }

    pub(super) fn act_on_process(&mut self, action: ProcessesAction, around: &Around, outcome: &mut Outcome) {
        let chosen = self.meant();
        match action {
            ProcessesAction::Flat => self.manner.is_flat = !self.manner.is_flat,
            ProcessesAction::All => self.manner.shows_all = !self.manner.shows_all,
            ProcessesAction::Below => {
                self.manner.root = match self.manner.root {
                    Some(_) => None,
                    None => self.list.cursor().copied(),
                };
            }
            ProcessesAction::Terminate => ask_to_signal(Signal::TERM, chosen, around, outcome),
            ProcessesAction::Kill => ask_to_signal(Signal::KILL, chosen, around, outcome),
            ProcessesAction::TerminateTree => ask_to_signal(Signal::TERM, self.tree(around), around, outcome),
            ProcessesAction::Signal => ask_for_signal(chosen, "", outcome),
            ProcessesAction::SignalTree => ask_for_signal(self.tree(around), " and all below it", outcome),
            ProcessesAction::Renice if !chosen.is_empty() => outcome.request(Request::Prompt {
                title: format!("Priority of {}, -20 (first) to 19 (last)", Names(&chosen)),
                text: "10".to_owned(),
                decision: PanelDecision::Renice(chosen),
            }),
            ProcessesAction::Renice => {}
            ProcessesAction::Values => match &mut self.page {
                Some(page) => page.toggle_values(),
                None => outcome.tell(
                    Severity::Info,
                    "variables are shown on the page of a process: Enter opens it",
                ),
            },
            ProcessesAction::Sockets => {
                let key = self.one().map(Pointed::SocketsOf);
                let request = key.map(|key| Request::PointAt(PanelKind::Network, key));
                outcome.requests.extend(request);
            }
            ProcessesAction::FollowFile => outcome.requests.extend(self.one().map(|key| Request::Prompt {
                title: format!("Number of an open file of process {key} to follow"),
                text: "1".to_owned(),
                decision: PanelDecision::Follow(key),
            })),
            ProcessesAction::Attach => self.attach(around, outcome),
            ProcessesAction::Shell => self.open_pane(around, outcome, |key, shell| programs::shell_at(key.pid, shell)),
            ProcessesAction::Follow => self.open_pane(around, outcome, |key, _| programs::follow(key.pid, &[1, 2])),
        }
    }

    fn attach(&self, around: &Around, outcome: &mut Outcome) {
        let Some((key, target)) = self.one().zip(around.target) else {
            return;
        };
        let managed = around.look().and_then(|look| look.managed(key.pid)).cloned();
        match (rows::pane_of(key, around), managed) {
            (Some(pane), _) => outcome.request(Request::FocusPane(pane)),
            (None, Some(managed)) => outcome.request(Request::Attach(target, Box::new(managed))),
            (None, None) => outcome.tell(
                Severity::Warning,
                format!("process {key} was not started through envd: only those marked * can be attached to"),
            ),
        }
    }

    /// Opens a pane on a program that is made of a process and the sandbox's shell.
    fn open_pane(
        &self,
        around: &Around,
        outcome: &mut Outcome,
        program: impl FnOnce(ProcessKey, &ProgramSpec) -> ProgramSpec,
    ) {
        let target = around.target.and_then(|id| around.workspace.target(id));
        if let Some((target, key)) = target.zip(self.one()) {
            outcome.request(Request::Open {
                target: target.id,
                program: Some(Box::new(program(key, &target.program))),
                in_tab: false,
            });
        }
    }

    fn order(&mut self, question: LookQuestion, around: &Around, outcome: &mut Outcome) {
        let Some(target) = around.target else { return };
        let known = around.workspace.target(target);
        if known.is_some_and(|target| target.care.is_read_only) {
            let text = "this sandbox is open for reading only: nothing was done";
            return outcome.tell(Severity::Warning, text);
        }
        self.doing = Some(outcome.ask(target, Question::Look(question)));
    }

    /// Does what was asked about.
    pub(super) fn carry_out(
        &mut self,
        decision: PanelDecision,
        text: Option<&str>,
        around: &Around,
        outcome: &mut Outcome,
    ) {
        match (decision, text) {
            (PanelDecision::Signal(signal, processes), _) => {
                self.order(LookQuestion::Signal(signal, processes), around, outcome);
            }
            (PanelDecision::NameSignal(processes), Some(text)) => match Signal::named(text) {
                Some(signal) => ask_to_signal(signal, processes, around, outcome),
                None => outcome.tell(Severity::Warning, format!("there is no such signal: use {SIGNALS}")),
            },
            (PanelDecision::Renice(processes), Some(text)) => match text.trim().parse::<i32>() {
                Ok(nice @ -20..=19) => self.order(LookQuestion::Renice(nice, processes), around, outcome),
                _ => outcome.tell(Severity::Warning, "a priority is a number from -20 to 19"),
            },
            (PanelDecision::Follow(key), Some(text)) => match text.trim().parse::<u32>() {
                Ok(number) => self.open_pane(around, outcome, |_, _| programs::follow(key.pid, &[number])),
                Err(_) => outcome.tell(
                    Severity::Warning,
                    "an open file has a number such as 1: its page lists them",
                ),
            },
            _ => {}
        }
    }
}

/// What stands in the help for names.
const SIGNALS: &str = "a name such as HUP, or 1 to 31";

/// Numbers of a few processes, or how many they are.
struct Names<'a>(&'a [ProcessKey]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [one] => write!(out, "process {one}"),
            several => write!(out, "{} processes", several.len()),
        }
    }
}

fn ask_for_signal(processes: Vec<ProcessKey>, whom: &str, outcome: &mut Outcome) {
    if processes.is_empty() {
        return;
    }
    let names = match (whom, processes.last()) {
        // A tree comes with its root last.
        (whom @ " and all below it", Some(root)) => format!("process {root}{whom}"),
        _ => Names(&processes).to_string(),
    };
    outcome.request(Request::Prompt {
        title: format!("Signal to send to {names}: {SIGNALS}"),
        text: "HUP".to_owned(),
        decision: PanelDecision::NameSignal(processes),
    });
}

/// Asks before a signal is sent, naming who gets it and since when each has been running.
fn ask_to_signal(signal: Signal, processes: Vec<ProcessKey>, around: &Around, outcome: &mut Outcome) {
    let Some(seen) = around.seen().filter(|_| !processes.is_empty()) else {
        return;
    };
    let mut details: Vec<String> = processes
        .iter()
        .take(NAMED)
        .map(|key| line(*key, seen, around))
        .collect();
    if processes.len() > NAMED {
        details.push(format!("and {} more", processes.len() - NAMED));
    }
    outcome.request(Request::Confirm {
        question: format!("Send {signal} to {}?", Names(&processes)),
        details,
        verb: "send",
        decision: PanelDecision::Signal(signal, processes),
        target: around.target,
    });
}

fn line(key: ProcessKey, seen: &Observation, around: &Around) -> String {
    let process = seen.process(key.pid).filter(|process| process.key == key);
    let title = process.map(crate::domain::Process::title).unwrap_or_default();
    let pane = rows::pane_of(key, around).map(|pane| format!(" (pane {})", rows::pane_name(pane, around)));
    let age = seen.age(key);
    let (start, age) = (rows::start(age, around.now), short_span(age));
    format!("{key}{}, began {start}, {age} ago: {title}", pane.unwrap_or_default())
}

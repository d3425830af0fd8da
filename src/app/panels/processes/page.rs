//! The page about one process: read again while it is in sight. The values of its variables are not even asked for until the
//! user wants to see them, and forgotten when not any more.

use std::time::Duration;

use crate::app::insight::LookState;
use crate::app::list::Motion;
use crate::app::panels::outcome::Outcome;
use crate::app::panels::panel::Around;
use crate::app::panels::view::{Body, PanelView, Span, Tone};
use crate::app::{Answer, LookAnswer, LookQuestion, Question, Refresh};
use crate::domain::{Failure, ProcessDetails, ProcessKey, Ticket};

use super::page_lines;

/// How often it is read.
const EVERY: Duration = Duration::from_secs(3);

/// The page's state.
#[derive(Debug)]
pub struct ProcessPage {
    key: ProcessKey,
    details: Refresh<Box<ProcessDetails>>,
    wants_values: bool,
    above: usize,
}

impl ProcessPage {
    /// A page that has to ask first.
    pub fn new(key: ProcessKey) -> Self {
        Self {
            key,
            details: Refresh::default(),
            wants_values: false,
            above: 0,
        }
    }

    /// Whose it is.
    pub fn key(&self) -> ProcessKey {
        self.key
    }

    /// Reads the values of its variables, or forgets them.
    pub fn toggle_values(&mut self) {
        self.wants_values = !self.wants_values;
        if let Some(details) = self.details.value_mut().filter(|_| !self.wants_values) {
            details.environment = None;
        }
        self.want();
    }

    /// Reads it again as soon as possible.
    pub fn want(&mut self) {
        self.details.want();
    }

    fn lines(&self, around: &Around) -> Vec<Vec<Span>> {
        let details = self.details.value();
        details
            .map(|details| page_lines::lines(details, self.wants_values, around))
            .unwrap_or_default()
    }

    /// Scrolls.
    pub fn go(&mut self, motion: Motion, around: &Around) {
        let rows = around.rows();
        let last = self.lines(around).len().saturating_sub(rows);
        self.above = motion.moved(self.above, rows, last);
    }

    /// Asks when it is time, where something may be asked.
    pub fn tick(&mut self, around: &Around, outcome: &mut Outcome) {
        let is_reachable = around.look().is_some_and(LookState::is_reachable);
        if let Some(target) = around.target.filter(|_| is_reachable)
            && self.details.is_due(EVERY, around.now)
        {
            let question = LookQuestion::Details {
                process: self.key,
                environment: self.wants_values,
            };
            let ticket = outcome.ask(target, Question::Look(question));
            self.details.ask(ticket, around.now);
        }
    }

    /// When it wants to be read next.
    pub fn next_deadline(&self, around: &Around) -> Option<Duration> {
        let is_reachable = around.look().is_some_and(LookState::is_reachable);
        self.details.next_due(EVERY).filter(|_| is_reachable)
    }

    /// Takes its answer in; hands another one back.
    pub fn answer(
        &mut self,
        ticket: Ticket,
        result: Result<Answer, Failure>,
        around: &Around,
    ) -> Option<Result<Answer, Failure>> {
        if !self.details.waits_for(ticket) {
            return Some(result);
        }
        let result = match result {
            Ok(Answer::Look(LookAnswer::Details(details))) => Ok(details),
            Err(failure) => Err(failure),
            Ok(other) => return Some(Ok(other)),
        };
        self.details.answer(ticket, result, around.now);
        // They may have been on their way when the user did not want them any more.
        if let Some(details) = self.details.value_mut().filter(|_| !self.wants_values) {
            details.environment = None;
        }
        None
    }

    /// The lines in sight.
    pub fn view(&self, around: &Around) -> PanelView {
        let lines = self.lines(around);
        let body = match self.details.failure() {
            Some(failure) if lines.is_empty() => Body::Nothing(failure.to_string()),
            _ if lines.is_empty() => Body::Nothing("Looking…".to_owned()),
            _ => Body::Page {
                above: self.above,
                total: lines.len(),
                lines: lines.into_iter().skip(self.above).take(around.rows()).collect(),
            },
        };
        let failure = self.details.failure().zip(self.details.age(around.now));
        let info = match failure {
            Some((failure, age)) => Span::new(format!("{}s old: {failure}", age.as_secs()), Tone::Warning),
            None => Span::faint("Esc back"),
        };
        PanelView {
            subject: format!("{} · {}", around.subject(), self.key),
            body,
            info: vec![info],
        }
    }
}

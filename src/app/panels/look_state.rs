//! What a panel knows of the sandbox that it looks into: asked while it is seen, forgotten when it follows another.

use std::sync::Arc;
use std::time::Duration;

use crate::app::link::Link;
use crate::app::refresh::Refresh;
use crate::app::{Answer, LookAnswer, LookQuestion, Question};
use crate::domain::{Failure, Observation, Pid, TargetId, Ticket};

use super::outcome::Outcome;
use super::panel::Around;
use super::process_order::Shares;
use super::view::{Span, Tone};

/// Between two looks.
const INTERVAL: Duration = Duration::from_secs(2);

/// The last look, and what the one before tells of the time between.
#[derive(Debug, Default)]
pub struct LookState {
    target: Option<TargetId>,
    refresh: Refresh<(Arc<Observation>, Vec<Pid>)>,
    /// What processes used of a processor between the last two looks.
    pub cpu: Shares,
    /// The look before the last.
    pub before: Option<Arc<Observation>>,
}

impl LookState {
    /// The sandbox that it is about.
    pub fn target(&self) -> Option<TargetId> {
        self.target
    }

    /// What was seen last.
    pub fn seen(&self) -> Option<&Arc<Observation>> {
        self.refresh.value().map(|(seen, _)| seen)
    }

    /// Whether envd itself started this process.
    pub fn is_managed(&self, pid: Pid) -> bool {
        self.refresh.value().is_some_and(|(_, managed)| managed.contains(&pid))
    }

    /// Looks as soon as possible.
    pub fn want(&mut self) {
        self.refresh.want();
    }

    /// Follows the panel's sandbox and looks when it is time. Only where a link stands: looking must not wake a sandbox that
    /// sleeps. True if it is another sandbox than before.
    pub fn tick(&mut self, around: &Around, sockets: bool, outcome: &mut Outcome) -> bool {
        let is_other = around.is_visible && around.target != self.target;
        if is_other {
            *self = Self {
                target: around.target,
                ..Self::default()
            };
        }
        if let Some(target) = self.target.filter(|_| self.may_look(around))
            && self.refresh.is_due(INTERVAL, around.now)
        {
            let question = Question::Look(LookQuestion::Look { sockets });
            let ticket = outcome.ask(target, question);
            self.refresh.ask(ticket, around.now);
        }
        is_other
    }

    /// When it wants to look next.
    pub fn next_deadline(&self, around: &Around) -> Option<Duration> {
        self.refresh.next_due(INTERVAL).filter(|_| self.may_look(around))
    }

    fn may_look(&self, around: &Around) -> bool {
        let is_live = |target| {
            let mut sessions = around.workspace.sessions();
            sessions.any(|(_, session)| session.target == target && matches!(session.link, Link::Live))
        };
        around.is_visible && self.target.is_some_and(is_live)
    }

    /// Takes an answer in; hands it back if it is somebody else's.
    pub fn answer(
        &mut self,
        ticket: Ticket,
        result: Result<Answer, Failure>,
        around: &Around,
    ) -> Option<Result<Answer, Failure>> {
        if !self.refresh.waits_for(ticket) {
            return Some(result);
        }
        let result = match result {
            Ok(Answer::Look(LookAnswer::Seen(seen, managed))) => Ok((seen, managed)),
            Err(failure) => Err(failure),
            other => return Some(other),
        };
        if let (Ok((seen, _)), before) = (&result, self.seen().cloned()) {
            if let Some(before) = &before {
                self.cpu = seen.cpu_since(before);
            }
            self.before = before;
        }
        self.refresh.answer(ticket, result, around.now);
        None
    }

    /// Why there is nothing to be seen yet.
    pub fn nothing(&self) -> String {
        match self.refresh.failure() {
            Some(failure) => failure.to_string(),
            None if self.target.is_none() => "No sandbox is open.".to_owned(),
            None => "Looking… Only a sandbox with a living pane is looked into.".to_owned(),
        }
    }

    /// For the last line: how old what is shown is, and why there is nothing newer.
    pub fn trouble(&self, around: &Around) -> Option<Span> {
        let failure = self.refresh.failure()?;
        let age = self.refresh.age(around.now)?.as_secs();
        Some(Span::new(format!("{age}s old: {failure}"), Tone::Warning))
    }
}

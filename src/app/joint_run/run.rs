//! What became of one command on many sandboxes: where it runs still, what was answered, equal answers once.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{Failure, LineKind, Moment, RunAnswer, RunGroups, Ticket, run_difference, run_labels};

/// One command on many sandboxes.
#[derive(Clone, Debug)]
pub struct JointRun {
    /// The command, as it was typed; not escaped.
    pub command: String,
    began: Moment,
    /// How long it took, once all have answered.
    took: Option<Duration>,
    parts: Vec<(String, PartState)>,
    groups: Vec<Group>,
    /// Counts up with every answer.
    version: u64,
    /// Whether the user was asked about guarded sandboxes.
    pub was_confirmed: bool,
    /// Whether its end was told.
    is_told: bool,
}

/// How far it is in one sandbox.
#[derive(Clone, Debug, PartialEq)]
pub enum PartState {
    /// The sandbox is being opened.
    Opening(Ticket),
    /// It runs.
    Running(Ticket),
    /// It is over.
    Done(Arc<RunAnswer>),
}

/// Sandboxes that gave the same answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// How many, and which; safe to show.
    pub who: String,
    /// How many.
    pub count: usize,
    /// What they answered.
    pub answer: Arc<RunAnswer>,
    /// Whether it is the most common answer.
    pub is_usual: bool,
}

impl JointRun {
    /// A command that begins on these.
    pub fn begin(command: impl Into<String>, parts: Vec<(String, PartState)>, now: Moment) -> Self {
        let mut run = Self {
            command: command.into(),
            began: now,
            took: None,
            parts,
            groups: Vec::new(),
            version: 0,
            was_confirmed: false,
            is_told: false,
        };
        run.arrange(now);
        run
    }

    /// The answers, what went well first.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Changes with every answer.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// When it began.
    pub fn began(&self) -> Moment {
        self.began
    }

    /// How many have answered, of how many.
    pub fn progress(&self) -> (usize, usize) {
        let is_done = |(_, state): &&(String, PartState)| matches!(state, PartState::Done(_));
        (self.parts.iter().filter(is_done).count(), self.parts.len())
    }

    /// Whether all have answered.
    pub fn is_over(&self) -> bool {
        self.took.is_some()
    }

    /// How long it took, or has taken so far.
    pub fn duration(&self, now: Moment) -> Duration {
        self.took.unwrap_or_else(|| now.since(self.began))
    }

    /// Those that have not answered yet; safe to show.
    pub fn waiting(&self) -> Vec<&str> {
        let waiting = self
            .parts
            .iter()
            .filter(|(_, state)| !matches!(state, PartState::Done(_)));
        waiting.map(|(label, _)| label.as_str()).collect()
    }

    /// The tickets of what still runs or is being opened.
    pub fn tickets(&self) -> Vec<Ticket> {
        let ticket = |(_, state): &(String, PartState)| match state {
            PartState::Running(ticket) | PartState::Opening(ticket) => Some(*ticket),
            PartState::Done(_) => None,
        };
        self.parts.iter().filter_map(ticket).collect()
    }

    /// Whether this ticket is of a sandbox that is being opened.
    pub fn is_opening(&self, ticket: Ticket) -> bool {
        self.parts.iter().any(|(_, state)| *state == PartState::Opening(ticket))
    }

    /// Whether this ticket is of a command that runs.
    pub fn is_running(&self, ticket: Ticket) -> bool {
        self.parts.iter().any(|(_, state)| *state == PartState::Running(ticket))
    }

    /// What was being opened is open: the first takes its place, more of them are added.
    pub fn opened(&mut self, ticket: Ticket, parts: Vec<(String, PartState)>, now: Moment) {
        if let Some(place) = self
            .parts
            .iter()
            .position(|(_, state)| *state == PartState::Opening(ticket))
        {
            self.parts.splice(place..=place, parts);
            self.arrange(now);
        }
    }

    /// An answer has come.
    pub fn answered(&mut self, ticket: Ticket, answer: RunAnswer, now: Moment) {
        let waits = |state: &PartState| *state == PartState::Running(ticket) || *state == PartState::Opening(ticket);
        if let Some((_, state)) = self.parts.iter_mut().find(|(_, state)| waits(state)) {
            *state = PartState::Done(Arc::new(answer));
            self.arrange(now);
        }
    }

    /// Gives up what is being opened still; what runs answers by itself when it is ended.
    pub fn give_up_openings(&mut self, now: Moment) {
        let failure = Arc::new(RunAnswer::failed("the command was given up"));
        for (_, state) in &mut self.parts {
            if matches!(state, PartState::Opening(_)) {
                *state = PartState::Done(Arc::clone(&failure));
            }
        }
        self.arrange(now);
    }

    /// The lines of a group's answer: as they are, or as what differs from the most common answer, if that is wanted and
    /// can be said. True if it is a difference.
    pub fn body(&self, group: usize, wants_difference: bool) -> (bool, Vec<(LineKind, String)>) {
        let Some(shown) = self.groups.get(group) else {
            return (false, Vec::new());
        };
        let own = shown.answer.lines(true);
        let usual = self.groups.iter().find(|group| group.is_usual);
        let usual = usual.filter(|usual| wants_difference && !Arc::ptr_eq(&usual.answer, &shown.answer));
        let difference = usual.and_then(|usual| run_difference(&usual.answer.lines(true), &own));
        match difference {
            Some(lines) => (true, lines),
            None => (false, own.into_iter().map(|line| (LineKind::Same, line)).collect()),
        }
    }

    /// How it went, said once when it is over.
    pub fn take_news(&mut self) -> Option<(bool, String)> {
        let news = self.outcome().filter(|_| !self.is_told)?;
        self.is_told = true;
        Some(news)
    }

    /// How it went, in one sentence, once it is over.
    pub fn outcome(&self) -> Option<(bool, String)> {
        let took = self.took?;
        let count = self.parts.len();
        let command = crate::domain::shorten(&crate::domain::RemoteText::from(&*self.command).escaped(), 30);
        let good: usize = self
            .groups
            .iter()
            .filter(|group| group.answer.is_success())
            .map(|group| group.count)
            .sum();
        let sandboxes = if count == 1 {
            "1 sandbox".to_owned()
        } else {
            format!("{count} sandboxes")
        };
        let answers = match self.groups.len() {
            0 | 1 => String::new(),
            different => format!(", {different} different answers"),
        };
        let text = format!(
            "{command}: {good} of {sandboxes} well after {:.1} s{answers}",
            took.as_secs_f32()
        );
        Some((good == count, text))
    }

    fn arrange(&mut self, now: Moment) {
        self.version += 1;
        let done: Vec<(String, Arc<RunAnswer>)> = self
            .parts
            .iter()
            .filter_map(|(label, state)| match state {
                PartState::Done(answer) => Some((label.clone(), Arc::clone(answer))),
                PartState::Opening(_) | PartState::Running(_) => None,
            })
            .collect();
        let groups = RunGroups::of(
            done.iter()
                .map(|(label, answer)| (label.clone(), RunAnswer::clone(answer))),
        );
        let usual = groups.usual();
        let arranged = groups.iter().filter_map(|(answer, labels)| {
            let (_, kept) = done.iter().find(|(_, kept)| **kept == *answer)?;
            Some(Group {
                who: run_labels(labels),
                count: labels.len(),
                answer: Arc::clone(kept),
                is_usual: usual == Some(answer),
            })
        });
        self.groups = arranged.collect();
        if self.took.is_none() && self.waiting().is_empty() {
            self.took = Some(now.since(self.began));
        }
    }
}

/// The answer of a sandbox that could not be opened.
impl From<Failure> for PartState {
    fn from(failure: Failure) -> Self {
        Self::Done(Arc::new(RunAnswer::failed(failure.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::RunVerdict;

    fn answer(code: u8, text: &str) -> RunAnswer {
        RunAnswer {
            verdict: RunVerdict::Ended(code),
            stdout: text.into(),
            stderr: Vec::new(),
            is_cut: false,
        }
    }

    #[test]
    fn answers_come_one_by_one_and_odd_ones_are_told_apart() {
        let parts = ["a", "b", "c"].into_iter().zip(1..);
        let parts = parts.map(|(label, ticket)| (label.to_owned(), PartState::Running(Ticket(ticket))));
        let mut run = JointRun::begin("uname", parts.collect(), Moment::ZERO);
        assert_eq!((run.progress(), run.is_over()), ((0, 3), false));
        let later = Moment::ZERO.after(Duration::from_secs(2));
        run.answered(Ticket(1), answer(0, "one\ntwo\n"), later);
        run.answered(Ticket(3), answer(0, "one\ntwo\n"), later);
        assert_eq!(run.waiting(), ["b"]);
        run.answered(Ticket(2), answer(0, "one\n2\n"), later);
        assert_eq!(
            run.outcome(),
            Some((
                true,
                "uname: 3 of 3 sandboxes well after 2.0 s, 2 different answers".to_owned()
            ))
        );
        let odd = run.groups().iter().position(|group| !group.is_usual).unwrap();
        let (is_difference, lines) = run.body(odd, true);
        assert!(
            is_difference && lines.contains(&(LineKind::Extra, "2".to_owned())),
            "{lines:?}"
        );
        assert_eq!(
            run.body(odd, false),
            (
                false,
                vec![(LineKind::Same, "one".to_owned()), (LineKind::Same, "2".to_owned())]
            )
        );
        assert_eq!(run.groups()[1 - odd].who, "2 sandboxes: a, c");
    }

    #[test]
    fn what_is_still_being_opened_is_given_up_at_once() {
        let parts = vec![
            ("a".to_owned(), PartState::Opening(Ticket(1))),
            ("b".to_owned(), PartState::Running(Ticket(2))),
        ];
        let mut run = JointRun::begin("x", parts, Moment::ZERO);
        run.give_up_openings(Moment::ZERO);
        assert_eq!((run.waiting(), run.tickets()), (vec!["b"], vec![Ticket(2)]));
        assert!(!run.is_opening(Ticket(1)), "what comes late is not begun");
    }
}

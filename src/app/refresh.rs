//! Something that is asked for again and again: the last good value with its age, the failure since, and what is under
//! way. Knows neither who asks nor what.

use std::time::Duration;

use crate::domain::{Failure, Moment, Ticket};

/// Between tries after failures, at the most.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The last good value of something, and how the next one is coming along.
#[derive(Clone, Debug)]
pub struct Refresh<T> {
    value: Option<(T, Moment)>,
    failure: Option<Failure>,
    failures: u32,
    latch: Latch,
    /// When it was asked for last.
    asked_at: Option<Moment>,
}

/// One question is under way at the most; wanting it again meanwhile asks once more after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Latch {
    Idle,
    Running(Ticket),
    RunningAndWanted(Ticket),
}

impl<T> Default for Refresh<T> {
    fn default() -> Self {
        Self {
            value: None,
            failure: None,
            failures: 0,
            latch: Latch::Idle,
            asked_at: None,
        }
    }
}

impl<T> Refresh<T> {
    /// The last good value.
    pub fn value(&self) -> Option<&T> {
        self.value.as_ref().map(|(value, _)| value)
    }

    /// The last good value, to change it in place.
    pub fn value_mut(&mut self) -> Option<&mut T> {
        self.value.as_mut().map(|(value, _)| value)
    }

    /// How old the last good value is.
    pub fn age(&self, now: Moment) -> Option<Duration> {
        self.value.as_ref().map(|(_, at)| now.since(*at))
    }

    /// Why there is no newer value.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// Whether a question is under way.
    pub fn is_running(&self) -> bool {
        self.latch != Latch::Idle
    }

    /// Whether it is time to ask, if it is to be asked every so often. Failures stretch the time.
    pub fn is_due(&self, every: Duration, now: Moment) -> bool {
        self.next_due(every).is_some_and(|due| due <= now.since_start)
    }

    /// When it is to be asked next, as time since the start; none while a question is under way.
    pub fn next_due(&self, every: Duration) -> Option<Duration> {
        if self.is_running() {
            return None;
        }
        let Some(asked_at) = self.asked_at else {
            return Some(Duration::ZERO);
        };
        let wait = every.saturating_mul(2_u32.saturating_pow(self.failures.min(6)));
        Some(asked_at.since_start + wait.min(LONGEST_WAIT.max(every)))
    }

    /// Notes that it is asked under this ticket now.
    pub fn ask(&mut self, ticket: Ticket, now: Moment) {
        self.latch = Latch::Running(ticket);
        self.asked_at = Some(now);
    }

    /// Wants it anew as soon as possible, whatever the interval.
    pub fn want(&mut self) {
        match self.latch {
            Latch::Idle => self.asked_at = None,
            Latch::Running(ticket) => self.latch = Latch::RunningAndWanted(ticket),
            Latch::RunningAndWanted(_) => {}
        }
    }

    /// Takes in an answer. False if it belongs to another question, or to one that nobody waits for any more.
    pub fn answer(&mut self, ticket: Ticket, result: Result<T, Failure>, now: Moment) -> bool {
        match self.latch {
            Latch::Running(asked) if asked == ticket => {}
            Latch::RunningAndWanted(asked) if asked == ticket => self.asked_at = None,
            _ => return false,
        }
        self.latch = Latch::Idle;
        match result {
            Ok(value) => {
                self.value = Some((value, now));
                self.failure = None;
                self.failures = 0;
            }
            Err(failure) => {
                self.failure = Some(failure);
                self.failures = self.failures.saturating_add(1);
            }
        }
        true
    }

    /// Whether the answer to this question is waited for.
    pub fn waits_for(&self, ticket: Ticket) -> bool {
        matches!(self.latch, Latch::Running(asked) | Latch::RunningAndWanted(asked) if asked == ticket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FailureKind;

    fn at(seconds: u64) -> Moment {
        Moment::ZERO.after(Duration::from_secs(seconds))
    }

    #[test]
    fn old_answers_are_dropped_and_old_values_stay() {
        let every = Duration::from_secs(2);
        let mut refresh = Refresh::default();
        assert!(refresh.is_due(every, at(0)));
        refresh.ask(Ticket(1), at(0));
        assert!(!refresh.is_due(every, at(50)), "one question at a time");
        assert!(!refresh.answer(Ticket(7), Ok(0), at(1)));
        assert!(refresh.answer(Ticket(1), Ok(5), at(1)));
        assert!(!refresh.is_due(every, at(1)) && refresh.is_due(every, at(2)));
        refresh.ask(Ticket(2), at(2));
        let failure = Failure::new(FailureKind::Unreachable, "gone");
        assert!(refresh.answer(Ticket(2), Err(failure), at(3)));
        assert_eq!(
            (refresh.value(), refresh.age(at(9))),
            (Some(&5), Some(Duration::from_secs(8)))
        );
        assert!(refresh.failure().is_some() && !refresh.is_due(every, at(5)) && refresh.is_due(every, at(6)));
    }

    #[test]
    fn wanting_it_meanwhile_asks_once_more() {
        let every = Duration::from_secs(60);
        let mut refresh = Refresh::default();
        refresh.ask(Ticket(1), at(0));
        refresh.want();
        refresh.want();
        assert!(refresh.answer(Ticket(1), Ok(1), at(1)));
        assert!(refresh.is_due(every, at(1)));
        refresh.ask(Ticket(2), at(1));
        assert!(refresh.answer(Ticket(2), Ok(2), at(2)) && !refresh.is_due(every, at(2)));
    }
}

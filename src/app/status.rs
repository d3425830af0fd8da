//! What the status line tells that no pane knows: the load of the sandbox in front, and where a newcomer finds help.

use std::time::Duration;

use crate::domain::{Failure, Moment, SystemMetrics, TargetId, Ticket};

use super::refresh::Refresh;
use super::work::Work;
use super::{Effect, Effects, Question};

/// Between two questions for the load.
const INTERVAL: Duration = Duration::from_secs(5);
/// A load that is older is not shown.
const STALE_AFTER: Duration = Duration::from_secs(20);
/// Tickets of ours are told from all others by their size.
const FIRST_TICKET: u64 = 1 << 38;
/// A newcomer who does nothing has read the hint after this time.
const HINT_FOR: Duration = Duration::from_secs(90);

/// All of it.
#[derive(Debug, Default)]
pub struct Status {
    /// The load of the sandbox in front.
    pub load: LoadWatch,
    /// Where help is.
    pub hint: FirstHint,
    /// What takes longer.
    pub work: Work,
}

/// The load of one sandbox, asked while somebody looks at a living pane in it.
#[derive(Debug, Default)]
pub struct LoadWatch {
    target: Option<TargetId>,
    refresh: Refresh<SystemMetrics>,
    tickets: u64,
}

impl LoadWatch {
    /// Follows the sandbox in front; none where no link stands or nobody looks. Asks when it is time.
    pub fn tick(&mut self, target: Option<TargetId>, now: Moment, effects: &mut Effects) {
        if target != self.target {
            self.target = target;
            self.refresh = Refresh::default();
        }
        if let Some(target) = target.filter(|_| self.refresh.is_due(INTERVAL, now)) {
            self.tickets += 1;
            let ticket = Ticket(FIRST_TICKET + self.tickets);
            self.refresh.ask(ticket, now);
            effects.push(Effect::Ask(ticket, target, Question::Metrics));
        }
    }

    /// When it wants to ask next.
    pub fn next_deadline(&self) -> Option<Duration> {
        self.target.and_then(|_| self.refresh.next_due(INTERVAL))
    }

    /// Whether a question was asked here, waited for or not.
    pub fn has_asked(ticket: Ticket) -> bool {
        (FIRST_TICKET..FIRST_TICKET << 1).contains(&ticket.0)
    }

    /// Takes an answer in. Without one nothing is shown: it is no news that an old daemon tells no load.
    pub fn answer(&mut self, ticket: Ticket, result: Result<SystemMetrics, Failure>, now: Moment) {
        self.refresh.answer(ticket, result, now);
    }

    /// The load, unless it is too old to go by.
    pub fn load(&self, now: Moment) -> Option<&SystemMetrics> {
        let is_fresh = self.refresh.age(now).is_some_and(|age| age <= STALE_AFTER);
        self.refresh.value().filter(|_| is_fresh)
    }
}

/// The line that tells a newcomer where help is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FirstHint {
    /// The user knows.
    #[default]
    Gone,
    /// It is shown, until this time since the start.
    ShownUntil(Duration),
}

impl FirstHint {
    /// Shown from now on.
    pub fn begin(now: Moment) -> Self {
        Self::ShownUntil(now.since_start + HINT_FOR)
    }

    /// Whether it is shown.
    pub fn is_shown(self) -> bool {
        self != Self::Gone
    }

    /// Takes it away; true if it was there.
    pub fn dismiss(&mut self) -> bool {
        std::mem::take(self).is_shown()
    }

    /// Takes it away when its time is over.
    pub fn tick(&mut self, now: Moment) -> bool {
        match *self {
            Self::ShownUntil(until) if until <= now.since_start => self.dismiss(),
            _ => false,
        }
    }

    /// When `tick` wants to be called.
    pub fn next_deadline(self) -> Option<Duration> {
        match self {
            Self::Gone => None,
            Self::ShownUntil(until) => Some(until),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_load_is_asked_for_the_sandbox_in_front_alone() {
        let at = |seconds| Moment::ZERO.after(Duration::from_secs(seconds));
        let mut watch = LoadWatch::default();
        let mut effects = Effects::default();
        watch.tick(None, at(0), &mut effects);
        assert!(effects.take().is_empty() && watch.next_deadline().is_none());
        watch.tick(Some(TargetId(1)), at(0), &mut effects);
        let asked = effects.take();
        let [Effect::Ask(ticket, TargetId(1), Question::Metrics)] = asked.as_slice() else {
            panic!("{asked:?}");
        };
        assert!(LoadWatch::has_asked(*ticket));
        watch.answer(*ticket, Ok(SystemMetrics::default()), at(1));
        assert!(watch.load(at(2)).is_some() && watch.load(at(40)).is_none());
        watch.tick(Some(TargetId(1)), at(2), &mut effects);
        assert!(effects.take().is_empty(), "not yet again");
        watch.tick(Some(TargetId(2)), at(2), &mut effects);
        assert_eq!((effects.take().len(), watch.load(at(2))), (1, None));
        watch.answer(*ticket, Ok(SystemMetrics::default()), at(2));
        assert_eq!(watch.load(at(2)), None, "an answer for the other sandbox is too late");
    }

    #[test]
    fn the_hint_goes_by_itself_or_at_once() {
        let mut hint = FirstHint::begin(Moment::ZERO);
        assert!(!hint.tick(Moment::ZERO.after(Duration::from_secs(89))) && hint.is_shown());
        assert!(hint.tick(Moment::ZERO.after(HINT_FOR)) && !hint.is_shown());
        assert!(!hint.dismiss() && FirstHint::begin(Moment::ZERO).dismiss());
    }
}

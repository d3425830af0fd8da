//! When to ask the platform what: one question at a time, never more than one a second once the list is known, none when
//! nobody looks, later after failures and as late as the platform says. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::{Failure, Moment, SandboxId, Ticket};

/// The least time between two questions, once the list is known.
const GAP: Duration = Duration::from_secs(1);
/// From the end of one reading of the list to the beginning of the next, while things change.
const LIST_PAUSE: Duration = Duration::from_secs(4);
/// The same after readings that brought nothing new.
const LONGEST_LIST_PAUSE: Duration = Duration::from_secs(20);
/// The platform takes a sample of each sandbox so often.
const SAMPLE_PAUSE: Duration = Duration::from_secs(5);
/// How often a sandbox that is open is looked at while no list is.
const LOOK_PAUSE: Duration = Duration::from_secs(30);
/// The longest time between tries when the platform does not answer.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How closely the user looks at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gaze {
    /// Not at all: the window is not in front, or nothing of the platform is to be seen.
    Away,
    /// At panes of sandboxes.
    Panes,
    /// At a list of sandboxes.
    List,
}

/// What to ask next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The page that follows here.
    Page(Option<String>),
    /// The newest samples.
    Samples,
    /// One sandbox.
    Look(SandboxId),
}

/// How far the reading of the list has come, and when it goes on.
#[derive(Debug, Default)]
pub(super) struct Reading {
    under_way: Option<(Ticket, Step)>,
    asked_at: Option<Moment>,
    /// After a failure: not before this time since the start.
    not_before: Duration,
    failures: u32,
    failure: Option<Failure>,
    /// Where the next page begins; the beginning of the list between two readings of it.
    position: Option<String>,
    /// Readings of the list that were begun.
    pub(super) round: u64,
    round_began: Option<Moment>,
    round_ended: Option<Moment>,
    /// Whole readings in a row that brought nothing new.
    quiet: u32,
    sampled_at: Option<Moment>,
    looked_at: BTreeMap<SandboxId, Moment>,
}

impl Reading {
    /// When the next question is due, as time since the start, and which.
    pub(super) fn next(&self, gaze: Gaze, open: &[SandboxId], has_running: bool) -> Option<(Duration, Step)> {
        if self.under_way.is_some() || gaze == Gaze::Away {
            return None;
        }
        let mut steps: Vec<(Duration, Step)> = Vec::new();
        let at = |moment: Option<Moment>, pause: Duration| moment.map_or(Duration::ZERO, |at| at.since_start + pause);
        for id in open {
            let looked_at = self.looked_at.get(id).copied();
            // A list that is read tells the same, but for what a first look tells.
            if gaze == Gaze::Panes || looked_at.is_none() {
                steps.push((at(looked_at, LOOK_PAUSE), Step::Look(id.clone())));
            }
        }
        if gaze == Gaze::List {
            if has_running && self.is_list_known() {
                steps.push((at(self.sampled_at, SAMPLE_PAUSE), Step::Samples));
            }
            let pause = (LIST_PAUSE * (self.quiet + 1)).min(LONGEST_LIST_PAUSE);
            let due = if self.position.is_some() {
                Duration::ZERO
            } else {
                at(self.round_ended, pause)
            };
            steps.push((due, Step::Page(self.position.clone())));
        }
        let (due, step) = steps.into_iter().min_by_key(|(due, _)| *due)?;
        Some((due.max(self.not_before).max(at(self.asked_at, self.gap())), step))
    }

    /// Only the first reading goes on without a pause: nobody wants to wait a minute for the fiftieth page.
    fn gap(&self) -> Duration {
        let is_first = self.position.is_some() && !self.is_list_known();
        if is_first { Duration::ZERO } else { GAP }
    }

    /// Whether the list has been read to its end at least once.
    pub(super) fn is_list_known(&self) -> bool {
        self.round_ended.is_some()
    }

    /// When the list was read to its end last.
    pub(super) fn listed_at(&self) -> Option<Moment> {
        self.round_ended
    }

    /// When the reading began that is under way, or was last.
    pub(super) fn round_began(&self) -> Option<Moment> {
        self.round_began
    }

    /// Why there is nothing newer.
    pub(super) fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// Notes that a step is under way.
    pub(super) fn begin(&mut self, ticket: Ticket, step: Step, now: Moment) {
        match &step {
            Step::Page(None) => {
                self.round += 1;
                self.round_began = Some(now);
            }
            Step::Page(Some(_)) => {}
            Step::Samples => self.sampled_at = Some(now),
            Step::Look(id) => {
                self.looked_at.insert(id.clone(), now);
            }
        }
        self.asked_at = Some(now);
        self.under_way = Some((ticket, step));
    }

    /// The step that was under way under this ticket; it no longer is.
    pub(super) fn end(&mut self, ticket: Ticket) -> Option<Step> {
        self.under_way
            .take_if(|(asked, _)| *asked == ticket)
            .map(|(_, step)| step)
    }

    /// A page came; `next` is where the following one begins. True if the list was read to its end with this.
    pub(super) fn turn_page(&mut self, next: Option<String>, now: Moment) -> bool {
        // A platform whose next page is the same one again would never let us come to the end.
        let is_last = next.is_none() || next == self.position;
        self.position = next.filter(|_| !is_last);
        if is_last {
            self.round_ended = Some(now);
            self.quiet = self.quiet.saturating_add(1);
        }
        self.succeed();
        is_last
    }

    /// Something changed: the list is read again soon, and often.
    pub(super) fn stir(&mut self) {
        self.quiet = 0;
    }

    /// Something was done: the list is read again at once.
    pub(super) fn hurry(&mut self) {
        self.quiet = 0;
        if let (Some(_), None) = (self.round_ended, &self.position) {
            self.round_ended = Some(Moment::ZERO);
        }
        self.looked_at.clear();
    }

    /// The platform answered.
    pub(super) fn succeed(&mut self) {
        self.failures = 0;
        self.failure = None;
        self.not_before = Duration::ZERO;
    }

    /// The platform did not answer, or refused.
    pub(super) fn fail(&mut self, failure: Failure, now: Moment) {
        self.failures = self.failures.saturating_add(1);
        let usual = (GAP * 2_u32.saturating_pow(self.failures.min(6))).min(LONGEST_WAIT);
        let wait = failure.retry_after.map_or(usual, |told| told.max(GAP));
        self.not_before = now.since_start + wait;
        // A page token may have lost its worth: the list is read from its beginning.
        self.position = None;
        self.failure = Some(failure);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FailureKind;

    fn at(millis: u64) -> Moment {
        Moment::ZERO.after(Duration::from_millis(millis))
    }

    /// Asks whatever is due, answers at once, for so long. Returns when what was asked.
    fn run(reading: &mut Reading, gaze: Gaze, from: u64, millis: u64, pages: u64) -> Vec<(u64, Step)> {
        let mut asked = Vec::new();
        let mut page = 0;
        for now in (from..from + millis).step_by(10) {
            let open = [SandboxId::from_str("i1")];
            let Some((due, step)) = reading.next(gaze, &open, true) else {
                continue;
            };
            if due > at(now).since_start {
                continue;
            }
            let ticket = Ticket(now);
            reading.begin(ticket, step.clone(), at(now));
            assert_eq!(reading.next(gaze, &open, true), None, "one at a time");
            assert_eq!(reading.end(ticket), Some(step.clone()));
            if let Step::Page(position) = &step {
                page = if position.is_none() { 1 } else { page + 1 };
                reading.turn_page((page < pages).then(|| page.to_string()), at(now));
            } else {
                reading.succeed();
            }
            asked.push((now, step));
        }
        asked
    }

    trait FromStr {
        fn from_str(text: &str) -> Self;
    }

    impl FromStr for SandboxId {
        fn from_str(text: &str) -> Self {
            text.parse().expect("an ID")
        }
    }

    #[test]
    fn the_first_reading_is_quick_and_then_there_is_one_question_a_second_at_the_most() {
        let mut reading = Reading::default();
        let first = run(&mut reading, Gaze::List, 0, 2_000, 50);
        assert!(first.iter().filter(|(_, step)| matches!(step, Step::Page(_))).count() >= 50);
        assert!(reading.is_list_known());
        let later = run(&mut reading, Gaze::List, 10_000, 120_000, 50);
        for pair in later.windows(2) {
            assert!(pair[1].0 - pair[0].0 >= 1_000, "{pair:?}");
        }
        assert!(later.iter().any(|(_, step)| *step == Step::Samples));
    }

    #[test]
    fn a_quiet_list_is_read_less_often_and_nobody_looking_asks_nothing() {
        let mut reading = Reading::default();
        let asked = run(&mut reading, Gaze::List, 0, 300_000, 1);
        let pages = asked.iter().filter(|(_, step)| matches!(step, Step::Page(_))).count();
        assert!((14..=25).contains(&pages), "{pages}");
        assert!(run(&mut reading, Gaze::Away, 300_000, 60_000, 1).is_empty());
        reading.hurry();
        let looks = run(&mut reading, Gaze::Panes, 400_000, 60_000, 1);
        assert_eq!(looks.len(), 2, "{looks:?}");
    }

    #[test]
    fn a_refusal_is_obeyed_and_failures_stretch_the_time() {
        let mut reading = Reading::default();
        let mut failure = Failure::new(FailureKind::Busy, "limited");
        failure.retry_after = Some(Duration::from_secs(17));
        reading.begin(Ticket(1), Step::Page(None), at(0));
        assert!(reading.end(Ticket(2)).is_none() && reading.end(Ticket(1)).is_some());
        reading.fail(failure.clone(), at(100));
        let (due, _) = reading.next(Gaze::List, &[], false).expect("a step");
        assert_eq!(due, Duration::from_millis(17_100));
        failure.retry_after = None;
        let mut waits = Vec::new();
        for _ in 0..8 {
            reading.fail(failure.clone(), at(0));
            waits.push(reading.next(Gaze::List, &[], false).expect("a step").0.as_secs());
        }
        assert_eq!(waits, [4, 8, 16, 32, 60, 60, 60, 60]);
    }
}

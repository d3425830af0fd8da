//! How a session's program and the link to it are doing. Exclusive states, one enum.

use std::time::Duration;

use crate::domain::{ExitStatus, Failure, Moment, Ticket};

use super::action::ProgramState;

/// The state of one session.
#[derive(Clone, Debug, PartialEq)]
pub enum Link {
    /// Not opened yet: its size or the directory to begin in is not known. Keys typed meanwhile wait here.
    Preparing {
        /// The question for the directory, if one was asked.
        ticket: Option<Ticket>,
        /// When to begin in any case.
        deadline: Moment,
        /// What was typed.
        typed: Vec<u8>,
    },
    /// Being opened.
    Opening,
    /// The program runs and the link stands.
    Live,
    /// The link is down and is being tried again.
    Rejoining {
        /// Which try comes next, from 1.
        attempt: u32,
        /// When it comes.
        retry_at: Moment,
        /// When the link went down.
        since: Moment,
        /// Why.
        failure: Failure,
    },
    /// The sandbox is paused. Nothing is asked of it until it runs again; the screen stays as it was.
    Asleep {
        /// Since when, as far as we know.
        since: Moment,
    },
    /// The program has ended: the sandbox said so.
    Ended {
        /// How.
        status: ExitStatus,
        /// When we heard of it.
        at: Moment,
    },
    /// The session could not begin or cannot go on.
    Failed {
        /// Why.
        failure: Failure,
        /// When.
        at: Moment,
    },
}

impl Link {
    /// How the program is doing, as far as actions care.
    pub fn program_state(&self) -> ProgramState {
        match self {
            Self::Preparing { .. } | Self::Opening | Self::Live => ProgramState::Running,
            Self::Rejoining { .. } | Self::Asleep { .. } => ProgramState::Lost,
            Self::Ended { .. } | Self::Failed { .. } => ProgramState::Over,
        }
    }

    /// Whether nothing more will come of it.
    pub fn is_over(&self) -> bool {
        self.program_state() == ProgramState::Over
    }

    /// Since when nothing that is typed arrives: the program is over, or the link to it is down. What is typed into a
    /// dead link is not kept either: it must not run minutes later.
    pub fn deaf_since(&self) -> Option<Moment> {
        match self {
            Self::Ended { at, .. } | Self::Failed { at, .. } => Some(*at),
            Self::Rejoining { since, .. } | Self::Asleep { since } => Some(*since),
            _ => None,
        }
    }

    /// Whether something that the user would miss runs, as far as we know.
    pub fn has_program(&self) -> bool {
        matches!(self, Self::Live | Self::Rejoining { .. })
    }

    /// The exit code of a workbench that ends with this as its last program.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Ended { status, .. } => status.shell_code(),
            Self::Failed { failure, .. } | Self::Rejoining { failure, .. } => failure.kind.exit_code(),
            Self::Preparing { .. } | Self::Opening | Self::Live | Self::Asleep { .. } => 0,
        }
    }

    /// When something is to happen or to be drawn anew without any news.
    pub fn next_deadline(&self, now: Moment) -> Option<Duration> {
        match self {
            Self::Preparing { deadline, .. } => Some(deadline.since_start),
            Self::Rejoining { retry_at, .. } => {
                // The countdown shows whole seconds; it changes when the rest passes one.
                let left = retry_at.since(now);
                let part = Duration::from_nanos(u64::from(left.subsec_nanos()));
                let step = if part.is_zero() { Duration::from_secs(1) } else { part };
                (!left.is_zero()).then(|| now.since_start + step)
            }
            _ => None,
        }
    }
}

/// Whole seconds until `then`, rounded up: a countdown that ends with 1, not with 0.
pub fn seconds_until(then: Moment, now: Moment) -> u64 {
    then.since(now).as_millis().div_ceil(1000) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FailureKind;

    fn at(millis: u64) -> Moment {
        Moment::ZERO.after(Duration::from_millis(millis))
    }

    #[test]
    fn a_countdown_changes_when_its_number_does() {
        let link = Link::Rejoining {
            attempt: 1,
            retry_at: at(2_500),
            since: at(0),
            failure: Failure::new(FailureKind::Unreachable, "lost"),
        };
        let mut shown = Vec::new();
        let mut now = at(0);
        loop {
            let Link::Rejoining { retry_at, .. } = &link else {
                panic!("still rejoining")
            };
            shown.push(seconds_until(*retry_at, now));
            match link.next_deadline(now) {
                Some(due) => now = Moment::ZERO.after(due),
                None => break,
            }
        }
        assert_eq!(shown, [3, 2, 1, 0]);
    }
}

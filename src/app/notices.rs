//! What the user is told in passing: shown for a while, kept for looking up.

use std::collections::VecDeque;
use std::time::Duration;

use crate::domain::{Failure, Moment};

/// How bad it is. Decides how it looks and how long it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Something may not be as expected.
    Warning,
    /// Something did not work.
    Error,
}

/// One thing told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How bad.
    pub severity: Severity,
    /// One sentence; safe to show.
    pub text: String,
}

impl Notice {
    /// A notice of our own words; remote parts are escaped by the caller.
    pub fn new(severity: Severity, text: impl Into<String>) -> Self {
        Self {
            severity,
            text: text.into(),
        }
    }

    /// A failure in one line.
    pub fn from_failure(failure: &Failure) -> Self {
        Self::new(Severity::Error, failure.to_string())
    }
}

/// Says how much was copied.
pub fn copied(text: &str) -> Notice {
    let characters = text.chars().count();
    let said = match text.lines().count() {
        1 if characters == 1 => "copied 1 character".to_owned(),
        1 => format!("copied {characters} characters"),
        lines => format!("copied {lines} lines, {characters} characters"),
    };
    Notice::new(Severity::Info, said)
}

/// How many are kept.
const KEPT: usize = 200;

/// All notices of this run, as far as they are kept.
#[derive(Debug, Default)]
pub struct Notices {
    /// With the time at which they came, the newest last.
    list: VecDeque<(Moment, Notice)>,
    /// Until when the newest is shown.
    shown_until: Option<Moment>,
}

impl Notices {
    /// Tells something: shown until it has been read for long enough, or a key follows.
    pub fn tell(&mut self, notice: Notice, now: Moment) {
        let time = match notice.severity {
            Severity::Info => Duration::from_secs(4),
            Severity::Warning => Duration::from_secs(8),
            Severity::Error => Duration::from_secs(12),
        };
        self.shown_until = Some(now.after(time));
        self.list.push_back((now, notice));
        if self.list.len() > KEPT {
            self.list.pop_front();
        }
    }

    /// The one that is shown now.
    pub fn shown(&self) -> Option<&Notice> {
        self.shown_until?;
        self.list.back().map(|(_, notice)| notice)
    }

    /// All that are kept, the newest first.
    pub fn kept(&self) -> impl Iterator<Item = (Moment, &Notice)> {
        self.list.iter().rev().map(|(at, notice)| (*at, notice))
    }

    /// Takes a notice away that the user has seen; true if one was shown.
    pub fn dismiss(&mut self) -> bool {
        self.shown_until.take().is_some()
    }

    /// Takes a notice away whose time is over; true if one was shown.
    pub fn tick(&mut self, now: Moment) -> bool {
        let is_over = self
            .shown_until
            .is_some_and(|until| until.since_start <= now.since_start);
        is_over && self.dismiss()
    }

    /// When `tick` wants to be called.
    pub fn next_deadline(&self) -> Option<Duration> {
        self.shown_until.map(|until| until.since_start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_goes_when_its_time_is_over_and_stays_in_the_list() {
        let mut notices = Notices::default();
        notices.tell(Notice::new(Severity::Info, "one"), Moment::ZERO);
        let due = notices.next_deadline().expect("a deadline");
        assert!(!notices.tick(Moment::ZERO.after(due.saturating_sub(Duration::from_millis(1)))));
        assert_eq!(notices.shown().map(|notice| notice.text.as_str()), Some("one"));
        assert!(notices.tick(Moment::ZERO.after(due)));
        assert_eq!(notices.shown(), None);
        assert_eq!(notices.kept().count(), 1);
    }

    #[test]
    fn only_the_last_ones_are_kept() {
        let mut notices = Notices::default();
        for number in 0..=KEPT {
            notices.tell(Notice::new(Severity::Info, number.to_string()), Moment::ZERO);
        }
        let kept: Vec<_> = notices.kept().map(|(_, notice)| notice.text.clone()).collect();
        assert_eq!(kept.len(), KEPT);
        assert_eq!((kept[0].as_str(), kept[KEPT - 1].as_str()), ("200", "1"));
    }
}

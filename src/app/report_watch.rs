//! Whether a shell that was started to report does. One that does not works all the same, and its pane says so.

use std::time::Duration;

use crate::domain::Moment;

/// A shell that has reported nothing when it has been quiet for so long will not.
const PATIENCE: Duration = Duration::from_secs(3);

/// The watch over one shell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportWatch {
    /// Since when it has been quiet; `None` while nothing is expected of it.
    quiet_since: Option<Duration>,
    is_missing: bool,
}

impl ReportWatch {
    /// The shell has printed something, or has begun.
    pub(super) fn note_output(&mut self, is_expected: bool, now: Moment) {
        self.quiet_since = is_expected.then_some(now.since_start);
        self.is_missing &= is_expected;
    }

    /// When there is something to be found missing.
    pub(super) fn deadline(&self) -> Option<Duration> {
        let since = self.quiet_since.filter(|_| !self.is_missing)?;
        Some(since + PATIENCE)
    }

    /// True when it has just been found missing.
    pub(super) fn tick(&mut self, now: Moment) -> bool {
        let is_due = self.deadline().is_some_and(|due| due <= now.since_start);
        self.is_missing |= is_due;
        is_due
    }

    /// Whether a shell was to report and does not.
    pub fn is_missing(&self) -> bool {
        self.is_missing
    }
}

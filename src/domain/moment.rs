//! A point in time as the pure parts see it: handed in, never asked for.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Now, on both clocks. Durations come from `since_start`, dates from `wall`: the wall clock may jump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Monotonic time since the program started.
    pub since_start: Duration,
    /// The date.
    pub wall: SystemTime,
    /// How far local time is ahead of UTC, in seconds.
    pub utc_offset: i32,
}

impl Moment {
    /// The start of the program, at the start of 1970: for tests and defaults.
    pub const ZERO: Self = Self {
        since_start: Duration::ZERO,
        wall: UNIX_EPOCH,
        utc_offset: 0,
    };

    /// This moment, later by `step` on both clocks.
    #[must_use]
    pub fn after(self, step: Duration) -> Self {
        Self {
            since_start: self.since_start + step,
            wall: self.wall + step,
            utc_offset: self.utc_offset,
        }
    }

    /// Monotonic time since `earlier`; zero if that lies ahead.
    pub fn since(self, earlier: Self) -> Duration {
        self.since_start.saturating_sub(earlier.since_start)
    }

    /// The local time of day as `12:03:41`.
    pub fn clock(self) -> impl fmt::Display {
        let unix = self
            .wall
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs() as i64);
        let second = (unix + i64::from(self.utc_offset)).rem_euclid(86_400);
        Clock(second)
    }
}

struct Clock(i64);

impl fmt::Display for Clock {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(second) = self;
        write!(out, "{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_follows_the_offset_over_midnight() {
        let mut moment = Moment::ZERO.after(Duration::from_secs(3_723));
        assert_eq!(moment.clock().to_string(), "01:02:03");
        moment.utc_offset = -7_200;
        assert_eq!(moment.clock().to_string(), "23:02:03");
    }
}

//! How long sandboxes still live, in words; the warning before the cut; and keeping one alive, if the user said so. Nothing
//! here shortens a life.

use std::time::Duration;

use crate::domain::{Moment, SandboxId};

/// When to warn, the first time early enough to do something, the last time to save what can be saved.
const WARNINGS: [Duration; 2] = [Duration::from_secs(300), Duration::from_secs(60)];
/// A sandbox that is kept alive is never left with less than this.
const KEPT_AT_LEAST: Duration = Duration::from_secs(600);
/// How long it is given each time.
pub const KEPT_FOR: Duration = Duration::from_secs(1800);
/// Between tries to extend a life that does not grow: its plan's limit is reached, or the platform refuses.
const KEEP_PAUSE: Duration = Duration::from_secs(60);

/// A time span as people say it: `8m`, `41m`, `3h 05m`, `2d 4h`; below two minutes in seconds.
pub fn span_words(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..120 => format!("{seconds}s"),
        120..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h {:02}m", seconds / 3600, seconds / 60 % 60),
        _ => format!("{}d {}h", seconds / 86_400, seconds / 3600 % 24),
    }
}

/// What the status line says of a life.
pub fn life_words(left: Duration) -> String {
    if left.is_zero() {
        return "life is over".to_owned();
    }
    format!("ends in {}", span_words(left))
}

/// Which warnings a sandbox has had. A life that was extended is warned of again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LifeAlarm {
    given: usize,
}

impl LifeAlarm {
    /// Whether to warn now.
    pub fn rings(&mut self, left: Duration, whole: Option<Duration>) -> bool {
        // Who gives a sandbox two minutes knows that it ends soon.
        let is_worth_it = |limit: Duration| whole.is_none_or(|whole| whole >= limit * 2);
        let due = WARNINGS
            .iter()
            .filter(|limit| left <= **limit && is_worth_it(**limit))
            .count();
        let rings = due > self.given;
        self.given = due;
        rings
    }

    /// How much life is left when the next warning is due.
    pub fn next(left: Duration) -> Option<Duration> {
        WARNINGS.into_iter().filter(|limit| *limit < left).max()
    }
}

/// Keeping one sandbox alive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeepAlive {
    /// Which.
    pub sandbox: SandboxId,
    tried_at: Option<Moment>,
}

impl KeepAlive {
    /// Begins to keep it alive.
    pub fn new(sandbox: SandboxId) -> Self {
        Self {
            sandbox,
            tried_at: None,
        }
    }

    /// Whether to extend its life now; notes that it was tried.
    pub fn extends(&mut self, left: Duration, now: Moment) -> bool {
        let is_early = self.tried_at.is_some_and(|at| now.since(at) < KEEP_PAUSE);
        if left > KEPT_AT_LEAST || is_early {
            return false;
        }
        self.tried_at = Some(now);
        true
    }

    /// When `extends` wants to be asked again, as time since the start.
    pub fn next(&self, left: Duration, now: Moment) -> Duration {
        let due = now.since_start + left.saturating_sub(KEPT_AT_LEAST);
        let paused = self.tried_at.map_or(Duration::ZERO, |at| at.since_start + KEEP_PAUSE);
        due.max(paused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn spans_are_said_as_people_say_them() {
        for (span, words) in [
            (0, "0s"),
            (119, "119s"),
            (481, "8m"),
            (3599, "59m"),
            (11_100, "3h 05m"),
            (187_200, "2d 4h"),
        ] {
            assert_eq!(span_words(seconds(span)), words);
        }
        assert_eq!(life_words(seconds(480)), "ends in 8m");
    }

    #[test]
    fn each_warning_comes_once_until_the_life_grows() {
        let mut alarm = LifeAlarm::default();
        let whole = Some(seconds(3600));
        let rung: Vec<u64> = (0..=400)
            .rev()
            .filter(|left| alarm.rings(seconds(*left), whole))
            .collect();
        assert_eq!(rung, [300, 60]);
        assert!(!alarm.rings(seconds(3000), whole));
        assert!(alarm.rings(seconds(299), whole));
        let mut short = LifeAlarm::default();
        let rung: Vec<u64> = (0..=300)
            .rev()
            .filter(|left| short.rings(seconds(*left), Some(seconds(300))))
            .collect();
        assert_eq!(rung, [60], "a life of five minutes is warned of at the last one");
        assert_eq!(LifeAlarm::next(seconds(301)), Some(seconds(300)));
        assert_eq!(LifeAlarm::next(seconds(300)), Some(seconds(60)));
        assert_eq!(LifeAlarm::next(seconds(9)), None);
    }

    #[test]
    fn a_life_that_does_not_grow_is_not_tried_every_moment() {
        let mut keep = KeepAlive::new("i1".parse().expect("an ID"));
        let at = |millis: u64| Moment::ZERO.after(Duration::from_millis(millis));
        assert!(!keep.extends(seconds(601), at(0)));
        assert_eq!(keep.next(seconds(700), at(0)), seconds(100));
        assert!(keep.extends(seconds(600), at(1_000)));
        assert!(!keep.extends(seconds(590), at(11_000)));
        assert_eq!(keep.next(seconds(590), at(11_000)), seconds(61));
        assert!(keep.extends(seconds(540), at(61_000)));
    }
}

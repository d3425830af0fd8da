//! When a call is worth another try by itself, and after how long. Pure: no clock, no network.

use std::time::Duration;

use reqwest::Method;

use super::{PlatformError, PlatformErrorKind};

/// How often a call is tried in all.
pub(super) const ATTEMPTS: u32 = 3;
/// Nobody watches a command wait for longer than this.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Between tries, when the platform does not say how long; doubled each time.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// How long to wait before the next try, or `None` if there should be none. `attempt` counts the tries made, from 1.
///
/// A refused call was not carried out, so one that was refused with a time to wait is tried again whatever it is. What may
/// have been carried out is tried again only where doing it twice is the same as doing it once.
pub(super) fn wait_before_retry(method: &Method, error: &PlatformError, attempt: u32) -> Option<Duration> {
    if attempt >= ATTEMPTS {
        return None;
    }
    let is_repeatable = *method == Method::GET || *method == Method::DELETE;
    let is_worth_it = match error.kind() {
        PlatformErrorKind::Limited => is_repeatable || error.retry_after().is_some(),
        PlatformErrorKind::Busy | PlatformErrorKind::Lost => is_repeatable,
        _ => false,
    };
    let usual = FIRST_WAIT * 2_u32.saturating_pow(attempt - 1);
    let wait = error.retry_after().unwrap_or(usual);
    (is_worth_it && wait <= LONGEST_WAIT).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_be_done_twice_is_repeated() {
        use PlatformErrorKind::{Busy, Conflict, Limited, Lost, TimedOut};
        for (method, kind, told, wait) in [
            (Method::GET, Busy, None, Some(500)),
            (Method::GET, Lost, None, Some(500)),
            (Method::DELETE, Busy, Some(3), Some(3000)),
            (Method::POST, Busy, None, None),
            (Method::POST, Lost, None, None),
            (Method::POST, Limited, None, None),
            (Method::POST, Limited, Some(2), Some(2000)),
            (Method::GET, Limited, Some(31), None),
            (Method::GET, TimedOut, None, None),
            (Method::GET, Conflict, None, None),
        ] {
            let error = PlatformError::new(kind, "x").wait(told.map(Duration::from_secs));
            let expected = wait.map(Duration::from_millis);
            assert_eq!(wait_before_retry(&method, &error, 1), expected, "{method} {kind:?}");
            assert_eq!(wait_before_retry(&method, &error, ATTEMPTS), None);
        }
    }
}

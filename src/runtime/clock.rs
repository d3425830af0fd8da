//! Both clocks and the local time zone, as the moments that the workbench is handed.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant, SystemTime};

use crate::domain::Moment;

/// How often the time zone's offset is looked up: summer time may begin or end meanwhile.
const OFFSET_LIFE: Duration = Duration::from_secs(1800);

/// The source of moments.
#[derive(Clone, Debug)]
pub struct Clock {
    start: Instant,
    utc_offset: Arc<AtomicI32>,
}

impl Clock {
    /// A clock that begins now, in UTC.
    pub fn start() -> Self {
        Self {
            start: Instant::now(),
            utc_offset: Arc::new(AtomicI32::new(0)),
        }
    }

    /// Now.
    pub fn now(&self) -> Moment {
        Moment {
            since_start: self.start.elapsed(),
            wall: SystemTime::now(),
            utc_offset: self.utc_offset.load(Ordering::Relaxed),
        }
    }

    /// The instant at this time since the start.
    pub(super) fn instant(&self, since_start: Duration) -> tokio::time::Instant {
        tokio::time::Instant::from_std(self.start + since_start)
    }

    /// Keeps the time zone's offset right for as long as it is polled. The system's `date` knows it; reading the zone
    /// files ourselves would be more code than it is worth.
    pub(super) async fn follow_time_zone(self) {
        loop {
            if let Ok(Some(offset)) = tokio::task::spawn_blocking(look_up_offset).await {
                self.utc_offset.store(offset, Ordering::Relaxed);
            }
            tokio::time::sleep(OFFSET_LIFE).await;
        }
    }
}

fn look_up_offset() -> Option<i32> {
    let zone = std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "TZ");
    // Nothing else of our environment: there may be a key in it.
    let output = Command::new("date").arg("+%z").env_clear().envs(zone).output().ok()?;
    parse_offset(std::str::from_utf8(&output.stdout).ok()?.trim())
}

/// `+0530` in seconds.
fn parse_offset(text: &str) -> Option<i32> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = digits.split_at_checked(2)?;
    let hours: i32 = hours.parse().ok()?;
    let minutes: i32 = minutes.parse().ok()?;
    (hours <= 18 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read_as_date_prints_them() {
        for (text, seconds) in [
            ("+0000", Some(0)),
            ("+0530", Some(19_800)),
            ("-0330", Some(-12_600)),
            ("UTC", None),
            ("", None),
            ("+9900", None),
        ] {
            assert_eq!(parse_offset(text), seconds, "{text}");
        }
    }
}

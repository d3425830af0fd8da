//! A date as the platform writes it (RFC 3339) and as we write it. Knows no clock and no time zone but UTC.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A point on the wall clock of whoever wrote it, in milliseconds since the start of 1970.
///
/// `Display` gives RFC 3339 in UTC to the second: `2026-11-23T12:18:05Z`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

const DAY: i64 = 86_400;

impl Timestamp {
    /// From milliseconds since 1970; negative before.
    pub fn from_unix_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970; negative before.
    pub fn unix_millis(self) -> i64 {
        self.0
    }

    /// Seconds since 1970; negative before.
    pub fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// How long it is from `earlier` to here, or nothing if that lies later.
    pub fn since(self, earlier: Self) -> Option<Duration> {
        u64::try_from(self.0.checked_sub(earlier.0)?)
            .ok()
            .map(Duration::from_millis)
    }

    /// This moment, later by `step`.
    #[must_use]
    pub fn after(self, step: Duration) -> Self {
        let step = i64::try_from(step.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(step))
    }

    /// Reads `2026-11-23T12:18:05.123456Z`, with any offset. `None` for anything else, years before 1 and after 9999.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let separators = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
        if bytes.len() < 20 || separators.iter().any(|(at, sign)| bytes[*at] != *sign) {
            return None;
        }
        if !matches!(bytes[10], b'T' | b't' | b' ') {
            return None;
        }
        let (year, month, day) = (digits(text, 0, 4)?, digits(text, 5, 2)?, digits(text, 8, 2)?);
        let (hour, minute, second) = (digits(text, 11, 2)?, digits(text, 14, 2)?, digits(text, 17, 2)?);
        let is_date = year > 0 && (1..=12).contains(&month) && (1..=31).contains(&day);
        // A leap second is written as 60.
        if !is_date || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let (millis, zone) = fraction(text.get(19..)?)?;
        let seconds = days_from_civil(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset(zone)?;
        Some(Self(seconds * 1000 + millis))
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let millis = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(match time.duration_since(UNIX_EPOCH) {
            Ok(after) => millis(after),
            Err(before) => -millis(before.duration()),
        })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.unix_seconds();
        let (year, month, day) = civil_from_days(seconds.div_euclid(DAY));
        let rest = seconds.rem_euclid(DAY);
        let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
        write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

fn digits(text: &str, at: usize, count: usize) -> Option<i64> {
    let part = text.get(at..at + count)?;
    part.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| part.parse().ok())?
}

/// Milliseconds after the second, and what follows them.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let Some(rest) = text.strip_prefix('.') else {
        return Some((0, text));
    };
    let count = rest.bytes().take_while(u8::is_ascii_digit).count();
    if count == 0 {
        return None;
    }
    let shown: String = rest[..count].chars().chain("00".chars()).take(3).collect();
    Some((shown.parse().ok()?, &rest[count..]))
}

/// Seconds that a zone is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    if zone.len() != 6 || zone.as_bytes()[3] != b':' {
        return None;
    }
    Some(sign * (digits(zone, 1, 2)? * 3600 + digits(zone, 4, 2)? * 60))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar. Years begin in March here, so that the leap day comes last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

/// The reverse of `days_from_civil`.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_with_fraction_and_offset() {
        for (text, millis) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-11-23T12:18:05Z", 1_795_436_285_000),
            ("2026-11-23T12:18:05.5Z", 1_795_436_285_500),
            ("2026-11-23T12:18:05.123456789Z", 1_795_436_285_123),
            ("2026-11-23t13:18:05+01:00", 1_795_436_285_000),
            ("2026-11-23 06:48:05-05:30", 1_795_436_285_000),
            ("2000-02-29T23:59:60Z", 951_868_800_000),
        ] {
            assert_eq!(
                Timestamp::parse(text).map(Timestamp::unix_millis),
                Some(millis),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "2026-11-23",
            "2026-11-23T12:18:05",
            "2026-13-23T12:18:05Z",
            "2026-11-23T24:18:05Z",
            "2026-11-23T12:18:05.Z",
            "2026-11-23T12:18:05+0100",
            "2026-11-23T12:18:05Zjunk",
            "äääääääääääääääääääää",
            "+026-11-23T12:18:05Z",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_survives_the_way_there_and_back() {
        for day in (-60_000..90_000).map(|day| day * DAY * 1000) {
            let written = Timestamp::from_unix_millis(day).to_string();
            assert_eq!(
                Timestamp::parse(&written).map(Timestamp::unix_millis),
                Some(day),
                "{written}"
            );
        }
    }

    #[test]
    fn a_span_backwards_is_none() {
        let (early, late) = (Timestamp::from_unix_millis(1000), Timestamp::from_unix_millis(4500));
        assert_eq!(late.since(early), Some(Duration::from_millis(3500)));
        assert_eq!(early.since(late), None);
    }
}

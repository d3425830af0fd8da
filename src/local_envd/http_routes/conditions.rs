//! Conditional and partial requests: whether and which part of a file is sent. Knows no file but its size and time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::HeaderMap;
use http::header::{HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE};

/// What to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All of it.
    Whole,
    /// The bytes from `start` up to, not including, `end`; never none.
    Part { start: u64, end: u64 },
    /// The client has it already.
    NotModified,
    /// It is not what the client thinks it is.
    PreconditionFailed,
    /// There are no such bytes in it.
    NotSatisfiable,
}

/// Whether a request asks for a part or sets a condition; such a file is not compressed.
pub(super) fn any(headers: &HeaderMap) -> bool {
    [RANGE, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE]
        .iter()
        .any(|name| headers.get(name).is_some_and(|value| !value.is_empty()))
}

/// Weighs the conditions. Files have no entity tags here, so no tag matches.
pub(super) fn weigh(headers: &HeaderMap, size: u64, modified: SystemTime) -> Verdict {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let date = |name: HeaderName| text(name).and_then(|text| httpdate::parse_http_date(text).ok());
    let modified = whole_seconds(modified);
    match (text(IF_MATCH), date(IF_UNMODIFIED_SINCE)) {
        (Some(tags), _) if tags.trim() != "*" => return Verdict::PreconditionFailed,
        (None, Some(date)) if modified > date => return Verdict::PreconditionFailed,
        _ => {}
    }
    match (text(IF_NONE_MATCH), date(IF_MODIFIED_SINCE)) {
        (Some(tags), _) if tags.trim() == "*" => return Verdict::NotModified,
        (None, Some(date)) if modified <= date => return Verdict::NotModified,
        _ => {}
    }
    let Some(range) = text(RANGE) else {
        return Verdict::Whole;
    };
    let is_current = text(IF_RANGE).is_none() || date(IF_RANGE) == Some(modified);
    if is_current { part(range, size) } else { Verdict::Whole }
}

fn whole_seconds(time: SystemTime) -> SystemTime {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    UNIX_EPOCH + Duration::from_secs(since.as_secs())
}

/// One range of bytes. Several at once may be answered with the whole, and are.
fn part(range: &str, size: u64) -> Verdict {
    let Some(spec) = range.trim().strip_prefix("bytes=") else {
        return Verdict::NotSatisfiable;
    };
    if spec.contains(',') {
        return Verdict::Whole;
    }
    let Some((first, last)) = spec.trim().split_once('-') else {
        return Verdict::NotSatisfiable;
    };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let (start, end) = match (first.trim(), last.trim()) {
        ("", last) => match number(last) {
            Some(length) => (size.saturating_sub(length), size),
            None => return Verdict::NotSatisfiable,
        },
        (first, "") => match number(first) {
            Some(start) => (start, size),
            None => return Verdict::NotSatisfiable,
        },
        (first, last) => match (number(first), number(last)) {
            (Some(start), Some(last)) if start <= last => (start, last.saturating_add(1).min(size)),
            _ => return Verdict::NotSatisfiable,
        },
    };
    if start < end {
        Verdict::Part { start, end }
    } else {
        Verdict::NotSatisfiable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    fn verdict(pairs: &[(&str, &str)]) -> Verdict {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        let modified = httpdate::parse_http_date(DATE).unwrap() + Duration::from_millis(700);
        weigh(&headers, 100, modified)
    }

    #[test]
    fn ranges_are_cut_to_the_file() {
        for (range, expected) in [
            ("bytes=0-9", Verdict::Part { start: 0, end: 10 }),
            ("bytes=90-", Verdict::Part { start: 90, end: 100 }),
            ("bytes=-10", Verdict::Part { start: 90, end: 100 }),
            ("bytes=-1000", Verdict::Part { start: 0, end: 100 }),
            ("bytes=50-5000", Verdict::Part { start: 50, end: 100 }),
            ("bytes=0-18446744073709551615", Verdict::Part { start: 0, end: 100 }),
            ("bytes=0-1,5-6", Verdict::Whole),
            ("bytes=100-", Verdict::NotSatisfiable),
            ("bytes=-0", Verdict::NotSatisfiable),
            ("bytes=9-3", Verdict::NotSatisfiable),
            ("bytes=x", Verdict::NotSatisfiable),
            ("lines=1-2", Verdict::NotSatisfiable),
        ] {
            assert_eq!(verdict(&[("range", range)]), expected, "{range}");
        }
    }

    #[test]
    fn conditions_are_weighed_to_the_second() {
        let later = "Sun, 06 Nov 1994 08:49:38 GMT";
        let earlier = "Sun, 06 Nov 1994 08:49:36 GMT";
        assert_eq!(verdict(&[]), Verdict::Whole);
        assert_eq!(verdict(&[("if-modified-since", DATE)]), Verdict::NotModified);
        assert_eq!(verdict(&[("if-modified-since", earlier)]), Verdict::Whole);
        assert_eq!(verdict(&[("if-none-match", "*")]), Verdict::NotModified);
        assert_eq!(
            verdict(&[("if-none-match", "\"x\""), ("if-modified-since", later)]),
            Verdict::Whole
        );
        assert_eq!(
            verdict(&[("if-unmodified-since", earlier)]),
            Verdict::PreconditionFailed
        );
        assert_eq!(verdict(&[("if-match", "\"x\"")]), Verdict::PreconditionFailed);
        let range = ("range", "bytes=0-0");
        assert_eq!(
            verdict(&[range, ("if-range", DATE)]),
            Verdict::Part { start: 0, end: 1 }
        );
        assert_eq!(verdict(&[range, ("if-range", later)]), Verdict::Whole);
    }
}

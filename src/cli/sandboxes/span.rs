//! Spans of time as people write and read them.

use std::time::Duration;

/// Reads `300`, `90s`, `10m`, `2h` or `1d`.
pub(in super::super) fn parse_span(text: &str) -> Result<Duration, String> {
    let wrong = || {
        format!(
            "`{}` is no time: write seconds, or 90s, 10m, 2h, 1d",
            text.escape_debug()
        )
    };
    let digits = text.trim_end_matches(['s', 'm', 'h', 'd']);
    let factor = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let count: u64 = digits.parse().map_err(|_| wrong())?;
    let seconds = count.checked_mul(factor).filter(|seconds| *seconds <= 366 * 86_400);
    match seconds {
        None => Err(format!("`{text}` is longer than a year")),
        Some(0) => Err("a time of 0 would end the sandbox: that is what `kill` is for".to_owned()),
        Some(seconds) => Ok(Duration::from_secs(seconds)),
    }
}

/// Writes `45s`, `8m`, `1h05m`, `2d03h`.
pub(super) fn show_span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
        _ => format!("{}d{:02}h", seconds / 86_400, seconds / 3600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_written() {
        for (text, seconds, shown) in [
            ("1", 1, "1s"),
            ("90s", 90, "1m"),
            ("10m", 600, "10m"),
            ("2h", 7200, "2h00m"),
            ("1d", 86_400, "1d00h"),
        ] {
            let span = parse_span(text).unwrap();
            assert_eq!((span.as_secs(), show_span(span).as_str()), (seconds, shown));
        }
        for bad in [
            "",
            "m",
            "-1",
            "1.5h",
            "1x",
            "5ms",
            "0",
            "0s",
            "99999999999999999999",
            "400d",
            "١",
        ] {
            assert!(parse_span(bad).is_err(), "{bad}");
        }
    }
}

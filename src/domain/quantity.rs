//! Amounts in few characters, for columns.

/// Bytes as `ls -h` shows them: `0`, `512`, `1.5K`, `340M`, `12G`.
pub fn short_bytes(bytes: u64) -> String {
    const UNITS: [char; 6] = ['K', 'M', 'G', 'T', 'P', 'E'];
    if bytes < 1024 {
        return bytes.to_string();
    }
    let mut value = bytes as f64;
    let mut unit = ' ';
    for next in UNITS {
        // 1023.7 would be shown as 1024.
        if value < 1023.5 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    if value < 9.95 {
        format!("{value:.1}{unit}")
    } else {
        format!("{value:.0}{unit}")
    }
}

/// Seconds as `5s`, `3m07`, `2h05`, `4d03h`.
pub fn short_span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m{:02}", seconds / 60, seconds % 60),
        3600..86400 => format!("{}h{:02}", seconds / 3600, seconds / 60 % 60),
        _ => format!("{}d{:02}h", seconds / 86400, seconds / 3600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_stay_short() {
        let cases = [
            (0, "0"),
            (1023, "1023"),
            (1024, "1.0K"),
            (1536, "1.5K"),
            (10 * 1024, "10K"),
            (1_048_000, "1023K"),
            (1_048_570, "1.0M"),
            (340 << 20, "340M"),
            (u64::MAX, "16E"),
        ];
        for (bytes, text) in cases {
            assert_eq!(short_bytes(bytes), text);
        }
        for (seconds, text) in [(5, "5s"), (187, "3m07"), (7500, "2h05"), (356_400, "4d03h")] {
            assert_eq!(short_span(seconds), text);
        }
    }
}

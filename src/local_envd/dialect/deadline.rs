//! How long a caller is willing to wait: the timeout headers of each dialect (`envd-wire.md` 3).

use std::time::Duration;

use http::HeaderMap;
use tonic::Status;

use super::format::Protocol;

/// The time a caller gives the call, if it says so. Zero means that it has passed already.
pub(super) fn time_limit(protocol: Protocol, headers: &HeaderMap) -> Result<Option<Duration>, Status> {
    let (name, read): (_, fn(&str) -> Option<Duration>) = match protocol {
        Protocol::ConnectUnary | Protocol::ConnectStream => ("connect-timeout-ms", connect_timeout),
        Protocol::Grpc | Protocol::GrpcWeb => ("grpc-timeout", grpc_timeout),
    };
    let Some(value) = headers.get(name).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default();
    read(text).map(Some).ok_or_else(|| {
        Status::invalid_argument(format!("protocol error: invalid {name}: \"{}\"", text.escape_default()))
    })
}

/// At most ten digits of milliseconds; below zero is over at once.
fn connect_timeout(text: &str) -> Option<Duration> {
    if text.len() > 10 {
        return None;
    }
    let milliseconds: i64 = text.parse().ok()?;
    Some(Duration::from_millis(milliseconds.max(0).unsigned_abs()))
}

/// At most eight digits and a unit.
fn grpc_timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(count * 3600),
        "M" => Duration::from_secs(count * 60),
        "S" => Duration::from_secs(count),
        "m" => Duration::from_millis(count),
        "u" => Duration::from_micros(count),
        "n" => Duration::from_nanos(count),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_read_as_each_dialect_writes_them() {
        let connect = |text| connect_timeout(text).map(|limit| limit.as_millis());
        assert_eq!(connect("1500"), Some(1500));
        assert_eq!(connect("0"), Some(0));
        assert_eq!(connect("-5"), Some(0));
        assert_eq!(connect("12345678901"), None);
        assert_eq!(connect("1s"), None);
        let grpc = |text| grpc_timeout(text).map(|limit| limit.as_micros());
        assert_eq!(grpc("2S"), Some(2_000_000));
        assert_eq!(grpc("99999999H"), Some(99_999_999 * 3600 * 1_000_000));
        assert_eq!(grpc("5m"), Some(5_000));
        for wrong in ["", "S", "5", "5x", "123456789S", "-1S", "5é"] {
            assert_eq!(grpc(wrong), None, "{wrong}");
        }
    }
}

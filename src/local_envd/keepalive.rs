//! How often a silent stream shows that it is alive (`envd-wire.md` 3).

use std::time::Duration;

use tonic::metadata::MetadataMap;

const DEFAULT: Duration = Duration::from_secs(90);

/// What the caller asks for in whole seconds; the default for anything that is no such number, and for zero or less,
/// by which the real envd would be brought down.
pub(super) fn keepalive_interval(metadata: &MetadataMap) -> Duration {
    metadata
        .get("keepalive-ping-interval")
        .and_then(|value| value.to_str().ok()?.parse::<i64>().ok())
        .and_then(|seconds| u32::try_from(seconds).ok())
        .filter(|seconds| *seconds > 0)
        .map_or(DEFAULT, |seconds| Duration::from_secs(seconds.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_positive_seconds_count() {
        for (text, seconds) in [("15", 15), ("0", 90), ("-1", 90), ("1.5", 90), ("", 90), ("soon", 90)] {
            let mut metadata = MetadataMap::new();
            metadata.insert("keepalive-ping-interval", text.parse().unwrap());
            assert_eq!(keepalive_interval(&metadata).as_secs(), seconds, "{text}");
        }
        assert_eq!(keepalive_interval(&MetadataMap::new()), DEFAULT);
    }
}

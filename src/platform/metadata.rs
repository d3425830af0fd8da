//! The threefold encoding in which the platform wants a query by metadata.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stays as it is in every layer.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Pairs that a sandbox's metadata must hold, all of them, exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetadataQuery(pub BTreeMap<String, String>);

impl MetadataQuery {
    /// The value of the `metadata` parameter, except for the layer that belongs to the URL (`platform-api.md` 4.1).
    pub(super) fn encoded(&self) -> String {
        let twice = |text: &str| encode(&encode(text));
        let pairs = self
            .0
            .iter()
            .map(|(key, value)| format!("{}={}", twice(key), twice(value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}

/// Makes a text safe as one part of a path or query.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::parse_metadata;

    #[test]
    fn plain_text_needs_no_layer_and_the_rest_needs_two() {
        let encoded = |text| MetadataQuery(parse_metadata(text).unwrap()).encoded();
        assert_eq!(encoded("role=api,env=prod-1"), "env=prod-1&role=api");
        assert_eq!(encoded("a b=c&d=e"), "a%2520b=c%2526d%253De");
    }
}

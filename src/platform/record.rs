//! A JSON object read leniently: what is missing, null or of another type is simply not there.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::domain::{RemoteText, Secret, Timestamp};

/// One object of a reply.
#[derive(Clone, Copy)]
pub(super) struct Record<'a>(&'a Map<String, Value>);

impl<'a> Record<'a> {
    /// The object in a value, if it is one.
    pub(super) fn of(value: &'a Value) -> Option<Self> {
        value.as_object().map(Self)
    }

    /// Another object inside.
    pub(super) fn record(self, field: &str) -> Option<Self> {
        Self::of(self.0.get(field)?)
    }

    /// A string that is not empty.
    pub(super) fn string(self, field: &str) -> Option<&'a str> {
        self.0.get(field)?.as_str().filter(|text| !text.is_empty())
    }

    /// The same, to be shown.
    pub(super) fn text(self, field: &str) -> Option<RemoteText> {
        self.string(field).map(RemoteText::from)
    }

    /// The same, not to be shown.
    pub(super) fn secret(self, field: &str) -> Option<Secret> {
        self.string(field).map(Secret::new)
    }

    /// A date.
    pub(super) fn date(self, field: &str) -> Option<Timestamp> {
        Timestamp::parse(self.string(field)?)
    }

    /// A yes or no.
    pub(super) fn flag(self, field: &str) -> Option<bool> {
        self.0.get(field)?.as_bool()
    }

    /// A whole number, also when it is written as `512.0`; negative ones count as nothing.
    pub(super) fn count(self, field: &str) -> Option<u64> {
        let value = self.0.get(field)?;
        value.as_u64().or_else(|| {
            let number = value.as_f64()?;
            (number >= 0.0).then_some(number as u64)
        })
    }

    /// Any number.
    pub(super) fn number(self, field: &str) -> Option<f64> {
        self.0.get(field)?.as_f64()
    }

    /// Texts by name; anything that is not a string in JSON's own notation.
    pub(super) fn texts(self, field: &str) -> BTreeMap<RemoteText, RemoteText> {
        let Some(map) = self.0.get(field).and_then(Value::as_object) else {
            return BTreeMap::new();
        };
        let text = |value: &Value| match value {
            Value::String(text) => RemoteText::from(text.as_str()),
            other => RemoteText::from(other.to_string()),
        };
        map.iter()
            .map(|(key, value)| (key.as_str().into(), text(value)))
            .collect()
    }

    /// The strings of a list.
    pub(super) fn list(self, field: &str) -> Vec<RemoteText> {
        let items = self.0.get(field).and_then(Value::as_array);
        let texts = items.into_iter().flatten().filter_map(Value::as_str);
        texts.map(RemoteText::from).collect()
    }
}

//! What an answer of the platform means: a JSON value, or an error by its status. Knows no single call.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

use crate::domain::RemoteText;

use super::record::Record;
use super::{PlatformError, PlatformErrorKind};

/// More of an error's words than this helps nobody.
const CAUSE_LIMIT: usize = 400;

/// One whole answer.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Reply {
    /// The answer, if it is a good one.
    pub(super) fn accepted(self) -> Result<Self, PlatformError> {
        if self.status.is_success() {
            return Ok(self);
        }
        Err(self.refusal())
    }

    /// A header as text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().filter(|text| !text.is_empty())
    }

    /// The body as JSON.
    pub(super) fn json(&self) -> Result<Value, PlatformError> {
        serde_json::from_slice(&self.body).map_err(|_| not_platform("the answer is not JSON"))
    }

    /// What the body says of one thing, read by `read`.
    pub(super) fn one<T>(&self, read: impl Fn(Record<'_>) -> Option<T>) -> Result<T, PlatformError> {
        let body = self.json()?;
        Record::of(&body)
            .and_then(read)
            .ok_or_else(|| not_platform("the answer lacks what must be in it"))
    }

    /// What the body says of many things, each read by `read`. Those that cannot be read are logged and left out.
    pub(super) fn many<T>(&self, read: impl Fn(Record<'_>) -> Option<T>) -> Result<Vec<T>, PlatformError> {
        let body = self.json()?;
        match &body {
            Value::Null => Ok(Vec::new()),
            Value::Array(items) => Ok(read_each(items, read)),
            _ => Err(not_platform("the answer is not a list")),
        }
    }

    fn refusal(&self) -> PlatformError {
        let message = self.json().ok().and_then(|body| {
            let record = Record::of(&body)?;
            Some((record.string("message")?.to_owned(), record.count("code").is_some()))
        });
        let is_platform = message.as_ref().is_some_and(|(_, has_code)| *has_code);
        let kind = kind_of(self.status, is_platform);
        let cause = match message {
            _ if self.status.is_redirection() => "it sends us to another address, which is not followed".to_owned(),
            Some((message, _)) => message.chars().take(CAUSE_LIMIT).collect(),
            None => format!("HTTP {}", self.status),
        };
        PlatformError::new(kind, RemoteText::from(cause)).wait(self.retry_after())
    }

    /// Seconds; a date in this header is not something that the platform sends.
    fn retry_after(&self) -> Option<Duration> {
        let text = self.headers.get(RETRY_AFTER)?.to_str().ok()?;
        let seconds: u64 = text.trim().parse().ok()?;
        Some(Duration::from_secs(seconds.max(1)))
    }
}

/// Reads each item; those that cannot be read are logged and left out.
pub(super) fn read_each<T>(items: &[Value], read: impl Fn(Record<'_>) -> Option<T>) -> Vec<T> {
    let found: Vec<T> = items
        .iter()
        .filter_map(|item| Record::of(item).and_then(&read))
        .collect();
    if found.len() < items.len() {
        let skipped = items.len() - found.len();
        tracing::warn!(skipped, "the platform sent entries that cannot be understood");
    }
    found
}

/// The kind of a refusal. A load balancer in front answers in its own words, so a 404 that is not the platform's says that
/// the address is wrong, not that the sandbox is gone.
fn kind_of(status: StatusCode, is_platform: bool) -> PlatformErrorKind {
    match status.as_u16() {
        401 | 403 => PlatformErrorKind::Denied,
        404 if is_platform => PlatformErrorKind::NotFound,
        // A redirect among them: it is not followed.
        300..=399 | 404 | 405 => PlatformErrorKind::NotPlatform,
        409 => PlatformErrorKind::Conflict,
        429 => PlatformErrorKind::Limited,
        502..=504 => PlatformErrorKind::Busy,
        400..=499 => PlatformErrorKind::Refused,
        500..=599 => PlatformErrorKind::Internal,
        _ => PlatformErrorKind::NotPlatform,
    }
}

pub(super) fn not_platform(text: &str) -> PlatformError {
    PlatformError::new(PlatformErrorKind::NotPlatform, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, body: &str) -> PlatformError {
        let reply = Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        };
        reply.accepted().err().unwrap()
    }

    #[test]
    fn each_status_is_one_kind() {
        use PlatformErrorKind as Kind;
        for (status, kind) in [
            (301, Kind::NotPlatform),
            (308, Kind::NotPlatform),
            (400, Kind::Refused),
            (401, Kind::Denied),
            (403, Kind::Denied),
            (404, Kind::NotFound),
            (409, Kind::Conflict),
            (418, Kind::Refused),
            (429, Kind::Limited),
            (500, Kind::Internal),
            (503, Kind::Busy),
            (504, Kind::Busy),
        ] {
            let error = refusal(status, &format!(r#"{{"code":{status},"message":"no \u001b[2J"}}"#));
            assert_eq!(error.kind(), kind, "{status}");
            assert!(!error.to_string().contains('\u{1b}'));
        }
    }

    #[test]
    fn an_answer_of_somebody_else_is_told_apart() {
        for (status, body, kind, cause) in [
            (404, "<html>", PlatformErrorKind::NotPlatform, "HTTP 404 Not Found"),
            (404, "{}", PlatformErrorKind::NotPlatform, "HTTP 404 Not Found"),
            (502, "", PlatformErrorKind::Busy, "HTTP 502 Bad Gateway"),
            (
                429,
                "slow down",
                PlatformErrorKind::Limited,
                "HTTP 429 Too Many Requests",
            ),
        ] {
            let error = refusal(status, body);
            assert_eq!((error.kind(), error.cause().unescaped()), (kind, cause));
        }
    }
}

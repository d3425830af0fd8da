//! The body type of every reply, and the plain replies that are no RPC: JSON errors with an integer code, bare
//! statuses. Knows no route.

use bytes::{Bytes, BytesMut};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full};

/// What ends a body before its time.
pub(super) type BodyError = Box<dyn std::error::Error + Send + Sync>;
/// Every body that the server sends.
pub(super) type ReplyBody = UnsyncBoxBody<Bytes, BodyError>;
/// Every reply that the server sends.
pub(super) type Reply = Response<ReplyBody>;

/// Why a whole body could not be read.
#[derive(Debug)]
pub(super) enum Unread {
    /// It is longer than it may be.
    TooLong,
    /// It broke off.
    Broken(BodyError),
}

/// All bytes of a body, of which there may be at most `limit`.
pub(super) async fn read_all(mut body: ReplyBody, limit: usize) -> Result<Bytes, Unread> {
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let data = frame.map_err(Unread::Broken)?.into_data().unwrap_or_default();
        if all.len() + data.len() > limit {
            return Err(Unread::TooLong);
        }
        all.extend_from_slice(&data);
    }
    Ok(all.freeze())
}

/// A body of known bytes.
pub(super) fn full(bytes: impl Into<Bytes>) -> ReplyBody {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// No body.
pub(super) fn empty() -> ReplyBody {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// A status with one header and no body.
pub(super) fn bare(status: StatusCode) -> Reply {
    let mut reply = Response::new(empty());
    *reply.status_mut() = status;
    reply
}

/// A status with a body of the given type.
pub(super) fn typed(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(full(body));
    *reply.status_mut() = status;
    reply
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    reply
}

/// A value as JSON.
pub(super) fn json(status: StatusCode, value: &serde_json::Value) -> Reply {
    let mut reply = typed(status, "application/json", value.to_string());
    reply
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}

/// The error of a plain route: `code` is an integer there, unlike in RPC errors (`envd-wire.md` 3).
pub(super) fn error(status: StatusCode, message: &str) -> Reply {
    let body = serde_json::json!({ "code": status.as_u16(), "message": message });
    let mut reply = typed(status, "application/json; charset=utf-8", body.to_string());
    reply
        .headers_mut()
        .insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    reply
}

/// A plain text error, as routers give it.
pub(super) fn plain(status: StatusCode, message: &str) -> Reply {
    typed(status, "text/plain; charset=utf-8", format!("{message}\n"))
}

/// Nothing is served at this path.
pub(super) fn not_found() -> Reply {
    plain(StatusCode::NOT_FOUND, "404 page not found")
}

/// The path is served, but not this verb.
pub(super) fn wrong_verb(allowed: &'static str) -> Reply {
    let mut reply = bare(StatusCode::METHOD_NOT_ALLOWED);
    reply
        .headers_mut()
        .insert(http::header::ALLOW, HeaderValue::from_static(allowed));
    reply
}

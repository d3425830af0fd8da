//! Reads every way in which an answer can say no: RPC error codes, end-of-stream frames, trailers, and the replies of edges,
//! proxies and strangers that know nothing of RPC (`envd-wire.md` 1.4, 1.5, 2.2, 3). Pure: bytes in, an error out.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use percent_encoding::percent_decode_str;
use serde::Deserialize;

use super::error::{EnvdError, EnvdErrorKind};

/// The most of a refusal's body that is read.
pub const BODY_LIMIT: usize = 64 * 1024;
/// The most of it that is quoted.
const QUOTE_LIMIT: usize = 300;

/// The RPC codes by number, as gRPC has them; Connect uses the names.
const CODES: [(&str, EnvdErrorKind); 16] = [
    ("canceled", EnvdErrorKind::Canceled),
    ("unknown", EnvdErrorKind::Internal),
    ("invalid_argument", EnvdErrorKind::Invalid),
    ("deadline_exceeded", EnvdErrorKind::Expired),
    ("not_found", EnvdErrorKind::NotFound),
    ("already_exists", EnvdErrorKind::Exists),
    ("permission_denied", EnvdErrorKind::Denied),
    ("resource_exhausted", EnvdErrorKind::Busy),
    ("failed_precondition", EnvdErrorKind::Invalid),
    ("aborted", EnvdErrorKind::Busy),
    ("out_of_range", EnvdErrorKind::Invalid),
    ("unimplemented", EnvdErrorKind::Unsupported),
    ("internal", EnvdErrorKind::Internal),
    ("unavailable", EnvdErrorKind::Down),
    ("data_loss", EnvdErrorKind::Internal),
    ("unauthenticated", EnvdErrorKind::Denied),
];

/// An answer with a gRPC status number other than 0.
pub fn by_number(number: i32, message: &str) -> EnvdError {
    let kind = usize::try_from(number)
        .ok()
        .and_then(|number| CODES.get(number.checked_sub(1)?))
        .map_or(EnvdErrorKind::NotEnvd, |(_, kind)| *kind);
    EnvdError::new(kind, quote(message))
}

fn by_name(name: &str, message: &str) -> Option<EnvdError> {
    let (_, kind) = CODES.iter().find(|(known, _)| *known == name)?;
    Some(EnvdError::new(*kind, quote(message)))
}

/// What error bodies hold. Which fields are there tells who wrote it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    /// A name from Connect, a number from HTTP routes and edges.
    code: serde_json::Value,
    message: Option<String>,
    #[serde(rename = "sandboxId")]
    sandbox_id: Option<serde_json::Value>,
    /// Only when the sandbox runs and its port is closed.
    port: Option<serde_json::Value>,
}

/// The payload of the frame that ends a Connect stream.
pub fn end_of_connect_stream(payload: &[u8]) -> Result<(), EnvdError> {
    #[derive(Deserialize)]
    struct End {
        error: Option<ErrorBody>,
    }
    // Servers may leave the payload out when there is nothing to say.
    if payload.is_empty() {
        return Ok(());
    }
    let end: End = serde_json::from_slice(payload)
        .map_err(|error| EnvdError::new(EnvdErrorKind::NotEnvd, format!("unreadable end of stream: {error}")))?;
    let Some(error) = end.error else {
        return Ok(());
    };
    let message = error.message.unwrap_or_default();
    let code = error.code.as_str().unwrap_or_default();
    Err(by_name(code, &message).unwrap_or_else(|| EnvdError::new(EnvdErrorKind::Internal, quote(&message))))
}

/// The payload of the frame that ends a gRPC-Web stream: header lines.
pub fn end_of_web_stream(payload: &[u8]) -> Result<(), EnvdError> {
    let text = String::from_utf8_lossy(payload);
    let field = |wanted: &str| {
        text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim())
        })
    };
    status_fields(field("grpc-status"), field("grpc-message"))
}

/// The same two fields in real trailers or in the head of a reply without body.
pub fn grpc_status(fields: &HeaderMap) -> Result<(), EnvdError> {
    let field = |name| fields.get(name).and_then(|value| value.to_str().ok());
    status_fields(field("grpc-status"), field("grpc-message"))
}

fn status_fields(status: Option<&str>, message: Option<&str>) -> Result<(), EnvdError> {
    let message = percent_decode_str(message.unwrap_or_default()).decode_utf8_lossy();
    match status.map(str::parse) {
        Some(Ok(0)) => Ok(()),
        Some(Ok(number)) => Err(by_number(number, &message)),
        Some(Err(_)) | None => Err(EnvdError::new(
            EnvdErrorKind::NotEnvd,
            "the answer ended without a status",
        )),
    }
}

/// A reply that did not succeed by its HTTP status. `path` is what was asked for.
pub fn by_http_status(status: StatusCode, headers: &HeaderMap, body: &[u8], path: &str) -> EnvdError {
    let json: Option<ErrorBody> = is_json(headers).then(|| serde_json::from_slice(body).ok()).flatten();
    if let Some(ErrorBody {
        code: serde_json::Value::String(name),
        message,
        ..
    }) = &json
        && let Some(error) = by_name(name, message.as_deref().unwrap_or_default())
    {
        return error;
    }
    let words = words_of(json.as_ref(), headers, body, status);
    let wait = retry_after(headers);
    let is_page = content_type(headers).is_some_and(|kind| kind == "text/html");
    let kind = kind_of(status, json.as_ref(), is_page, path);
    let error = EnvdError::new(kind, words).wait(wait);
    match status.as_u16() {
        300..=399 => error.hint("redirects are not followed, because the access token would go along"),
        415 | 464 => error.hint("another dialect may get through: --dialect connect"),
        403 => error.hint("check the access token; an embedded sandbox answers only under its own address and port"),
        409 => error.hint("it is being paused or saved; try again in a moment"),
        429 => error.hint("wait a moment and try again"),
        _ => error,
    }
}

fn kind_of(status: StatusCode, json: Option<&ErrorBody>, is_page: bool, path: &str) -> EnvdErrorKind {
    let from_edge = json.is_some_and(|body| body.sandbox_id.is_some());
    match status.as_u16() {
        401 | 403 => EnvdErrorKind::Denied,
        // A web server that knows no POST, or not this one.
        405 | 501 if is_page => EnvdErrorKind::NotEnvd,
        // A plain 404 on a call that old daemons lack means that; on any other it means a stranger.
        404 if json.is_some() => EnvdErrorKind::NotFound,
        404 if is_newer_call(path) => EnvdErrorKind::Unsupported,
        400 | 406 | 413 | 416 => EnvdErrorKind::Invalid,
        408 | 504 => EnvdErrorKind::TimedOut,
        409 | 429 | 503 => EnvdErrorKind::Busy,
        464 | 501 => EnvdErrorKind::Unsupported,
        499 => EnvdErrorKind::Canceled,
        502 if from_edge && json.is_some_and(|body| body.port.is_none()) => EnvdErrorKind::Gone,
        502 => EnvdErrorKind::Down,
        507 => EnvdErrorKind::NoSpace,
        500..=599 => EnvdErrorKind::Internal,
        _ => EnvdErrorKind::NotEnvd,
    }
}

fn is_newer_call(path: &str) -> bool {
    [
        "CloseStdin",
        "CreateWatcher",
        "GetWatcherEvents",
        "RemoveWatcher",
        "StreamInput",
    ]
    .iter()
    .any(|call| path.ends_with(call))
        || ["/metrics", "/envs", "/files"].contains(&path)
}

fn is_json(headers: &HeaderMap) -> bool {
    content_type(headers).is_some_and(|kind| kind == "application/json")
}

/// The media type without parameters, in lower case.
pub fn content_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// The best words there are for the reason: a JSON message, a line of plain text, or the status itself.
fn words_of(json: Option<&ErrorBody>, headers: &HeaderMap, body: &[u8], status: StatusCode) -> String {
    if let Some(message) = json
        .and_then(|body| body.message.as_deref())
        .filter(|text| !text.is_empty())
    {
        return quote(message);
    }
    if status.is_redirection() {
        let target = headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
        return format!("a redirect ({status}) to {}", quote(target.unwrap_or("nowhere")));
    }
    let is_plain = content_type(headers).is_some_and(|kind| kind == "text/plain");
    let text = String::from_utf8_lossy(body);
    match text.lines().next().map(str::trim) {
        Some(line) if is_plain && !line.is_empty() => format!("{status}: {}", quote(line)),
        _ => format!("HTTP status {status}"),
    }
}

/// `Retry-After` in seconds. Dates are not used by the edges in question.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.min(3600)))
}

fn quote(text: &str) -> String {
    match text.char_indices().nth(QUOTE_LIMIT) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const JSON: &str = "application/json; charset=utf-8";
    const TEXT: &str = "text/plain; charset=utf-8";
    const HTML: &str = "text/html";
    const LIST: &str = "/process.Process/List";

    fn kind(status: u16, media: &'static str, body: &str, path: &str) -> EnvdErrorKind {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
        by_http_status(StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes(), path).kind()
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table")]
    fn every_shape_of_refusal_is_exactly_one_kind() {
        use EnvdErrorKind as Kind;
        let not_found = r#"{"sandboxId":"i0","message":"The sandbox was not found","code":502}"#;
        let port_closed = r#"{"sandboxId":"i0","message":"port is not open","port":49983,"code":502}"#;
        let cases = [
            // Connect unary errors of envd itself.
            (499, JSON, r#"{"code":"canceled","message":"m"}"#, LIST, Kind::Canceled),
            (500, JSON, r#"{"code":"unknown","message":"m"}"#, LIST, Kind::Internal),
            (400, JSON, r#"{"code":"invalid_argument"}"#, LIST, Kind::Invalid),
            (504, JSON, r#"{"code":"deadline_exceeded"}"#, LIST, Kind::Expired),
            (404, JSON, r#"{"code":"not_found","message":"m"}"#, LIST, Kind::NotFound),
            (409, JSON, r#"{"code":"already_exists"}"#, LIST, Kind::Exists),
            (403, JSON, r#"{"code":"permission_denied"}"#, LIST, Kind::Denied),
            (429, JSON, r#"{"code":"resource_exhausted"}"#, LIST, Kind::Busy),
            (400, JSON, r#"{"code":"failed_precondition"}"#, LIST, Kind::Invalid),
            (501, JSON, r#"{"code":"unimplemented"}"#, LIST, Kind::Unsupported),
            (500, JSON, r#"{"code":"internal"}"#, LIST, Kind::Internal),
            (503, JSON, r#"{"code":"unavailable"}"#, LIST, Kind::Down),
            (
                401,
                JSON,
                r#"{"code":"unauthenticated","message":"m"}"#,
                LIST,
                Kind::Denied,
            ),
            // A code that nobody knows falls back to the status.
            (503, JSON, r#"{"code":"whatever"}"#, LIST, Kind::Busy),
            // Envd's own HTTP routes and its token check.
            (
                401,
                JSON,
                r#"{"code":401,"message":"unauthorized access"}"#,
                LIST,
                Kind::Denied,
            ),
            (
                404,
                JSON,
                r#"{"code":404,"message":"path not found"}"#,
                "/files",
                Kind::NotFound,
            ),
            (
                400,
                JSON,
                r#"{"code":400,"message":"is a directory"}"#,
                "/files",
                Kind::Invalid,
            ),
            (
                507,
                JSON,
                r#"{"code":507,"message":"no space"}"#,
                "/files",
                Kind::NoSpace,
            ),
            (500, JSON, "", "/metrics", Kind::Internal),
            (404, TEXT, "404 page not found", LIST, Kind::NotEnvd),
            (
                404,
                TEXT,
                "404 page not found",
                "/process.Process/CloseStdin",
                Kind::Unsupported,
            ),
            (405, TEXT, "", LIST, Kind::NotEnvd),
            (415, TEXT, "", LIST, Kind::NotEnvd),
            // The edge.
            (502, JSON, not_found, LIST, Kind::Gone),
            (502, JSON, port_closed, LIST, Kind::Down),
            (502, TEXT, "bad gateway", LIST, Kind::Down),
            (502, HTML, "<html>502</html>", LIST, Kind::Down),
            (
                403,
                JSON,
                r#"{"sandboxId":"i0","message":"m","code":403}"#,
                LIST,
                Kind::Denied,
            ),
            (
                409,
                JSON,
                r#"{"sandboxId":"i0","message":"pausing","code":409}"#,
                LIST,
                Kind::Busy,
            ),
            (
                429,
                JSON,
                r#"{"sandboxId":"i0","message":"m","connectionLimit":1}"#,
                LIST,
                Kind::Busy,
            ),
            (429, TEXT, "slow down", LIST, Kind::Busy),
            (464, HTML, "", LIST, Kind::Unsupported),
            (400, TEXT, "invalid host", LIST, Kind::Invalid),
            (500, TEXT, "routing failed", LIST, Kind::Internal),
            (503, HTML, "", LIST, Kind::Busy),
            (504, HTML, "", LIST, Kind::TimedOut),
            // Strangers.
            (301, HTML, "", LIST, Kind::NotEnvd),
            (308, HTML, "", LIST, Kind::NotEnvd),
            (501, HTML, "<p>Unsupported method ('POST')", LIST, Kind::NotEnvd),
            (405, HTML, "", LIST, Kind::NotEnvd),
            (418, TEXT, "teapot", LIST, Kind::NotEnvd),
            (204, TEXT, "", LIST, Kind::NotEnvd),
            (401, HTML, "<form>", LIST, Kind::Denied),
            (404, HTML, "<h1>", LIST, Kind::NotEnvd),
            (400, JSON, "{not json", LIST, Kind::Invalid),
            (502, JSON, "[]", LIST, Kind::Down),
        ];
        for (status, media, body, path, expected) in cases {
            assert_eq!(
                kind(status, media, body, path),
                expected,
                "{status} {media} {body} {path}"
            );
        }
    }

    #[test]
    fn ends_of_connect_streams() {
        assert_eq!(end_of_connect_stream(b"{}"), Ok(()));
        assert_eq!(end_of_connect_stream(b""), Ok(()));
        assert_eq!(end_of_connect_stream(br#"{"metadata":{"a":["b"]}}"#), Ok(()));
        let cases: [(&[u8], EnvdErrorKind); 4] = [
            (
                br#"{"error":{"code":"not_found","message":"gone"}}"#,
                EnvdErrorKind::NotFound,
            ),
            (br#"{"error":{"code":"strange"}}"#, EnvdErrorKind::Internal),
            (br#"{"error":{}}"#, EnvdErrorKind::Internal),
            (b"<html>", EnvdErrorKind::NotEnvd),
        ];
        for (payload, kind) in cases {
            assert_eq!(end_of_connect_stream(payload).unwrap_err().kind(), kind);
        }
    }

    #[test]
    fn ends_of_web_streams() {
        assert_eq!(end_of_web_stream(b"grpc-status: 0\r\n"), Ok(()));
        let error = end_of_web_stream(b"Grpc-Message: no%20such\r\nGrpc-Status: 5\r\n").unwrap_err();
        assert_eq!(
            (error.kind(), error.cause().unescaped()),
            (EnvdErrorKind::NotFound, "no such")
        );
        for nonsense in [
            &b""[..],
            b"grpc-status: x\r\n",
            b"\xff\xfe",
            b"grpc-status: 99\r\n",
            b"grpc-status: -1\r\n",
        ] {
            assert_eq!(end_of_web_stream(nonsense).unwrap_err().kind(), EnvdErrorKind::NotEnvd);
        }
    }

    #[test]
    fn retry_after_is_kept_and_bounded() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("7"));
        let error = by_http_status(StatusCode::TOO_MANY_REQUESTS, &headers, b"", LIST);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("99999999999"));
        let error = by_http_status(StatusCode::TOO_MANY_REQUESTS, &headers, b"", LIST);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    }

    #[test]
    fn long_words_are_cut() {
        let error = by_number(3, &"ä".repeat(10_000));
        assert!(error.cause().unescaped().len() < 1000);
    }
}

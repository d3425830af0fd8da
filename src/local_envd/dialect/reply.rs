//! Replies: how success, messages and errors look in each dialect (`envd-wire.md` 1.4, 1.5). Knows no method.

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, TRAILER};
use http::{Response, StatusCode};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use tonic::{Code, Status};

use super::format::{Format, Protocol};
use crate::local_envd::replies::{self, BodyError, Reply, ReplyBody};

const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const MESSAGE_ESCAPES: &AsciiSet = &CONTROLS.add(b'%');
const CONNECT_END: u8 = 2;
const GRPC_WEB_TRAILERS: u8 = 0x80;

/// The reply to a request that is refused before any method ran, in whatever dialect it came.
pub(in crate::local_envd) fn refusal(format: Option<Format>, status: &Status) -> Reply {
    match format {
        Some(format) => failure(format, status),
        None => connect_error(status),
    }
}

/// The reply to a call with one reply message.
pub(super) fn single(format: Format, result: Result<Bytes, Status>) -> Reply {
    let message = match result {
        Ok(message) => message,
        Err(status) => return failure(format, &status),
    };
    if format.protocol == Protocol::ConnectUnary {
        return with_headers(format, replies::full(message));
    }
    // The one message and the end fit in one piece: a client gets the whole reply at once.
    let body = match end_frame(format, &Status::ok("")) {
        End::Frame(end) => replies::full([envelope(0, &message), end].concat()),
        End::Trailers(trailers) => frames(stream::iter([
            Frame::data(envelope(0, &message)),
            Frame::trailers(*trailers),
        ])),
    };
    with_headers(format, body)
}

/// The reply to a call with a stream of messages. Nothing is sent before the first message or the first error.
pub(super) async fn streamed<S>(format: Format, messages: S) -> Reply
where
    S: Stream<Item = Result<Bytes, Status>> + Send + 'static,
{
    let mut messages = Box::pin(messages);
    let first = match messages.next().await {
        Some(Ok(first)) => Some(first),
        Some(Err(status)) => return failure(format, &status),
        None => None,
    };
    let first = stream::iter(first.map(Ok));
    let all = first.chain(messages);
    let framed = stream::unfold(Some(all), move |rest| async move {
        let mut rest = rest?;
        let (frame, rest) = match rest.next().await {
            Some(Ok(message)) => (Frame::data(envelope(0, &message)), Some(rest)),
            Some(Err(status)) => (end_frame(format, &status).into_frame(), None),
            None => (end_frame(format, &Status::ok("")).into_frame(), None),
        };
        Some((frame, rest))
    });
    with_headers(format, frames(framed))
}

/// An error before any message.
fn failure(format: Format, status: &Status) -> Reply {
    match format.protocol {
        Protocol::ConnectUnary => connect_error(status),
        Protocol::ConnectStream => with_headers(
            format,
            replies::full(envelope(CONNECT_END, end_json(status).to_string().as_bytes())),
        ),
        Protocol::Grpc | Protocol::GrpcWeb => {
            let mut reply = with_headers(format, replies::empty());
            reply.headers_mut().remove(TRAILER);
            reply.headers_mut().extend(grpc_trailers(status));
            reply
        }
    }
}

fn connect_error(status: &Status) -> Reply {
    let (name, http_status) = connect_code(status.code());
    let body = serde_json::json!({ "code": name, "message": status.message() });
    replies::typed(http_status, "application/json", body.to_string())
}

fn with_headers(format: Format, body: ReplyBody) -> Reply {
    let mut reply = Response::new(body);
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.content_type));
    headers.insert(format.accept_header(), HeaderValue::from_static("gzip"));
    if format.protocol == Protocol::Grpc {
        // Over HTTP/1.1 trailers are sent only if they are announced.
        headers.insert(TRAILER, HeaderValue::from_static("Grpc-Status, Grpc-Message"));
    }
    reply
}

fn frames<S>(frames: S) -> ReplyBody
where
    S: Stream<Item = Frame<Bytes>> + Send + 'static,
{
    StreamBody::new(frames.map(Ok::<_, BodyError>)).boxed_unsync()
}

/// How a stream says that it is complete.
enum End {
    Frame(Bytes),
    Trailers(Box<HeaderMap>),
}

impl End {
    fn into_frame(self) -> Frame<Bytes> {
        match self {
            Self::Frame(bytes) => Frame::data(bytes),
            Self::Trailers(trailers) => Frame::trailers(*trailers),
        }
    }
}

fn end_frame(format: Format, status: &Status) -> End {
    match format.protocol {
        Protocol::ConnectUnary | Protocol::ConnectStream => {
            End::Frame(envelope(CONNECT_END, end_json(status).to_string().as_bytes()))
        }
        Protocol::Grpc => End::Trailers(Box::new(grpc_trailers(status))),
        Protocol::GrpcWeb => {
            let mut lines = BytesMut::new();
            for (name, value) in &grpc_trailers(status) {
                lines.put_slice(name.as_str().as_bytes());
                lines.put_slice(b": ");
                lines.put_slice(value.as_bytes());
                lines.put_slice(b"\r\n");
            }
            End::Frame(envelope(GRPC_WEB_TRAILERS, &lines))
        }
    }
}

fn envelope(flags: u8, message: &[u8]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(message.len() + 5);
    bytes.put_u8(flags);
    bytes.put_u32(message.len() as u32);
    bytes.put_slice(message);
    bytes.freeze()
}

fn end_json(status: &Status) -> serde_json::Value {
    if status.code() == Code::Ok {
        return serde_json::json!({});
    }
    let (name, _) = connect_code(status.code());
    serde_json::json!({ "error": { "code": name, "message": status.message() } })
}

fn grpc_trailers(status: &Status) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    trailers.insert(GRPC_STATUS, HeaderValue::from(status.code() as i32));
    let message = utf8_percent_encode(status.message(), MESSAGE_ESCAPES).to_string();
    // What is percent-encoded is always a header value.
    if let Ok(message) = HeaderValue::from_str(&message) {
        trailers.insert(GRPC_MESSAGE, message);
    }
    trailers
}

/// The name of a code in Connect, and the HTTP status that unary calls carry it by.
fn connect_code(code: Code) -> (&'static str, StatusCode) {
    let (name, status) = match code {
        Code::Ok => ("", 200),
        Code::Cancelled => ("canceled", 499),
        Code::Unknown => ("unknown", 500),
        Code::InvalidArgument => ("invalid_argument", 400),
        Code::DeadlineExceeded => ("deadline_exceeded", 504),
        Code::NotFound => ("not_found", 404),
        Code::AlreadyExists => ("already_exists", 409),
        Code::PermissionDenied => ("permission_denied", 403),
        Code::ResourceExhausted => ("resource_exhausted", 429),
        Code::FailedPrecondition => ("failed_precondition", 400),
        Code::Aborted => ("aborted", 409),
        Code::OutOfRange => ("out_of_range", 400),
        Code::Unimplemented => ("unimplemented", 501),
        Code::Internal => ("internal", 500),
        Code::Unavailable => ("unavailable", 503),
        Code::DataLoss => ("data_loss", 500),
        Code::Unauthenticated => ("unauthenticated", 401),
    };
    (
        name,
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(content_type: &str) -> Format {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        Format::of(&headers).unwrap()
    }

    async fn parts(reply: Reply) -> (http::response::Parts, Bytes, Option<HeaderMap>) {
        let (parts, body) = reply.into_parts();
        let collected = body.collect().await.unwrap();
        let trailers = collected.trailers().cloned();
        (parts, collected.to_bytes(), trailers)
    }

    fn messages(items: Vec<Result<&'static str, Status>>) -> impl Stream<Item = Result<Bytes, Status>> {
        stream::iter(items).map(|item| item.map(Bytes::from))
    }

    #[tokio::test]
    async fn connect_streams_end_with_a_flagged_frame() {
        let format = format("application/connect+json");
        let reply = streamed(format, messages(vec![Ok("a"), Err(Status::not_found("gone"))])).await;
        let (head, body, _) = parts(reply).await;
        assert_eq!(head.status, 200);
        let end = br#"{"error":{"code":"not_found","message":"gone"}}"#;
        assert_eq!(
            body,
            [&[0, 0, 0, 0, 1, b'a', 2, 0, 0, 0, end.len() as u8][..], end].concat()
        );
        let (_, body, _) = parts(streamed(format, messages(vec![])).await).await;
        assert_eq!(&body[..], b"\x02\0\0\0\x02{}");
    }

    #[tokio::test]
    async fn grpc_web_puts_an_early_error_into_the_headers() {
        let format = format("application/grpc-web+proto");
        let early = streamed(format, messages(vec![Err(Status::invalid_argument("50%\n größer"))])).await;
        let (head, body, _) = parts(early).await;
        assert_eq!((head.status.as_u16(), body.len()), (200, 0));
        assert_eq!(head.headers["grpc-status"], "3");
        assert_eq!(head.headers["grpc-message"], "50%25%0A gr%C3%B6%C3%9Fer");
        let late = streamed(format, messages(vec![Ok("a")])).await;
        let (head, body, _) = parts(late).await;
        assert!(!head.headers.contains_key("grpc-status"));
        assert_eq!(&body[..6], b"\0\0\0\0\x01a");
        assert_eq!(body[6], 0x80);
        assert!(body[11..].starts_with(b"grpc-status: 0\r\n"));
    }

    #[tokio::test]
    async fn grpc_ends_with_trailers() {
        let reply = single(format("application/grpc"), Ok(Bytes::from_static(b"m")));
        let (_, body, trailers) = parts(reply).await;
        assert_eq!(&body[..], b"\0\0\0\0\x01m");
        assert_eq!(trailers.unwrap()["grpc-status"], "0");
    }

    #[tokio::test]
    async fn connect_unary_errors_have_a_status_and_a_named_code() {
        let reply = single(format("application/proto"), Err(Status::already_exists("there")));
        let (head, body, _) = parts(reply).await;
        assert_eq!(head.status, 409);
        assert_eq!(head.headers[CONTENT_TYPE], "application/json");
        assert_eq!(&body[..], br#"{"code":"already_exists","message":"there"}"#);
    }
}

//! The service under the stubs: takes a gRPC request, sends it in the chosen dialect, and refuses every answer that is not
//! a reply of that dialect.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri, Version};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use tonic::body::Body as StubBody;
use tower::Service;

use super::super::connection::{HttpClient, RequestBody, request_failure, transport_failure};
use super::super::error::{EnvdError, EnvdErrorKind};
use super::super::refusal;
use super::reply::{Ending, MESSAGE_LIMIT, ReplyBody};
use crate::domain::Dialect;
use crate::wire::frames::{FrameReader, HEADER_LEN};

/// How long the body of a refusal is waited for. Its status alone says enough.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(5);

/// How many messages a call sends and gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Unary,
    ServerStream,
    ClientStream,
}

impl Shape {
    /// By path: neither service has a call that streams both ways.
    fn of(path: &str) -> Self {
        match path {
            "/process.Process/Start" | "/process.Process/Connect" | "/filesystem.Filesystem/WatchDir" => {
                Self::ServerStream
            }
            "/process.Process/StreamInput" => Self::ClientStream,
            _ => Self::Unary,
        }
    }
}

/// One envd as the generated stubs see it. Clones share connections.
#[derive(Clone)]
pub struct RpcChannel {
    http: HttpClient,
    origin: Uri,
    dialect: Dialect,
    headers: Arc<HeaderMap>,
}

impl RpcChannel {
    /// A channel that sends `headers` with every call.
    pub fn new(http: HttpClient, origin: Uri, dialect: Dialect, headers: Arc<HeaderMap>) -> Self {
        Self {
            http,
            origin,
            dialect,
            headers,
        }
    }

    async fn exchange(self, request: Request<StubBody>) -> Result<Response<ReplyBody>, EnvdError> {
        let path = request.uri().path().to_owned();
        let shape = Shape::of(&path);
        let request = self.translate(request, shape).await?;
        let reply = self
            .http
            .request(request)
            .await
            .map_err(|error| request_failure(&error))?;
        let expected = media_type(self.dialect, shape);
        if reply.status() != StatusCode::OK {
            return Err(read_refusal(reply, &path).await);
        }
        check_media_type(reply.headers(), expected)?;
        let (head, body) = reply.into_parts();
        let body = match self.dialect {
            Dialect::Connect if shape == Shape::Unary => {
                require_length(&head)?;
                let limited = Limited::new(body, MESSAGE_LIMIT).collect().await;
                ReplyBody::whole(limited.map_err(|error| transport_failure(&*error))?.to_bytes())
            }
            Dialect::Connect => ReplyBody::stream(body, Ending::ConnectFrame),
            // An error before the first message comes in the head alone.
            _ if head.headers.contains_key("grpc-status") => {
                refusal::grpc_status(&head.headers)?;
                ReplyBody::empty()
            }
            Dialect::GrpcWeb => ReplyBody::stream(body, Ending::WebFrame),
            Dialect::Grpc => ReplyBody::stream(body, Ending::Trailers),
        };
        Ok(Response::from_parts(without_status(head), body))
    }

    /// The same request as this dialect has it.
    async fn translate(&self, request: Request<StubBody>, shape: Shape) -> Result<Request<RequestBody>, EnvdError> {
        let (mut head, body) = request.into_parts();
        head.method = Method::POST;
        head.version = if self.dialect == Dialect::Grpc {
            Version::HTTP_2
        } else {
            Version::HTTP_11
        };
        head.uri = absolute(&self.origin, &head.uri)?;
        for (name, value) in self.headers.iter() {
            head.headers.insert(name, value.clone());
        }
        head.headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(media_type(self.dialect, shape)),
        );
        if self.dialect != Dialect::Grpc {
            head.headers.remove(header::TE);
        }
        if self.dialect == Dialect::Connect {
            head.headers
                .insert("connect-protocol-version", HeaderValue::from_static("1"));
        }
        let body = match (self.dialect, shape) {
            (_, Shape::ClientStream) => body.map_err(Into::into).boxed_unsync(),
            (Dialect::Connect, Shape::Unary) => whole(single_message(&collect(body).await?)?),
            // One message and the end, in one piece: envd waits for both before it acts.
            (_, Shape::Unary | Shape::ServerStream) => whole(collect(body).await?),
        };
        Ok(Request::from_parts(head, body))
    }
}

impl Service<Request<StubBody>> for RpcChannel {
    type Response = Response<ReplyBody>;
    type Error = EnvdError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, EnvdError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), EnvdError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<StubBody>) -> Self::Future {
        Box::pin(self.clone().exchange(request))
    }
}

fn media_type(dialect: Dialect, shape: Shape) -> &'static str {
    match (dialect, shape) {
        (Dialect::Connect, Shape::Unary) => "application/proto",
        (Dialect::Connect, _) => "application/connect+proto",
        (Dialect::GrpcWeb, _) => "application/grpc-web+proto",
        (Dialect::Grpc, _) => "application/grpc",
    }
}

/// Joins the place and the path of a call.
pub(in crate::envd) fn absolute(origin: &Uri, path: &Uri) -> Result<Uri, EnvdError> {
    let mut parts = origin.clone().into_parts();
    parts.path_and_query = path.path_and_query().cloned();
    Uri::from_parts(parts).map_err(|error| EnvdError::new(EnvdErrorKind::Usage, error.to_string()))
}

fn whole(bytes: Bytes) -> RequestBody {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

async fn collect(body: StubBody) -> Result<Bytes, EnvdError> {
    let internal = |status: tonic::Status| EnvdError::new(EnvdErrorKind::Internal, status.message());
    Ok(body.collect().await.map_err(internal)?.to_bytes())
}

/// Takes the envelope off a request that holds one message.
fn single_message(enveloped: &[u8]) -> Result<Bytes, EnvdError> {
    let mut frames = FrameReader::new(enveloped.len().max(HEADER_LEN));
    frames.push(enveloped);
    match frames.next_frame() {
        Ok(Some(frame)) if !frames.has_rest() => Ok(frame.payload),
        _ => Err(EnvdError::new(
            EnvdErrorKind::Internal,
            "a request of one message has another shape",
        )),
    }
}

/// A success in a foreign format comes from something that is not envd: a login page, a file server, another API.
fn check_media_type(headers: &HeaderMap, expected: &str) -> Result<(), EnvdError> {
    let found = refusal::content_type(headers).unwrap_or_default();
    // The codec is left out of the name by some servers.
    let is_same =
        found == expected || expected.strip_suffix("+proto") == Some(&found) || found == format!("{expected}+proto");
    if is_same {
        return Ok(());
    }
    let what = if found.is_empty() { "nothing named" } else { &found };
    Err(EnvdError::new(
        EnvdErrorKind::NotEnvd,
        format!("a reply of type {expected} was expected, {what} came"),
    ))
}

/// A body whose end nobody marked may have been cut anywhere, and a cut message may still decode.
fn require_length(head: &http::response::Parts) -> Result<(), EnvdError> {
    let has_end = head.version >= Version::HTTP_2
        || head.headers.contains_key(header::CONTENT_LENGTH)
        || head.headers.contains_key(header::TRANSFER_ENCODING);
    if has_end {
        return Ok(());
    }
    Err(EnvdError::new(
        EnvdErrorKind::NotEnvd,
        "the reply has neither a length nor chunks",
    ))
}

/// Takes out what the stubs would read as a verdict of their own.
fn without_status(mut head: http::response::Parts) -> http::response::Parts {
    head.headers.remove("grpc-status");
    head.headers.remove("grpc-encoding");
    head
}

/// Reads as much of a refusal as helps to say why.
pub(in crate::envd) async fn read_refusal(reply: Response<Incoming>, path: &str) -> EnvdError {
    let (head, body) = reply.into_parts();
    let limited = Limited::new(body, refusal::BODY_LIMIT).collect();
    let body = match tokio::time::timeout(REFUSAL_TIMEOUT, limited).await {
        Ok(Ok(collected)) => collected.to_bytes(),
        _ => Bytes::new(),
    };
    refusal::by_http_status(head.status, &head.headers, &body, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_replies_of_the_same_kind_count() {
        let cases = [
            ("application/proto", "application/proto", true),
            ("application/connect+proto", "application/connect+proto", true),
            (
                "application/connect+proto; charset=utf-8",
                "application/connect+proto",
                true,
            ),
            ("application/grpc-web", "application/grpc-web+proto", true),
            ("application/grpc+proto", "application/grpc", true),
            ("application/connect+json", "application/connect+proto", false),
            ("application/json", "application/proto", false),
            ("text/html", "application/proto", false),
            ("", "application/proto", false),
        ];
        for (found, expected, good) in cases {
            let mut headers = HeaderMap::new();
            if !found.is_empty() {
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(found));
            }
            assert_eq!(
                check_media_type(&headers, expected).is_ok(),
                good,
                "{found} for {expected}"
            );
        }
    }
}

//! The three dialects from the caller's side, once more and on purpose not those of our client: strict, and with the
//! codes as they came. Takes the gRPC frames of the generated stubs and gives gRPC frames back.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{Buf, Bytes, BytesMut};
use e2b_tui::domain::{Dialect, Endpoint};
use http::{HeaderMap, Request, Response, StatusCode, Uri, header};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::body::Body;
use tonic::{Code, Status};
use tower::Service;

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Piece = Result<Frame<Bytes>, Status>;

/// One server in one dialect as one user. Clones share connections.
#[derive(Clone)]
pub struct Channel {
    http: Client<HttpConnector, UnsyncBoxBody<Bytes, BoxError>>,
    dialect: Dialect,
    base_url: String,
    headers: Arc<HeaderMap>,
}

impl Channel {
    /// Connects when the first call is made.
    pub fn new(endpoint: &Endpoint) -> Self {
        let mut headers = HeaderMap::new();
        if let Some(token) = &endpoint.access_token {
            headers.insert("x-access-token", token.expose().parse().unwrap());
        }
        if let Some(user) = &endpoint.user {
            let basic = format!("Basic {}", STANDARD.encode(format!("{user}:")));
            headers.insert(header::AUTHORIZATION, basic.parse().unwrap());
        }
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        Self {
            http: Client::builder(TokioExecutor::new())
                .http2_only(endpoint.dialect == Dialect::Grpc)
                .build(tcp),
            dialect: endpoint.dialect,
            base_url: endpoint.base_url.clone(),
            headers: Arc::new(headers),
        }
    }

    fn content_type(&self, path: &str) -> &'static str {
        match self.dialect {
            Dialect::Connect if is_unary(path) => "application/proto",
            Dialect::Connect => "application/connect+proto",
            Dialect::GrpcWeb => "application/grpc-web+proto",
            Dialect::Grpc => "application/grpc",
        }
    }

    async fn exchange(self, request: Request<Body>) -> Result<Response<ReplyBody>, Status> {
        let (mut parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        let content_type = self.content_type(&path);
        let is_bare = content_type == "application/proto";
        parts.uri = format!("{}{path}", self.base_url).parse::<Uri>().unwrap();
        parts.version = http::Version::default();
        parts.headers.extend(self.headers.as_ref().clone());
        parts
            .headers
            .insert(header::CONTENT_TYPE, content_type.parse().unwrap());
        let body = if is_bare {
            // The one message without its envelope.
            let enveloped = body.collect().await.unwrap().to_bytes();
            Full::new(enveloped.slice(5..))
                .map_err(|never| match never {})
                .boxed_unsync()
        } else {
            body.map_err(BoxError::from).boxed_unsync()
        };
        let reply = self.http.request(Request::from_parts(parts, body)).await;
        let (parts, body) = reply.map_err(|error| broken(&error))?.into_parts();
        if parts.status != StatusCode::OK {
            return Err(unary_refusal(parts.status, body).await);
        }
        let replied = parts
            .headers
            .get(header::CONTENT_TYPE)
            .map_or("", |kind| kind.to_str().unwrap());
        // The codec may stay unnamed only where it was not named.
        if replied != content_type && replied != format!("{content_type}+proto") {
            return Err(wrong(format!("a reply of type {replied:?} to {content_type}")));
        }
        let (sender, receiver) = mpsc::channel(1);
        tokio::spawn(pump(self.dialect, is_bare, body, sender));
        Ok(Response::from_parts(
            parts,
            StreamBody::new(ReceiverStream::new(receiver)),
        ))
    }
}

/// A reply as the stubs read it.
pub type ReplyBody = StreamBody<ReceiverStream<Piece>>;

impl Service<Request<Body>> for Channel {
    type Response = Response<ReplyBody>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Status>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.clone().exchange(request))
    }
}

fn is_unary(path: &str) -> bool {
    !["/Start", "/Connect", "/StreamInput", "/WatchDir"]
        .iter()
        .any(|call| path.ends_with(call))
}

/// What the connection itself failed with.
fn broken(error: &dyn std::error::Error) -> Status {
    Status::unavailable(format!("{error}: {:?}", error.source().map(ToString::to_string)))
}

/// A reply that breaks the rules of its dialect. No server answers with this code by itself.
fn wrong(what: String) -> Status {
    Status::data_loss(what)
}

/// Reads the body until its end or until nobody wants it any more.
async fn pump(dialect: Dialect, is_bare: bool, mut body: Incoming, sender: mpsc::Sender<Piece>) {
    let mut waiting = BytesMut::new();
    let mut is_ended = false;
    loop {
        let frame = tokio::select! {
            () = sender.closed() => return,
            frame = body.frame() => frame,
        };
        let pieces = match frame {
            Some(Err(error)) => vec![Err(broken(&error))],
            Some(Ok(frame)) if dialect == Dialect::Grpc => vec![Ok(frame)],
            Some(Ok(frame)) => {
                waiting.extend(frame.into_data().unwrap_or_default());
                if is_bare {
                    Vec::new()
                } else {
                    decode(dialect, &mut waiting, &mut is_ended)
                }
            }
            None if is_bare => {
                let sent = sender.send(Ok(Frame::data(enveloped(&waiting)))).await;
                drop((sent, sender.send(Ok(success())).await));
                return;
            }
            // A status in the head alone, or trailers, are for the stubs to judge.
            None if dialect == Dialect::Connect && !is_ended => vec![Err(wrong("no end frame".into()))],
            None if !waiting.is_empty() => vec![Err(wrong("a frame cut short".into()))],
            None => return,
        };
        for piece in pieces {
            if sender.send(piece).await.is_err() {
                return;
            }
        }
    }
}

/// Takes the whole frames out of what has arrived.
fn decode(dialect: Dialect, waiting: &mut BytesMut, is_ended: &mut bool) -> Vec<Piece> {
    let mut pieces = Vec::new();
    while waiting.len() >= 5 {
        let length = u32::from_be_bytes([waiting[1], waiting[2], waiting[3], waiting[4]]) as usize;
        if waiting.len() < 5 + length {
            break;
        }
        let frame = waiting.split_to(5 + length).freeze();
        pieces.push(match (dialect, frame[0]) {
            _ if *is_ended => Err(wrong("a frame after the end".into())),
            (_, 0) => Ok(Frame::data(frame)),
            (Dialect::Connect, 2) => {
                *is_ended = true;
                end_of_stream(&frame[5..])
            }
            (Dialect::GrpcWeb, 0x80) => {
                *is_ended = true;
                Ok(Frame::trailers(header_lines(&frame[5..])))
            }
            (_, flags) => Err(wrong(format!("a frame with flags {flags:#x}"))),
        });
    }
    pieces
}

fn enveloped(message: &[u8]) -> Bytes {
    let mut frame = BytesMut::from(&[0; 1][..]);
    frame.extend((message.len() as u32).to_be_bytes());
    frame.extend(message);
    frame.freeze()
}

fn success() -> Frame<Bytes> {
    Frame::trailers(HeaderMap::from_iter([(
        header::HeaderName::from_static("grpc-status"),
        header::HeaderValue::from_static("0"),
    )]))
}

fn header_lines(text: &[u8]) -> HeaderMap {
    let text = str::from_utf8(text).unwrap();
    let pairs = text
        .split("\r\n")
        .filter(|line| !line.is_empty())
        .map(|line| line.split_once(':').unwrap());
    pairs
        .map(|(name, value)| {
            (
                name.parse::<header::HeaderName>().unwrap(),
                value.trim().parse().unwrap(),
            )
        })
        .collect()
}

fn end_of_stream(payload: &[u8]) -> Piece {
    let end: serde_json::Value = match serde_json::from_slice(payload) {
        Ok(end @ serde_json::Value::Object(_)) => end,
        other => return Err(wrong(format!("an end frame that is no object: {other:?}"))),
    };
    match end.get("error") {
        None => Ok(success()),
        Some(error) => Err(named(error)),
    }
}

/// The error that a JSON object names.
fn named(error: &serde_json::Value) -> Status {
    let message = error["message"].as_str().unwrap_or_default();
    match CODES.iter().find(|(_, name, _)| error["code"] == *name) {
        Some((code, ..)) => Status::new(*code, message),
        None => wrong(format!("no code: {error}")),
    }
}

/// A Connect error by itself: code and HTTP status must agree. Other replies keep their HTTP status in the message.
async fn unary_refusal(status: StatusCode, body: Incoming) -> Status {
    let body = match body.collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) => return broken(&error),
    };
    let Ok(error) = serde_json::from_reader::<_, serde_json::Value>(body.reader()) else {
        return wrong(format!("HTTP status {status}"));
    };
    let named = named(&error);
    match CODES.iter().find(|(code, ..)| *code == named.code()) {
        Some((_, _, expected)) if status.as_u16() != *expected => wrong(format!("HTTP status {status} for {error}")),
        _ => named,
    }
}

/// Codes with their Connect names and HTTP statuses (`envd-wire.md` 1.5).
const CODES: [(Code, &str, u16); 10] = [
    (Code::Cancelled, "canceled", 499),
    (Code::Unknown, "unknown", 500),
    (Code::InvalidArgument, "invalid_argument", 400),
    (Code::DeadlineExceeded, "deadline_exceeded", 504),
    (Code::NotFound, "not_found", 404),
    (Code::AlreadyExists, "already_exists", 409),
    (Code::FailedPrecondition, "failed_precondition", 400),
    (Code::Unimplemented, "unimplemented", 501),
    (Code::Internal, "internal", 500),
    (Code::Unauthenticated, "unauthenticated", 401),
];

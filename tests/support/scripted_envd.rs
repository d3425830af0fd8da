//! A server that speaks just enough Connect to say what a test wants it to say, lies included, and notes what it was asked.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use e2b_tui::wire::frames::Frame;
use e2b_tui::wire::generated::process::process_event::Event;
use e2b_tui::wire::generated::process::{self as wire, ConnectResponse, ListResponse, StartRequest};
use futures_util::StreamExt;
use http::{Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use prost::Message;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;

type Body = UnsyncBoxBody<Bytes, io::Error>;
type Piece = io::Result<http_body::Frame<Bytes>>;

/// What it says, and what it was asked.
#[derive(Default)]
pub struct Script {
    /// The answer to every `List`.
    pub listed: Vec<wire::ProcessInfo>,
    /// What `Connect` sends. The stream then stays open.
    pub joined: Vec<Event>,
    /// If set, the answer to everything.
    pub refusal: Option<Refusal>,
    /// The methods that were called.
    pub calls: Vec<String>,
    /// What was started last.
    pub started: Option<StartRequest>,
    streams: Vec<mpsc::UnboundedSender<Piece>>,
}

/// Status, headers, body.
pub type Refusal = (u16, Vec<(&'static str, &'static str)>, &'static str);

pub struct ScriptedEnvd {
    pub address: SocketAddr,
    pub script: Arc<Mutex<Script>>,
}

/// The number of every process that it starts.
pub const PID: u32 = 77;

impl ScriptedEnvd {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let script = Arc::new(Mutex::new(Script::default()));
        let shared = Arc::clone(&script);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let script = Arc::clone(&shared);
                let service = service_fn(move |request| answer(Arc::clone(&script), request));
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(socket), service),
                );
            }
        });
        Self { address, script }
    }

    /// Changes what it says from now on.
    pub fn says(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.script.lock().unwrap());
    }

    /// Breaks every stream that is open.
    pub fn cut(&self) {
        for stream in self.script.lock().unwrap().streams.drain(..) {
            // A stream that nobody reads any longer is broken already.
            let _ = stream.send(Err(io::ErrorKind::ConnectionReset.into()));
        }
    }

    /// How often a method was called.
    pub fn asked(&self, method: &str) -> usize {
        let script = self.script.lock().unwrap();
        script.calls.iter().filter(|call| *call == method).count()
    }

    /// The program that was started, as `List` would show it.
    pub fn ours(&self) -> wire::ProcessInfo {
        let request = self.script.lock().unwrap().started.clone().unwrap();
        wire::ProcessInfo {
            config: request.process,
            pid: PID,
            tag: request.tag,
        }
    }
}

async fn answer(script: Arc<Mutex<Script>>, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let method = request.uri().path().rsplit('/').next().unwrap().to_owned();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let mut script = script.lock().unwrap();
    script.calls.push(method.clone());
    if let Some((status, headers, body)) = &script.refusal {
        let mut response = Response::new(whole(Bytes::from_static(body.as_bytes())));
        *response.status_mut() = StatusCode::from_u16(*status).unwrap();
        for (name, value) in headers {
            response.headers_mut().insert(*name, value.parse().unwrap());
        }
        return Ok(response);
    }
    let (media, body) = match method.as_str() {
        "List" => {
            let processes = script.listed.clone();
            (
                "application/proto",
                whole(ListResponse { processes }.encode_to_vec().into()),
            )
        }
        "Start" => {
            script.started = Some(StartRequest::decode(&body[5..]).unwrap());
            let start = Event::Start(wire::process_event::StartEvent { pid: PID });
            ("application/connect+proto", open_stream(&mut script, vec![start]))
        }
        "Connect" => {
            let events = script.joined.clone();
            ("application/connect+proto", open_stream(&mut script, events))
        }
        // Success without content, as the other unary methods have it.
        _ => ("application/proto", whole(Bytes::new())),
    };
    Ok(Response::builder().header("content-type", media).body(body).unwrap())
}

fn whole(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

fn open_stream(script: &mut Script, events: Vec<Event>) -> Body {
    let (sender, receiver) = mpsc::unbounded_channel();
    for event in events {
        let message = ConnectResponse {
            event: Some(wire::ProcessEvent { event: Some(event) }),
        };
        let frame = Frame::message(message.encode_to_vec().into()).encode();
        sender.send(Ok(http_body::Frame::data(frame))).unwrap();
    }
    script.streams.push(sender);
    StreamBody::new(UnboundedReceiverStream::new(receiver).boxed()).boxed_unsync()
}

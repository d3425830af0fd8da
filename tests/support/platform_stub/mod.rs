//! The platform's REST interface as a real HTTP server on this machine: states, lives, paging, errors, rate limits. Its
//! sandboxes are embedded ones, so that shells and commands in them are real. Every call is logged.

mod gate;
mod lists;
mod routes;
mod world;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub use gate::Edge;
pub use world::{Seed, World};

/// The key that the stub accepts. Tests look for it where it must not be.
pub const KEY: &str = "e2b_c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00";

/// One call as it arrived.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: String,
    pub path: String,
    pub query: String,
    pub body: Value,
    pub at: Instant,
}

impl Call {
    /// `POST /sandboxes/{id}/pause` with the IDs taken out, for counting.
    pub fn shape(&self) -> String {
        let parts: Vec<&str> = self.path.split('/').collect();
        let known = ["", "v2", "sandboxes", "templates", "snapshots", "metrics", "logs"];
        let verbs = ["pause", "connect", "timeout", "refreshes", "fork", "resume"];
        let shown = parts.iter().map(|part| {
            if known.contains(part) || verbs.contains(part) {
                *part
            } else {
                "{id}"
            }
        });
        format!("{} {}", self.method, shown.collect::<Vec<_>>().join("/"))
    }
}

/// An answer to be given instead of the right one.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The beginning of `METHOD /path`.
    pub at: String,
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    /// How often.
    pub times: usize,
}

impl Fault {
    pub fn new(at: &str, status: u16) -> Self {
        Self {
            at: at.to_owned(),
            status,
            headers: Vec::new(),
            body: json!({ "code": status, "message": format!("planned {status}") }).to_string(),
            times: 1,
        }
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn body(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }
}

/// A running stub. Dropping it stops it and its sandboxes.
pub struct PlatformStub {
    address: SocketAddr,
    shared: Arc<Shared>,
    serving: tokio::task::JoinHandle<()>,
}

pub struct Shared {
    pub world: Mutex<World>,
    calls: Mutex<Vec<Call>>,
    faults: Mutex<Vec<Fault>>,
    /// How long a pause takes.
    pause_takes: Mutex<Duration>,
    /// What stands in front of sandboxes that are made from now on.
    edge: Mutex<Edge>,
}

impl PlatformStub {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            world: Mutex::default(),
            calls: Mutex::default(),
            faults: Mutex::default(),
            pause_takes: Mutex::default(),
            edge: Mutex::default(),
        });
        let serving = tokio::spawn(serve(listener, shared.clone()));
        Self {
            address,
            shared,
            serving,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the environment of a program must hold to use this platform, and nothing else of it.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![("E2B_API_URL", self.url()), ("E2B_API_KEY", KEY.to_owned())]
    }

    pub fn calls(&self) -> Vec<Call> {
        self.shared.calls.lock().unwrap().clone()
    }

    /// How long ago this path was called first.
    pub fn since_first(&self, path: &str) -> Option<Duration> {
        let calls = self.shared.calls.lock().unwrap();
        calls
            .iter()
            .find(|call| call.path == path)
            .map(|call| call.at.elapsed())
    }

    /// The shapes of the calls since the last time, in order.
    pub fn take_shapes(&self) -> Vec<String> {
        self.shared
            .calls
            .lock()
            .unwrap()
            .drain(..)
            .map(|call| call.shape())
            .collect()
    }

    pub fn fail(&self, fault: Fault) {
        self.shared.faults.lock().unwrap().push(fault);
    }

    /// Takes all planned faults away.
    pub fn heal(&self) {
        self.shared.faults.lock().unwrap().clear();
    }

    /// Breaks all links to a sandbox; it runs on, and new ones can be made.
    pub fn cut_links(&self, id: &str) {
        self.with_world(|world| {
            let gate = world.sandboxes.get(id).and_then(|sandbox| sandbox.gate.as_ref());
            gate.unwrap().cut();
        });
    }

    /// Puts a sandbox to sleep as if somebody else had asked for it.
    pub fn pause_from_outside(&self, id: &str) {
        self.with_world(|world| {
            if let Some(sandbox) = world.sandboxes.get_mut(id) {
                sandbox.is_paused = true;
                sandbox.shut(true);
                sandbox.ends = world::now();
            }
        });
    }

    /// Ends a sandbox as if somebody else had asked for it.
    pub async fn kill_from_outside(&self, id: &str) {
        let gone = self.with_world(|world| world.sandboxes.remove(id));
        if let Some(envd) = gone.and_then(|sandbox| sandbox.envd.and_then(Arc::into_inner)) {
            envd.stop().await;
        }
    }

    /// Puts this in front of sandboxes that are made from now on.
    pub fn put_edge(&self, edge: Edge) {
        *self.shared.edge.lock().unwrap() = edge;
    }

    /// How many requests all edges answered by 464, and how many connections they cut because they carried nothing.
    pub fn edge_faults(&self) -> (usize, usize) {
        self.with_world(|world| {
            let gates = world.sandboxes.values().filter_map(|sandbox| sandbox.gate.as_ref());
            gates
                .map(gate::Gate::faults)
                .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
        })
    }

    pub fn let_pauses_take(&self, time: Duration) {
        *self.shared.pause_takes.lock().unwrap() = time;
    }

    /// Adds a sandbox that is only a record: nothing answers in it.
    pub fn plant(&self, seed: Seed) {
        self.shared.world.lock().unwrap().plant(seed);
    }

    /// How often somebody knocked at sandboxes that slept.
    pub fn knocks_while_asleep(&self) -> usize {
        let world = self.shared.world.lock().unwrap();
        let gates = world.sandboxes.values().filter_map(|sandbox| sandbox.gate.as_ref());
        gates.map(gate::Gate::knocks).sum()
    }

    pub fn with_world<T>(&self, work: impl FnOnce(&mut World) -> T) -> T {
        work(&mut self.shared.world.lock().unwrap())
    }
}

impl Drop for PlatformStub {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            return;
        };
        let shared = shared.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let shared = shared.clone();
                async move { Ok::<_, std::convert::Infallible>(shared.answer(request).await) }
            });
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

impl Shared {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let body = body
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes)
            .unwrap_or_default();
        let call = Call {
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            body: serde_json::from_slice(&body).unwrap_or(Value::Null),
            at: Instant::now(),
        };
        self.calls.lock().unwrap().push(call.clone());
        if let Some(fault) = self.take_fault(&call) {
            let mut response = Response::builder().status(fault.status);
            for (name, value) in fault.headers {
                response = response.header(name, value);
            }
            return response.body(Full::from(fault.body)).unwrap();
        }
        if head
            .headers
            .get("x-api-key")
            .is_none_or(|key| key.as_bytes() != KEY.as_bytes())
        {
            return refuse(401, "Invalid API key");
        }
        self.route(&call).await
    }

    fn take_fault(&self, call: &Call) -> Option<Fault> {
        let mut faults = self.faults.lock().unwrap();
        let line = format!("{} {}", call.method, call.path);
        let at = faults.iter().position(|fault| line.starts_with(&fault.at))?;
        let fault = faults[at].clone();
        faults[at].times -= 1;
        if faults[at].times == 0 {
            faults.remove(at);
        }
        Some(fault)
    }

    fn edge(&self) -> Edge {
        *self.edge.lock().unwrap()
    }

    fn pause_time(&self) -> Duration {
        *self.pause_takes.lock().unwrap()
    }
}

fn reply(status: u16, body: &Value) -> Response<Full<Bytes>> {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Full::from(body.to_string()))
        .unwrap()
}

fn done() -> Response<Full<Bytes>> {
    Response::builder()
        .status(StatusCode::NO_CONTENT)
        .body(Full::default())
        .unwrap()
}

fn refuse(status: u16, message: &str) -> Response<Full<Bytes>> {
    reply(status, &json!({ "code": status, "message": message }))
}

//! The running server: one loopback port, HTTP/1.1 and h2 on it, one guard in front of everything. Knows no method.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::options::{Access, LocalEnvdError, LocalEnvdOptions};
use super::router;
use super::sandbox::Sandbox;
use super::services::Services;
use crate::domain::Secret;

/// How many calls may be open on one h2 connection; each terminal holds one.
const STREAMS_PER_CONNECTION: u32 = 4096;
/// How long to wait when the system has no descriptor left for a new connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A running embedded sandbox. Dropping it kills its processes and closes its port.
#[derive(Debug)]
pub struct LocalEnvd {
    address: SocketAddr,
    services: Arc<Services>,
    accepting: JoinHandle<()>,
}

impl LocalEnvd {
    /// Starts listening on 127.0.0.1. Must be called inside a tokio runtime with I/O and time.
    pub async fn start(options: LocalEnvdOptions) -> Result<Self, LocalEnvdError> {
        let port = options.port;
        let sandbox = Sandbox::new(options)?;
        hide_memory();
        let cannot_listen = |cause| LocalEnvdError::CannotListen { port, cause };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(cannot_listen)?;
        let address = listener.local_addr().map_err(cannot_listen)?;
        let services = Arc::new(Services::new(sandbox, address.port()));
        let accepting = tokio::spawn(accept(listener, Arc::clone(&services)));
        Ok(Self {
            address,
            services,
            accepting,
        })
    }

    /// `http://127.0.0.1:port`, without a path.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What callers have to send as `X-Access-Token`; `None` if the server is open.
    pub fn token(&self) -> Option<&Secret> {
        match &self.services.sandbox.access {
            Access::Token(token) => Some(token),
            Access::Open => None,
        }
    }

    /// What processes find in `E2B_SANDBOX_ID`.
    pub fn sandbox_id(&self) -> &str {
        &self.services.sandbox.id
    }

    /// Ends the sandbox: terminals are hung up, other processes asked to end, and after a short grace whatever is
    /// left of them is killed. Callers still connected see the exits, then their connections close.
    pub async fn stop(self) {
        self.services.end_processes().await;
    }
}

impl Drop for LocalEnvd {
    fn drop(&mut self) {
        self.accepting.abort();
        self.services.kill_processes();
    }
}

/// Keeps other programs of the same user, the sandbox's own above all, from reading our memory and environment,
/// where tokens are. Also no core dumps.
fn hide_memory() {
    #[cfg(target_os = "linux")]
    if let Err(error) = nix::sys::prctl::set_dumpable(false) {
        tracing::warn!(%error, "cannot make this process unreadable to others");
    }
}

async fn accept(listener: TcpListener, services: Arc<Services>) {
    // Dropped with this task, and with it every connection.
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(serve(stream, Arc::clone(&services)));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, services: Arc<Services>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot switch off delays");
    }
    let answer = service_fn(move |request: Request<Incoming>| {
        let services = Arc::clone(&services);
        async move {
            let request = request.map(|body| body.map_err(Into::into).boxed_unsync());
            Ok::<_, Infallible>(router::answer(services, request).await)
        }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_PER_CONNECTION);
    if let Err(error) = builder.serve_connection(TokioIo::new(stream), answer).await {
        tracing::debug!(error, "a connection ended early");
    }
}

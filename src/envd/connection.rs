//! The HTTP client underneath: TCP, TLS, pooling, and what its failures mean. Follows no redirect, reads no proxy variable,
//! knows no RPC.

use std::error::Error;
use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use http::uri::Scheme;
use http_body_util::combinators::UnsyncBoxBody;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::net::TcpStream;
use tower::Service;

use crate::domain::{Dialect, RemoteText, find_cause, innermost_words};

use super::error::{EnvdError, EnvdErrorKind};
use super::files::LocalError;

/// DNS, TCP and TLS together have this long.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// After this long without a byte the kernel asks whether the other side is still there.
const TCP_KEEPALIVE: Duration = Duration::from_secs(15);
/// Idle connections are given up sooner than any known server gives them up (600 s and more).
const POOL_IDLE: Duration = Duration::from_secs(90);
/// An HTTP/2 connection carries many streams; these windows keep one slow reader from stopping the others.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 1 << 26;

/// Any error, as the libraries underneath pass them.
pub type BoxError = Box<dyn Error + Send + Sync>;
/// A request body of any make.
pub type RequestBody = UnsyncBoxBody<Bytes, BoxError>;

/// The pooled client. A clone shares the pool.
pub type HttpClient = Client<Dialer, RequestBody>;

/// Makes a client that speaks HTTP/1.1 alone: what is passed on for others may want to change to another protocol.
pub fn connect_http1(tls: &rustls::ClientConfig) -> HttpClient {
    let https = hyper_rustls::HttpsConnectorBuilder::new()
        .with_tls_config(tls.clone())
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp());
    Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(POOL_IDLE)
        .build(Dialer { https })
}

fn tcp() -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
    tcp.set_keepalive(Some(TCP_KEEPALIVE));
    tcp.set_keepalive_interval(Some(Duration::from_secs(5)));
    tcp.set_keepalive_retries(Some(3));
    #[cfg(target_os = "linux")]
    tcp.set_tcp_user_timeout(Some(Duration::from_secs(30)));
    tcp
}

/// Makes a client with an empty pool for one origin.
pub fn connect(origin: &Uri, dialect: Dialect, tls: &rustls::ClientConfig) -> HttpClient {
    let tcp = tcp();
    // Envd without TLS speaks HTTP/1.1 only; with TLS both sides agree on the version during the handshake. Plain gRPC
    // needs HTTP/2 in either case, so there it is spoken without asking.
    let is_grpc = dialect == Dialect::Grpc;
    let builder = hyper_rustls::HttpsConnectorBuilder::new()
        .with_tls_config(tls.clone())
        .https_or_http();
    let https = if is_grpc {
        builder.enable_http2().wrap_connector(tcp)
    } else {
        builder.enable_http1().enable_http2().wrap_connector(tcp)
    };
    tracing::debug!(%origin, %dialect, "new connection pool");
    Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(POOL_IDLE)
        .http2_only(is_grpc)
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW)
        .http2_keep_alive_interval(TCP_KEEPALIVE)
        .http2_keep_alive_timeout(CONNECT_TIMEOUT)
        .build(Dialer { https })
}

/// The certificates to trust: the platform's and those of `ca_file`. Reads files only for `https`.
pub fn tls_config(origin: &Uri, ca_file: Option<&Path>) -> Result<Arc<rustls::ClientConfig>, EnvdError> {
    let usage = |text: String| EnvdError::new(EnvdErrorKind::Usage, text);
    let mut roots = rustls::RootCertStore::empty();
    if origin.scheme() == Some(&Scheme::HTTPS) {
        let native = rustls_native_certs::load_native_certs();
        for error in &native.errors {
            tracing::warn!(%error, "some of the platform's certificates cannot be read");
        }
        roots.add_parsable_certificates(native.certs);
        if let Some(path) = ca_file {
            let shown = RemoteText::new(path.to_string_lossy());
            let certificates = CertificateDer::pem_file_iter(path)
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(|error| usage(format!("cannot read certificates from {shown}: {error}")))?;
            let (added, _) = roots.add_parsable_certificates(certificates);
            if added == 0 {
                return Err(usage(format!("{shown} holds no usable certificate")));
            }
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| EnvdError::new(EnvdErrorKind::Internal, error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Connects within one time limit that covers the name lookup and both handshakes.
#[derive(Clone)]
pub struct Dialer {
    https: HttpsConnector<HttpConnector>,
}

impl Service<Uri> for Dialer {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.https.poll_ready(context)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let dial = self.https.call(address);
        Box::pin(async move {
            tokio::time::timeout(CONNECT_TIMEOUT, dial).await.unwrap_or_else(|_| {
                let text = format!("no connection within {} s", CONNECT_TIMEOUT.as_secs());
                Err(io::Error::new(io::ErrorKind::TimedOut, text).into())
            })
        })
    }
}

/// What it means when a request failed without an answer.
pub fn request_failure(error: &ClientError) -> EnvdError {
    if let Some(local) = find_cause::<LocalError>(error) {
        return EnvdError::new(EnvdErrorKind::Internal, local.to_string());
    }
    if let Some(tls) = find_cause::<rustls::Error>(error) {
        return tls_failure(tls);
    }
    if error.is_connect() {
        return EnvdError::new(EnvdErrorKind::Unreachable, innermost_words(error));
    }
    transport_failure(error)
}

/// What it means when an answer stopped in the middle.
pub fn transport_failure(error: &(dyn Error + 'static)) -> EnvdError {
    if let Some(http) = find_cause::<hyper::Error>(error) {
        if http.is_parse() && !http.is_incomplete_message() {
            return EnvdError::new(EnvdErrorKind::NotEnvd, "the answer is not HTTP");
        }
        if http.is_incomplete_message() {
            return EnvdError::new(EnvdErrorKind::Lost, "closed before the answer was complete");
        }
    }
    if let Some(http2) = find_cause::<h2::Error>(error)
        && http2.is_library()
        && matches!(
            http2.reason(),
            Some(h2::Reason::FRAME_SIZE_ERROR | h2::Reason::PROTOCOL_ERROR)
        )
    {
        return EnvdError::new(EnvdErrorKind::NotEnvd, "the answer is not HTTP/2")
            .hint("envd without TLS speaks HTTP/1.1 only: use --dialect connect");
    }
    EnvdError::new(EnvdErrorKind::Lost, innermost_words(error))
}

fn tls_failure(error: &rustls::Error) -> EnvdError {
    match error {
        rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
            EnvdError::new(EnvdErrorKind::Untrusted, error.to_string())
        }
        rustls::Error::InvalidMessage(_) => EnvdError::new(EnvdErrorKind::NotEnvd, "the server does not speak TLS")
            .hint("if it serves plain HTTP, write http:// in front of the address"),
        _ => EnvdError::new(EnvdErrorKind::Untrusted, format!("TLS: {error}")),
    }
}

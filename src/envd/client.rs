//! The client of one envd: where it is, what is sent along with every request, and how a call is made and judged. The calls
//! themselves stand in `processes.rs`, `filesystem.rs`, `files.rs` and `routes.rs`.

use std::future::Future;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use http::uri::{PathAndQuery, Scheme};
use http::{HeaderMap, HeaderValue, Uri, header};
use tokio::time::Instant;
use tonic::metadata::{MetadataValue, errors::InvalidMetadataValue};
use tonic::{IntoRequest, Request, Status};

use super::connection::{self, HttpClient};
use super::dialect::{MESSAGE_LIMIT, RpcChannel};
use super::error::{EnvdError, EnvdErrorKind};
use super::gate::Gate;
use super::transfer::Traces;
use crate::domain::{Dialect, Endpoint, PortWay, RemoteText, Routing, Secret};
use crate::wire::generated::filesystem::filesystem_client::FilesystemClient;
use crate::wire::generated::process::process_client::ProcessClient;

/// A unary call that takes longer has failed.
const UNARY_TIMEOUT: Duration = Duration::from_secs(30);
/// The first event of a stream has this long: an edge may have to wake a paused sandbox first.
const OPENING_TIMEOUT: Duration = Duration::from_secs(75);
/// Broken links to one envd connect again at least this far apart.
const RECONNECT_SPACING: Duration = Duration::from_millis(110);
/// How often envd shall send a sign of life on an idle stream (`envd-wire.md` 3).
const KEEPALIVE: Duration = Duration::from_secs(15);

/// A client of one envd. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct EnvdClient {
    http: HttpClient,
    shared: Arc<Shared>,
    keepalive: Duration,
    gate: Option<Gate>,
    traces: Option<Arc<Traces>>,
}

/// What stays the same as long as the endpoint does.
struct Shared {
    origin: Uri,
    /// The address as messages show it.
    shown: String,
    dialect: Dialect,
    headers: Arc<HeaderMap>,
    user: Option<String>,
    authorization: Option<MetadataValue<tonic::metadata::Ascii>>,
    tls: Arc<rustls::ClientConfig>,
    /// How other ports are reached.
    ports: Arc<Ports>,
    /// When the next broken link may connect again.
    reconnects: Mutex<Instant>,
}

/// How other ports of the sandbox are reached.
pub(super) struct Ports {
    pub(super) way: PortWay,
    /// What a sandbox that is closed to the public wants to see there.
    pub(super) token: Option<Secret>,
}

impl EnvdClient {
    /// Prepares a client; connects when the first call is made. Fails on an address, header value or certificate file that
    /// cannot be used.
    pub fn new(endpoint: &Endpoint) -> Result<Self, EnvdError> {
        let origin = origin(&endpoint.base_url)?;
        let tls = connection::tls_config(&origin, endpoint.ca_file.as_deref())?;
        let http = connection::connect(&origin, endpoint.dialect, &tls);
        Ok(Self {
            http,
            shared: Arc::new(Shared {
                shown: RemoteText::new(endpoint.base_url.trim_end_matches('/')).escaped(),
                origin,
                dialect: endpoint.dialect,
                headers: Arc::new(common_headers(endpoint)?),
                user: endpoint.user.clone(),
                authorization: endpoint.user.as_deref().map(basic_user).transpose()?,
                tls,
                ports: Arc::new(Ports {
                    way: endpoint.ports(),
                    token: endpoint.traffic_token.clone(),
                }),
                reconnects: Mutex::new(Instant::now()),
            }),
            keepalive: KEEPALIVE,
            gate: None,
            traces: None,
        })
    }

    /// The same client, whose broken links ask here before they try again.
    #[must_use]
    pub fn behind(self, gate: Gate) -> Self {
        Self {
            gate: Some(gate),
            ..self
        }
    }

    /// The same client, whose transfers note in this folder what is unfinished in the sandbox of this name.
    #[must_use]
    pub fn noting(self, folder: &Path, sandbox: &str) -> Self {
        let traces = Traces {
            folder: folder.to_owned(),
            sandbox: sandbox.to_owned(),
        };
        Self {
            traces: Some(Arc::new(traces)),
            ..self
        }
    }

    /// Where unfinished files are noted, if they are.
    pub(super) fn traces(&self) -> Option<&Traces> {
        self.traces.as_deref()
    }

    /// Whether a broken link may try again; without a gate it may.
    pub(super) async fn may_knock(&self) -> Result<(), EnvdError> {
        match &self.gate {
            Some(gate) => gate().await,
            None => Ok(()),
        }
    }

    /// The same client with connections of its own, none of them open yet. After a broken link the old ones cannot be
    /// trusted: a request on a dead connection waits for nothing.
    #[must_use]
    pub fn with_fresh_connections(&self) -> Self {
        Self {
            http: connection::connect(&self.shared.origin, self.shared.dialect, &self.shared.tls),
            ..self.clone()
        }
    }

    /// The same client in the name of another user of the sandbox.
    pub(super) fn in_the_name_of(&self, user: &str) -> Result<Self, EnvdError> {
        let shared = &self.shared;
        Ok(Self {
            shared: Arc::new(Shared {
                origin: shared.origin.clone(),
                shown: shared.shown.clone(),
                dialect: shared.dialect,
                headers: Arc::clone(&shared.headers),
                user: Some(user.to_owned()),
                authorization: Some(basic_user(user)?),
                tls: Arc::clone(&shared.tls),
                ports: Arc::clone(&shared.ports),
                reconnects: Mutex::new(Instant::now()),
            }),
            ..self.clone()
        })
    }

    /// The same client with another interval between signs of life, in whole seconds and at least one: envd ends itself on 0.
    #[must_use]
    pub fn with_keepalive(mut self, interval: Duration) -> Self {
        self.keepalive = Duration::from_secs(interval.as_secs().max(1));
        self
    }

    /// How the calls are encoded.
    pub fn dialect(&self) -> Dialect {
        self.shared.dialect
    }

    /// The address, as messages show it.
    pub fn endpoint_name(&self) -> &str {
        &self.shared.shown
    }

    /// How long a stream may be silent before it counts as dead: two signs of life missed, and a third of one for delays.
    pub fn silence_limit(&self) -> Duration {
        self.keepalive * 7 / 3
    }

    /// Waits for one's turn to connect again, so that many links that broke at once do not all knock at once.
    pub(super) async fn turn_to_reconnect(&self) {
        let turn = {
            let mut next = self.shared.reconnects.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = (*next).max(Instant::now());
            *next = turn + RECONNECT_SPACING;
            turn
        };
        tokio::time::sleep_until(turn).await;
    }

    /// The address of a port for everybody, if it has one.
    pub fn port_address(&self, port: u16) -> Option<String> {
        self.shared.ports.way.address(port)
    }

    pub(super) fn ports(&self) -> &Ports {
        &self.shared.ports
    }

    pub(super) fn tls(&self) -> &rustls::ClientConfig {
        &self.shared.tls
    }

    pub(super) fn keepalive(&self) -> Duration {
        self.keepalive
    }

    pub(super) fn http(&self) -> &HttpClient {
        &self.http
    }

    pub(super) fn origin(&self) -> &Uri {
        &self.shared.origin
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        &self.shared.headers
    }

    pub(super) fn user(&self) -> Option<&str> {
        self.shared.user.as_deref()
    }

    pub(super) fn processes(&self) -> ProcessClient<RpcChannel> {
        ProcessClient::new(self.channel())
            .max_decoding_message_size(MESSAGE_LIMIT)
            .max_encoding_message_size(MESSAGE_LIMIT)
    }

    pub(super) fn filesystem(&self) -> FilesystemClient<RpcChannel> {
        FilesystemClient::new(self.channel())
            .max_decoding_message_size(MESSAGE_LIMIT)
            .max_encoding_message_size(MESSAGE_LIMIT)
    }

    fn channel(&self) -> RpcChannel {
        RpcChannel::new(
            self.http.clone(),
            self.shared.origin.clone(),
            self.shared.dialect,
            Arc::clone(&self.shared.headers),
        )
    }

    /// A request in the name of the endpoint's user.
    pub(super) fn as_user<T>(&self, message: T) -> Request<T> {
        let mut request = message.into_request();
        if let Some(value) = &self.shared.authorization {
            request.metadata_mut().insert("authorization", value.clone());
        }
        request
    }

    /// Asks for signs of life on a stream.
    pub(super) fn with_signs_of_life<T>(&self, mut request: Request<T>) -> Request<T> {
        let seconds = MetadataValue::from(self.keepalive.as_secs().max(1));
        request.metadata_mut().insert("keepalive-ping-interval", seconds);
        request
    }

    /// Makes a call that has one answer. `doing` completes "cannot …".
    pub(super) async fn unary<T>(
        &self,
        doing: &str,
        call: impl Future<Output = Result<tonic::Response<T>, Status>>,
    ) -> Result<T, EnvdError> {
        self.within(UNARY_TIMEOUT, doing, async {
            call.await
                .map(tonic::Response::into_inner)
                .map_err(|status| error_of(&status))
        })
        .await
    }

    /// Waits for what opens a stream.
    pub(super) async fn opening<T>(
        &self,
        doing: &str,
        open: impl Future<Output = Result<T, EnvdError>>,
    ) -> Result<T, EnvdError> {
        self.within(OPENING_TIMEOUT, doing, open).await
    }

    /// Makes a call that may take as long as it likes: somebody else watches the link.
    pub(super) async fn unlimited<T>(
        &self,
        doing: &str,
        call: impl Future<Output = Result<tonic::Response<T>, Status>>,
    ) -> Result<T, EnvdError> {
        call.await
            .map(tonic::Response::into_inner)
            .map_err(|status| self.told(doing, error_of(&status)))
    }

    pub(super) async fn within<T>(
        &self,
        limit: Duration,
        doing: &str,
        work: impl Future<Output = Result<T, EnvdError>>,
    ) -> Result<T, EnvdError> {
        let answer = tokio::time::timeout(limit, work).await.unwrap_or_else(|_| {
            let text = format!("no answer within {} s", limit.as_secs());
            Err(EnvdError::new(EnvdErrorKind::TimedOut, text))
        });
        answer.map_err(|error| self.told(doing, error))
    }

    /// Completes an error with what we were about and whom we asked.
    pub(super) fn told(&self, doing: &str, error: EnvdError) -> EnvdError {
        error.during(doing, &self.shared.shown)
    }
}

/// What a status of the stubs means. Verdicts of the server come from our own layer below; the stubs themselves only
/// complain about messages that they cannot decode.
pub(super) fn error_of(status: &Status) -> EnvdError {
    match std::error::Error::source(status).and_then(|source| source.downcast_ref::<EnvdError>()) {
        Some(error) => error.clone(),
        None => EnvdError::new(
            EnvdErrorKind::NotEnvd,
            format!("unreadable answer: {}", status.message()),
        ),
    }
}

fn usage(text: impl Into<RemoteText>) -> EnvdError {
    EnvdError::new(EnvdErrorKind::Usage, text)
}

/// Checks the address: scheme and host, optionally a port, nothing else.
fn origin(base_url: &str) -> Result<Uri, EnvdError> {
    let bad =
        |why: &str| usage(format!("`{base_url}` is no address: {why}")).hint("use http://host:port or https://host");
    let uri: Uri = base_url.parse().map_err(|_| bad("it cannot be read"))?;
    if uri.scheme() != Some(&Scheme::HTTP) && uri.scheme() != Some(&Scheme::HTTPS) {
        return Err(bad("it begins neither with http:// nor with https://"));
    }
    let authority = uri.authority().ok_or_else(|| bad("it has no host"))?;
    if authority.host().is_empty() {
        return Err(bad("it has no host"));
    }
    if authority.as_str().contains('@') {
        return Err(bad("it holds a user name; give the user apart"));
    }
    if uri.path_and_query().is_some_and(|path| path.as_str() != "/") {
        return Err(bad("it has a path"));
    }
    let mut parts = uri.into_parts();
    parts.path_and_query = Some(PathAndQuery::from_static("/"));
    Uri::from_parts(parts).map_err(|_| bad("it cannot be read"))
}

fn common_headers(endpoint: &Endpoint) -> Result<HeaderMap, EnvdError> {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::USER_AGENT,
        HeaderValue::from_static(concat!("e2b-tui/", env!("CARGO_PKG_VERSION"))),
    );
    if let Some(token) = &endpoint.access_token {
        let mut value = HeaderValue::from_str(token.expose())
            .map_err(|_| usage("the access token holds characters that cannot be sent"))?;
        value.set_sensitive(true);
        headers.insert("x-access-token", value);
    }
    if let Some(Routing { sandbox_id, port }) = &endpoint.routing {
        let is_id = (1..=64).contains(&sandbox_id.len())
            && sandbox_id
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        let value = HeaderValue::from_str(sandbox_id).ok().filter(|_| is_id);
        headers.insert(
            "e2b-sandbox-id",
            value.ok_or_else(|| usage(format!("`{sandbox_id}` is no sandbox ID")))?,
        );
        headers.insert("e2b-sandbox-port", HeaderValue::from(*port));
    }
    Ok(headers)
}

/// The user as envd wants it: Basic authorisation without a password.
fn basic_user(user: &str) -> Result<MetadataValue<tonic::metadata::Ascii>, EnvdError> {
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:"));
    format!("Basic {pair}")
        .parse()
        .map_err(|error: InvalidMetadataValue| usage(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Secret;

    #[test]
    fn addresses_are_checked_before_anything_is_sent() {
        for good in [
            "http://localhost:49983",
            "https://sandbox.e2b.app",
            "http://[::1]:1/",
            "http://10.0.0.5",
        ] {
            assert!(origin(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "localhost:49983",
            "ftp://h",
            "http://",
            "http://u:p@h",
            "http://h/path",
            "http://h?q",
            "http://a b",
        ] {
            assert_eq!(origin(bad).unwrap_err().kind(), EnvdErrorKind::Usage, "{bad}");
        }
    }

    #[test]
    fn headers_say_who_and_where_and_hide_the_token() {
        let mut endpoint = Endpoint::new("https://sandbox.e2b.app");
        endpoint.access_token = Some(Secret::new("hunter2"));
        endpoint.routing = Some(Routing {
            sandbox_id: "i0abc".into(),
            port: 49983,
        });
        let headers = common_headers(&endpoint).unwrap();
        assert_eq!(headers["e2b-sandbox-id"], "i0abc");
        assert_eq!(headers["e2b-sandbox-port"], "49983");
        assert_eq!(headers["x-access-token"], "hunter2");
        assert!(!format!("{headers:?}").contains("hunter2"));
        assert!(headers[header::USER_AGENT].to_str().unwrap().starts_with("e2b-tui/"));
    }

    #[test]
    fn hostile_ids_and_tokens_are_refused() {
        for id in ["", "a b", "a\r\nX-Evil: 1", "../x", "A", "a.b", &"a".repeat(65)] {
            let mut endpoint = Endpoint::new("https://h");
            endpoint.routing = Some(Routing {
                sandbox_id: id.to_owned(),
                port: 1,
            });
            assert_eq!(
                common_headers(&endpoint).unwrap_err().kind(),
                EnvdErrorKind::Usage,
                "{id:?}"
            );
        }
        let mut endpoint = Endpoint::new("https://h");
        endpoint.access_token = Some(Secret::new("a\nb"));
        let error = common_headers(&endpoint).unwrap_err();
        assert!(!error.to_string().contains("a\\nb"));
    }

    #[test]
    fn the_silence_limit_is_two_signs_of_life_and_some() {
        let client = EnvdClient::new(&Endpoint::new("http://localhost:1")).unwrap();
        assert_eq!(client.silence_limit(), Duration::from_secs(35));
        let client = client.with_keepalive(Duration::ZERO);
        assert_eq!(client.keepalive(), Duration::from_secs(1));
    }
}

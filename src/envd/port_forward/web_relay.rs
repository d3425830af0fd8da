//! Requests that are passed on to a port of a sandbox by way of an edge, which tells sandboxes and ports apart by name or
//! header. Answers are passed back as they come; a change of protocol (web sockets) is followed.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::copy_bidirectional;
use tokio::task::JoinSet;

use super::counted::{Counted, Tally};
use crate::domain::{PortWay, innermost_words};
use crate::envd::EnvdClient;
use crate::envd::connection::{self, BoxError, HttpClient, RequestBody};
use crate::envd::error::{EnvdError, EnvdErrorKind};

/// What concerns one connection alone and is not passed on.
const OF_ONE_CONNECTION: [HeaderName; 7] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];
const TRAFFIC_TOKEN: HeaderName = HeaderName::from_static("e2b-traffic-access-token");

type AnswerBody = http_body_util::combinators::UnsyncBoxBody<Bytes, BoxError>;

/// Passes requests on to one port.
pub(super) struct WebRelay {
    http: HttpClient,
    scheme: Scheme,
    authority: Authority,
    /// Where requests lead, as people see it.
    shown: String,
    /// What the edge wants to know besides.
    headers: HeaderMap,
    /// Where requests come from.
    at: OnceLock<SocketAddr>,
    /// Connections that speak another protocol by now. They end with the relay.
    changed: Mutex<JoinSet<()>>,
}

impl WebRelay {
    /// Nothing is connected before the first request.
    pub(super) fn new(client: &EnvdClient, port: u16) -> Result<Self, EnvdError> {
        let usage = |text: String| EnvdError::new(EnvdErrorKind::Usage, text);
        let ports = client.ports();
        let mut headers = HeaderMap::new();
        let base = match &ports.way {
            PortWay::ByHeader { edge, id } => {
                let id = HeaderValue::from_str(id).map_err(|error| usage(error.to_string()))?;
                headers.insert("e2b-sandbox-id", id);
                headers.insert("e2b-sandbox-port", HeaderValue::from(port));
                edge.clone()
            }
            way => way.address(port).unwrap_or_default(),
        };
        if let Some(token) = &ports.token {
            let mut value = HeaderValue::from_str(token.expose()).map_err(|error| usage(error.to_string()))?;
            value.set_sensitive(true);
            headers.insert(TRAFFIC_TOKEN, value);
        }
        let address = base
            .parse::<Uri>()
            .map_err(|error| usage(format!("{base} is no address: {error}")))?
            .into_parts();
        let authority = address
            .authority
            .ok_or_else(|| usage(format!("{base} names no host")))?;
        Ok(Self {
            http: connection::connect_http1(client.tls()),
            scheme: address.scheme.unwrap_or(Scheme::HTTPS),
            authority,
            shown: base,
            headers,
            at: OnceLock::new(),
            changed: Mutex::default(),
        })
    }

    /// Where requests lead.
    pub(super) fn leads_to(&self) -> &str {
        &self.shown
    }

    /// Where requests come from.
    pub(super) fn set_at(&self, at: SocketAddr) {
        let _ = self.at.set(at);
    }

    /// Passes on what comes over a connection.
    pub(super) async fn serve(self: Arc<Self>, near: Counted, tally: Arc<Tally>) {
        let service = service_fn(move |request| {
            let (relay, tally) = (Arc::clone(&self), Arc::clone(&tally));
            async move { Ok::<_, Infallible>(relay.answer(request, &tally).await) }
        });
        let serving = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(near), service)
            .with_upgrades();
        if let Err(error) = serving.await {
            tracing::debug!(%error, "a forwarded connection broke");
        }
    }

    async fn answer(&self, request: Request<Incoming>, tally: &Tally) -> Response<AnswerBody> {
        if !is_for_us(&request) {
            let text = "This is a forward of e2b-tui: it answers to localhost and 127.0.0.1 alone.\n";
            return said(StatusCode::MISDIRECTED_REQUEST, text.to_owned());
        }
        match self.pass_on(request).await {
            Ok(response) => {
                tally.note(None);
                response
            }
            Err(error) => {
                let why = innermost_words(&error);
                tally.note(Some(&why));
                let text = format!("e2b-tui cannot pass this on to {}: {why}\n", self.shown);
                said(StatusCode::BAD_GATEWAY, text)
            }
        }
    }

    async fn pass_on(
        &self,
        mut request: Request<Incoming>,
    ) -> Result<Response<AnswerBody>, hyper_util::client::legacy::Error> {
        let protocol = request.headers().get(header::UPGRADE).cloned();
        let near = protocol.is_some().then(|| hyper::upgrade::on(&mut request));
        let mut response = self.http.request(self.readdressed(request, protocol)).await?;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS
            && let Some(near) = near
        {
            let far = hyper::upgrade::on(&mut response);
            let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
            while changed.try_join_next().is_some() {}
            changed.spawn(async move {
                if let (Ok(near), Ok(far)) = tokio::join!(near, far) {
                    let _ = copy_bidirectional(&mut TokioIo::new(near), &mut TokioIo::new(far)).await;
                }
            });
            return Ok(response.map(|_| Full::default().map_err(into_box).boxed_unsync()));
        }
        let (mut parts, body) = response.into_parts();
        drop_what_concerns_one_connection(&mut parts.headers);
        if let Some(place) = parts.headers.get(header::LOCATION).and_then(|place| self.moved(place)) {
            parts.headers.insert(header::LOCATION, place);
        }
        Ok(Response::from_parts(parts, body.map_err(into_box).boxed_unsync()))
    }

    fn readdressed(&self, request: Request<Incoming>, protocol: Option<HeaderValue>) -> Request<RequestBody> {
        let (mut parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().cloned();
        let path = path.unwrap_or_else(|| PathAndQuery::from_static("/"));
        let address = Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(path);
        parts.uri = address.build().unwrap_or_default();
        drop_what_concerns_one_connection(&mut parts.headers);
        if let Some(protocol) = protocol {
            parts.headers.insert(header::UPGRADE, protocol);
            parts
                .headers
                .insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        }
        // The client names the host that the request goes to.
        parts.headers.remove(header::HOST);
        let own = [header::ORIGIN, header::REFERER];
        for name in own {
            let there = parts.headers.get(&name).and_then(|value| self.their_name(value));
            if let Some(there) = there {
                parts.headers.insert(name, there);
            }
        }
        parts.headers.extend(self.headers.clone());
        let has_body = !matches!(parts.method, Method::GET | Method::HEAD) || !hyper::body::Body::is_end_stream(&body);
        let body = if has_body {
            body.map_err(into_box).boxed_unsync()
        } else {
            Full::default().map_err(into_box).boxed_unsync()
        };
        Request::from_parts(parts, body)
    }

    /// A page that came through us names us: programs that check where a request comes from know only their own name.
    fn their_name(&self, value: &HeaderValue) -> Option<HeaderValue> {
        let port = self.at.get()?.port();
        let text = value.to_str().ok()?;
        let ours = ["127.0.0.1", "localhost"].map(|host| format!("http://{host}:{port}"));
        let rest = ours.iter().find_map(|own| text.strip_prefix(own.as_str()))?;
        HeaderValue::from_str(&format!("{}{rest}", self.shown)).ok()
    }

    /// An answer that leads elsewhere in the same sandbox leads through us.
    fn moved(&self, place: &HeaderValue) -> Option<HeaderValue> {
        let rest = place.to_str().ok()?.strip_prefix(&self.shown)?;
        let is_whole = rest.is_empty() || rest.starts_with(['/', '?', '#']);
        let own = format!("http://{}{rest}", self.at.get()?);
        HeaderValue::from_str(&own).ok().filter(|_| is_whole)
    }
}

/// A page of somebody else's whose name leads to this machine must not get at the sandbox.
fn is_for_us(request: &Request<Incoming>) -> bool {
    let named = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = named.unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    ["localhost", "127.0.0.1"].contains(&host)
}

fn into_box(error: impl Into<BoxError>) -> BoxError {
    error.into()
}

fn drop_what_concerns_one_connection(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&OF_ONE_CONNECTION) {
        headers.remove(name);
    }
    headers.remove("keep-alive");
}

fn said(status: StatusCode, text: String) -> Response<AnswerBody> {
    let mut response = Response::new(Full::new(Bytes::from(text)).map_err(into_box).boxed_unsync());
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}

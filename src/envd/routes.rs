//! The plain HTTP routes for reading: health, metrics, variables (`envd-wire.md` 6).

use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Incoming;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::client::EnvdClient;
use super::connection::{RequestBody, request_failure, transport_failure};
use super::dialect::{absolute, read_refusal};
use super::error::{EnvdError, EnvdErrorKind};
use crate::domain::{RemoteText, Secret, SystemMetrics};

/// Answers of these routes take no longer.
const ROUTE_TIMEOUT: Duration = Duration::from_secs(30);
/// More variables than any system has room for.
const ANSWER_LIMIT: usize = 16 << 20;

/// `/metrics` as envd sends it.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Metrics {
    ts: i64,
    cpu_count: u32,
    cpu_used_pct: f32,
    mem_total: u64,
    mem_used: u64,
    mem_cache: Option<u64>,
    disk_total: u64,
    disk_used: u64,
    /// From daemons that do not send bytes.
    mem_total_mib: u64,
    mem_used_mib: u64,
}

impl EnvdClient {
    /// Whether envd is there. Gives the time that the question took, there and back. Needs no token.
    pub async fn health(&self) -> Result<Duration, EnvdError> {
        self.health_within(ROUTE_TIMEOUT).await
    }

    /// The same within a shorter time.
    pub async fn health_within(&self, limit: Duration) -> Result<Duration, EnvdError> {
        let asked_at = Instant::now();
        self.within(limit, "check the sandbox's health", async {
            let reply = self.get("/health", &HeaderMap::new()).await?;
            let content = reply.headers().get(http::header::CONTENT_LENGTH);
            let is_empty = reply.status() == StatusCode::NO_CONTENT || content.is_some_and(|length| length == "0");
            if is_empty {
                return Ok(asked_at.elapsed());
            }
            let text = "its /health has content, which envd's has not";
            Err(EnvdError::new(EnvdErrorKind::NotEnvd, text))
        })
        .await
    }

    /// Load and space at this moment. The processor's figure is an average since anybody asked last.
    pub async fn metrics(&self) -> Result<SystemMetrics, EnvdError> {
        let metrics: Metrics = self.get_json("/metrics", "read metrics").await?;
        let bytes = |bytes: u64, mib: u64| if bytes == 0 { mib.saturating_mul(1 << 20) } else { bytes };
        Ok(SystemMetrics {
            timestamp: metrics.ts,
            cpu_count: metrics.cpu_count,
            cpu_used_percent: metrics.cpu_used_pct,
            memory_total: bytes(metrics.mem_total, metrics.mem_total_mib),
            memory_used: bytes(metrics.mem_used, metrics.mem_used_mib),
            memory_cache: metrics.mem_cache,
            disk_total: metrics.disk_total,
            disk_used: metrics.disk_used,
        })
    }

    /// The variables that every program starts with. Their values may be secrets.
    pub async fn envs(&self) -> Result<BTreeMap<RemoteText, Secret>, EnvdError> {
        let envs: BTreeMap<String, String> = self.get_json("/envs", "read variables").await?;
        let entry = |(name, value)| (RemoteText::new(name), Secret::new(value));
        Ok(envs.into_iter().map(entry).collect())
    }

    async fn get_json<T: DeserializeOwned>(&self, path: &'static str, doing: &str) -> Result<T, EnvdError> {
        self.within(ROUTE_TIMEOUT, doing, async {
            let reply = self.get(path, &HeaderMap::new()).await?;
            let body = Limited::new(reply.into_body(), ANSWER_LIMIT).collect().await;
            let body = body.map_err(|error| transport_failure(&*error))?.to_bytes();
            let unreadable = |error| EnvdError::new(EnvdErrorKind::NotEnvd, format!("unreadable {path}: {error}"));
            serde_json::from_slice(&body).map_err(unreadable)
        })
        .await
    }

    /// A GET with a good answer.
    pub(super) async fn get(&self, path: &str, extra: &HeaderMap) -> Result<Response<Incoming>, EnvdError> {
        let nothing = Empty::new().map_err(|never| match never {}).boxed_unsync();
        self.request(Method::GET, path, extra, nothing).await
    }

    /// A request to one of the routes; `path` may hold a query. An answer that is not a success is an error.
    pub(super) async fn request(
        &self,
        method: Method,
        path: &str,
        extra: &HeaderMap,
        body: RequestBody,
    ) -> Result<Response<Incoming>, EnvdError> {
        let usage = |error: http::Error| EnvdError::new(EnvdErrorKind::Usage, error.to_string());
        let relative: Uri = path
            .parse()
            .map_err(|error: http::uri::InvalidUri| usage(error.into()))?;
        let route = relative.path().to_owned();
        let mut request = Request::builder()
            .method(method)
            .uri(absolute(self.origin(), &relative)?)
            .body(body)
            .map_err(usage)?;
        let headers = request.headers_mut();
        headers.extend(self.headers().clone());
        headers.extend(extra.clone());
        if self.dialect() == crate::domain::Dialect::Grpc {
            *request.version_mut() = http::Version::HTTP_2;
        }
        let reply = self
            .http()
            .request(request)
            .await
            .map_err(|error| request_failure(&error))?;
        if reply.status().is_success() {
            Ok(reply)
        } else {
            Err(read_refusal(reply, &route).await)
        }
    }
}

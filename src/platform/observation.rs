//! What the platform saw of a sandbox: samples of load and space, and its log. Changes nothing, wakes nothing.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::{RemoteText, SandboxId, SystemMetrics, Timestamp};

use super::connection::Call;
use super::record::Record;
use super::reply::{not_platform, read_each};
use super::{PlatformClient, PlatformError};

/// The most sandboxes that one question may name.
const BATCH: usize = 100;

/// Load and space of a sandbox at one moment, as the platform recorded it.
pub type SandboxSample = SystemMetrics;

/// How grave a line of the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// For those who build the platform.
    Debug,
    /// What was done.
    Info,
    /// What looks wrong.
    Warn,
    /// What failed.
    Error,
}

impl LogLevel {
    /// All of them, the least grave first.
    pub const ALL: [Self; 4] = [Self::Debug, Self::Info, Self::Warn, Self::Error];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// Which way to read a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogDirection {
    /// The newest line first.
    #[default]
    Backward,
    /// The oldest line first.
    Forward,
}

/// Which lines of a log to read.
#[derive(Clone, Debug, Default)]
pub struct LogQuery {
    /// Where to begin; now when reading backward, a week ago when reading forward.
    pub from: Option<Timestamp>,
    /// Which way.
    pub direction: LogDirection,
    /// At most so many, 1000 at the most.
    pub limit: Option<usize>,
    /// At least this grave.
    pub level: Option<LogLevel>,
    /// Holding this text.
    pub search: Option<String>,
}

/// One line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// When.
    pub time: Timestamp,
    /// How grave, in the platform's word.
    pub level: RemoteText,
    /// What.
    pub message: RemoteText,
    /// More about it.
    pub fields: BTreeMap<RemoteText, RemoteText>,
}

impl PlatformClient {
    /// The samples of one sandbox between two moments, or all there are, the oldest first.
    pub async fn metrics(
        &self,
        id: &SandboxId,
        start: Option<Timestamp>,
        end: Option<Timestamp>,
    ) -> Result<Vec<SandboxSample>, PlatformError> {
        let doing = format!("read the metrics of {id}");
        let seconds = |date: Option<Timestamp>| date.map(|date| date.unix_seconds().to_string());
        let call = Call::get(format!("/sandboxes/{id}/metrics"), doing.clone())
            .with("start", seconds(start))
            .with("end", seconds(end));
        let reply = self.connection.send(call).await?;
        let mut samples = reply.many(sample).map_err(|error| error.during(&doing))?;
        samples.sort_by_key(|sample| sample.timestamp);
        Ok(samples)
    }

    /// The newest sample of each sandbox that has one.
    pub async fn latest_metrics(&self, ids: &[SandboxId]) -> Result<BTreeMap<SandboxId, SandboxSample>, PlatformError> {
        let doing = "read the metrics of sandboxes";
        let mut ids: Vec<&str> = ids.iter().map(SandboxId::as_str).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut samples = BTreeMap::new();
        for batch in ids.chunks(BATCH) {
            let call = Call::get("/sandboxes/metrics", doing).with("sandbox_ids", Some(batch.join(",")));
            let body = self.connection.send(call).await?.json()?;
            let by_id = body.get("sandboxes").and_then(Value::as_object);
            for (id, value) in by_id.into_iter().flatten() {
                if let (Ok(id), Some(sample)) = (id.parse(), Record::of(value).and_then(sample)) {
                    samples.insert(id, sample);
                }
            }
        }
        Ok(samples)
    }

    /// Lines of a sandbox's log: what the platform and its daemon say, not what programs print.
    pub async fn logs(&self, id: &SandboxId, query: &LogQuery) -> Result<Vec<LogEntry>, PlatformError> {
        let doing = format!("read the log of {id}");
        let direction = match query.direction {
            LogDirection::Backward => "backward",
            LogDirection::Forward => "forward",
        };
        let call = Call::get(format!("/v2/sandboxes/{id}/logs"), doing.clone())
            .with("cursor", query.from.map(|date| date.unix_millis().to_string()))
            .with("direction", Some(direction.to_owned()))
            .with("limit", query.limit.map(|limit| limit.clamp(1, 1000).to_string()))
            .with("level", query.level.map(|level| level.name().to_owned()))
            .with("search", query.search.clone());
        let body = self.connection.send(call).await?.json()?;
        match body.get("logs") {
            Some(Value::Array(lines)) => Ok(read_each(lines, log_entry)),
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(_) => Err(not_platform("the log is not a list").during(&doing)),
        }
    }
}

fn sample(record: Record<'_>) -> Option<SandboxSample> {
    let date = || record.date("timestamp").map(Timestamp::unix_seconds);
    let unix = record.number("timestampUnix").map(|seconds| seconds as i64);
    Some(SandboxSample {
        timestamp: unix.or_else(date)?,
        cpu_count: record
            .count("cpuCount")
            .and_then(|count| count.try_into().ok())
            .unwrap_or(0),
        cpu_used_percent: record.number("cpuUsedPct").unwrap_or(0.0) as f32,
        memory_total: record.count("memTotal").unwrap_or(0),
        memory_used: record.count("memUsed").unwrap_or(0),
        memory_cache: record.count("memCache"),
        disk_total: record.count("diskTotal").unwrap_or(0),
        disk_used: record.count("diskUsed").unwrap_or(0),
    })
}

fn log_entry(record: Record<'_>) -> Option<LogEntry> {
    Some(LogEntry {
        time: record.date("timestamp")?,
        level: record.text("level").unwrap_or_default(),
        message: record.text("message").unwrap_or_default(),
        fields: record.texts("fields"),
    })
}

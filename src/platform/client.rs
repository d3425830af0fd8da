//! One call per operation on a sandbox, domain values in and out. Decides nothing by itself.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::domain::{
    Endpoint, FreshSandbox, Internet, NewSandbox, OnTimeout, RemoteText, Sandbox, SandboxAccess, SandboxDetail,
    SandboxId, SandboxState,
};

use super::connection::{Call, Connection};
use super::record::Record;
use super::{PlatformError, PlatformErrorKind, PlatformSettings};

/// The client of one platform. Clones share its connections.
#[derive(Clone, Debug)]
pub struct PlatformClient {
    pub(super) connection: Arc<Connection>,
    settings: Arc<PlatformSettings>,
}

/// What came of `connect`.
#[derive(Clone, Debug)]
pub struct Connected {
    /// The sandbox, running now.
    pub sandbox: FreshSandbox,
    /// Whether it was paused before.
    pub was_paused: bool,
}

/// What came of one fork: each succeeds or fails by itself.
pub type ForkOutcome = Result<FreshSandbox, PlatformError>;

impl PlatformClient {
    /// A client; nothing is sent yet. Fails without an API key.
    pub fn new(settings: PlatformSettings) -> Result<Self, PlatformError> {
        Ok(Self {
            connection: Arc::new(Connection::new(&settings)?),
            settings: Arc::new(settings),
        })
    }

    /// The same client without tries of its own after a failure: for those who ask again and again anyway.
    #[must_use]
    pub fn without_retries(&self) -> Self {
        let mut connection = (*self.connection).clone();
        connection.attempts = 1;
        Self {
            connection: Arc::new(connection),
            settings: Arc::clone(&self.settings),
        }
    }

    /// Which platform this is.
    pub fn settings(&self) -> &PlatformSettings {
        &self.settings
    }

    /// Everything about one sandbox. Changes nothing.
    pub async fn get(&self, id: &SandboxId) -> Result<SandboxDetail, PlatformError> {
        let call = Call::get(format!("/sandboxes/{id}"), format!("look up {id}"));
        let reply = self.connection.send(call).await?;
        reply
            .one(detail)
            .map_err(|error| error.during(&format!("look up {id}")))
    }

    /// How to reach a running sandbox's envd. Changes nothing: a paused one is an error, not something to wake.
    pub async fn locate(&self, id: &SandboxId) -> Result<(Endpoint, Sandbox), PlatformError> {
        let detail = self.get(id).await?;
        if detail.sandbox.state == SandboxState::Paused {
            return Err(PlatformError::new(PlatformErrorKind::Paused, "it is paused")
                .during(&format!("reach {id}"))
                .hint(format!("`e2b-tui resume {id}` wakes it")));
        }
        let endpoint = self.settings.endpoint(&detail.sandbox.id, &detail.access)?;
        Ok((endpoint, detail.sandbox))
    }

    /// Makes a sandbox.
    pub async fn create(&self, order: &NewSandbox) -> Result<FreshSandbox, PlatformError> {
        let shown = RemoteText::from(order.template.as_str());
        let doing = format!("create a sandbox from `{shown}`");
        let reply = self
            .connection
            .send(Call::post("/sandboxes", body_of(order), doing.clone()))
            .await?;
        reply.one(fresh).map_err(|error| error.during(&doing))
    }

    /// Wakes a paused sandbox with this life ahead of it; gives a running one at least this life and never less.
    pub async fn connect(&self, id: &SandboxId, timeout: Duration) -> Result<Connected, PlatformError> {
        let doing = format!("resume {id}");
        let body = json!({ "timeout": timeout.as_secs() });
        let call = Call::post(format!("/sandboxes/{id}/connect"), body, doing.clone());
        let reply = self.connection.send(call).await?;
        Ok(Connected {
            was_paused: reply.status.as_u16() == 201,
            sandbox: reply.one(fresh).map_err(|error| error.during(&doing))?,
        })
    }

    /// Puts a sandbox to sleep. Answers when its snapshot is done. Without `keep_memory` its processes end.
    pub async fn pause(&self, id: &SandboxId, keep_memory: bool) -> Result<(), PlatformError> {
        let body = if keep_memory {
            json!({})
        } else {
            json!({ "memory": false })
        };
        self.change(id, "pause", body, format!("pause {id}")).await
    }

    /// Ends a sandbox for good, a paused one with its snapshot.
    pub async fn kill(&self, id: &SandboxId) -> Result<(), PlatformError> {
        let call = Call::delete(format!("/sandboxes/{id}"), format!("kill {id}"));
        self.connection.send(call).await.map(drop)
    }

    /// Sets what is left of a sandbox's life, to the second. This can shorten it; nothing ends it at once.
    pub async fn set_timeout(&self, id: &SandboxId, timeout: Duration) -> Result<(), PlatformError> {
        let body = json!({ "timeout": timeout.as_secs().max(1) });
        self.change(id, "timeout", body, format!("set the life of {id}")).await
    }

    /// Gives a sandbox at least this much life, at most an hour; never less than it has.
    pub async fn extend(&self, id: &SandboxId, duration: Duration) -> Result<(), PlatformError> {
        let body = json!({ "duration": duration.as_secs().min(3600) });
        self.change(id, "refreshes", body, format!("extend the life of {id}"))
            .await
    }

    /// Copies a running sandbox, memory and processes included.
    pub async fn fork(&self, id: &SandboxId, count: u32, timeout: Duration) -> Result<Vec<ForkOutcome>, PlatformError> {
        let doing = format!("fork {id}");
        let body = json!({ "count": count, "timeout": timeout.as_secs() });
        let call = Call::post(format!("/sandboxes/{id}/fork"), body, doing.clone());
        let reply = self.connection.send(call).await?;
        reply.many(fork_outcome).map_err(|error| error.during(&doing))
    }

    async fn change(&self, id: &SandboxId, verb: &str, body: Value, doing: String) -> Result<(), PlatformError> {
        let call = Call::post(format!("/sandboxes/{id}/{verb}"), body, doing);
        self.connection.send(call).await.map(drop)
    }
}

/// What a sandbox is to be, as the platform reads it (`platform-api.md` 4.2).
fn body_of(order: &NewSandbox) -> Value {
    let pauses = order.on_timeout == OnTimeout::Pause;
    let mut body = json!({
        "templateID": order.template,
        "timeout": order.timeout.as_secs(),
        "secure": order.is_secure,
        "autoPause": pauses,
        "metadata": order.metadata,
        "envVars": order.envs,
    });
    if pauses {
        body["autoResume"] = json!({ "enabled": order.auto_resume });
    }
    if order.internet == Internet::Cut {
        body["allow_internet_access"] = json!(false);
    }
    body
}

/// A sandbox as lists and details have it. One whose ID could not stand in a URL is none.
pub(super) fn sandbox(record: Record<'_>) -> Option<Sandbox> {
    Some(Sandbox {
        id: record.string("sandboxID")?.parse().ok()?,
        template: record.text("templateID").unwrap_or_default(),
        alias: record.text("alias"),
        state: match record.string("state") {
            // The deprecated list has no such field and lists running ones only.
            Some("running") | None => SandboxState::Running,
            Some("paused") => SandboxState::Paused,
            Some(other) => SandboxState::Other(other.into()),
        },
        started: record.date("startedAt"),
        ends: record.date("endAt"),
        cpu_count: record
            .count("cpuCount")
            .and_then(|count| count.try_into().ok())
            .unwrap_or(0),
        memory_mb: record.count("memoryMB").unwrap_or(0),
        disk_mb: record.count("diskSizeMB").unwrap_or(0),
        metadata: record.texts("metadata"),
        envd_version: record.text("envdVersion").unwrap_or_default(),
    })
}

fn access(record: Record<'_>) -> SandboxAccess {
    SandboxAccess {
        domain: record.text("domain"),
        envd_token: record.secret("envdAccessToken"),
        traffic_token: record.secret("trafficAccessToken"),
    }
}

fn detail(record: Record<'_>) -> Option<SandboxDetail> {
    let lifecycle = record.record("lifecycle");
    let on_timeout = |word: &str| match word {
        "kill" => OnTimeout::Kill,
        "pause" => OnTimeout::Pause,
        other => OnTimeout::Other(other.into()),
    };
    Some(SandboxDetail {
        sandbox: sandbox(record)?,
        access: access(record),
        on_timeout: lifecycle
            .and_then(|lifecycle| lifecycle.string("onTimeout"))
            .map(on_timeout),
        auto_resume: lifecycle.and_then(|lifecycle| lifecycle.flag("autoResume")),
        internet_access: record.flag("allowInternetAccess"),
    })
}

fn fresh(record: Record<'_>) -> Option<FreshSandbox> {
    Some(FreshSandbox {
        id: record.string("sandboxID")?.parse().ok()?,
        template: record.text("templateID").unwrap_or_default(),
        alias: record.text("alias"),
        envd_version: record.text("envdVersion").unwrap_or_default(),
        access: access(record),
    })
}

fn fork_outcome(record: Record<'_>) -> Option<ForkOutcome> {
    if let Some(sandbox) = record.record("sandbox").and_then(fresh) {
        return Some(Ok(sandbox));
    }
    let error = record.record("error")?;
    let kind = match error.count("code") {
        Some(429) => PlatformErrorKind::Limited,
        Some(502..=504) => PlatformErrorKind::Busy,
        Some(400..=499) => PlatformErrorKind::Refused,
        _ => PlatformErrorKind::Internal,
    };
    let cause = error.text("message").unwrap_or_default();
    Some(Err(PlatformError::new(kind, cause).during("start one of the forks")))
}

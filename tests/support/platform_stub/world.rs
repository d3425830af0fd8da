//! What there is on the stubbed platform, and what time does to it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use e2b_tui::domain::Timestamp;
use e2b_tui::local_envd::LocalEnvd;
use serde_json::{Value, json};

use super::gate::Gate;

/// A sandbox to be planted as a record.
#[derive(Clone, Debug)]
pub struct Seed {
    pub id: String,
    pub alias: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub is_paused: bool,
    pub domain: Option<String>,
    pub life: Duration,
    /// How long ago it was started.
    pub age: Duration,
    pub auto_resume: bool,
}

impl Seed {
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            alias: None,
            metadata: BTreeMap::new(),
            is_paused: false,
            domain: None,
            life: Duration::from_secs(600),
            age: Duration::ZERO,
            auto_resume: false,
        }
    }
}

#[expect(clippy::struct_excessive_bools, reason = "as the platform tells them")]
pub struct StubSandbox {
    pub id: String,
    pub template: String,
    pub alias: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub is_paused: bool,
    pub is_pausing: bool,
    pub pauses_at_end: bool,
    pub auto_resume: bool,
    pub started: Timestamp,
    pub ends: Timestamp,
    pub domain: Option<String>,
    pub token: Option<String>,
    /// What answers in it; a fork's is that of its original: the same programs under the same numbers.
    pub envd: Option<Arc<LocalEnvd>>,
    /// The copies that were made of it.
    pub copies: u8,
    /// What stands in front of that.
    pub gate: Option<Gate>,
}

#[derive(Default)]
pub struct World {
    pub sandboxes: BTreeMap<String, StubSandbox>,
    pub snapshots: Vec<(String, String, Vec<String>)>,
    pub logs: BTreeMap<String, Vec<Value>>,
    made: u64,
}

pub fn now() -> Timestamp {
    SystemTime::now().into()
}

impl World {
    /// Ends the lives that are over.
    pub fn let_time_pass(&mut self) {
        let now = now();
        for sandbox in self.sandboxes.values_mut() {
            if sandbox.gate.as_ref().is_some_and(Gate::take_woken) {
                sandbox.is_paused = false;
                sandbox.started = now;
                sandbox.ends = now.after(Duration::from_secs(300));
            }
        }
        let over: Vec<String> = self
            .sandboxes
            .values()
            .filter(|sandbox| !sandbox.is_paused && sandbox.ends <= now)
            .map(|sandbox| sandbox.id.clone())
            .collect();
        for id in over {
            let sandbox = self.sandboxes.get_mut(&id).unwrap();
            if sandbox.pauses_at_end {
                sandbox.is_paused = true;
                sandbox.shut(true);
            } else {
                self.sandboxes.remove(&id);
            }
        }
    }

    /// An ID of the platform's shape, never given twice.
    pub fn fresh_id(&mut self) -> String {
        self.made += 1;
        format!("istub{:015}", self.made)
    }

    pub fn plant(&mut self, seed: Seed) {
        self.made += 1;
        // Later ones started later, so that lists have one order.
        let started = now().after(Duration::from_millis(self.made));
        let ends = started.after(seed.life);
        let started = Timestamp::from_unix_millis(started.unix_millis() - seed.age.as_millis() as i64);
        let sandbox = StubSandbox {
            id: seed.id.clone(),
            template: "base".to_owned(),
            alias: seed.alias,
            metadata: seed.metadata,
            is_paused: seed.is_paused,
            is_pausing: false,
            pauses_at_end: false,
            auto_resume: seed.auto_resume,
            started,
            ends,
            domain: seed.domain,
            token: Some("planted-token".to_owned()),
            envd: None,
            copies: 0,
            gate: None,
        };
        self.sandboxes.insert(seed.id, sandbox);
    }

    pub fn state_of(&self, id: &str) -> Option<&'static str> {
        self.sandboxes.get(id).map(StubSandbox::state)
    }
}

impl StubSandbox {
    pub fn state(&self) -> &'static str {
        if self.is_paused || self.is_pausing {
            "paused"
        } else {
            "running"
        }
    }

    /// Lets nobody through to its envd, or everybody again.
    pub fn shut(&self, is_shut: bool) {
        if let Some(gate) = &self.gate {
            gate.shut(is_shut);
        }
    }

    pub fn is_settled_running(&self) -> bool {
        !self.is_paused && !self.is_pausing
    }

    /// As lists have it. Nulls and an unknown field are part of the test.
    pub fn listed(&self) -> Value {
        json!({
            "templateID": self.template,
            "sandboxID": self.id,
            "clientID": "00000000",
            "alias": self.alias,
            "startedAt": self.started.to_string(),
            "endAt": self.ends.to_string(),
            "cpuCount": 2,
            "memoryMB": 512,
            "diskSizeMB": 10_240,
            "metadata": if self.metadata.is_empty() { Value::Null } else { json!(self.metadata) },
            "state": self.state(),
            "envdVersion": "0.6.13",
            "volumeMounts": null,
            "somethingNew": { "of": ["the", "future"] },
        })
    }

    pub fn detail(&self) -> Value {
        let mut detail = self.listed();
        detail["envdAccessToken"] = json!(self.token);
        detail["domain"] = if self.is_paused {
            Value::Null
        } else {
            json!(self.domain)
        };
        detail["allowInternetAccess"] = Value::Null;
        let on_timeout = if self.pauses_at_end { "pause" } else { "kill" };
        detail["lifecycle"] = json!({ "autoResume": self.auto_resume, "onTimeout": on_timeout });
        detail
    }

    /// As create, connect and fork have it: no state, no times.
    pub fn fresh(&self) -> Value {
        json!({
            "templateID": self.template,
            "sandboxID": self.id,
            "clientID": "00000000",
            "alias": self.alias,
            "envdVersion": "0.6.13",
            "envdAccessToken": self.token,
            "domain": self.domain,
        })
    }
}

//! What each call does to the world.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use e2b_tui::local_envd::{LocalEnvd, LocalEnvdOptions};
use http_body_util::Full;
use hyper::Response;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::gate::{Edge, Gate};
use super::world::{StubSandbox, now};
use super::{Call, Shared, done, refuse, reply};

/// The longest life of a plan.
const LONGEST_LIFE: u64 = 24 * 3600;

type Answer = Response<Full<Bytes>>;

fn seconds(call: &Call, field: &str, usual: u64) -> Option<Duration> {
    let value = call.body.get(field).cloned().unwrap_or(json!(usual));
    value.as_u64().map(Duration::from_secs)
}

fn not_found(id: &str) -> Answer {
    refuse(
        404,
        &format!("Sandbox \"{id}\" doesn't exist or you don't have access to it"),
    )
}

impl Shared {
    pub(super) async fn route(self: &Arc<Self>, call: &Call) -> Answer {
        self.world.lock().unwrap().let_time_pass();
        let parts: Vec<&str> = call.path.split('/').skip(1).collect();
        match (call.method.as_str(), parts.as_slice()) {
            ("GET", ["v2", "sandboxes"]) => self.list_sandboxes(&call.query),
            ("GET", ["v2", "templates"]) => Self::list_templates(&call.query),
            ("GET", ["snapshots"]) => self.list_snapshots(&call.query),
            ("GET", ["sandboxes", "metrics"]) => self.batch_metrics(&call.query),
            ("POST", ["sandboxes"]) => self.create(call).await,
            ("DELETE", ["templates", id]) => self.delete_snapshot(id),
            (_, ["sandboxes", id, rest @ ..]) if is_id(id) => self.route_one(call, id, rest).await,
            ("GET", ["v2", "sandboxes", id, "logs"]) if is_id(id) => {
                let is_known = self.world.lock().unwrap().state_of(id).is_some();
                if is_known {
                    self.logs(id, &call.query)
                } else {
                    not_found(id)
                }
            }
            (_, ["sandboxes", ..]) => refuse(400, "Invalid sandbox ID"),
            _ => refuse(404, "no route"),
        }
    }

    async fn route_one(self: &Arc<Self>, call: &Call, id: &str, rest: &[&str]) -> Answer {
        if self.world.lock().unwrap().state_of(id).is_none() {
            return not_found(id);
        }
        match (call.method.as_str(), rest) {
            ("GET", []) => self.look(id, StubSandbox::detail),
            ("DELETE", []) => self.kill(id).await,
            ("GET", ["metrics"]) => Self::metrics(),
            ("POST", ["connect"]) => self.connect(call, id),
            ("POST", ["pause"]) => self.pause(id).await,
            ("POST", ["timeout"]) => self.set_timeout(call, id),
            ("POST", ["refreshes"]) => self.refresh(call, id),
            ("POST", ["fork"]) => self.fork(call, id).await,
            ("POST", ["snapshots"]) => self.snapshot(call, id),
            _ => refuse(404, "no route"),
        }
    }

    fn look(&self, id: &str, as_json: impl Fn(&StubSandbox) -> Value) -> Answer {
        let world = self.world.lock().unwrap();
        reply(200, &as_json(&world.sandboxes[id]))
    }

    async fn create(self: &Arc<Self>, call: &Call) -> Answer {
        let Some(template) = call.body["templateID"].as_str() else {
            return refuse(400, "validation error: templateID");
        };
        let is_snapshot = {
            let world = self.world.lock().unwrap();
            world.snapshots.iter().any(|(id, _, _)| id == template)
        };
        if template != "base" && !is_snapshot {
            return refuse(404, &format!("template '{template}' not found"));
        }
        let Some(life) = seconds(call, "timeout", 15).filter(|life| (1..=LONGEST_LIFE).contains(&life.as_secs()))
        else {
            return refuse(400, "Timeout cannot be greater than 24 hours");
        };
        let id = self.world.lock().unwrap().fresh_id();
        let mut sandbox = self.grow(&id, template, life, call.body["secure"] == json!(true)).await;
        sandbox.metadata = serde_json::from_value(call.body["metadata"].clone()).unwrap_or_default();
        sandbox.pauses_at_end = call.body["autoPause"] == json!(true);
        sandbox.auto_resume = call.body["autoResume"]["enabled"] == json!(true);
        if let (true, Some(gate)) = (sandbox.auto_resume, &sandbox.gate) {
            gate.let_traffic_wake();
        }
        let fresh = sandbox.fresh();
        self.world.lock().unwrap().sandboxes.insert(id, sandbox);
        reply(201, &fresh)
    }

    async fn kill(&self, id: &str) -> Answer {
        let gone = self.world.lock().unwrap().sandboxes.remove(id);
        if let Some(envd) = gone.and_then(|sandbox| sandbox.envd.and_then(Arc::into_inner)) {
            envd.stop().await;
        }
        done()
    }

    fn connect(&self, call: &Call, id: &str) -> Answer {
        let Some(life) = call.body["timeout"].as_u64().map(Duration::from_secs) else {
            return refuse(400, "validation error: timeout");
        };
        let mut world = self.world.lock().unwrap();
        let sandbox = world.sandboxes.get_mut(id).unwrap();
        let was_paused = sandbox.is_paused;
        let ends = now().after(life);
        if was_paused {
            sandbox.is_paused = false;
            sandbox.shut(false);
            sandbox.started = now();
            sandbox.ends = ends;
        } else {
            sandbox.ends = sandbox.ends.max(ends);
        }
        reply(if was_paused { 201 } else { 200 }, &sandbox.fresh())
    }

    async fn pause(&self, id: &str) -> Answer {
        {
            let mut world = self.world.lock().unwrap();
            let sandbox = world.sandboxes.get_mut(id).unwrap();
            if !sandbox.is_settled_running() {
                return refuse(409, &format!("Sandbox '{id}' is already paused"));
            }
            sandbox.is_pausing = true;
        }
        tokio::time::sleep(self.pause_time()).await;
        let mut world = self.world.lock().unwrap();
        if let Some(sandbox) = world.sandboxes.get_mut(id) {
            sandbox.is_pausing = false;
            sandbox.is_paused = true;
            sandbox.shut(true);
            sandbox.ends = now();
        }
        done()
    }

    fn set_timeout(&self, call: &Call, id: &str) -> Answer {
        let Some(life) = seconds(call, "timeout", 0) else {
            return refuse(400, "validation error: timeout");
        };
        self.change_life(id, |_| now().after(life))
    }

    fn refresh(&self, call: &Call, id: &str) -> Answer {
        match seconds(call, "duration", 15) {
            Some(life) if life.as_secs() <= 3600 => self.change_life(id, |ends| ends.max(now().after(life))),
            _ => refuse(400, "validation error: duration"),
        }
    }

    fn change_life(
        &self,
        id: &str,
        change: impl Fn(e2b_tui::domain::Timestamp) -> e2b_tui::domain::Timestamp,
    ) -> Answer {
        let mut world = self.world.lock().unwrap();
        let sandbox = world.sandboxes.get_mut(id).unwrap();
        if !sandbox.is_settled_running() {
            return not_found(id);
        }
        sandbox.ends = change(sandbox.ends);
        done()
    }

    async fn fork(self: &Arc<Self>, call: &Call, id: &str) -> Answer {
        let (Some(life), Some(count)) = (seconds(call, "timeout", 15), seconds(call, "count", 1)) else {
            return refuse(400, "validation error");
        };
        let (template, metadata, original) = {
            let mut world = self.world.lock().unwrap();
            let sandbox = world.sandboxes.get_mut(id).unwrap();
            if !sandbox.is_settled_running() {
                return refuse(409, &format!("Sandbox '{id}' is paused"));
            }
            let first = sandbox.copies + 1;
            sandbox.copies += u8::try_from(count.as_secs()).unwrap();
            let original = sandbox.envd.clone().map(|envd| (envd, first));
            (sandbox.template.clone(), sandbox.metadata.clone(), original)
        };
        let mut outcomes = Vec::new();
        for number in 0..count.as_secs() {
            // The fourth of one call always fails, so that half a success can be tried.
            if number == 3 {
                outcomes.push(json!({ "error": { "code": 503, "message": "no room for another" } }));
                continue;
            }
            let id = self.world.lock().unwrap().fresh_id();
            let mut copy = self.grow(&id, &template, life, true).await;
            if let Some((envd, first)) = &original {
                copy.take_over(envd, first + number as u8).await;
            }
            copy.metadata.clone_from(&metadata);
            outcomes.push(json!({ "sandbox": copy.fresh() }));
            self.world.lock().unwrap().sandboxes.insert(id, copy);
        }
        reply(201, &json!(outcomes))
    }

    fn snapshot(&self, call: &Call, id: &str) -> Answer {
        if !call.body.is_object() {
            return refuse(400, "Error when parsing request");
        }
        let mut world = self.world.lock().unwrap();
        let number = world.snapshots.len() + 1;
        let names: Vec<String> = call.body["name"].as_str().map(str::to_owned).into_iter().collect();
        let snapshot = format!("team/snap{number}:default");
        world.snapshots.push((snapshot.clone(), id.to_owned(), names.clone()));
        reply(201, &json!({ "snapshotID": snapshot, "names": names }))
    }

    fn delete_snapshot(&self, id: &str) -> Answer {
        let id = percent_decode_str(id).decode_utf8().unwrap();
        let mut world = self.world.lock().unwrap();
        let before = world.snapshots.len();
        world.snapshots.retain(|(known, _, _)| *known != id);
        if world.snapshots.len() == before {
            return refuse(404, "template not found");
        }
        done()
    }
}

fn is_id(id: &str) -> bool {
    !id.is_empty()
        && id
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

impl Shared {
    /// A sandbox with a real envd in it, reached at this machine's own address.
    async fn grow(&self, id: &str, template: &str, life: Duration, is_secure: bool) -> StubSandbox {
        let envd = LocalEnvd::start(LocalEnvdOptions::default()).await.unwrap();
        let gate = Gate::before(envd.address(), 0, self.edge()).await;
        let started = now();
        StubSandbox {
            id: id.to_owned(),
            template: template.to_owned(),
            alias: (template == "base").then(|| "base".to_owned()),
            metadata: std::collections::BTreeMap::new(),
            is_paused: false,
            is_pausing: false,
            pauses_at_end: false,
            auto_resume: false,
            started,
            ends: started.after(life),
            domain: Some(gate.address.to_string()),
            // An embedded sandbox always asks for its token; one that is not secure just does not hand it out.
            token: envd
                .token()
                .filter(|_| is_secure)
                .map(|token| token.expose().to_owned()),
            envd: Some(Arc::new(envd)),
            copies: 0,
            gate: Some(gate),
        }
    }
}

impl StubSandbox {
    /// Has the programs of another sandbox from now on, as a fork has: here they are not copies but the very same.
    async fn take_over(&mut self, envd: &Arc<LocalEnvd>, number: u8) {
        let gate = Gate::before(envd.address(), number, Edge::default()).await;
        self.domain = Some(gate.address.to_string());
        self.token = envd.token().map(|token| token.expose().to_owned());
        let own = self.envd.replace(Arc::clone(envd)).and_then(Arc::into_inner);
        self.gate = Some(gate);
        if let Some(own) = own {
            own.stop().await;
        }
    }
}

//! Filters, pages and samples.

use std::collections::BTreeMap;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Response;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::world::{StubSandbox, now};
use super::{Shared, refuse, reply};

pub type Query = BTreeMap<String, String>;

/// Reads a query string once, as the platform's framework does before anything else.
pub fn query(text: &str) -> Query {
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (unescape(key), unescape(value)))
        .collect()
}

fn unescape(text: &str) -> String {
    percent_decode_str(&text.replace('+', " "))
        .decode_utf8()
        .unwrap()
        .into_owned()
}

/// The platform unescapes the whole once more, then each key and each value.
fn metadata_filter(text: &str) -> Option<BTreeMap<String, String>> {
    unescape(text)
        .split('&')
        .map(|pair| {
            let (key, value) = pair.split_once('=')?;
            (!value.contains('=')).then(|| (unescape(key), unescape(value)))
        })
        .collect()
}

/// A page of a list; tokens are the position, in disguise.
fn page<T>(items: &[T], query: &Query, as_json: impl Fn(&T) -> Value) -> Response<Full<Bytes>> {
    let limit: usize = match query.get("limit").map_or(Ok(100), |limit| limit.parse()) {
        Ok(limit @ 1..=100) => limit,
        _ => return refuse(400, "validation error: limit must be between 1 and 100"),
    };
    let from: usize = match query
        .get("nextToken")
        .map(|token| token.strip_prefix("at-").map(str::parse))
    {
        None => 0,
        Some(Some(Ok(from))) => from,
        _ => return refuse(400, "Invalid next token"),
    };
    let end = (from + limit).min(items.len());
    let shown: Vec<Value> = items.get(from..end).unwrap_or_default().iter().map(as_json).collect();
    let mut response = reply(200, &json!(shown));
    if end < items.len() {
        let token = format!("at-{end}").parse().unwrap();
        response.headers_mut().insert("x-next-token", token);
    }
    response
}

impl Shared {
    pub fn list_sandboxes(&self, text: &str) -> Response<Full<Bytes>> {
        let query = query(text);
        let metadata = match query.get("metadata").map(|text| metadata_filter(text)) {
            None => BTreeMap::new(),
            Some(Some(pairs)) => pairs,
            Some(None) => return refuse(400, "Error parsing metadata"),
        };
        let states: Vec<&str> = query
            .get("state")
            .map_or(vec!["running", "paused"], |states| states.split(',').collect());
        if states.iter().any(|state| !["running", "paused"].contains(state)) {
            return refuse(400, "validation error: state");
        }
        let template = query.get("template");
        if template.is_some_and(|template| template.contains(':')) {
            return refuse(400, "template filter must not have a tag");
        }
        let world = self.world.lock().unwrap();
        let is_wanted = |sandbox: &&StubSandbox| {
            states.contains(&sandbox.state())
                && metadata
                    .iter()
                    .all(|(key, value)| sandbox.metadata.get(key) == Some(value))
                && template.is_none_or(|name| *name == sandbox.template || Some(name) == sandbox.alias.as_ref())
        };
        let mut found: Vec<&StubSandbox> = world.sandboxes.values().filter(is_wanted).collect();
        found.sort_by(|one, other| (one.started, &one.id).cmp(&(other.started, &other.id)));
        if query.get("order").map(String::as_str) != Some("asc") {
            found.reverse();
        }
        let running = found.iter().filter(|sandbox| sandbox.state() == "running").count();
        let mut response = page(&found, &query, |sandbox| sandbox.listed());
        response.headers_mut().insert("x-total-running", running.into());
        response
    }

    pub fn list_snapshots(&self, text: &str) -> Response<Full<Bytes>> {
        let query = query(text);
        let world = self.world.lock().unwrap();
        let items: Vec<Value> = world
            .snapshots
            .iter()
            .filter(|(_, of, _)| query.get("sandboxID").is_none_or(|id| id == of))
            .filter(|(_, _, names)| query.get("name").is_none_or(|name| names.contains(name)))
            .map(|(id, _, names)| json!({ "snapshotID": id, "names": names }))
            .collect();
        page(&items, &query, Value::clone)
    }

    pub fn list_templates(text: &str) -> Response<Full<Bytes>> {
        let template = json!({
            "templateID": "rki5dems9wqfm4r03t7g", "buildID": "b", "cpuCount": 2, "memoryMB": 512, "diskSizeMB": 1024,
            "public": true, "aliases": ["base"], "names": ["e2b/base"], "createdAt": "2026-01-01T00:00:00Z",
            "updatedAt": "2026-02-01T00:00:00Z", "createdBy": null, "lastSpawnedAt": null, "spawnCount": 1,
            "buildCount": 1, "envdVersion": "0.6.13", "buildStatus": "ready",
        });
        page(&[template], &query(text), Value::clone)
    }

    pub fn batch_metrics(&self, text: &str) -> Response<Full<Bytes>> {
        let query = query(text);
        let ids: Vec<&str> = query
            .get("sandbox_ids")
            .map_or(Vec::new(), |ids| ids.split(',').collect());
        if ids.is_empty() || ids.len() > 100 {
            return refuse(400, "validation error: sandbox_ids");
        }
        let world = self.world.lock().unwrap();
        let known = ids.into_iter().filter(|id| world.state_of(id) == Some("running"));
        let samples: serde_json::Map<String, Value> = known.map(|id| (id.to_owned(), sample(0))).collect();
        reply(200, &json!({ "sandboxes": samples }))
    }

    pub fn metrics() -> Response<Full<Bytes>> {
        // Out of order, as a store may answer.
        reply(200, &json!([sample(5), sample(10), sample(0)]))
    }

    pub fn logs(&self, id: &str, text: &str) -> Response<Full<Bytes>> {
        let query = query(text);
        let world = self.world.lock().unwrap();
        let mut lines = world.logs.get(id).cloned().unwrap_or_default();
        let cursor: Option<i64> = query.get("cursor").map(|cursor| cursor.parse().unwrap());
        let time = |line: &Value| {
            let text = line["timestamp"].as_str().unwrap();
            e2b_tui::domain::Timestamp::parse(text).unwrap().unix_millis()
        };
        let is_forward = query.get("direction").map(String::as_str) == Some("forward");
        if is_forward {
            lines.retain(|line| cursor.is_none_or(|cursor| time(line) >= cursor));
        } else {
            lines.retain(|line| cursor.is_none_or(|cursor| time(line) <= cursor));
            lines.reverse();
        }
        let grades = ["debug", "info", "warn", "error"];
        let grade = |word: &str| grades.iter().position(|known| *known == word);
        if let Some(level) = query.get("level") {
            lines.retain(|line| grade(line["level"].as_str().unwrap()) >= grade(level));
        }
        let limit = query.get("limit").map_or(1000, |limit| limit.parse().unwrap());
        lines.truncate(limit);
        reply(200, &json!({ "logs": lines }))
    }
}

fn sample(offset: i64) -> Value {
    let base = now().unix_seconds() - 20;
    json!({
        "timestamp": "2026-01-01T00:00:00Z", "timestampUnix": base + offset, "cpuCount": 2, "cpuUsedPct": 12.5,
        "memUsed": 104_857_600, "memTotal": 536_870_912, "memCache": 1_048_576,
        "diskUsed": 1_073_741_824_i64, "diskTotal": 10_737_418_240_i64,
    })
}

//! JSON for programs that is harmless on a terminal, too; and sandboxes in the shape of the official SDK.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::domain::{FreshSandbox, RemoteText, Sandbox, SandboxDetail, SystemMetrics, Timestamp};

/// Several lines, with indents and an end of line.
pub(in super::super) fn json_text(value: &Value) -> String {
    harmless(&format!("{value:#}\n"))
}

/// One line, with its end.
pub(super) fn json_line(value: &Value) -> String {
    harmless(&format!("{value}\n"))
}

/// Writes characters that act on the text around them as `\u` escapes. They can stand inside strings only, where JSON
/// reads them as what they were.
fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter == '\n' || letter.is_ascii_graphic() || letter == ' ' || is_shown_as_it_is(letter) {
            out.push(letter);
            continue;
        }
        for unit in letter.encode_utf16(&mut [0; 2]) {
            // Writing into a string cannot fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}

fn is_shown_as_it_is(letter: char) -> bool {
    let text = letter.to_string();
    RemoteText::from(text.as_str()).escaped() == text
}

fn text(text: &RemoteText) -> Value {
    Value::from(text.unescaped())
}

fn date(date: Option<Timestamp>) -> Value {
    date.map_or(Value::Null, |date| Value::from(date.to_string()))
}

pub(super) fn texts(pairs: &BTreeMap<RemoteText, RemoteText>) -> Map<String, Value> {
    pairs
        .iter()
        .map(|(key, value)| (key.unescaped().to_owned(), text(value)))
        .collect()
}

pub(super) fn sandbox(sandbox: &Sandbox) -> Value {
    json!({
        "sandboxId": sandbox.id.as_str(),
        "templateId": text(&sandbox.template),
        "name": sandbox.alias.as_ref().map(text),
        "state": sandbox.state.to_string(),
        "startedAt": date(sandbox.started),
        "endAt": date(sandbox.ends),
        "cpuCount": sandbox.cpu_count,
        "memoryMB": sandbox.memory_mb,
        "diskSizeMB": sandbox.disk_mb,
        "metadata": texts(&sandbox.metadata),
        "envdVersion": text(&sandbox.envd_version),
    })
}

/// Without the tokens: they are for programs that speak to the sandbox, not for terminals and logs.
pub(super) fn detail(detail: &SandboxDetail) -> Value {
    let mut value = sandbox(&detail.sandbox);
    value["sandboxDomain"] = json!(detail.access.domain.as_ref().map(RemoteText::unescaped));
    value["isSecure"] = json!(detail.access.envd_token.is_some());
    value["allowInternetAccess"] = json!(detail.internet_access);
    value["lifecycle"] = json!({
        "onTimeout": detail.on_timeout.as_ref().map(ToString::to_string),
        "autoResume": detail.auto_resume,
    });
    value
}

/// Without the tokens, too.
pub(super) fn fresh(sandbox: &FreshSandbox) -> Value {
    json!({
        "sandboxId": sandbox.id.as_str(),
        "templateId": text(&sandbox.template),
        "name": sandbox.alias.as_ref().map(text),
        "envdVersion": text(&sandbox.envd_version),
        "sandboxDomain": sandbox.access.domain.as_ref().map(text),
    })
}

pub(super) fn sample(sample: &SystemMetrics) -> Value {
    json!({
        "timestamp": Timestamp::from_unix_millis(sample.timestamp.saturating_mul(1000)).to_string(),
        "cpuCount": sample.cpu_count,
        "cpuUsedPct": f64::from(sample.cpu_used_percent),
        "memUsed": sample.memory_used,
        "memTotal": sample.memory_total,
        "memCache": sample.memory_cache,
        "diskUsed": sample.disk_used,
        "diskTotal": sample.disk_total,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_escaped_and_reads_back_the_same() {
        let value = json!({ "a\u{202e}": "x\u{1b}[2J\u{9b}\u{7f}\u{e0041}größe 日本 \"q\"\\" });
        for written in [json_text(&value), json_line(&value)] {
            assert!(
                !written.contains(['\u{202e}', '\u{1b}', '\u{9b}', '\u{7f}', '\u{e0041}']),
                "{written}"
            );
            assert!(written.contains("größe 日本"));
            assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), value);
        }
    }
}

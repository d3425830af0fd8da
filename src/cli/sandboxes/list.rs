//! `list`, `info` and `templates`: looking, and nothing else.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::domain::{Failure, RemoteText, Sandbox, SandboxDetail, Timestamp};
use crate::platform::{MetadataQuery, PlatformClient, SandboxFilter, StartOrder, Template};

use super::super::output;
use super::arguments::{InfoArguments, ListArguments, TemplatesArguments};
use super::dispatch::{now, with_patience};
use super::span::show_span;
use super::values::Order;
use super::{json, table};

/// Lists sandboxes.
pub(super) async fn sandboxes(client: &PlatformClient, of: ListArguments) -> Result<u8, Failure> {
    let is_json = of.platform.is_json(of.format);
    let filter = SandboxFilter {
        states: of.state,
        metadata: MetadataQuery(of.metadata.unwrap_or_default()),
        template: of.template,
        started_after: of.started_after,
        // As the official tool does it: where there are too many, the newest are wanted, wherever they stand then.
        order: match of.order {
            Some(Order::Asc) => StartOrder::OldestFirst,
            Some(Order::Desc) | None => StartOrder::NewestFirst,
        },
        // One more than is shown tells whether there are more.
        limit: (of.limit > 0).then(|| of.limit.saturating_add(1)),
    };
    let mut found = with_patience("listing sandboxes", client.list(&filter)).await?;
    if of.limit > 0 && found.len() > of.limit {
        found.truncate(of.limit);
        output::complain(&format!("only {} are listed; --limit changes that", of.limit));
    }
    if of.order.is_none() {
        found.reverse();
    }
    if is_json {
        let values: Vec<Value> = found.iter().map(json::sandbox).collect();
        return Ok(output::print(&json::json_text(&Value::from(values))));
    }
    if found.is_empty() {
        output::complain("no sandboxes found");
        return Ok(0);
    }
    let now = now();
    let rows: Vec<Vec<String>> = found.iter().map(|sandbox| row(sandbox, now)).collect();
    let headings = [
        "id",
        "template",
        "alias",
        "state",
        "started",
        "life left",
        "vcpus",
        "ram mib",
        "envd",
        "metadata",
    ];
    Ok(output::print(&table::table(&headings, &rows)))
}

fn row(sandbox: &Sandbox, now: Timestamp) -> Vec<String> {
    vec![
        sandbox.id.to_string(),
        sandbox.template.to_string(),
        sandbox.alias.as_ref().map(ToString::to_string).unwrap_or_default(),
        sandbox.state.to_string(),
        sandbox.started.map(|date| date.to_string()).unwrap_or_default(),
        sandbox.life_left(now).map(show_span).unwrap_or_default(),
        sandbox.cpu_count.to_string(),
        sandbox.memory_mb.to_string(),
        sandbox.envd_version.to_string(),
        show_metadata(&sandbox.metadata),
    ]
}

fn show_metadata(pairs: &BTreeMap<RemoteText, RemoteText>) -> String {
    let pairs = pairs.iter().map(|(key, value)| format!("{key}={value}"));
    pairs.collect::<Vec<_>>().join(",")
}

/// Says everything about one.
pub(super) async fn info(client: &PlatformClient, of: InfoArguments) -> Result<u8, Failure> {
    let detail = with_patience("looking it up", client.get(&of.id)).await?;
    if of.platform.is_json(of.format) {
        return Ok(output::print(&json::json_text(&json::detail(&detail))));
    }
    Ok(output::print(&table::pairs(&facts(&detail, now()))))
}

fn facts(detail: &SandboxDetail, now: Timestamp) -> Vec<(&'static str, String)> {
    let sandbox = &detail.sandbox;
    let date = |date: Option<Timestamp>| date.map_or("unknown".to_owned(), |date| date.to_string());
    let yes_or_no = |flag: Option<bool>| match flag {
        Some(true) => "yes",
        Some(false) => "no",
        None => "unknown",
    };
    let end = match sandbox.life_left(now) {
        Some(left) => ("ends", format!("{} (in {})", date(sandbox.ends), show_span(left))),
        None => ("ended", date(sandbox.ends)),
    };
    vec![
        ("id", sandbox.id.to_string()),
        ("template", sandbox.template.to_string()),
        (
            "alias",
            sandbox.alias.as_ref().map(ToString::to_string).unwrap_or_default(),
        ),
        ("state", sandbox.state.to_string()),
        ("started", date(sandbox.started)),
        end,
        (
            "at its end",
            detail
                .on_timeout
                .as_ref()
                .map_or("unknown".to_owned(), ToString::to_string),
        ),
        ("woken by traffic", yes_or_no(detail.auto_resume).to_owned()),
        ("vcpus", sandbox.cpu_count.to_string()),
        ("ram", format!("{} MiB", sandbox.memory_mb)),
        ("disk", format!("{} MiB", sandbox.disk_mb)),
        ("envd", sandbox.envd_version.to_string()),
        (
            "asks for a token",
            yes_or_no(Some(detail.access.envd_token.is_some())).to_owned(),
        ),
        ("internet", yes_or_no(detail.internet_access.or(Some(true))).to_owned()),
        (
            "domain",
            detail
                .access
                .domain
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        ),
        ("metadata", show_metadata(&sandbox.metadata)),
    ]
}

/// Lists templates.
pub(super) async fn templates(client: &PlatformClient, of: TemplatesArguments) -> Result<u8, Failure> {
    let found = with_patience("listing templates", client.templates()).await?;
    if of.platform.is_json(of.format) {
        let values: Vec<Value> = found.iter().map(template_json).collect();
        return Ok(output::print(&json::json_text(&Value::from(values))));
    }
    if found.is_empty() {
        output::complain("no templates found");
        return Ok(0);
    }
    let row = |template: &Template| {
        vec![
            template.id.to_string(),
            names(template).join(","),
            template.cpu_count.to_string(),
            template.memory_mb.to_string(),
            template.build_status.to_string(),
            if template.is_public { "public" } else { "private" }.to_owned(),
            template.envd_version.to_string(),
            template.updated.map(|date| date.to_string()).unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    let headings = ["id", "names", "vcpus", "ram mib", "build", "access", "envd", "updated"];
    Ok(output::print(&table::table(&headings, &rows)))
}

fn names(template: &Template) -> Vec<String> {
    template.names.iter().map(ToString::to_string).collect()
}

fn template_json(template: &Template) -> Value {
    let names: Vec<&str> = template.names.iter().map(RemoteText::unescaped).collect();
    json!({
        "templateId": template.id.unescaped(),
        "names": names,
        "cpuCount": template.cpu_count,
        "memoryMB": template.memory_mb,
        "public": template.is_public,
        "buildStatus": template.build_status.unescaped(),
        "envdVersion": template.envd_version.unescaped(),
        "updatedAt": template.updated.map(|date| date.to_string()),
    })
}

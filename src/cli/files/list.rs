//! `ls TARGET:PATH`: a folder of a sandbox, or one file, as `ls -l` shows it.

use std::cmp::Ordering;
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::domain::{Bytes, Failure, FailureKind, FileEntry, FileKind, Timestamp};
use crate::envd::EnvdClient;
use crate::startup::{Context, Sandboxes};

use super::super::output;
use super::super::sandboxes::{json_text, table, with_patience};
use super::arguments::{FileOrder, LsArguments};
use super::place::Place;

/// Lists what `place` names.
pub(in super::super) async fn run(context: &Context, of: LsArguments, place: &str) -> Result<u8, Failure> {
    let list = &of.list;
    if list.metadata.is_some() || list.template.is_some() || list.started_after.is_some() {
        return Err(Failure::new(
            FailureKind::Usage,
            "--metadata, --template and --started-after choose sandboxes",
        )
        .because("a TARGET lists files")
        .hint("leave one of them out"));
    }
    let (target, path) = Place::parse_target(place);
    let mut sandboxes = Sandboxes::new(context);
    let opened = sandboxes.open(&target).await?;
    if let Some(warning) = &opened.warning {
        output::complain(&format!("warning: {warning}"));
    }
    let client = EnvdClient::new(&opened.endpoint)?;
    let found = with_patience("listing files", entries(&client, &path)).await;
    sandboxes.stop().await;
    let mut found = found?;
    if !of.all && found.len() > 1 {
        found.retain(|entry| !entry.name.unescaped().starts_with('.'));
    }
    found.sort_by(|one, other| {
        let order = compare(one, other, of.sort);
        if of.reverse { order.reverse() } else { order }
    });
    if list.platform.is_json(list.format) {
        let values: Vec<Value> = found.iter().map(as_json).collect();
        return Ok(output::print(&json_text(&Value::from(values))));
    }
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    let headings = ["mode", "owner", "group", "size", "modified", "name"];
    Ok(output::print(&table(&headings, &rows)))
}

/// The entries of a folder; of anything else itself.
async fn entries(client: &EnvdClient, path: &str) -> Result<Vec<FileEntry>, Failure> {
    let path = if path.is_empty() { "~" } else { path };
    let entry = client.stat(path).await?;
    if entry.kind == FileKind::Directory {
        return Ok(client.list_dir(path, 1).await?);
    }
    Ok(vec![entry])
}

fn compare(one: &FileEntry, other: &FileEntry, by: FileOrder) -> Ordering {
    let by_name = || one.name.cmp(&other.name);
    match by {
        FileOrder::Name => by_name(),
        FileOrder::Size => other.size.cmp(&one.size).then_with(by_name),
        FileOrder::Time => other.modified.cmp(&one.modified).then_with(by_name),
    }
}

fn row(entry: &FileEntry) -> Vec<String> {
    let text = |text: &Option<crate::domain::RemoteText>| text.as_ref().map_or("?".to_owned(), ToString::to_string);
    let target = match &entry.symlink_target {
        Some(_) if entry.is_broken_link() => " -> (leads nowhere)".to_owned(),
        Some(target) => format!(" -> {target}"),
        None => String::new(),
    };
    vec![
        entry.permissions.clone().unwrap_or_else(|| "?".to_owned()),
        text(&entry.owner),
        text(&entry.group),
        entry.size.map_or("?".to_owned(), |size| format!("{:>5}", Bytes(size))),
        date(entry.modified).unwrap_or_else(|| "?".to_owned()),
        format!("{}{target}", entry.name),
    ]
}

fn date(time: Option<SystemTime>) -> Option<String> {
    time.map(|time| Timestamp::from(time).to_string())
}

fn as_json(entry: &FileEntry) -> Value {
    let kind = match entry.kind {
        FileKind::File => "file",
        FileKind::Directory => "directory",
        FileKind::Other => "other",
    };
    let text = |text: &Option<crate::domain::RemoteText>| text.as_ref().map(|text| text.unescaped().to_owned());
    json!({
        "name": entry.name.unescaped(),
        "path": entry.path.unescaped(),
        "type": kind,
        "size": entry.size,
        "mode": entry.mode.map(|mode| format!("{mode:04o}")),
        "permissions": entry.permissions,
        "owner": text(&entry.owner),
        "group": text(&entry.group),
        "modifiedTime": date(entry.modified),
        "symlinkTarget": text(&entry.symlink_target),
        "brokenLink": entry.is_broken_link(),
    })
}

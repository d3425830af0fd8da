//! `history list`, `search` and `stats`: what is remembered, for people and for programs.

use std::io::{self, BufWriter, Write};
use std::time::Duration;

use serde_json::{Value, json};

use crate::domain::{CommandQuery, Failure, KeptCommand, short_span};
use crate::history::{Statistics, command_json};
use crate::startup::Context;

use super::super::output;
use super::super::sandboxes::{json_text, table};
use super::arguments::{ListArguments, SearchArguments, StatsArguments};
use super::dispatch::archive;

/// The exit code of a search without a result, as of everything that is not found.
const NOT_FOUND: u8 = 3;

/// Prints commands, the newest last.
pub(super) fn list(context: &Context, of: &ListArguments) -> Result<u8, Failure> {
    let query = of.filters.query(limit(of));
    let found = match archive(context)? {
        Some(archive) => archive.list(&query).map_err(|error| error.to_failure())?,
        None => Vec::new(),
    };
    Ok(print(found.iter().rev(), of.json))
}

/// Prints what fits best.
pub(super) fn search(context: &Context, of: &SearchArguments) -> Result<u8, Failure> {
    let query = CommandQuery {
        text: of.words.join(" "),
        ..of.list.filters.query(limit(&of.list))
    };
    let found = match archive(context)? {
        Some(archive) => archive.search(&query).map_err(|error| error.to_failure())?,
        None => Vec::new(),
    };
    let code = print(found.iter(), of.list.json);
    if found.is_empty() && code == 0 {
        output::complain("no command is remembered that fits");
        return Ok(NOT_FOUND);
    }
    Ok(code)
}

fn limit(of: &ListArguments) -> usize {
    if of.limit == 0 { usize::MAX } else { of.limit }
}

/// Prints a command a line; JSON is one list.
fn print<'a>(found: impl Iterator<Item = &'a KeptCommand>, is_json: bool) -> u8 {
    if is_json {
        let values: Vec<Value> = found.map(command_json).collect();
        return output::print(&json_text(&Value::from(values)));
    }
    let rows: Vec<Vec<String>> = found.map(row).collect();
    if rows.is_empty() {
        return 0;
    }
    output::print(&table(&["id", "started", "exit", "took", "sandbox", "command"], &rows))
}

fn row(command: &KeptCommand) -> Vec<String> {
    let record = &command.record;
    let exit = match (record.status, record.took) {
        (Some(status), _) => status.to_string(),
        (None, None) => String::new(),
        (None, Some(_)) => "?".to_owned(),
    };
    vec![
        command.id.0.to_string(),
        record.started.to_string(),
        exit,
        record
            .took
            .filter(|_| record.status.is_some())
            .map(took)
            .unwrap_or_default(),
        record.place.alias.escaped(),
        record.text.escaped(),
    ]
}

fn took(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{}ms", time.as_millis()),
        1..60 => format!("{:.1}s", time.as_secs_f64()),
        seconds => short_span(seconds),
    }
}

/// Prints figures.
pub(super) fn statistics(context: &Context, of: &StatsArguments) -> Result<u8, Failure> {
    let found = match archive(context)? {
        Some(archive) => archive.statistics().map_err(|error| error.to_failure())?,
        None => Statistics::default(),
    };
    if of.json {
        let programs: Vec<Value> = found
            .programs
            .iter()
            .map(|(program, count)| json!({ "program": program, "count": count }))
            .collect();
        return Ok(output::print(&json_text(&json!({
            "commands": found.commands,
            "texts": found.texts,
            "failed": found.failed,
            "sandboxes": found.sandboxes,
            "oldest": found.oldest.map(|time| time.to_string()),
            "newest": found.newest.map(|time| time.to_string()),
            "programs": programs,
        }))));
    }
    let date = |time: Option<crate::domain::Timestamp>| time.map_or("never".to_owned(), |time| time.to_string());
    let mut text = Vec::new();
    let mut line = |name: &str, value: String| {
        text.extend_from_slice(format!("{name:<12}{value}\n").as_bytes());
    };
    line("commands", found.commands.to_string());
    line("different", found.texts.to_string());
    line("failed", found.failed.to_string());
    line("sandboxes", found.sandboxes.to_string());
    line("oldest", date(found.oldest));
    line("newest", date(found.newest));
    for (program, count) in &found.programs {
        let program = crate::domain::RemoteText::from(program.as_str());
        line(&format!("{count:>10}"), program.escaped());
    }
    Ok(output::print(&String::from_utf8_lossy(&text)))
}

/// Writes lines to standard output one by one, however many there are, and answers the exit code.
pub(super) fn stream<E>(write: impl FnOnce(&mut dyn FnMut(&str) -> bool) -> Result<(), E>) -> Result<u8, E> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut outcome = Ok(());
    write(&mut |line: &str| {
        outcome = writeln!(out, "{line}");
        outcome.is_ok()
    })?;
    let outcome = outcome.and_then(|()| out.flush());
    Ok(outcome.map_or_else(|error| output::cannot_write(&error), |()| 0))
}

//! `logs`: what the platform wrote about a sandbox, the oldest line first, and on request what it goes on to write.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::domain::{Failure, RemoteText, SandboxId};
use crate::platform::{LogDirection, LogEntry, LogQuery, PlatformClient};

use super::super::output;
use super::arguments::LogsArguments;
use super::dispatch::{is_running, with_patience};
use super::json;

/// Between two questions whether there is more.
const POLL: Duration = Duration::from_secs(1);
/// The most lines that one answer holds.
const ANSWER: usize = 1000;

/// Prints them.
pub(super) async fn run(client: &PlatformClient, of: LogsArguments) -> Result<u8, Failure> {
    let is_json = of.platform.is_json(of.format);
    let mut query = LogQuery {
        limit: Some(of.limit as usize),
        level: Some(of.level),
        search: of.search,
        ..LogQuery::default()
    };
    let mut entries = with_patience("reading the log", client.logs(&of.id, &query)).await?;
    entries.reverse();
    let shown = Shown {
        is_json,
        loggers: of.loggers,
    };
    if !of.follow {
        return Ok(shown.print_all(&entries));
    }
    let code = shown.print_each(&entries);
    if code != 0 {
        return Ok(code);
    }
    query.direction = LogDirection::Forward;
    query.limit = Some(ANSWER);
    follow(client, &of.id, query, Seen::of(entries), &shown).await
}

/// The lines of the last moment that has been printed: the next answer begins with that moment again.
struct Seen(Vec<LogEntry>);

impl Seen {
    fn of(mut entries: Vec<LogEntry>) -> Self {
        let last = entries.iter().map(|entry| entry.time).max();
        entries.retain(|entry| Some(entry.time) == last);
        Self(entries)
    }

    /// Takes out what has been printed. Lines that are equal in everything count as often as they come.
    fn only_new(&self, mut entries: Vec<LogEntry>) -> Vec<LogEntry> {
        let mut seen = self.0.clone();
        entries.retain(|entry| match seen.iter().position(|known| known == entry) {
            Some(at) => {
                seen.swap_remove(at);
                false
            }
            None => true,
        });
        entries
    }

    fn and(self, entries: Vec<LogEntry>) -> Self {
        Self::of(self.0.into_iter().chain(entries).collect())
    }
}

async fn follow(
    client: &PlatformClient,
    id: &SandboxId,
    mut query: LogQuery,
    mut seen: Seen,
    shown: &Shown,
) -> Result<u8, Failure> {
    loop {
        // Asked before the log is read, so that the last lines of a sandbox that ends are still printed.
        let goes_on = is_running(client, id).await?;
        query.from = seen.0.first().map(|entry| entry.time);
        let answer = match client.logs(id, &query).await {
            // A sandbox that was killed takes its log along.
            Err(error) if !goes_on => {
                tracing::info!(%error, "the log is gone with the sandbox");
                Vec::new()
            }
            answer => answer?,
        };
        let is_full = answer.len() >= ANSWER;
        let entries = seen.only_new(answer);
        let is_stuck = is_full && entries.is_empty();
        let code = shown.print_each(&entries);
        if code != 0 {
            return Ok(code);
        }
        seen = seen.and(entries);
        if !goes_on {
            output::complain(&format!("{id} does not run any more"));
            return Ok(0);
        }
        if is_stuck {
            // More lines in one millisecond than an answer holds: go past it rather than ask for it for ever.
            seen.0
                .iter_mut()
                .for_each(|entry| entry.time = entry.time.after(Duration::from_millis(1)));
        } else if !is_full {
            tokio::time::sleep(POLL).await;
        }
    }
}

/// How lines are printed, and which.
struct Shown {
    is_json: bool,
    loggers: Vec<String>,
}

impl Shown {
    fn print_all(&self, entries: &[LogEntry]) -> u8 {
        if !self.is_json {
            return self.print_each(entries);
        }
        let wanted = entries.iter().filter(|entry| self.wants(entry));
        let values: Vec<Value> = wanted.map(as_json).collect();
        output::print(&json::json_text(&Value::from(values)))
    }

    /// One line each, in JSON, too.
    fn print_each(&self, entries: &[LogEntry]) -> u8 {
        let line = |entry: &LogEntry| {
            if self.is_json {
                json::json_line(&as_json(entry))
            } else {
                as_line(entry)
            }
        };
        let wanted = entries.iter().filter(|entry| self.wants(entry));
        output::print(&wanted.map(line).collect::<String>())
    }

    fn wants(&self, entry: &LogEntry) -> bool {
        if self.loggers.is_empty() {
            return true;
        }
        let logger = entry.fields.get(&RemoteText::from("logger"));
        logger.is_some_and(|logger| {
            let begins = |wanted: &String| logger.unescaped().starts_with(wanted.as_str());
            self.loggers.iter().any(begins)
        })
    }
}

fn as_line(entry: &LogEntry) -> String {
    let level = entry.level.to_string().to_uppercase();
    let mut line = format!("{}  {level:5}  {}", entry.time, entry.message);
    for (key, value) in &entry.fields {
        // Writing into a string cannot fail.
        let _ = write!(line, " {key}={value}");
    }
    line.push('\n');
    line
}

fn as_json(entry: &LogEntry) -> Value {
    json!({
        "timestamp": entry.time.to_string(),
        "level": entry.level.unescaped(),
        "message": entry.message.unescaped(),
        "fields": json::texts(&entry.fields),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    fn entry(millis: i64, message: &str) -> LogEntry {
        LogEntry {
            time: Timestamp::from_unix_millis(millis),
            level: "info".into(),
            message: message.into(),
            fields: std::collections::BTreeMap::new(),
        }
    }

    #[test]
    fn a_line_is_printed_as_often_as_it_was_written() {
        let seen = Seen::of(vec![entry(1, "a"), entry(2, "b"), entry(2, "b")]);
        let answer = vec![entry(2, "b"), entry(2, "b"), entry(2, "b"), entry(3, "c")];
        let new = seen.only_new(answer);
        assert_eq!(new, [entry(2, "b"), entry(3, "c")]);
        assert_eq!(seen.and(new).0, [entry(3, "c")]);
        let seen = Seen::of(vec![entry(2, "b")]).and(vec![entry(2, "c")]);
        assert_eq!(seen.0.len(), 2);
    }
}

//! Commands as JSON: what `export` writes, a line each, and what an import of the same lines reads back whole.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::import::{Imported, Origin};
use crate::domain::{CommandKey, CommandPlace, KeptCommand, RemoteText, Timestamp};

/// A command with all that is known of it. `run` and `number` tell it from every other command ever.
pub fn command_json(command: &KeptCommand) -> Value {
    let record = &command.record;
    let text = |text: &RemoteText| text.unescaped().to_owned();
    let maybe = |value: &Option<RemoteText>| value.as_ref().map(text);
    json!({
        "id": command.id.0,
        "command": text(&record.text),
        "status": record.status,
        "startedAt": record.started.to_string(),
        "startedMs": record.started.unix_millis(),
        "durationMs": record.took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
        "directory": maybe(&record.directory),
        "sandbox": text(&record.place.sandbox),
        "alias": text(&record.place.alias),
        "template": maybe(&record.place.template),
        "user": maybe(&record.place.user),
        "host": text(&record.place.host),
        "session": record.session,
        "pane": record.pane,
        "run": format!("{:016x}", record.key.run),
        "number": record.key.number,
        "pinned": command.is_pinned,
    })
}

/// Reads a line of an export; `None` if it is none.
pub(super) fn exported(line: &str) -> Option<Imported> {
    let Ok(Value::Object(fields)) = serde_json::from_str(line) else {
        return None;
    };
    let key = CommandKey {
        run: u64::from_str_radix(fields.get("run")?.as_str()?, 16).ok()?,
        number: fields.get("number")?.as_u64()?,
    };
    let place = CommandPlace {
        sandbox: text(&fields, "sandbox")?.into(),
        alias: text(&fields, "alias")?.into(),
        template: text(&fields, "template").map(RemoteText::from),
        user: text(&fields, "user").map(RemoteText::from),
        host: text(&fields, "host")?.into(),
    };
    Some(Imported {
        text: text(&fields, "command")?.to_owned(),
        started: Some(Timestamp::from_unix_millis(fields.get("startedMs")?.as_i64()?)),
        took: fields
            .get("durationMs")
            .and_then(Value::as_u64)
            .map(Duration::from_millis),
        status: number(&fields, "status").and_then(|status| i32::try_from(status).ok()),
        directory: text(&fields, "directory").map(str::to_owned),
        origin: Some(Box::new(Origin {
            key,
            place,
            session: text(&fields, "session")?.to_owned(),
            pane: number(&fields, "pane").and_then(|pane| u32::try_from(pane).ok())?,
            is_pinned: fields.get("pinned").and_then(Value::as_bool).unwrap_or(false),
        })),
    })
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    fields.get(name)?.as_str()
}

fn number(fields: &Map<String, Value>, name: &str) -> Option<i64> {
    fields.get(name)?.as_i64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CommandId, CommandRecord};

    #[test]
    fn what_was_exported_is_read_back_whole() {
        let record = CommandRecord {
            key: CommandKey {
                run: u64::MAX,
                number: (7 << 32) | 9,
            },
            text: "echo 'ä\n;' \x1b[0m".into(),
            place: CommandPlace {
                sandbox: "i1".into(),
                alias: "api".into(),
                template: Some("base".into()),
                user: None,
                host: "h:1".into(),
            },
            directory: Some("/a b".into()),
            session: "s-1".to_owned(),
            pane: 3,
            started: Timestamp::from_unix_millis(1_700_000_000_123),
            status: Some(137),
            took: Some(Duration::from_millis(1_500)),
        };
        let command = KeptCommand {
            id: CommandId(5),
            record: record.clone(),
            is_pinned: true,
        };
        let read = exported(&command_json(&command).to_string()).expect("a line of ours");
        let origin = read.origin.expect("where it comes from");
        assert_eq!(
            (read.text.as_str(), read.status),
            (record.text.unescaped(), record.status)
        );
        assert_eq!((read.started, read.took), (Some(record.started), record.took));
        assert_eq!((origin.key, &origin.place), (record.key, &record.place));
        assert_eq!(
            (origin.session, origin.pane, origin.is_pinned),
            (record.session, 3, true)
        );
        for line in ["", "{}", "[1]", "{\"command\":\"ls\"}", "ls"] {
            assert_eq!(exported(line), None, "{line}");
        }
    }
}

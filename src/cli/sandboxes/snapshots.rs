//! `snapshot create`, `list` and `delete`.

use serde_json::{Value, json};

use crate::domain::{Failure, RemoteText};
use crate::platform::{PlatformClient, Snapshot};

use super::super::output;
use super::arguments::SnapshotCommand;
use super::dispatch::{each, with_patience};
use super::{json, table};

/// Carries out one of the three.
pub(super) async fn run(client: &PlatformClient, of: SnapshotCommand) -> Result<u8, Failure> {
    match of {
        SnapshotCommand::Create { id, name, platform } => {
            let taking = client.create_snapshot(&id, name.as_deref());
            let snapshot = with_patience(&format!("taking a snapshot of {id}"), taking).await?;
            Ok(output::print(&if platform.json {
                json::json_text(&as_json(&snapshot))
            } else {
                format!("{}\n", snapshot.id)
            }))
        }
        SnapshotCommand::List {
            id,
            name,
            limit,
            format,
            platform,
        } => {
            let limit = (limit > 0).then_some(limit);
            let listing = client.snapshots(id.as_ref(), name.as_deref(), limit);
            let found = with_patience("listing snapshots", listing).await?;
            Ok(print(&found, platform.is_json(format)))
        }
        SnapshotCommand::Delete { ids, platform } => {
            each(&ids, async |id| {
                client.delete_snapshot(id).await?;
                Ok(output::print(&if platform.json {
                    json::json_line(&json!({ "snapshotId": id, "outcome": "deleted" }))
                } else {
                    format!("{} is gone\n", RemoteText::from(id.as_str()))
                }))
            })
            .await
        }
    }
}

fn print(found: &[Snapshot], is_json: bool) -> u8 {
    if is_json {
        let values: Vec<Value> = found.iter().map(as_json).collect();
        return output::print(&json::json_text(&Value::from(values)));
    }
    if found.is_empty() {
        output::complain("no snapshots found");
        return 0;
    }
    let row = |snapshot: &Snapshot| {
        let names: Vec<String> = snapshot.names.iter().map(ToString::to_string).collect();
        vec![snapshot.id.to_string(), names.join(",")]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    output::print(&table::table(&["id", "names"], &rows))
}

fn as_json(snapshot: &Snapshot) -> Value {
    let names: Vec<&str> = snapshot.names.iter().map(RemoteText::unescaped).collect();
    json!({ "snapshotId": snapshot.id.unescaped(), "names": names })
}

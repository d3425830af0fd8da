//! What is in the file, and how a file of an older version becomes one of this: numbered steps, each done once.

use rusqlite::{Connection, TransactionBehavior};

/// Says in the file's head that it is ours.
pub(super) const APPLICATION: i32 = 0x6532_6274;

/// Each brings a file from the version before to the one of its place, from 1.
const STEPS: [&str; 2] = [
    "CREATE TABLE place (
        id INTEGER PRIMARY KEY,
        sandbox TEXT NOT NULL,
        alias TEXT NOT NULL,
        template TEXT,
        user TEXT,
        host TEXT NOT NULL
    );
    CREATE TABLE command (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        run INTEGER NOT NULL,
        number INTEGER NOT NULL,
        text TEXT NOT NULL,
        place INTEGER NOT NULL REFERENCES place (id),
        directory TEXT,
        session TEXT NOT NULL,
        pane INTEGER NOT NULL,
        started INTEGER NOT NULL,
        status INTEGER,
        took INTEGER,
        UNIQUE (run, number)
    );
    CREATE INDEX command_started ON command (started);",
    // Deletions are counted, so that other instances notice them.
    "ALTER TABLE command ADD COLUMN is_pinned INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    INSERT INTO meta VALUES ('deletions', 0);",
];

/// The version that this program writes.
pub(super) const VERSION: i32 = STEPS.len() as i32;

/// The version of a file; 0 for an empty one.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i32> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Brings a file to this version, from whatever version it has.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    migrate_to(connection, VERSION)
}

fn migrate_to(connection: &mut Connection, wanted: i32) -> rusqlite::Result<()> {
    let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let present = version(&change)?;
    for (step, number) in STEPS.iter().zip(1..=wanted) {
        if number > present {
            change.execute_batch(step)?;
        }
    }
    if present < wanted {
        change.execute_batch(&format!(
            "PRAGMA user_version = {wanted}; PRAGMA application_id = {APPLICATION}"
        ))?;
    }
    change.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_library_has_no_known_way_to_lose_data() {
        // Before 3.51.3 several writers in WAL mode could corrupt the file.
        assert!(rusqlite::version_number() >= 3_051_003, "{}", rusqlite::version());
    }

    #[test]
    fn every_older_version_becomes_this_one() {
        let shape = |connection: &Connection| -> Vec<String> {
            let mut statement = connection
                .prepare("SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name")
                .unwrap();
            let rows = statement.query_map([], |row| row.get(0)).unwrap();
            rows.map(Result::unwrap).collect()
        };
        let mut fresh = Connection::open_in_memory().unwrap();
        migrate(&mut fresh).unwrap();
        for old in 0..VERSION {
            let mut connection = Connection::open_in_memory().unwrap();
            migrate_to(&mut connection, old).unwrap();
            migrate(&mut connection).unwrap();
            assert_eq!(shape(&connection), shape(&fresh), "{old}");
            assert_eq!(version(&connection).unwrap(), VERSION);
            migrate(&mut connection).unwrap();
        }
    }
}

//! Reading and writing commands: all the SQL but the schema's.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use std::time::Duration;

use crate::domain::{
    CommandEnd, CommandId, CommandKey, CommandPlace, CommandQuery, CommandRecord, CommandScope, KeptCommand,
    RemoteText, Timestamp,
};

/// What a command is read from.
const COLUMNS: &str = "command.id, run, number, text, sandbox, alias, template, user, host, directory, session, pane, \
                       started, status, took, is_pinned";
const TABLES: &str = "command JOIN place ON place.id = command.place";

/// Writes a command that begins. One that is there already stays as it is; false then.
pub(super) fn insert(connection: &Connection, record: &CommandRecord) -> rusqlite::Result<bool> {
    let place = place(connection, &record.place)?;
    let mut statement = connection.prepare_cached(
        "INSERT INTO command (run, number, text, place, directory, session, pane, started, status, took)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (run, number) DO NOTHING",
    )?;
    let added = statement.execute(params![
        record.key.run as i64,
        record.key.number as i64,
        record.text.unescaped(),
        place,
        record.directory.as_ref().map(RemoteText::unescaped),
        record.session,
        record.pane,
        record.started.unix_millis(),
        record.status,
        record.took.map(millis),
    ])?;
    Ok(added > 0)
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn place(connection: &Connection, place: &CommandPlace) -> rusqlite::Result<i64> {
    let values = params![
        place.sandbox.unescaped(),
        place.alias.unescaped(),
        place.template.as_ref().map(RemoteText::unescaped),
        place.user.as_ref().map(RemoteText::unescaped),
        place.host.unescaped(),
    ];
    let mut find = connection.prepare_cached(
        "SELECT id FROM place WHERE sandbox = ?1 AND alias = ?2 AND template IS ?3 AND user IS ?4 AND host = ?5",
    )?;
    if let Some(id) = find.query_row(values, |row| row.get(0)).optional()? {
        return Ok(id);
    }
    let mut insert = connection
        .prepare_cached("INSERT INTO place (sandbox, alias, template, user, host) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    insert.execute(values)?;
    Ok(connection.last_insert_rowid())
}

/// Says of which template a sandbox was made, where that is not known yet.
pub(super) fn name_template(
    connection: &Connection,
    sandbox: &RemoteText,
    template: &RemoteText,
) -> rusqlite::Result<()> {
    let named = connection.execute(
        "UPDATE place SET template = ?2 WHERE sandbox = ?1 AND template IS NULL",
        [sandbox.unescaped(), template.unescaped()],
    )?;
    if named > 0 {
        // Whoever searches in memory has places there that are others now.
        count_deletion(connection)?;
    }
    Ok(())
}

/// Writes how a command ended.
pub(super) fn finish(connection: &Connection, end: &CommandEnd) -> rusqlite::Result<()> {
    let mut statement =
        connection.prepare_cached("UPDATE command SET status = ?3, took = ?4 WHERE run = ?1 AND number = ?2")?;
    statement.execute(params![
        end.key.run as i64,
        end.key.number as i64,
        end.status,
        millis(end.took)
    ])?;
    Ok(())
}

/// Keeps a command when others are forgotten for their age, or no longer.
pub(super) fn pin(connection: &Connection, id: CommandId, is_pinned: bool) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("UPDATE command SET is_pinned = ?2 WHERE id = ?1")?;
    statement.execute(params![id.0, is_pinned])?;
    Ok(())
}

/// Forgets commands. Whoever searches in memory sees from the count that it must look again.
pub(super) fn delete(connection: &Connection, ids: &[CommandId]) -> rusqlite::Result<usize> {
    let mut deleted = 0;
    for id in ids {
        deleted += connection
            .prepare_cached("DELETE FROM command WHERE id = ?1")?
            .execute([id.0])?;
    }
    count_deletion(connection)?;
    Ok(deleted)
}

pub(super) fn count_deletion(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("UPDATE meta SET value = value + 1 WHERE name = 'deletions'", [])?;
    Ok(())
}

/// Forgets what is older than `oldest`, and all but the newest `most`. Pinned ones stay. Returns how many went.
pub(super) fn retire(
    connection: &Connection,
    oldest: Option<Timestamp>,
    most: Option<usize>,
) -> rusqlite::Result<usize> {
    let mut deleted = 0;
    if let Some(oldest) = oldest {
        deleted += connection.execute(
            "DELETE FROM command WHERE started < ?1 AND NOT is_pinned",
            [oldest.unix_millis()],
        )?;
    }
    if let Some(most) = most {
        deleted += connection.execute(
            "DELETE FROM command WHERE NOT is_pinned AND id <= (SELECT id FROM command ORDER BY id DESC LIMIT 1 OFFSET ?1)",
            [most as i64],
        )?;
    }
    if deleted > 0 {
        count_deletion(connection)?;
    }
    Ok(deleted)
}

/// How often commands were deleted.
pub(super) fn deletions(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT value FROM meta WHERE name = 'deletions'", [], |row| row.get(0))
}

fn kept(row: &Row<'_>) -> rusqlite::Result<KeptCommand> {
    let text = |index: usize| row.get::<_, String>(index).map(RemoteText::new);
    let maybe = |index: usize| {
        row.get::<_, Option<String>>(index)
            .map(|text| text.map(RemoteText::new))
    };
    Ok(KeptCommand {
        id: CommandId(row.get(0)?),
        record: CommandRecord {
            key: CommandKey {
                run: row.get::<_, i64>(1)? as u64,
                number: row.get::<_, i64>(2)? as u64,
            },
            text: text(3)?,
            place: CommandPlace {
                sandbox: text(4)?,
                alias: text(5)?,
                template: maybe(6)?,
                user: maybe(7)?,
                host: text(8)?,
            },
            directory: maybe(9)?,
            session: row.get(10)?,
            pane: row.get::<_, i64>(11)? as u32,
            started: Timestamp::from_unix_millis(row.get(12)?),
            status: row.get(13)?,
            took: row
                .get::<_, Option<i64>>(14)?
                .map(|took| Duration::from_millis(took.max(0) as u64)),
        },
        is_pinned: row.get(15)?,
    })
}

/// One command; `None` if it is gone.
pub(super) fn get(connection: &Connection, id: i64) -> rusqlite::Result<Option<KeptCommand>> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM {TABLES} WHERE command.id = ?1"))?;
    statement.query_row([id], kept).optional()
}

/// The conditions of a query but its text, and their values.
fn conditions(query: &CommandQuery) -> (String, Vec<Value>) {
    let mut parts = vec!["1".to_owned()];
    let mut values = Vec::new();
    let mut add = |condition: &str, value: Value| {
        values.push(value);
        parts.push(condition.replace('?', &format!("?{}", values.len())));
    };
    match &query.scope {
        CommandScope::Everywhere => {}
        CommandScope::Session(session) => add("session = ?", session.clone().into()),
        CommandScope::Sandbox(sandbox) => add("(sandbox = ? OR alias = ?)", sandbox.clone().into()),
        CommandScope::Template(template) => add("template = ?", template.clone().into()),
    }
    if query.is_failed_only {
        add("status <> ?", 0.into());
    }
    if let Some(directory) = &query.directory {
        add("directory = ?", directory.clone().into());
    }
    if let Some(since) = query.since {
        add("started >= ?", since.unix_millis().into());
    }
    (parts.join(" AND "), values)
}

/// The newest commands that a query asks for, the newest first. Its text does not count: that is the index's matter.
pub(super) fn list(connection: &Connection, query: &CommandQuery) -> rusqlite::Result<Vec<KeptCommand>> {
    let mut found = Vec::new();
    visit(connection, query, |command| {
        found.push(command);
        found.len() < query.limit
    })?;
    Ok(found)
}

/// Hands on what a query asks for, the newest first, as long as it is wanted. Its text and limit do not count.
pub(super) fn visit(
    connection: &Connection,
    query: &CommandQuery,
    mut take: impl FnMut(KeptCommand) -> bool,
) -> rusqlite::Result<()> {
    let (condition, values) = conditions(query);
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE {condition} ORDER BY started DESC, command.id DESC");
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    while let Some(row) = rows.next()? {
        if !take(kept(row)?) {
            break;
        }
    }
    Ok(())
}

/// The numbers of the commands that a query asks for and whose text a pattern matches.
pub(super) fn matching_ids(
    connection: &Connection,
    query: &CommandQuery,
    is_wanted: impl Fn(&str) -> bool,
) -> rusqlite::Result<Vec<CommandId>> {
    let (condition, values) = conditions(query);
    let mut statement = connection.prepare(&format!("SELECT command.id, text FROM {TABLES} WHERE {condition}"))?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let text: String = row.get(1)?;
        if is_wanted(&text) {
            found.push(CommandId(row.get(0)?));
        }
    }
    Ok(found)
}

/// How many commands there are.
pub fn count(connection: &Connection) -> rusqlite::Result<usize> {
    connection.query_row("SELECT count(*) FROM command", [], |row| {
        row.get::<_, i64>(0).map(|count| count as usize)
    })
}

/// What there is, in figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// All commands.
    pub commands: usize,
    /// Different texts.
    pub texts: usize,
    /// Those that failed.
    pub failed: usize,
    /// Sandboxes.
    pub sandboxes: usize,
    /// The first one.
    pub oldest: Option<Timestamp>,
    /// The last one.
    pub newest: Option<Timestamp>,
    /// The programs that were run most often, by the first word, with their counts.
    pub programs: Vec<(String, usize)>,
}

/// Counts.
pub(super) fn statistics(connection: &Connection) -> rusqlite::Result<Statistics> {
    let mut found = connection.query_row(
        "SELECT count(*), count(DISTINCT text), count(CASE WHEN status <> 0 THEN 1 END), min(started), max(started),
                (SELECT count(DISTINCT sandbox) FROM place WHERE id IN (SELECT place FROM command))
         FROM command",
        [],
        |row| {
            let number = |index: usize| row.get::<_, i64>(index).map(|number| number as usize);
            let date = |index: usize| {
                row.get::<_, Option<i64>>(index)
                    .map(|at| at.map(Timestamp::from_unix_millis))
            };
            Ok(Statistics {
                commands: number(0)?,
                texts: number(1)?,
                failed: number(2)?,
                oldest: date(3)?,
                newest: date(4)?,
                sandboxes: number(5)?,
                programs: Vec::new(),
            })
        },
    )?;
    let mut statement = connection.prepare(
        "SELECT CASE instr(text, ' ') WHEN 0 THEN text ELSE substr(text, 1, instr(text, ' ') - 1) END AS program, count(*)
         FROM command GROUP BY program ORDER BY count(*) DESC, program LIMIT 10",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as usize)))?;
    found.programs = rows.collect::<Result<_, _>>()?;
    Ok(found)
}

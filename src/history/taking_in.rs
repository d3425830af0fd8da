//! Puts commands of other programs into the store. What was put in before is known again by what it is, so that a file
//! that has grown can be imported again.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use sha2::{Digest, Sha256};

use super::import::{Format, Imported};
use super::opening::open_store;
use super::screening::Screen;
use super::{HistoryError, rows};
use crate::domain::{CommandKey, CommandPlace, CommandRecord, RemoteText, Timestamp};

/// So many are written at once: others may write between.
const BATCH: usize = 2_000;

/// What became of the commands of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakenIn {
    /// They are new.
    pub added: usize,
    /// They had been put in before.
    pub known: usize,
    /// They are not to be kept: blank in front, or a pattern.
    pub ignored: usize,
}

/// Where imported commands come from, for those that do not say it themselves.
#[derive(Clone, Debug)]
pub struct Source {
    /// Whose file it is.
    pub format: Format,
    /// Who ran them.
    pub user: Option<String>,
    /// When the file was last written: commands without a time were run before that.
    pub written: Timestamp,
}

/// Puts commands into the store at this path, in their order.
pub fn take_in(
    path: &Path,
    screen: &Screen,
    source: &Source,
    commands: Vec<Imported>,
) -> Result<TakenIn, HistoryError> {
    let mut opened = open_store(path)?;
    if opened.is_read_only {
        return Err(HistoryError::Newer(path.to_owned()));
    }
    let mut taken = TakenIn::default();
    let records = records(source, commands);
    for batch in records.chunks(BATCH) {
        add(&mut opened.connection, screen, batch, &mut taken)
            .map_err(|error| HistoryError::Database(path.to_owned(), error))?;
    }
    Ok(taken)
}

fn add(
    connection: &mut Connection,
    screen: &Screen,
    batch: &[(CommandRecord, bool)],
    taken: &mut TakenIn,
) -> rusqlite::Result<()> {
    let mut counted = *taken;
    let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for (record, is_pinned) in batch {
        let Some(text) = screen.admit(record.text.unescaped()) else {
            counted.ignored += 1;
            continue;
        };
        let record = CommandRecord {
            text: RemoteText::new(text),
            ..record.clone()
        };
        if !rows::insert(&change, &record)? {
            counted.known += 1;
            continue;
        }
        counted.added += 1;
        if *is_pinned {
            rows::pin(&change, crate::domain::CommandId(change.last_insert_rowid()), true)?;
        }
    }
    change.commit()?;
    *taken = counted;
    Ok(())
}

/// The commands with all that a store wants to know, and whether each is to be kept for good.
fn records(source: &Source, commands: Vec<Imported>) -> Vec<(CommandRecord, bool)> {
    let name = source.format.name();
    let run = number_of(&["run", name]);
    let place = CommandPlace {
        sandbox: format!("imported-{name}").into(),
        alias: name.into(),
        template: None,
        user: source.user.as_deref().map(RemoteText::from),
        host: "this machine".into(),
    };
    let mut seen: HashMap<(String, i64), u64> = HashMap::new();
    let times = times(source.written, &commands);
    let record = |(imported, started): (Imported, Timestamp)| {
        let origin = imported.origin.map(|origin| *origin);
        let is_foreign = origin.is_none();
        let is_pinned = origin.as_ref().is_some_and(|origin| origin.is_pinned);
        let (key, place, session, pane) = if let Some(origin) = origin {
            (origin.key, origin.place, origin.session, origin.pane)
        } else {
            // Two runs of the same command at the same time, or at none, are told apart by their order.
            let at = imported.started.map_or(0, Timestamp::unix_millis);
            let nth = seen.entry((imported.text.clone(), at)).or_default();
            *nth += 1;
            let number = number_of(&[&imported.text, &at.to_string(), &nth.to_string()]);
            let key = CommandKey { run, number };
            (key, place.clone(), format!("imported-{name}"), 0)
        };
        let record = CommandRecord {
            key,
            text: imported.text.into(),
            place,
            directory: imported.directory.map(RemoteText::from),
            session,
            pane,
            started,
            // Without a time it would count as still running.
            took: imported.took.or(is_foreign.then_some(Duration::ZERO)),
            status: imported.status,
        };
        (record, is_pinned)
    };
    commands.into_iter().zip(times).map(record).collect()
}

/// When each was run. Those without a time lie after the one before them, else before the one that follows, a second
/// apart: only their order is known.
fn times(written: Timestamp, commands: &[Imported]) -> Vec<Timestamp> {
    let mut times: Vec<Option<Timestamp>> = commands.iter().map(|command| command.started).collect();
    let mut next = written;
    for time in times.iter_mut().rev() {
        let at = time.unwrap_or_else(|| Timestamp::from_unix_millis(next.unix_millis().saturating_sub(1000)));
        *time = Some(at);
        next = at;
    }
    times.into_iter().map(Option::unwrap_or_default).collect()
}

/// A number that other texts do not have.
fn number_of(parts: &[&str]) -> u64 {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    let digest = digest.finalize();
    digest[..8]
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CommandQuery;
    use crate::history::parse_history;

    fn source(format: Format) -> Source {
        Source {
            format,
            user: None,
            written: Timestamp::from_unix_millis(100_000),
        }
    }

    #[test]
    fn a_file_that_has_grown_adds_what_is_new() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x").join("history.db");
        let import = |text: &str| {
            let commands = parse_history(text.as_bytes(), Format::Bash);
            take_in(
                &path,
                &Screen::new(&["^skip".to_owned()]),
                &source(Format::Bash),
                commands,
            )
            .unwrap()
        };
        let first = import("ls\nmysql -phunter2\nls\n secret\nskip me\n");
        assert_eq!((first.added, first.known, first.ignored), (3, 0, 2));
        let again = import("ls\nmysql -phunter2\nls\npwd\n");
        assert_eq!((again.added, again.known, again.ignored), (1, 3, 0));
        let opened = open_store(&path).unwrap();
        let query = CommandQuery {
            limit: 10,
            ..CommandQuery::default()
        };
        let texts: Vec<String> = rows::list(&opened.connection, &query)
            .unwrap()
            .into_iter()
            .map(|command| command.record.text.unescaped().to_owned())
            .collect();
        assert_eq!(texts.len(), 4);
        assert!(texts.contains(&"mysql -p[redacted]".to_owned()), "{texts:?}");
    }

    #[test]
    fn commands_without_a_time_keep_their_order() {
        let commands = parse_history(b"a\nb\n#50\nc\n", Format::Bash);
        let times: Vec<i64> = times(Timestamp::from_unix_millis(100_000), &commands)
            .into_iter()
            .map(Timestamp::unix_millis)
            .collect();
        assert_eq!(times, [48_000, 49_000, 50_000]);
    }
}

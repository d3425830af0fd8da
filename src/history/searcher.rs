//! The one thread that searches. It reads the store into memory when it is first asked, follows what is written since,
//! and answers the newest question only: what was asked before it is not wanted any more.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Row};

use super::index::{Entry, Index};
use super::rows;
use crate::domain::{CommandPage, CommandQuery};

/// So many commands are read between two looks whether somebody asks.
const CHUNK: usize = 20_000;

/// One question.
pub(super) struct Search {
    /// Counts the questions.
    pub(super) number: u64,
    pub(super) query: CommandQuery,
    /// Takes the answer. Called again when more of the store has been read.
    pub(super) reply: Box<dyn Fn(CommandPage) + Send>,
}

/// The thread's state.
pub(super) struct Searcher {
    path: PathBuf,
    connection: Option<Connection>,
    index: Index,
    /// Everything up to this number has been read.
    newest: i64,
    /// Everything from this number on has been read; 0 when that is all.
    oldest: i64,
    deletions: i64,
    /// Commands that ran when they were read.
    running: Vec<i64>,
    latest: Arc<AtomicU64>,
}

impl Searcher {
    pub(super) fn new(path: PathBuf, latest: Arc<AtomicU64>) -> Self {
        Self {
            path,
            connection: None,
            index: Index::default(),
            newest: 0,
            oldest: 0,
            deletions: 0,
            running: Vec::new(),
            latest,
        }
    }

    /// Answers until nobody is left to ask.
    pub(super) fn run(mut self, questions: &Receiver<Search>) {
        while let Ok(mut question) = questions.recv() {
            loop {
                while let Ok(newer) = questions.try_recv() {
                    question = newer;
                }
                let is_whole = match self.answer(&question) {
                    Ok(is_whole) => is_whole,
                    Err(error) => {
                        self.connection = None;
                        (question.reply)(CommandPage {
                            trouble: Some(format!("the history cannot be read: {error}")),
                            ..CommandPage::default()
                        });
                        true
                    }
                };
                if is_whole {
                    break;
                }
                // Reads on, and answers again with more.
                if let Err(error) = self.read_older() {
                    tracing::warn!(%error, "the history cannot be read on");
                    break;
                }
            }
        }
    }

    /// Whether the answer is whole: everything has been read.
    fn answer(&mut self, question: &Search) -> rusqlite::Result<bool> {
        self.follow()?;
        let (latest, number) = (Arc::clone(&self.latest), question.number);
        let is_wanted = move || latest.load(Ordering::Relaxed) == number;
        let Some(found) = self.index.search(&question.query, &is_wanted) else {
            return Ok(true);
        };
        let Some(connection) = &self.connection else {
            return Ok(true);
        };
        let mut page = CommandPage {
            searched: found.searched,
            is_loading: self.oldest > 0,
            ..CommandPage::default()
        };
        for id in found.ids {
            page.found.extend(rows::get(connection, id)?);
        }
        let is_whole = !page.is_loading;
        (question.reply)(page);
        Ok(is_whole)
    }

    /// Takes in what has been written since, by whomever.
    fn follow(&mut self) -> rusqlite::Result<()> {
        let connection = if let Some(connection) = &self.connection {
            connection
        } else {
            let connection = Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            connection.busy_timeout(Duration::from_secs(5))?;
            self.index = Index::default();
            self.connection.insert(connection)
        };
        let deletions = rows::deletions(connection)?;
        if self.index.is_empty() || deletions != self.deletions {
            self.index = Index::default();
            self.running.clear();
            self.deletions = deletions;
            let newest: Option<i64> = connection.query_row("SELECT max(id) FROM command", [], |row| row.get(0))?;
            self.newest = newest.unwrap_or(0);
            self.oldest = self.newest + 1;
            return self.read_older();
        }
        let from = self.newest + 1;
        read(
            connection,
            ("id >= ?1", from, usize::MAX),
            &mut self.index,
            &mut self.running,
        )?
        .into_iter()
        .for_each(|(_, newest)| self.newest = newest);
        self.follow_running()
    }

    fn follow_running(&mut self) -> rusqlite::Result<()> {
        let Some(connection) = &self.connection else {
            return Ok(());
        };
        let mut still = Vec::new();
        for id in std::mem::take(&mut self.running) {
            match rows::get(connection, id)? {
                Some(command) if command.record.took.is_none() => still.push(id),
                Some(command) => self
                    .index
                    .set_failure(id, command.record.status.is_some_and(|status| status != 0)),
                None => {}
            }
        }
        self.running = still;
        Ok(())
    }

    /// Reads the next part, from newer to older.
    fn read_older(&mut self) -> rusqlite::Result<()> {
        let Some(connection) = &self.connection else {
            return Ok(());
        };
        let range = ("id < ?1", self.oldest, CHUNK);
        let read = read(connection, range, &mut self.index, &mut self.running)?;
        self.oldest = match read {
            Some((oldest, _)) if oldest > 1 => oldest,
            _ => 0,
        };
        Ok(())
    }
}

/// Reads all commands.
pub(super) fn read_all(connection: &Connection, index: &mut Index) -> rusqlite::Result<()> {
    read(connection, ("id < ?1", i64::MAX, usize::MAX), index, &mut Vec::new())?;
    Ok(())
}

/// Reads commands, the newest first. Answers the numbers of the oldest and of the newest.
fn read(
    connection: &Connection,
    (condition, bound, most): (&str, i64, usize),
    index: &mut Index,
    running: &mut Vec<i64>,
) -> rusqlite::Result<Option<(i64, i64)>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT command.id, text, started, status, took, sandbox, alias, template, directory, session
         FROM command JOIN place ON place.id = command.place
         WHERE command.{condition} ORDER BY command.id DESC LIMIT ?2"
    ))?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut found = statement.query([bound, most])?;
    let mut ends = None;
    while let Some(row) = found.next()? {
        let id: i64 = row.get(0)?;
        ends = Some((id, ends.map_or(id, |(_, newest)| newest)));
        if row.get_ref(4)? == rusqlite::types::ValueRef::Null && running.len() < CHUNK && is_recent(row)? {
            running.push(id);
        }
        add(row, id, index)?;
    }
    Ok(ends)
}

/// A command that has run for a week is one whose end nobody has seen.
fn is_recent(row: &Row<'_>) -> rusqlite::Result<bool> {
    let started: i64 = row.get(2)?;
    let now = crate::domain::Timestamp::from(std::time::SystemTime::now());
    Ok(now.unix_millis() - started < 7 * 86_400_000)
}

fn add(row: &Row<'_>, id: i64, index: &mut Index) -> rusqlite::Result<()> {
    let text = |column: usize| row.get_ref(column).map(|value| value.as_str().unwrap_or_default());
    let maybe = |column: usize| row.get_ref(column).map(|value| value.as_str().ok());
    let started: i64 = row.get(2)?;
    index.add(&Entry {
        id,
        text: text(1)?,
        started: (started / 1000).clamp(0, i64::from(u32::MAX)) as u32,
        is_failure: row.get::<_, Option<i64>>(3)?.is_some_and(|status| status != 0),
        place: (text(5)?, text(6)?, maybe(7)?),
        directory: maybe(8)?,
        session: text(9)?,
    });
    Ok(())
}

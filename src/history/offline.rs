//! The store without its threads, for commands that look once and end. Others may be writing meanwhile.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::HistoryError;
use super::index::Index;
use super::opening::{Opened, open_store};
use super::rows::{self, Statistics};
use super::searcher::read_all;
use super::store::Forget;
use super::writer::{empty_log, forget, ids_to_forget};
use crate::domain::{CommandQuery, KeptCommand};

/// A store that was there already.
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    connection: Connection,
    is_read_only: bool,
    /// Where a damaged file was put, if the store was one.
    pub moved_aside: Option<PathBuf>,
}

impl Archive {
    /// Opens the store at this path; `None` if nothing was ever remembered there. Makes none.
    pub fn open(path: &Path) -> Result<Option<Self>, HistoryError> {
        if !path.exists() {
            return Ok(None);
        }
        let Opened {
            connection,
            moved_aside,
            is_read_only,
        } = open_store(path)?;
        Ok(Some(Self {
            path: path.to_owned(),
            connection,
            is_read_only,
            moved_aside,
        }))
    }

    fn tell(&self, error: rusqlite::Error) -> HistoryError {
        HistoryError::Database(self.path.clone(), error)
    }

    /// The newest commands that a query asks for, the newest first. Its text does not count.
    pub fn list(&self, query: &CommandQuery) -> Result<Vec<KeptCommand>, HistoryError> {
        rows::list(&self.connection, query).map_err(|error| self.tell(error))
    }

    /// Hands on what a query asks for, the newest first, as long as it is wanted. Its text and limit do not count.
    pub fn visit(&self, query: &CommandQuery, take: impl FnMut(KeptCommand) -> bool) -> Result<(), HistoryError> {
        rows::visit(&self.connection, query, take).map_err(|error| self.tell(error))
    }

    /// What a query finds, the best first, each text once, as the History panel does.
    pub fn search(&self, query: &CommandQuery) -> Result<Vec<KeptCommand>, HistoryError> {
        let search = || -> rusqlite::Result<Vec<KeptCommand>> {
            let mut index = Index::default();
            read_all(&self.connection, &mut index)?;
            let found = index.search(query, &|| true).unwrap_or_default();
            let mut commands = Vec::new();
            for id in found.ids {
                commands.extend(rows::get(&self.connection, id)?);
            }
            Ok(commands)
        };
        search().map_err(|error| self.tell(error))
    }

    /// Counts.
    pub fn statistics(&self) -> Result<Statistics, HistoryError> {
        rows::statistics(&self.connection).map_err(|error| self.tell(error))
    }

    /// How many commands would be forgotten.
    pub fn count(&self, which: &Forget) -> Result<usize, HistoryError> {
        let ids = ids_to_forget(&self.connection, which).map_err(|error| self.tell(error))?;
        Ok(ids.len())
    }

    /// Forgets commands: they are gone from the file when this returns. Answers how many they were.
    pub fn forget(&mut self, which: &Forget) -> Result<usize, HistoryError> {
        if self.is_read_only {
            return Err(HistoryError::Newer(self.path.clone()));
        }
        let mut work = || -> rusqlite::Result<usize> {
            let change = self
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            let count = forget(&change, which)?;
            change.commit()?;
            empty_log(&self.connection);
            Ok(count)
        };
        work().map_err(|error| HistoryError::Database(self.path.clone(), error))
    }
}

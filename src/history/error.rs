//! Why the store of commands cannot do something.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::domain::{Failure, FailureKind, RemoteText};

/// What went wrong with the store.
#[derive(Debug)]
pub enum HistoryError {
    /// The file or its folder cannot be used.
    File(PathBuf, io::Error),
    /// The database says no.
    Database(PathBuf, rusqlite::Error),
    /// The file was written by a newer e2b-tui.
    Newer(PathBuf),
    /// The folder belongs to somebody else.
    Foreign(PathBuf),
    /// The store's thread has ended.
    Closed,
}

impl HistoryError {
    /// Whether the file itself is broken, so that nothing but another one helps.
    pub(super) fn is_damage(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        matches!(self, Self::Database(_, error)
            if matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase)))
    }

    /// As people see it.
    pub fn to_failure(&self) -> Failure {
        Failure::new(FailureKind::Internal, self.to_string()).hint("`e2b-tui doctor` says which files are in use")
    }
}

fn shown(path: &Path) -> RemoteText {
    RemoteText::new(path.display().to_string())
}

impl fmt::Display for HistoryError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, error) => write!(out, "the history {} cannot be used: {error}", shown(path)),
            Self::Database(path, error) => write!(out, "the history {} cannot be used: {error}", shown(path)),
            Self::Newer(path) => write!(
                out,
                "the history {} was written by a newer e2b-tui: it is read and not written",
                shown(path)
            ),
            Self::Foreign(path) => write!(
                out,
                "{} belongs to another user: commands are not remembered",
                shown(path)
            ),
            Self::Closed => out.write_str("the history is closed"),
        }
    }
}

impl std::error::Error for HistoryError {}

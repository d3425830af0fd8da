//! From a word after `history` to its exit code; where the store is.

use std::path::PathBuf;

use crate::domain::{Failure, FailureKind, RemoteText};
use crate::history::Archive;
use crate::startup::{Context, Folders};

use super::super::output;
use super::arguments::{HistoryArguments, HistoryCommand};
use super::{forgetting, handing_on, showing};

/// Carries out a command.
pub(in super::super) fn run(context: &Context, of: HistoryArguments) -> Result<u8, Failure> {
    match of.what.unwrap_or(HistoryCommand::List(of.list)) {
        HistoryCommand::List(of) => showing::list(context, &of),
        HistoryCommand::Search(of) => showing::search(context, &of),
        HistoryCommand::Stats(of) => showing::statistics(context, &of),
        HistoryCommand::Import(of) => handing_on::import(context, &of),
        HistoryCommand::Export(of) => handing_on::export(context, &of),
        HistoryCommand::Forget(of) => forgetting::forget(context, &of),
    }
}

/// Where the store is, whether it exists or not.
pub(super) fn path(context: &Context) -> Result<PathBuf, Failure> {
    let folders = context.folders.as_ref();
    folders.map(Folders::history_file).ok_or_else(|| {
        Failure::new(
            FailureKind::NotFound,
            "this user has no home, so no command is remembered",
        )
        .hint("set HOME")
    })
}

/// The store, if anything was ever remembered.
pub(super) fn archive(context: &Context) -> Result<Option<Archive>, Failure> {
    let archive = Archive::open(&path(context)?).map_err(|error| error.to_failure())?;
    if let Some(aside) = archive.as_ref().and_then(|archive| archive.moved_aside.as_ref()) {
        let shown = RemoteText::new(aside.display().to_string());
        output::complain(&format!(
            "the history was damaged and is now at {shown}: a new one has begun"
        ));
    }
    Ok(archive)
}

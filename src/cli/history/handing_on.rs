//! `history import` and `export`: between this store, other programs' files and other machines.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::time::SystemTime;

use serde_json::json;

use crate::domain::{Failure, FailureKind, RemoteText, Timestamp};
use crate::history::{Format, Screen, Source, command_json, parse_history, take_in};
use crate::startup::Context;

use super::super::output;
use super::super::sandboxes::json_text;
use super::arguments::{ExportArguments, ImportArguments};
use super::dispatch::{archive, path};
use super::showing::stream;

/// No history file is larger.
const LARGEST: u64 = 1 << 30;

/// Takes a file in.
pub(super) fn import(context: &Context, of: &ImportArguments) -> Result<u8, Failure> {
    let (bytes, written) = read(&of.file)?;
    let name = of.file.file_name().unwrap_or_default().to_string_lossy();
    let format = of
        .format
        .unwrap_or_else(|| Format::guess(&name, &String::from_utf8_lossy(&bytes)));
    let commands = parse_history(&bytes, format);
    if commands.is_empty() && !bytes.iter().all(u8::is_ascii_whitespace) {
        let what = format!("there is no command in {}", shown(&of.file));
        return Err(Failure::new(FailureKind::Usage, what)
            .because(format!("it was read as a file of {}", format.name()))
            .hint("say with --format whose file it is"));
    }
    let ignore = context.settings.tables.history.ignore.clone().unwrap_or_default();
    let source = Source {
        format,
        user: std::env::var("USER").ok().filter(|user| !user.is_empty()),
        written,
    };
    let taken =
        take_in(&path(context)?, &Screen::new(&ignore), &source, commands).map_err(|error| error.to_failure())?;
    if of.json {
        return Ok(output::print(&json_text(&json!({
            "format": format.name(),
            "added": taken.added,
            "known": taken.known,
            "ignored": taken.ignored,
        }))));
    }
    Ok(output::print(&format!(
        "{} commands of {} taken in, {} were known already, {} are not to be kept\n",
        taken.added,
        format.name(),
        taken.known,
        taken.ignored,
    )))
}

fn shown(path: &Path) -> RemoteText {
    RemoteText::new(path.display().to_string())
}

/// What is in a file, and when it was last written.
fn read(path: &Path) -> Result<(Vec<u8>, Timestamp), Failure> {
    let fail = |error: io::Error| {
        let kind = match error.kind() {
            io::ErrorKind::NotFound => FailureKind::NotFound,
            io::ErrorKind::PermissionDenied => FailureKind::Denied,
            _ => FailureKind::Internal,
        };
        Failure::new(kind, format!("cannot read {}", shown(path))).because(error.to_string())
    };
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().lock().take(LARGEST).read_to_end(&mut bytes).map_err(fail)?;
        return Ok((bytes, SystemTime::now().into()));
    }
    let found = fs::metadata(path).map_err(fail)?;
    if found.len() > LARGEST {
        let what = format!("{} is larger than a gigabyte", shown(path));
        return Err(Failure::new(FailureKind::Usage, what).hint("import it in parts"));
    }
    let written = found.modified().unwrap_or_else(|_| SystemTime::now());
    let file = File::open(path).map_err(fail)?;
    file.take(LARGEST).read_to_end(&mut bytes).map_err(fail)?;
    Ok((bytes, written.into()))
}

/// Prints commands as JSON lines, the newest first.
pub(super) fn export(context: &Context, of: &ExportArguments) -> Result<u8, Failure> {
    let Some(archive) = archive(context)? else { return Ok(0) };
    let query = of.filters.query(usize::MAX);
    stream(|put| archive.visit(&query, |command| put(&command_json(&command).to_string())))
        .map_err(|error| error.to_failure())
}

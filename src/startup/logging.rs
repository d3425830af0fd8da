//! The log file: one escaped line for each event, no secrets, readable by its owner alone.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Mutex, OnceLock};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt, reload};

use crate::config::LogLevel;

use super::create_private_folder;

/// A log that has grown beyond this is put aside at the next start; one older log is kept.
const SIZE_LIMIT: u64 = 4 * 1024 * 1024;

/// Which events go into the file, once there is one.
static FILTER: OnceLock<reload::Handle<Targets, Registry>> = OnceLock::new();

/// Sends what is logged from now on to a file. Called again, it only changes how much that is.
pub fn start_log(path: &Path, level: LogLevel) -> io::Result<()> {
    let level = match level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    // What libraries say at the finer levels holds headers and bodies, and with them tokens and keystrokes.
    let filter = Targets::new()
        .with_target("e2b_tui", level)
        .with_default(level.min(LevelFilter::WARN));
    if let Some(handle) = FILTER.get() {
        return handle.reload(filter).map_err(io::Error::other);
    }
    if level == LevelFilter::OFF {
        return Ok(());
    }
    let file = open(path)?;
    let (filter, handle) = reload::Layer::new(filter);
    let lines = fmt::layer()
        .with_ansi(false)
        .with_writer(Mutex::new(EscapedLines(file)))
        .with_filter(filter);
    // Somebody else's log in the same process (a test's) is left alone.
    if tracing_subscriber::registry().with(lines).try_init().is_ok() {
        let _ = FILTER.set(handle);
    }
    Ok(())
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        create_private_folder(folder)?;
    }
    if fs::metadata(path).is_ok_and(|found| found.len() > SIZE_LIMIT) {
        fs::rename(path, path.with_extension("log.old"))?;
    }
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

/// Writes each event as one line, with whatever would act on a terminal or look like another line made visible.
struct EscapedLines<W>(W);

impl<W: Write> Write for EscapedLines<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let mut line = crate::domain::RemoteText::new(text).escaped();
        line.push('\n');
        // In one piece: several instances append to the same file.
        self.0.write_all(line.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_whatever_is_in_it() {
        let mut written = Vec::new();
        let event = "WARN x: a\nERROR forged\r\x1b[2J\u{202e}\n";
        EscapedLines(&mut written).write_all(event.as_bytes()).unwrap();
        let line = String::from_utf8(written).unwrap();
        assert_eq!(line, "WARN x: a\\nERROR forged\\r\\u{1b}[2J\\u{202e}\n");
    }

    #[test]
    fn a_long_log_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("e2b-tui.log");
        File::create(&path).unwrap().set_len(SIZE_LIMIT + 1).unwrap();
        open(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), 0);
        assert!(folder.path().join("e2b-tui.log.old").exists());
    }
}

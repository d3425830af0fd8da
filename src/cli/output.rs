//! What goes to standard output and standard error, and which exit code it comes to.

use std::io::{self, Write};
use std::time::Duration;

use crate::domain::Failure;

/// The exit code of a program whose reader went away, as shells see it (128 + SIGPIPE).
pub(super) const BROKEN_PIPE: u8 = 141;

/// Prints a text and answers the exit code: 0, or that of a reader that went away.
pub(super) fn print(text: &str) -> u8 {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => 0,
        Err(error) => cannot_write(&error),
    }
}

/// Says why standard output cannot be written, quietly if its reader just went away, and answers the exit code.
pub(super) fn cannot_write(error: &io::Error) -> u8 {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return BROKEN_PIPE;
    }
    complain(&format!("cannot write to standard output: {error}"));
    1
}

/// A duration for JSON: milliseconds, to the microsecond.
pub(super) fn milliseconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}

/// Prints a failure and answers its exit code.
pub(super) fn report(failure: &Failure) -> u8 {
    tracing::info!(%failure, "reported");
    complain(&failure.to_string());
    failure.kind.exit_code()
}

/// Prints a line to standard error. Each line gets our name in front. Without a reader it is dropped.
pub(super) fn complain(text: &str) {
    let mut lines = String::new();
    for line in text.lines() {
        lines.push_str("e2b-tui: ");
        lines.push_str(line);
        lines.push('\n');
    }
    let _ = io::stderr().lock().write_all(lines.as_bytes());
}

//! The one line that says how far a copy is, on a terminal only. No control sequences: a return, and blanks over what was
//! longer.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::time::Instant;

use crate::domain::{Bytes, Rate, TransferProgress, cell_width, clip};
use crate::host::terminal_size;

/// The line. Without a terminal it stays empty.
pub(super) struct ProgressLine {
    began: Instant,
    rate: Rate,
    /// How many columns are written; `None` if nobody looks.
    width: Option<u16>,
}

impl ProgressLine {
    /// An empty one. Quick work needs none, so it shows only after a moment.
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            rate: Rate::default(),
            width: io::stderr().is_terminal().then_some(0),
        }
    }

    /// Shows how far it is.
    pub(super) fn show(&mut self, of: &TransferProgress) {
        let elapsed = self.began.elapsed();
        self.rate.note(elapsed, of.bytes_done);
        if elapsed.as_millis() > 400 {
            let text = describe(of, self.rate.per_second());
            self.write(&text);
        }
    }

    /// Takes it away, so that other lines can be written.
    pub(super) fn clear(&mut self) {
        if self.width.is_some_and(|width| width > 0) {
            self.write("");
        }
    }

    fn write(&mut self, text: &str) {
        let Some(before) = self.width else { return };
        let columns = terminal_size().cols().saturating_sub(1);
        let text = clip(text, columns);
        let width = cell_width(&text);
        let blanks = " ".repeat(usize::from(before.saturating_sub(width)));
        let line = format!("\r{text}{blanks}{}", if width == 0 { "\r" } else { "" });
        let _ = io::stderr().lock().write_all(line.as_bytes());
        self.width = Some(width);
    }
}

/// `12 of 340 files  34M of 1.2G  56M/s  0:21 left  name`
fn describe(of: &TransferProgress, rate: Option<u64>) -> String {
    let more = if of.is_looking { "+" } else { "" };
    let mut text = format!(
        "{} of {}{more} files  {} of {}{more}",
        of.files_done,
        of.files_found,
        Bytes(of.bytes_done),
        Bytes(of.bytes_found)
    );
    if let Some(rate) = rate {
        let _ = write!(text, "  {}/s", Bytes(rate));
        if !of.is_looking && rate > 0 {
            let left = of.bytes_found.saturating_sub(of.bytes_done) / rate;
            let _ = write!(text, "  {}:{:02} left", left / 60, left % 60);
        }
    }
    let _ = write!(text, "  {}", of.current);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_far_it_is() {
        let mut progress = TransferProgress {
            files_done: 1,
            files_found: 2,
            bytes_done: 1 << 20,
            bytes_found: 3 << 20,
            is_looking: true,
            current: "a\nb".into(),
        };
        assert_eq!(describe(&progress, None), "1 of 2+ files  1.0M of 3.0M+  a\\nb");
        progress.is_looking = false;
        assert_eq!(
            describe(&progress, Some(1 << 20)),
            "1 of 2 files  1.0M of 3.0M  1.0M/s  0:02 left  a\\nb"
        );
    }
}

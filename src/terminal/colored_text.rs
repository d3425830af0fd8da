//! All that a terminal holds as text with its colours, for a file. What only we know of a cell (strike, links) is left out.

use std::fmt;

use super::emulator::Emulator;
use super::machine::{FILLER, STAND_IN, is_marker};

impl Emulator {
    /// Every line from the oldest to the newest that is not blank, wrapped ones in one piece, with the sequences (SGR) that
    /// give them their colours, and no others.
    pub fn colored_text(&self) -> String {
        let mut kept = Kept::default();
        let mut state = vt100::capture::BasicFormattedCaptureState::new();
        let range = vt100::capture::BasicFormattedCaptureRange::Full(&mut state);
        // The sink never fails.
        let _ = self
            .grid()
            .parser()
            .screen()
            .write_contents_formatted_basic(&mut kept, range);
        kept.text.truncate(kept.text.trim_end().len());
        kept.text
    }

    /// What the screen shows, as output that makes an empty screen of the same size show it, cursor included.
    pub fn screen_output(&self) -> String {
        let mut kept = Kept::default();
        let range = vt100::capture::BasicFormattedCaptureRange::Visible;
        let _ = self
            .grid()
            .parser()
            .screen()
            .write_contents_formatted_basic(&mut kept, range);
        let (row, col) = self.grid().screen().cursor_position();
        let text = kept.text.trim_end().replace('\n', "\r\n");
        let alternate = if self.is_alternate_screen() { "\x1b[?1049h" } else { "" };
        format!("{alternate}\x1b[2J\x1b[H{text}\x1b[m\x1b[{};{}H", row + 1, col + 1)
    }
}

/// The text without what stands for something of ours.
#[derive(Default)]
struct Kept {
    text: String,
    /// The sequences that are in force, and one that is being written.
    look: String,
    sequence: Option<String>,
}

impl Kept {
    /// A line that ends in colour would give its background to the next one where a terminal scrolls.
    fn end_line(&mut self) {
        if !self.look.is_empty() {
            self.text.push_str("\x1b[m");
        }
        self.text.push('\n');
        self.text.push_str(&self.look);
    }

    fn add_to_sequence(&mut self, letter: char) {
        let Some(sequence) = &mut self.sequence else { return };
        sequence.push(letter);
        if letter == 'm' {
            self.text.push_str(sequence);
            if sequence == "\x1b[m" {
                self.look.clear();
            } else {
                self.look.push_str(sequence);
            }
            self.sequence = None;
        }
    }
}

impl fmt::Write for Kept {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            match letter {
                _ if self.sequence.is_some() => self.add_to_sequence(letter),
                '\x1b' => self.sequence = Some(String::from(letter)),
                '\n' => self.end_line(),
                STAND_IN => self.text.push('\u{fffd}'),
                FILLER => {}
                _ if is_marker(letter) => {}
                _ => self.text.push(letter),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::GridSize;
    use crate::terminal::Limits;

    fn fed(text: &str) -> Emulator {
        let mut emulator = Emulator::new(GridSize::new(10, 3), Limits::default());
        emulator.feed(text.as_bytes(), Duration::ZERO);
        emulator
    }

    fn shown(emulator: &Emulator) -> Vec<String> {
        let mut cells = Vec::new();
        emulator.draw(|row, col, cell| cells.push(format!("{row},{col} {cell:?}")));
        cells
    }

    #[test]
    fn what_was_written_out_and_is_fed_again_looks_the_same() {
        let text = "\x1b[31mred\x1b[m plain and wrapped\r\n\x1b[1;44m日本\x1b[m\r\nthree\r\nfour\x1b[2;3H";
        let first = fed(text);
        let written = first.colored_text();
        assert!(
            written.starts_with("\x1b[") && written.contains("plain and wrapped\n"),
            "{written:?}"
        );
        let again = fed(&written.replace('\n', "\r\n"));
        assert_eq!(again.text_rows(), first.text_rows());
        assert_eq!(shown(&again), shown(&first));
    }

    #[test]
    fn a_screen_is_brought_about_with_its_cursor() {
        for text in [
            "a\r\n\x1b[32mb\x1b[m\x1b[1;5H",
            "a\x1b[?1049h\x1b[2;2Hx",
            "\x1b]0;title\x07\x1b[9mstruck",
            "",
        ] {
            let first = fed(text);
            let again = fed(&first.screen_output());
            assert_eq!(
                again.cursor().map(|at| (at.row, at.col)),
                first.cursor().map(|at| (at.row, at.col))
            );
            assert_eq!(again.text_rows(), first.text_rows());
            assert_eq!(again.is_alternate_screen(), first.is_alternate_screen());
        }
    }
}

//! What was typed at a prompt, line by line, and where it stands.

use std::time::Duration;

use super::typed_line::TypedLine;
use crate::terminal::text_lines::Spot;

/// What was typed at the prompt.
#[derive(Default)]
pub(super) struct PromptInput {
    /// Where the present line begins.
    pub(super) from: Option<Spot>,
    /// Where the first one does.
    pub(super) first: Option<Spot>,
    /// The lines before it, as they stand on the screen.
    pub(super) lines: Vec<String>,
    /// Whether one of them is not what was typed, so that nobody knows what runs.
    pub(super) is_unreadable: bool,
    /// The keys of the present line.
    pub(super) typed: TypedLine,
    /// When the first line feed after Enter came, and the first line of output: for shells that do not say it.
    pub(super) entered: Option<(Duration, Option<u64>)>,
}

impl PromptInput {
    /// A line was entered; `shown` is what stands on the screen.
    pub(super) fn read_line(&mut self, shown: Option<String>, has_line_editor: bool) {
        match shown.filter(|shown| self.typed.explains(shown, has_line_editor)) {
            Some(line) => self.lines.push(line),
            None => self.is_unreadable = true,
        }
        self.from = None;
    }

    /// Whether nothing but Enter was pressed.
    pub(super) fn is_empty(&self) -> bool {
        !self.is_unreadable && self.lines.iter().all(|line| line.trim().is_empty())
    }

    /// The command, if it can be read and may be kept.
    pub(super) fn command(&self) -> Option<String> {
        let text = self.lines.join("\n");
        let is_kept = !self.is_unreadable && !text.starts_with(char::is_whitespace) && !text.starts_with('#');
        is_kept.then_some(text)
    }
}

//! `[history]`: which commands are remembered, and for how long.

use super::document::{Document, Section};

/// The keys of `[history]`.
const KEYS: [&str; 6] = [
    "enabled",
    "shell_integration",
    "ignore",
    "keep_days",
    "keep_commands",
    "run_on_enter",
];

/// What stands in `[history]`. `None` is what it does not mention.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryTable {
    /// Whether commands are remembered.
    pub enabled: Option<bool>,
    /// Whether shells are started so that they report their prompts and commands.
    pub shell_integration: Option<bool>,
    /// Regular expressions: a command that one of them matches is not remembered.
    pub ignore: Option<Vec<String>>,
    /// Commands are forgotten after so many days; 0: never.
    pub keep_days: Option<usize>,
    /// No more commands are kept than this; 0: all.
    pub keep_commands: Option<usize>,
    /// Whether Enter in the list of commands runs the command instead of putting it into the shell for editing.
    pub run_on_enter: Option<bool>,
}

impl HistoryTable {
    /// Whether commands are remembered.
    pub fn is_enabled(&self) -> bool {
        self.enabled.unwrap_or(true)
    }

    /// Whether shells are started so that they report.
    pub fn has_shell_integration(&self) -> bool {
        self.shell_integration.unwrap_or(true)
    }

    /// Whether Enter runs what is chosen.
    pub fn runs_on_enter(&self) -> bool {
        self.run_on_enter.unwrap_or(false)
    }
}

pub(super) fn history<'i>(document: &mut Document<'i>, top: &Section<'_, 'i>) -> HistoryTable {
    let Some(table) = document.table(top, "history") else {
        return HistoryTable::default();
    };
    document.check_keys(&table, &KEYS);
    HistoryTable {
        enabled: document.flag(&table, "enabled"),
        shell_integration: document.flag(&table, "shell_integration"),
        ignore: ignore(document, &table),
        keep_days: document.number(&table, "keep_days", 0..36_501),
        keep_commands: document.number(&table, "keep_commands", 0..100_000_001),
        run_on_enter: document.flag(&table, "run_on_enter"),
    }
}

fn ignore<'i>(document: &mut Document<'i>, table: &Section<'_, 'i>) -> Option<Vec<String>> {
    let patterns = document.strings(table, "ignore")?;
    let (_, span) = table.keys().find(|(name, _)| name == "ignore")?;
    for pattern in &patterns {
        if regex::Regex::new(pattern).is_err() {
            let pattern = pattern.escape_debug();
            document.report(&span, format!("`history.ignore`: `{pattern}` is no regular expression"));
        }
    }
    Some(patterns)
}

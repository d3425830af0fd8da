//! The actions of the History panel, with their keys. Data only.

use crate::app::action::{Action, ActionInfo, Needs, Section};
use crate::app::action_table::row;

use super::PanelKind;

/// One thing to do with remembered commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HistoryAction {
    /// Run it in the shell at once.
    Run,
    /// Run it in other sandboxes.
    RunIn,
    /// Show those of another scope.
    Scope,
    /// Show only those that failed, or all.
    FailedOnly,
    /// Show only those of this directory, or all.
    HereOnly,
    /// Show only those of the last day, or all.
    TodayOnly,
    /// Forget it.
    Forget,
    /// Keep it when others are forgotten for their age.
    Pin,
    /// Go to its output.
    Output,
}

const fn own(
    action: HistoryAction,
    words: (&'static str, &'static str, &'static str),
    keys: &'static [&'static str],
) -> ActionInfo {
    let kind = PanelKind::History;
    row(
        Action::History(action),
        words,
        (Section::OnePanel(kind), Needs::Panel(kind)),
        keys,
    )
}

/// Their rows of the action table.
#[rustfmt::skip]
pub const HISTORY_ACTIONS: &[ActionInfo] = &[
    own(HistoryAction::Run, ("history-run", "Run", "Runs the command in the shell at once."), &["x"]),
    own(HistoryAction::RunIn, ("history-run-in", "Run in sandboxes", "Runs the command in sandboxes, each in a new tab."), &["X"]),
    own(HistoryAction::Scope, ("history-scope", "Scope", "Everywhere, this sandbox, template or shell."), &["o"]),
    own(HistoryAction::FailedOnly, ("history-failed", "Failed only", "Shows only what failed, or all."), &["f"]),
    own(HistoryAction::HereOnly, ("history-here", "This directory", "Shows only what was run in this directory, or all."), &["d"]),
    own(HistoryAction::TodayOnly, ("history-today", "Last 24 hours", "Shows only what was run since yesterday, or all."), &["t"]),
    own(HistoryAction::Forget, ("history-forget", "Forget", "Forgets the command; asks first."), &["D"]),
    own(HistoryAction::Pin, ("history-pin", "Keep", "Keeps it when others go for their age, or no longer."), &["p"]),
    own(HistoryAction::Output, ("history-output", "Output", "Goes to its output, if a pane still has it."), &["v"]),
];

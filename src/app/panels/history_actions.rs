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
    /// Show those of another span of time.
    Time,
    /// Forget it.
    Forget,
    /// Forget those that match a pattern.
    ForgetMatching,
    /// Forget those of its sandbox.
    ForgetSandbox,
    /// Forget all.
    ForgetAll,
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
    own(HistoryAction::Time, ("history-time", "Time", "Shows all, the last hour, day, week or month."), &["t"]),
    own(HistoryAction::Forget, ("history-forget", "Forget", "Forgets the command; asks first."), &["D"]),
    own(HistoryAction::ForgetMatching, ("history-forget-matching", "Forget matching …", "Forgets all that a pattern matches; asks first."), &["F m"]),
    own(HistoryAction::ForgetSandbox, ("history-forget-sandbox", "Forget sandbox", "Forgets all of its sandbox; asks for the name."), &["F s"]),
    own(HistoryAction::ForgetAll, ("history-forget-all", "Forget everything", "Forgets all commands of all sandboxes; asks first."), &["F a"]),
    own(HistoryAction::Pin, ("history-pin", "Keep", "Keeps it when others go for their age, or no longer."), &["p"]),
    own(HistoryAction::Output, ("history-output", "Output", "Goes to its output, if a pane still has it."), &["v"]),
];

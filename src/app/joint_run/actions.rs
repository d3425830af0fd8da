//! The actions about commands on many sandboxes. Data only.

use crate::app::action::{Action, ActionInfo, Needs, Section};
use crate::app::action_table::row;

/// One thing to do with a command on many sandboxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunAction {
    /// Ask for a command, and run it on those that are marked, or on all that are open.
    Ask,
    /// Show what the last one answered.
    Show,
}

const fn own(
    action: RunAction,
    words: (&'static str, &'static str, &'static str),
    keys: &'static [&'static str],
) -> ActionInfo {
    row(Action::Run(action), words, (Section::Workbench, Needs::Nothing), keys)
}

/// Their rows of the action table.
#[rustfmt::skip]
pub const RUN_ACTIONS: &[ActionInfo] = &[
    own(RunAction::Ask, ("run", "Run on sandboxes …", "Runs a command on marked sandboxes, else on all open."), &["prefix g r"]),
    own(RunAction::Show, ("run-answers", "Answers of the last run", "Shows what the sandboxes answered, equal answers once."), &["prefix g R"]),
];

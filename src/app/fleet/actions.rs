//! What the user can ask of the platform for the sandbox in front. Data only; `update` asks back where something is lost.

use crate::app::action::{Action, ActionInfo, Needs, Section};
use crate::app::action_table::row;

/// One thing to do with a sandbox of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FleetAction {
    /// Give it more life.
    Extend,
    /// Extend its life by itself from now on, or no longer.
    KeepAlive,
    /// Put it to sleep.
    Pause,
    /// Wake it.
    Resume,
    /// End it for good.
    Kill,
    /// Copy it and show the copy beside it.
    Fork,
    /// Save its state.
    Snapshot,
    /// Make another one of its saved state, in the same layout.
    Again,
    /// Make another one that takes its place.
    Succeed,
    /// Show everything about it, and its log.
    Details,
    /// Make a new one.
    Create,
}

const fn own(
    action: FleetAction,
    words: (&'static str, &'static str, &'static str),
    keys: &'static [&'static str],
) -> ActionInfo {
    row(Action::Fleet(action), words, (Section::Sandbox, Needs::Nothing), keys)
}

/// Their rows of the action table.
#[rustfmt::skip]
pub const FLEET_ACTIONS: &[ActionInfo] = &[
    own(FleetAction::Extend, ("extend-life", "Extend life", "Gives the pane's sandbox an hour from now, or more."), &["prefix +"]),
    own(FleetAction::KeepAlive, ("keep-alive", "Keep alive", "Extends the sandbox's life while we run, or stops it."), &[]),
    own(FleetAction::Pause, ("pause-sandbox", "Pause sandbox", "Puts the pane's sandbox to sleep; asks first."), &[]),
    own(FleetAction::Resume, ("resume-sandbox", "Resume sandbox", "Wakes the pane's sandbox from a pause; asks first."), &[]),
    own(FleetAction::Fork, ("fork-sandbox", "Fork sandbox", "Copies the sandbox and shows the copy beside it."), &[]),
    own(FleetAction::Snapshot, ("snapshot-sandbox", "Save snapshot", "Saves the sandbox's state, to make others of it."), &[]),
    own(FleetAction::Again, ("sandbox-from-snapshot", "New from snapshot", "Saves the sandbox and makes a new one of that."), &[]),
    own(FleetAction::Succeed, ("replace-sandbox", "Replace sandbox", "Makes another one, of what you choose, in its place."), &["prefix C"]),
    own(FleetAction::Details, ("sandbox-details", "Details and log", "Shows all about the sandbox, and follows its log."), &["prefix i"]),
    own(FleetAction::Kill, ("kill-sandbox", "Kill sandbox", "Ends the pane's sandbox for good; asks first."), &[]),
    own(FleetAction::Create, ("create-sandbox", "Create sandbox", "Makes a new sandbox on the platform."), &[]),
];

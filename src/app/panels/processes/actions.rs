//! What can be done in the Processes panel, with its keys. Data only.

use crate::app::action::{Action, ActionInfo, Needs, Section};
use crate::app::action_table::row;
use crate::app::panels::PanelKind;

/// One thing to do with processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProcessesAction {
    /// A tree, or a flat list.
    Flat,
    /// The kernel's threads and our own helper as well, or not.
    All,
    /// Only what is below this process, or everything again.
    Below,
    /// Ask them to end.
    Terminate,
    /// End them.
    Kill,
    /// Send a signal by name.
    Signal,
    /// Ask a whole tree to end.
    TerminateTree,
    /// Send a signal by name to a whole tree.
    SignalTree,
    /// Set the priority.
    Renice,
    /// A pane on a program that envd has started; the pane that it has already, if it has one.
    Attach,
    /// A shell in the directory of the process, with its variables.
    Shell,
    /// Read on in the file that its output goes to.
    Follow,
    /// Read on in the file that is open under a number.
    FollowFile,
    /// Its sockets, in the Network panel.
    Sockets,
    /// Read the values of its variables, or forget them.
    Values,
}

/// Its rows of the action table.
#[rustfmt::skip]
pub const PROCESSES_ACTIONS: &[ActionInfo] = &[
    own(ProcessesAction::Terminate, ("processes-terminate", "Terminate", "Sends SIGTERM; asks first."), &["x"]),
    own(ProcessesAction::Kill, ("processes-kill", "Kill", "Sends SIGKILL; asks first."), &["X"]),
    own(ProcessesAction::Signal, ("processes-signal", "Signal", "Sends a signal by name."), &["K"]),
    own(ProcessesAction::TerminateTree, ("processes-terminate-tree", "Terminate tree", "Sends SIGTERM to it and all below it; asks first."), &["T"]),
    own(ProcessesAction::SignalTree, ("processes-signal-tree", "Signal tree", "Sends a signal by name to it and all below it."), &["B"]),
    own(ProcessesAction::Renice, ("processes-renice", "Priority", "Sets the priority, -20 first to 19 last."), &["i"]),
    own(ProcessesAction::Flat, ("processes-flat", "Tree or list", "Shows a tree, or a flat list."), &["t"]),
    own(ProcessesAction::All, ("processes-all", "All", "Shows kernel threads and our helper, or hides them."), &["a"]),
    own(ProcessesAction::Below, ("processes-below", "Only this tree", "Shows only what is below it, or everything again."), &["."]),
    own(ProcessesAction::Attach, ("processes-attach", "Attach", "Opens a pane on one of envd's (*), or goes to its (%)."), &["A"]),
    own(ProcessesAction::Shell, ("processes-shell", "Shell there", "Opens a shell in its directory, with its variables."), &["c"]),
    own(ProcessesAction::Follow, ("processes-follow", "Follow output", "Reads on in the file its output goes to."), &["f"]),
    own(ProcessesAction::FollowFile, ("processes-follow-file", "Follow file", "Reads on in a file that it has open, by its number."), &["F"]),
    own(ProcessesAction::Sockets, ("processes-sockets", "Sockets", "Shows its sockets in the Network panel."), &["p"]),
    own(ProcessesAction::Values, ("processes-values", "Variables", "On its page: reads the values of its variables or not."), &["e"]),
];

const fn own(
    action: ProcessesAction,
    words: (&'static str, &'static str, &'static str),
    keys: &'static [&'static str],
) -> ActionInfo {
    let kind = PanelKind::Processes;
    row(
        Action::Processes(action),
        words,
        (Section::OnePanel(kind), Needs::Panel(kind)),
        keys,
    )
}

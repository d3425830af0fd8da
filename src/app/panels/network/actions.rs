//! What can be done in the Network panel, with its keys. Data only.

use crate::app::action::{Action, ActionInfo, Needs, Section};
use crate::app::action_table::row;
use crate::app::panels::PanelKind;

/// One thing to do in the Network panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NetworkAction {
    /// Connections and unix sockets as well, or listeners alone.
    All,
    /// Only the sockets of the process that holds this one, or everything again.
    OfProcess,
    /// The address of the port for everybody, to the clipboard.
    CopyAddress,
    /// The same, in the browser.
    OpenAddress,
    /// Let a port of this machine lead there.
    Forward,
    /// End that.
    EndForward,
}

/// Its rows of the action table.
#[rustfmt::skip]
pub const NETWORK_ACTIONS: &[ActionInfo] = &[
    own(NetworkAction::All, ("network-all", "All", "Shows connections as well, or listeners alone."), &["a"]),
    own(NetworkAction::OfProcess, ("network-of-process", "Of its process", "Shows only the sockets of its process, or all again."), &["p"]),
    own(NetworkAction::CopyAddress, ("network-copy-address", "Copy address", "Copies the port's address for everybody."), &["U"]),
    own(NetworkAction::OpenAddress, ("network-open-address", "Browse", "Opens the port's address in your browser; asks first."), &["o"]),
    own(NetworkAction::Forward, ("network-forward", "Forward", "Lets a port of this machine lead to it."), &["f"]),
    own(NetworkAction::EndForward, ("network-end-forward", "End forward", "Ends a forward and its connections."), &["x"]),
];

const fn own(
    action: NetworkAction,
    words: (&'static str, &'static str, &'static str),
    keys: &'static [&'static str],
) -> ActionInfo {
    let kind = PanelKind::Network;
    row(
        Action::Network(action),
        words,
        (Section::OnePanel(kind), Needs::Panel(kind)),
        keys,
    )
}

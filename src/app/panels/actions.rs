//! The actions that all panels share, with their keys. Data only.

use crate::app::action::{Action, ActionInfo, Needs, Section};
use crate::app::action_table::row;
use crate::app::list::Motion;

use super::PanelKind;

/// One thing to do in whatever panel has the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PanelAction {
    /// Move the cursor.
    Go(Motion),
    /// Open a branch, or go into it.
    Expand,
    /// Close a branch, or go to the one above.
    Collapse,
    /// What Enter does to the row under the cursor.
    Open,
    /// One step back: the filter, the marks, a page; at last, to the panes.
    Back,
    /// Mark the row, or take its mark away.
    Mark,
    /// Take all marks away.
    Unmark,
    /// Sort by the next column.
    Sort,
    /// Sort the other way round.
    Reverse,
    /// Ask for everything anew.
    Refresh,
    /// Put the row's text on the clipboard.
    Copy,
    /// Narrow the list.
    Filter,
    /// Show this panel in the place of the present one.
    Show(PanelKind),
    /// Go to the next panel that is shown, or to the panes.
    GoOn,
    /// Let the panel cover the panes, or no longer.
    Maximise,
    /// Stay at this sandbox whatever pane has the keyboard, or follow again.
    Pin,
    /// Show a second panel below, or take it away.
    Stack,
    /// Move the sidebar to the other side.
    OtherSide,
    /// Make the sidebar wider.
    Wider,
    /// Make the sidebar narrower.
    Narrower,
    /// Show the keys that are valid here.
    Help,
}

const fn own(
    action: PanelAction,
    (name, title, help): (&'static str, &'static str, &'static str),
    keys: &'static [&'static str],
) -> ActionInfo {
    row(
        Action::Panel(action),
        (name, title, help),
        (Section::Panel, Needs::AnyPanel),
        keys,
    )
}

/// Their rows of the action table.
#[rustfmt::skip]
pub const PANEL_ACTIONS: &[ActionInfo] = &[
    own(PanelAction::Go(Motion::Down), ("panel-down", "Down", "One row down."), &["j", "down", "n"]),
    own(PanelAction::Go(Motion::Up), ("panel-up", "Up", "One row up."), &["k", "up", "N"]),
    own(PanelAction::Go(Motion::Top), ("panel-top", "First row", "To the first row."), &["g", "home"]),
    own(PanelAction::Go(Motion::Bottom), ("panel-bottom", "Last row", "To the last row."), &["G", "end"]),
    own(PanelAction::Go(Motion::HalfPageDown), ("panel-half-page-down", "Half page down", "Half a page down."), &["ctrl-d"]),
    own(PanelAction::Go(Motion::HalfPageUp), ("panel-half-page-up", "Half page up", "Half a page up."), &["ctrl-u"]),
    own(PanelAction::Go(Motion::PageDown), ("panel-page-down", "Page down", "A page down."), &["pagedown"]),
    own(PanelAction::Go(Motion::PageUp), ("panel-page-up", "Page up", "A page up."), &["pageup"]),
    own(PanelAction::Expand, ("panel-expand", "Open branch", "Opens a branch, or goes into it."), &["l", "right"]),
    own(PanelAction::Collapse, ("panel-collapse", "Close branch", "Closes a branch, or goes to the one above."), &["h", "left"]),
    own(PanelAction::Open, ("panel-open", "Open", "Opens what the cursor is on."), &["enter"]),
    own(PanelAction::Back, ("panel-back", "Back", "One step back, and at last to the panes."), &["esc"]),
    own(PanelAction::Filter, ("panel-filter", "Filter", "Narrows the list: fuzzy; ! inverts, = is exact."), &["/"]),
    own(PanelAction::Mark, ("panel-mark", "Mark", "Marks the row, or takes its mark away."), &["space"]),
    own(PanelAction::Unmark, ("panel-unmark", "Unmark all", "Takes all marks away."), &["u"]),
    own(PanelAction::Sort, ("panel-sort", "Sort", "Sorts by the next column."), &["s"]),
    own(PanelAction::Reverse, ("panel-reverse", "Reverse", "Sorts the other way round."), &["S"]),
    own(PanelAction::Refresh, ("panel-refresh", "Refresh", "Asks for everything anew."), &["r"]),
    own(PanelAction::Copy, ("panel-copy", "Copy", "Copies what the cursor is on."), &["y"]),
    own(PanelAction::GoOn, ("panel-go-on", "Go on", "Goes to the next panel shown, or to the panes."), &["tab"]),
    own(PanelAction::Maximise, ("panel-maximise", "Maximise", "Lets the panel cover the panes, or no longer."), &["z"]),
    own(PanelAction::Pin, ("panel-pin", "Pin", "Stays at this sandbox, or follows the panes again."), &["P"]),
    own(PanelAction::Stack, ("panel-stack", "Stack", "Shows a second panel below, or takes it away."), &["|"]),
    own(PanelAction::OtherSide, ("panel-other-side", "Other side", "Moves the sidebar to the other side."), &["\\"]),
    own(PanelAction::Wider, ("panel-wider", "Wider", "Makes the sidebar wider."), &[">"]),
    own(PanelAction::Narrower, ("panel-narrower", "Narrower", "Makes the sidebar narrower."), &["<"]),
    own(PanelAction::Help, ("panel-help", "Keys", "Lists the keys that are valid here."), &["?"]),
    own(PanelAction::Show(PanelKind::Sandboxes), ("panel-1", "Sandboxes here", "Shows the sandboxes in this place."), &["1"]),
    own(PanelAction::Show(PanelKind::Processes), ("panel-2", "Processes here", "Shows the processes in this place."), &["2"]),
    own(PanelAction::Show(PanelKind::Files), ("panel-3", "Files here", "Shows the files in this place."), &["3"]),
    own(PanelAction::Show(PanelKind::History), ("panel-4", "History here", "Shows the history in this place."), &["4"]),
    own(PanelAction::Show(PanelKind::Network), ("panel-5", "Network here", "Shows the network in this place."), &["5"]),
    own(PanelAction::Show(PanelKind::Metrics), ("panel-6", "Metrics here", "Shows the metrics in this place."), &["6"]),
];

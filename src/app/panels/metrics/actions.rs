//! What can be done in the Metrics panel, with its keys. Data only.

use crate::app::action::{Action, ActionInfo, Needs, Section};
use crate::app::action_table::row;
use crate::app::panels::PanelKind;

/// One thing to do in the Metrics panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MetricsAction {
    /// A row for each sandbox, or one of them in full.
    Compare,
    /// A shorter span of time.
    Nearer,
    /// A longer one.
    Farther,
}

/// Its rows of the action table.
#[rustfmt::skip]
pub const METRICS_ACTIONS: &[ActionInfo] = &[
    own(MetricsAction::Compare, ("metrics-compare", "Compare", "Shows a row for each sandbox, or one in full."), &["c"]),
    own(MetricsAction::Nearer, ("metrics-nearer", "Shorter span", "Shows a shorter span of time."), &["+", "="]),
    own(MetricsAction::Farther, ("metrics-farther", "Longer span", "Shows a longer span, at last the whole session."), &["-"]),
];

const fn own(
    action: MetricsAction,
    words: (&'static str, &'static str, &'static str),
    keys: &'static [&'static str],
) -> ActionInfo {
    let kind = PanelKind::Metrics;
    row(
        Action::Metrics(action),
        words,
        (Section::OnePanel(kind), Needs::Panel(kind)),
        keys,
    )
}

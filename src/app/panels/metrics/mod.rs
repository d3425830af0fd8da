//! The Metrics panel: what the sandbox that is followed was busy with over a span of time, or one row for each sandbox that is
//! open, to compare them. May import what panels may. Reading order is the order below.

mod actions;

mod lines;

mod panel;

pub use actions::{METRICS_ACTIONS, MetricsAction};
pub use panel::Metrics;

//! What is known of what goes on inside the sandboxes that are open: looks at processes, sockets and load, what they were busy
//! with so far, limits that were passed, and ports of this machine that lead there. Each is asked for once, however many panels
//! show it. Knows no panel and no screen.
//!
//! May import: what `app` may. Reading order is the order below.

mod looks;

mod gauges;
mod limits;

mod forwards;

mod all;

pub use all::{Insight, InsightNews};
pub use forwards::{Forward, ForwardState};
pub use gauges::{Gauge, Measure};
pub use limits::{LimitNews, Limits};
pub use looks::{LookState, Shares, Wish};

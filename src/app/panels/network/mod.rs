//! The Network panel: who listens where, which connections there are, whose they are, and ports of this machine that lead
//! there. May import what panels may. Reading order is the order below.

mod actions;

mod rows;

mod panel;

pub use actions::{NETWORK_ACTIONS, NetworkAction};
pub use panel::Network;

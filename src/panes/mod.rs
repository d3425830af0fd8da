//! Splitting a tab into rectangles. Knows ids and shares, never sessions.
//!
//! May import: `domain`.

mod arrangement;
mod joining;
mod layout;
mod notation;
mod tree;

pub use arrangement::Arrangement;
pub use layout::{Layout, PaneArea};
pub use tree::{Axis, Direction, PaneTree};

//! The shared behaviour of every list: a cursor that stays on its row by key, a filter, marks, and the rows in sight.
//! Knows no panel and no row; whoever owns the rows hands in their keys in the order in which they are shown.

mod filter;
mod rows;

pub use filter::{Filter, Sieve};
pub use rows::{List, Motion};

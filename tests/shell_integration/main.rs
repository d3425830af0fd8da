//! Real shells in the embedded sandbox, started so that they report: what is typed, what is remembered of it.
//!
//! Shells that this machine lacks are named at the end; `.ci/run` installs them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop loudly"
)]

mod forgery;
mod pane;
mod special;
mod table;

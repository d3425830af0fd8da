//! What the fuzzer drives, and the kept inputs and the generated ones in plain tests as well: bytes in, and a panic when
//! something is not as it must be. Nothing here is random: the same bytes make the same exercise.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    dead_code,
    unused_imports,
    reason = "a panic is how an exercise reports; no user takes all of them"
)]

mod checks;
mod files;
mod input;
mod script;
mod taken;
mod terminal;

pub use files::files;
pub use input::input;
pub use script::{Step, script};
pub use terminal::{bytes, shell, terminal};

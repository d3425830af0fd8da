//! Copying files and folders between this machine and a sandbox: bounded, taken up again after a broken link, and never
//! outside the folder that was chosen.
//!
//! May import: the client beside it, `domain`. Reading order is the order below.

mod course;

mod content;
mod download;
mod relay;
mod sending;
mod upload;

mod local_folder;
mod names;
mod part_file;

mod digest;
mod traces;

pub use course::Transfer;
pub use digest::{remote_digest, run_to_end};
pub(in crate::envd) use traces::Traces;

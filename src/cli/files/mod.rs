//! `cp` and `ls`: files of sandboxes from the command line.
//!
//! May import: what the other commands may. Reading order is the order below.

mod arguments;
mod place;

mod copy;
mod list;

mod progress_line;

pub use arguments::{CopyArguments, LsArguments};
pub(super) use copy::run as copy;
pub(super) use list::run as list;

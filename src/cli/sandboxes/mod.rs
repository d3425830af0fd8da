//! The platform from the command line: which sandboxes there are, and what is to become of them. Option names are those of
//! the official CLI.
//!
//! Only commands that say so change a life: `create`, `pause`, `resume`, `kill`, `timeout`, `fork`, `snapshot`.

mod arguments;
mod dispatch;

mod life;
mod list;
mod logs;
mod metrics;
mod snapshots;

mod json;
mod span;
mod table;
mod values;

pub use arguments::{ListArguments, PlatformCommand};
pub(super) use dispatch::{run, with_patience};
pub(super) use json::json_text;
pub(super) use span::parse_span;
pub(super) use table::table;

//! The store of commands on the user's own machine: everything that was run in any pane, on any sandbox, found as one types.
//!
//! The only user of `rusqlite`. May import: `domain`. One thread writes, one searches; nobody else ever waits for the disk.
//! Reading order: `schema` (what is in the file), `opening` (how it is opened, whatever state it is in), `rows` (reading
//! and writing it), `redact` and `screening` (what is not kept), `writer`, `index` and `ranking` (searching in memory),
//! `searcher`, `store` (the handle of all that), `import` (what other programs have kept).

mod best;
mod error;
mod import;
mod index;
mod opening;
mod ranking;
mod redact;
mod rows;
mod schema;
mod screening;
mod searcher;
mod store;
mod writer;

pub use error::HistoryError;
pub use import::{Format, parse_history};
pub use index::Index;
pub use opening::{Opened, open_store};
pub use redact::{REDACTED, redact};
pub use rows::{Statistics, count, delete, list, matching_ids, statistics};
pub use screening::Screen;
pub use store::{Forget, History, HistoryOptions};

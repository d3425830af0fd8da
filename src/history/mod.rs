//! The store of commands on the user's own machine: everything that was run in any pane, on any sandbox, found as one types.
//!
//! The only user of `rusqlite`. May import: `domain`. One thread writes, one searches; nobody else ever waits for the disk.
//! Reading order: `schema` (what is in the file), `opening` (how it is opened, whatever state it is in), `rows` (reading
//! and writing it), `redact` and `screening` (what is not kept), `writer`, `index` and `ranking` (searching in memory),
//! `searcher`, `store` (the handle of all that), `import`, `exchange` and `taking_in` (what other programs have kept, and
//! what is handed on), `offline` (the store without its threads, for the command line).

mod best;
mod error;
mod exchange;
mod import;
mod index;
mod offline;
mod opening;
mod ranking;
mod redact;
mod rows;
mod schema;
mod screening;
mod searcher;
mod sharing;
mod store;
mod taking_in;
mod writer;

pub use error::HistoryError;
pub use exchange::command_json;
pub use import::{Format, Imported, Origin, parse_history};
pub use index::{Entry, Index};
pub use offline::Archive;
pub use opening::{Opened, open_store};
pub use redact::{REDACTED, redact};
pub use rows::{Statistics, count};
pub use screening::Screen;
pub use store::{Forget, History, HistoryOptions};
pub use taking_in::{Source, TakenIn, take_in};

//! The client of the E2B platform: which sandboxes there are, how to reach them, and what may be done with their lives.
//!
//! Speaks the REST interface of `platform-api.md`. May import: `domain`. Knows no envd, no screen and no config file of ours.
//! Looking never changes a life: only `create`, `connect`, `pause`, `kill`, `set_timeout`, `extend`, `fork` and the snapshot calls
//! change anything, and nothing in here calls them by itself. Reading order is the order below.

pub use crate::domain::{Internet, NewSandbox};

mod client;
mod connection;
mod endpoint;
mod error;
mod listing;
mod login;
mod metadata;
mod observation;
mod record;
mod reply;
mod retry;
mod settings;

pub use client::{Connected, ForkOutcome, PlatformClient};
pub use error::{PlatformError, PlatformErrorKind};
pub use listing::{Page, SandboxFilter, Snapshot, StartOrder, Template};
pub use login::Login;
pub use metadata::MetadataQuery;
pub use observation::{LogDirection, LogEntry, LogLevel, LogQuery, SandboxSample};
pub use settings::{Configured, KeySource, PlatformSettings};

//! The nouns everybody shares: plain values without I/O, clock or library types.
//!
//! May import: nothing of ours. Everything else may import this.

mod causes;
mod cell_text;
mod endpoint;
mod failure;
mod geometry;
mod ids;
mod moment;
mod new_sandbox;
mod observed;
mod program;
mod remote_text;
mod sandbox;
mod secret;
mod session;
mod target;
mod timestamp;
mod transfer;

pub use causes::{find_cause, innermost_words};
pub use cell_text::{cell_width, clip, shorten, wrap};
pub use endpoint::{Dialect, Endpoint, Routing};
pub use failure::{Failure, FailureKind};
pub use geometry::{CellRect, GridSize};
pub use ids::{PaneId, Pid, SessionId, TabId, TargetId, Ticket};
pub use moment::Moment;
pub use new_sandbox::{Internet, NewSandbox};
pub use observed::{FileChange, FileChangeKind, FileEntry, FileKind, ManagedProcess, SystemMetrics};
pub use program::{ExitStatus, ProgramSpec, TerminalSignal};
pub use remote_text::RemoteText;
pub use sandbox::{
    FreshSandbox, NoSandboxId, OnTimeout, Sandbox, SandboxAccess, SandboxDetail, SandboxFacts, SandboxId, SandboxState,
    parse_metadata,
};
pub use secret::Secret;
pub use session::{SessionEntry, SessionNews, SessionOrder, SessionPlan};
pub use target::{Care, Target, Tint};
pub use timestamp::Timestamp;
pub use transfer::{
    Bytes, NoteWeight, Rate, TransferNews, TransferNote, TransferOrder, TransferProgress, TransferRules,
    TransferSummary,
};

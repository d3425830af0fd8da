//! The nouns everybody shares: plain values without I/O, clock or library types.
//!
//! May import: nothing of ours. Everything else may import this.

mod asciicast;
mod causes;
mod cell_text;
mod color_depth;
mod endpoint;
mod failure;
mod geometry;
mod history;
mod ids;
mod joint_run;
mod load;
mod moment;
mod new_sandbox;
mod observation;
mod observed;
mod paint;
mod port;
mod process;
mod process_details;
mod program;
mod quantity;
mod remote_text;
mod sandbox;
mod secret;
mod seed;
mod session;
mod socket;
mod target;
mod timestamp;
mod transfer;
mod web_address;

pub use asciicast::{CastData, CastEvent, CastHeader};
pub use causes::{find_cause, innermost_words};
pub use cell_text::{cell_width, clip, shorten, wrap};
pub use color_depth::ColorDepth;
pub use endpoint::{Dialect, Endpoint, Routing};
pub use failure::{Failure, FailureKind};
pub use geometry::{CellRect, GridSize};
pub use history::{
    CommandEnd, CommandId, CommandKey, CommandPage, CommandPlace, CommandQuery, CommandRecord, CommandScope,
    KeptCommand,
};
pub use ids::{PaneId, Pid, SessionId, TabId, TargetId, Ticket};
pub use joint_run::{LineKind, RUN_OUTPUT_LIMIT, RunAnswer, RunGroups, RunVerdict, run_difference, run_labels};
pub use load::{CpuTicks, Disk, Interface, Memory, Pressure, Stall, SystemLoad, Throughput};
pub use moment::Moment;
pub use new_sandbox::{Internet, NewSandbox};
pub use observation::{Observation, Sight};
pub use observed::{FileChange, FileChangeKind, FileEntry, FileKind, ManagedProcess, SystemMetrics};
pub use paint::Paint;
pub use port::{ForwardTraffic, PortWay};
pub use process::{
    ActionOutcome, CommandLine, Owner, Process, ProcessKey, ProcessKind, ProcessState, Signal, TICKS_PER_SECOND,
};
pub use process_details::{Fact, Limit, OpenFile, Places, ProcessDetails, Variable};
pub use program::{ExitStatus, ProgramSpec, TerminalSignal};
pub use quantity::{short_bytes, short_span};
pub use remote_text::RemoteText;
pub use sandbox::{
    FreshSandbox, NoSandboxId, OnTimeout, Sandbox, SandboxAccess, SandboxDetail, SandboxFacts, SandboxId, SandboxState,
    parse_metadata,
};
pub use secret::Secret;
pub use seed::Seed;
pub use session::{SessionEntry, SessionNews, SessionOrder, SessionPlan};
pub use socket::{Protocol, Socket, SocketEnds, SocketState};
pub use target::{Care, GuardRule, Target, Tint};
pub use timestamp::Timestamp;
pub use transfer::{
    Bytes, NoteWeight, Rate, Steering, TransferNews, TransferNote, TransferOrder, TransferProgress, TransferRules,
    TransferSummary,
};
pub use web_address::WebAddress;

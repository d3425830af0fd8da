//! The client of one envd: calls, terminal streams, ordered input, files.
//!
//! May import: `domain`, `wire`. Knows no screen and no other service. Reading order is the order below.

mod client;
mod files;
mod filesystem;
mod process_stream;
mod processes;
mod routes;

mod session_link;
mod transfer;

mod inspector;

mod port_forward;

mod backoff;
mod gate;
mod input_lane;

pub mod dialect;

mod connection;
mod error;
mod refusal;

pub use client::EnvdClient;
pub use error::{EnvdError, EnvdErrorKind};
pub use files::{ByteRange, Download, UploadTarget};
pub use filesystem::{WatchScope, WatchStream, WatcherId};
pub use gate::{Gate, GateAnswer};
pub use inspector::{Inspector, LEASE};
pub use port_forward::PortForward;
pub use process_stream::{ProcessEvent, ProcessStream};
pub use processes::{INPUT_CHUNK, ProcessIo};
pub use session_link::SessionLink;
pub use transfer::{Transfer, remote_digest, run_to_end};

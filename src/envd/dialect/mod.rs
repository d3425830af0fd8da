//! Three encodings of the same calls, as one tower service under the generated stubs. Requests come in and replies go out as
//! gRPC frames; on the wire they are Connect, gRPC-Web or gRPC.
//!
//! The stubs must never see a reply that lies: an answer that stops early is an error here, whatever the dialect.

mod channel;
mod reply;

pub use channel::RpcChannel;
pub(super) use channel::{absolute, read_refusal};
pub(super) use reply::MESSAGE_LIMIT;
pub use reply::{Ending, ReplyBody};

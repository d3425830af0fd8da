//! The three dialects of one call: Connect, gRPC-Web and gRPC, with protobuf or JSON bodies, over HTTP/1.1 or h2.
//! Each is decoded into the same typed calls and each reply is encoded as its caller asked.
//!
//! May import: `local_envd::replies`. Knows no service and no method by name.
//! Reading order: `format`, `request`, `call`, `reply`.

mod call;
mod codec;
mod deadline;
mod format;
mod old_python;
mod reply;
mod request;

pub(super) use call::Call;
pub(super) use codec::method_at;
pub(super) use format::Format;
pub(super) use reply::refusal;

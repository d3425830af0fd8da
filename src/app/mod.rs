//! The workbench itself: state and messages in, state and effects out. No I/O, no clock, no randomness, no waiting.
//!
//! May import: `domain`, `keys`, `panes`, `terminal`, `text_entry`, `config`. Reading order is the order below.

mod effect;
mod message;

pub use effect::{Answer, Effect, HostRequest, Question};
pub use message::Message;

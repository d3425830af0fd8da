//! The workbench itself: state and messages in, state and effects out. No I/O, no clock, no randomness, no waiting.
//!
//! May import: `domain`, `keys`, `panes`, `terminal`, `text_entry`, `config`. Reading order is the order below.

mod effect;
mod effects;
mod message;
mod model;
mod options;
mod update;

pub use effect::{Answer, Effect, HostRequest, Question};
pub use effects::Effects;
pub use message::Message;
pub use model::Model;
pub use options::Options;
pub use update::{start, update};

//! The workbench itself: state and messages in, state and effects out. No I/O, no clock, no randomness, no waiting.
//!
//! May import: `domain`, `keys`, `panes`, `terminal`, `text_entry`, `config`. Reading order is the order below.

mod message;

mod effect;
mod effects;

mod action;
mod action_table;
mod default_keys;
mod key_reader;
mod options;

mod model;
mod update;

pub use action::{Action, ActionInfo, CopyAction, Needs, ProgramState, Section, Situation};
pub use default_keys::{BoundKeys, KeyChange, KeyProblem, KeyRow, key_table};
pub use effect::{Answer, Effect, HostRequest, Question};
pub use effects::Effects;
pub use message::Message;
pub use model::Model;
pub use options::Options;
pub use update::{start, update};

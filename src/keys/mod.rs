//! Keys as people name them, and what they are bound to. Knows no action: the keymap is generic over what it yields.
//!
//! May import: `domain`.

mod chord;
mod pointer;

pub use chord::{Chord, Key, Modifiers};
pub use pointer::{Pointer, PointerButton, PointerKind};

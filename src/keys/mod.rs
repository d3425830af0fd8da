//! Keys as people name them, and what they are bound to. Knows no action: the keymap is generic over what it yields.
//!
//! May import: `domain`.

mod chord;
mod keymap;
mod pointer;
mod spelling;

pub use chord::{Chord, Key, Modifiers};
pub use keymap::{KeyConflict, Keymap, Lookup, Next};
pub use pointer::{Pointer, PointerButton, PointerKind};
pub use spelling::{UnknownKey, nearest_name, read_sequence, write_sequence};

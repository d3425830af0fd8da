//! The terminal that the user sits at: modes, input, clipboard. The only writer to it.
//!
//! May import: `domain`, `keys`.

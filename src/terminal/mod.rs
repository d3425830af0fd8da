//! The terminal in each pane: bytes in, cells out, answers and announcements as values.
//!
//! The only user of `vt100`. May import: `domain`, `keys`.

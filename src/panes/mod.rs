//! Splitting a tab into rectangles. Knows ids and shares, never sessions.
//!
//! May import: `domain`.

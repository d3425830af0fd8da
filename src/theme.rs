//! Colour roles and the styles that fill them.
//!
//! May import: `domain`.

//! One editable line or box over tui-textarea: keys in, text out.
//!
//! May import: `domain`, `keys`, `theme`.

//! The terminal in each pane: bytes in, cells out, answers and announcements as values.
//!
//! The only user of `vt100`. May import: `domain`, `keys`.

mod answers;
mod cells;
mod emulator;
mod grid;
mod input_bytes;
mod limits;
mod paste;
mod pointer_bytes;

pub use answers::Announcement;
pub use cells::{CellColor, CellStyle, CellView, Cursor, CursorShape, LinkId, Underline};
pub use emulator::Emulator;
pub use grid::is_guarding;
pub use limits::Limits;

//! The terminal in each pane: bytes in, cells out, answers and announcements as values.
//!
//! The only user of `vt100`. May import: `domain`, `keys`.
//!
//! Bytes go through `lexer` (cuts them into pieces, with caps), `machine` (knows what the pieces mean, repairs what the
//! library lacks) and `grid` (the library, fenced). Cells come back through `cell_reading`.

mod answers;
mod backlog;
mod cell_reading;
mod cells;
mod colored_text;
mod command_marks;
mod emulator;
mod fence;
mod folding;
mod grid;
mod input_bytes;
mod lexer;
mod limits;
mod links;
mod machine;
mod marking;
mod moved_lines;
mod paste;
mod pointer_bytes;
mod reading;
mod reflow;
mod resizing;
mod runs;
mod search;
mod selection;
mod sequence;
mod skipping;
mod text_lines;
mod used_letters;

pub use answers::{Announcement, PromptMark};
pub use cells::{CellColor, CellStyle, CellView, Cursor, CursorShape, LinkId, Underline};
pub use command_marks::{BlockLines, CommandBlock, CommandEvent, MarkKeys, Outcome, ShellMemory, ShellState, Tier};
pub use emulator::Emulator;
pub use fence::is_guarding;
pub use limits::Limits;
pub use links::{FoundLink, LinkKind};
pub use search::{KeptText, Match, Query, Search};
pub use selection::{Selection, SelectionKind};
pub use text_lines::Spot;

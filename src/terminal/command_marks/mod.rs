//! What shells report of themselves: where a prompt begins, which command runs, where, how it ended. Reports come in a
//! private control string with a secret number in it, so that output of programs cannot forge one.
//!
//! Reading order: `scanner` cuts the strings out of the bytes, `report` reads one, `marks` follows the shell by them,
//! `command_text` decides which text was run, `blocks` keeps where each command is, `folds` which of them are folded, `memory` what
//! is written down of a shell that runs on.

mod blocks;
mod command_text;
mod folds;
mod marks;
mod memory;
mod prompt_input;
mod report;
mod scanner;
mod typed_line;

pub use blocks::{BlockLines, CommandBlock, Outcome};
pub use marks::{CommandEvent, ShellState};
pub use memory::ShellMemory;
pub use report::{MarkKeys, Tier};

pub(super) use marks::{CommandMarks, Place};
pub(super) use scanner::Piece;

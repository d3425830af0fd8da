//! What the pieces of a program's output mean: between the lexer, which cuts the bytes, and the grid, which holds the cells.
//!
//! The emulator library under the grid lacks much of what programs use. The machine keeps that part of a terminal's state
//! itself and writes to the grid only what the library gets right. The library never sees a byte that was not checked here.

mod charsets;
mod editing;
mod express;
mod extras;
mod keyboard;
mod mark;
mod modes;
mod motion;
mod outbox;
mod palette;
mod pen;
mod print;
mod rendition;
mod reports;
mod scout;
mod screens;
mod state;
mod strings;
mod tabs;

pub(super) use extras::{CURSOR_MARK, Extra, Extras, FILLER, SAVED_CURSOR_MARK, STAND_IN, is_marker};
pub(super) use modes::Mode;
pub(super) use palette::Palette;
pub(super) use scout::Scout;
pub(super) use state::Machine;

//! The Files panel: the folder tree of a sandbox, live, with a page for looking into files and one for copies under way.
//!
//! May import: what the other panels may. Reading order is the order below.

mod questions;

mod tree;

mod rows;

mod archive_page;
mod page;
mod picture_page;
mod text_page;

mod draft;
mod editing;
mod small_editor;

mod copies;

mod watching;

mod actions;
mod deciding;

mod panel;

mod doing;
mod showing;
mod taking;

pub use actions::{FILES_ACTIONS, FilesAction};
pub use deciding::FilesDecision;
pub use panel::Files;
pub use questions::{
    ArchiveEntry, ArchiveList, DiffSide, Difference, FilesAnswer, FilesQuestion, Ink, Look, MOST_ENTRIES, Piece,
    SaveWay,
};

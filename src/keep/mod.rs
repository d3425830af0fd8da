//! What is kept in files on this machine: recordings, saved text, workspaces, and the watch over files that the user
//! edits. Nothing of it runs in the loop.
//!
//! May import: `domain`. Reading order is the order below.

mod private_files;
mod recorder;
mod watched_files;

pub use private_files::{create_private_folder, replace_private_file, write_private_file};
pub use recorder::{Recorder, RecorderNews, RecordingPlan};
pub use watched_files::FileWatch;

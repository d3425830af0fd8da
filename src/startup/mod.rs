//! What every command needs before it begins: folders, settings, the log file, sandboxes to speak to.
//!
//! May import: everything below. Reading order is the order below.

mod context;
mod folders;
mod logging;
mod platform;
mod sandboxes;
mod shell_program;
mod themes;

pub use crate::keep::{create_private_folder, write_private_file};
pub use context::Context;
pub use folders::Folders;
pub use logging::start_log;
pub use sandboxes::{OpenSandbox, Sandboxes, read_token};
pub use shell_program::{ShellProgram, usual_shell};
pub use themes::theme_sample;

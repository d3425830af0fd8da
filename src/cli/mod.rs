//! The command line: one file per family of subcommands, each thin.
//!
//! May import: everything below. Reading order is the order below.

mod arguments;
mod run;

mod doctor;
mod doctor_platform;
mod exec;
mod files;
mod history;
mod live_settings;
mod look;
mod pages;
mod play;
mod run_on_many;
mod sandboxes;
mod serve;
mod settings;
mod shell;
mod shell_escapes;
mod taking_up;
mod workbench;

mod output;
mod stdin_chunks;

pub use arguments::Arguments;
pub use run::run;

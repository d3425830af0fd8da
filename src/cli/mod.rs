//! The command line: one file per family of subcommands, each thin.
//!
//! May import: everything below. Reading order is the order below.

mod arguments;
mod run;

mod doctor;
mod exec;
mod pages;
mod serve;
mod settings;
mod shell;
mod shell_escapes;
mod workbench;

mod output;
mod stdin_chunks;

pub use arguments::Arguments;
pub use run::run;

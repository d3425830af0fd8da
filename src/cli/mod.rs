//! The command line: one file per family of subcommands, each thin.
//!
//! May import: everything below.

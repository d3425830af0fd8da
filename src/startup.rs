//! Finds folders, reads files, builds services, opens the log: once, before anything runs.
//!
//! May import: everything below.

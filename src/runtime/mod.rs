//! The only place where the workbench and the world meet.
//!
//! May import: everything below.

//! The embedded sandbox: an envd-compatible server on this machine, in this process.
//!
//! May import: `domain`, `wire`. Knows no client of its own.

//! The client of one envd: calls, terminal streams, ordered input, files.
//!
//! May import: `domain`, `wire`. Knows no screen and no other service.

//! What the user set: the TOML file as written, and the settings that come out of file, environment and flags.
//!
//! May import: `domain`, `keys`.

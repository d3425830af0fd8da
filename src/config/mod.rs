//! What the user set: the TOML file as written, and what it comes to together with flags, environment and defaults.
//!
//! May import: `domain`, `keys`. Reads no file and no variable itself: texts and a reader of variables come in.
//! Reading order is the order below.

mod document;
mod file;
mod sample;
mod settings;
mod target;

pub use document::{ConfigError, Problem};
pub use file::{ConductTable, ConfigFile, KeyBinding, PlatformTable, TargetTable};
pub use sample::{effective_text, sample_text};
pub use settings::{Clipboard, Conduct, Flags, LogLevel, Settings, THEME_NAMES};
pub use target::{ENVD_PORT, Lookup, RemotePlan, TargetAddress, TargetPlan};

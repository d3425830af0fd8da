//! What the user set: the TOML file as written, and what it comes to together with flags, environment and defaults.
//!
//! May import: `domain`, `keys`, `panes`. Reads no file and no variable itself: texts and a reader of variables come in.
//! Reading order is the order below.

mod colors;
mod document;
mod file;
mod history;
mod limits;
mod sample;
mod settings;
mod target;
mod theme_file;
mod workspace_file;

pub use colors::Colors;
pub use document::{ConfigError, Problem};
pub use file::{ConductTable, ConfigFile, KeepingTable, KeyBinding, LookTable, PlatformTable, Tables, TargetTable};
pub use history::HistoryTable;
pub use limits::LimitsTable;
pub use sample::{effective_text, sample_text};
pub use settings::{Borders, Clipboard, Conduct, Flags, Keeping, LogLevel, Look, Settings, THEME_NAMES};
pub use target::{ENVD_PORT, Lookup, RemotePlan, TargetAddress, TargetPlan};
pub use theme_file::{ThemeColor, ThemeFile, theme_sample_text};
pub use workspace_file::{SavedPane, SavedTab, WORKSPACE_SAMPLE, WorkspaceFile};

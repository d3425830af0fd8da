//! What the user set for the workbench, before it starts.

use std::time::Duration;

use crate::domain::{GuardRule, Seed};

use super::default_keys::BoundKeys;
use super::keeping::KeepOptions;

/// How the workbench behaves. The defaults are those of the documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches of the config that have nothing to do with each other"
)]
pub struct Options {
    /// What the keys do, the prefix among them.
    pub keys: BoundKeys,
    /// Lines that each pane keeps of what scrolled away.
    pub scrollback: Scrollback,
    /// Whether the user's terminal is asked to show notifications for what happens where nobody looks.
    pub notify: bool,
    /// When something is worth telling.
    pub worth: Worth,
    /// After how much time without a key a broadcast ends.
    pub broadcast_idle: Duration,
    /// Which sandboxes are guarded.
    pub guards: Vec<GuardRule>,
    /// How the platform's sandboxes are treated, if there is a platform to ask.
    pub platform: Option<PlatformOptions>,
    /// How things are kept.
    pub keeping: KeepOptions,
    /// Whether Enter in the list of commands runs the command.
    pub runs_on_enter: bool,
    /// A random number of this run. Without one, shells are started as they are and do not report.
    pub seed: Option<Seed>,
    /// Whether programs may put text on the clipboard unless a pane is told otherwise.
    pub program_clipboard: bool,
    /// Whether the mouse is ours.
    pub mouse: bool,
}

/// How the platform's sandboxes are treated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlatformOptions {
    /// The metadata that lists of sandboxes have columns for.
    pub metadata_columns: Vec<String>,
    /// Whether they are only to be looked at, open or not.
    pub is_read_only: bool,
}

/// When something is worth telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worth {
    /// How long a watched pane must be still to be called silent.
    pub silence_after: Duration,
    /// Which measures of a sandbox, and from when on.
    pub limits: super::insight::Limits,
}

/// How much is kept of what scrolled away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scrollback {
    /// Lines of each pane.
    pub lines: usize,
    /// Memory in bytes of all panes together.
    pub bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            keys: BoundKeys::default(),
            scrollback: Scrollback {
                lines: 10_000,
                bytes: 512 << 20,
            },
            notify: false,
            worth: Worth {
                silence_after: super::attention::SILENCE,
                limits: super::insight::Limits::default(),
            },
            broadcast_idle: super::broadcast::IDLE,
            guards: Vec::new(),
            platform: None,
            keeping: KeepOptions::default(),
            runs_on_enter: false,
            seed: None,
            program_clipboard: false,
            mouse: true,
        }
    }
}

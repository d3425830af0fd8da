//! What the user set for the workbench, before it starts.

use super::default_keys::BoundKeys;

/// How the workbench behaves. The defaults are those of the documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What the keys do, the prefix among them.
    pub keys: BoundKeys,
    /// Lines that each pane keeps of what scrolled away.
    pub scrollback_lines: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            keys: BoundKeys::default(),
            scrollback_lines: 10_000,
        }
    }
}

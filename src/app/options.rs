//! What the user set for the workbench, before it starts.

use crate::keys::Chord;

/// How the workbench behaves. The defaults are those of the documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The key in front of every key of the workbench.
    pub prefix: Chord,
    /// Lines that each pane keeps of what scrolled away.
    pub scrollback_lines: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            prefix: Chord::ctrl('b'),
            scrollback_lines: 10_000,
        }
    }
}

//! Which panels there are.

/// One of the panels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PanelKind {
    /// The sandboxes.
    #[default]
    Sandboxes,
    /// The processes of one sandbox.
    Processes,
    /// Its files.
    Files,
    /// The commands of all panes.
    History,
    /// Sockets and interfaces.
    Network,
    /// Load and space over time.
    Metrics,
}

impl PanelKind {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 6] = [
        Self::Sandboxes,
        Self::Processes,
        Self::Files,
        Self::History,
        Self::Network,
        Self::Metrics,
    ];

    /// The panel's name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Sandboxes => "Sandboxes",
            Self::Processes => "Processes",
            Self::Files => "Files",
            Self::History => "History",
            Self::Network => "Network",
            Self::Metrics => "Metrics",
        }
    }

    /// The letter that it is opened with after the prefix.
    pub fn letter(self) -> &'static str {
        &self.title()[..1]
    }

    /// Its place among all, from 0.
    pub fn place(self) -> usize {
        Self::ALL.iter().position(|kind| *kind == self).unwrap_or(0)
    }

    /// The one after it, round and round.
    #[must_use]
    pub fn next(self) -> Self {
        Self::ALL[(self.place() + 1) % Self::ALL.len()]
    }
}

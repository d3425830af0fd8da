//! One sandbox as the workbench names it.

use super::{ProgramSpec, RemoteText, SandboxId, TargetId};

/// A colour that the user gave to a sandbox, so that panes of different sandboxes are told apart at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tint {
    /// Red.
    Red,
    /// Yellow.
    Yellow,
    /// Green.
    Green,
    /// Cyan.
    Cyan,
    /// Blue.
    Blue,
    /// Magenta.
    Magenta,
}

impl Tint {
    /// All of them with their names in the config file.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Red, "red"),
        (Self::Yellow, "yellow"),
        (Self::Green, "green"),
        (Self::Cyan, "cyan"),
        (Self::Blue, "blue"),
        (Self::Magenta, "magenta"),
    ];
}

/// One sandbox that is open in the workbench.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its number.
    pub id: TargetId,
    /// What the user calls it: a name, an ID or an address.
    pub label: RemoteText,
    /// What names it on a command line, so that it can be opened again. Targets that were found together have the same.
    pub address: String,
    /// Its ID, where the platform knows it.
    pub sandbox: Option<SandboxId>,
    /// A remark for its frames, such as `runs on this machine, not isolated`.
    pub note: Option<String>,
    /// The colour of its label.
    pub tint: Option<Tint>,
    /// The user that programs run as; the sandbox's default without one.
    pub user: Option<RemoteText>,
    /// What runs in a new pane, unless something else is asked for.
    pub program: ProgramSpec,
    /// What `program` is called in titles, when its command line does not say it well (a script that picks a shell).
    pub program_name: Option<String>,
    /// Which shell `program` is, if it is to report its prompts and commands: a path, a name, or `auto`.
    pub reporting_shell: Option<String>,
    /// Whether its programs end when e2b-tui ends, because the sandbox is part of it.
    pub is_embedded: bool,
    /// What has to be minded with it.
    pub care: Care,
}

/// What has to be minded with a sandbox, because the user said so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Care {
    /// It is only to be looked at.
    pub is_read_only: bool,
    /// The rule, in words, by which what destroys something asks harder.
    pub guard: Option<String>,
}

impl Target {
    /// A target with nothing set but what must be.
    pub fn new(id: TargetId, label: impl Into<RemoteText>, program: ProgramSpec) -> Self {
        let label = label.into();
        Self {
            id,
            address: label.unescaped().to_owned(),
            label,
            sandbox: None,
            note: None,
            tint: None,
            user: None,
            program,
            program_name: None,
            reporting_shell: None,
            is_embedded: false,
            care: Care::default(),
        }
    }
}

//! Everything about one process, for the page that shows it whole.

use super::{CommandLine, Process, RemoteText, Secret};

/// A name and what is said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Ours or the kernel's word for it.
    pub name: RemoteText,
    /// As the kernel says it.
    pub value: RemoteText,
}

/// A file that a process has open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenFile {
    /// The number under which it is open.
    pub descriptor: u32,
    /// Where it leads: a path, or such as `socket:[123]` and `pipe:[5]`.
    pub target: RemoteText,
}

impl OpenFile {
    /// The number of the socket, if it is one.
    pub fn socket(&self) -> Option<u64> {
        let inner = self.target.unescaped().strip_prefix("socket:[")?;
        inner.strip_suffix(']')?.parse().ok()
    }

    /// Whether it is something with a path that still exists under it.
    pub fn is_path(&self) -> bool {
        let target = self.target.unescaped();
        target.starts_with('/') && !target.ends_with(" (deleted)")
    }
}

/// A limit that the kernel holds a process to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The kernel's name for it.
    pub name: RemoteText,
    /// In force.
    pub soft: RemoteText,
    /// The most it may be raised to.
    pub hard: RemoteText,
    /// Such as `bytes`; may be empty.
    pub unit: RemoteText,
}

/// A variable. Its value may be a secret: it shows nothing of itself unless asked.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: RemoteText,
    /// Its value.
    pub value: Secret,
}

impl PartialEq for Variable {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.value.expose() == other.value.expose()
    }
}

impl Eq for Variable {}

/// The places a process holds on to. `None` where we may not look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// The directory it is in.
    pub directory: Option<RemoteText>,
    /// The file it runs.
    pub executable: Option<RemoteText>,
    /// What it takes for `/`.
    pub root: Option<RemoteText>,
}

/// Everything about one process. What may not be looked at is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessDetails {
    /// What the list shows of it.
    pub process: Process,
    /// The command line, longer than in the list.
    pub command: CommandLine,
    /// Where it is.
    pub places: Places,
    /// Its variables as it was started with them; `None` if we may not look.
    pub environment: Option<Vec<Variable>>,
    /// Its open files; `None` if we may not look.
    pub files: Option<Vec<OpenFile>>,
    /// Its limits.
    pub limits: Vec<Limit>,
    /// The control groups it is in.
    pub groups: Vec<RemoteText>,
    /// Its memory in parts.
    pub memory: Vec<Fact>,
    /// How it is scheduled, how often it had to wait, how likely it is killed when memory ends.
    pub scheduling: Vec<Fact>,
    /// Who it is: users, groups, capabilities, signals it holds back.
    pub identity: Vec<Fact>,
    /// What it read and wrote.
    pub input_output: Vec<Fact>,
}

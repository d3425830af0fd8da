//! What a sandbox shows of itself: files, processes, load.

use std::time::SystemTime;

use super::{Pid, ProgramSpec, RemoteText};

/// What a directory entry is. For a symlink: what it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A device, socket, pipe, or a symlink that leads nowhere.
    Other,
}

/// One directory entry (`envd-wire.md` 5.2). What an old daemon does not send is `None`: unknown, not zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// The last part of the path.
    pub name: RemoteText,
    /// The whole path, as the sandbox gave it.
    pub path: RemoteText,
    /// What it is, symlinks followed.
    pub kind: FileKind,
    /// Bytes; of a symlink, the length of its text.
    pub size: Option<u64>,
    /// The twelve permission bits, special bits taken from the text that envd sends.
    pub mode: Option<u32>,
    /// The type and permissions as `ls -l` shows them, such as `drwxr-xr-x`.
    pub permissions: Option<String>,
    /// The user who owns it, by name or number.
    pub owner: Option<RemoteText>,
    /// The group, by name or number.
    pub group: Option<RemoteText>,
    /// When it was last written.
    pub modified: Option<SystemTime>,
    /// Where a symlink leads, fully resolved. Equal to `path` when it leads nowhere.
    pub symlink_target: Option<RemoteText>,
    /// Labels that were given at upload.
    pub metadata: Vec<(RemoteText, RemoteText)>,
}

impl FileEntry {
    /// Whether it is a symlink that leads nowhere.
    pub fn is_broken_link(&self) -> bool {
        self.symlink_target.as_ref() == Some(&self.path)
    }
}

/// How a watched entry changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileChangeKind {
    /// It is new.
    Created,
    /// Its content changed.
    Written,
    /// It is gone.
    Removed,
    /// It is no longer under this name; the new name comes as `Created`.
    Renamed,
    /// Its mode, owner or times changed.
    Attributes,
}

/// One change below a watched directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Relative to the watched directory; `.` is the directory itself.
    pub name: RemoteText,
    /// What happened.
    pub kind: FileChangeKind,
    /// The entry afterwards, if it was asked for and still exists.
    pub entry: Option<FileEntry>,
}

/// A process that was started through envd. Its variables may hold secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedProcess {
    /// Its number.
    pub pid: Pid,
    /// What was started, tag included.
    pub program: ProgramSpec,
}

/// Load and space of a sandbox at one moment (`envd-wire.md` 6.1). Bytes, except where said.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SystemMetrics {
    /// Seconds since 1970, by the sandbox's clock.
    pub timestamp: i64,
    /// How many processors.
    pub cpu_count: u32,
    /// 0–100 over all processors, since anybody asked last.
    pub cpu_used_percent: f32,
    /// Memory there is.
    pub memory_total: u64,
    /// Memory in use.
    pub memory_used: u64,
    /// Page cache; unknown to daemons before 0.5.9.
    pub memory_cache: Option<u64>,
    /// Space on `/`.
    pub disk_total: u64,
    /// Space in use on `/`, reserved blocks counted.
    pub disk_used: u64,
}

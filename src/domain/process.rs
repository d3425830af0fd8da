//! A process of a sandbox as `/proc` shows it, and what tells it from a later one with the same number. Knows no wire and no
//! screen.

use std::fmt;

use super::{Pid, RemoteText};

/// How many ticks the kernel counts in a second, in everything it shows to programs. The same on every Linux we know.
pub const TICKS_PER_SECOND: u64 = 100;

/// One process for good: numbers are used again, the moment of birth is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessKey {
    /// Its number.
    pub pid: Pid,
    /// When it began, in ticks since the sandbox booted.
    pub started: u64,
}

impl fmt::Display for ProcessKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.pid)
    }
}

/// What a process is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProcessState {
    /// It runs or could.
    Running,
    /// It waits for something and can be woken.
    Sleeping,
    /// It waits for a device and cannot be disturbed.
    DiskWait,
    /// A signal stopped it.
    Stopped,
    /// A debugger holds it.
    Traced,
    /// It has ended, and its parent has not looked yet.
    Zombie,
    /// It is going away.
    Dead,
    /// A thread of the kernel without work.
    Idle,
    /// A letter that we do not know.
    Other(char),
}

impl ProcessState {
    /// From the letter that the kernel uses.
    pub fn from_letter(letter: char) -> Self {
        match letter {
            'R' => Self::Running,
            'S' => Self::Sleeping,
            'D' => Self::DiskWait,
            'T' => Self::Stopped,
            't' => Self::Traced,
            'Z' => Self::Zombie,
            'X' | 'x' => Self::Dead,
            'I' => Self::Idle,
            other => Self::Other(other),
        }
    }

    /// The letter that the kernel and `ps` use.
    pub fn letter(self) -> char {
        match self {
            Self::Running => 'R',
            Self::Sleeping => 'S',
            Self::DiskWait => 'D',
            Self::Stopped => 'T',
            Self::Traced => 't',
            Self::Zombie => 'Z',
            Self::Dead => 'X',
            Self::Idle => 'I',
            Self::Other(letter) => letter,
        }
    }

    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Sleeping => "sleeping",
            Self::DiskWait => "waiting for a device",
            Self::Stopped => "stopped",
            Self::Traced => "held by a debugger",
            Self::Zombie => "zombie",
            Self::Dead => "dead",
            Self::Idle => "idle",
            Self::Other(_) => "unknown",
        }
    }
}

/// Who a process belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The number.
    pub uid: u32,
    /// The name, if the sandbox's list of users has one.
    pub name: Option<RemoteText>,
}

impl fmt::Display for Owner {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(out, "{name}"),
            None => write!(out, "{}", self.uid),
        }
    }
}

/// What a process was started with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// Its words, the program first.
    pub words: Vec<RemoteText>,
    /// Whether there is more than was sent.
    pub is_cut: bool,
}

impl fmt::Display for CommandLine {
    /// The words with blanks between, and an ellipsis if there is more.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.words.iter().enumerate() {
            write!(out, "{}{word}", if index == 0 { "" } else { " " })?;
        }
        out.write_str(if self.is_cut { "…" } else { "" })
    }
}

/// What kind of process it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProcessKind {
    /// A program.
    Program,
    /// A thread of the kernel.
    Kernel,
    /// The helper that looks for us, or something it started.
    Ours,
}

/// One process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Which one.
    pub key: ProcessKey,
    /// Who started it, or who took it over.
    pub parent: Pid,
    /// The kernel's short name for it, at most 15 bytes for a program.
    pub name: RemoteText,
    /// What it was started with. `None` while it is not known; empty for kernel threads and zombies.
    pub command: Option<CommandLine>,
    /// Who it belongs to, once known.
    pub owner: Option<Owner>,
    /// What it is doing.
    pub state: ProcessState,
    /// The processor time that it has used, in ticks, its threads included.
    pub cpu_ticks: u64,
    /// The memory that it has in RAM, in bytes.
    pub resident: u64,
    /// How many threads it has.
    pub threads: u32,
    /// From -20 (goes first) to 19 (goes last).
    pub nice: i32,
    /// What kind it is.
    pub kind: ProcessKind,
}

impl Process {
    /// The command line, or the short name in brackets where there is none, as `ps` does.
    pub fn title(&self) -> String {
        match &self.command {
            Some(command) if !command.words.is_empty() => command.to_string(),
            _ => format!("[{}]", self.name),
        }
    }
}

/// A signal by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signal(&'static str);

impl Signal {
    /// Ask to end.
    pub const TERM: Self = Self("TERM");
    /// End.
    pub const KILL: Self = Self("KILL");

    /// Every signal with a name on Linux, by number from 1 on.
    pub const ALL: [Self; 31] = [
        Self("HUP"),
        Self("INT"),
        Self("QUIT"),
        Self("ILL"),
        Self("TRAP"),
        Self("ABRT"),
        Self("BUS"),
        Self("FPE"),
        Self::KILL,
        Self("USR1"),
        Self("SEGV"),
        Self("USR2"),
        Self("PIPE"),
        Self("ALRM"),
        Self::TERM,
        Self("STKFLT"),
        Self("CHLD"),
        Self("CONT"),
        Self("STOP"),
        Self("TSTP"),
        Self("TTIN"),
        Self("TTOU"),
        Self("URG"),
        Self("XCPU"),
        Self("XFSZ"),
        Self("VTALRM"),
        Self("PROF"),
        Self("WINCH"),
        Self("IO"),
        Self("PWR"),
        Self("SYS"),
    ];

    /// From a name with or without `SIG`, in any case, or a number.
    pub fn named(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_uppercase();
        let name = text.strip_prefix("SIG").unwrap_or(&text);
        let by_number = name.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        match by_number {
            Some(index) => Self::ALL.get(index).copied(),
            None => Self::ALL.into_iter().find(|signal| signal.0 == name),
        }
    }

    /// The name without `SIG`.
    pub fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SIG{}", self.0)
    }
}

/// What became of an action on one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActionOutcome {
    /// It was done.
    Done,
    /// The process had ended.
    Gone,
    /// Its number belongs to another process by now, which was left alone.
    Replaced,
    /// The sandbox did not permit it.
    Refused,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_go_by_name_and_number() {
        assert_eq!(Signal::named("sigterm"), Some(Signal::TERM));
        assert_eq!(Signal::named("9"), Some(Signal::KILL));
        assert_eq!(Signal::named("31").map(Signal::name), Some("SYS"));
        for wrong in ["", "0", "32", "SIG", "TERMINATE", "-9"] {
            assert_eq!(Signal::named(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn states_keep_their_letters() {
        for letter in "RSDTtZXIW".chars() {
            assert_eq!(ProcessState::from_letter(letter).letter(), letter);
        }
    }
}

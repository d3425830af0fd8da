//! What to run in a sandbox, and how it ended.

use std::collections::BTreeMap;
use std::fmt;

use super::RemoteText;

/// A command to start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProgramSpec {
    /// The program, looked up in the sandbox's `PATH`.
    pub command: String,
    /// Its arguments, without the program itself.
    pub args: Vec<String>,
    /// Variables on top of the sandbox's own.
    pub envs: BTreeMap<String, String>,
    /// Where it starts; the user's default folder without one.
    pub cwd: Option<String>,
    /// A free label by which `List` shows it.
    pub tag: Option<String>,
}

impl ProgramSpec {
    /// A command with arguments and nothing else.
    pub fn new<A: Into<String>>(command: impl Into<String>, args: impl IntoIterator<Item = A>) -> Self {
        Self {
            command: command.into(),
            args: args.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// Adds what a program in a terminal needs to know: envd itself sets no TERM and no LANG.
    #[must_use]
    pub fn for_terminal(mut self) -> Self {
        for (name, value) in [
            ("TERM", "xterm-256color"),
            ("COLORTERM", "truecolor"),
            ("LANG", "C.UTF-8"),
            ("LC_ALL", "C.UTF-8"),
        ] {
            self.envs.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
        self
    }

    /// The last part of the program's path, for titles.
    pub fn short_name(&self) -> &str {
        self.command.rsplit('/').next().unwrap_or(&self.command)
    }
}

/// The two signals that envd delivers (`envd-wire.md` 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminalSignal {
    /// SIGTERM: asks to end. Interactive shells ignore it.
    Terminate,
    /// SIGKILL: ends.
    Kill,
}

/// How a program ended. Only a decoded End event makes one (`envd-wire.md` 4.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExitStatus {
    /// The exit code; -1 when a signal ended it.
    pub code: i32,
    /// Whether it ended by itself. False: a signal.
    pub exited: bool,
    /// Envd's words, such as `exit status 2` or `signal: killed`.
    pub status: RemoteText,
    /// Envd's error text, when there is one.
    pub error: Option<RemoteText>,
}

impl ExitStatus {
    /// Whether it ended by itself with code 0.
    pub fn is_success(&self) -> bool {
        self.exited && self.code == 0
    }

    /// The code a shell would give: 128 plus the signal's number for a signal death, 255 for an unknown one.
    pub fn shell_code(&self) -> u8 {
        if self.exited {
            return (self.code & 0xff) as u8;
        }
        if let 129..=255 = self.code {
            // A daemon that was upgraded meanwhile reports 128 + n itself.
            return self.code as u8;
        }
        signal_number(self.status.unescaped()).map_or(255, |number| 128 + number)
    }
}

impl fmt::Display for ExitStatus {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.error {
            Some(error) if !error.is_empty() => write!(out, "{error}"),
            _ if self.status.is_empty() => write!(out, "exit status {}", self.code),
            _ => write!(out, "{}", self.status),
        }
    }
}

/// The number of a signal from Go's description of it, as envd sends it. Linux numbers.
fn signal_number(status: &str) -> Option<u8> {
    const NAMES: [(&str, u8); 16] = [
        ("hangup", 1),
        ("interrupt", 2),
        ("quit", 3),
        ("illegal instruction", 4),
        ("trace/breakpoint trap", 5),
        ("aborted", 6),
        ("bus error", 7),
        ("floating point exception", 8),
        ("killed", 9),
        ("user defined signal 1", 10),
        ("segmentation fault", 11),
        ("user defined signal 2", 12),
        ("broken pipe", 13),
        ("alarm clock", 14),
        ("terminated", 15),
        ("stack fault", 16),
    ];
    let name = status.strip_prefix("signal: ").unwrap_or(status);
    let name = name.strip_suffix(" (core dumped)").unwrap_or(name);
    if let Some(number) = name.strip_prefix("signal ") {
        return number.parse().ok().filter(|number| *number < 128);
    }
    NAMES
        .iter()
        .find_map(|(known, number)| (*known == name).then_some(*number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signalled(code: i32, status: &str) -> ExitStatus {
        ExitStatus {
            code,
            exited: false,
            status: status.into(),
            error: None,
        }
    }

    #[test]
    fn signal_deaths_give_shell_codes() {
        let cases = [
            (signalled(-1, "signal: killed"), 137),
            (signalled(-1, "signal: segmentation fault (core dumped)"), 139),
            (signalled(-1, "signal: signal 34"), 162),
            (signalled(143, "terminated"), 143),
            (signalled(-1, "signal: no such thing"), 255),
            (signalled(0, "wait4 error"), 255),
        ];
        for (status, code) in cases {
            assert_eq!(status.shell_code(), code, "{status:?}");
        }
    }
}

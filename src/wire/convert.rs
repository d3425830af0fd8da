//! Wire messages to domain values and back. Bad remote data is skipped or shown as unknown, never a panic.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::domain::{
    ExitStatus, FileChange, FileChangeKind, FileEntry, FileKind, GridSize, ManagedProcess, Pid, ProgramSpec,
    RemoteText, TerminalSignal,
};

use super::generated::{filesystem, process};

/// A size as the wire has it.
pub fn terminal_to_wire(size: GridSize) -> process::Pty {
    process::Pty {
        size: Some(process::pty::Size {
            cols: u32::from(size.cols()),
            rows: u32::from(size.rows()),
        }),
    }
}

/// The process with this number.
pub fn selector(pid: Pid) -> process::ProcessSelector {
    process::ProcessSelector {
        selector: Some(process::process_selector::Selector::Pid(pid.0)),
    }
}

/// What to start.
pub fn program_to_wire(program: &ProgramSpec) -> process::ProcessConfig {
    process::ProcessConfig {
        cmd: program.command.clone(),
        args: program.args.clone(),
        envs: program.envs.clone(),
        cwd: program.cwd.clone(),
    }
}

/// A process that is listed. One without a configuration has an empty command.
pub fn managed_process(info: process::ProcessInfo) -> ManagedProcess {
    let config = info.config.unwrap_or_default();
    ManagedProcess {
        pid: Pid(info.pid),
        program: ProgramSpec {
            command: config.cmd,
            args: config.args,
            envs: config.envs,
            cwd: config.cwd,
            tag: info.tag,
        },
    }
}

/// The two signals that there are.
pub fn signal_to_wire(signal: TerminalSignal) -> process::Signal {
    match signal {
        TerminalSignal::Terminate => process::Signal::Sigterm,
        TerminalSignal::Kill => process::Signal::Sigkill,
    }
}

/// How a program ended.
pub fn exit_status(end: process::process_event::EndEvent) -> ExitStatus {
    ExitStatus {
        code: end.exit_code,
        exited: end.exited,
        status: RemoteText::new(end.status),
        error: end.error.map(RemoteText::new),
    }
}

/// One directory entry. A daemon before 0.2.5 sends a name, a type and a path: everything else is then unknown.
pub fn file_entry(info: filesystem::EntryInfo) -> FileEntry {
    let kind = match info.r#type() {
        filesystem::FileType::File => FileKind::File,
        filesystem::FileType::Directory => FileKind::Directory,
        filesystem::FileType::Symlink | filesystem::FileType::Unspecified => FileKind::Other,
    };
    let is_detailed = !info.permissions.is_empty();
    let modes = ModeText::parse(&info.permissions);
    let known = |text: String| (is_detailed && !text.is_empty()).then(|| RemoteText::new(text));
    FileEntry {
        name: RemoteText::new(info.name),
        path: RemoteText::new(info.path),
        kind,
        size: is_detailed.then(|| u64::try_from(info.size).ok()).flatten(),
        mode: is_detailed.then(|| modes.as_ref().map_or(info.mode & 0o7777, ModeText::bits)),
        permissions: modes.map(|modes| modes.as_ls()),
        owner: known(info.owner),
        group: known(info.group),
        modified: info.modified_time.and_then(system_time),
        symlink_target: info.symlink_target.map(RemoteText::new),
        metadata: info
            .metadata
            .into_iter()
            .map(|(key, value)| (RemoteText::new(key), RemoteText::new(value)))
            .collect(),
    }
}

/// One change below a watched directory; `None` for a kind we do not know.
pub fn file_change(event: filesystem::FilesystemEvent) -> Option<FileChange> {
    let kind = match event.r#type() {
        filesystem::EventType::Create => FileChangeKind::Created,
        filesystem::EventType::Write => FileChangeKind::Written,
        filesystem::EventType::Remove => FileChangeKind::Removed,
        filesystem::EventType::Rename => FileChangeKind::Renamed,
        filesystem::EventType::Chmod => FileChangeKind::Attributes,
        filesystem::EventType::Unspecified => return None,
    };
    Some(FileChange {
        name: RemoteText::new(event.name),
        kind,
        entry: event.entry.map(file_entry),
    })
}

/// A date, or `None` when it does not fit into one.
fn system_time(stamp: prost_types::Timestamp) -> Option<SystemTime> {
    let fraction = Duration::from_nanos(u64::try_from(stamp.nanos).ok()?);
    let whole = Duration::from_secs(stamp.seconds.unsigned_abs());
    let seconds = if stamp.seconds < 0 {
        UNIX_EPOCH.checked_sub(whole)
    } else {
        UNIX_EPOCH.checked_add(whole)
    };
    seconds?.checked_add(fraction)
}

/// Go's text for a file mode, taken apart: letters in front (`d`, `L`, `Dc`, `u`, `g`, `t` …), then nine for `rwx`.
struct ModeText {
    type_letter: char,
    permissions: u32,
}

impl ModeText {
    fn parse(text: &str) -> Option<Self> {
        let split = text.len().checked_sub(9)?;
        let (letters, rwx) = text.split_at_checked(split)?;
        let mut permissions = 0;
        for (letter, expected) in rwx.chars().zip("rwxrwxrwx".chars()) {
            let is_set = match letter {
                '-' => false,
                _ if letter == expected => true,
                _ => return None,
            };
            permissions = permissions << 1 | u32::from(is_set);
        }
        let has = |letter| letters.contains(letter);
        for (letter, bit) in [('u', 0o4000), ('g', 0o2000), ('t', 0o1000)] {
            if has(letter) {
                permissions |= bit;
            }
        }
        let type_letter = match () {
            () if has('d') => 'd',
            () if has('L') => 'l',
            () if has('p') => 'p',
            () if has('S') => 's',
            () if has('c') => 'c',
            () if has('D') => 'b',
            () => '-',
        };
        Some(Self {
            type_letter,
            permissions,
        })
    }

    fn bits(&self) -> u32 {
        self.permissions
    }

    /// The same as `ls -l` prints it: one letter for the type, special bits in the places of `x`.
    fn as_ls(&self) -> String {
        let mut text = String::with_capacity(10);
        text.push(self.type_letter);
        for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
            let triple = self.permissions >> shift;
            text.push(if triple & 4 == 0 { '-' } else { 'r' });
            text.push(if triple & 2 == 0 { '-' } else { 'w' });
            text.push(match (self.permissions & special != 0, triple & 1 != 0) {
                (true, true) => letter,
                (true, false) => letter.to_ascii_uppercase(),
                (false, true) => 'x',
                (false, false) => '-',
            });
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_modes_become_ls_modes() {
        let cases = [
            ("-rw-r--r--", "-rw-r--r--", 0o644),
            ("drwxr-xr-x", "drwxr-xr-x", 0o755),
            ("Lrwxrwxrwx", "lrwxrwxrwx", 0o777),
            ("urwxr-xr-x", "-rwsr-xr-x", 0o4755),
            ("grw-r-xr-x", "-rw-r-sr-x", 0o2655),
            ("urw-r--r--", "-rwSr--r--", 0o4644),
            ("dtrwxrwxrwx", "drwxrwxrwt", 0o1777),
            ("dtrwxrwxrw-", "drwxrwxrwT", 0o1776),
            ("Dcrw-rw-rw-", "crw-rw-rw-", 0o666),
            ("Drw-rw----", "brw-rw----", 0o660),
            ("prw-------", "prw-------", 0o600),
            ("Srwx------", "srwx------", 0o700),
            ("dgtrwxrwxrwx", "drwxrwsrwt", 0o3777),
        ];
        for (go, ls, bits) in cases {
            let modes = ModeText::parse(go).expect(go);
            assert_eq!((modes.as_ls().as_str(), modes.bits()), (ls, bits), "{go}");
        }
        for bad in ["", "rwx", "drwxrwxrw?", "größe-größe", "---------x-"] {
            assert!(ModeText::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn what_an_old_daemon_does_not_send_is_unknown() {
        let entry = file_entry(filesystem::EntryInfo {
            name: "a".into(),
            path: "/a".into(),
            r#type: 1,
            ..Default::default()
        });
        assert_eq!((entry.size, entry.mode, entry.permissions), (None, None, None));
        assert_eq!((entry.owner, entry.modified), (None, None));
    }

    #[test]
    fn hostile_values_are_unknown_not_fatal() {
        let entry = file_entry(filesystem::EntryInfo {
            r#type: 99,
            size: -5,
            permissions: "?????????".into(),
            mode: u32::MAX,
            modified_time: Some(prost_types::Timestamp {
                seconds: i64::MIN,
                nanos: -1,
            }),
            ..Default::default()
        });
        assert_eq!((entry.kind, entry.size), (FileKind::Other, None));
        assert_eq!((entry.mode, entry.modified), (Some(0o7777), None));
        assert_eq!(
            file_change(filesystem::FilesystemEvent {
                r#type: 42,
                ..Default::default()
            }),
            None
        );
    }

    #[test]
    fn dates_before_1970_are_dates() {
        let stamp = prost_types::Timestamp {
            seconds: -1,
            nanos: 500_000_000,
        };
        assert_eq!(system_time(stamp), UNIX_EPOCH.checked_sub(Duration::from_millis(500)));
    }
}

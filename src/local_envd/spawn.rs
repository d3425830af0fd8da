//! Starting a program: the one file with `unsafe` in it, because what happens between fork and exec cannot be said
//! otherwise. Knows no call, no stream and no table.
//!
//! Everything that runs between fork and exec only makes system calls with values prepared before: no allocation, no
//! lock, as POSIX demands of a child of a process with threads.

#![expect(
    unsafe_code,
    reason = "pre_exec, terminal ioctls and AsyncFd::register have no safe form in std, nix or tokio"
)]

use std::collections::BTreeMap;
use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::libc;
use nix::unistd::{Gid, Uid};
use tokio::io::unix::AsyncFd;
use tokio::process::Child;

use super::users::Account;

/// Makes the shell become the command, so that the process id is the command's, its own search path counts, and a
/// command that cannot be run ends with 127 or 126 and the shell's words for why. Shells differ over an empty name,
/// for which envd's chain of helpers gives 127.
const BECOME_COMMAND: &str = r#"[ "$1" ] || { echo "'': not found" >&2; exit 127; }; exec "$@""#;
/// Descriptors above this are closed one by one only where the system has no call for all of them.
const HIGHEST_DESCRIPTOR: RawFd = 4096;

/// What to run, as whom, where.
pub(super) struct Launch<'a> {
    /// A name to look up in the search path, or a path.
    pub command: &'a str,
    /// The arguments after the name.
    pub arguments: &'a [String],
    /// The whole environment.
    pub environment: &'a BTreeMap<String, String>,
    /// The working directory.
    pub folder: &'a Path,
    /// The user to become.
    pub user: &'a Account,
}

/// What the program has for standard input, output and error.
pub(super) enum Streams {
    /// One terminal for all three, which becomes its controlling terminal.
    Terminal(OwnedFd),
    /// A pipe each; standard input is /dev/null if not asked for.
    Pipes {
        /// Whether there is a pipe to write to.
        stdin: bool,
    },
}

/// Starts the program in a session of its own: without one it would share our terminal and our Ctrl-C.
pub(super) fn spawn(launch: &Launch<'_>, streams: Streams) -> io::Result<Child> {
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", BECOME_COMMAND, "sh", launch.command])
        .args(launch.arguments)
        .env_clear()
        .envs(launch.environment);
    let has_terminal = matches!(streams, Streams::Terminal(_));
    match streams {
        Streams::Terminal(terminal) => {
            command.stdin(terminal.try_clone()?);
            command.stdout(terminal.try_clone()?);
            command.stderr(terminal);
        }
        Streams::Pipes { stdin } => {
            command.stdin(if stdin { Stdio::piped() } else { Stdio::null() });
            command.stdout(Stdio::piped());
            command.stderr(Stdio::piped());
        }
    }
    let folder = CString::new(launch.folder.as_os_str().as_bytes())?;
    let identity = launch.user.is_other().then(|| Identity::of(launch.user));
    // SAFETY: the closure only makes async-signal-safe system calls on values that exist already; it allocates only
    // to report an error number, which `io::Error` keeps inline.
    unsafe {
        command.pre_exec(move || {
            nix::unistd::setsid()?;
            if has_terminal {
                take_terminal()?;
            }
            forget_signal_settings();
            if let Some(identity) = &identity {
                identity.assume()?;
            }
            nix::unistd::chdir(folder.as_c_str())?;
            keep_only_standard_streams();
            Ok(())
        });
    }
    tokio::process::Command::from(command).spawn()
}

/// User and groups, looked up before the fork.
struct Identity {
    uid: Uid,
    gid: Gid,
    groups: Vec<libc::gid_t>,
}

impl Identity {
    fn of(user: &Account) -> Self {
        Self {
            uid: user.uid,
            gid: user.gid,
            groups: user.groups().into_iter().map(Gid::as_raw).collect(),
        }
    }

    /// Becomes that user for good; the groups first, since only root may change them.
    fn assume(&self) -> io::Result<()> {
        // SAFETY: the pointer and the length describe a live vector of group ids.
        let result = unsafe { libc::setgroups(self.groups.len() as _, self.groups.as_ptr()) };
        if result != 0 {
            return Err(io::Error::last_os_error());
        }
        nix::unistd::setgid(self.gid)?;
        nix::unistd::setuid(self.uid)?;
        Ok(())
    }
}

/// Makes standard input the controlling terminal of the new session.
fn take_terminal() -> io::Result<()> {
    // SAFETY: the request takes an integer and touches no memory of ours.
    let result = unsafe { libc::ioctl(libc::STDIN_FILENO, libc::TIOCSCTTY as _, 0) };
    if result == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// Every signal back to its default: what we, or `nohup` in front of us, ignore would stay ignored over exec.
fn forget_signal_settings() {
    for signal in 1..32 {
        // SAFETY: setting a default action touches no memory; numbers that cannot be set are refused with an error.
        unsafe {
            libc::signal(signal, libc::SIG_DFL);
        }
    }
}

/// Marks everything but 0, 1 and 2 to be closed by exec, also what we inherited without that mark ourselves.
fn keep_only_standard_streams() {
    #[cfg(target_os = "linux")]
    {
        // SAFETY: the call takes three integers.
        let result = unsafe {
            libc::syscall(
                libc::SYS_close_range,
                3_u32,
                libc::c_uint::MAX,
                libc::CLOSE_RANGE_CLOEXEC,
            )
        };
        if result == 0 {
            return;
        }
    }
    for descriptor in 3..HIGHEST_DESCRIPTOR {
        // SAFETY: the call takes three integers; on a number that is not open it only fails.
        unsafe {
            libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC);
        }
    }
}

/// Sets the size of a terminal; the kernel tells its programs by SIGWINCH.
pub(super) fn set_terminal_size(terminal: BorrowedFd<'_>, cols: u16, rows: u16) -> io::Result<()> {
    let size = libc::winsize {
        ws_row: rows,
        ws_col: cols,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    // SAFETY: the request reads one `winsize` from a live reference.
    let result = unsafe { libc::ioctl(terminal.as_raw_fd(), libc::TIOCSWINSZ as _, &raw const size) };
    if result == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// Lets the runtime wait for a terminal.
pub(super) fn watch_terminal(terminal: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` stays the same open descriptor for as long as it lives, and the result owns it.
    unsafe { AsyncFd::register(terminal) }.map_err(Into::into)
}

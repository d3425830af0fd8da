//! One pseudo terminal: our side of it to read and write, the program's side to hand over. Knows no process.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::stat::{Mode, fchmod};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::spawn::{set_terminal_size, watch_terminal};
use super::users::Account;

/// Our side of a pseudo terminal. Dropping it hangs the program up.
#[derive(Debug)]
pub(super) struct PseudoTerminal {
    master: AsyncFd<OwnedFd>,
}

impl PseudoTerminal {
    /// Opens a pair; the second is the program's side. It belongs to the user and nobody else may read it or write
    /// more than a message to it.
    pub(super) fn open(cols: u16, rows: u16, user: &Account) -> io::Result<(Self, OwnedFd)> {
        let (master, slave) = open_pair()?;
        if user.is_other() {
            nix::unistd::fchown(&slave, Some(user.uid), None)?;
        }
        fchmod(&slave, Mode::S_IRUSR | Mode::S_IWUSR | Mode::S_IWGRP)?;
        set_terminal_size(master.as_fd(), cols, rows)?;
        let master = watch_terminal(master)?;
        Ok((Self { master }, slave))
    }

    /// Reads what the program wrote; 0 when its side is closed for good.
    pub(super) async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self
            .master
            .async_io(Interest::READABLE, |master| Ok(nix::unistd::read(master, buffer)?))
            .await;
        match result {
            // How Linux says that no program has the other side open any more.
            Err(error) if error.raw_os_error() == Some(Errno::EIO as i32) => Ok(0),
            other => other,
        }
    }

    /// Writes all of it, as if typed; waits while the program does not read.
    pub(super) async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = self
                .master
                .async_io(Interest::WRITABLE, |master| Ok(nix::unistd::write(master, bytes)?))
                .await?;
            bytes = &bytes[written..];
        }
        Ok(())
    }

    /// Changes the size.
    pub(super) fn resize(&self, cols: u16, rows: u16) -> io::Result<()> {
        set_terminal_size(self.master.get_ref().as_fd(), cols, rows)
    }
}

/// Both sides, closed by exec from the first moment on, ours without blocking.
#[cfg(target_os = "linux")]
fn open_pair() -> io::Result<(OwnedFd, OwnedFd)> {
    use nix::fcntl::{OFlag, open};

    let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    let master = nix::pty::posix_openpt(flags | OFlag::O_NONBLOCK)?;
    nix::pty::grantpt(&master)?;
    nix::pty::unlockpt(&master)?;
    let name = nix::pty::ptsname_r(&master)?;
    let slave = open(name.as_str(), flags, Mode::empty())?;
    Ok((master.into(), slave))
}

/// Both sides where they cannot be opened marked. Our own children close them anyway.
#[cfg(not(target_os = "linux"))]
fn open_pair() -> io::Result<(OwnedFd, OwnedFd)> {
    use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};

    let pair = nix::pty::openpty(None, None)?;
    for side in [&pair.master, &pair.slave] {
        fcntl(side, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    }
    fcntl(&pair.master, FcntlArg::F_SETFL(OFlag::O_RDWR | OFlag::O_NONBLOCK))?;
    Ok((pair.master, pair.slave))
}

//! One folder of this machine, held open: everything in it is reached through the handle and no link is followed, so that
//! nobody who swaps names meanwhile can lead us elsewhere. Knows nothing of sandboxes.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat, renameat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstatat, mkdirat};
use nix::unistd::{UnlinkatFlags, linkat, unlinkat};

/// An open folder.
#[derive(Debug)]
pub(super) struct LocalFolder {
    handle: OwnedFd,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LocalKind {
    File,
    Folder,
    Link,
    /// A pipe, a device, a socket.
    Special,
}

const FOLDER: OFlag = OFlag::O_RDONLY.union(OFlag::O_DIRECTORY).union(OFlag::O_CLOEXEC);
/// Never a link, and no waiting for the other end of a pipe.
const CAREFUL: OFlag = OFlag::O_NOFOLLOW
    .union(OFlag::O_NONBLOCK)
    .union(OFlag::O_CLOEXEC)
    .union(OFlag::O_NOCTTY);

impl LocalFolder {
    /// Opens the folder that the user named; links on the way there are the user's own choice.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let path = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        let handle = nix::fcntl::open(path, FOLDER, Mode::empty())?;
        Ok(Self { handle })
    }

    /// A folder in this one. A link is refused.
    pub(super) fn enter(&self, name: &OsStr) -> io::Result<Self> {
        let handle = openat(&self.handle, name, FOLDER | OFlag::O_NOFOLLOW, Mode::empty())?;
        Ok(Self { handle })
    }

    /// A folder in this one, made if it is not there.
    pub(super) fn make(&self, name: &OsStr, mode: u32) -> io::Result<Self> {
        match mkdirat(&self.handle, name, permissions(mode | 0o700)) {
            Ok(()) | Err(Errno::EEXIST) => self.enter(name),
            Err(error) => Err(error.into()),
        }
    }

    /// What a name stands for, if it is there.
    pub(super) fn kind(&self, name: &OsStr) -> io::Result<Option<LocalKind>> {
        match fstatat(&self.handle, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(found) => Ok(Some(kind_of(&found))),
            Err(Errno::ENOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The names in it, sorted.
    pub(super) fn names(&self) -> io::Result<Vec<OsString>> {
        let mut folder = Dir::openat(&self.handle, ".", FOLDER, Mode::empty())?;
        let mut names = Vec::new();
        for entry in folder.iter() {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                names.push(OsStr::from_bytes(name).to_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// A regular file for reading, and no other thing.
    pub(super) fn read(&self, name: &OsStr) -> io::Result<File> {
        let file = File::from(openat(&self.handle, name, OFlag::O_RDONLY | CAREFUL, Mode::empty())?);
        if file.metadata()?.is_file() {
            return Ok(file);
        }
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
    }

    /// An unfinished file of ours for appending: what an earlier run left, or a new one with these permissions. Anything
    /// else under that name is refused.
    pub(super) fn unfinished(&self, name: &OsStr, mode: u32) -> io::Result<File> {
        let flags = OFlag::O_RDWR | OFlag::O_APPEND | CAREFUL;
        match openat(
            &self.handle,
            name,
            flags | OFlag::O_CREAT | OFlag::O_EXCL,
            permissions(mode | 0o600),
        ) {
            Ok(handle) => return Ok(File::from(handle)),
            Err(Errno::EEXIST) => {}
            Err(error) => return Err(error.into()),
        }
        let file = File::from(openat(&self.handle, name, flags, Mode::empty())?);
        let found = file.metadata()?;
        let is_ours = found.is_file() && found.nlink() == 1 && found.uid() == nix::unistd::geteuid().as_raw();
        if is_ours && found.mode() & 0o7022 == 0 {
            return Ok(file);
        }
        let text = "something else has the name of the unfinished file";
        Err(io::Error::new(io::ErrorKind::AlreadyExists, text))
    }

    /// Gives a finished file its name. Without `overwrite`, a name that is taken is an error, also when it is taken at the
    /// last moment.
    pub(super) fn finish(&self, unfinished: &OsStr, name: &OsStr, overwrite: bool) -> io::Result<()> {
        if overwrite {
            return Ok(renameat(&self.handle, unfinished, &self.handle, name)?);
        }
        #[cfg(target_os = "linux")]
        {
            let flags = nix::fcntl::RenameFlags::RENAME_NOREPLACE;
            match nix::fcntl::renameat2(&self.handle, unfinished, &self.handle, name, flags) {
                // Some file systems cannot; a second name for the same file can be had there mostly.
                Err(Errno::EINVAL | Errno::ENOSYS) => {}
                done => return Ok(done?),
            }
        }
        linkat(&self.handle, unfinished, &self.handle, name, AtFlags::empty())?;
        self.remove(unfinished)
    }

    /// Removes a file.
    pub(super) fn remove(&self, name: &OsStr) -> io::Result<()> {
        Ok(unlinkat(self.handle.as_fd(), name, UnlinkatFlags::NoRemoveDir)?)
    }
}

/// Reading, writing and executing, writing for nobody but the owner; never set-uid, set-gid or sticky.
fn permissions(mode: u32) -> Mode {
    Mode::from_bits_truncate(mode & 0o755)
}

fn kind_of(found: &FileStat) -> LocalKind {
    match SFlag::from_bits_truncate(found.st_mode) & SFlag::S_IFMT {
        SFlag::S_IFREG => LocalKind::File,
        SFlag::S_IFDIR => LocalKind::Folder,
        SFlag::S_IFLNK => LocalKind::Link,
        _ => LocalKind::Special,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_are_never_followed_and_names_never_taken_away() {
        let place = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        symlink(outside.path(), place.path().join("out")).unwrap();
        fs::write(place.path().join("mine"), "mine").unwrap();
        symlink(outside.path().join("target"), place.path().join("part")).unwrap();
        let folder = LocalFolder::open(place.path()).unwrap();
        let name = OsStr::new;
        assert!(folder.enter(name("out")).is_err());
        assert!(folder.make(name("out"), 0o755).is_err());
        assert!(folder.unfinished(name("part"), 0o644).is_err());
        assert!(folder.unfinished(name("new"), 0o6777).is_ok());
        assert_eq!(fs::metadata(place.path().join("new")).unwrap().mode() & 0o7022, 0);
        assert!(folder.finish(name("new"), name("mine"), false).is_err());
        assert!(folder.finish(name("new"), name("part"), false).is_err());
        assert_eq!(fs::read(place.path().join("mine")).unwrap(), b"mine");
        folder.finish(name("new"), name("part"), true).unwrap();
        assert!(!outside.path().join("target").exists());
        assert_eq!(folder.kind(name("part")).unwrap(), Some(LocalKind::File));
        assert_eq!(folder.names().unwrap(), ["mine", "out", "part"]);
    }
}

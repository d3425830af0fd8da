//! The accounts of this machine as the sandbox uses them: who a call acts as, and whether we may become them.

use std::path::PathBuf;

use nix::unistd::{Gid, Uid, User};
use tonic::Status;

/// The OS user that a call acts as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    /// The login name.
    pub name: String,
    /// The numeric user.
    pub uid: Uid,
    /// The primary group.
    pub gid: Gid,
    /// The home directory.
    pub home: PathBuf,
}

impl From<User> for Account {
    fn from(user: User) -> Self {
        Self {
            name: user.name,
            uid: user.uid,
            gid: user.gid,
            home: user.dir,
        }
    }
}

impl Account {
    /// Looks a login name up; nobody of that name is `None`, as is a name the system cannot hold.
    pub(super) fn named(name: &str) -> Option<Self> {
        User::from_name(name).ok().flatten().map(Self::from)
    }

    /// The user that this process runs as.
    pub(super) fn of_this_process() -> Option<Self> {
        User::from_uid(Uid::effective()).ok().flatten().map(Self::from)
    }

    /// Whether acting as this user needs another uid than ours.
    pub(super) fn is_other(&self) -> bool {
        self.uid != Uid::effective()
    }

    /// Refuses users that we cannot become. The real envd is root and can become anyone.
    pub(super) fn check_permitted(&self) -> Result<(), Status> {
        if self.is_other() && !Uid::effective().is_root() {
            return Err(Status::permission_denied(format!(
                "cannot act as user '{}': this local sandbox does not run as root and has only its own user",
                self.name
            )));
        }
        Ok(())
    }

    /// Every group the user is in, the primary one included.
    #[cfg(not(target_vendor = "apple"))]
    pub(super) fn groups(&self) -> Vec<Gid> {
        std::ffi::CString::new(self.name.as_str())
            .ok()
            .and_then(|name| nix::unistd::getgrouplist(&name, self.gid).ok())
            .unwrap_or_else(|| vec![self.gid])
    }

    /// The primary group; the system has no call that we could use for the others.
    #[cfg(target_vendor = "apple")]
    pub(super) fn groups(&self) -> Vec<Gid> {
        vec![self.gid]
    }
}

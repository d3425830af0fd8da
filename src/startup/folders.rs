//! Where our files are, and how they are made so that nobody else can read or plant them.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

/// The folders of this user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    /// Where `config.toml` is looked for.
    pub config: PathBuf,
    /// What lasts: the working folders of named local sandboxes.
    pub data: PathBuf,
    /// What may be lost: logs and token files.
    pub state: PathBuf,
    /// What can be made again.
    pub cache: PathBuf,
}

impl Folders {
    /// The folders that this system keeps such files in; `None` for a user without a home. Makes none of them.
    pub fn find() -> Option<Self> {
        let folders = ProjectDirs::from("", "", "e2b-tui")?;
        Some(Self {
            config: folders.config_dir().to_owned(),
            data: folders.data_local_dir().to_owned(),
            state: folders.state_dir().unwrap_or(folders.data_local_dir()).to_owned(),
            cache: folders.cache_dir().to_owned(),
        })
    }

    /// The config file, whether it exists or not.
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The log file, whether it exists or not.
    pub fn log_file(&self) -> PathBuf {
        self.state.join("e2b-tui.log")
    }
}

/// Makes a folder that only we can look into, whatever the umask. One that is there is refused if it belongs to
/// somebody else, and closed to others if it is open to them.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    let found = fs::metadata(path)?;
    if found.uid() != nix::unistd::geteuid().as_raw() {
        let text = format!("{} belongs to another user", path.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    }
    if found.mode() & 0o777 != 0o700 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Makes a new file that only we can read. One that is there is an error: it may be somebody's trap.
pub fn write_private_file(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    // The umask may have taken away even our own right to read it.
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_means_private() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        create_private_folder(&inner).unwrap();
        assert_eq!(fs::metadata(&inner).unwrap().mode() & 0o777, 0o700);
        fs::set_permissions(&inner, fs::Permissions::from_mode(0o755)).unwrap();
        create_private_folder(&inner).unwrap();
        assert_eq!(fs::metadata(&inner).unwrap().mode() & 0o777, 0o700);

        let file = inner.join("token");
        write_private_file(&file, "x").unwrap();
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        assert!(write_private_file(&file, "y").is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "x");
    }
}

//! Files and folders that only we can read, made so that nobody else can read or plant them, whatever the umask.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Makes a folder that only we can look into, whatever the umask. One that is there is refused if it belongs to
/// somebody else, and closed to others if it is open to them.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    create_folders(path)?;
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

/// Makes every folder of the path that is missing. A umask that takes our own rights away would keep us from making the
/// next one below, so each gets its mode at once.
fn create_folders(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        create_folders(parent)?;
    }
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => fs::set_permissions(path, fs::Permissions::from_mode(0o700)),
        // Somebody was faster.
        Err(_) if path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes a new file that only we can read, for writing. One that is there is an error: it may be somebody's trap, or
/// something that must not be lost.
pub(super) fn create_private_file(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    // The umask may have taken away even our own right to read it.
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    Ok(file)
}

/// Makes a new file that only we can read, with this text.
pub fn write_private_file(path: &Path, text: &str) -> io::Result<()> {
    create_private_file(path)?.write_all(text.as_bytes())
}

/// Puts this text into a file that only we can read. Whatever happens meanwhile, the file holds either what it held or
/// all of the text.
pub fn replace_private_file(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let (beside, mut file) = create_beside(path)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
        return written;
    }
    // The name, too, is to outlive a power cut. Not every file system can promise it.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// A new file next to this one, under a name that nobody uses.
fn create_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for attempt in 0..16 {
        let beside = path.with_file_name(format!(".{name}.{}-{attempt}", std::process::id()));
        match create_private_file(&beside) {
            Ok(file) => return Ok((beside, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn private_means_private() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        create_private_folder(&inner).unwrap();
        assert_eq!(mode(&inner), 0o700);
        fs::set_permissions(&inner, fs::Permissions::from_mode(0o755)).unwrap();
        create_private_folder(&inner).unwrap();
        assert_eq!(mode(&inner), 0o700);

        let file = inner.join("token");
        write_private_file(&file, "x").unwrap();
        assert_eq!(mode(&file), 0o600);
        assert!(write_private_file(&file, "y").is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "x");
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("w.toml");
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        replace_private_file(&file, "new").unwrap();
        assert_eq!(
            (fs::read_to_string(&file).unwrap().as_str(), mode(&file)),
            ("new", 0o600)
        );
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "nothing is left beside it"
        );
        // A folder cannot be replaced by a file: what was written beside it goes.
        fs::create_dir(folder.path().join("d")).unwrap();
        fs::write(folder.path().join("d/inside"), "").unwrap();
        assert!(replace_private_file(&folder.path().join("d"), "x").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        assert!(replace_private_file(&folder.path().join("none/w.toml"), "x").is_err());
    }
}

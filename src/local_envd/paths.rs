//! Paths as callers write them, and the directories they need. Knows no file type.

use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Component, Path, PathBuf};

use tonic::Status;

use super::exit::system_text;
use super::sandbox::Sandbox;
use super::users::Account;

/// An absolute path: empty is the working folder or the home, `~` the home, relative is below the home, absolute is
/// taken as it stands (`envd-wire.md` 5.2).
pub(super) fn resolve(path: &str, user: &Account, sandbox: &Sandbox) -> Result<PathBuf, Status> {
    if path.is_empty() {
        return Ok(sandbox.working_folder.clone().unwrap_or_else(|| user.home.clone()));
    }
    if let Some(rest) = path.strip_prefix('~') {
        if !rest.is_empty() && !rest.starts_with('/') {
            return Err(Status::invalid_argument(format!(
                "failed to expand path '{path}' for user '{}': cannot expand user-specific home dir",
                user.name
            )));
        }
        return Ok(cleaned(&user.home.join(rest.trim_start_matches('/'))));
    }
    let path = Path::new(path);
    if path.is_absolute() {
        return Ok(path.to_owned());
    }
    Ok(cleaned(&user.home.join(path)))
}

/// The same path without `.`, `..` and doubled slashes; by text alone, links are not looked at.
pub(super) fn cleaned(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                clean.pop();
            }
            Component::CurDir => {}
            other => clean.push(other),
        }
    }
    clean
}

/// Makes a directory and all above it that are missing, owned by the user.
pub(super) fn ensure_directories(path: &Path, user: &Account) -> Result<(), String> {
    let mut steps: Vec<_> = path.ancestors().filter(|step| !step.as_os_str().is_empty()).collect();
    steps.reverse();
    for step in steps {
        match std::fs::metadata(step) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(format!("path is a file: {}", step.display())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make_directory(step, user).map_err(|error| {
                    format!("failed to create directory {}: {}", step.display(), system_text(&error))
                })?;
            }
            Err(error) => {
                return Err(format!(
                    "cannot look at directory {}: {}",
                    step.display(),
                    system_text(&error)
                ));
            }
        }
    }
    Ok(())
}

fn make_directory(path: &Path, user: &Account) -> io::Result<()> {
    match std::fs::DirBuilder::new().mode(0o755).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    give_to(path, user)
}

/// Makes the user the owner. Without root everything is our own anyway.
pub(super) fn give_to(path: &Path, user: &Account) -> io::Result<()> {
    if nix::unistd::Uid::effective().is_root() {
        nix::unistd::chown(path, Some(user.uid), Some(user.gid))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local_envd::options::LocalEnvdOptions;

    #[test]
    fn paths_are_resolved_as_envd_does() {
        let folder = tempfile::tempdir().unwrap();
        let working = folder.path().canonicalize().unwrap();
        let mut sandbox = Sandbox::new(LocalEnvdOptions {
            working_folder: Some(working.clone()),
            ..LocalEnvdOptions::default()
        })
        .unwrap();
        let mut user = sandbox.default_user.clone();
        user.home = PathBuf::from("/home/someone");
        for (given, expected) in [
            ("", working.to_str().unwrap()),
            ("~", "/home/someone"),
            ("~/a/../b", "/home/someone/b"),
            ("a//b/./c", "/home/someone/a/b/c"),
            ("../../..", "/"),
            ("/tmp/../etc", "/tmp/../etc"),
        ] {
            assert_eq!(resolve(given, &user, &sandbox).unwrap(), Path::new(expected), "{given}");
        }
        let error = resolve("~root/x", &user, &sandbox).unwrap_err();
        assert_eq!(error.code(), tonic::Code::InvalidArgument);
        sandbox.working_folder = None;
        assert_eq!(resolve("", &user, &sandbox).unwrap(), Path::new("/home/someone"));
    }

    #[test]
    fn directories_are_made_all_the_way_down() {
        let folder = tempfile::tempdir().unwrap();
        let user = Account::of_this_process().unwrap();
        let deep = folder.path().join("a/b/c");
        ensure_directories(&deep, &user).unwrap();
        assert!(deep.is_dir());
        std::fs::write(folder.path().join("file"), "").unwrap();
        let error = ensure_directories(&folder.path().join("file/below"), &user).unwrap_err();
        assert!(error.starts_with("path is a file"), "{error}");
    }
}

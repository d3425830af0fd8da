//! What the filesystem calls do, one blocking function each: list, make, move, remove. Knows no dialect and no watch.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use tonic::Status;

use super::entry::{OwnerNames, entry_info, text};
use super::exit::system_text;
use super::paths::{cleaned, ensure_directories};
use super::users::Account;
use crate::wire::generated::filesystem::EntryInfo;

/// One entry.
pub(super) fn stat(path: &Path) -> Result<EntryInfo, Status> {
    entry_info(path, &mut OwnerNames::default()).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Status::not_found(format!("file not found: {}", at(path, &error))),
        _ => Status::internal(format!("error getting file info: {}", at(path, &error))),
    })
}

/// The entries below a directory, each directory's sorted by name, parents before children. Links are not followed,
/// but the directory itself may be one.
pub(super) fn list(requested: &Path, depth: u32) -> Result<Vec<EntryInfo>, Status> {
    let resolved = fs::canonicalize(requested).map_err(|error| match error.raw_os_error() {
        Some(nix::libc::ENOENT) => Status::not_found(format!("path not found: {}", at(requested, &error))),
        Some(nix::libc::ELOOP) => Status::failed_precondition(format!(
            "the links at \"{}\" lead in a circle, or are too many",
            requested.display()
        )),
        _ => Status::internal(format!("error resolving symlink: {}", at(requested, &error))),
    })?;
    if !resolved.is_dir() {
        return Err(Status::invalid_argument(format!(
            "path is not a directory: {}",
            resolved.display()
        )));
    }
    let mut walk = Walk {
        entries: Vec::new(),
        names: OwnerNames::default(),
    };
    walk.directory(&resolved, &cleaned(requested), depth.max(1))
        .map_err(|(path, error)| Status::internal(format!("error reading directory {}", at(&path, &error))))?;
    Ok(walk.entries)
}

struct Walk {
    entries: Vec<EntryInfo>,
    names: OwnerNames,
}

impl Walk {
    /// `shown` is the same directory as the caller named it. Unlike envd, directories at the depth limit are not
    /// opened: as root it can open them all, we often cannot.
    fn directory(&mut self, real: &Path, shown: &Path, depth: u32) -> Result<(), (PathBuf, io::Error)> {
        let failed = |error| (real.to_owned(), error);
        let mut names: Vec<OsString> = fs::read_dir(real)
            .map_err(failed)?
            .map(|entry| entry.map(|entry| entry.file_name()))
            .collect::<Result<_, _>>()
            .map_err(failed)?;
        names.sort();
        for name in names {
            let path = real.join(&name);
            let mut entry = match entry_info(&path, &mut self.names) {
                Ok(entry) => entry,
                // Gone since the directory was read.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err((path, error)),
            };
            let shown = shown.join(&name);
            entry.path = text(&shown);
            let descend = depth > 1 && entry.permissions.starts_with('d');
            self.entries.push(entry);
            if descend {
                match self.directory(&path, &shown, depth - 1) {
                    Err((_, error)) if error.kind() == io::ErrorKind::NotFound => {}
                    other => other?,
                }
            }
        }
        Ok(())
    }
}

/// A directory and everything above it that is missing.
pub(super) fn make(path: &Path, user: &Account) -> Result<EntryInfo, Status> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => {
            return Err(Status::already_exists(format!(
                "directory already exists: {}",
                path.display()
            )));
        }
        Ok(_) => {
            return Err(Status::invalid_argument(format!(
                "path already exists but it is not a directory: {}",
                path.display()
            )));
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(Status::internal(format!(
                "error getting file info: {}",
                at(path, &error)
            )));
        }
        Err(_) => {}
    }
    ensure_directories(path, user).map_err(Status::internal)?;
    stat(path)
}

/// Renames, after making the directories above the destination.
pub(super) fn rename(source: &Path, destination: &Path, user: &Account) -> Result<EntryInfo, Status> {
    if let Some(parent) = destination.parent() {
        ensure_directories(parent, user).map_err(Status::internal)?;
    }
    fs::rename(source, destination).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Status::not_found(format!("source file not found: {}", at(source, &error))),
        _ => Status::internal(format!("error renaming: {}", at(source, &error))),
    })?;
    stat(destination)
}

/// Removes a file, a link or a whole directory. What is not there is removed already.
///
/// The real envd would remove `/` too. This is the user's own machine, so what holds the home directory is refused.
pub(super) fn remove(path: &Path, user: &Account) -> Result<(), Status> {
    let failed = |error: io::Error| Status::internal(format!("error removing file or directory: {}", at(path, &error)));
    // As in Go: the parent would be asked to remove an entry that it must keep.
    if path.as_os_str().as_bytes().ends_with(b"/.") {
        return Err(failed(io::Error::from_raw_os_error(nix::libc::EINVAL)));
    }
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        found => found.map_err(failed)?,
    };
    if !found.is_dir() {
        return fs::remove_file(path).or_else(|error| ignore_missing(error).map_err(failed));
    }
    let real = fs::canonicalize(path).map_err(failed)?;
    if fs::canonicalize(&user.home)
        .unwrap_or_else(|_| user.home.clone())
        .starts_with(&real)
    {
        return Err(Status::invalid_argument(format!(
            "refusing to remove {}: this sandbox is not isolated, and that is the home directory of '{}' or holds it",
            real.display(),
            user.name
        )));
    }
    fs::remove_dir_all(path).or_else(|error| ignore_missing(error).map_err(failed))
}

fn ignore_missing(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound {
        Ok(())
    } else {
        Err(error)
    }
}

fn at(path: &Path, error: &io::Error) -> String {
    format!("{}: {}", path.display(), system_text(error))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use tonic::Code;

    use super::*;

    fn user() -> Account {
        Account::of_this_process().unwrap()
    }

    fn names(entries: &[EntryInfo]) -> Vec<&str> {
        entries.iter().map(|entry| entry.name.as_str()).collect()
    }

    #[test]
    fn listings_are_sorted_and_as_deep_as_asked() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("b/deep/er")).unwrap();
        for file in ["a", "B", "b-", "b/x", "b/deep/y"] {
            fs::write(root.join(file), "").unwrap();
        }
        symlink("b", root.join("c")).unwrap();
        assert_eq!(names(&list(root, 0).unwrap()), ["B", "a", "b", "b-", "c"]);
        assert_eq!(names(&list(root, 2).unwrap()), ["B", "a", "b", "deep", "x", "b-", "c"]);
        assert_eq!(list(root, 9).unwrap().len(), 9);
        let through_link = list(&root.join("c"), 1).unwrap();
        assert_eq!(through_link[0].path, text(&root.join("c/deep")));
    }

    #[test]
    fn listing_what_cannot_be_listed_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(root.join("file"), "").unwrap();
        symlink("loop", root.join("loop")).unwrap();
        for (name, code) in [
            ("missing", Code::NotFound),
            ("file", Code::InvalidArgument),
            ("loop", Code::FailedPrecondition),
            ("file/below", Code::Internal),
        ] {
            assert_eq!(list(&root.join(name), 1).unwrap_err().code(), code, "{name}");
        }
    }

    #[test]
    fn making_what_exists_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        assert_eq!(make(&path, &user()).unwrap().name, "b");
        assert_eq!(make(&path, &user()).unwrap_err().code(), Code::AlreadyExists);
        fs::write(path.join("file"), "").unwrap();
        assert_eq!(
            make(&path.join("file"), &user()).unwrap_err().code(),
            Code::InvalidArgument
        );
        assert_eq!(make(&path.join("file/x"), &user()).unwrap_err().code(), Code::Internal);
    }

    #[test]
    fn moving_makes_parents_even_for_a_missing_source() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let error = rename(&root.join("missing"), &root.join("new/place"), &user()).unwrap_err();
        assert_eq!(error.code(), Code::NotFound);
        assert!(root.join("new").is_dir());
        fs::write(root.join("file"), "one").unwrap();
        fs::write(root.join("new/place"), "two").unwrap();
        rename(&root.join("file"), &root.join("new/place"), &user()).unwrap();
        assert_eq!(fs::read(root.join("new/place")).unwrap(), b"one");
    }

    #[test]
    fn removing_is_recursive_and_never_follows_links() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("kept")).unwrap();
        fs::create_dir_all(root.join("gone/deep")).unwrap();
        symlink(root.join("kept"), root.join("gone/link")).unwrap();
        remove(&root.join("gone"), &user()).unwrap();
        remove(&root.join("gone"), &user()).unwrap();
        assert!(root.join("kept").is_dir() && !root.join("gone").exists());
    }

    #[test]
    fn the_home_and_what_holds_it_stay() {
        let folder = tempfile::tempdir().unwrap();
        let mut user = user();
        user.home = folder.path().join("home/someone");
        fs::create_dir_all(&user.home).unwrap();
        for path in ["home/someone", "home/someone/", "home", "home/someone/../../home", ""] {
            let error = remove(&folder.path().join(path), &user).unwrap_err();
            assert_eq!(error.code(), Code::InvalidArgument, "{path}");
        }
        assert!(user.home.is_dir());
    }
}

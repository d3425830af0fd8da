//! One directory entry as envd describes it (`envd-wire.md` 5.2). Knows no call.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use nix::unistd::{Gid, Group, Uid, User};
use prost_types::Timestamp;

use crate::wire::generated::filesystem::{EntryInfo, FileType};

/// Extended attributes that hold what callers attach to a file.
pub(super) const METADATA_PREFIX: &str = "user.e2b.";

/// Names of users and groups already looked up: a directory mostly belongs to one of each.
#[derive(Debug, Default)]
pub(super) struct OwnerNames {
    users: HashMap<u32, String>,
    groups: HashMap<u32, String>,
}

impl OwnerNames {
    fn user(&mut self, uid: u32) -> String {
        let look_up = || match User::from_uid(Uid::from_raw(uid)) {
            Ok(Some(user)) => user.name,
            _ => uid.to_string(),
        };
        self.users.entry(uid).or_insert_with(look_up).clone()
    }

    fn group(&mut self, gid: u32) -> String {
        let look_up = || match Group::from_gid(Gid::from_raw(gid)) {
            Ok(Some(group)) => group.name,
            _ => gid.to_string(),
        };
        self.groups.entry(gid).or_insert_with(look_up).clone()
    }
}

/// Describes what is at the path, a symlink as itself.
pub(super) fn entry_info(path: &Path, names: &mut OwnerNames) -> io::Result<EntryInfo> {
    let found = fs::symlink_metadata(path)?;
    let is_link = found.file_type().is_symlink();
    // What a link leads to decides its type and mode; nothing does for one that leads nowhere.
    let target = if is_link {
        fs::metadata(path).ok()
    } else {
        Some(found.clone())
    };
    Ok(EntryInfo {
        name: base_name(path),
        r#type: target.as_ref().map_or(FileType::Unspecified, file_type) as i32,
        path: text(path),
        size: found.size() as i64,
        mode: target.as_ref().map_or(0, |target| target.mode() & 0o777),
        permissions: permissions_text(&found),
        owner: names.user(found.uid()),
        group: names.group(found.gid()),
        modified_time: modified_time(&found),
        symlink_target: is_link.then(|| fs::canonicalize(path).map_or_else(|_| text(path), |target| text(&target))),
        metadata: attached_metadata(path),
    })
}

/// A path as text; bytes that are no UTF-8 become U+FFFD, because the wire holds nothing else.
pub(super) fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The part after the last slash, slashes at the end aside.
pub(super) fn base_name(path: &Path) -> String {
    let bytes = path.as_os_str().as_bytes();
    let end = bytes.iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1);
    let name = bytes[..end].rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    if name.is_empty() {
        return "/".to_owned();
    }
    String::from_utf8_lossy(name).into_owned()
}

fn file_type(found: &Metadata) -> FileType {
    if found.is_file() {
        FileType::File
    } else if found.is_dir() {
        FileType::Directory
    } else {
        FileType::Unspecified
    }
}

/// The mode as Go writes it: letters for what is special, in Go's order, then nine for the permissions.
fn permissions_text(found: &Metadata) -> String {
    let (kind, mode) = (found.file_type(), found.mode());
    let letters = [
        ('d', kind.is_dir()),
        ('L', kind.is_symlink()),
        ('D', kind.is_block_device() || kind.is_char_device()),
        ('p', kind.is_fifo()),
        ('S', kind.is_socket()),
        ('u', mode & 0o4000 != 0),
        ('g', mode & 0o2000 != 0),
        ('c', kind.is_char_device()),
        ('t', mode & 0o1000 != 0),
    ];
    let mut text: String = letters
        .into_iter()
        .filter_map(|(letter, applies)| applies.then_some(letter))
        .collect();
    if text.is_empty() {
        text.push('-');
    }
    let permissions = "rwxrwxrwx".chars().enumerate();
    text.extend(permissions.map(|(index, letter)| if mode & (0o400 >> index) != 0 { letter } else { '-' }));
    text
}

fn modified_time(found: &Metadata) -> Option<Timestamp> {
    let time = Timestamp {
        seconds: found.mtime(),
        nanos: found.mtime_nsec() as i32,
    };
    (time.seconds != 0 || time.nanos != 0).then_some(time)
}

/// What callers attached to the file; what cannot be read or is no text is left out.
pub(super) fn attached_metadata(path: &Path) -> BTreeMap<String, String> {
    let Ok(names) = xattr::list_deref(path) else {
        return BTreeMap::new();
    };
    names
        .filter_map(|name| {
            let key = name.to_str()?.strip_prefix(METADATA_PREFIX)?.to_owned();
            let value = xattr::get_deref(path, &name).ok()??;
            Some((key, String::from_utf8(value).ok()?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn entry(path: &Path) -> EntryInfo {
        entry_info(path, &mut OwnerNames::default()).unwrap()
    }

    #[test]
    fn permissions_are_written_as_in_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "12345").unwrap();
        for (mode, expected) in [
            (0o644, "-rw-r--r--"),
            (0o4755, "urwxr-xr-x"),
            (0o2710, "grwx--x---"),
            (0o7777, "ugtrwxrwxrwx"),
        ] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let entry = entry(&path);
            assert_eq!(entry.permissions, expected);
            assert_eq!((entry.mode, entry.size), (mode & 0o777, 5));
        }
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o1777)).unwrap();
        assert_eq!(entry(folder.path()).permissions, "dtrwxrwxrwx");
        assert_eq!(entry(Path::new("/dev/null")).permissions, "Dcrw-rw-rw-");
    }

    #[test]
    fn links_are_described_by_what_they_lead_to() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir(root.join("dir")).unwrap();
        symlink("dir", root.join("good")).unwrap();
        symlink("nowhere", root.join("broken")).unwrap();
        let good = entry(&root.join("good"));
        assert_eq!(good.r#type(), FileType::Directory);
        assert_eq!(good.symlink_target, Some(text(&root.join("dir"))));
        assert!(good.permissions.starts_with('L'));
        let broken = entry(&root.join("broken"));
        assert_eq!((broken.r#type(), broken.mode), (FileType::Unspecified, 0));
        assert_eq!(broken.symlink_target, Some(broken.path));
    }

    #[test]
    fn names_are_what_follows_the_last_slash() {
        for (path, name) in [
            ("/", "/"),
            ("/a/b", "b"),
            ("/a/b//", "b"),
            ("/a/..", ".."),
            ("/a/.", "."),
        ] {
            assert_eq!(base_name(Path::new(path)), name);
        }
    }
}

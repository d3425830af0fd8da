//! Which names of a sandbox may become names of files here, and how remote paths are put together. Pure.

use crate::domain::{Failure, FailureKind, RemoteText};

/// The longest name that common file systems hold, in bytes.
const LONGEST: usize = 255;

/// Whether a name from a sandbox may name a file on this machine: one plain part of a path, without anything that acts on
/// a terminal or hides. Says why not.
pub(super) fn check(name: &RemoteText) -> Result<(), Failure> {
    let raw = name.unescaped();
    let why = match raw {
        "" => "an empty name",
        "." | ".." => "a name that leads to another folder",
        _ if raw.contains('/') => "a name with a slash in it leads to another folder",
        _ if raw.contains('\0') => "a name with a zero byte",
        _ if raw.contains('\u{fffd}') => "a name that is not UTF-8 cannot be asked for",
        _ if !name.is_plain() => "a name with control or invisible characters",
        _ if raw.len() > LONGEST => "a name longer than 255 bytes",
        _ => return Ok(()),
    };
    Err(Failure::new(FailureKind::Refused, "not copied")
        .because(why)
        .hint("rename it in the sandbox first"))
}

/// The path of an entry in a folder.
pub(super) fn join(folder: &str, name: &str) -> String {
    if folder.ends_with('/') {
        format!("{folder}{name}")
    } else {
        format!("{folder}/{name}")
    }
}

/// The folder and the last part of a path in a sandbox. A relative path begins at home.
pub(super) fn split(path: &str) -> (&str, &str) {
    let path = match path.trim_end_matches('/') {
        "" if path.starts_with('/') => "/",
        trimmed => trimmed,
    };
    match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((folder, name)) => (folder, name),
        None => ("~", path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_or_hide_are_refused() {
        for bad in [
            "",
            ".",
            "..",
            "a/b",
            "/etc/passwd",
            "../x",
            "a\0b",
            "a\nb",
            "\x1b[2J",
            "a\u{202e}b",
            "\u{9b}1m",
            "\u{fffd}",
        ] {
            assert!(check(&RemoteText::new(bad)).is_err(), "{bad:?}");
        }
        assert!(check(&RemoteText::new("x".repeat(256))).is_err());
        for good in [
            "a", "-rf", "...", "a b", "it's", "$(x)", "`x`", "größe", "日本", ".hidden", "C:\\x",
        ] {
            assert!(check(&RemoteText::new(good)).is_ok(), "{good:?}");
        }
    }

    #[test]
    fn paths_come_apart_and_together() {
        for (path, parts) in [
            ("/a/b", ("/a", "b")),
            ("/a", ("/", "a")),
            ("/a/b//", ("/a", "b")),
            ("/", ("/", "")),
            ("x", ("~", "x")),
            ("~/x", ("~", "x")),
        ] {
            assert_eq!(split(path), parts, "{path}");
        }
        assert_eq!(join("/", "a"), "/a");
        assert_eq!(join("/a", "b"), "/a/b");
    }
}

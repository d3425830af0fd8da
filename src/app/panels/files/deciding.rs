//! What the Files panel asks the user before it acts, and what it then asks the sandbox. Pure.

use std::path::PathBuf;

use crate::app::panels::outcome::{PanelDecision, Request};
use crate::domain::{RemoteText, Target, TargetId, TransferOrder, TransferRules};

use super::questions::{FilesQuestion, join, name_of};

/// What was asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilesDecision {
    /// Make a file in this folder.
    MakeFile(TargetId, String),
    /// Make a folder in this folder.
    MakeFolder(TargetId, String),
    /// Give this entry another name or place, or these another folder.
    Move(TargetId, Vec<String>),
    /// Copy this entry, or these into a folder.
    Copy(TargetId, Vec<String>),
    /// Delete these.
    Remove(TargetId, Vec<String>),
    /// Fetch these.
    Download(TargetId, Vec<String>),
    /// Send something into this folder.
    Upload(TargetId, String),
    /// Copy once more, and replace what is there.
    Replace(TargetId, Box<FilesQuestion>),
    /// Write the text that could not be saved over what is there now.
    OverwriteDraft,
}

/// What is to be done: a question to a sandbox, in words, and the folders that change by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Deed {
    pub(super) target: TargetId,
    pub(super) question: FilesQuestion,
    pub(super) title: String,
    pub(super) changes: Vec<String>,
}

impl FilesDecision {
    /// The line of text that is asked for.
    pub(super) fn prompt(self) -> Request {
        let (title, text) = match &self {
            Self::MakeFile(_, folder) => (format!("New file in {}", RemoteText::new(folder)), String::new()),
            Self::MakeFolder(_, folder) => (format!("New folder in {}", RemoteText::new(folder)), String::new()),
            Self::Move(_, paths) => match paths.as_slice() {
                [path] => ("New name or path".to_owned(), RemoteText::new(path).escaped()),
                _ => (format!("Move {} into this folder", some(paths)), folder_text(paths)),
            },
            Self::Copy(_, paths) => match paths.as_slice() {
                [path] => (
                    "Copy to (NAME:PATH: to another sandbox)".to_owned(),
                    RemoteText::new(path).escaped(),
                ),
                _ => (
                    format!("Copy {} into this folder (NAME:PATH: of another sandbox)", some(paths)),
                    folder_text(paths),
                ),
            },
            Self::Download(_, paths) => (format!("Download {} to this folder here", some(paths)), "./".to_owned()),
            Self::Upload(_, folder) => (
                format!("Upload into {} from here", RemoteText::new(folder)),
                "./".to_owned(),
            ),
            Self::Remove(..) | Self::Replace(..) | Self::OverwriteDraft => (String::new(), String::new()),
        };
        let decision = PanelDecision::Files(self);
        Request::Prompt { title, text, decision }
    }

    /// The question before something is lost.
    pub(super) fn confirm(target: TargetId, paths: Vec<String>, label: &RemoteText) -> Request {
        let shown = paths.iter().take(5).map(|path| RemoteText::new(path).escaped());
        let mut details: Vec<String> = shown.collect();
        if paths.len() > 5 {
            details.push(format!("and {} more", paths.len() - 5));
        }
        details.push("Folders go with everything in them. This cannot be undone.".to_owned());
        Request::Confirm {
            question: format!("Delete {} in {label}?", some(&paths)),
            details,
            verb: "delete",
            decision: PanelDecision::Files(Self::Remove(target, paths)),
            target: Some(target),
        }
    }

    /// What it comes to with the text that the user typed.
    pub(super) fn deeds(self, text: Option<&str>, rules: TransferRules) -> Vec<Deed> {
        let text = text.map(str::trim).unwrap_or_default();
        match self {
            Self::Remove(target, paths) => return vec![remove(target, paths)],
            Self::Replace(target, question) => return vec![replace(target, *question)],
            _ => {}
        }
        if text.is_empty() {
            return Vec::new();
        }
        match self {
            Self::MakeFile(target, folder) => vec![make(target, &folder, text, FilesQuestion::MakeFile)],
            Self::MakeFolder(target, folder) => vec![make(target, &folder, text, FilesQuestion::MakeFolder)],
            Self::Move(target, paths) => carry(target, paths, text, Carry::Move),
            Self::Copy(target, paths) => carry(target, paths, text, Carry::Copy),
            Self::Download(target, paths) => vec![download(target, paths, text, rules)],
            Self::Upload(target, folder) => vec![upload(target, folder, text, rules)],
            Self::Remove(..) | Self::Replace(..) | Self::OverwriteDraft => Vec::new(),
        }
    }
}

fn folder_of(path: &str) -> String {
    super::questions::above(path).to_owned()
}

/// The folder of the first one, as it is shown.
fn folder_text(paths: &[String]) -> String {
    let folder = paths.first().map(|path| folder_of(path)).unwrap_or_default();
    RemoteText::new(folder).escaped()
}

fn make(target: TargetId, folder: &str, text: &str, question: fn(String) -> FilesQuestion) -> Deed {
    let path = at(folder, text);
    Deed {
        target,
        title: format!("make {}", RemoteText::new(&path)),
        changes: vec![folder.to_owned(), folder_of(&path)],
        question: question(path),
    }
}

/// How an entry gets to another place.
#[derive(Clone, Copy)]
enum Carry {
    Move,
    Copy,
}

/// The text is the new name or path of one entry, and the folder of several.
fn carry(target: TargetId, paths: Vec<String>, text: &str, way: Carry) -> Vec<Deed> {
    // What stands there at first is the escaped form; unchanged, it means what it was made of.
    let folder = match paths.as_slice() {
        [path] if text == RemoteText::new(path).escaped() => return Vec::new(),
        [first, _, ..] if text == folder_text(&paths) => Some(folder_of(first)),
        [first, _, ..] => Some(at(&folder_of(first), text)),
        _ => None,
    };
    let to = |path: &str| match &folder {
        None => at(&folder_of(path), text),
        Some(folder) => join(folder, name_of(path).unescaped()),
    };
    let deed = |path: String| {
        let to = to(&path);
        let words = format!("{} to {}", name_of(&path), RemoteText::new(&to));
        let mut changes = vec![folder_of(&to)];
        let (title, question) = match way {
            Carry::Copy => (format!("copy {words}"), FilesQuestion::Copy(path, to)),
            Carry::Move => {
                changes.push(folder_of(&path));
                (format!("move {words}"), FilesQuestion::Move(path, to))
            }
        };
        Deed {
            target,
            question,
            title,
            changes,
        }
    };
    let goes = |path: &String| to(path) != *path;
    paths.into_iter().filter(goes).map(deed).collect()
}

fn remove(target: TargetId, paths: Vec<String>) -> Deed {
    Deed {
        target,
        title: format!("delete {}", some(&paths)),
        changes: paths.iter().map(|path| folder_of(path)).collect(),
        question: FilesQuestion::Remove(paths),
    }
}

fn download(target: TargetId, from: Vec<String>, text: &str, rules: TransferRules) -> Deed {
    let title = format!("{} → {text}", some(&from));
    let to = PathBuf::from(text);
    Deed {
        target,
        question: FilesQuestion::Transfer(TransferOrder::Download { from, to }, rules),
        title,
        changes: Vec::new(),
    }
}

fn upload(target: TargetId, folder: String, text: &str, rules: TransferRules) -> Deed {
    let title = format!("{text} → {}", RemoteText::new(&folder));
    let order = TransferOrder::Upload {
        from: vec![PathBuf::from(text)],
        to: folder.clone(),
    };
    Deed {
        target,
        question: FilesQuestion::Transfer(order, rules),
        title,
        changes: vec![folder],
    }
}

fn replace(target: TargetId, mut question: FilesQuestion) -> Deed {
    let (FilesQuestion::Transfer(order, rules) | FilesQuestion::Relay { order, rules, .. }) = &mut question else {
        return Deed {
            target,
            question,
            title: String::new(),
            changes: Vec::new(),
        };
    };
    rules.overwrite = true;
    let title = match &*order {
        TransferOrder::Download { from, to } => format!("{} → {}", some(from), to.display()),
        TransferOrder::Upload { to, .. } => format!("replace in {}", RemoteText::new(to)),
        TransferOrder::Relay { from, to } => format!("{} → {}", some(from), RemoteText::new(to)),
    };
    Deed {
        target,
        question,
        title: format!("again: {title}"),
        changes: Vec::new(),
    }
}

/// From a sandbox to the one that is named, if `NAME:PATH` names one that is open; none if nothing does.
pub(super) fn across(paths: &[String], text: &str, targets: &[Target]) -> Option<(TargetId, TransferOrder, String)> {
    let (name, to) = text.trim().split_once(':')?;
    let target = targets.iter().find(|target| target.label.unescaped() == name)?;
    let order = TransferOrder::Relay {
        from: paths.to_vec(),
        to: to.to_owned(),
    };
    let title = format!("{} → {}:{}", some(paths), target.label, RemoteText::new(to));
    Some((target.id, order, title))
}

/// A path that the user typed, which may begin in a folder.
fn at(folder: &str, text: &str) -> String {
    if text.starts_with('/') || text.starts_with("~/") {
        text.to_owned()
    } else {
        join(folder, text)
    }
}

/// One by name, several by number; safe to show.
fn some(paths: &[String]) -> String {
    match paths {
        [one] => name_of(one).escaped(),
        _ => format!("{} entries", paths.len()),
    }
}

/// A path as a word for any POSIX shell. None if it holds characters that act on a terminal: typed, a line break would run
/// what stands before it.
pub(super) fn shell_word(path: &str) -> Option<String> {
    if path.chars().any(char::is_control) {
        return None;
    }
    let is_harmless = |letter: char| letter.is_alphanumeric() || "/._-+:@%,=".contains(letter);
    if !path.is_empty() && path.chars().all(is_harmless) && !path.starts_with('-') {
        return Some(path.to_owned());
    }
    Some(format!("'{}'", path.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TransferRules;

    fn deed(decision: FilesDecision, text: &str) -> Vec<FilesQuestion> {
        let deeds = decision.deeds(Some(text), TransferRules::default());
        deeds.into_iter().map(|deed| deed.question).collect()
    }

    #[test]
    fn names_begin_in_the_folder_and_paths_do_not() {
        let target = TargetId(1);
        let rename = || FilesDecision::Move(target, vec!["/a/b".into()]);
        assert_eq!(deed(rename(), "c"), [FilesQuestion::Move("/a/b".into(), "/a/c".into())]);
        assert_eq!(deed(rename(), "/c"), [FilesQuestion::Move("/a/b".into(), "/c".into())]);
        assert_eq!(deed(rename(), "/a/b"), [], "the same name");
        assert_eq!(deed(rename(), "  "), []);
        let folder = FilesDecision::MakeFolder(target, "/".into());
        assert_eq!(deed(folder, "x/y"), [FilesQuestion::MakeFolder("/x/y".into())]);
    }

    #[test]
    fn several_go_into_a_folder_under_their_own_names() {
        let paths = || vec!["/a/b".to_owned(), "/a/c/d\u{1b}".to_owned()];
        let target = TargetId(1);
        assert_eq!(
            deed(FilesDecision::Move(target, paths()), "old"),
            [
                FilesQuestion::Move("/a/b".into(), "/a/old/b".into()),
                FilesQuestion::Move("/a/c/d\u{1b}".into(), "/a/old/d\u{1b}".into()),
            ]
        );
        assert_eq!(
            deed(FilesDecision::Copy(target, paths()), "/x/"),
            [
                FilesQuestion::Copy("/a/b".into(), "/x/b".into()),
                FilesQuestion::Copy("/a/c/d\u{1b}".into(), "/x/d\u{1b}".into()),
            ]
        );
        assert_eq!(
            deed(FilesDecision::Move(target, paths()), "/a"),
            [FilesQuestion::Move("/a/c/d\u{1b}".into(), "/a/d\u{1b}".into())],
            "the other one is there"
        );
    }

    #[test]
    fn a_path_is_one_word_for_the_shell_or_none() {
        for (path, word) in [
            ("/a/b.txt", Some("/a/b.txt")),
            ("/a b", Some("'/a b'")),
            ("/it's", Some(r"'/it'\''s'")),
            ("/$(x)`y`", Some("'/$(x)`y`'")),
            ("-rf", Some("'-rf'")),
            ("/größe", Some("/größe")),
            ("/a\nrm -rf ~", None),
            ("/\x1b[2J", None),
        ] {
            assert_eq!(shell_word(path).as_deref(), word, "{path:?}");
        }
    }
}

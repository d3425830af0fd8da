//! The folders that are open, with what is in them, and the rows they come to. Knows no key and no colour.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::app::list::Sieve;
use crate::app::refresh::Refresh;
use crate::domain::{FileEntry, FileKind, Moment, Ticket};

use super::questions::{above, join};
use super::rows::is_recent;

/// As many changes are remembered.
const MOST_RECENT: usize = 1_000;

/// What is in one folder.
#[derive(Clone, Debug, Default)]
pub(super) struct Listing {
    pub(super) entries: Vec<FileEntry>,
    /// Entries that are not shown because there are too many.
    pub(super) left_out: usize,
}

/// In which order entries are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Order {
    #[default]
    Name,
    Size,
    Time,
}

impl Order {
    pub(super) fn next(self) -> Self {
        match self {
            Self::Name => Self::Size,
            Self::Size => Self::Time,
            Self::Time => Self::Name,
        }
    }
}

/// How the rows are made of what is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Arrangement {
    pub(super) order: Order,
    pub(super) is_reversed: bool,
    pub(super) shows_hidden: bool,
    /// Only what changed a short while ago.
    pub(super) is_recent_only: bool,
}

/// One row: an entry of a folder, so many folders deep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) folder: String,
    pub(super) index: usize,
    pub(super) depth: u16,
}

/// The open folders below one root.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    root: String,
    folders: BTreeMap<String, Refresh<Listing>>,
    /// What a watch told of, the newest last, each with its path.
    recent: Vec<(String, FileEntry)>,
}

impl Tree {
    /// Begins at another folder. What is known of folders stays; those outside are closed.
    pub(super) fn begin_at(&mut self, root: &str) {
        root.clone_into(&mut self.root);
        self.folders.retain(|path, _| is_within(path, root));
        self.recent.retain(|(path, _)| is_within(path, root));
        self.open(root);
    }

    pub(super) fn root(&self) -> &str {
        &self.root
    }

    pub(super) fn is_open(&self, path: &str) -> bool {
        self.folders.contains_key(path)
    }

    /// Opens a folder; what is in it must be asked for.
    pub(super) fn open(&mut self, path: &str) {
        self.folders.entry(path.to_owned()).or_default();
    }

    /// Closes a folder with those below it. The root stays open.
    pub(super) fn close(&mut self, path: &str) -> bool {
        if path == self.root || !self.is_open(path) {
            return false;
        }
        self.folders.retain(|known, _| !is_within(known, path));
        true
    }

    pub(super) fn folder(&self, path: &str) -> Option<&Refresh<Listing>> {
        self.folders.get(path)
    }

    pub(super) fn folders_mut(&mut self) -> impl Iterator<Item = (&String, &mut Refresh<Listing>)> {
        self.folders.iter_mut()
    }

    pub(super) fn folders(&self) -> impl Iterator<Item = &Refresh<Listing>> {
        self.folders.values()
    }

    /// Wants to know anew what is in a folder, if it is open.
    pub(super) fn want(&mut self, path: &str) {
        if let Some(folder) = self.folders.get_mut(path) {
            folder.want();
        }
    }

    pub(super) fn want_all(&mut self) {
        self.folders.values_mut().for_each(Refresh::want);
    }

    pub(super) fn waits_for(&self, ticket: Ticket) -> bool {
        self.folders.values().any(|folder| folder.waits_for(ticket))
    }

    /// An entry has just changed, somewhere below the root.
    pub(super) fn note_recent(&mut self, path: String, mut entry: FileEntry) {
        let below = path.strip_prefix(&self.root).unwrap_or(&path).trim_start_matches('/');
        entry.name = below.into();
        self.recent.retain(|(known, _)| *known != path);
        if self.recent.len() >= MOST_RECENT {
            self.recent.remove(0);
        }
        self.recent.push((path, entry));
    }

    /// The path of a row's entry.
    pub(super) fn path_of(&self, line: &Line) -> String {
        if line.folder.is_empty() {
            return self
                .recent
                .get(line.index)
                .map(|(path, _)| path.clone())
                .unwrap_or_default();
        }
        let name = self.entry(line).map(|entry| entry.name.unescaped()).unwrap_or_default();
        join(&line.folder, name)
    }

    /// The folder that a row's entry is in.
    pub(super) fn folder_of(&self, line: &Line) -> String {
        if line.folder.is_empty() {
            return above(&self.path_of(line)).to_owned();
        }
        line.folder.clone()
    }

    /// The entry of a row.
    pub(super) fn entry(&self, line: &Line) -> Option<&FileEntry> {
        if line.folder.is_empty() {
            return self.recent.get(line.index).map(|(_, entry)| entry);
        }
        self.folders.get(&line.folder)?.value()?.entries.get(line.index)
    }

    /// The rows in their order. A folder that the sieve drops stays if something in it stays.
    pub(super) fn lines(&self, by: Arrangement, now: Moment, sieve: &mut Sieve) -> Vec<Line> {
        let mut lines = Vec::new();
        if by.is_recent_only {
            self.add_recent(by, now, sieve, &mut lines);
            return lines;
        }
        self.add_lines((&self.root, 0), by, sieve, &mut lines);
        lines
    }

    /// What the watch told of, and what the open folders say, the newest first, each file once.
    fn add_recent(&self, by: Arrangement, now: Moment, sieve: &mut Sieve, lines: &mut Vec<Line>) {
        let told = (0..self.recent.len()).map(|index| (String::new(), index));
        let listed = self.folders.iter().flat_map(|(path, folder)| {
            let count = folder.value().map_or(0, |listing| listing.entries.len());
            (0..count).map(|index| (path.clone(), index))
        });
        let mut found = BTreeMap::new();
        for (folder, index) in listed.chain(told) {
            let line = Line {
                folder,
                index,
                depth: 0,
            };
            let Some(entry) = self.entry(&line) else { continue };
            let is_hidden = entry.name.unescaped().split('/').any(|part| part.starts_with('.'));
            if is_recent(entry, now) && (by.shows_hidden || !is_hidden) && sieve.keeps(&entry.name.escaped()) {
                found.insert(self.path_of(&line), (entry.modified, line));
            }
        }
        let mut found: Vec<_> = found.into_values().collect();
        found.sort_by_key(|(modified, _)| std::cmp::Reverse(*modified));
        lines.extend(found.into_iter().map(|(_, line)| line));
    }

    fn add_lines(&self, (path, depth): (&str, u16), by: Arrangement, sieve: &mut Sieve, lines: &mut Vec<Line>) {
        let Some(listing) = self.folders.get(path).and_then(Refresh::value) else {
            return;
        };
        let entries = &listing.entries;
        let is_shown = |entry: &FileEntry| by.shows_hidden || !entry.name.unescaped().starts_with('.');
        let mut order: Vec<usize> = (0..entries.len()).filter(|at| is_shown(&entries[*at])).collect();
        order.sort_by(|one, other| compare(&entries[*one], &entries[*other], by));
        for index in order {
            let entry = &entries[index];
            let before = lines.len();
            lines.push(Line {
                folder: path.to_owned(),
                index,
                depth,
            });
            if entry.kind == FileKind::Directory && depth < 200 {
                let below = join(path, entry.name.unescaped());
                self.add_lines((&below, depth + 1), by, sieve, lines);
            }
            if lines.len() == before + 1 && !sieve.is_open() && !sieve.keeps(&entry.name.escaped()) {
                lines.pop();
            }
        }
    }
}

/// Folders first, then by what was asked for, then by name.
fn compare(one: &FileEntry, other: &FileEntry, by: Arrangement) -> Ordering {
    let is_file = |entry: &FileEntry| entry.kind != FileKind::Directory;
    let asked = match by.order {
        Order::Name => one.name.cmp(&other.name),
        Order::Size => other.size.cmp(&one.size),
        Order::Time => other.modified.cmp(&one.modified),
    };
    let asked = if by.is_reversed { asked.reverse() } else { asked };
    is_file(one)
        .cmp(&is_file(other))
        .then(asked)
        .then_with(|| one.name.cmp(&other.name))
}

/// Whether a path is a folder or lies below it.
pub(super) fn is_within(path: &str, folder: &str) -> bool {
    let mut path = path;
    loop {
        if path == folder {
            return true;
        }
        if path == "/" || path.is_empty() {
            return false;
        }
        path = above(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, kind: FileKind, size: u64) -> FileEntry {
        FileEntry {
            name: name.into(),
            path: format!("/{name}").into(),
            kind,
            size: Some(size),
            mode: None,
            permissions: None,
            owner: None,
            group: None,
            modified: None,
            symlink_target: None,
            metadata: Vec::new(),
        }
    }

    fn fill(tree: &mut Tree, path: &str, entries: &[FileEntry]) {
        tree.open(path);
        for (known, folder) in tree.folders_mut() {
            if known == path {
                folder.ask(Ticket(1), Moment::ZERO);
                folder.answer(
                    Ticket(1),
                    Ok(Listing {
                        entries: entries.to_vec(),
                        left_out: 0,
                    }),
                    Moment::ZERO,
                );
            }
        }
    }

    fn names(tree: &Tree, by: Arrangement, filter: &str) -> Vec<String> {
        let lines = tree.lines(by, Moment::ZERO, &mut Sieve::new(filter));
        lines
            .iter()
            .map(|line| format!("{}{}", "-".repeat(line.depth.into()), tree.entry(line).unwrap().name))
            .collect()
    }

    #[test]
    fn rows_are_a_tree_in_order_and_a_filter_keeps_what_is_above() {
        let mut tree = Tree::default();
        tree.begin_at("/");
        let (file, folder) = (FileKind::File, FileKind::Directory);
        fill(
            &mut tree,
            "/",
            &[
                entry("b", file, 1),
                entry("a", file, 9),
                entry(".h", file, 1),
                entry("z", folder, 0),
            ],
        );
        fill(&mut tree, "/z", &[entry("big", file, 5), entry("dig", file, 7)]);
        let by = Arrangement::default();
        assert_eq!(names(&tree, by, ""), ["z", "-big", "-dig", "a", "b"]);
        assert_eq!(names(&tree, by, "dig"), ["z", "-dig"]);
        let by = Arrangement {
            order: Order::Size,
            shows_hidden: true,
            ..by
        };
        assert_eq!(names(&tree, by, ""), ["z", "-dig", "-big", "a", ".h", "b"]);
        assert!(tree.close("/z") && !tree.close("/"));
        assert_eq!(names(&tree, Arrangement::default(), ""), ["z", "a", "b"]);
    }

    #[test]
    fn a_path_lies_within_its_folders_only() {
        assert!(is_within("/a/b/c", "/a/b") && is_within("/a", "/a") && is_within("/x", "/"));
        assert!(!is_within("/ab", "/a") && !is_within("/", "/a") && !is_within("", "/a"));
    }
}

//! What the Files panel asks a sandbox, and what comes back. Plain data.

use std::sync::Arc;

use crate::domain::{
    FileChange, FileEntry, RemoteText, Steering, TargetId, Ticket, TransferNews, TransferOrder, TransferRules,
};

/// Of a larger folder no more entries than these are shown.
pub const MOST_ENTRIES: usize = 100_000;

/// One question about files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilesQuestion {
    /// What is in a folder.
    List(String),
    /// What changes in a folder and below. Answered again and again until it is forgotten.
    Watch(String),
    /// A piece of a file.
    Read {
        /// The file.
        path: String,
        /// The first byte.
        from: u64,
        /// So many at the most.
        most: u64,
    },
    /// The whole of a file that is to be edited, if it is not too large.
    Fetch(String),
    /// Write a text that was edited.
    Save {
        /// The file.
        path: String,
        /// The text.
        text: Arc<[u8]>,
        /// What may be lost by it.
        way: SaveWay,
    },
    /// Make a folder, with those above it.
    MakeFolder(String),
    /// Make an empty file.
    MakeFile(String),
    /// Give an entry another name or place. What is there already is not replaced.
    Move(String, String),
    /// Copy an entry with everything in it. What is there already is not replaced.
    Copy(String, String),
    /// Delete entries with everything in them.
    Remove(Vec<String>),
    /// Copy between here and there. Answered again and again until its end; forgetting it stops it.
    Transfer(TransferOrder, TransferRules),
    /// The same from the sandbox that is asked to another one.
    Relay {
        /// The other one.
        to: TargetId,
        /// What, and where to.
        order: TransferOrder,
        /// What is allowed.
        rules: TransferRules,
    },
    /// Let the copy under this ticket go on, stand still or end. Not answered.
    Steer(Ticket, Steering),
}

/// One answer about files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilesAnswer {
    /// What is in a folder, and how many entries more there are.
    Listed(Vec<FileEntry>, usize),
    /// A watch begins, or something has changed below the watched folder.
    Changed(Vec<FileChange>),
    /// A piece of a file.
    Read(Piece),
    /// The whole of a file.
    Fetched(Arc<[u8]>),
    /// The text stands in this file now.
    Saved(String),
    /// It was not written: the file is not as it was. Here is what tells both texts apart.
    Differs(Difference),
    /// It is done.
    Done,
    /// A copy says something.
    Transfer(TransferNews),
}

/// What may be lost when a text is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaveWay {
    /// Nothing: the file must still hold this text.
    IfStill(Arc<[u8]>),
    /// Whatever the file holds now.
    Anyway,
    /// Nothing: it goes beside the file, under a name that is free.
    Beside,
}

/// What tells the text in a file from the one that was to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// The file is not there any more.
    pub is_gone: bool,
    /// The lines that differ, with a few around them.
    pub lines: Vec<(DiffSide, RemoteText)>,
}

/// Whose a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffSide {
    /// It stands in both.
    Both,
    /// It stands in the file only.
    Theirs,
    /// It stands in the text that was edited only.
    Mine,
    /// Not a line: words about what is left out.
    Words,
}

/// A piece of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// The first byte's place.
    pub from: u64,
    /// What was read.
    pub bytes: Vec<u8>,
    /// The size of the whole file, if it is known.
    pub total: Option<u64>,
    /// How it may be looked at.
    pub look: Look,
}

/// How a piece of a file may be looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// As text or as bytes.
    #[default]
    Plain,
    /// As source text: for each line, as far as it was read, how many bytes are what.
    Colored(Vec<Vec<(usize, Ink)>>),
    /// As a list of what is in it.
    Archive(ArchiveList),
    /// As a picture.
    Picture {
        /// Its width and height.
        size: (u32, u32),
        /// Pixels in a row of what is shown.
        width: usize,
        /// The pixels that are shown, red, green and blue, row by row.
        pixels: Vec<[u8; 3]>,
    },
}

/// What is in an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArchiveList {
    /// What it is called, such as `tar.gz`.
    pub kind: &'static str,
    /// What is in it, in its own order.
    pub entries: Vec<ArchiveEntry>,
    /// Whether there may be more.
    pub is_cut: bool,
}

/// One thing in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveEntry {
    /// What it is, by the letter that `ls -l` shows.
    pub kind: char,
    /// Its permissions, if the archive says.
    pub mode: Option<u32>,
    /// Its size in bytes, as the archive says.
    pub size: u64,
    /// When it was changed; ours, safe to show.
    pub modified: String,
    /// Its name, which may be any path.
    pub name: RemoteText,
    /// Where it leads, if it is a link.
    pub link: Option<RemoteText>,
}

/// What a part of a source text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Nothing that has a colour.
    Plain,
    /// A comment.
    Comment,
    /// A string.
    Text,
    /// A number or another constant.
    Constant,
    /// A word of the language.
    Keyword,
    /// The name of a function or type.
    Name,
    /// What the language does not allow.
    Wrong,
}

/// The path of an entry in a folder.
pub(super) fn join(folder: &str, name: &str) -> String {
    format!("{}/{name}", folder.trim_end_matches('/'))
}

/// The folder above; the root is above itself.
pub(super) fn above(path: &str) -> &str {
    match path.trim_end_matches('/').rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((folder, _)) => folder,
    }
}

/// The last part of a path, safe to show.
pub(super) fn name_of(path: &str) -> RemoteText {
    match path.trim_end_matches('/').rsplit_once('/') {
        Some((_, name)) => name.into(),
        None => path.into(),
    }
}

//! What the Files panel asks a sandbox, and what comes back. Plain data.

use crate::domain::{FileChange, FileEntry, RemoteText, TransferNews, TransferOrder, TransferRules};

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
    /// It is done.
    Done,
    /// A copy says something.
    Transfer(TransferNews),
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

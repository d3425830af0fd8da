//! A workbench whose sandbox has a few files, played by the test.

use std::time::{Duration, UNIX_EPOCH};

use e2b_tui::app::panels::{
    ArchiveEntry, ArchiveList, DiffSide, Difference, FilesAnswer, FilesQuestion, Ink, Look, Piece, SaveWay,
};
use e2b_tui::app::{Answer, Effect, Message, Question};
use e2b_tui::domain::{
    Failure, FailureKind, FileEntry, FileKind, NoteWeight, TransferNews, TransferNote, TransferProgress,
    TransferSummary,
};

use super::stage::{Stage, targets};

/// One entry of `/srv/app`, or of a folder in it.
pub fn entry(folder: &str, name: &str, permissions: &str, size: u64) -> FileEntry {
    FileEntry {
        name: name.into(),
        path: format!("{folder}/{name}").into(),
        kind: match permissions.as_bytes()[0] {
            b'd' => FileKind::Directory,
            b'-' => FileKind::File,
            _ => FileKind::Other,
        },
        size: Some(size),
        mode: Some(if permissions.contains('x') { 0o755 } else { 0o644 }),
        permissions: Some(permissions.to_owned()),
        owner: Some("user".into()),
        group: Some("user".into()),
        modified: Some(UNIX_EPOCH + Duration::from_secs(1000 * size)),
        symlink_target: None,
        metadata: Vec::new(),
    }
}

fn link(folder: &str, name: &str, target: &str) -> FileEntry {
    FileEntry {
        symlink_target: Some(target.into()),
        ..entry(folder, name, "lrwxrwxrwx", 5)
    }
}

pub fn usual(path: &str) -> Vec<FileEntry> {
    match path {
        "/srv/app" => vec![
            entry(path, "src", "drwxr-xr-x", 12),
            entry(path, "README.md", "-rw-r--r--", 2_345),
            entry(path, "run", "-rwxr-xr-x", 30_000),
            entry(path, ".env", "-rw-------", 17),
            link(path, "latest", "/srv/app/run"),
            link(path, "lost", "/srv/app/lost"),
            entry(path, "pipe", "prw-r--r--", 0),
        ],
        "/srv/app/src" => vec![
            entry(path, "main.rs", "-rw-r--r--", 1_234),
            entry(path, "lib.rs", "-rw-r--r--", 20),
        ],
        _ => Vec::new(),
    }
}

pub fn hostile(path: &str) -> Vec<FileEntry> {
    let names = [
        "-rf",
        "a\nb",
        "\u{1b}[2J",
        "exe\u{202e}gpj",
        "tag\u{e0041}",
        "it's \"x\" `y`",
        "zero\u{200b}",
        "日本語",
        "  ",
    ];
    names.map(|name| entry(path, name, "-rw-r--r--", 1)).to_vec()
}

/// Three sandboxes, the first one's files shown; each question that is open answered from this list.
pub fn files(cols: u16, rows: u16, keys: &str, listed: impl Fn(&str) -> Result<Vec<FileEntry>, Failure>) -> Stage {
    let stage = Stage::new(targets(), cols, rows).live().keys("prefix F");
    let mut stage = answered(stage, &listed);
    for key in keys.split_whitespace() {
        stage = answered(stage.keys(key), &listed);
    }
    stage
}

/// The same with the usual files.
pub fn usual_files() -> Stage {
    files(80, 24, "", |path| Ok(usual(path)))
}

/// A small picture: a red and a blue half, and a green line between.
fn picture() -> Piece {
    let pixel = |at: usize| match at % 12 {
        0..5 => [200, 40, 40],
        5..7 => [40, 200, 40],
        _ => [40, 40, 200],
    };
    Piece {
        from: 0,
        bytes: b"\x89PNG".to_vec(),
        total: Some(1_234),
        look: Look::Picture {
            size: (1_200, 600),
            width: 12,
            pixels: (0..12 * 6).map(pixel).collect(),
        },
    }
}

/// Source text in colours, with a line that is far too long.
fn source() -> Piece {
    let text = format!(
        "fn main() {{ // \x1b[2J\n\tlet x = \"{}\";\n}}\n",
        "wide 日本 ".repeat(600)
    );
    let inks = vec![
        vec![
            (2, Ink::Keyword),
            (1, Ink::Plain),
            (4, Ink::Name),
            (5, Ink::Plain),
            (9, Ink::Comment),
        ],
        vec![(1, Ink::Plain), (3, Ink::Keyword), (5, Ink::Plain), (20_000, Ink::Text)],
    ];
    Piece {
        from: 0,
        total: Some(text.len() as u64),
        bytes: text.into_bytes(),
        look: Look::Colored(inks),
    }
}

/// A file that is an archive, whatever it is called.
fn archive() -> Piece {
    let entry = |kind, mode, size, name: &str, link: Option<&str>| ArchiveEntry {
        kind,
        mode,
        size,
        modified: "2026-11-23 12:18".to_owned(),
        name: name.into(),
        link: link.map(Into::into),
    };
    let entries = vec![
        entry('d', Some(0o755), 0, "app/", None),
        entry('-', Some(0o755), 40_960, "app/run", None),
        entry('-', None, 3 << 30, "../../etc/\x1b[2Jpasswd", None),
        entry('l', Some(0o777), 0, "app/latest", Some("/etc/shadow")),
    ];
    Piece {
        from: 0,
        bytes: vec![0x1f, 0x8b, 8, 0],
        total: Some(30_000),
        look: Look::Archive(ArchiveList {
            kind: "tar.gz",
            entries,
            is_cut: true,
        }),
    }
}

/// Copies in every state: under way, standing still, over with things left out.
pub fn copies(cols: u16, rows: u16) -> Stage {
    let stage = files(cols, rows, "", |path| Ok(usual(path)));
    let stage = stage.keys("z j D enter D enter U enter");
    let tickets = stage.effects.iter().filter_map(|effect| match effect {
        Effect::Ask(ticket, _, Question::Files(FilesQuestion::Transfer(..))) => Some(*ticket),
        _ => None,
    });
    let tickets: Vec<_> = tickets.collect();
    let tell = |stage: Stage, at: usize, news| {
        stage.send(Message::Answer(
            tickets[at],
            Ok(Answer::Files(FilesAnswer::Transfer(news))),
        ))
    };
    let progress = |bytes_done| {
        TransferNews::Progress(TransferProgress {
            files_done: 2,
            files_found: 7,
            bytes_done,
            bytes_found: 9 << 20,
            is_looking: true,
            current: "/srv/app/\x1b[31mred".into(),
        })
    };
    let mut stage = tell(stage, 0, progress(0)).wait(1_000);
    stage = tell(stage, 0, progress(3 << 20));
    stage = tell(stage, 1, progress(1 << 20));
    let note = TransferNote {
        path: "/home/me/lost".into(),
        weight: NoteWeight::Skipped,
        failure: Failure::new(FailureKind::Refused, "left out").because("it is a link"),
    };
    stage = tell(stage, 2, TransferNews::Note(note));
    let summary = TransferSummary {
        files: 4,
        bytes: 5 << 20,
        skipped: 1,
        ..TransferSummary::default()
    };
    tell(stage, 2, TransferNews::Finished(summary)).keys("j p")
}

/// What somebody else did to a file meanwhile.
fn difference() -> Difference {
    let lines = [
        (DiffSide::Both, "# App"),
        (DiffSide::Both, ""),
        (DiffSide::Theirs, "\tcargo run --release"),
        (DiffSide::Mine, "\tcargo run"),
        (DiffSide::Both, "\x1b[31mred"),
    ];
    Difference {
        is_gone: false,
        lines: lines.map(|(side, text)| (side, text.into())).to_vec(),
    }
}

/// Answers what was asked and is not answered yet.
pub fn answered(mut stage: Stage, listed: &impl Fn(&str) -> Result<Vec<FileEntry>, Failure>) -> Stage {
    loop {
        let asked = stage
            .effects
            .iter()
            .position(|effect| matches!(effect, Effect::Ask(..)));
        let Some(Effect::Ask(ticket, _, question)) = asked.map(|at| stage.effects.remove(at)) else {
            return stage;
        };
        let answer = match question {
            Question::WorkingDirectory(_) => Ok(Answer::WorkingDirectory("/srv/app".into())),
            Question::Files(FilesQuestion::List(path)) => {
                listed(&path).map(|entries| Answer::Files(FilesAnswer::Listed(entries, 0)))
            }
            Question::Files(FilesQuestion::Watch(_)) => Ok(Answer::Files(FilesAnswer::Changed(Vec::new()))),
            Question::Files(FilesQuestion::Read { path, .. }) if path.ends_with("/run") => {
                Ok(Answer::Files(FilesAnswer::Read(archive())))
            }
            Question::Files(FilesQuestion::Read { path, .. }) if path.ends_with("/latest") => {
                Ok(Answer::Files(FilesAnswer::Read(picture())))
            }
            Question::Files(FilesQuestion::Read { path, .. }) if path.ends_with("/main.rs") => {
                Ok(Answer::Files(FilesAnswer::Read(source())))
            }
            Question::Files(FilesQuestion::Read { from, .. }) => Ok(Answer::Files(FilesAnswer::Read(Piece {
                from,
                bytes: b"# App\n\n\tcargo run\n\x1b[31mred\n".to_vec(),
                total: Some(27),
                look: Look::Plain,
            }))),
            Question::Files(FilesQuestion::Fetch(_)) => Ok(Answer::Files(FilesAnswer::Fetched(
                b"# App\n\n\tcargo run\n\x1b[31mred\n".as_slice().into(),
            ))),
            Question::Files(FilesQuestion::Save { way, path, .. }) => Ok(Answer::Files(match way {
                SaveWay::IfStill(_) => FilesAnswer::Differs(difference()),
                SaveWay::Anyway => FilesAnswer::Saved(path),
                SaveWay::Beside => FilesAnswer::Saved(format!("{path}.mine")),
            })),
            _ => continue,
        };
        stage = stage.send(Message::Answer(ticket, answer));
    }
}

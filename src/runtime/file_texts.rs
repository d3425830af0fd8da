//! Texts that are edited: read whole, and written only where nothing of anybody else's is lost by it.

use std::sync::Arc;
use std::time::Duration;

use similar::{ChangeTag, TextDiff};
use tokio::task::spawn_blocking;

use crate::app::panels::{DiffSide, Difference, FilesAnswer, SaveWay};
use crate::domain::{Bytes, Failure, FailureKind, FileKind, RemoteText};
use crate::envd::{EnvdClient, EnvdErrorKind, UploadTarget, run_to_end};

/// Larger files are not edited.
const LARGEST: u64 = 8 << 20;
/// Lines of a comparison, and letters of each, that are shown.
const MOST_LINES: usize = 2_000;
const LONGEST_LINE: usize = 500;
/// Comparing takes no longer; what comes of it then is right, but longer than it could be.
const COMPARE_LIMIT: Duration = Duration::from_millis(500);
/// Bytes as they go out.
const PIECE: usize = 64 << 10;
/// Names that are tried for a text that goes beside a file.
const NAMES: u32 = 50;

/// The whole of a file.
pub(super) async fn fetch(client: &EnvdClient, path: &str) -> Result<FilesAnswer, Failure> {
    let entry = client.stat(path).await?;
    let refused = |why: String| Failure::new(FailureKind::Refused, "it is not edited").because(why);
    if entry.kind != FileKind::File {
        return Err(refused("it is not a file".to_owned()));
    }
    let too_large = || {
        let failure = refused(format!("it is larger than {}", Bytes(LARGEST)));
        failure.hint("download it, or edit it there (ctrl-e)")
    };
    if entry.symlink_target.is_none() && entry.size.is_some_and(|size| size > LARGEST) {
        return Err(too_large());
    }
    let content = read_all(client, path).await?.ok_or_else(too_large)?;
    Ok(FilesAnswer::Fetched(content.into()))
}

/// What is in a file; none if that is too much.
async fn read_all(client: &EnvdClient, path: &str) -> Result<Option<Vec<u8>>, crate::envd::EnvdError> {
    let mut download = client.download(path, None).await?;
    let mut content = Vec::new();
    while let Some(piece) = download.next().await? {
        content.extend_from_slice(&piece);
        if content.len() as u64 > LARGEST {
            return Ok(None);
        }
    }
    Ok(Some(content))
}

/// Writes a text, or says why not.
pub(super) async fn save(
    client: &EnvdClient,
    path: &str,
    text: Arc<[u8]>,
    way: SaveWay,
) -> Result<FilesAnswer, Failure> {
    match way {
        SaveWay::Anyway => write(client, path, &text).await?,
        SaveWay::Beside => return beside(client, path, &text).await,
        SaveWay::IfStill(before) => {
            let now = match read_all(client, path).await {
                Ok(now) => now.unwrap_or_default(),
                Err(error) if error.kind() == EnvdErrorKind::NotFound => {
                    return Ok(FilesAnswer::Differs(Difference {
                        is_gone: true,
                        lines: Vec::new(),
                    }));
                }
                Err(error) => return Err(error.into()),
            };
            if *now != *before {
                let compared = spawn_blocking(move || compare(&now, &text)).await;
                return Ok(FilesAnswer::Differs(compared.unwrap_or_default()));
            }
            write(client, path, &text).await?;
        }
    }
    Ok(FilesAnswer::Saved(path.to_owned()))
}

/// Into the file that is there: it keeps its owner, its permissions and its other names, and a link leads on.
async fn write(client: &EnvdClient, path: &str, text: &Arc<[u8]>) -> Result<(), Failure> {
    let target = UploadTarget {
        path: path.to_owned(),
        length: Some(text.len() as u64),
        metadata: Vec::new(),
    };
    let pieces: Vec<std::io::Result<bytes::Bytes>> = text
        .chunks(PIECE)
        .map(|piece| Ok(bytes::Bytes::copy_from_slice(piece)))
        .collect();
    client.upload(&target, futures_util::stream::iter(pieces)).await?;
    Ok(())
}

/// Under a name beside the file that is free, for the same eyes only.
async fn beside(client: &EnvdClient, path: &str, text: &Arc<[u8]>) -> Result<FilesAnswer, Failure> {
    let mode = client.stat(path).await.ok().and_then(|entry| entry.mode);
    for number in 1..=NAMES {
        let name = match number {
            1 => format!("{path}.mine"),
            _ => format!("{path}.mine-{number}"),
        };
        match client.stat(&name).await {
            Ok(_) => continue,
            Err(error) if error.kind() == EnvdErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        if let Some(mode) = mode {
            // Before there is anything to be read in it.
            write(client, &name, &Arc::from([])).await?;
            let mode = format!("{:o}", mode & 0o777);
            run_to_end(client, "chmod", [mode.as_str(), &name]).await?;
        }
        write(client, &name, text).await?;
        return Ok(FilesAnswer::Saved(name));
    }
    let summary = format!("{} names beside {} are taken", NAMES, RemoteText::new(path));
    Err(Failure::new(FailureKind::Refused, summary).hint("remove some of them"))
}

/// What tells both texts apart.
fn compare(theirs: &[u8], mine: &[u8]) -> Difference {
    let mut difference = Difference::default();
    let (Ok(theirs_text), Ok(mine_text)) = (std::str::from_utf8(theirs), std::str::from_utf8(mine)) else {
        let words = format!(
            "{} there, {} here: no text to compare",
            Bytes(theirs.len() as u64),
            Bytes(mine.len() as u64)
        );
        difference.lines.push((DiffSide::Words, words.into()));
        return difference;
    };
    let mut config = TextDiff::configure();
    let diff = config.timeout(COMPARE_LIMIT).diff_lines(theirs_text, mine_text);
    for group in diff.grouped_ops(3) {
        if !difference.lines.is_empty() {
            difference.lines.push((DiffSide::Words, "…".into()));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            if difference.lines.len() >= MOST_LINES {
                difference.lines.push((DiffSide::Words, "… more is not shown".into()));
                return difference;
            }
            let side = match change.tag() {
                ChangeTag::Equal => DiffSide::Both,
                ChangeTag::Delete => DiffSide::Theirs,
                ChangeTag::Insert => DiffSide::Mine,
            };
            let line: String = change
                .value()
                .trim_end_matches('\n')
                .chars()
                .take(LONGEST_LINE)
                .collect();
            difference.lines.push((side, line.into()));
        }
    }
    difference
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparison_says_whose_lines_are_whose_and_is_bounded() {
        let found = compare(b"a\nb\nc\n", b"a\nB\nc\n");
        let lines: Vec<(DiffSide, &str)> = found
            .lines
            .iter()
            .map(|(side, text)| (*side, text.unescaped()))
            .collect();
        assert_eq!(
            lines,
            [
                (DiffSide::Both, "a"),
                (DiffSide::Theirs, "b"),
                (DiffSide::Mine, "B"),
                (DiffSide::Both, "c")
            ]
        );
        assert_eq!(compare(b"\xff", b"x").lines.len(), 1);
        let (theirs, mine) = ("x\n".repeat(50_000), "y\n".repeat(50_000));
        assert!(compare(theirs.as_bytes(), mine.as_bytes()).lines.len() <= MOST_LINES + 1);
    }
}

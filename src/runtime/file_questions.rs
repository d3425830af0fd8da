//! Questions about files, each answered in a task of its own. Nothing that is there already is replaced.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use crate::app::Answer;
use crate::app::panels::{FilesAnswer, FilesQuestion, Look, MOST_ENTRIES, Piece};
use crate::domain::{Failure, FailureKind, FileChange, FileEntry, FileKind, RemoteText, Ticket};
use crate::envd::{ByteRange, EnvdClient, EnvdErrorKind, UploadTarget, WatchScope, run_to_end};

use super::archives::{archive, archive_kind};
use super::effect_runner::Arrival;
use super::file_looks as looks;
use super::file_texts;

/// Changes within this time are told together, and no more of them at once.
const GATHER: Duration = Duration::from_millis(200);
const MOST_CHANGES: usize = 2_000;
/// Larger pictures are shown as bytes.
const LARGEST_PICTURE: u64 = 8 << 20;
/// Looking at files takes no longer; doing something to whole trees may.
const LOOK_LIMIT: Duration = Duration::from_secs(30);
const DEED_LIMIT: Duration = Duration::from_secs(3600);

/// Who waits for answers, and under which ticket.
pub(super) struct Asker {
    pub(super) ticket: Ticket,
    pub(super) answers: mpsc::Sender<Arrival>,
}

impl Asker {
    /// False if nobody listens any more.
    pub(super) async fn tell(&self, answer: Result<FilesAnswer, Failure>) -> bool {
        let message = crate::app::Message::Answer(self.ticket, answer.map(Answer::Files));
        self.answers.send(Arrival::Message(message)).await.is_ok()
    }
}

/// Answers one question, as often as it asks for. Copies are begun elsewhere.
pub(super) async fn answer(client: Option<EnvdClient>, question: FilesQuestion, asker: Asker) {
    let Some(client) = client else {
        let failure = Failure::new(FailureKind::Internal, "a question went to a sandbox that is not open");
        asker.tell(Err(failure)).await;
        return;
    };
    let limit = match &question {
        FilesQuestion::List(_) | FilesQuestion::Read { .. } | FilesQuestion::Fetch(_) => LOOK_LIMIT,
        _ => DEED_LIMIT,
    };
    let work = async {
        match question {
            FilesQuestion::Watch(path) => watch(&client, &path, &asker).await.map(|never| match never {}),
            FilesQuestion::List(path) => list(&client, &path).await.map(Some),
            FilesQuestion::Read { path, from, most } => read(&client, &path, from, most).await.map(Some),
            FilesQuestion::Fetch(path) => file_texts::fetch(&client, &path).await.map(Some),
            FilesQuestion::Save { path, text, way } => file_texts::save(&client, &path, text, way).await.map(Some),
            deed => act(&client, deed).await.map(|()| Some(FilesAnswer::Done)),
        }
    };
    let answer = if limit == LOOK_LIMIT {
        timeout(limit, Box::pin(work)).await.unwrap_or_else(|_| {
            let summary = format!("{} did not answer in time", client.endpoint_name());
            Err(Failure::new(FailureKind::Unreachable, summary))
        })
    } else {
        Box::pin(work).await
    };
    match answer {
        Ok(None) => {}
        Ok(Some(answer)) => _ = asker.tell(Ok(answer)).await,
        Err(failure) => _ = asker.tell(Err(failure)).await,
    }
}

async fn list(client: &EnvdClient, path: &str) -> Result<FilesAnswer, Failure> {
    let mut entries = client.list_dir(path, 1).await?;
    let left_out = entries.len().saturating_sub(MOST_ENTRIES);
    entries.truncate(MOST_ENTRIES);
    Ok(FilesAnswer::Listed(entries, left_out))
}

async fn watch(client: &EnvdClient, path: &str, asker: &Asker) -> Result<std::convert::Infallible, Failure> {
    let scope = WatchScope {
        recursive: true,
        with_entries: true,
        network_mounts: false,
    };
    let mut changes = client.watch_dir(path, scope).await?;
    asker.tell(Ok(FilesAnswer::Changed(Vec::new()))).await;
    loop {
        let mut gathered: Vec<FileChange> = vec![changes.next().await?];
        let end = sleep(GATHER);
        tokio::pin!(end);
        let broken = loop {
            tokio::select! {
                () = &mut end => break None,
                change = changes.next() => match change {
                    Ok(change) => gathered.push(change),
                    Err(error) => break Some(error),
                },
            }
            if gathered.len() >= MOST_CHANGES {
                break None;
            }
        };
        asker.tell(Ok(FilesAnswer::Changed(gathered))).await;
        if let Some(error) = broken {
            return Err(error.into());
        }
    }
}

async fn read(client: &EnvdClient, path: &str, from: u64, most: u64) -> Result<FilesAnswer, Failure> {
    let entry = client.stat(path).await?;
    if entry.kind != FileKind::File {
        let failure = Failure::new(FailureKind::Refused, format!("cannot read {}", RemoteText::new(path)));
        return Err(failure.because("it is neither a file nor a folder"));
    }
    // A file of the kernel has no size and no parts; of a link, the size is that of its text.
    let is_whole = from == 0 && entry.size.is_none_or(|size| size == 0);
    let range = ByteRange {
        start: from,
        end: Some(from + most),
    };
    let mut download = client.download(path, (!is_whole).then_some(range)).await?;
    let total = download.total.or(entry.size.filter(|size| *size > 0));
    let mut bytes = Vec::new();
    while let Some(piece) = download.next().await? {
        bytes.extend_from_slice(&piece);
        if bytes.len() as u64 >= most {
            break;
        }
    }
    let is_cut = bytes.len() as u64 >= most && download.total.is_none();
    bytes.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    let total = total.or((!is_cut).then_some(from + bytes.len() as u64));
    let look = look(client, path, &bytes, (from, total)).await;
    Ok(FilesAnswer::Read(Piece {
        from,
        bytes,
        total,
        look,
    }))
}

/// Pictures are read whole, if they are not too large; of archives, what says what is in them; text is coloured from the
/// beginning of the piece.
async fn look(client: &EnvdClient, path: &str, bytes: &[u8], (from, total): (u64, Option<u64>)) -> Look {
    if from == 0
        && let (Some(kind), Some(total)) = (archive_kind(bytes), total)
    {
        let start = (bytes::Bytes::copy_from_slice(bytes), total);
        let list = archive(client, path, kind, start).await;
        return list.map_or(Look::Plain, Look::Archive);
    }
    let start = bytes.to_vec();
    let looked = if from == 0 && looks::is_picture(bytes) && total.is_some_and(|total| total <= LARGEST_PICTURE) {
        let Ok(whole) = rest_of(client, path, start, total.unwrap_or(0)).await else {
            return Look::Plain;
        };
        spawn_blocking(move || looks::picture(whole)).await
    } else {
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        spawn_blocking(move || looks::colors(&name, &start, looks::COLOR_LIMIT)).await
    };
    looked.unwrap_or_default()
}

async fn rest_of(client: &EnvdClient, path: &str, mut bytes: Vec<u8>, total: u64) -> Result<Vec<u8>, Failure> {
    let start = bytes.len() as u64;
    if start < total {
        let mut download = client
            .download(
                path,
                Some(ByteRange {
                    start,
                    end: Some(total),
                }),
            )
            .await?;
        while let Some(piece) = download.next().await? {
            bytes.extend_from_slice(&piece);
        }
    }
    Ok(bytes)
}

async fn act(client: &EnvdClient, deed: FilesQuestion) -> Result<(), Failure> {
    match deed {
        FilesQuestion::MakeFolder(path) => client.make_dir(&path).await.map(drop)?,
        FilesQuestion::MakeFile(path) => {
            is_free(client, &path).await?;
            let target = UploadTarget {
                path,
                length: Some(0),
                metadata: Vec::new(),
            };
            client.upload(&target, futures_util::stream::empty()).await?;
        }
        FilesQuestion::Move(from, to) => {
            is_free(client, &to).await?;
            client.rename(&from, &to).await?;
        }
        FilesQuestion::Copy(from, to) => {
            is_free(client, &to).await?;
            run_to_end(client, "cp", ["-R", "-p", "--", &from, &to]).await?;
        }
        FilesQuestion::Remove(paths) => {
            for path in paths {
                client.remove(&path).await?;
            }
        }
        FilesQuestion::List(_)
        | FilesQuestion::Watch(_)
        | FilesQuestion::Read { .. }
        | FilesQuestion::Fetch(_)
        | FilesQuestion::Save { .. }
        | FilesQuestion::Transfer(..)
        | FilesQuestion::Relay { .. }
        | FilesQuestion::Steer(..) => {}
    }
    Ok(())
}

/// Envd would replace what is there without a word.
async fn is_free(client: &EnvdClient, path: &str) -> Result<(), Failure> {
    match client.stat(path).await {
        Err(error) if error.kind() == EnvdErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
        Ok(entry) => Err(taken(&entry)),
    }
}

fn taken(entry: &FileEntry) -> Failure {
    Failure::new(FailureKind::Refused, format!("{} is there already", entry.path)).hint("choose another name")
}

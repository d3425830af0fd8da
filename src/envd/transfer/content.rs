//! What is sent into a sandbox: a file of this machine, a file of another sandbox, or a few bytes. Read from any place on, so
//! that a broken link costs nothing but the rest.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio_stream::wrappers::ReceiverStream;

use super::super::error::{EnvdError, EnvdErrorKind};
use super::super::files::ByteRange;
use super::course::{Broken, Job, disk_failure};
use super::digest::{Fingerprint, remote_digest};
use super::download::Version;

/// Bytes read at once, and how many such pieces wait between the disk and the link.
const PIECE: usize = 256 << 10;
const PIECES: usize = 8;

/// Where the bytes come from.
pub(super) enum Content {
    /// A file that is open.
    Here(Arc<File>),
    /// A file of the sandbox that is copied from, as long as it is this version.
    There(String, Version),
    /// What has been read already, of a file whose size nobody knows before.
    Read(Bytes),
}

/// Why content could not be read.
pub(super) enum Unreadable {
    /// Its disk says so: trying again does not help.
    Disk(io::Error),
    /// The link that it comes by is broken.
    Link(EnvdError),
}

type Pieces = mpsc::Sender<io::Result<Bytes>>;

impl Content {
    /// The content from one byte to another, read beside what is done with it, and what became of reading it. Counts what
    /// goes out.
    pub(super) fn read(
        &self,
        job: &Arc<Job>,
        part: Range<u64>,
        sent_bytes: &Arc<AtomicU64>,
    ) -> (
        impl Stream<Item = io::Result<Bytes>> + Send + 'static,
        JoinHandle<Result<(), Unreadable>>,
    ) {
        let (sender, pieces) = mpsc::channel(PIECES);
        let reading = match self {
            Self::Here(file) => {
                let file = Arc::clone(file);
                spawn_blocking(move || from_disk(&file, part, &sender).map_err(Unreadable::Disk))
            }
            Self::There(path, version) => {
                let (job, path, version) = (Arc::clone(job), path.clone(), version.clone());
                tokio::spawn(async move {
                    let read = from_sandbox(&job, &path, &version, part, &sender).await;
                    if let Err(error) = &read {
                        let broken = io::Error::new(io::ErrorKind::BrokenPipe, error.to_string());
                        let _ = sender.send(Err(broken)).await;
                    }
                    read.map_err(Unreadable::Link)
                })
            }
            Self::Read(bytes) => {
                let part = usize::try_from(part.start).unwrap_or(usize::MAX).min(bytes.len())..bytes.len();
                let rest = bytes.slice(part);
                tokio::spawn(async move {
                    if !rest.is_empty() {
                        let _ = sender.send(Ok(rest)).await;
                    }
                    Ok(())
                })
            }
        };
        let (counting, sent_bytes, pausing) = (Arc::clone(job), Arc::clone(sent_bytes), Arc::clone(job));
        let content = ReceiverStream::new(pieces)
            .then(move |piece| {
                let job = Arc::clone(&pausing);
                async move {
                    job.while_paused().await;
                    piece
                }
            })
            .inspect_ok(move |piece| {
                counting.counts.bytes_done.fetch_add(piece.len() as u64, Relaxed);
                sent_bytes.fetch_add(piece.len() as u64, Relaxed);
            });
        (content, reading)
    }

    /// Its sum.
    pub(super) async fn fingerprint(&self, job: &Job, length: u64) -> Result<Fingerprint, Broken> {
        match self {
            Self::Here(file) => {
                let file = Arc::clone(file);
                let summed = spawn_blocking(move || sum_of(&file, length)).await;
                let sum = summed.unwrap_or_else(|error| Err(io::Error::other(error)));
                Ok(sum.map_err(|error| disk_failure("read the file", &error))?)
            }
            Self::There(path, _) => Ok(job.unless_stopped(remote_digest(&job.source, path)).await??),
            Self::Read(bytes) => Ok(Fingerprint::of(bytes)),
        }
    }
}

fn from_disk(file: &File, part: Range<u64>, pieces: &Pieces) -> io::Result<()> {
    let Range { start: mut at, end } = part;
    while at < end {
        let mut buffer = vec![0; PIECE.min(usize::try_from(end - at).unwrap_or(PIECE))];
        let read = match file.read_at(&mut buffer, at) {
            Ok(0) => Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "it became shorter meanwhile",
            )),
            read => read,
        };
        match read {
            Ok(read) => {
                buffer.truncate(read);
                at += read as u64;
                if pieces.blocking_send(Ok(buffer.into())).is_err() {
                    return Ok(());
                }
            }
            Err(error) => {
                let _ = pieces.blocking_send(Err(io::Error::new(error.kind(), error.to_string())));
                return Err(error);
            }
        }
    }
    Ok(())
}

async fn from_sandbox(
    job: &Job,
    path: &str,
    version: &Version,
    part: Range<u64>,
    pieces: &Pieces,
) -> Result<(), EnvdError> {
    let changed = || EnvdError::new(EnvdErrorKind::Invalid, "it changed while it was read; copy it again");
    if part.start > 0 && Version::of(&job.source.stat(path).await?) != *version {
        return Err(changed());
    }
    if part.is_empty() {
        return Ok(());
    }
    let range = ByteRange {
        start: part.start,
        end: Some(part.end),
    };
    let mut download = job.source.download(path, Some(range)).await?;
    if download.total.is_some() && version.size.is_some() && download.total != version.size {
        return Err(changed());
    }
    let mut left = part.end - part.start;
    while let Some(piece) = download.next().await? {
        left = left.saturating_sub(piece.len() as u64);
        if pieces.send(Ok(piece)).await.is_err() {
            return Ok(());
        }
    }
    if left > 0 { Err(changed()) } else { Ok(()) }
}

fn sum_of(file: &File, length: u64) -> io::Result<Fingerprint> {
    let mut sum = Sha256::new();
    let mut buffer = vec![0; PIECE];
    let mut at = 0;
    while at < length {
        let wanted = PIECE.min(usize::try_from(length - at).unwrap_or(PIECE));
        match file.read_at(&mut buffer[..wanted], at)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => {
                sum.update(&buffer[..read]);
                at += read as u64;
            }
        }
    }
    Ok(sum.into())
}

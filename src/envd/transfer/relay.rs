//! From one sandbox to another, file by file through this machine: nothing of it touches the disk here. What holds for an
//! upload holds for it as well.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use bytes::{Bytes, BytesMut};
use tokio::task::JoinSet;

use super::content::Content;
use super::course::{Broken, Job, Patience, is_a_folder, special};
use super::download::Version;
use super::names;
use super::sending;
use super::upload::{Destination, Sendable, place};
use crate::domain::{Failure, FailureKind, FileEntry, FileKind, NoteWeight, RemoteText};

/// Of a file without a size, such as those of the kernel, no more is copied.
const LARGEST_UNSIZED: usize = 16 << 20;

/// A folder that is still to be looked through, and where it goes.
struct Pending {
    from: String,
    to: String,
}

/// Copies everything that was asked for.
pub(super) async fn all(job: &Arc<Job>, from: Vec<String>, to: String) -> Result<(), Broken> {
    let (destination, new_name) = job.unless_stopped(Box::pin(place(job, &to, from.len() == 1))).await??;
    let mut files = JoinSet::new();
    for path in from {
        match Box::pin(source(job, &mut files, (&destination, new_name.as_deref()), &path)).await {
            Ok(()) => {}
            Err(Broken::Stopped) => break,
            Err(Broken::Failed(failure)) => job.note(RemoteText::new(path), NoteWeight::Failed, failure).await,
        }
    }
    job.looked();
    while files.join_next().await.is_some() {}
    Ok(())
}

/// One of the things that were named. A link that the user named is followed; links below it are not.
async fn source(
    job: &Arc<Job>,
    files: &mut JoinSet<()>,
    (to, new_name): (&Destination, Option<&str>),
    path: &str,
) -> Result<(), Broken> {
    let named = job.unless_stopped(job.source.stat(path)).await??;
    let called = match names::split(path).1 {
        "" | "." | ".." | "~" => names::split(named.path.unescaped()).1,
        name => name,
    };
    let called = RemoteText::new(new_name.unwrap_or(called));
    names::check(&called)?;
    let entry = match &named.symlink_target {
        Some(target) if target.unescaped().starts_with('/') => {
            job.unless_stopped(job.source.stat(target.unescaped())).await??
        }
        _ => named,
    };
    match entry.kind {
        FileKind::Directory if job.rules.recursive => {
            let root = Pending {
                from: entry.path.unescaped().to_owned(),
                to: names::join(&to.path, called.unescaped()),
            };
            let is_same = job.source.endpoint_name() == job.client.endpoint_name();
            if is_same && format!("{}/", root.to).starts_with(&format!("{}/", root.from)) {
                let failure = Failure::new(FailureKind::Refused, "not copied");
                return Err(failure.because("a folder cannot go into itself").into());
            }
            Box::pin(tree(job, files, root)).await
        }
        FileKind::Directory => Err(is_a_folder().into()),
        FileKind::File => add(job, files, &entry, (to, called.unescaped())).await,
        FileKind::Other => Err(special().into()),
    }
}

async fn tree(job: &Arc<Job>, files: &mut JoinSet<()>, root: Pending) -> Result<(), Broken> {
    let mut pending = vec![root];
    while let Some(next) = pending.pop() {
        let path = RemoteText::new(&next.from);
        match Box::pin(one_folder(job, files, next, &mut pending)).await {
            Err(Broken::Failed(failure)) => job.note(path, NoteWeight::Failed, failure).await,
            done => done?,
        }
    }
    Ok(())
}

async fn one_folder(
    job: &Arc<Job>,
    files: &mut JoinSet<()>,
    of: Pending,
    pending: &mut Vec<Pending>,
) -> Result<(), Broken> {
    let entries = list(job, &of.from).await?;
    let to = job
        .unless_stopped(Box::pin(Destination::sub_folder(job, of.to)))
        .await??;
    for entry in entries {
        let path = RemoteText::new(names::join(&of.from, entry.name.unescaped()));
        if let Err(failure) = names::check(&entry.name) {
            job.note(path, NoteWeight::Failed, failure).await;
        } else if entry.symlink_target.is_some() {
            let failure = Failure::new(FailureKind::Refused, "left out").because("it is a link");
            job.note(path, NoteWeight::Skipped, failure).await;
        } else {
            match entry.kind {
                FileKind::Directory => pending.push(Pending {
                    from: path.unescaped().to_owned(),
                    to: names::join(&to.path, entry.name.unescaped()),
                }),
                FileKind::File => {
                    let entry = FileEntry {
                        path: path.clone(),
                        ..entry
                    };
                    let name = entry.name.unescaped().to_owned();
                    match add(job, files, &entry, (&to, &name)).await {
                        Err(Broken::Failed(failure)) => job.note(path, NoteWeight::Failed, failure).await,
                        done => done?,
                    }
                }
                FileKind::Other => job.note(path, NoteWeight::Skipped, special()).await,
            }
        }
    }
    Ok(())
}

async fn list(job: &Job, path: &str) -> Result<Vec<FileEntry>, Broken> {
    let mut patience = Patience::default();
    loop {
        match job.unless_stopped(job.source.list_dir(path, 1)).await? {
            Ok(entries) => return Ok(entries),
            Err(error) => patience.after(job, error).await?,
        }
    }
}

/// Sends one file beside others.
async fn add(
    job: &Arc<Job>,
    files: &mut JoinSet<()>,
    entry: &FileEntry,
    (to, target): (&Destination, &str),
) -> Result<(), Broken> {
    let replaces = to.vacancy(job, target)?;
    let version = Version::of(entry);
    job.counts.files_found.fetch_add(1, Relaxed);
    job.counts.bytes_found.fetch_add(version.size.unwrap_or(0), Relaxed);
    let (path, mode) = (entry.path.clone(), entry.mode.unwrap_or(0o644));
    let (folder, name, own) = (to.path.clone(), target.to_owned(), Arc::clone(job));
    let from = path.unescaped().to_owned();
    let work = async move {
        let (content, length) = match version.size {
            Some(size) if size > 0 => (Content::There(from, version), size),
            _ => {
                let bytes = own.unless_stopped(read_all(&own, &from)).await??;
                let length = bytes.len() as u64;
                own.counts.bytes_found.fetch_add(length, Relaxed);
                (Content::Read(bytes), length)
            }
        };
        let sendable = Sendable {
            content,
            length,
            mode,
            folder,
            name,
            replaces,
        };
        sending::send(&own, sendable).await
    };
    job.add_file(files, path, Box::pin(work)).await
}

async fn read_all(job: &Job, path: &str) -> Result<Bytes, Broken> {
    let mut download = job.source.download(path, None).await?;
    let mut content = BytesMut::new();
    while let Some(piece) = download.next().await? {
        content.extend_from_slice(&piece);
        if content.len() > LARGEST_UNSIZED {
            let failure = Failure::new(FailureKind::Refused, "not copied").because("its size is not known");
            return Err(failure.hint("only 16 MiB of such a file are read").into());
        }
    }
    Ok(content.freeze())
}

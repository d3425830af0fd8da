//! From this machine to the sandbox. A file arrives under a name of its own and is renamed at the end, so that nobody there
//! sees half of it; envd itself would write in place.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use tokio::task::JoinSet;

use super::super::error::{EnvdError, EnvdErrorKind};
use super::content::Content;
use super::course::{Broken, Job, REPLACE, is_a_folder, on_disk, shown, special};
use super::local_folder::{LocalFolder, LocalKind};
use super::names;
use super::sending;
use crate::domain::{Failure, FailureKind, FileEntry, FileKind, NoteWeight, RemoteText};

/// A folder of this machine that is still to be looked through, and where it goes.
struct Pending {
    parent: Arc<LocalFolder>,
    name: OsString,
    shown: PathBuf,
    to: String,
}

/// A folder of the sandbox and what is in it already.
pub(super) struct Destination {
    pub(super) path: String,
    entries: HashMap<String, Taken>,
}

/// What stands where a file is to go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    kind: FileKind,
    /// Its permissions, to be kept.
    pub(super) mode: Option<u32>,
}

/// One file to send.
pub(super) struct Sendable {
    pub(super) content: Content,
    pub(super) length: u64,
    pub(super) mode: u32,
    /// Where it goes.
    pub(super) folder: String,
    pub(super) name: String,
    /// What it replaces.
    pub(super) replaces: Option<Taken>,
}

/// Sends everything that was asked for.
pub(super) async fn all(job: &Arc<Job>, from: Vec<PathBuf>, to: String) -> Result<(), Broken> {
    let (destination, new_name) = job.unless_stopped(Box::pin(place(job, &to, from.len() == 1))).await??;
    let mut files = JoinSet::new();
    for path in from {
        match Box::pin(source(job, &mut files, &destination, new_name.as_deref(), &path)).await {
            Ok(()) => {}
            Err(Broken::Stopped) => break,
            Err(Broken::Failed(failure)) => job.note(shown(&path), NoteWeight::Failed, failure).await,
        }
    }
    job.looked();
    while files.join_next().await.is_some() {}
    Ok(())
}

/// Where the first level goes: a folder that is there, or a new name in one.
pub(super) async fn place(job: &Job, to: &str, is_one: bool) -> Result<(Destination, Option<String>), Broken> {
    match job.client.stat(if to.is_empty() { "~" } else { to }).await {
        Ok(entry) if entry.kind == FileKind::Directory => {
            let path = entry.path.unescaped().to_owned();
            Ok((Destination::of(job, path).await?, None))
        }
        Err(error) if error.kind() != EnvdErrorKind::NotFound => Err(error.into()),
        Ok(_) | Err(_) if is_one && !to.ends_with('/') => {
            let (parent, name) = names::split(to);
            let parent = job.client.stat(parent).await?.path.unescaped().to_owned();
            let found = job.client.stat(&names::join(&parent, name)).await.ok();
            let entries = found.iter().map(|entry| (name.to_owned(), Taken::by(entry))).collect();
            let destination = Destination { path: parent, entries };
            Ok((destination, Some(name.to_owned())))
        }
        _ => {
            let summary = format!("cannot copy to {}", RemoteText::new(to));
            Err(Failure::new(FailureKind::NotFound, summary)
                .because("there is no such folder")
                .hint("make it first")
                .into())
        }
    }
}

impl Taken {
    fn by(entry: &FileEntry) -> Self {
        Self {
            kind: if entry.symlink_target.is_some() {
                FileKind::File
            } else {
                entry.kind
            },
            mode: entry.mode.filter(|_| entry.symlink_target.is_none()),
        }
    }
}

impl Destination {
    async fn of(job: &Job, path: String) -> Result<Self, EnvdError> {
        let entries = job.client.list_dir(&path, 1).await?;
        let entries = entries
            .iter()
            .map(|entry| (entry.name.unescaped().to_owned(), Taken::by(entry)))
            .collect();
        Ok(Self { path, entries })
    }

    /// A folder in this one, made if it is not there.
    pub(super) async fn sub_folder(job: &Job, path: String) -> Result<Self, EnvdError> {
        match job.client.make_dir(&path).await {
            Ok(entry) => Ok(Self {
                path: entry.path.unescaped().to_owned(),
                entries: HashMap::new(),
            }),
            Err(error) if error.kind() == EnvdErrorKind::Exists => Self::of(job, path).await,
            Err(error) => Err(error),
        }
    }

    /// Whether a file may go there, and what it replaces.
    pub(super) fn vacancy(&self, job: &Job, name: &str) -> Result<Option<Taken>, Failure> {
        let refuse = |why: &str| {
            let path = RemoteText::new(names::join(&self.path, name));
            Failure::new(FailureKind::Refused, format!("cannot write {path}")).because(why)
        };
        match self.entries.get(name) {
            Some(taken) if taken.kind == FileKind::Directory => Err(refuse("a folder has that name")),
            Some(_) if !job.rules.overwrite => Err(refuse("it is there already").hint(REPLACE)),
            taken => Ok(taken.copied()),
        }
    }
}

/// One of the things that were named. A link that the user named is followed; links below it are not.
async fn source(
    job: &Arc<Job>,
    files: &mut JoinSet<()>,
    to: &Destination,
    new_name: Option<&str>,
    path: &Path,
) -> Result<(), Broken> {
    let (own, shown_path) = (path.to_owned(), shown(path));
    let (folder, name, kind) = on_disk(
        move || format!("read {shown_path}"),
        move || {
            let real = fs::canonicalize(&own)?;
            let (Some(parent), Some(name)) = (real.parent(), real.file_name()) else {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "the root folder has no name to copy it under",
                ));
            };
            let folder = LocalFolder::open(parent)?;
            let kind = folder.kind(name)?;
            let called = own.file_name().unwrap_or(name).to_owned();
            Ok((folder, (name.to_owned(), called), kind))
        },
    )
    .await?;
    let (name, called) = name;
    let target = match new_name {
        Some(name) => name.to_owned(),
        None => utf8(&called)?.to_owned(),
    };
    let folder = Arc::new(folder);
    match kind {
        Some(LocalKind::Folder) if job.rules.recursive => {
            let root = Pending {
                parent: folder,
                name,
                shown: path.to_owned(),
                to: names::join(&to.path, &target),
            };
            Box::pin(tree(job, files, root)).await
        }
        Some(LocalKind::Folder) => Err(is_a_folder().into()),
        Some(LocalKind::File) => add(job, files, (&folder, &name, path), (to, &target)).await,
        _ => Err(special().into()),
    }
}

fn utf8(name: &OsStr) -> Result<&str, Failure> {
    name.to_str().ok_or_else(|| {
        Failure::new(FailureKind::Refused, "not copied").because("its name is not UTF-8, and envd takes no other")
    })
}

async fn tree(job: &Arc<Job>, files: &mut JoinSet<()>, root: Pending) -> Result<(), Broken> {
    let mut pending = vec![root];
    while let Some(next) = pending.pop() {
        let path = shown(&next.shown);
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
    let (parent, name, path) = (of.parent, of.name, shown(&of.shown));
    let (folder, names) = on_disk(
        move || format!("read the folder {path}"),
        move || {
            let folder = parent.enter(&name)?;
            let mut names = Vec::new();
            for name in folder.names()? {
                if let Some(kind) = folder.kind(&name)? {
                    names.push((name, kind));
                }
            }
            Ok((folder, names))
        },
    )
    .await?;
    let folder = Arc::new(folder);
    let to = job
        .unless_stopped(Box::pin(Destination::sub_folder(job, of.to)))
        .await??;
    for (name, kind) in names {
        let path = of.shown.join(&name);
        let added = match (kind, utf8(&name)) {
            (LocalKind::Link, _) => {
                let failure = Failure::new(FailureKind::Refused, "left out").because("it is a link");
                job.note(shown(&path), NoteWeight::Skipped, failure).await;
                continue;
            }
            (LocalKind::Special, _) => {
                job.note(shown(&path), NoteWeight::Skipped, special()).await;
                continue;
            }
            (_, Err(failure)) => Err(failure.into()),
            (LocalKind::Folder, Ok(target)) => {
                pending.push(Pending {
                    to: names::join(&to.path, target),
                    parent: Arc::clone(&folder),
                    name: name.clone(),
                    shown: path.clone(),
                });
                Ok(())
            }
            (LocalKind::File, Ok(target)) => add(job, files, (&folder, &name, &path), (&to, target)).await,
        };
        match added {
            Err(Broken::Failed(failure)) => job.note(shown(&path), NoteWeight::Failed, failure).await,
            done => done?,
        }
    }
    Ok(())
}

/// Sends one file beside others.
async fn add(
    job: &Arc<Job>,
    files: &mut JoinSet<()>,
    (folder, name, path): (&Arc<LocalFolder>, &OsStr, &Path),
    (to, target): (&Destination, &str),
) -> Result<(), Broken> {
    let replaces = to.vacancy(job, target)?;
    job.counts.files_found.fetch_add(1, Relaxed);
    let (folder, name, shown_path) = (Arc::clone(folder), name.to_owned(), shown(path));
    let (to_folder, target, own) = (to.path.clone(), target.to_owned(), Arc::clone(job));
    let work = async move {
        // Opened late: only files that are being sent are open.
        let (file, found) = on_disk(
            move || format!("read {shown_path}"),
            move || {
                let file = folder.read(&name)?;
                let found = file.metadata()?;
                Ok((file, found))
            },
        )
        .await?;
        own.counts.bytes_found.fetch_add(found.len(), Relaxed);
        let sendable = Sendable {
            content: Content::Here(Arc::new(file)),
            length: found.len(),
            mode: found.mode(),
            folder: to_folder,
            name: target,
            replaces,
        };
        sending::send(&own, sendable).await
    };
    job.add_file(files, shown(path), Box::pin(work)).await
}

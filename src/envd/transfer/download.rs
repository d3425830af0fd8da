//! From the sandbox to this machine. What a sandbox calls its files decides nothing here but names inside the chosen folder.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::{JoinSet, spawn_blocking};

use super::super::error::{EnvdError, EnvdErrorKind};
use super::super::files::{ByteRange, Download};
use super::course::{Broken, Job, Patience, disk_failure, is_a_folder, on_disk, shown, special};
use super::digest::remote_digest;
use super::local_folder::{LocalFolder, LocalKind};
use super::names;
use super::part_file::{PartFile, part_name};
use crate::domain::{Failure, FailureKind, FileEntry, FileKind, NoteWeight, RemoteText};

/// Pieces between the link and the disk.
const PIECES: usize = 16;

/// A folder that is still to be looked through.
struct Pending {
    parent: Arc<LocalFolder>,
    name: OsString,
    path: String,
    mode: u32,
}

/// One file to fetch.
struct Wanted {
    folder: Arc<LocalFolder>,
    name: String,
    path: String,
    version: Version,
    mode: u32,
}

/// What tells one version of a file from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) size: Option<u64>,
    modified: Option<std::time::SystemTime>,
}

impl Version {
    pub(super) fn of(entry: &FileEntry) -> Self {
        Self {
            // Of a link, the size is that of its text.
            size: entry.size.filter(|_| entry.symlink_target.is_none()),
            modified: entry.modified,
        }
    }
}

/// Where the first level goes.
enum Place {
    Into(Arc<LocalFolder>),
    As(Arc<LocalFolder>, OsString),
}

/// Fetches everything that was asked for.
pub(super) async fn all(job: &Arc<Job>, from: Vec<String>, to: PathBuf) -> Result<(), Broken> {
    let is_one = from.len() == 1;
    let doing = format!("copy to {}", shown(&to));
    let place = on_disk(move || doing.clone(), move || place(&to, is_one)).await?;
    let mut files = JoinSet::new();
    for path in from {
        match job
            .unless_stopped(Box::pin(source(job, &mut files, &place, &path)))
            .await
        {
            Ok(Ok(())) => {}
            Err(Broken::Stopped) | Ok(Err(Broken::Stopped)) => break,
            Err(Broken::Failed(failure)) | Ok(Err(Broken::Failed(failure))) => {
                job.note(RemoteText::new(path), NoteWeight::Failed, failure).await;
            }
        }
    }
    job.looked();
    while files.join_next().await.is_some() {}
    Ok(())
}

fn place(to: &std::path::Path, is_one: bool) -> io::Result<Place> {
    if std::fs::metadata(to).is_ok_and(|found| found.is_dir()) {
        return Ok(Place::Into(Arc::new(LocalFolder::open(to)?)));
    }
    let name = to
        .file_name()
        .filter(|_| is_one && !to.as_os_str().as_encoded_bytes().ends_with(b"/"));
    let Some(name) = name else {
        return Err(io::Error::new(io::ErrorKind::NotFound, "there is no such folder"));
    };
    let parent = to.parent().unwrap_or(std::path::Path::new(""));
    Ok(Place::As(Arc::new(LocalFolder::open(parent)?), name.to_owned()))
}

/// One of the things that were named.
async fn source(job: &Arc<Job>, files: &mut JoinSet<()>, place: &Place, path: &str) -> Result<(), Broken> {
    let entry = job.client.stat(path).await?;
    let (folder, name) = match place {
        Place::As(folder, name) => (folder, name.clone()),
        Place::Into(folder) => {
            let name = match names::split(path).1 {
                "" | "." | ".." | "~" => RemoteText::new(names::split(entry.path.unescaped()).1),
                name => RemoteText::new(name),
            };
            names::check(&name)?;
            (folder, name.unescaped().into())
        }
    };
    // The path as envd resolved it: `~` would mean another folder inside of another path.
    let path = entry.path.unescaped().to_owned();
    match entry.kind {
        FileKind::Directory if job.rules.recursive => {
            let root = Pending {
                parent: Arc::clone(folder),
                name,
                path,
                mode: entry.mode.unwrap_or(0o755),
            };
            Box::pin(tree(job, files, root)).await
        }
        FileKind::Directory => Err(is_a_folder().into()),
        FileKind::File => {
            let Some(name) = name.to_str() else {
                return Err(Failure::new(FailureKind::Usage, "the new name is not UTF-8").into());
            };
            fetch_beside_others(job, files, wanted(folder, name, path, &entry)).await
        }
        FileKind::Other => Err(special().into()),
    }
}

fn wanted(folder: &Arc<LocalFolder>, name: &str, path: String, entry: &FileEntry) -> Wanted {
    Wanted {
        folder: Arc::clone(folder),
        name: name.to_owned(),
        path,
        version: Version::of(entry),
        mode: entry.mode.unwrap_or(0o644),
    }
}

/// A folder with everything in it. A part that cannot be read does not keep the rest from being copied.
async fn tree(job: &Arc<Job>, files: &mut JoinSet<()>, root: Pending) -> Result<(), Broken> {
    let mut pending = vec![root];
    while let Some(next) = pending.pop() {
        let path = next.path.clone();
        match Box::pin(one_folder(job, files, next, &mut pending)).await {
            Err(Broken::Failed(failure)) => job.note(RemoteText::new(path), NoteWeight::Failed, failure).await,
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
    let entries = list(job, &of.path).await?;
    let doing = format!("make the folder {}", RemoteText::new(of.name.to_string_lossy()));
    let (parent, name, mode) = (of.parent, of.name, of.mode);
    let folder = on_disk(move || doing.clone(), move || parent.make(&name, mode)).await?;
    let folder = Arc::new(folder);
    for entry in entries {
        let path = names::join(&of.path, entry.name.unescaped());
        if let Err(failure) = names::check(&entry.name) {
            job.note(RemoteText::new(path), NoteWeight::Failed, failure).await;
        } else if entry.symlink_target.is_some() {
            let failure = Failure::new(FailureKind::Refused, "left out").because("it is a link");
            job.note(RemoteText::new(path), NoteWeight::Skipped, failure).await;
        } else {
            match entry.kind {
                FileKind::Directory => pending.push(Pending {
                    parent: Arc::clone(&folder),
                    name: entry.name.unescaped().into(),
                    path,
                    mode: entry.mode.unwrap_or(0o755),
                }),
                FileKind::File => {
                    let wanted = wanted(&folder, entry.name.unescaped(), path, &entry);
                    fetch_beside_others(job, files, wanted).await?;
                }
                FileKind::Other => job.note(RemoteText::new(path), NoteWeight::Skipped, special()).await,
            }
        }
    }
    Ok(())
}

async fn list(job: &Job, path: &str) -> Result<Vec<FileEntry>, Broken> {
    let mut patience = Patience::default();
    loop {
        match job.unless_stopped(job.client.list_dir(path, 1)).await? {
            Ok(entries) => return Ok(entries),
            Err(error) => patience.after(job, error).await?,
        }
    }
}

async fn fetch_beside_others(job: &Arc<Job>, files: &mut JoinSet<()>, wanted: Wanted) -> Result<(), Broken> {
    job.counts.files_found.fetch_add(1, Relaxed);
    job.counts
        .bytes_found
        .fetch_add(wanted.version.size.unwrap_or(0), Relaxed);
    let (path, own) = (RemoteText::new(&wanted.path), Arc::clone(job));
    job.add_file(files, path, Box::pin(async move { fetch(&own, wanted).await }))
        .await
}

/// One file, taken up again as often as its link breaks.
async fn fetch(job: &Job, mut wanted: Wanted) -> Result<(), Broken> {
    let mut part = open_part(job, &wanted).await?;
    let mut patience = Patience::default();
    job.counts.bytes_done.fetch_add(part.length(), Relaxed);
    while wanted.version.size.is_none_or(|size| size == 0 || part.length() < size) {
        let before = part.length();
        let (back, outcome) = one_try(job, &wanted, part).await?;
        part = back;
        match outcome {
            Ok(()) => break,
            Err(error) => {
                if part.length() > before {
                    patience.renew();
                }
                patience.after(job, error).await?;
            }
        }
        let version = match job.unless_stopped(job.client.stat(&wanted.path)).await? {
            Ok(entry) => Version::of(&entry),
            Err(error) if error.kind().may_pass() => continue,
            Err(error) => return Err(error.into()),
        };
        // A kernel's file has no size, and its parts do not fit together.
        if version != wanted.version || version.size == Some(0) {
            job.counts.bytes_done.fetch_sub(part.length(), Relaxed);
            part.restart()
                .map_err(|error| disk_failure("begin the file again", &error))?;
            wanted.version = version;
        }
    }
    settle(job, wanted, part).await
}

async fn open_part(job: &Job, wanted: &Wanted) -> Result<PartFile, Broken> {
    let identity = format!("{} {} {:?}", job.client.endpoint_name(), wanted.path, wanted.version);
    let (folder, mode, rules) = (Arc::clone(&wanted.folder), wanted.mode, job.rules);
    let (name, size) = (wanted.name.clone(), wanted.version.size.unwrap_or(0));
    let doing = format!("write {}", RemoteText::new(&wanted.name));
    on_disk(
        move || doing.clone(),
        move || {
            match folder.kind(OsStr::new(&name))? {
                Some(LocalKind::Folder) => return Err(io::Error::from_raw_os_error(nix::libc::EISDIR)),
                Some(_) if !rules.overwrite => return Err(io::Error::from_raw_os_error(nix::libc::EEXIST)),
                _ => {}
            }
            let mut part = PartFile::open(folder, part_name(&name, &identity), mode, rules.checksum)?;
            if part.length() > size {
                part.restart()?;
            }
            Ok(part)
        },
    )
    .await
}

/// One try: everything from where the file ends to the end. Gives the file back with what became of the link.
async fn one_try(job: &Job, wanted: &Wanted, part: PartFile) -> Result<(PartFile, Result<(), EnvdError>), Broken> {
    let range = (part.length() > 0).then(|| ByteRange {
        start: part.length(),
        end: None,
    });
    let mut download = match job.unless_stopped(job.client.download(&wanted.path, range)).await? {
        Ok(download) => download,
        Err(error) => return Ok((part, Err(error))),
    };
    if download.total.is_some() && download.total != wanted.version.size {
        // It has changed since: the caller looks again and begins anew.
        let error = EnvdError::new(EnvdErrorKind::Lost, "it changed while it was read");
        return Ok((part, Err(error)));
    }
    let (pieces, disk) = mpsc::channel(PIECES);
    let writing = spawn_blocking(move || write_all(part, disk));
    let poured = job.unless_stopped(pour(job, &mut download, pieces)).await;
    let written = writing.await.unwrap_or_else(|error| Err(io::Error::other(error)));
    let doing = || format!("write {}", RemoteText::new(&wanted.name));
    let part = written.map_err(|error| disk_failure(&doing(), &error))?;
    Ok((part, poured?))
}

fn write_all(mut part: PartFile, mut pieces: mpsc::Receiver<Bytes>) -> io::Result<PartFile> {
    while let Some(piece) = pieces.blocking_recv() {
        part.append(&piece)?;
    }
    Ok(part)
}

async fn pour(job: &Job, download: &mut Download, disk: mpsc::Sender<Bytes>) -> Result<(), EnvdError> {
    while let Some(piece) = download.next().await? {
        let length = piece.len() as u64;
        job.while_paused().await;
        if disk.send(piece).await.is_err() {
            // The disk has failed, and says so itself.
            return Ok(());
        }
        job.counts.bytes_done.fetch_add(length, Relaxed);
    }
    Ok(())
}

/// Checks what has come and gives it its name.
async fn settle(job: &Job, wanted: Wanted, part: PartFile) -> Result<(), Broken> {
    if let Some(here) = part.fingerprint() {
        let there = job.unless_stopped(remote_digest(&job.client, &wanted.path)).await??;
        if here != there {
            part.discard();
            let failure = Failure::new(FailureKind::Refused, "not copied").because("the checksums differ");
            return Err(failure.hint("it may be changing; try again").into());
        }
    } else if wanted
        .version
        .size
        .is_some_and(|size| size > 0 && size != part.length())
    {
        let failure =
            Failure::new(FailureKind::Busy, "copied as it was when it was read").because("its size changed meanwhile");
        job.note(RemoteText::new(&wanted.path), NoteWeight::Remark, failure)
            .await;
    }
    let shown_name = RemoteText::new(&wanted.name);
    let name = wanted.name;
    let overwrite = job.rules.overwrite;
    on_disk(
        move || format!("write {shown_name}"),
        move || part.finish(OsStr::new(&name), overwrite),
    )
    .await
}

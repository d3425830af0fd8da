//! One file on its way into the sandbox: in pieces if the link breaks, checked if that was asked for, and put in place at
//! the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tokio::time::timeout;

use super::super::files::UploadTarget;
use super::content::Unreadable;
use super::course::{Broken, Job, Patience, disk_failure};
use super::digest::{remote_digest, set_mode};
use super::names;
use super::traces::MARK;
use super::upload::Sendable;
use crate::domain::{Failure, FailureKind, NoteWeight, RemoteText};

/// Clearing away takes no longer.
const CLEARING_LIMIT: Duration = Duration::from_secs(5);

/// What of a file has arrived, under names of its own.
struct Arrived {
    /// Where the name of every piece begins.
    stem: String,
    pieces: Vec<String>,
    length: u64,
}

/// Sends a file. Whatever happens, nothing unfinished is left there as long as the sandbox can be reached.
pub(super) async fn send(job: &Arc<Job>, of: Sendable) -> Result<(), Broken> {
    let mut salt = [0; 8];
    getrandom::fill(&mut salt)
        .map_err(|error| Failure::new(FailureKind::Internal, "no random numbers").because(error.to_string()))?;
    let mut arrived = Arrived {
        stem: names::join(&of.folder, &format!("{MARK}{:016x}", u64::from_ne_bytes(salt))),
        pieces: Vec::new(),
        length: 0,
    };
    let done = deliver(job, &of, &mut arrived).await;
    if done.is_err() {
        let clearing = async {
            for piece in &arrived.pieces {
                if let Err(error) = job.client.remove(piece).await {
                    tracing::warn!(%error, "an unfinished file stays in the sandbox");
                    return false;
                }
            }
            true
        };
        if !timeout(CLEARING_LIMIT, clearing).await.unwrap_or(false) {
            job.counts.left.fetch_add(1, Relaxed);
        }
    }
    done
}

async fn deliver(job: &Arc<Job>, of: &Sendable, arrived: &mut Arrived) -> Result<(), Broken> {
    send_pieces(job, of, arrived).await?;
    let whole = job.unless_stopped(put_together(job, of, arrived)).await??;
    if job.rules.checksum {
        let here = of.content.fingerprint(job, of.length).await?;
        let there = job.unless_stopped(remote_digest(&job.client, &whole)).await??;
        if here != there {
            let failure = Failure::new(FailureKind::Refused, "not copied").because("the checksums differ");
            return Err(failure.hint("it may be changing; try again").into());
        }
    }
    let path = names::join(&of.folder, &of.name);
    job.unless_stopped(permissions(job, of, &whole)).await??;
    job.client.rename(&whole, &path).await?;
    Ok(())
}

/// Sends the content, and what is missing of it again after a broken link.
async fn send_pieces(job: &Arc<Job>, of: &Sendable, arrived: &mut Arrived) -> Result<(), Broken> {
    let mut patience = Patience::default();
    loop {
        let piece = format!("{}.{}", arrived.stem, arrived.pieces.len());
        let target = UploadTarget {
            path: piece.clone(),
            length: Some(of.length - arrived.length),
            metadata: Vec::new(),
        };
        job.note_unfinished(&piece);
        arrived.pieces.push(piece.clone());
        let sent_bytes = Arc::new(AtomicU64::new(0));
        let (content, reading) = of.content.read(job, arrived.length..of.length, &sent_bytes);
        let sent = job.unless_stopped(job.client.upload(&target, content)).await?;
        let Err(error) = sent else {
            break;
        };
        let error = match reading.await.ok().and_then(Result::err) {
            Some(Unreadable::Disk(error)) => return Err(disk_failure("read the file", &error).into()),
            Some(Unreadable::Link(error)) => error,
            None => error,
        };
        patience.after(job, error).await?;
        // What has arrived of the piece is the beginning of it.
        let found = job.unless_stopped(job.client.stat(&piece)).await?;
        let came = found.ok().and_then(|entry| entry.size).unwrap_or(0);
        let came = came.min(of.length - arrived.length);
        let lost = sent_bytes.load(Relaxed).saturating_sub(came);
        job.counts.bytes_done.fetch_sub(lost, Relaxed);
        if came > 0 {
            patience.renew();
            arrived.length += came;
        } else {
            arrived.pieces.pop();
        }
        if arrived.length == of.length && of.length > 0 {
            break;
        }
    }
    Ok(())
}

/// One file of all the pieces. Daemons before 0.5.5 cannot: there a broken link is the end.
async fn put_together(job: &Arc<Job>, of: &Sendable, arrived: &mut Arrived) -> Result<String, Broken> {
    if let [only] = &arrived.pieces[..] {
        return Ok(only.clone());
    }
    let whole = format!("{}.whole", arrived.stem);
    job.note_unfinished(&whole);
    job.client.compose(&arrived.pieces, &whole).await?;
    arrived.pieces = vec![whole.clone()];
    let size = job.client.stat(&whole).await?.size;
    if size.is_some_and(|size| size != of.length) {
        return Err(Failure::new(FailureKind::Unreachable, "not copied")
            .because("the link broke, and the pieces do not fit together")
            .hint("try again")
            .into());
    }
    Ok(whole)
}

/// A file that replaces another keeps its permissions; a new one may be executed if it may be here.
async fn permissions(job: &Arc<Job>, of: &Sendable, path: &str) -> Result<(), Broken> {
    match of.replaces.and_then(|taken| taken.mode) {
        // Where others could not read, they shall not be able to now: without the right permissions it is not replaced.
        Some(mode) => Ok(set_mode(&job.client, path, mode).await?),
        None if of.mode & 0o100 != 0 => {
            if let Err(error) = set_mode(&job.client, path, 0o755).await {
                let failure = Failure::new(FailureKind::Refused, "copied, but it cannot be executed");
                let failure = failure.because(error.to_string());
                job.note(RemoteText::new(&of.name), NoteWeight::Remark, failure).await;
            }
            Ok(())
        }
        None => Ok(()),
    }
}

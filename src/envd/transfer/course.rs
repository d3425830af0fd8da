//! One transfer from beginning to end: what it shares between its files, what it tells, how it is stopped, and how long a
//! broken link is tried again.

use std::future::Future;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{MissedTickBehavior, interval};

use super::super::backoff::pause_before;
use super::super::client::EnvdClient;
use super::super::error::EnvdError;
use super::traces::Trace;
use super::{download, relay, upload};
use crate::domain::{
    Failure, FailureKind, NoteWeight, RemoteText, Steering, TransferNews, TransferNote, TransferOrder,
    TransferProgress, TransferRules, TransferSummary,
};

/// How often a transfer says how far it is.
const REPORT_EVERY: Duration = Duration::from_millis(200);
/// After so many tries in a row that brought no byte, a file is given up.
const TRIES: u32 = 6;
/// Notes that wait to be read; beyond them the transfer waits as well.
const NOTES: usize = 256;

/// A running transfer. Dropping it stops it; what must be cleared away is cleared away behind it.
pub struct Transfer {
    news: mpsc::Receiver<TransferNews>,
    steering: watch::Sender<Steering>,
}

/// What the files of one transfer share.
pub(super) struct Job {
    /// The sandbox that is copied to, or from if the other side is this machine.
    pub(super) client: EnvdClient,
    /// The sandbox that is copied from, if the other side is a sandbox as well.
    pub(super) source: EnvdClient,
    pub(super) rules: TransferRules,
    pub(super) counts: Counts,
    /// What is unfinished, noted for the next run; begun by the first upload.
    trace: OnceLock<Option<Trace>>,
    permits: Arc<Semaphore>,
    news: mpsc::Sender<TransferNews>,
    steering: watch::Receiver<Steering>,
}

#[derive(Default)]
pub(super) struct Counts {
    pub(super) files_found: AtomicU64,
    pub(super) bytes_found: AtomicU64,
    pub(super) bytes_done: AtomicU64,
    pub(super) resumed: AtomicU64,
    files_done: AtomicU64,
    skipped: AtomicU64,
    failed: AtomicU64,
    taken: AtomicU64,
    /// Unfinished files that could not be removed.
    pub(super) left: AtomicU64,
    has_looked: AtomicU64,
    current: Mutex<RemoteText>,
}

/// Why a file is not in place.
pub(super) enum Broken {
    /// It was stopped.
    Stopped,
    Failed(Failure),
}

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<EnvdError> for Broken {
    fn from(error: EnvdError) -> Self {
        Self::Failed(error.into())
    }
}

impl Transfer {
    /// Begins it, in a task of its own.
    pub fn start(client: &EnvdClient, order: TransferOrder, rules: TransferRules) -> Self {
        Self::between(client, client, order, rules)
    }

    /// Begins it from one sandbox to another; of other orders, the second sandbox is the only one.
    pub fn between(source: &EnvdClient, client: &EnvdClient, order: TransferOrder, rules: TransferRules) -> Self {
        let (sender, news) = mpsc::channel(NOTES);
        let (steering, steered) = watch::channel(Steering::Going);
        let parallel = rules.parallel.clamp(1, 64);
        let job = Arc::new(Job {
            client: client.clone(),
            source: source.clone(),
            rules,
            counts: Counts::default(),
            trace: OnceLock::new(),
            permits: Arc::new(Semaphore::new(parallel)),
            news: sender,
            steering: steered,
        });
        tokio::spawn(carry_out(job, order));
        Self { news, steering }
    }

    /// Removes from the sandbox what earlier runs that were killed have left unfinished there.
    pub async fn clear_traces(client: &EnvdClient) {
        if let Some(traces) = client.traces() {
            traces.clear(client).await;
        }
    }

    /// What is new; `None` after the end. May be cancelled without losing any.
    pub async fn next(&mut self) -> Option<TransferNews> {
        self.news.recv().await
    }

    /// Lets it go on, stand still, or end. A stopped one does not go on; its end still comes as news. Large files that are
    /// not whole stay, to be taken up again.
    pub fn steer(&self, steering: Steering) {
        self.steering.send_if_modified(|now| {
            let is_new = *now != Steering::Stopped && *now != steering;
            if is_new {
                *now = steering;
            }
            is_new
        });
    }

    /// Stops it.
    pub fn stop(&self) {
        self.steer(Steering::Stopped);
    }
}

async fn carry_out(job: Arc<Job>, order: TransferOrder) {
    let reporting = tokio::spawn(report(Arc::clone(&job)));
    let work = async {
        match order {
            TransferOrder::Download { from, to } => Box::pin(download::all(&job, from, to)).await,
            TransferOrder::Upload { from, to } => Box::pin(upload::all(&job, from, to)).await,
            TransferOrder::Relay { from, to } => Box::pin(relay::all(&job, from, to)).await,
        }
    };
    if let Err(Broken::Failed(failure)) = work.await {
        job.note(RemoteText::default(), NoteWeight::Failed, failure).await;
    }
    reporting.abort();
    let _ = job.news.send(TransferNews::Progress(job.progress())).await;
    if let Some(Some(trace)) = job.trace.get()
        && job.counts.left.load(Relaxed) == 0
    {
        trace.end();
    }
    let _ = job.news.send(TransferNews::Finished(job.summary())).await;
}

async fn report(job: Arc<Job>) {
    let mut ticks = interval(REPORT_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // Somebody who does not read needs no more of them.
        let _ = job.news.try_send(TransferNews::Progress(job.progress()));
    }
}

impl Job {
    fn progress(&self) -> TransferProgress {
        let counts = &self.counts;
        TransferProgress {
            files_done: counts.files_done.load(Relaxed),
            files_found: counts.files_found.load(Relaxed),
            bytes_done: counts.bytes_done.load(Relaxed),
            bytes_found: counts.bytes_found.load(Relaxed),
            is_looking: counts.has_looked.load(Relaxed) == 0,
            current: counts.current.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    fn summary(&self) -> TransferSummary {
        let counts = &self.counts;
        TransferSummary {
            files: counts.files_done.load(Relaxed),
            bytes: counts.bytes_done.load(Relaxed),
            skipped: counts.skipped.load(Relaxed),
            failed: counts.failed.load(Relaxed),
            taken: counts.taken.load(Relaxed),
            resumed: counts.resumed.load(Relaxed),
            is_cancelled: self.is_stopped(),
        }
    }

    /// Notes a file that is about to be begun in the sandbox.
    pub(super) fn note_unfinished(&self, path: &str) {
        let trace = self.trace.get_or_init(|| {
            let begun = self.client.traces()?.begin();
            begun
                .inspect_err(|error| tracing::warn!(%error, "unfinished files are not noted"))
                .ok()
        });
        if let Some(trace) = trace
            && let Err(error) = trace.note(path)
        {
            tracing::warn!(%error, "an unfinished file is not noted");
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        // Without anybody who could stop it, nobody waits for it either.
        *self.steering.borrow() == Steering::Stopped || self.steering.has_changed().is_err()
    }

    /// Work that ends early when the transfer is stopped.
    pub(super) async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Result<T, Broken> {
        let mut steering = self.steering.clone();
        tokio::select! {
            biased;
            _ = steering.wait_for(|now| *now == Steering::Stopped) => Err(Broken::Stopped),
            done = work => Ok(done),
        }
    }

    /// Waits for as long as it is to stand still.
    pub(super) async fn while_paused(&self) {
        if *self.steering.borrow() == Steering::Paused {
            let mut steering = self.steering.clone();
            let _ = steering.wait_for(|now| *now != Steering::Paused).await;
        }
    }

    pub(super) async fn note(&self, path: RemoteText, weight: NoteWeight, failure: Failure) {
        match weight {
            NoteWeight::Remark => {}
            NoteWeight::Skipped => _ = self.counts.skipped.fetch_add(1, Relaxed),
            NoteWeight::Failed => _ = self.counts.failed.fetch_add(1, Relaxed),
        }
        if failure.hint.as_deref() == Some(REPLACE) {
            self.counts.taken.fetch_add(1, Relaxed);
        }
        let note = TransferNote { path, weight, failure };
        let _ = self.news.send(TransferNews::Note(note)).await;
    }

    /// Everything has been found.
    pub(super) fn looked(&self) {
        self.counts.has_looked.store(1, Relaxed);
    }

    /// Copies one file beside others, once there is room for it.
    pub(super) async fn add_file<Work>(
        self: &Arc<Self>,
        files: &mut JoinSet<()>,
        path: RemoteText,
        work: Work,
    ) -> Result<(), Broken>
    where
        Work: Future<Output = Result<(), Broken>> + Send + 'static,
    {
        let permit = self.unless_stopped(Arc::clone(&self.permits).acquire_owned()).await?;
        self.unless_stopped(self.while_paused()).await?;
        while files.try_join_next().is_some() {}
        let job = Arc::clone(self);
        files.spawn(async move {
            let _permit = permit;
            job.counts
                .current
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone_from(&path);
            match work.await {
                Ok(()) => _ = job.counts.files_done.fetch_add(1, Relaxed),
                Err(Broken::Stopped) => {}
                Err(Broken::Failed(failure)) => job.note(path, NoteWeight::Failed, failure).await,
            }
        });
        Ok(())
    }
}

/// How long a file may go on after its link broke.
#[derive(Default)]
pub(super) struct Patience {
    tries: u32,
}

impl Patience {
    /// Bytes have come: the link is good.
    pub(super) fn renew(&mut self) {
        self.tries = 0;
    }

    /// Waits before the next try, or gives up with the error.
    pub(super) async fn after(&mut self, job: &Job, error: EnvdError) -> Result<(), Broken> {
        self.tries += 1;
        if !error.kind().may_pass() || self.tries > TRIES {
            return Err(error.into());
        }
        tracing::info!(%error, tries = self.tries, "a transfer is taken up again");
        let pause = error.retry_after().unwrap_or_else(|| pause_before(self.tries, 0.0));
        job.counts.resumed.fetch_add(1, Relaxed);
        job.unless_stopped(tokio::time::sleep(pause)).await
    }
}

/// Disk work, where waiting for it keeps nobody else waiting. `doing` completes "cannot …".
pub(super) async fn on_disk<T: Send + 'static>(
    doing: impl Fn() -> String,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Broken> {
    let done = spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)));
    done.map_err(|error| Broken::Failed(disk_failure(&doing(), &error)))
}

/// A failure of this machine's disk.
pub(super) fn disk_failure(doing: &str, error: &io::Error) -> Failure {
    let kind = match error.kind() {
        io::ErrorKind::NotFound => FailureKind::NotFound,
        io::ErrorKind::PermissionDenied => FailureKind::Denied,
        io::ErrorKind::StorageFull => FailureKind::Busy,
        _ => FailureKind::Refused,
    };
    let failure = Failure::new(kind, format!("cannot {doing}"));
    match error.raw_os_error().map(nix::errno::Errno::from_raw) {
        Some(nix::errno::Errno::ELOOP | nix::errno::Errno::ENOTDIR) => failure
            .because("a link or a file is in the place of a folder")
            .hint("links are never followed"),
        Some(nix::errno::Errno::EEXIST) => failure.because("it is there already").hint(REPLACE),
        _ => failure.because(crate::domain::innermost_words(error)),
    }
}

/// What is neither a file nor a folder is not copied.
pub(super) fn special() -> Failure {
    Failure::new(FailureKind::Refused, "not copied").because("it is neither a file nor a folder")
}

/// A folder is copied only where that was asked for.
pub(super) fn is_a_folder() -> Failure {
    let failure = Failure::new(FailureKind::Refused, "not copied").because("it is a folder");
    failure.hint("-r copies folders with everything in them")
}

/// What to do about a name that is taken.
pub(super) const REPLACE: &str = "say so if it shall be replaced (--force)";

/// A path of this machine, as it may be shown.
pub(super) fn shown(path: &Path) -> RemoteText {
    RemoteText::new(path.to_string_lossy())
}

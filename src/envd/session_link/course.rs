//! The life of a session: attach, follow, and after every loss wait and attach again, until the program ends or somebody leaves.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{Instant, sleep, timeout};

use super::super::backoff::pause_before;
use super::super::error::{EnvdError, EnvdErrorKind};
use super::attach::{Attached, Quest};
use super::link::Leave;
use super::live::{Outcome, wished_leave};
use crate::domain::{GridSize, Pid, SessionEntry, SessionNews, TerminalSignal};
use crate::envd::EnvdClient;
use crate::envd::input_lane::InputLane;

/// So long may it take to end a program on leaving, its last words included.
const KILL_PATIENCE: Duration = Duration::from_secs(5);
/// A link that stood, if only for a moment, is tried again with a pause no longer than this many losses give.
const LOSSES_AFTER_STANDING: u32 = 2;
/// An edge that says "gone" so many times in a row is believed: once may be a deploy.
const BELIEVED_AFTER: u32 = 3;

/// What the user wants of the session at this moment.
pub(super) struct Wishes {
    pub(super) lane: Arc<InputLane>,
    pub(super) size: watch::Receiver<GridSize>,
    pub(super) leave: watch::Receiver<Option<Leave>>,
    pub(super) retry: Arc<Notify>,
}

/// Nobody reads the news any longer: time to go.
pub(super) struct NobodyListens;

/// Everything that outlives a single connection.
pub(super) struct Course {
    client: EnvdClient,
    entry: SessionEntry,
    pub(super) wishes: Wishes,
    news: mpsc::Sender<SessionNews>,
    /// Losses in a row; a link that carries anything ends the row.
    losses: AtomicU32,
    /// Answers in a row that say that there is nothing to come back to.
    dismissals: AtomicU32,
}

impl Course {
    pub(super) fn new(
        client: EnvdClient,
        entry: SessionEntry,
        wishes: Wishes,
        news: mpsc::Sender<SessionNews>,
    ) -> Self {
        Self {
            client,
            entry,
            wishes,
            news,
            losses: AtomicU32::new(0),
            dismissals: AtomicU32::new(0),
        }
    }

    pub(super) async fn run(self) {
        let done = tokio::select! {
            done = Box::pin(self.follow()) => done,
            gone = self.report_refusals() => gone,
        };
        if done.is_err() {
            tracing::debug!("a session ends because nobody reads its news");
        }
    }

    pub(super) async fn tell(&self, news: SessionNews) -> Result<(), NobodyListens> {
        self.news.send(news).await.map_err(|_| NobodyListens)
    }

    pub(super) async fn tell_unconfirmed(&self) -> Result<(), NobodyListens> {
        match self.wishes.lane.give_up() {
            Some(bytes) => self.tell(SessionNews::Unconfirmed { bytes }).await,
            None => Ok(()),
        }
    }

    /// The link carried something.
    pub(super) fn calm(&self) {
        self.losses.store(0, Ordering::Relaxed);
        self.dismissals.store(0, Ordering::Relaxed);
    }

    async fn report_refusals(&self) -> Result<(), NobodyListens> {
        loop {
            let bytes = self.wishes.lane.refusals().await;
            self.tell(SessionNews::Refused { bytes }).await?;
        }
    }

    async fn follow(&self) -> Result<(), NobodyListens> {
        let mut quest = Quest::new(self.entry.clone(), random_label);
        let mut client = self.client.clone();
        let mut lost_at: Option<Instant> = None;
        let mut was_opened = false;
        loop {
            let error = match self.attach(&mut quest, &client).await? {
                Attempt::Left => return Ok(()),
                Attempt::Failed(error) => error,
                Attempt::Attached(mut attached) => {
                    self.tell_attached(attached.stream.pid(), was_opened, lost_at).await?;
                    was_opened = true;
                    self.losses.fetch_min(LOSSES_AFTER_STANDING, Ordering::Relaxed);
                    match Box::pin(self.live(&client, &mut attached)).await? {
                        Outcome::Ended(status) => return self.tell(SessionNews::Ended(status)).await,
                        Outcome::Left(Leave::Detach) => return Ok(()),
                        Outcome::Left(Leave::Kill) => return self.kill_live(&client, *attached).await,
                        Outcome::Lost(error) => {
                            lost_at = Some(attached.stream.last_heard());
                            error
                        }
                        Outcome::Anew => {
                            lost_at = Some(attached.stream.last_heard());
                            self.calm();
                            client = self.client.with_fresh_connections();
                            continue;
                        }
                    }
                }
            };
            client = self.client.with_fresh_connections();
            if self.wait_after(error, was_opened, &quest, &client).await? == Next::Leave {
                return Ok(());
            }
        }
    }

    async fn tell_attached(&self, pid: Pid, was_opened: bool, lost_at: Option<Instant>) -> Result<(), NobodyListens> {
        let news = match lost_at {
            Some(lost_at) if was_opened => SessionNews::Rejoined { gap: lost_at.elapsed() },
            _ => SessionNews::Opened(pid),
        };
        self.tell(news).await
    }

    /// One try to attach. An order to kill waits a little for it: a program that is just being started cannot be found.
    async fn attach(&self, quest: &mut Quest, client: &EnvdClient) -> Result<Attempt, NobodyListens> {
        let size = *self.wishes.size.borrow();
        let mut leave = self.wishes.leave.clone();
        let leave = {
            let is_again = self.losses.load(Ordering::Relaxed) > 0;
            let attaching = async {
                if is_again {
                    client.may_knock().await?;
                }
                quest.attach(client, size).await
            };
            tokio::pin!(attaching);
            let leave = loop {
                tokio::select! {
                    biased;
                    leave = wished_leave(&mut leave) => break leave,
                    () = self.news.closed() => return Err(NobodyListens),
                    // A try is under way already.
                    () = self.wishes.retry.notified() => {}
                    attached = &mut attaching => return Ok(attached.into()),
                }
            };
            if leave == Leave::Kill
                && let Ok(Ok(attached)) = timeout(KILL_PATIENCE, attaching).await
            {
                self.kill_live(client, attached).await?;
                return Ok(Attempt::Left);
            }
            leave
        };
        if leave == Leave::Kill {
            self.kill_unseen(client, quest).await?;
        }
        Ok(Attempt::Left)
    }

    /// Tells of a setback and waits until the next try is due, wanted, or pointless.
    async fn wait_after(
        &self,
        error: EnvdError,
        was_opened: bool,
        quest: &Quest,
        client: &EnvdClient,
    ) -> Result<Next, NobodyListens> {
        let attempt = self.losses.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        self.wishes.lane.close();
        self.tell_unconfirmed().await?;
        let dismissals = match error.kind() {
            EnvdErrorKind::Gone | EnvdErrorKind::NotEnvd => self.dismissals.fetch_add(1, Ordering::Relaxed) + 1,
            _ => {
                self.dismissals.store(0, Ordering::Relaxed);
                0
            }
        };
        let pause = if is_final(error.kind(), was_opened, dismissals) {
            self.tell(SessionNews::Failed(error.into())).await?;
            None
        } else {
            let pause = pause_before(attempt, random_chance()).max(error.retry_after().unwrap_or_default());
            self.tell(SessionNews::Lost {
                failure: error.into(),
                attempt,
                retry_in: pause,
            })
            .await?;
            Some(pause)
        };
        let mut leave = self.wishes.leave.clone();
        let due = async {
            match pause {
                Some(pause) => {
                    sleep(pause).await;
                    client.turn_to_reconnect().await;
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            leave = wished_leave(&mut leave) => {
                if leave == Leave::Kill {
                    self.kill_unseen(client, quest).await?;
                }
                Ok(Next::Leave)
            }
            () = self.news.closed() => Err(NobodyListens),
            () = self.wishes.retry.notified() => {
                self.calm();
                Ok(Next::Attach)
            }
            () = due => Ok(Next::Attach),
        }
    }

    /// Ends a program whose stream stands, and listens a little for its last words.
    async fn kill_live(&self, client: &EnvdClient, mut attached: Attached) -> Result<(), NobodyListens> {
        let pid = attached.stream.pid();
        let killed = timeout(KILL_PATIENCE, client.signal(pid, TerminalSignal::Kill)).await;
        let error = match killed {
            // It ended by itself meanwhile; the stream says how.
            Ok(Ok(())) => None,
            Ok(Err(error)) if error.kind() == EnvdErrorKind::NotFound => None,
            Ok(Err(error)) => Some(error),
            Err(_) => Some(kill_timed_out(client)),
        };
        if let Some(error) = error {
            return self.tell(SessionNews::Failed(error.into())).await;
        }
        match timeout(KILL_PATIENCE, self.read(client, &mut attached)).await {
            Ok(read) => match read? {
                Outcome::Ended(status) => self.tell(SessionNews::Ended(status)).await,
                _ => Ok(()),
            },
            Err(_) => Ok(()),
        }
    }

    /// Ends a program whose stream is broken, if it is surely ours.
    async fn kill_unseen(&self, client: &EnvdClient, quest: &Quest) -> Result<(), NobodyListens> {
        let kill = async {
            match quest.running(client).await? {
                Some(pid) => client.signal(pid, TerminalSignal::Kill).await,
                None => Ok(()),
            }
        };
        let killed = timeout(KILL_PATIENCE, kill).await;
        match killed.unwrap_or_else(|_| Err(kill_timed_out(client))) {
            Ok(()) => Ok(()),
            Err(error) => self.tell(SessionNews::Failed(error.into())).await,
        }
    }
}

/// How a try to attach went.
enum Attempt {
    Attached(Box<Attached>),
    Failed(EnvdError),
    Left,
}

impl From<Result<Attached, EnvdError>> for Attempt {
    fn from(attached: Result<Attached, EnvdError>) -> Self {
        match attached {
            Ok(attached) => Self::Attached(Box::new(attached)),
            Err(error) => Self::Failed(error),
        }
    }
}

#[derive(PartialEq, Eq)]
enum Next {
    Attach,
    Leave,
}

/// Whether trying again by itself would be pointless.
fn is_final(kind: EnvdErrorKind, was_opened: bool, dismissals: u32) -> bool {
    match kind {
        EnvdErrorKind::Gone | EnvdErrorKind::NotEnvd if was_opened => dismissals >= BELIEVED_AFTER,
        // Envd itself could not begin the program.
        EnvdErrorKind::Internal | EnvdErrorKind::Untrusted if !was_opened => true,
        kind => !kind.may_pass(),
    }
}

fn kill_timed_out(client: &EnvdClient) -> EnvdError {
    let text = "the order to end the program was not answered; it may still run";
    client.told("end the program", EnvdError::new(EnvdErrorKind::TimedOut, text))
}

/// A label by which a program can be found again. Without randomness it is still unlikely to meet its like.
fn random_label() -> String {
    let random = getrandom::u64().unwrap_or_else(|_| u64::from(std::process::id()));
    format!("e2b-tui-{random:016x}")
}

/// A number from 0 to 1.
fn random_chance() -> f64 {
    f64::from(getrandom::u32().unwrap_or_default()) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_passes_ends_the_tries() {
        use EnvdErrorKind as Kind;
        let cases = [
            (Kind::Denied, true, 1, true),
            (Kind::NotFound, true, 1, true),
            (Kind::Invalid, false, 1, true),
            (Kind::Usage, false, 1, true),
            (Kind::Lost, true, 1000, false),
            (Kind::Unreachable, true, 1000, false),
            (Kind::Unreachable, false, 1, false),
            (Kind::Untrusted, false, 1, true),
            (Kind::Untrusted, true, 1, false),
            (Kind::Busy, true, 50, false),
            (Kind::Internal, false, 1, true),
            (Kind::Internal, true, 1, false),
            (Kind::Gone, false, 1, true),
            (Kind::Gone, true, 1, false),
            (Kind::Gone, true, 3, true),
            (Kind::NotEnvd, true, 2, false),
            (Kind::NotEnvd, true, 3, true),
        ];
        for (kind, was_opened, attempt, expected) in cases {
            assert_eq!(
                is_final(kind, was_opened, attempt),
                expected,
                "{kind:?} {was_opened} {attempt}"
            );
        }
    }

    #[test]
    fn a_link_that_carries_something_ends_the_row_of_dismissals() {
        let client = EnvdClient::new(&crate::domain::Endpoint::new("http://127.0.0.1:1")).unwrap();
        let wishes = Wishes {
            lane: Arc::default(),
            size: watch::channel(GridSize::default()).1,
            leave: watch::channel(None).1,
            retry: Arc::default(),
        };
        let course = Course::new(client, SessionEntry::Join(Pid(1)), wishes, mpsc::channel(1).0);
        course.dismissals.store(BELIEVED_AFTER - 1, Ordering::Relaxed);
        course.calm();
        let dismissals = course.dismissals.load(Ordering::Relaxed);
        assert!(!is_final(EnvdErrorKind::Gone, true, dismissals + 1));
    }

    #[test]
    fn labels_differ() {
        assert_ne!(random_label(), random_label());
        assert!((0.0..=1.0).contains(&random_chance()));
    }
}

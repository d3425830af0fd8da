//! While the link stands: reading, typing, resizing, and the doubts that come with silence.

use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::super::error::{EnvdError, EnvdErrorKind};
use super::attach::{Attached, ended_unseen};
use super::course::{Course, NobodyListens};
use super::link::Leave;
use crate::domain::{ExitStatus, GridSize, Pid, SessionNews};
use crate::envd::{EnvdClient, INPUT_CHUNK, ProcessEvent, ProcessStream};

/// The round trip is told at most this often.
const ROUND_TRIP_EVERY: Duration = Duration::from_secs(1);

/// How a link stopped standing.
pub(super) enum Outcome {
    Ended(ExitStatus),
    Lost(EnvdError),
    /// The user asked for a new connection.
    Anew,
    Left(Leave),
}

/// How long to be patient. All follow from the interval between signs of life.
#[derive(Clone, Copy)]
struct Patience {
    /// Silence after which somebody asks.
    silence: Duration,
    /// A call with input that goes unanswered.
    input: Duration,
    /// The answer to the question itself.
    probe: Duration,
}

impl Patience {
    fn of(client: &EnvdClient) -> Self {
        let interval = client.keepalive();
        Self {
            silence: interval * 6 / 5,
            input: interval / 3,
            probe: (interval * 4 / 15).max(Duration::from_secs(1)),
        }
    }
}

impl Course {
    /// Follows a program until something happens that ends the link.
    pub(super) async fn live(&self, client: &EnvdClient, attached: &mut Attached) -> Result<Outcome, NobodyListens> {
        let (pid, given_size) = (attached.stream.pid(), attached.given_size);
        let mut leave = self.wishes.leave.clone();
        self.wishes.lane.open();
        let outcome = tokio::select! {
            biased;
            leave = wished_leave(&mut leave) => Outcome::Left(leave),
            read = self.read(client, attached) => read?,
            lost = self.write(client, pid) => Outcome::Lost(lost?),
            never = self.keep_size(client, pid, given_size) => match never {},
            () = self.wishes.retry.notified() => Outcome::Anew,
        };
        if matches!(outcome, Outcome::Lost(_) | Outcome::Anew) {
            self.wishes.lane.close();
            self.tell_unconfirmed().await?;
        }
        Ok(outcome)
    }

    /// Reads to the end of the program or of the link, and passes everything on.
    pub(super) async fn read(&self, client: &EnvdClient, attached: &mut Attached) -> Result<Outcome, NobodyListens> {
        loop {
            let event = tokio::select! {
                biased;
                event = next_event(&mut attached.stream) => event,
                error = doubt_after_silence(client) => Err(error),
            };
            match event {
                Ok(ProcessEvent::Ended(status)) => return Ok(Outcome::Ended(status)),
                Err(error) if attached.expects_only_end && error.kind() == EnvdErrorKind::Canceled => {
                    return Ok(Outcome::Lost(ended_unseen()));
                }
                Err(error) => return Ok(Outcome::Lost(error)),
                Ok(_) if attached.expects_only_end => return Ok(Outcome::Lost(ended_unseen())),
                Ok(ProcessEvent::KeepAlive) => self.calm(),
                Ok(ProcessEvent::Terminal(bytes) | ProcessEvent::Stdout(bytes) | ProcessEvent::Stderr(bytes)) => {
                    self.calm();
                    self.tell(SessionNews::Output(bytes)).await?;
                }
            }
        }
    }

    /// Types what the user typed, one call at a time. Returns only with the reason why the link is dead.
    async fn write(&self, client: &EnvdClient, pid: Pid) -> Result<EnvdError, NobodyListens> {
        let lane = &self.wishes.lane;
        let mut told_at: Option<Instant> = None;
        loop {
            let bytes = lane.next_call(INPUT_CHUNK).await;
            let sent_at = Instant::now();
            let answer = tokio::select! {
                answer = client.send_terminal_input(pid, bytes) => answer,
                error = doubt_while_unanswered(client) => return Ok(error),
            };
            match answer {
                Ok(()) => {
                    lane.confirm();
                    self.calm();
                    if told_at.is_none_or(|told| told.elapsed() >= ROUND_TRIP_EVERY) {
                        told_at = Some(Instant::now());
                        self.tell(SessionNews::RoundTrip(sent_at.elapsed())).await?;
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, %pid, "input did not go through");
                    if was_answered(error.kind()) || error.kind().nothing_was_done() {
                        lane.refuse();
                    } else {
                        self.tell_unconfirmed().await?;
                    }
                    // The stream has a connection of its own, which may be as dead as this one.
                    if !was_answered(error.kind())
                        && let Err(error) = probe(client).await
                    {
                        return Ok(error);
                    }
                }
            }
        }
    }

    /// Gives the terminal the size that is wanted, the last one of several.
    async fn keep_size(&self, client: &EnvdClient, pid: Pid, mut given: Option<GridSize>) -> Infallible {
        let mut wish = self.wishes.size.clone();
        loop {
            let wanted = *wish.borrow_and_update();
            if given.replace(wanted) != Some(wanted)
                && let Err(error) = client.resize(pid, wanted).await
            {
                tracing::debug!(%error, %pid, "the terminal keeps its size");
            }
            wait_for_change(&mut wish).await;
        }
    }
}

async fn wait_for_change(wish: &mut watch::Receiver<GridSize>) {
    if wish.changed().await.is_err() {
        // The handle is gone; leaving is noticed elsewhere.
        pending::<()>().await;
    }
}

/// The order to leave, once there is one. A handle that is dropped detaches.
pub(super) async fn wished_leave(wish: &mut watch::Receiver<Option<Leave>>) -> Leave {
    match wish.wait_for(Option::is_some).await {
        Ok(leave) => leave.unwrap_or(Leave::Detach),
        Err(_) => Leave::Detach,
    }
}

async fn next_event(stream: &mut ProcessStream) -> Result<ProcessEvent, EnvdError> {
    let event = stream.next().await?;
    event.ok_or_else(|| EnvdError::new(EnvdErrorKind::Lost, "the stream is over"))
}

/// Asks once when a stream has been silent for longer than one sign of life takes. Returns only if nobody answers; the
/// stream itself gives up later.
async fn doubt_after_silence(client: &EnvdClient) -> EnvdError {
    sleep(Patience::of(client).silence).await;
    match probe(client).await {
        Ok(()) => pending().await,
        Err(error) => error,
    }
}

/// A call with input may wait for a program that does not read. Whether the link stands is another question: asks it again
/// and again.
async fn doubt_while_unanswered(client: &EnvdClient) -> EnvdError {
    loop {
        sleep(Patience::of(client).input).await;
        if let Err(error) = probe(client).await {
            return error;
        }
    }
}

/// Whether anybody is there. Any answer is a yes, except that nobody is there.
async fn probe(client: &EnvdClient) -> Result<(), EnvdError> {
    let limit = Patience::of(client).probe;
    match client.health_within(limit).await {
        Err(error) if !was_answered(error.kind()) => Err(error),
        _ => Ok(()),
    }
}

/// Whether envd itself spoke.
fn was_answered(kind: EnvdErrorKind) -> bool {
    !matches!(
        kind,
        EnvdErrorKind::Unreachable
            | EnvdErrorKind::Untrusted
            | EnvdErrorKind::Lost
            | EnvdErrorKind::TimedOut
            | EnvdErrorKind::NotEnvd
            | EnvdErrorKind::Gone
            | EnvdErrorKind::Down
    )
}

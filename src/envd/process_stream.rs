//! What one running program sends: decoded, watched for silence, and ended only by a decoded End event.

use bytes::Bytes;
use tokio::time::Instant;
use tonic::{Status, Streaming};

use super::client::{EnvdClient, error_of};
use super::error::{EnvdError, EnvdErrorKind};
use crate::domain::{ExitStatus, Pid};
use crate::wire::convert;
use crate::wire::generated::process::process_event::{Event, data_event::Output};
use crate::wire::generated::process::{ConnectResponse, StartResponse};

/// One thing that a program's stream says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProcessEvent {
    /// From its standard output.
    Stdout(Bytes),
    /// From its standard error.
    Stderr(Bytes),
    /// From its terminal.
    Terminal(Bytes),
    /// Nothing happened for a while, and the link is alive.
    KeepAlive,
    /// It ended. The last event.
    Ended(ExitStatus),
}

/// The output of one program. Dropping it leaves the program running.
pub struct ProcessStream {
    source: Source,
    pid: Pid,
    client: EnvdClient,
    last_heard: Instant,
    /// When `next` was last left, with or without an event.
    stopped_listening: Instant,
}

/// Notes when somebody stops listening, also when that happens by dropping the future.
struct Listening<'a>(&'a mut Instant);

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        *self.0 = Instant::now();
    }
}

/// The two calls whose answers are such a stream.
pub(super) enum Source {
    Started(Streaming<StartResponse>),
    Joined(Streaming<ConnectResponse>),
    /// The End event was read, or the stream broke.
    Finished,
}

impl Source {
    async fn message(&mut self) -> Result<Option<Option<Event>>, Status> {
        let message = match self {
            Self::Started(stream) => stream.message().await?.map(|message| message.event),
            Self::Joined(stream) => stream.message().await?.map(|message| message.event),
            Self::Finished => None,
        };
        Ok(message.map(|event| event.and_then(|event| event.event)))
    }
}

impl ProcessStream {
    /// Reads up to the Start event, which is always the first.
    pub(super) async fn open(mut source: Source, client: EnvdClient) -> Result<Self, EnvdError> {
        let pid = match source.message().await.map_err(|status| error_of(&status))? {
            Some(Some(Event::Start(start))) => Pid(start.pid),
            Some(_) => {
                return Err(EnvdError::new(
                    EnvdErrorKind::NotEnvd,
                    "the stream does not begin with a start event",
                ));
            }
            None => return Err(EnvdError::new(EnvdErrorKind::Lost, "the stream ended before it began")),
        };
        Ok(Self {
            source,
            pid,
            client,
            last_heard: Instant::now(),
            stopped_listening: Instant::now(),
        })
    }

    /// The program's number.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// When something last came, a sign of life included.
    pub fn last_heard(&self) -> Instant {
        self.last_heard
    }

    /// The next event. `None` only after `Ended`: a stream that stops before, or is silent for longer than two signs of life
    /// take, is an error of kind `Lost`. May be cancelled and called again without losing anything.
    pub async fn next(&mut self) -> Result<Option<ProcessEvent>, EnvdError> {
        if matches!(self.source, Source::Finished) {
            return Ok(None);
        }
        // Only silence that was listened to counts: what came meanwhile may still wait in the socket.
        self.last_heard += self.stopped_listening.elapsed();
        let silence = self.client.silence_limit();
        let listening = Listening(&mut self.stopped_listening);
        let heard = loop {
            let message = tokio::time::timeout_at(self.last_heard + silence, self.source.message()).await;
            self.last_heard = Instant::now();
            match message {
                Ok(Ok(Some(event))) => {
                    if let Some(event) = event.and_then(meaning) {
                        break Ok(event);
                    }
                }
                Ok(Ok(None)) => break Err(lost("the stream stopped, and the program's end was not reported")),
                Ok(Err(status)) => break Err(error_of(&status)),
                Err(_) => break Err(lost(&format!("no sign of life for {} s", silence.as_secs()))),
            }
        };
        drop(listening);
        if matches!(heard, Ok(ProcessEvent::Ended(_)) | Err(_)) {
            self.source = Source::Finished;
        }
        let doing = format!("follow process {}", self.pid);
        heard.map(Some).map_err(|error| self.client.told(&doing, error))
    }
}

fn lost(cause: &str) -> EnvdError {
    EnvdError::new(EnvdErrorKind::Lost, cause)
}

/// What an event says to us; `None` for one without content or of a kind we do not know.
fn meaning(event: Event) -> Option<ProcessEvent> {
    Some(match event {
        Event::Start(_) => return None,
        Event::Keepalive(_) => ProcessEvent::KeepAlive,
        Event::End(end) => ProcessEvent::Ended(convert::exit_status(end)),
        Event::Data(data) => match data.output? {
            Output::Stdout(bytes) => ProcessEvent::Stdout(bytes),
            Output::Stderr(bytes) => ProcessEvent::Stderr(bytes),
            Output::Pty(bytes) => ProcessEvent::Terminal(bytes),
        },
    })
}

//! A process as its stream of events tells it: start first, then data, then the end, then nothing.

use std::pin::Pin;

use e2b_tui::wire::generated::process::process_event::data_event::Output;
use e2b_tui::wire::generated::process::process_event::{DataEvent, EndEvent, Event};
use e2b_tui::wire::generated::process::{ConnectResponse, ProcessEvent, StartResponse};
use tokio_stream::{Stream, StreamExt};
use tonic::{Code, Status, Streaming};

/// What follows the start.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
    Terminal(Vec<u8>),
    KeepAlive,
    Ended(EndEvent),
}

/// A running process and its stream.
pub struct Running {
    /// From the start event.
    pub pid: u32,
    events: Pin<Box<dyn Stream<Item = Result<ProcessEvent, Status>> + Send>>,
}

/// A process whose stream came to its proper end.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    pub pid: u32,
    pub out: Vec<u8>,
    pub err: Vec<u8>,
    pub terminal: Vec<u8>,
    pub end: EndEvent,
}

impl Running {
    /// From the stream of Start.
    pub async fn started(stream: Streaming<StartResponse>) -> Result<Self, Status> {
        Self::from_events(stream.map(|reply| reply.map(|reply| reply.event.unwrap()))).await
    }

    /// From the stream of Connect.
    pub async fn joined(stream: Streaming<ConnectResponse>) -> Result<Self, Status> {
        Self::from_events(stream.map(|reply| reply.map(|reply| reply.event.unwrap()))).await
    }

    async fn from_events(
        events: impl Stream<Item = Result<ProcessEvent, Status>> + Send + 'static,
    ) -> Result<Self, Status> {
        let mut events = Box::pin(events);
        let first = events
            .next()
            .await
            .unwrap_or_else(|| Err(Status::new(Code::DataLoss, "no event at all")))?;
        match first.event.unwrap() {
            Event::Start(start) => Ok(Self { pid: start.pid, events }),
            other => panic!("the first event is {other:?}"),
        }
    }

    /// The next event; `None` after the last.
    pub async fn try_next(&mut self) -> Result<Option<News>, Status> {
        let Some(event) = self.events.next().await.transpose()? else {
            return Ok(None);
        };
        Ok(Some(match event.event.unwrap() {
            Event::Start(_) => panic!("a second start event"),
            Event::Data(DataEvent { output: Some(output) }) => match output {
                Output::Stdout(bytes) => News::Stdout(bytes.into()),
                Output::Stderr(bytes) => News::Stderr(bytes.into()),
                Output::Pty(bytes) => News::Terminal(bytes.into()),
            },
            Event::Data(DataEvent { output: None }) => panic!("a data event without data"),
            Event::Keepalive(_) => News::KeepAlive,
            Event::End(end) => News::Ended(end),
        }))
    }

    /// The next event of a stream that must be whole and not at its end.
    pub async fn next(&mut self) -> News {
        self.try_next().await.unwrap().unwrap()
    }

    /// Reads on until the output contains `text`, whichever way it came; returns all that was read.
    pub async fn until(&mut self, text: &str) -> String {
        let mut seen = Vec::new();
        loop {
            match self.next().await {
                News::Stdout(bytes) | News::Stderr(bytes) | News::Terminal(bytes) => seen.extend(bytes),
                News::KeepAlive => {}
                News::Ended(end) => panic!("ended ({end:?}) without {text:?}: {:?}", String::from_utf8_lossy(&seen)),
            }
            let shown = String::from_utf8_lossy(&seen);
            if shown.contains(text) {
                return shown.into_owned();
            }
        }
    }

    /// Reads to the end event, and makes sure that nothing follows it.
    pub async fn finish(mut self) -> Finished {
        let (mut out, mut err, mut terminal) = (Vec::new(), Vec::new(), Vec::new());
        let end = loop {
            match self.next().await {
                News::Stdout(bytes) => out.extend(bytes),
                News::Stderr(bytes) => err.extend(bytes),
                News::Terminal(bytes) => terminal.extend(bytes),
                News::KeepAlive => {}
                News::Ended(end) => break end,
            }
        };
        assert_eq!(self.try_next().await.unwrap(), None, "something follows the end event");
        Finished {
            pid: self.pid,
            out,
            err,
            terminal,
            end,
        }
    }

    /// Reads on until the stream breaks, and returns how it broke.
    pub async fn break_off(mut self) -> Status {
        loop {
            match self.try_next().await {
                Ok(Some(News::Ended(end))) => panic!("ended instead of breaking off: {end:?}"),
                Ok(Some(_)) => {}
                Ok(None) => panic!("a proper end of the stream without an end event"),
                Err(status) => return status,
            }
        }
    }
}

impl Finished {
    /// What it wrote to stdout.
    pub fn stdout(&self) -> String {
        String::from_utf8(self.out.clone()).unwrap()
    }

    /// What it wrote to stderr.
    pub fn stderr(&self) -> String {
        String::from_utf8(self.err.clone()).unwrap()
    }

    /// What it wrote to its terminal.
    pub fn screen(&self) -> String {
        String::from_utf8(self.terminal.clone()).unwrap()
    }

    /// The end of a process that succeeded.
    pub fn succeeded(self) -> Self {
        assert_eq!(
            self.end,
            exited(0),
            "stdout {:?}, stderr {:?}",
            self.stdout(),
            self.stderr()
        );
        self
    }
}

/// How an exit by itself is told.
pub fn exited(code: i32) -> EndEvent {
    let status = format!("exit status {code}");
    EndEvent {
        exit_code: code,
        exited: true,
        error: (code != 0).then(|| status.clone()),
        status,
    }
}

/// How a death by signal is told.
pub fn signalled(name: &str) -> EndEvent {
    let status = format!("signal: {name}");
    EndEvent {
        exit_code: -1,
        exited: false,
        error: Some(status.clone()),
        status,
    }
}

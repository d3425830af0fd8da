//! The process service (`envd-wire.md` 4): what each call does, in terms of the table and of single processes.
//! Knows no dialect.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use nix::sys::signal::Signal as OsSignal;
use tokio::time::Instant;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status, Streaming, async_trait};

use super::exit::system_text;
use super::fanout::{News, Subscription};
use super::keepalive::keepalive_interval;
use super::paths::resolve;
use super::process::{Labels, Process as RunningProcess};
use super::processes::Processes;
use super::pseudo_terminal::PseudoTerminal;
use super::sandbox::Sandbox;
use super::spawn::{Launch, Streams, spawn};
use super::users::Account;
use crate::wire::generated::process::process_event::{DataEvent, Event, KeepAlive, StartEvent};
use crate::wire::generated::process::process_server::Process;
use crate::wire::generated::process::{
    CloseStdinRequest, CloseStdinResponse, ConnectRequest, ConnectResponse, ListRequest, ListResponse, ProcessConfig,
    ProcessEvent, ProcessInfo, ProcessInput, Pty, SendInputRequest, SendInputResponse, SendSignalRequest,
    SendSignalResponse, Signal, StartRequest, StartResponse, StreamInputRequest, StreamInputResponse, UpdateRequest,
    UpdateResponse, process_input, stream_input_request,
};

/// The calls of `process.Process`.
#[derive(Debug)]
pub(super) struct ProcessService {
    sandbox: Arc<Sandbox>,
    processes: Arc<Processes>,
}

type Events<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl ProcessService {
    /// The service over a table.
    pub(super) fn new(sandbox: Arc<Sandbox>, processes: Arc<Processes>) -> Self {
        Self { sandbox, processes }
    }

    /// Starts a process and enters it into the table. Waits for nothing, so a caller who leaves cannot lose a
    /// process between its start and its entry.
    fn launch(
        &self,
        user: &Account,
        request: StartRequest,
        limit: Option<Duration>,
    ) -> Result<(u32, Subscription), Status> {
        self.processes.check_open()?;
        let config = request.process.unwrap_or_default();
        let folder = resolve(config.cwd.as_deref().unwrap_or_default(), user, &self.sandbox)?;
        if matches!(folder.try_exists(), Ok(false)) {
            return Err(Status::invalid_argument(format!(
                "cwd '{}' does not exist",
                folder.display()
            )));
        }
        let environment = self.sandbox.environment(user, &config.envs);
        let launch = Launch {
            command: &config.cmd,
            arguments: &config.args,
            environment: &environment,
            folder: &folder,
            user,
        };
        let (terminal, streams) = match request.pty {
            Some(pty) => {
                let (cols, rows) = size_of(pty);
                let (terminal, other_side) = PseudoTerminal::open(cols, rows, user).map_err(|error| {
                    Status::invalid_argument(format!("error starting pty: {}", system_text(&error)))
                })?;
                (Some(terminal), Streams::Terminal(other_side))
            }
            None => (
                None,
                Streams::Pipes {
                    stdin: request.stdin.unwrap_or(true),
                },
            ),
        };
        let child = spawn(&launch, streams).map_err(|error| cannot_start(&config, &error))?;
        let labels = Labels {
            config,
            tag: request.tag,
            deadline: limit.map(|limit| Instant::now() + limit),
        };
        let (process, supervision) = RunningProcess::adopt(child, terminal, labels);
        let process = Arc::new(process);
        let started = (process.pid, process.fanout.subscribe());
        self.processes.add(Arc::clone(&process));
        let processes = Arc::clone(&self.processes);
        tokio::spawn(async move {
            let end = supervision.end().await;
            processes.finish(&process, &end);
            process.fanout.finish(end);
        });
        Ok(started)
    }
}

fn cannot_start(config: &ProcessConfig, error: &std::io::Error) -> Status {
    let mut words = vec![config.cmd.as_str()];
    words.extend(config.args.iter().map(String::as_str));
    Status::invalid_argument(format!(
        "error starting process '{}': fork/exec /bin/sh: {}",
        words.join(" "),
        system_text(error)
    ))
}

/// Columns and rows, cut to what the kernel takes; without a size 0 by 0.
fn size_of(pty: Pty) -> (u16, u16) {
    let size = pty.size.unwrap_or_default();
    (size.cols as u16, size.rows as u16)
}

/// The time after which a process is to be killed: `Connect-Timeout-Ms`, whatever dialect the call is in.
fn kill_after(metadata: &MetadataMap) -> Result<Option<Duration>, Status> {
    let Some(value) = metadata.get("connect-timeout-ms").filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let milliseconds: i64 =
        value.to_str().ok().and_then(|text| text.parse().ok()).ok_or_else(|| {
            Status::invalid_argument("invalid Connect-Timeout-Ms header: not a number of milliseconds")
        })?;
    Ok(u64::try_from(milliseconds)
        .ok()
        .filter(|milliseconds| *milliseconds > 0)
        .map(Duration::from_millis))
}

fn process_event(event: Event) -> ProcessEvent {
    ProcessEvent { event: Some(event) }
}

/// What a subscriber sees: the start, output and signs of life, the end.
fn events(
    pid: u32,
    subscription: Subscription,
    keepalive: Duration,
) -> impl Stream<Item = Result<ProcessEvent, Status>> {
    let start = process_event(Event::Start(StartEvent { pid }));
    let rest = stream::unfold(Some(subscription), move |subscription| async move {
        let mut subscription = subscription?;
        let (item, subscription) = match tokio::time::timeout(keepalive, subscription.next()).await {
            Err(_) => (Ok(Event::Keepalive(KeepAlive {})), Some(subscription)),
            Ok(Ok(News::Output(output))) => {
                let data = DataEvent { output: Some(output) };
                (Ok(Event::Data(data)), Some(subscription))
            }
            Ok(Ok(News::End(end))) => (Ok(Event::End(end)), None),
            Ok(Err(_)) => {
                let reason = "this subscriber read too slowly and was cut off; output after this point is missing";
                (Err(Status::data_loss(reason)), None)
            }
        };
        Some((item.map(process_event), subscription))
    });
    stream::iter([Ok(start)]).chain(rest)
}

async fn put_in(process: Arc<RunningProcess>, input: Option<ProcessInput>) -> Result<(), Status> {
    let Some(input) = input.and_then(|input| input.input) else {
        return Err(Status::unimplemented("invalid input type: no input"));
    };
    // Half an input would be worse than a late one: a caller who leaves does not stop it.
    let written = tokio::spawn(async move {
        match &input {
            process_input::Input::Stdin(bytes) => process.write_stdin(bytes).await,
            process_input::Input::Pty(bytes) => process.write_terminal(bytes).await,
        }
    });
    written
        .await
        .unwrap_or_else(|_| Err(Status::internal("error writing input: the sandbox is being stopped")))
}

#[async_trait]
impl Process for ProcessService {
    type StartStream = Events<StartResponse>;
    type ConnectStream = Events<ConnectResponse>;

    async fn list(&self, _request: Request<ListRequest>) -> Result<Response<ListResponse>, Status> {
        let processes = self.processes.running().into_iter().map(|process| ProcessInfo {
            config: Some(process.config.clone()),
            pid: process.pid,
            tag: process.tag.clone(),
        });
        Ok(Response::new(ListResponse {
            processes: processes.collect(),
        }))
    }

    async fn start(&self, request: Request<StartRequest>) -> Result<Response<Self::StartStream>, Status> {
        let user = self.sandbox.acting_user(request.extensions().get::<Account>())?;
        let limit = kill_after(request.metadata())?;
        let keepalive = keepalive_interval(request.metadata());
        let (pid, subscription) = self.launch(&user, request.into_inner(), limit)?;
        let events = events(pid, subscription, keepalive);
        let responses = events.map(|event| event.map(|event| StartResponse { event: Some(event) }));
        Ok(Response::new(Box::pin(responses)))
    }

    async fn connect(&self, request: Request<ConnectRequest>) -> Result<Response<Self::ConnectStream>, Status> {
        let keepalive = keepalive_interval(request.metadata());
        let selector = request.into_inner().process;
        let respond = |event| ConnectResponse { event: Some(event) };
        match self.processes.find(selector.as_ref()) {
            Ok(process) => {
                let events = events(process.pid, process.fanout.subscribe(), keepalive);
                Ok(Response::new(Box::pin(events.map(move |event| event.map(respond)))))
            }
            Err(status) => {
                let exit = self.processes.find_exit(selector.as_ref()).ok_or(status)?;
                let start = Event::Start(StartEvent { pid: exit.pid });
                let events = [start, Event::End(exit.end)].map(|event| Ok(respond(process_event(event))));
                Ok(Response::new(Box::pin(stream::iter(events))))
            }
        }
    }

    async fn update(&self, request: Request<UpdateRequest>) -> Result<Response<UpdateResponse>, Status> {
        let request = request.into_inner();
        let process = self.processes.find(request.process.as_ref())?;
        if let Some(pty) = request.pty {
            let (cols, rows) = size_of(pty);
            process.resize(cols, rows)?;
        }
        Ok(Response::new(UpdateResponse {}))
    }

    async fn stream_input(
        &self,
        request: Request<Streaming<StreamInputRequest>>,
    ) -> Result<Response<StreamInputResponse>, Status> {
        let mut inputs = request.into_inner();
        let mut process = None;
        loop {
            let input = inputs.message().await.map_err(|status| match status.code() {
                tonic::Code::Unknown => Status::unknown(format!("error streaming input: {}", status.message())),
                _ => status,
            })?;
            let Some(input) = input else {
                return Ok(Response::new(StreamInputResponse {}));
            };
            match input.event {
                Some(stream_input_request::Event::Start(start)) => {
                    process = Some(self.processes.find(start.process.as_ref())?);
                }
                Some(stream_input_request::Event::Data(data)) => {
                    let process = process.clone().ok_or_else(|| {
                        Status::failed_precondition("data came before a start that selects a process")
                    })?;
                    put_in(process, data.input).await?;
                }
                Some(stream_input_request::Event::Keepalive(_)) => {}
                None => return Err(Status::unimplemented("invalid event type: no event")),
            }
        }
    }

    async fn send_input(&self, request: Request<SendInputRequest>) -> Result<Response<SendInputResponse>, Status> {
        let request = request.into_inner();
        let process = self.processes.find(request.process.as_ref())?;
        put_in(process, request.input).await?;
        Ok(Response::new(SendInputResponse {}))
    }

    async fn send_signal(&self, request: Request<SendSignalRequest>) -> Result<Response<SendSignalResponse>, Status> {
        let request = request.into_inner();
        let process = self.processes.find(request.process.as_ref())?;
        let signal = match request.signal() {
            Signal::Sigterm => OsSignal::SIGTERM,
            Signal::Sigkill => OsSignal::SIGKILL,
            Signal::Unspecified => return Err(Status::unimplemented(unknown_signal(request.signal))),
        };
        process.signal(signal).await?;
        Ok(Response::new(SendSignalResponse {}))
    }

    async fn close_stdin(&self, request: Request<CloseStdinRequest>) -> Result<Response<CloseStdinResponse>, Status> {
        let process = self.processes.find(request.into_inner().process.as_ref())?;
        process.close_stdin().await?;
        Ok(Response::new(CloseStdinResponse {}))
    }
}

/// Known numbers are told by their names.
fn unknown_signal(number: i32) -> String {
    match Signal::try_from(number) {
        Ok(signal) => format!("invalid signal: {}", signal.as_str_name()),
        Err(_) => format!("invalid signal: {number}"),
    }
}

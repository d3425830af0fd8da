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
        let (process, first, supervision) = RunningProcess::adopt(child, terminal, labels);
        let process = Arc::new(process);
        let started = (process.pid, first);
        if !self.processes.add(Arc::clone(&process)) {
            // It leads a group of its own, and nothing of it may outlive the sandbox. It may have ended already.
            let _ = nix::sys::signal::killpg(nix::unistd::Pid::from_raw(process.pid as i32), OsSignal::SIGKILL);
        }
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;
    use crate::local_envd::options::LocalEnvdOptions;
    use crate::local_envd::shutdown;
    use crate::wire::generated::process::ProcessSelector;
    use crate::wire::generated::process::process_event::EndEvent;
    use crate::wire::generated::process::process_event::data_event::Output;
    use crate::wire::generated::process::process_selector::Selector;

    struct Bench {
        service: ProcessService,
        processes: Arc<Processes>,
        sandbox: Arc<Sandbox>,
    }

    /// What a stream gave until its end.
    #[derive(Debug, Default)]
    struct Heard {
        pid: u32,
        text: String,
        end: Option<EndEvent>,
    }

    impl Bench {
        fn new(exit_retention: Duration) -> Self {
            let options = LocalEnvdOptions {
                exit_retention,
                working_folder: Some("/".into()),
                ..LocalEnvdOptions::default()
            };
            let sandbox = Arc::new(Sandbox::new(options).unwrap());
            let processes = Arc::new(Processes::new(exit_retention));
            Self {
                service: ProcessService::new(Arc::clone(&sandbox), Arc::clone(&processes)),
                processes,
                sandbox,
            }
        }

        async fn start(&self, request: Request<StartRequest>) -> Events<StartResponse> {
            self.service.start(request).await.unwrap().into_inner()
        }

        async fn connect(&self, pid: u32) -> Result<Events<ConnectResponse>, Status> {
            let request = ConnectRequest {
                process: Some(select(pid)),
            };
            Ok(self.service.connect(Request::new(request)).await?.into_inner())
        }

        async fn signal(&self, pid: u32, signal: Signal) {
            let request = SendSignalRequest {
                process: Some(select(pid)),
                signal: signal as i32,
            };
            self.service.send_signal(Request::new(request)).await.unwrap();
        }
    }

    impl Drop for Bench {
        fn drop(&mut self) {
            shutdown::kill_all(&self.processes, &self.sandbox.id);
        }
    }

    fn select(pid: u32) -> ProcessSelector {
        ProcessSelector {
            selector: Some(Selector::Pid(pid)),
        }
    }

    fn command(cmd: &str, args: &[&str]) -> StartRequest {
        StartRequest {
            process: Some(ProcessConfig {
                cmd: cmd.to_owned(),
                args: args.iter().map(|arg| (*arg).to_owned()).collect(),
                ..ProcessConfig::default()
            }),
            ..StartRequest::default()
        }
    }

    fn script(text: &str) -> StartRequest {
        command("sh", &["-c", text])
    }

    fn on_terminal(mut request: StartRequest) -> StartRequest {
        request.pty = Some(Pty::default());
        request
    }

    /// Listens until the stream ends, or until what was heard satisfies.
    async fn hear<T>(
        events: &mut Events<T>,
        event_of: fn(T) -> Option<ProcessEvent>,
        enough: impl Fn(&Heard) -> bool,
    ) -> Heard {
        let mut heard = Heard::default();
        let listening = async {
            while !enough(&heard) {
                let Some(item) = events.next().await else { return };
                match event_of(item.unwrap()).and_then(|event| event.event) {
                    Some(Event::Start(start)) => heard.pid = start.pid,
                    Some(Event::Data(data)) => match data.output {
                        Some(Output::Stdout(bytes) | Output::Stderr(bytes) | Output::Pty(bytes)) => {
                            heard.text.push_str(&String::from_utf8_lossy(&bytes));
                        }
                        None => {}
                    },
                    Some(Event::End(end)) => heard.end = Some(end),
                    Some(Event::Keepalive(_)) | None => {}
                }
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(20), listening).await;
        assert!(in_time.is_ok(), "nothing more within 20 seconds");
        heard
    }

    async fn whole(mut events: Events<StartResponse>) -> Heard {
        hear(&mut events, |response| response.event, |_| false).await
    }

    async fn until(events: &mut Events<StartResponse>, text: &str) -> Heard {
        hear(events, |response| response.event, |heard| heard.text.contains(text)).await
    }

    #[tokio::test]
    async fn what_cannot_be_run_ends_with_127_or_126() {
        let bench = Bench::new(Duration::ZERO);
        for (cmd, code) in [("no-such-command", 127), ("", 127), ("/etc/passwd", 126), ("/", 126)] {
            for request in [command(cmd, &[]), on_terminal(command(cmd, &[]))] {
                let heard = whole(bench.start(Request::new(request)).await).await;
                let end = heard.end.unwrap();
                assert_eq!((end.exit_code, end.exited), (code, true), "{cmd}: {}", heard.text);
                assert!(!heard.text.is_empty(), "{cmd}");
            }
        }
    }

    #[tokio::test]
    async fn a_process_outlives_the_stream_that_started_it() {
        let bench = Bench::new(Duration::from_secs(30));
        let mut events = bench
            .start(Request::new(script("read line; echo got $line; exit 4")))
            .await;
        let started = hear(&mut events, |response| response.event, |heard| heard.pid != 0).await;
        drop(events);
        let mut again = bench.connect(started.pid).await.unwrap();
        let input = SendInputRequest {
            process: Some(select(started.pid)),
            input: Some(ProcessInput {
                input: Some(process_input::Input::Stdin("word\n".into())),
            }),
        };
        bench.service.send_input(Request::new(input)).await.unwrap();
        let heard = hear(&mut again, |response| response.event, |_| false).await;
        assert_eq!((heard.pid, heard.text.as_str()), (started.pid, "got word\n"));
        assert_eq!(heard.end.unwrap().exit_code, 4);
        // Nobody listened to the end of the first stream; it is still told to who asks.
        let mut late = bench.connect(started.pid).await.unwrap();
        let told = hear(&mut late, |response| response.event, |_| false).await;
        assert_eq!((told.text.as_str(), told.end.unwrap().exit_code), ("", 4));
    }

    #[tokio::test]
    async fn exits_are_forgotten_in_time() {
        let bench = Bench::new(Duration::ZERO);
        let heard = whole(bench.start(Request::new(script("exit 0"))).await).await;
        assert_eq!(
            bench.connect(heard.pid).await.err().unwrap().code(),
            tonic::Code::NotFound
        );
    }

    #[tokio::test]
    async fn a_child_that_holds_the_pipes_delays_the_end_until_the_process_is_told_to_end() {
        let bench = Bench::new(Duration::ZERO);
        let mut events = bench
            .start(Request::new(script("sleep 1000 & echo tail; exit 3")))
            .await;
        let before = until(&mut events, "tail").await;
        assert_eq!(before.end, None);
        bench.signal(before.pid, Signal::Sigterm).await;
        let after = whole(events).await;
        assert!(after.end.is_some());
        assert!(bench.processes.running().is_empty());
    }

    #[tokio::test]
    async fn a_terminal_ends_with_its_leader() {
        let bench = Bench::new(Duration::ZERO);
        let text = "trap '' HUP; sleep 1000 & setsid sleep 1000 & echo started; exit 5";
        let heard = whole(bench.start(Request::new(on_terminal(script(text)))).await).await;
        assert_eq!(heard.text, "started\r\n");
        assert_eq!(heard.end.unwrap().exit_code, 5);
    }

    #[tokio::test]
    async fn the_last_output_of_a_terminal_is_never_lost() {
        let bench = Bench::new(Duration::ZERO);
        for round in 0..20 {
            let request = on_terminal(script(&format!("seq 1 3000; echo last{round}")));
            let heard = whole(bench.start(Request::new(request)).await).await;
            assert!(
                heard.text.ends_with(&format!("2999\r\n3000\r\nlast{round}\r\n")),
                "round {round}"
            );
        }
    }

    #[tokio::test]
    async fn a_time_limit_kills() {
        let bench = Bench::new(Duration::ZERO);
        let mut request = Request::new(script("echo on; sleep 1000"));
        request
            .metadata_mut()
            .insert("connect-timeout-ms", "300".parse().unwrap());
        let heard = whole(bench.start(request).await).await;
        let end = heard.end.unwrap();
        assert_eq!((end.exit_code, end.status.as_str()), (-1, "signal: killed"));
        let mut request = Request::new(script("exit 0"));
        request
            .metadata_mut()
            .insert("connect-timeout-ms", "soon".parse().unwrap());
        let refused = bench.service.start(request).await.err().unwrap();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn children_inherit_three_descriptors_and_no_variable_of_ours() {
        let bench = Bench::new(Duration::ZERO);
        // Like one that a careless parent left open: not marked to be closed.
        let left_open = nix::unistd::dup(std::fs::File::open("/etc/passwd").unwrap()).unwrap();
        let mut request = script("for fd in /proc/$$/fd/*; do readlink $fd >&2 && echo ${fd##*/}; done; env");
        request.process.as_mut().unwrap().envs = BTreeMap::from([("ASKED".to_owned(), "for".to_owned())]);
        for request in [request.clone(), on_terminal(request)] {
            let heard = whole(bench.start(Request::new(request)).await).await;
            let (numbers, lines): (Vec<&str>, Vec<&str>) =
                heard.text.lines().partition(|line| line.parse::<u8>().is_ok());
            assert_eq!(numbers, ["0", "1", "2"], "{}", heard.text);
            let mut names: Vec<_> = lines
                .iter()
                .filter_map(|line| line.split_once('='))
                .map(|(name, _)| name)
                .collect();
            names.retain(|name| !["PWD", "OLDPWD", "SHLVL", "_"].contains(name));
            names.sort_unstable();
            let expected = [
                "ASKED",
                "E2B_SANDBOX",
                "E2B_SANDBOX_ID",
                "E2B_TEMPLATE_ID",
                "HOME",
                "LOGNAME",
                "PATH",
                "USER",
            ];
            assert_eq!(names, expected);
        }
        drop(left_open);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn nothing_is_left_when_the_sandbox_ends() {
        let text = "trap '' HUP TERM; sleep 1000 & echo $!; setsid sleep 1000 & echo $!; \
                    env -i sleep 1000 & echo $!; echo all; while :; do sleep 1000; done";
        for request in [script(text), on_terminal(script(text))] {
            let bench = Bench::new(Duration::ZERO);
            let mut events = bench.start(Request::new(request)).await;
            let heard = until(&mut events, "all").await;
            let pids: Vec<&str> = heard
                .text
                .lines()
                .map(str::trim)
                .filter(|line| *line != "all")
                .collect();
            assert_eq!(pids.len(), 3);
            shutdown::end_all(&bench.processes, &bench.sandbox.id).await;
            for pid in pids {
                let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
                // Nobody may have reaped it yet, but it runs no more.
                assert!(stat.is_empty() || stat.contains(") Z "), "{stat}");
            }
            assert!(bench.processes.running().is_empty());
            assert_eq!(
                bench.processes.check_open().unwrap_err().code(),
                tonic::Code::Unavailable
            );
        }
    }
}

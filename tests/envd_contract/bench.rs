//! What one case works with: stubs in its dialect, processes that are known by this run's mark, checks of errors.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use e2b_tui::domain::Dialect;
use e2b_tui::wire::generated::filesystem::filesystem_client::FilesystemClient;
use e2b_tui::wire::generated::process::process_client::ProcessClient;
use e2b_tui::wire::generated::process::{
    CloseStdinRequest, ConnectRequest, ListRequest, ProcessConfig, ProcessInfo, ProcessInput, ProcessSelector, Pty,
    SendInputRequest, SendSignalRequest, Signal, StartRequest, UpdateRequest, process_input, process_selector, pty,
};
use tonic::{Code, IntoRequest, Request, Response, Status};

use crate::channel::Channel;
use crate::process_stream::{Finished, Running};
use crate::target::{MARK, Target};

/// The bytes of one message may fill memory before they break a case: the server sets no limit either.
const NO_LIMIT: usize = usize::MAX;

/// What one case works with.
#[derive(Clone)]
pub struct Bench {
    /// Where.
    pub target: Arc<Target>,
    /// How calls are encoded.
    pub dialect: Dialect,
    /// As whom, when not as the default.
    pub user: Option<String>,
}

impl Bench {
    /// For a case in a dialect.
    pub fn new(target: Arc<Target>, dialect: Dialect) -> Self {
        let user = target.user.clone();
        Self { target, dialect, user }
    }

    /// The same as another user.
    pub fn as_user(&self, user: &str) -> Self {
        Self {
            user: Some(user.to_owned()),
            ..self.clone()
        }
    }

    fn channel(&self) -> Channel {
        self.target.channel(self.dialect, self.user.clone())
    }

    /// The stub of the process service.
    pub fn processes(&self) -> ProcessClient<Channel> {
        ProcessClient::new(self.channel()).max_decoding_message_size(NO_LIMIT)
    }

    /// The stub of the filesystem service.
    pub fn files(&self) -> FilesystemClient<Channel> {
        FilesystemClient::new(self.channel()).max_decoding_message_size(NO_LIMIT)
    }

    /// Starts a process, or says why it cannot be started.
    pub async fn try_start(&self, request: impl IntoRequest<StartRequest>) -> Result<Running, Status> {
        let mut request = request.into_request();
        let envs = &mut request.get_mut().process.get_or_insert_default().envs;
        envs.insert(MARK.to_owned(), self.target.mark.clone());
        Running::started(self.processes().start(request).await?.into_inner()).await
    }

    /// Starts a process.
    pub async fn start(&self, request: impl IntoRequest<StartRequest>) -> Running {
        self.try_start(request).await.unwrap()
    }

    /// Runs a shell script to its end.
    pub async fn shell(&self, script: &str) -> Finished {
        self.start(shell_command(script)).await.finish().await
    }

    /// Whether a shell script succeeds.
    pub async fn shell_succeeds(&self, script: &str) -> bool {
        self.shell(script).await.end.exit_code == 0
    }

    /// Joins a process.
    pub async fn try_join(&self, request: impl IntoRequest<ConnectRequest>) -> Result<Running, Status> {
        Running::joined(self.processes().connect(request).await?.into_inner()).await
    }

    /// Joins a process.
    pub async fn join(&self, pid: u32) -> Running {
        self.try_join(ConnectRequest { process: by_pid(pid) }).await.unwrap()
    }

    /// The processes of all who use the server.
    pub async fn list(&self) -> Vec<ProcessInfo> {
        self.processes()
            .list(ListRequest {})
            .await
            .unwrap()
            .into_inner()
            .processes
    }

    /// Whether a process is listed.
    pub async fn is_listed(&self, pid: u32) -> bool {
        self.list().await.iter().any(|process| process.pid == pid)
    }

    /// Sends input.
    pub async fn send(&self, pid: u32, input: process_input::Input) -> Result<(), Status> {
        let request = SendInputRequest {
            process: by_pid(pid),
            input: Some(ProcessInput { input: Some(input) }),
        };
        self.processes().send_input(request).await.map(drop)
    }

    /// Writes to a pipe.
    pub async fn send_stdin(&self, pid: u32, bytes: impl Into<Bytes>) {
        self.send(pid, process_input::Input::Stdin(bytes.into())).await.unwrap();
    }

    /// Types at a terminal.
    pub async fn type_in(&self, pid: u32, bytes: impl Into<Bytes>) {
        self.send(pid, process_input::Input::Pty(bytes.into())).await.unwrap();
    }

    /// Ends the input of a process.
    pub async fn close_stdin(&self, pid: u32) -> Result<(), Status> {
        let request = CloseStdinRequest { process: by_pid(pid) };
        self.processes().close_stdin(request).await.map(drop)
    }

    /// Sends a signal.
    pub async fn signal(&self, pid: u32, signal: Signal) -> Result<(), Status> {
        let request = SendSignalRequest {
            process: by_pid(pid),
            signal: signal.into(),
        };
        self.processes().send_signal(request).await.map(drop)
    }

    /// Kills a process and waits for its end.
    pub async fn kill(&self, running: Running) -> Finished {
        self.signal(running.pid, Signal::Sigkill).await.unwrap();
        running.finish().await
    }

    /// Changes the size of a terminal, or nothing.
    pub async fn update(&self, pid: u32, pty: Option<Pty>) -> Result<(), Status> {
        let request = UpdateRequest {
            process: by_pid(pid),
            pty,
        };
        self.processes().update(request).await.map(drop)
    }
}

/// Selects by number.
#[expect(clippy::unnecessary_wraps, reason = "the shape of every request's field")]
pub fn by_pid(pid: u32) -> Option<ProcessSelector> {
    Some(ProcessSelector {
        selector: Some(process_selector::Selector::Pid(pid)),
    })
}

/// Selects by tag.
#[expect(clippy::unnecessary_wraps, reason = "the shape of every request's field")]
pub fn by_tag(tag: &str) -> Option<ProcessSelector> {
    Some(ProcessSelector {
        selector: Some(process_selector::Selector::Tag(tag.to_owned())),
    })
}

/// A terminal of a size.
pub fn terminal(cols: u32, rows: u32) -> Pty {
    Pty {
        size: Some(pty::Size { cols, rows }),
    }
}

/// A command without a terminal, at `/`.
pub fn command(program: &str, args: &[&str]) -> StartRequest {
    StartRequest {
        process: Some(ProcessConfig {
            cmd: program.to_owned(),
            args: args.iter().map(|&arg| arg.to_owned()).collect(),
            cwd: Some("/".to_owned()),
            ..ProcessConfig::default()
        }),
        ..StartRequest::default()
    }
}

/// A shell script without a terminal, at `/`.
pub fn shell_command(script: &str) -> StartRequest {
    command("/bin/sh", &["-c", script])
}

/// A shell script in a terminal of the usual size, at `/`.
pub fn in_terminal(script: &str) -> StartRequest {
    StartRequest {
        pty: Some(terminal(80, 24)),
        ..shell_command(script)
    }
}

/// The same request with a header.
pub fn with_header<T>(request: impl IntoRequest<T>, name: &'static str, value: &str) -> Request<T> {
    let mut request = request.into_request();
    request.metadata_mut().insert(name, value.parse().unwrap());
    request
}

/// What a call that must fail failed with.
pub fn refused<T>(result: Result<T, Status>, code: Code) -> String {
    match result {
        Ok(_) => panic!("not refused; expected {code:?}"),
        Err(status) => {
            assert_eq!(status.code(), code, "{}", status.message());
            status.message().to_owned()
        }
    }
}

/// The message of a reply.
pub fn message<T>(reply: Result<Response<T>, Status>) -> T {
    reply.unwrap().into_inner()
}

/// Waits until something is so. The case's own time limit ends a wait in vain.
pub async fn eventually<F: Future<Output = bool>>(mut is_so: impl FnMut() -> F) {
    while !is_so().await {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

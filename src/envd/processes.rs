//! The calls of the process service (`envd-wire.md` 4): domain values in and out.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tonic::metadata::MetadataValue;

use super::client::{EnvdClient, error_of};
use super::error::EnvdError;
use super::process_stream::{ProcessStream, Source};
use crate::domain::{GridSize, ManagedProcess, Pid, ProgramSpec, RemoteText, TerminalSignal};
use crate::wire::convert;
use crate::wire::generated::process as wire;
use crate::wire::generated::process::process_input::Input;
use crate::wire::generated::process::stream_input_request::{DataEvent, Event, StartEvent};

/// The most input that goes into one call: a pipe holds no more at once.
pub const INPUT_CHUNK: usize = 64 * 1024;

/// What a program is connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessIo {
    /// A terminal of this size.
    Terminal(GridSize),
    /// Pipes; stdout and stderr stay apart.
    Pipes {
        /// Whether it can be written to. Without, it reads from `/dev/null`.
        stdin: bool,
    },
}

impl EnvdClient {
    /// Every process that was started through envd and still runs, in no order.
    pub async fn list_processes(&self) -> Result<Vec<ManagedProcess>, EnvdError> {
        let mut stub = self.processes();
        let answer = self.unary("list processes", stub.list(wire::ListRequest {})).await?;
        Ok(answer.processes.into_iter().map(convert::managed_process).collect())
    }

    /// Starts a program and follows its output. It has no time limit and outlives the stream.
    pub async fn start(&self, program: &ProgramSpec, io: ProcessIo) -> Result<ProcessStream, EnvdError> {
        self.start_with(program, io, None).await
    }

    /// The same for a program that envd itself kills when `lease` is over, whatever becomes of us. Never for a terminal that
    /// people use. At least one millisecond: less would start it and end only the stream.
    pub async fn start_leased(
        &self,
        program: &ProgramSpec,
        io: ProcessIo,
        lease: Duration,
    ) -> Result<ProcessStream, EnvdError> {
        self.start_with(program, io, Some(lease.max(Duration::from_millis(1))))
            .await
    }

    async fn start_with(
        &self,
        program: &ProgramSpec,
        io: ProcessIo,
        lease: Option<Duration>,
    ) -> Result<ProcessStream, EnvdError> {
        let (pty, stdin) = match io {
            ProcessIo::Terminal(size) => (Some(convert::terminal_to_wire(size)), None),
            ProcessIo::Pipes { stdin } => (None, Some(stdin)),
        };
        let mut request = self.with_signs_of_life(self.as_user(wire::StartRequest {
            process: Some(convert::program_to_wire(program)),
            pty,
            tag: program.tag.clone(),
            stdin,
        }));
        if let Some(lease) = lease {
            // Envd reads at most ten digits.
            let milliseconds = u64::try_from(lease.as_millis()).unwrap_or(u64::MAX).min(9_999_999_999);
            request
                .metadata_mut()
                .insert("connect-timeout-ms", MetadataValue::from(milliseconds));
        }
        let doing = format!("start {}", RemoteText::new(program.short_name()));
        let mut stub = self.processes();
        self.opening(&doing, async {
            let reply = stub.start(request).await.map_err(|status| error_of(&status))?;
            ProcessStream::open(Source::Started(reply.into_inner()), self.clone()).await
        })
        .await
    }

    /// Follows a program that runs already; only new output comes. One that ended in the last 30 s gives its exit status.
    pub async fn join(&self, pid: Pid) -> Result<ProcessStream, EnvdError> {
        let request = self.with_signs_of_life(tonic::Request::new(wire::ConnectRequest {
            process: Some(convert::selector(pid)),
        }));
        let mut stub = self.processes();
        self.opening(&format!("join process {pid}"), async {
            let reply = stub.connect(request).await.map_err(|status| error_of(&status))?;
            ProcessStream::open(Source::Joined(reply.into_inner()), self.clone()).await
        })
        .await
    }

    /// Changes the size of a program's terminal.
    pub async fn resize(&self, pid: Pid, size: GridSize) -> Result<(), EnvdError> {
        let mut stub = self.processes();
        let call = stub.update(wire::UpdateRequest {
            process: Some(convert::selector(pid)),
            pty: Some(convert::terminal_to_wire(size)),
        });
        self.unary(&format!("resize the terminal of process {pid}"), call)
            .await?;
        Ok(())
    }

    /// Types into a program's terminal. Returns when the bytes are written; waits as long as the program does not read. Await
    /// one call before the next, or they may change places.
    pub async fn send_terminal_input(&self, pid: Pid, bytes: Bytes) -> Result<(), EnvdError> {
        self.send_input(pid, Input::Pty(bytes)).await
    }

    /// Writes to a program's standard input, like [`Self::send_terminal_input`]. At most [`INPUT_CHUNK`] a call is wise.
    pub async fn send_stdin(&self, pid: Pid, bytes: Bytes) -> Result<(), EnvdError> {
        self.send_input(pid, Input::Stdin(bytes)).await
    }

    async fn send_input(&self, pid: Pid, input: Input) -> Result<(), EnvdError> {
        let mut stub = self.processes();
        let call = stub.send_input(wire::SendInputRequest {
            process: Some(convert::selector(pid)),
            input: Some(wire::ProcessInput { input: Some(input) }),
        });
        self.unlimited(&format!("send input to process {pid}"), call).await?;
        Ok(())
    }

    /// End of file for a program that reads from a pipe. On a terminal send 0x04 instead.
    pub async fn close_stdin(&self, pid: Pid) -> Result<(), EnvdError> {
        let mut stub = self.processes();
        let call = stub.close_stdin(wire::CloseStdinRequest {
            process: Some(convert::selector(pid)),
        });
        self.unary(&format!("close the input of process {pid}"), call).await?;
        Ok(())
    }

    /// Sends a signal to one process, not to its group. Numbers are reused: be sure whose it is.
    pub async fn signal(&self, pid: Pid, signal: TerminalSignal) -> Result<(), EnvdError> {
        let mut stub = self.processes();
        let call = stub.send_signal(wire::SendSignalRequest {
            process: Some(convert::selector(pid)),
            signal: convert::signal_to_wire(signal).into(),
        });
        self.unary(&format!("signal process {pid}"), call).await?;
        Ok(())
    }

    /// Writes a whole stream to a program over one call. Over HTTP/1.1 envd reports an early failure only at the end of
    /// `input`, so this is for bulk, not for typing.
    pub async fn stream_input(
        &self,
        pid: Pid,
        into_terminal: bool,
        input: impl Stream<Item = Bytes> + Send + 'static,
    ) -> Result<(), EnvdError> {
        let start = Event::Start(StartEvent {
            process: Some(convert::selector(pid)),
        });
        let data = input.map(move |bytes| {
            let input = if into_terminal {
                Input::Pty(bytes)
            } else {
                Input::Stdin(bytes)
            };
            Event::Data(DataEvent {
                input: Some(wire::ProcessInput { input: Some(input) }),
            })
        });
        let messages = futures_util::stream::iter([start])
            .chain(data)
            .map(|event| wire::StreamInputRequest { event: Some(event) });
        let mut stub = self.processes();
        self.unlimited(&format!("stream input to process {pid}"), stub.stream_input(messages))
            .await?;
        Ok(())
    }
}

//! The running server: one loopback port, HTTP/1.1 and h2 on it, one guard in front of everything. Knows no method.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::options::{Access, LocalEnvdError, LocalEnvdOptions};
use super::router;
use super::sandbox::Sandbox;
use super::services::Services;
use crate::domain::Secret;

/// How many calls may be open on one h2 connection; each terminal holds one.
const STREAMS_PER_CONNECTION: u32 = 4096;
/// How many connections may be open at once: each is a descriptor, and whoever connects has shown no token yet.
const CONNECTIONS: usize = 1024;
/// How long to wait when the system has no descriptor left for a new connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A running embedded sandbox. Dropping it kills its processes and closes its port.
#[derive(Debug)]
pub struct LocalEnvd {
    address: SocketAddr,
    services: Arc<Services>,
    accepting: JoinHandle<()>,
}

impl LocalEnvd {
    /// Starts listening on 127.0.0.1. Must be called inside a tokio runtime with I/O and time.
    pub async fn start(options: LocalEnvdOptions) -> Result<Self, LocalEnvdError> {
        let port = options.port;
        let sandbox = Sandbox::new(options)?;
        hide_memory();
        let cannot_listen = |cause| LocalEnvdError::CannotListen { port, cause };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(cannot_listen)?;
        let address = listener.local_addr().map_err(cannot_listen)?;
        let services = Arc::new(Services::new(sandbox, address.port()));
        let accepting = tokio::spawn(accept(listener, Arc::clone(&services)));
        Ok(Self {
            address,
            services,
            accepting,
        })
    }

    /// `http://127.0.0.1:port`, without a path.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What callers have to send as `X-Access-Token`; `None` if the server is open.
    pub fn token(&self) -> Option<&Secret> {
        match &self.services.sandbox.access {
            Access::Token(token) => Some(token),
            Access::Open => None,
        }
    }

    /// What processes find in `E2B_SANDBOX_ID`.
    pub fn sandbox_id(&self) -> &str {
        &self.services.sandbox.id
    }

    /// Ends the sandbox: terminals are hung up, other processes asked to end, and after a short grace whatever is
    /// left of them is killed. Callers still connected see the exits, then their connections close.
    pub async fn stop(self) {
        self.services.end_processes().await;
    }
}

impl Drop for LocalEnvd {
    fn drop(&mut self) {
        self.accepting.abort();
        self.services.kill_processes();
    }
}

/// Keeps other programs of the same user, the sandbox's own above all, from reading our memory and environment,
/// where tokens are. Also no core dumps. Linux only.
pub fn hide_memory() {
    #[cfg(target_os = "linux")]
    if let Err(error) = nix::sys::prctl::set_dumpable(false) {
        tracing::warn!(%error, "cannot make this process unreadable to others");
    }
}

async fn accept(listener: TcpListener, services: Arc<Services>) {
    // Dropped with this task, and with it every connection.
    let mut connections = JoinSet::new();
    loop {
        if connections.len() >= CONNECTIONS {
            connections.join_next().await;
        }
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(serve(stream, Arc::clone(&services)));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, services: Arc<Services>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot switch off delays");
    }
    let answer = service_fn(move |request: Request<Incoming>| {
        let services = Arc::clone(&services);
        async move {
            let request = request.map(|body| body.map_err(Into::into).boxed_unsync());
            Ok::<_, Infallible>(router::answer(services, request).await)
        }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_PER_CONNECTION);
    if let Err(error) = builder.serve_connection(TokioIo::new(stream), answer).await {
        tracing::debug!(error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use prost::Message;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::wire::generated::process::process_event::Event;
    use crate::wire::generated::process::process_event::data_event::Output;
    use crate::wire::generated::process::{
        ConnectRequest, ProcessConfig, ProcessSelector, SendInputRequest, StartRequest, StartResponse, process_input,
        process_selector,
    };

    const PATIENCE: Duration = Duration::from_secs(30);

    /// One connection that speaks HTTP/1.1 by hand.
    struct Wire {
        stream: TcpStream,
        unread: Vec<u8>,
    }

    impl Wire {
        async fn send(server: &LocalEnvd, head: &str, headers: &[(&str, &str)], body: &[u8]) -> Self {
            let mut stream = TcpStream::connect(server.address()).await.unwrap();
            let lines: Vec<_> = headers
                .iter()
                .map(|(name, value)| format!("{name}: {value}\r\n"))
                .collect();
            let text = format!(
                "{head} HTTP/1.1\r\nContent-Length: {}\r\n{}\r\n",
                body.len(),
                lines.concat()
            );
            stream.write_all(text.as_bytes()).await.unwrap();
            stream.write_all(body).await.unwrap();
            Self {
                stream,
                unread: Vec::new(),
            }
        }

        /// Calls a method with the right token, as a Connect stream.
        async fn stream(server: &LocalEnvd, method: &str, message: &impl Message) -> Self {
            let (host, token) = (
                server.address().to_string(),
                server.token().unwrap().expose().to_owned(),
            );
            let message = message.encode_to_vec();
            let mut body = vec![0];
            body.extend((message.len() as u32).to_be_bytes());
            body.extend(message);
            let headers = [
                ("Host", host.as_str()),
                ("X-Access-Token", &token),
                ("Content-Type", "application/connect+proto"),
                // Without chunks the body is a bare sequence of envelopes.
                ("Connection", "close"),
            ];
            let mut wire = Self::send(server, &format!("POST {method}"), &headers, &body).await;
            wire.read_past(b"\r\n\r\n").await;
            wire
        }

        async fn read_past(&mut self, mark: &[u8]) -> Vec<u8> {
            loop {
                if let Some(at) = self.unread.windows(mark.len()).position(|window| window == mark) {
                    return self.unread.drain(..at + mark.len()).collect();
                }
                assert!(self.read_more().await, "the connection ended before {mark:?}");
            }
        }

        async fn read_more(&mut self) -> bool {
            let mut buffer = vec![0; 65_536];
            let read = tokio::time::timeout(PATIENCE, self.stream.read(&mut buffer)).await;
            let length = read.expect("nothing came in time").unwrap_or(0);
            self.unread.extend(&buffer[..length]);
            length > 0
        }

        async fn status(mut self) -> u16 {
            let line = self.read_past(b"\r\n").await;
            String::from_utf8(line[9..12].to_vec()).unwrap().parse().unwrap()
        }

        /// The next piece of a chunked body; empty at its end.
        async fn chunk(&mut self) -> Vec<u8> {
            let line = self.read_past(b"\r\n").await;
            let length = usize::from_str_radix(std::str::from_utf8(&line).unwrap().trim(), 16).unwrap();
            while self.unread.len() < length + 2 {
                assert!(self.read_more().await, "the connection ended inside a chunk");
            }
            let chunk = self.unread.drain(..length).collect();
            self.unread.drain(..2);
            chunk
        }

        /// The event in the next chunk; every message is flushed as one. None for the end of the stream.
        async fn event(&mut self) -> Option<Event> {
            let chunk = self.chunk().await;
            if chunk[0] != 0 {
                return None;
            }
            StartResponse::decode(&chunk[5..]).unwrap().event.unwrap().event
        }
    }

    fn shell(text: &str) -> StartRequest {
        StartRequest {
            process: Some(ProcessConfig {
                cmd: "sh".into(),
                args: vec!["-c".into(), text.into()],
                cwd: Some("/".into()),
                ..ProcessConfig::default()
            }),
            ..StartRequest::default()
        }
    }

    #[tokio::test]
    async fn nothing_happens_for_who_must_not_call() {
        let server = LocalEnvd::start(LocalEnvdOptions::default()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (host, token) = (
            server.address().to_string(),
            server.token().unwrap().expose().to_owned(),
        );
        let (host, token) = (("Host", host.as_str()), ("X-Access-Token", token.as_str()));
        let senders: [&[(&str, &str)]; 7] = [
            &[host],
            &[host, ("X-Access-Token", "wrong")],
            &[host, token, ("Origin", "https://evil.example")],
            &[host, token, ("Origin", "null")],
            &[host, token, ("Sec-Fetch-Site", "cross-site")],
            &[("Host", "evil.example"), token],
            &[token],
        ];
        let made = folder.path().join("made");
        let write = format!("POST /files?path={}", made.display());
        let start = serde_json::json!({"path": made}).to_string();
        for route in [
            "GET /health",
            "GET /metrics",
            "GET /envs",
            "GET /files?path=/etc/passwd",
            "POST /files/compose",
            "POST /process.Process/List",
            "POST /filesystem.Filesystem/MakeDir",
            "OPTIONS /process.Process/Start",
            "GET /nowhere",
            write.as_str(),
        ] {
            for sender in senders {
                for content_type in ["text/plain", "application/json", "application/octet-stream"] {
                    let headers = [sender, &[("Content-Type", content_type)]].concat();
                    let status = Wire::send(&server, route, &headers, start.as_bytes())
                        .await
                        .status()
                        .await;
                    assert!(matches!(status, 401 | 403), "{route} {headers:?}: {status}");
                }
            }
        }
        assert!(!made.exists());
        let allowed = [host, token, ("Content-Type", "application/json")];
        let permitted = Wire::send(
            &server,
            "POST /filesystem.Filesystem/MakeDir",
            &allowed,
            start.as_bytes(),
        )
        .await;
        assert_eq!(permitted.status().await, 200);
        assert!(made.exists());
    }

    #[tokio::test]
    async fn an_open_server_asks_for_no_token_but_still_for_its_own_name() {
        let options = LocalEnvdOptions {
            access: Access::Open,
            ..LocalEnvdOptions::default()
        };
        let server = LocalEnvd::start(options).await.unwrap();
        assert!(server.token().is_none());
        let localhost = format!("localhost:{}", server.address().port());
        for (headers, expected) in [
            (vec![("Host", localhost.as_str())], 204),
            (vec![("Host", localhost.as_str()), ("Origin", "null")], 403),
            (vec![("Host", "evil.example")], 403),
        ] {
            let status = Wire::send(&server, "GET /health", &headers, b"").await.status().await;
            assert_eq!(status, expected, "{headers:?}");
        }
    }

    #[tokio::test]
    async fn a_viewer_who_stops_reading_holds_up_nobody() {
        const ALL: usize = 40_000_000;
        let server = LocalEnvd::start(LocalEnvdOptions::default()).await.unwrap();
        let text = format!("read go; head -c {ALL} /dev/zero");
        let mut stalled = Wire::stream(&server, "/process.Process/Start", &shell(&text)).await;
        let Some(Event::Start(start)) = stalled.event().await else {
            panic!("no start");
        };
        let process = Some(ProcessSelector {
            selector: Some(process_selector::Selector::Pid(start.pid)),
        });
        let connect = ConnectRequest {
            process: process.clone(),
        };
        let mut quick = Wire::stream(&server, "/process.Process/Connect", &connect).await;
        assert!(matches!(quick.event().await, Some(Event::Start(_))));
        let go = SendInputRequest {
            process,
            input: Some(crate::wire::generated::process::ProcessInput {
                input: Some(process_input::Input::Stdin("go\n".into())),
            }),
        };
        let (host, token) = (
            server.address().to_string(),
            server.token().unwrap().expose().to_owned(),
        );
        let headers = [
            ("Host", host.as_str()),
            ("X-Access-Token", &token),
            ("Content-Type", "application/proto"),
        ];
        let sent = Wire::send(
            &server,
            "POST /process.Process/SendInput",
            &headers,
            &go.encode_to_vec(),
        )
        .await;
        assert_eq!(sent.status().await, 200);
        let mut seen = 0;
        loop {
            match quick.event().await {
                Some(Event::Data(data)) => match data.output {
                    Some(Output::Stdout(bytes)) => seen += bytes.len(),
                    other => panic!("{other:?}"),
                },
                Some(Event::End(end)) => break assert_eq!(end.exit_code, 0),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(seen, ALL);
        drop(stalled);
    }

    #[tokio::test]
    async fn a_dropped_server_takes_its_processes_and_its_port_with_it() {
        let server = LocalEnvd::start(LocalEnvdOptions::default()).await.unwrap();
        let address = server.address();
        let mut wire = Wire::stream(
            &server,
            "/process.Process/Start",
            &shell("trap '' TERM HUP; sleep 1000"),
        )
        .await;
        let Some(Event::Start(start)) = wire.event().await else {
            panic!("no start");
        };
        drop(server);
        while wire.read_more().await {}
        let path = Path::new("/proc").join(start.pid.to_string()).join("stat");
        let state = std::fs::read_to_string(path).unwrap_or_default();
        assert!(state.is_empty() || state.contains(") Z "), "{state}");
        assert!(TcpStream::connect(address).await.is_err());
    }

    #[tokio::test]
    async fn a_taken_port_is_told_with_its_number() {
        let first = LocalEnvd::start(LocalEnvdOptions::default()).await.unwrap();
        let options = LocalEnvdOptions {
            port: first.address().port(),
            ..LocalEnvdOptions::default()
        };
        let error = LocalEnvd::start(options).await.unwrap_err().to_string();
        assert!(error.contains(&first.address().to_string()), "{error}");
    }
}

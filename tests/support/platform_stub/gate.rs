//! What stands in front of a stubbed sandbox's envd, as the platform's edge does: while the sandbox sleeps every connection
//! is cut, and whoever knocks is counted and told by 502 that nobody is there, or wakes it, if it is one that traffic wakes.
//! On order the edge refuses gRPC, and cuts connections that carry nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// How an edge treats connections. By default it passes everything on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Edge {
    /// Whatever has a content type that begins with `application/grpc` is answered by 464.
    pub refuses_grpc: bool,
    /// A connection that carries nothing for so long is cut.
    pub idle_limit: Option<Duration>,
}

/// What the gate and its connections share.
#[derive(Default)]
struct Record {
    accepted: AtomicUsize,
    knocks: AtomicUsize,
    refused: AtomicUsize,
    idle_cuts: AtomicUsize,
    wakes: AtomicBool,
    was_woken: AtomicBool,
    /// All that clients sent.
    heard: Mutex<Vec<u8>>,
}

pub struct Gate {
    pub address: SocketAddr,
    is_shut: watch::Sender<bool>,
    cuts: watch::Sender<u64>,
    record: Arc<Record>,
    serving: JoinHandle<()>,
}

impl Gate {
    /// Listens under the envd's own port number: it answers only to that port in the `Host` header. The first gate of an
    /// envd is `[::1]`; each copy of the sandbox has a further address of this machine, and the name of the first one is
    /// put into the requests on their way.
    pub async fn before(envd: SocketAddr, copy: u8, edge: Edge) -> Self {
        assert!(copy < 8, "a gate's address has one digit");
        let ip: IpAddr = match copy {
            0 => Ipv6Addr::LOCALHOST.into(),
            copy => Ipv4Addr::new(127, 0, 0, copy + 1).into(),
        };
        let listener = TcpListener::bind((ip, envd.port())).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (is_shut, shut) = watch::channel(false);
        let (cuts, cut) = watch::channel(0);
        let record = Arc::new(Record::default());
        let (shared, opener) = (Arc::clone(&record), is_shut.clone());
        let serving = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                shared.accepted.fetch_add(1, Ordering::SeqCst);
                let way = Way {
                    envd,
                    name: (copy > 0).then(|| format!("127.0.0.{}", copy + 1).into_bytes()),
                    edge,
                    record: Arc::clone(&shared),
                };
                tokio::spawn(pass(client, way, (shut.clone(), cut.clone()), opener.clone()));
            }
        });
        Self {
            address,
            is_shut,
            cuts,
            record,
            serving,
        }
    }

    pub fn shut(&self, is_shut: bool) {
        self.is_shut.send_replace(is_shut);
    }

    /// Cuts all connections; new ones pass.
    pub fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// From now on traffic wakes the sandbox.
    pub fn let_traffic_wake(&self) {
        self.record.wakes.store(true, Ordering::SeqCst);
    }

    /// Whether traffic has woken the sandbox since the last time.
    pub fn take_woken(&self) -> bool {
        self.record.was_woken.swap(false, Ordering::SeqCst)
    }

    /// How many connections came at all.
    pub fn accepted(&self) -> usize {
        self.record.accepted.load(Ordering::SeqCst)
    }

    /// How many connections came while it was shut.
    pub fn knocks(&self) -> usize {
        self.record.knocks.load(Ordering::SeqCst)
    }

    /// All that clients have sent through it.
    pub fn heard(&self) -> Vec<u8> {
        self.record.heard.lock().unwrap().clone()
    }

    /// How many requests were answered by 464, and how many connections were cut because they carried nothing.
    pub fn faults(&self) -> (usize, usize) {
        let count = |of: &AtomicUsize| of.load(Ordering::SeqCst);
        (count(&self.record.refused), count(&self.record.idle_cuts))
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.is_shut.send_replace(true);
        self.serving.abort();
    }
}

/// Where a connection goes, and what is done to it.
struct Way {
    envd: SocketAddr,
    /// The address that stands in requests, to be replaced by the envd's own of the same length.
    name: Option<Vec<u8>>,
    edge: Edge,
    record: Arc<Record>,
}

async fn pass(
    mut client: TcpStream,
    way: Way,
    (mut shut, mut cut): (watch::Receiver<bool>, watch::Receiver<u64>),
    opener: watch::Sender<bool>,
) {
    cut.mark_unchanged();
    if *shut.borrow_and_update() {
        way.record.knocks.fetch_add(1, Ordering::SeqCst);
        let _ = client.read(&mut [0; 1024]).await;
        if way.record.wakes.load(Ordering::SeqCst) {
            way.record.was_woken.store(true, Ordering::SeqCst);
            opener.send_replace(false);
        }
        answer(
            &mut client,
            "502 Bad Gateway",
            r#"{"sandboxId":"x","message":"The sandbox was not found","code":502}"#,
        )
        .await;
        return;
    }
    let Ok(server) = TcpStream::connect(way.envd).await else {
        return;
    };
    tokio::select! {
        () = carry(client, server, &way) => {}
        _ = shut.wait_for(|is_shut| *is_shut) => {}
        _ = cut.changed() => {}
    }
}

async fn answer(client: &mut TcpStream, status: &str, body: &str) {
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    let _ = client.write_all(text.as_bytes()).await;
}

async fn carry(mut client: TcpStream, mut server: TcpStream, way: &Way) {
    let (mut up, mut down) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    let mut last = Instant::now();
    loop {
        let idle = way.edge.idle_limit.map_or(Duration::from_secs(3600), |limit| limit);
        tokio::select! {
            read = client.read(&mut up) => {
                let Ok(count @ 1..) = read else { return };
                let bytes = &mut up[..count];
                way.record.heard.lock().unwrap().extend_from_slice(bytes);
                if way.edge.refuses_grpc && find(&bytes.to_ascii_lowercase(), b"application/grpc").is_some() {
                    way.record.refused.fetch_add(1, Ordering::SeqCst);
                    return answer(&mut client, "464 Incompatible Protocol", "{}").await;
                }
                if let Some(name) = &way.name {
                    let own = way.envd.ip().to_string();
                    while let Some(at) = find(bytes, name) {
                        bytes[at..at + name.len()].copy_from_slice(own.as_bytes());
                    }
                }
                if server.write_all(bytes).await.is_err() {
                    return;
                }
            }
            read = server.read(&mut down) => {
                let Ok(count @ 1..) = read else { return };
                if client.write_all(&down[..count]).await.is_err() {
                    return;
                }
            }
            () = tokio::time::sleep_until(last + idle) => {
                way.record.idle_cuts.fetch_add(1, Ordering::SeqCst);
                return;
            }
        }
        last = Instant::now();
    }
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

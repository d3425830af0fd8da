//! A TCP proxy with faults on order: delay, slices, silence, cuts at once or after so many bytes, refusal.
//!
//! In front of an embedded server it must listen under the same port number, on `[::1]`, because that server answers only to
//! its own port in the `Host` header.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}

/// How a connection is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// With a reset.
    Reset,
    /// With an ordinary close, wherever the bytes happen to be.
    Close,
}

/// What is wrong with the way at the moment. Nothing, by default.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Each piece waits this long.
    pub delay: Duration,
    /// Pieces are cut into so many bytes, each sent by itself.
    pub slice: Option<usize>,
    /// Bytes in this direction stop, and nobody says so.
    pub silent: Vec<Way>,
    /// Once so many more bytes have passed in a direction, the connection is cut. Counted per connection.
    pub budget: Option<(Way, usize, Cut)>,
    /// A connection that carries nothing for this long is closed, as some load balancers do.
    pub idle_limit: Option<Duration>,
    /// New connections are reset at once.
    pub refuses: bool,
}

impl Faults {
    /// Nothing passes in either direction.
    pub fn blackhole() -> Self {
        Self {
            silent: vec![Way::Up, Way::Down],
            ..Self::default()
        }
    }
}

/// The proxy. Dropping it cuts everything.
pub struct FaultProxy {
    address: SocketAddr,
    faults: watch::Sender<Faults>,
    cuts: broadcast::Sender<Cut>,
    accepted: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

impl FaultProxy {
    /// A proxy without faults in front of an embedded server. Needs a machine with IPv6 on its loopback.
    pub async fn start(server: SocketAddr) -> Self {
        Self::listen((Ipv6Addr::LOCALHOST, server.port()).into(), server).await
    }

    /// The same in front of a server that does not mind under which name it is called.
    pub async fn start_anywhere(server: SocketAddr) -> Self {
        Self::listen((Ipv4Addr::LOCALHOST, 0).into(), server).await
    }

    async fn listen(at: SocketAddr, server: SocketAddr) -> Self {
        let listener = TcpListener::bind(at).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (faults, _) = watch::channel(Faults::default());
        let (cuts, _) = broadcast::channel(64);
        let accepted = Arc::new(AtomicUsize::new(0));
        let accepting = tokio::spawn(accept(
            listener,
            server,
            faults.clone(),
            cuts.clone(),
            Arc::clone(&accepted),
        ));
        Self {
            address,
            faults,
            cuts,
            accepted,
            accepting,
        }
    }

    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on, for connections that stand and for new ones.
    pub fn set(&self, faults: Faults) {
        self.faults.send_replace(faults);
    }

    /// All faults away.
    pub fn heal(&self) {
        self.set(Faults::default());
    }

    /// Cuts every connection that stands.
    pub fn cut(&self, how: Cut) {
        // Nobody listens when no connection stands.
        let _ = self.cuts.send(how);
    }

    /// How many connections were made so far.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut(Cut::Reset);
    }
}

async fn accept(
    listener: TcpListener,
    server: SocketAddr,
    faults: watch::Sender<Faults>,
    cuts: broadcast::Sender<Cut>,
    accepted: Arc<AtomicUsize>,
) {
    while let Ok((client, _)) = listener.accept().await {
        accepted.fetch_add(1, Ordering::SeqCst);
        if faults.borrow().refuses {
            end(&client, Cut::Reset);
            continue;
        }
        tokio::spawn(carry(client, server, faults.subscribe(), cuts.subscribe()));
    }
}

/// Carries one connection until one side ends it, a fault does, or a cut is ordered.
async fn carry(
    mut client: TcpStream,
    server: SocketAddr,
    faults: watch::Receiver<Faults>,
    mut cuts: broadcast::Receiver<Cut>,
) {
    let Ok(mut server) = TcpStream::connect(server).await else {
        end(&client, Cut::Reset);
        return;
    };
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    let active = Mutex::new(Instant::now());
    let how = {
        let (client_read, client_write) = client.split();
        let (server_read, server_write) = server.split();
        tokio::select! {
            how = pump(client_read, server_write, Way::Up, faults.clone(), &active) => how,
            how = pump(server_read, client_write, Way::Down, faults.clone(), &active) => how,
            () = idle(faults, &active) => Cut::Close,
            ordered = cuts.recv() => ordered.unwrap_or(Cut::Reset),
        }
    };
    end(&client, how);
    end(&server, how);
}

fn end(socket: &TcpStream, how: Cut) {
    if how == Cut::Reset {
        // Fails only on a socket that is closed already.
        let _ = socket.set_zero_linger();
    }
}

/// Moves bytes one way, and says how the connection shall end.
async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    way: Way,
    mut faults: watch::Receiver<Faults>,
    active: &Mutex<Instant>,
) -> Cut {
    let mut buffer = vec![0; 16 * 1024];
    let mut passed = 0;
    loop {
        faults.mark_unchanged();
        let read = tokio::select! {
            read = from.read(&mut buffer) => read,
            // A new fault may hold for the bytes that come next.
            changed = faults.changed() => match changed {
                Ok(()) => {
                    passed = 0;
                    continue;
                }
                Err(_) => return Cut::Reset,
            },
        };
        *active.lock().unwrap() = Instant::now();
        let length = match read {
            Ok(0) => return Cut::Close,
            Ok(length) => length,
            Err(_) => return Cut::Reset,
        };
        let Some(now) = pass(&mut faults, way).await else {
            return Cut::Reset;
        };
        tokio::time::sleep(now.delay).await;
        let (allowed, cut) = match now.budget {
            Some((limited, most, cut)) if limited == way => {
                (length.min(most.saturating_sub(passed)), Some((most, cut)))
            }
            _ => (length, None),
        };
        for piece in buffer[..allowed].chunks(now.slice.unwrap_or(length)) {
            if to.write_all(piece).await.is_err() || to.flush().await.is_err() {
                return Cut::Reset;
            }
        }
        passed += allowed;
        if let Some((most, cut)) = cut
            && passed >= most
        {
            return cut;
        }
    }
}

/// Waits until bytes may go this way. `None` when the proxy is gone.
async fn pass(faults: &mut watch::Receiver<Faults>, way: Way) -> Option<Faults> {
    let open = faults.wait_for(|faults| !faults.silent.contains(&way)).await;
    open.ok().map(|faults| faults.clone())
}

/// Waits until nothing has passed in either direction for as long as the faults allow.
async fn idle(mut faults: watch::Receiver<Faults>, active: &Mutex<Instant>) {
    loop {
        let limit = faults.borrow_and_update().idle_limit;
        let Some(limit) = limit else {
            if faults.changed().await.is_err() {
                return;
            }
            continue;
        };
        let end = *active.lock().unwrap() + limit;
        if Instant::now() >= end {
            return;
        }
        tokio::time::sleep_until(end).await;
    }
}

//! The port of this machine: takes connections and has each passed on. Dropping it ends all of them.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

use super::counted::{Counted, Tally};
use super::web_relay::WebRelay;
use crate::domain::{ForwardTraffic, PortWay};
use crate::envd::EnvdClient;
use crate::envd::error::{EnvdError, EnvdErrorKind};

/// Connections at once; more wait.
const CONNECTIONS: usize = 256;
/// How long the sandbox may take to accept a connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How often it is told what went through, if anything did.
const NEWS: Duration = Duration::from_secs(1);
/// Ports below belong to the system.
const FIRST_PORT: u16 = 1024;

/// A port of this machine that leads to one of the sandbox.
pub struct PortForward {
    listener: TcpListener,
    at: SocketAddr,
    leads_to: String,
    way: Way,
    tally: Arc<Tally>,
    connections: JoinSet<()>,
    news: Interval,
    told: ForwardTraffic,
}

/// How a connection is passed on.
#[derive(Clone)]
enum Way {
    /// Bytes as they come, to this host and port.
    Bytes(String, u16),
    /// Requests, by way of an edge.
    Web(Arc<WebRelay>),
}

impl PortForward {
    /// Takes a port of this machine, the same number if that is free. Where the sandbox has an address of its own, somebody
    /// must listen there.
    pub async fn open(client: &EnvdClient, port: u16) -> Result<Self, EnvdError> {
        let way = match &client.ports().way {
            PortWay::OwnHost { host } => {
                // In brackets as part of an address; without as a host.
                let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
                reach(&host, port).await.map_err(|error| {
                    client
                        .told(&format!("forward port {port}"), error)
                        .hint("a program that listens on 127.0.0.1 alone cannot be reached from outside")
                })?;
                Way::Bytes(host, port)
            }
            PortWay::Named { .. } | PortWay::ByHeader { .. } => Way::Web(Arc::new(WebRelay::new(client, port)?)),
        };
        let taken = |error: std::io::Error| {
            let text = format!("no port of this machine can be taken: {error}");
            EnvdError::new(EnvdErrorKind::Internal, text)
        };
        let same = (Ipv4Addr::LOCALHOST, port);
        let listener = match TcpListener::bind(same).await {
            Ok(listener) if port >= FIRST_PORT => listener,
            _ => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(taken)?,
        };
        let at = listener.local_addr().map_err(taken)?;
        let leads_to = match &way {
            Way::Bytes(host, port) => format!("{host}:{port}"),
            Way::Web(relay) => relay.leads_to().to_owned(),
        };
        if let Way::Web(relay) = &way {
            relay.set_at(at);
        }
        let mut news = interval(NEWS);
        news.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self {
            listener,
            at,
            leads_to,
            way,
            tally: Arc::default(),
            connections: JoinSet::new(),
            news,
            told: ForwardTraffic::default(),
        })
    }

    /// Where it takes connections.
    pub fn at(&self) -> SocketAddr {
        self.at
    }

    /// Where they lead.
    pub fn leads_to(&self) -> &str {
        &self.leads_to
    }

    /// Passes connections on, as long as this is waited for, until there is something to tell.
    pub async fn next(&mut self) -> ForwardTraffic {
        loop {
            tokio::select! {
                accepted = self.listener.accept(), if self.connections.len() < CONNECTIONS => match accepted {
                    Ok((stream, _)) => {
                        let (way, tally) = (self.way.clone(), Arc::clone(&self.tally));
                        self.connections.spawn(pass_on(stream, way, tally));
                    }
                    // Too many open files, or a connection that is gone already: the next one may go better.
                    Err(error) => {
                        self.tally.note(Some(&error.to_string()));
                        tokio::time::sleep(NEWS).await;
                    }
                },
                Some(_) = self.connections.join_next() => {}
                _ = self.news.tick() => {
                    let now = self.tally.traffic();
                    if now != self.told {
                        self.told = now.clone();
                        return now;
                    }
                }
            }
        }
    }
}

/// Connects, and says what it means when that does not go.
async fn reach(host: &str, port: u16) -> Result<TcpStream, EnvdError> {
    let connecting = timeout(CONNECT_LIMIT, TcpStream::connect((host, port))).await;
    match connecting {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(EnvdError::new(EnvdErrorKind::Unreachable, error.to_string())),
        Err(_) => {
            let text = format!("no connection within {} s", CONNECT_LIMIT.as_secs());
            Err(EnvdError::new(EnvdErrorKind::TimedOut, text))
        }
    }
}

async fn pass_on(stream: TcpStream, way: Way, tally: Arc<Tally>) {
    let _ = stream.set_nodelay(true);
    let mut near = Counted::new(stream, &tally);
    match way {
        Way::Bytes(host, port) => match reach(&host, port).await {
            Ok(mut far) => {
                tally.note(None);
                let _ = far.set_nodelay(true);
                // However it ends, it has ended: both sides are closed.
                if let Err(error) = copy_bidirectional(&mut near, &mut far).await {
                    tracing::debug!(%error, "a forwarded connection broke");
                }
            }
            Err(error) => tally.note(Some(&error.to_string())),
        },
        Way::Web(relay) => relay.serve(near, tally).await,
    }
}

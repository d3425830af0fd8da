//! A socket of a sandbox as `/proc/net` shows it, with the processes that hold it.

use core::net::{IpAddr, SocketAddr};
use std::fmt;

use super::{Pid, RemoteText};

/// What a socket speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP over IPv4.
    Tcp,
    /// TCP over IPv6, and over IPv4 where the socket takes both.
    Tcp6,
    /// UDP over IPv4.
    Udp,
    /// UDP over IPv6.
    Udp6,
    /// Between programs of the sandbox.
    Unix,
}

impl Protocol {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Tcp6 => "tcp6",
            Self::Udp => "udp",
            Self::Udp6 => "udp6",
            Self::Unix => "unix",
        }
    }
}

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SocketState {
    /// It waits for connections, or for packets from anybody.
    Listening,
    /// Both sides can send.
    Established,
    /// We asked for a connection.
    SynSent,
    /// The other side asked, and is not sure of the answer yet.
    SynReceived,
    /// We are done, and our farewell is on the way.
    FinWait1,
    /// We are done, the other side is not.
    FinWait2,
    /// Over; late packets are still expected.
    TimeWait,
    /// Over.
    Closed,
    /// The other side is done, the program has not closed yet.
    CloseWait,
    /// The program has closed as well, and its farewell is on the way.
    LastAck,
    /// Both sides are saying farewell.
    Closing,
}

impl SocketState {
    /// From the number in `/proc/net/tcp`.
    pub fn of_tcp(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::Established,
            2 => Self::SynSent,
            3 | 12 => Self::SynReceived,
            4 => Self::FinWait1,
            5 => Self::FinWait2,
            6 => Self::TimeWait,
            7 => Self::Closed,
            8 => Self::CloseWait,
            9 => Self::LastAck,
            10 => Self::Listening,
            11 => Self::Closing,
            _ => return None,
        })
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Listening => "listening",
            Self::Established => "established",
            Self::SynSent => "syn-sent",
            Self::SynReceived => "syn-received",
            Self::FinWait1 => "fin-wait-1",
            Self::FinWait2 => "fin-wait-2",
            Self::TimeWait => "time-wait",
            Self::Closed => "closed",
            Self::CloseWait => "close-wait",
            Self::LastAck => "last-ack",
            Self::Closing => "closing",
        }
    }
}

/// The ends of a socket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SocketEnds {
    /// Addresses on the network; a listener has no peer.
    Internet {
        /// This side.
        local: SocketAddr,
        /// The other side.
        peer: Option<SocketAddr>,
    },
    /// A path or abstract name; many have none.
    Unix(Option<RemoteText>),
}

/// One socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket {
    /// What it speaks.
    pub protocol: Protocol,
    /// Where it begins and leads.
    pub ends: SocketEnds,
    /// How far it is.
    pub state: SocketState,
    /// Bytes that the program has not read yet; for a TCP listener, connections that it has not taken yet.
    pub receive_queue: u32,
    /// Bytes that the other side has not confirmed yet.
    pub send_queue: u32,
    /// Who it belongs to, by number; unknown for unix sockets.
    pub uid: Option<u32>,
    /// The kernel's number for it; 0 when no program holds it any more.
    pub inode: u64,
    /// The processes that hold it, as far as they may be looked at.
    pub holders: Vec<Pid>,
}

impl Socket {
    /// The address on this side, unless it is a unix socket.
    pub fn local(&self) -> Option<SocketAddr> {
        match &self.ends {
            SocketEnds::Internet { local, .. } => Some(*local),
            SocketEnds::Unix(_) => None,
        }
    }

    /// The address on the other side, if there is one.
    pub fn peer(&self) -> Option<SocketAddr> {
        match &self.ends {
            SocketEnds::Internet { peer, .. } => *peer,
            SocketEnds::Unix(_) => None,
        }
    }

    /// Whether it waits for others to connect or to send.
    pub fn is_listener(&self) -> bool {
        self.state == SocketState::Listening
    }

    /// Whether a listener takes connections from outside the sandbox.
    pub fn is_open_to_others(&self) -> bool {
        self.is_listener() && self.local().is_some_and(|local| !is_loopback(local.ip()))
    }
}

fn is_loopback(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => four.is_loopback(),
        IpAddr::V6(six) => six.is_loopback() || six.to_ipv4_mapped().is_some_and(|four| four.is_loopback()),
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

//! Ports of a sandbox as others reach them.

use super::RemoteText;

/// What went through a port of this machine that leads into a sandbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForwardTraffic {
    /// Connections that stand.
    pub open: usize,
    /// All that ever were.
    pub total: u64,
    /// Bytes from the sandbox.
    pub inward: u64,
    /// Bytes to the sandbox.
    pub outward: u64,
    /// Why the last connection that failed did.
    pub failure: Option<RemoteText>,
}

/// How a port of a sandbox is reached from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortWay {
    /// The sandbox has an address of its own, which envd listens on as well: each port is there as it is.
    OwnHost {
        /// The name or address.
        host: String,
    },
    /// The platform gives each port a name: `https://PORT-ID.DOMAIN` (`platform-api.md` 6).
    Named {
        /// The sandbox.
        id: String,
        /// What stands behind the dot.
        domain: String,
    },
    /// An edge is told the port in a header: no browser gets there, only what sends the header.
    ByHeader {
        /// The edge, without path.
        edge: String,
        /// The sandbox.
        id: String,
    },
}

impl PortWay {
    /// The address of a port for everybody, if it has one.
    pub fn address(&self, port: u16) -> Option<String> {
        match self {
            Self::OwnHost { host } => Some(format!("http://{host}:{port}")),
            Self::Named { id, domain } => Some(format!("https://{port}-{id}.{domain}")),
            Self::ByHeader { .. } => None,
        }
    }
}

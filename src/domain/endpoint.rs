//! Where an envd is and how to speak to it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::{PortWay, Secret};

/// Which of the three encodings of the same calls goes over the wire (`envd-wire.md` 1.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Connect with protobuf bodies: works on every path to envd.
    #[default]
    Connect,
    /// gRPC-Web: works on plain HTTP/1.1 and through some edges.
    GrpcWeb,
    /// gRPC over HTTP/2: only where every hop speaks it.
    Grpc,
}

impl Dialect {
    /// All of them, the default first.
    pub const ALL: [Self; 3] = [Self::Connect, Self::GrpcWeb, Self::Grpc];

    /// The name in flags and in the config file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::GrpcWeb => "grpc-web",
            Self::Grpc => "grpc",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl FromStr for Dialect {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|dialect| dialect.name() == text)
            .ok_or_else(|| format!("`{text}` is no dialect: use connect, grpc-web or grpc"))
    }
}

/// What an edge needs to find the sandbox behind one shared host name (`envd-wire.md` 2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routing {
    /// Sent as `E2b-Sandbox-Id`.
    pub sandbox_id: String,
    /// Sent as `E2b-Sandbox-Port`.
    pub port: u16,
}

/// Everything a client needs to know about one envd.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// `http://host:port` or `https://host[:port]`, without path.
    pub base_url: String,
    /// How calls are encoded.
    pub dialect: Dialect,
    /// Sent as `X-Access-Token` with every request.
    pub access_token: Option<Secret>,
    /// The OS user that commands and paths belong to; the sandbox's default without one.
    pub user: Option<String>,
    /// Headers for a shared edge.
    pub routing: Option<Routing>,
    /// What a sandbox that is closed to the public wants to see on its other ports.
    pub traffic_token: Option<Secret>,
    /// A PEM file with certificates to trust besides the platform's.
    pub ca_file: Option<PathBuf>,
}

impl Endpoint {
    /// An endpoint with the default dialect and no credentials.
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            dialect: Dialect::default(),
            access_token: None,
            user: None,
            routing: None,
            traffic_token: None,
            ca_file: None,
        }
    }

    /// How other ports than envd's are reached.
    pub fn ports(&self) -> PortWay {
        let rest = self
            .base_url
            .split_once("://")
            .map_or(self.base_url.as_str(), |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or_default();
        let (host, port) = match authority.rsplit_once(':') {
            // The colons of an address of version 6 stand in brackets.
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port),
            _ => (authority, ""),
        };
        let host = host.to_owned();
        let Some(routing) = &self.routing else {
            return PortWay::OwnHost { host };
        };
        let id = routing.sandbox_id.clone();
        let named = [format!("{}-{id}.", routing.port), "sandbox.".to_owned()];
        let domain = named.iter().find_map(|start| host.strip_prefix(start.as_str()));
        let is_secure = self.base_url.starts_with("https://") && port.is_empty();
        match domain.filter(|_| is_secure) {
            Some(domain) => PortWay::Named {
                id,
                domain: domain.to_owned(),
            },
            // Envd itself, without an edge in front.
            None if port == routing.port.to_string() => PortWay::OwnHost { host },
            None => PortWay::ByHeader {
                edge: self.base_url.trim_end_matches('/').to_owned(),
                id,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_reached_as_envd_is() {
        let routed = |base: &str| {
            let mut endpoint = Endpoint::new(base);
            endpoint.routing = Some(Routing {
                sandbox_id: "i0abc".to_owned(),
                port: 49983,
            });
            endpoint.ports()
        };
        for (way, address) in [
            (
                Endpoint::new("http://10.0.0.5:49983").ports(),
                Some("http://10.0.0.5:3000"),
            ),
            (Endpoint::new("http://[::1]:49983/").ports(), Some("http://[::1]:3000")),
            (
                Endpoint::new("https://envd.example").ports(),
                Some("http://envd.example:3000"),
            ),
            (routed("https://sandbox.e2b.app"), Some("https://3000-i0abc.e2b.app")),
            (routed("https://49983-i0abc.my.org/"), Some("https://3000-i0abc.my.org")),
            (routed("http://localhost:49983"), Some("http://localhost:3000")),
            (routed("http://127.0.0.1:8080"), None),
            (routed("https://edge.my.org"), None),
            (routed("https://sandbox.my.org:8443"), None),
        ] {
            assert_eq!(way.address(3000).as_deref(), address, "{way:?}");
        }
    }
}

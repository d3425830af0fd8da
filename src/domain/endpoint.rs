//! Where an envd is and how to speak to it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::Secret;

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
            ca_file: None,
        }
    }
}

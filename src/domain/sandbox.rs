//! A sandbox as the platform describes it. Knows no request and no reply.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{Internet, RemoteText, Secret, Timestamp};

/// The ID of a sandbox: 1 to 64 small letters, digits and `-`, so that it can stand in a URL as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SandboxId(String);

/// A text is no sandbox ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSandboxId;

impl SandboxId {
    /// The ID as it was given, perhaps with the `-` and the node that older IDs carry.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the first `-`: what an edge knows the sandbox by.
    pub fn bare(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }
}

impl FromStr for SandboxId {
    type Err = NoSandboxId;

    fn from_str(text: &str) -> Result<Self, NoSandboxId> {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if text.is_empty() || text.len() > 64 || text.starts_with('-') || !text.bytes().all(is_plain) {
            return Err(NoSandboxId);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for SandboxId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for NoSandboxId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a sandbox ID is made of 1 to 64 small letters, digits and -")
    }
}

impl std::error::Error for NoSandboxId {}

/// What a sandbox is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SandboxState {
    /// It runs until its end.
    Running,
    /// It sleeps as a snapshot until somebody resumes it.
    Paused,
    /// A word that we do not know.
    Other(RemoteText),
}

impl fmt::Display for SandboxState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running => out.write_str("running"),
            Self::Paused => out.write_str("paused"),
            Self::Other(word) => write!(out, "{word}"),
        }
    }
}

/// A sandbox in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sandbox {
    /// Its ID.
    pub id: SandboxId,
    /// The ID of the template that it was made of.
    pub template: RemoteText,
    /// The template's name.
    pub alias: Option<RemoteText>,
    /// What it is doing.
    pub state: SandboxState,
    /// When this run of it began; a resume begins a new one.
    pub started: Option<Timestamp>,
    /// When it will be killed or paused; for a paused one, when that happened.
    pub ends: Option<Timestamp>,
    /// Processors.
    pub cpu_count: u32,
    /// Memory in MiB.
    pub memory_mb: u64,
    /// Disk in MiB.
    pub disk_mb: u64,
    /// What its creator wrote on it.
    pub metadata: BTreeMap<RemoteText, RemoteText>,
    /// The version of the envd that it was built with. Empty if the platform does not say.
    pub envd_version: RemoteText,
}

impl Sandbox {
    /// How long it still lives; `None` for one that does not run or has no known end.
    pub fn life_left(&self, now: Timestamp) -> Option<Duration> {
        if self.state != SandboxState::Running {
            return None;
        }
        self.ends.map(|ends| ends.since(now).unwrap_or_default())
    }
}

/// What happens to a sandbox when its time is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnTimeout {
    /// It is killed.
    Kill,
    /// It is paused.
    Pause,
    /// A word that we do not know.
    Other(RemoteText),
}

impl fmt::Display for OnTimeout {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill => out.write_str("kill"),
            Self::Pause => out.write_str("pause"),
            Self::Other(word) => write!(out, "{word}"),
        }
    }
}

/// What it takes to speak to a sandbox besides its ID.
#[derive(Clone, Debug, Default)]
pub struct SandboxAccess {
    /// The domain under which it is reached, unchecked; the configured one if the platform names none.
    pub domain: Option<RemoteText>,
    /// For envd. None: envd asks for none.
    pub envd_token: Option<Secret>,
    /// For its other ports, when they are not public.
    pub traffic_token: Option<Secret>,
}

/// A sandbox with everything that the platform tells about it.
#[derive(Clone, Debug)]
pub struct SandboxDetail {
    /// What the list says.
    pub sandbox: Sandbox,
    /// How to reach it.
    pub access: SandboxAccess,
    /// What happens at its end, if the platform says so.
    pub on_timeout: Option<OnTimeout>,
    /// Whether traffic to it wakes it from a pause.
    pub auto_resume: Option<bool>,
    /// Whether its programs reach the internet.
    pub internet_access: Option<bool>,
}

/// A sandbox with what can be told about it without a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxFacts {
    /// What the list says.
    pub sandbox: Sandbox,
    /// What happens at its end, if the platform says so.
    pub on_timeout: Option<OnTimeout>,
    /// Whether traffic to it wakes it from a pause.
    pub auto_resume: Option<bool>,
    /// Whether its programs reach the internet.
    pub internet: Internet,
}

impl From<SandboxDetail> for SandboxFacts {
    fn from(detail: SandboxDetail) -> Self {
        Self {
            sandbox: detail.sandbox,
            on_timeout: detail.on_timeout,
            auto_resume: detail.auto_resume,
            internet: if detail.internet_access == Some(false) {
                Internet::Cut
            } else {
                Internet::Usual
            },
        }
    }
}

/// A sandbox that was just created, resumed or forked. The platform says less about it than about one that it lists.
#[derive(Clone, Debug)]
pub struct FreshSandbox {
    /// Its ID.
    pub id: SandboxId,
    /// The ID of the template that it was made of.
    pub template: RemoteText,
    /// The template's name.
    pub alias: Option<RemoteText>,
    /// The version of its envd. Empty if the platform does not say.
    pub envd_version: RemoteText,
    /// How to reach it.
    pub access: SandboxAccess,
}

/// Reads `key=value,key=value`. The first `=` of each pair splits it.
pub fn parse_metadata(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut pairs = BTreeMap::new();
    for part in text.split(',') {
        let (key, value) = part
            .split_once('=')
            .filter(|(key, _)| !key.trim().is_empty())
            .ok_or_else(|| format!("`{}` is not key=value", part.escape_debug()))?;
        if pairs.insert(key.trim().to_owned(), value.trim().to_owned()).is_some() {
            return Err(format!("`{}` is given twice", key.trim().escape_debug()));
        }
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_can_stand_in_a_url() {
        for good in ["i1", "iiny0783cype8gmoawzmx", "rki5dems9wqfm4r03t7g-f9ae2bd3"] {
            assert_eq!(good.parse::<SandboxId>().unwrap().to_string(), good);
        }
        let long = "a".repeat(65);
        for bad in [
            "",
            "I1",
            "i/1",
            "i.1",
            "../x",
            "i 1",
            "i\n",
            "ï1",
            "-v",
            "i%2e",
            "i@h",
            long.as_str(),
        ] {
            assert_eq!(bad.parse::<SandboxId>(), Err(NoSandboxId), "{bad}");
        }
        assert_eq!("abc-def".parse::<SandboxId>().unwrap().bare(), "abc");
    }

    #[test]
    fn what_is_no_pair_is_said() {
        assert_eq!(parse_metadata("role"), Err("`role` is not key=value".to_owned()));
        assert_eq!(parse_metadata("a=1,"), Err("`` is not key=value".to_owned()));
        assert_eq!(parse_metadata("=1"), Err("`=1` is not key=value".to_owned()));
        assert_eq!(parse_metadata("a=1,a=2"), Err("`a` is given twice".to_owned()));
        assert_eq!(parse_metadata("a=").unwrap()["a"], "");
    }
}

//! What a sandbox that is still to be made is to be. Knows no request.

use std::collections::BTreeMap;
use std::time::Duration;

use super::OnTimeout;

/// Whether programs in a sandbox reach the internet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Internet {
    /// As the platform does by default.
    #[default]
    Usual,
    /// They do not.
    Cut,
}

/// What a new sandbox is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSandbox {
    /// A template's ID or name, or a snapshot's.
    pub template: String,
    /// How long it is to live, to the second.
    pub timeout: Duration,
    /// What happens at its end. `Pause` keeps memory and processes.
    pub on_timeout: OnTimeout,
    /// Whether traffic to it wakes it from a pause; only with `Pause`.
    pub auto_resume: bool,
    /// Whether its envd asks for a token. Leave it on.
    pub is_secure: bool,
    /// Whether its programs reach the internet.
    pub internet: Internet,
    /// What to write on it.
    pub metadata: BTreeMap<String, String>,
    /// Variables of every program in it.
    pub envs: BTreeMap<String, String>,
}

impl NewSandbox {
    /// What the official clients make of a template when nothing else is said.
    pub fn of(template: impl Into<String>) -> Self {
        Self {
            template: template.into(),
            timeout: Duration::from_secs(300),
            on_timeout: OnTimeout::Kill,
            auto_resume: false,
            is_secure: true,
            internet: Internet::Usual,
            metadata: BTreeMap::new(),
            envs: BTreeMap::new(),
        }
    }
}

//! One sandbox as far as the platform has told us of it. What is known stays, with its age, when nothing newer comes.

use std::collections::VecDeque;
use std::time::Duration;

use crate::domain::{
    Internet, Moment, OnTimeout, RemoteText, Sandbox, SandboxFacts, SandboxState, SystemMetrics, Timestamp,
};

/// Samples that are kept of each sandbox: a few minutes of what the platform records.
const KEPT_SAMPLES: usize = 40;

/// Whether a sandbox is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It runs.
    Running,
    /// It sleeps.
    Paused,
    /// The platform no longer knows it, since about then.
    Gone(Moment),
    /// In a state that we do not know.
    Strange,
}

/// What is known of one sandbox.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// What the platform said last.
    pub sandbox: Sandbox,
    /// What happens at its end, once it was looked at.
    pub on_timeout: Option<OnTimeout>,
    /// Whether traffic wakes it from a pause, once it was looked at.
    pub auto_resume: Option<bool>,
    /// Whether its programs reach the internet, once it was looked at.
    pub internet: Internet,
    /// When the platform said it.
    pub heard_at: Moment,
    /// Since when the platform no longer knows it.
    pub gone_at: Option<Moment>,
    /// The round of reading the list in which it was listed last.
    pub(super) round: u64,
    samples: VecDeque<SystemMetrics>,
}

impl Known {
    pub(super) fn new(sandbox: Sandbox, round: u64, now: Moment) -> Self {
        Self {
            sandbox,
            on_timeout: None,
            auto_resume: None,
            internet: Internet::Usual,
            heard_at: now,
            gone_at: None,
            round,
            samples: VecDeque::new(),
        }
    }

    /// Takes in what a list says; what only a look tells stays.
    pub(super) fn hear(&mut self, sandbox: Sandbox, round: u64, now: Moment) {
        self.sandbox = sandbox;
        self.round = self.round.max(round);
        self.heard_at = now;
        self.gone_at = None;
    }

    /// Takes in what a look says.
    pub(super) fn look(&mut self, facts: SandboxFacts, now: Moment) {
        self.on_timeout = facts.on_timeout.or(self.on_timeout.take());
        self.auto_resume = facts.auto_resume.or(self.auto_resume);
        self.internet = facts.internet;
        self.hear(facts.sandbox, self.round, now);
    }

    /// Takes in a sample; one that is known already is no news.
    pub(super) fn sample(&mut self, sample: SystemMetrics) {
        if self
            .samples
            .back()
            .is_some_and(|last| last.timestamp >= sample.timestamp)
        {
            return;
        }
        if self.samples.len() == KEPT_SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back(sample);
    }

    /// What people call it: its `name` in the metadata, else its template's name, else its ID.
    pub fn name(&self) -> String {
        let named = self.written_name().or(self.sandbox.alias.as_ref());
        named.map_or_else(|| self.sandbox.id.to_string(), RemoteText::escaped)
    }

    /// Its `name` in the metadata.
    pub fn written_name(&self) -> Option<&RemoteText> {
        let name = self.sandbox.metadata.get(&"name".into());
        name.filter(|name| !name.is_empty())
    }

    /// Whether it is there.
    pub fn presence(&self) -> Presence {
        match (&self.gone_at, &self.sandbox.state) {
            (Some(at), _) => Presence::Gone(*at),
            (None, SandboxState::Running) => Presence::Running,
            (None, SandboxState::Paused) => Presence::Paused,
            (None, SandboxState::Other(_)) => Presence::Strange,
        }
    }

    /// Whether it runs, as far as we know.
    pub fn is_running(&self) -> bool {
        self.presence() == Presence::Running
    }

    /// The samples, the oldest first.
    pub fn samples(&self) -> impl DoubleEndedIterator<Item = &SystemMetrics> + ExactSizeIterator {
        self.samples.iter()
    }

    /// How long it still lives; none for one that does not run or has no known end.
    pub fn life_left(&self, now: Moment) -> Option<Duration> {
        self.is_running()
            .then(|| self.sandbox.life_left(Timestamp::from(now.wall)))?
    }

    /// What is left of its life, from 0 to 1 of what it was given.
    pub fn life_share(&self, now: Moment) -> Option<f64> {
        let left = self.life_left(now)?;
        let whole = self.sandbox.ends?.since(self.sandbox.started?)?;
        (!whole.is_zero()).then(|| (left.as_secs_f64() / whole.as_secs_f64()).clamp(0.0, 1.0))
    }

    /// How long ago this run of it began.
    pub fn run_time(&self, now: Moment) -> Option<Duration> {
        Timestamp::from(now.wall).since(self.sandbox.started?)
    }
}

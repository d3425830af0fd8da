//! What one may ask the platform, and what it answers: plain data without secrets.

use std::collections::BTreeMap;
use std::time::Duration;

use super::death::LastWords;
use crate::domain::{NewSandbox, RemoteText, Sandbox, SandboxFacts, SandboxId, SystemMetrics, Timestamp};

/// One question to the platform. All but `Change` only look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlatformQuestion {
    /// A page of the list of all sandboxes, from the beginning or from where an earlier page said.
    Page(Option<String>),
    /// The newest sample of each of these, a hundred at the most.
    Samples(Vec<SandboxId>),
    /// Everything about one.
    Look(SandboxId),
    /// The names of all templates and snapshots that a sandbox can be made of.
    Templates,
    /// How one is now, the last lines of its log, its last sample, and whether its envd answers.
    LastWords(SandboxId),
    /// Lines of the platform's log of one: the newest, or those that were written at this time and since.
    Log(SandboxId, Option<Timestamp>),
    /// Change something.
    Change(Change),
}

/// A change that the user asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Make a sandbox.
    Create(Box<NewSandbox>),
    /// Put one to sleep, with memory and processes.
    Pause(SandboxId),
    /// Wake one from a pause; it lives so long from now.
    Resume(SandboxId, Duration),
    /// Give one at least so much life from now; never less than it has.
    Extend(SandboxId, Duration),
    /// End one for good.
    Kill(SandboxId),
    /// Copy a running one with memory and processes; the copy lives so long.
    Fork(SandboxId, Duration),
    /// Save the state of a running one as something that others can be made of.
    Snapshot(SandboxId),
    /// Save the state of a running one and make a new one of that, which lives so long.
    Again(SandboxId, Duration),
    /// Make a sandbox that takes the place of this one.
    Succeed(SandboxId, Box<NewSandbox>),
}

/// What the platform answered.
#[derive(Clone, Debug, PartialEq)]
pub enum PlatformAnswer {
    /// To `Page`.
    Page {
        /// What is on it.
        sandboxes: Vec<Sandbox>,
        /// Where the next one begins, if there is one.
        next: Option<String>,
    },
    /// To `Samples`. Sandboxes without a sample are left out.
    Samples(BTreeMap<SandboxId, SystemMetrics>),
    /// To `Look`.
    Facts(Box<SandboxFacts>),
    /// To `Templates`.
    Templates(Vec<RemoteText>),
    /// To `LastWords`.
    LastWords(Box<LastWords>),
    /// To `Log`: the oldest line first.
    Log(Vec<LogLine>),
    /// To `Change`.
    Changed(Changed),
}

/// What came of a change.
#[derive(Clone, Debug, PartialEq)]
pub enum Changed {
    /// It is done.
    Done,
    /// It is done, and this is how the sandbox is now.
    Now(Box<SandboxFacts>),
    /// There is a new sandbox.
    Made(SandboxId),
    /// There is a snapshot of this ID.
    Saved(RemoteText),
}

/// One line of the platform's log of a sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When.
    pub time: Timestamp,
    /// How grave, in the platform's word.
    pub level: RemoteText,
    /// What.
    pub message: RemoteText,
}

impl Change {
    /// The sandbox that it concerns; none for one that is still to be made.
    pub fn sandbox(&self) -> Option<&SandboxId> {
        match self {
            Self::Create(_) => None,
            Self::Pause(id)
            | Self::Resume(id, _)
            | Self::Extend(id, _)
            | Self::Kill(id)
            | Self::Fork(id, _)
            | Self::Again(id, _)
            | Self::Succeed(id, _)
            | Self::Snapshot(id) => Some(id),
        }
    }

    /// What is going on while it is under way.
    pub fn progress(&self) -> &'static str {
        match self {
            Self::Create(_) => "being created",
            Self::Succeed(..) => "being replaced",
            Self::Pause(_) => "pausing",
            Self::Resume(..) => "resuming",
            Self::Extend(..) => "extending",
            Self::Kill(_) => "being killed",
            Self::Fork(..) => "being forked",
            Self::Snapshot(_) | Self::Again(..) => "being saved",
        }
    }
}

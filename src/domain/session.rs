//! What is said between the workbench and one running program: orders one way, news the other.

use std::time::Duration;

use bytes::Bytes;

use super::{ExitStatus, Failure, GridSize, ManagedProcess, Pid, ProgramSpec, TargetId};

/// How a session begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionEntry {
    /// Start a program on a new terminal.
    Start(ProgramSpec),
    /// Join one that runs already. Only new output arrives.
    Join(Pid),
    /// Join this one, and nothing else that may have its number by now. Only new output arrives.
    Rejoin(ManagedProcess),
}

/// All that is needed to open a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionPlan {
    /// Where.
    pub target: TargetId,
    /// What.
    pub entry: SessionEntry,
    /// The size of its terminal.
    pub size: GridSize,
}

/// What the workbench wants of a session. Carrying one out never waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionOrder {
    /// Begin.
    Open(SessionPlan),
    /// Type these bytes, in the order of the calls.
    Send(Bytes),
    /// Change the terminal's size; only the last of several counts.
    Resize(GridSize),
    /// Do not wait for the next try.
    RetryNow,
    /// End the program and forget the session.
    Kill,
    /// Forget the session; the program runs on.
    Detach,
}

/// What a session tells the workbench, in the order it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionNews {
    /// The program runs, under this number.
    Opened(Pid),
    /// Bytes for its terminal.
    Output(Bytes),
    /// How long the last call took, there and back.
    RoundTrip(Duration),
    /// These many bytes were sent, and the connection broke before the sandbox said that they arrived.
    /// They are not sent again: they may have arrived.
    Unconfirmed {
        /// How many.
        bytes: usize,
    },
    /// These many bytes were not sent, because too many wait already or the program is gone.
    Refused {
        /// How many.
        bytes: usize,
    },
    /// The connection broke. Trying again by itself.
    Lost {
        /// Why.
        failure: Failure,
        /// Which try comes next, from 1.
        attempt: u32,
        /// When it comes.
        retry_in: Duration,
    },
    /// Connected again. Output between the loss and now may be missing.
    Rejoined {
        /// How long ago the last byte was heard before: longer than the loss was known.
        gap: Duration,
    },
    /// The program ended: the sandbox said so.
    Ended(ExitStatus),
    /// The session cannot begin or cannot go on, and trying again by itself would not help.
    Failed(Failure),
}

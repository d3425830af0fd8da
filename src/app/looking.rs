//! What the panels about processes, sockets and load ask of a sandbox, and what comes back.

use core::net::SocketAddr;
use std::sync::Arc;

use crate::domain::{
    ActionOutcome, ForwardTraffic, ManagedProcess, Observation, ProcessDetails, ProcessKey, RemoteText, Sight, Signal,
};

/// What is asked of the one who looks into a sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookQuestion {
    /// What is there now.
    Look(Sight),
    /// Everything about one process.
    Details {
        /// Which one.
        process: ProcessKey,
        /// Whether its variables are wanted; they may hold secrets.
        environment: bool,
    },
    /// Send a signal to these.
    Signal(Signal, Vec<ProcessKey>),
    /// Give these another priority.
    Renice(i32, Vec<ProcessKey>),
}

/// What comes back.
#[derive(Clone, Debug, PartialEq)]
pub enum LookAnswer {
    /// What is there, and which processes envd itself has started.
    Seen(Arc<Observation>, Vec<ManagedProcess>),
    /// Everything about one process.
    Details(Box<ProcessDetails>),
    /// What became of each.
    Done(Vec<(ProcessKey, ActionOutcome)>),
}

/// What is asked about a port of a sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortQuestion {
    /// Its address for everybody.
    Address(u16),
    /// Let a port of this machine lead there, until the question is forgotten.
    Forward(u16),
}

/// What comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortAnswer {
    /// The address.
    Address(String),
    /// A port of this machine has news; more may follow.
    Forward(ForwardNews),
}

/// What becomes of a port of this machine that leads into a sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForwardNews {
    /// It takes connections.
    Open {
        /// Where, on this machine.
        at: SocketAddr,
        /// Where they lead.
        to: RemoteText,
    },
    /// What went through so far.
    Traffic(ForwardTraffic),
}

//! What the panels about processes, sockets and load ask of a sandbox, and what comes back.

use std::sync::Arc;

use crate::domain::{ActionOutcome, Observation, Pid, ProcessDetails, ProcessKey, Signal};

/// What is asked of the one who looks into a sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookQuestion {
    /// What is there now, with sockets or without.
    Look {
        /// Whether sockets are wanted.
        sockets: bool,
    },
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
    Seen(Arc<Observation>, Vec<Pid>),
    /// Everything about one process.
    Details(Box<ProcessDetails>),
    /// What became of each.
    Done(Vec<(ProcessKey, ActionOutcome)>),
}

//! Signals that ask the program to end, as values.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::domain::{Failure, FailureKind};

/// A request to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndSignal {
    /// Ctrl-c in a terminal that makes a signal of it.
    Interrupt,
    /// `kill`, or the system shutting down.
    Terminate,
    /// The terminal has gone.
    Hangup,
    /// Ctrl-\ in a terminal that makes a signal of it.
    Quit,
}

impl EndSignal {
    /// The exit code of a program that ends by it.
    pub fn exit_code(self) -> u8 {
        128 + match self {
            Self::Hangup => 1,
            Self::Interrupt => 2,
            Self::Quit => 3,
            Self::Terminate => 15,
        }
    }

    /// Whether it says no more than that the terminal has gone.
    pub fn is_hangup(self) -> bool {
        self == Self::Hangup
    }
}

/// The stream of them. From the first one on, the signals do nothing by themselves.
#[derive(Debug)]
pub struct EndSignals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
    quit: Signal,
}

impl EndSignals {
    /// Begins to listen. Must be called inside a tokio runtime.
    pub fn listen() -> Result<Self, Failure> {
        let listen = || -> io::Result<Self> {
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
                hangup: signal(SignalKind::hangup())?,
                quit: signal(SignalKind::quit())?,
            })
        };
        listen().map_err(|error| {
            Failure::new(FailureKind::Internal, "cannot listen for signals").because(error.to_string())
        })
    }

    /// The next one. May be cancelled without losing any.
    pub async fn next(&mut self) -> EndSignal {
        tokio::select! {
            _ = self.interrupt.recv() => EndSignal::Interrupt,
            _ = self.terminate.recv() => EndSignal::Terminate,
            _ = self.hangup.recv() => EndSignal::Hangup,
            _ = self.quit.recv() => EndSignal::Quit,
        }
    }
}

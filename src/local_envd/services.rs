//! What a request may reach: the sandbox's facts and its services. No logic of its own.

use super::sandbox::Sandbox;

/// Everything behind the router.
#[derive(Debug)]
pub(super) struct Services {
    /// The unchanging facts.
    pub sandbox: Sandbox,
    /// The port we listen on, for the guard.
    pub port: u16,
}

impl Services {
    /// The services of one sandbox.
    pub(super) fn new(sandbox: Sandbox, port: u16) -> Self {
        Self { sandbox, port }
    }

    pub(super) async fn end_processes(&self) {}

    pub(super) fn kill_processes(&self) {}
}

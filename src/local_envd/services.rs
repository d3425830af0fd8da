//! What a request may reach: the sandbox's facts and its services. No logic of its own.

use std::sync::Arc;

use super::filesystem::FilesystemService;
use super::metrics::CpuMeter;
use super::process_service::ProcessService;
use super::processes::Processes;
use super::sandbox::Sandbox;
use super::shutdown;

/// Everything behind the router.
#[derive(Debug)]
pub(super) struct Services {
    /// The unchanging facts.
    pub sandbox: Arc<Sandbox>,
    /// The port we listen on, for the guard.
    pub port: u16,
    /// The calls of `process.Process`.
    pub process: ProcessService,
    /// The calls of `filesystem.Filesystem`.
    pub filesystem: FilesystemService,
    /// The load since the last question about it.
    pub cpu: CpuMeter,
    processes: Arc<Processes>,
}

impl Services {
    /// The services of one sandbox.
    pub(super) fn new(sandbox: Sandbox, port: u16) -> Self {
        let sandbox = Arc::new(sandbox);
        let processes = Arc::new(Processes::new(sandbox.exit_retention));
        Self {
            process: ProcessService::new(Arc::clone(&sandbox), Arc::clone(&processes)),
            filesystem: FilesystemService::new(Arc::clone(&sandbox)),
            cpu: CpuMeter::default(),
            sandbox,
            port,
            processes,
        }
    }

    /// Ends every process, with a short grace.
    pub(super) async fn end_processes(&self) {
        shutdown::end_all(&self.processes, &self.sandbox.id).await;
    }

    /// Kills every process now.
    pub(super) fn kill_processes(&self) {
        shutdown::kill_all(&self.processes, &self.sandbox.id);
    }
}

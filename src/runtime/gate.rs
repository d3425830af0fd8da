//! The platform is asked whether a sandbox runs before a broken link to it is tried again. Asking changes nothing there;
//! knocking at a sandbox that sleeps might wake it, unasked.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::domain::{Failure, SandboxId, SandboxState};
use crate::envd::{EnvdError, EnvdErrorKind, Gate};
use crate::platform::{PlatformClient, PlatformErrorKind};

/// The gate of one sandbox.
pub(super) fn gate(platform: &PlatformClient, id: &SandboxId) -> Gate {
    let (platform, id) = (platform.without_retries(), id.clone());
    // As long as nobody has said that a knock does not wake it, it might.
    let may_wake = Arc::new(AtomicBool::new(true));
    Arc::new(move || {
        let (platform, id, may_wake) = (platform.clone(), id.clone(), Arc::clone(&may_wake));
        Box::pin(async move { ask(&platform, &id, &may_wake).await })
    })
}

async fn ask(platform: &PlatformClient, id: &SandboxId, may_wake: &AtomicBool) -> Result<(), EnvdError> {
    match platform.get(id).await {
        Ok(detail) => {
            may_wake.store(detail.auto_resume != Some(false), Ordering::Relaxed);
            if detail.sandbox.state == SandboxState::Paused {
                return Err(EnvdError::new(EnvdErrorKind::Gone, "the sandbox is paused"));
            }
            Ok(())
        }
        Err(error) if error.kind() == PlatformErrorKind::NotFound => Err(EnvdError::new(
            EnvdErrorKind::Gone,
            "the platform does not know the sandbox any more",
        )),
        // The way to the sandbox may stand where the one to the platform does not.
        Err(_) if !may_wake.load(Ordering::Relaxed) => Ok(()),
        Err(error) => {
            let failure = Failure::from(error);
            let why = format!("it cannot be known whether it sleeps: {failure}");
            Err(EnvdError::new(EnvdErrorKind::Unreachable, why))
        }
    }
}

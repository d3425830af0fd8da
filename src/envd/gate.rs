//! Somebody to be asked before a broken link is tried again: knocking at a sandbox that sleeps may wake it, so whoever knows
//! how it is decides. Who that is, is not known here.

use std::pin::Pin;
use std::sync::Arc;

use super::error::EnvdError;

/// What the gate says: go on, or why not.
pub type GateAnswer = Pin<Box<dyn Future<Output = Result<(), EnvdError>> + Send>>;

/// Asks anew each time.
pub type Gate = Arc<dyn Fn() -> GateAnswer + Send + Sync>;

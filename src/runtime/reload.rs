//! Settings that are read again when their files change, while the workbench runs. Knows no file and no key of theirs.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use crate::app::Options;
use crate::domain::Failure;
use crate::keep::FileWatch;

use super::effect_runner::Arrival;
use super::looks::Looks;

/// What can change while the workbench runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSettings {
    /// How it behaves.
    pub options: Options,
    /// How it looks.
    pub looks: Looks,
    /// How text gets on the clipboard.
    pub clipboard: crate::host::ClipboardWay,
    /// Whether recordings hold what is typed.
    pub record_input: bool,
    /// What has changed and is in force only after the next start.
    pub at_next_start: Vec<&'static str>,
}

/// Who reads the settings again, and the folders whose changes ask for it.
#[derive(Clone)]
pub struct Reload {
    /// The folders.
    pub folders: Vec<PathBuf>,
    /// Reads them.
    pub read: Arc<dyn Fn() -> Result<LiveSettings, Failure> + Send + Sync>,
}

impl fmt::Debug for Reload {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Reload")
            .field("folders", &self.folders)
            .finish_non_exhaustive()
    }
}

impl Reload {
    /// Watches for ever and tells of every change that makes a difference.
    pub(super) async fn follow(self, answers: mpsc::Sender<Arrival>) {
        let mut watch = match FileWatch::over(&self.folders) {
            Ok(watch) => watch,
            Err(error) => return tracing::info!(%error, "the settings are not watched"),
        };
        let mut last = read_in_thread(&self.read).await;
        while watch.changed().await {
            let now = read_in_thread(&self.read).await;
            if now == last {
                continue;
            }
            last.clone_from(&now);
            if let Some(now) = now
                && answers.send(Arrival::Settings(Box::new(now))).await.is_err()
            {
                return;
            }
        }
    }
}

async fn read_in_thread(
    read: &Arc<dyn Fn() -> Result<LiveSettings, Failure> + Send + Sync>,
) -> Option<Result<LiveSettings, Failure>> {
    let read = Arc::clone(read);
    spawn_blocking(move || read()).await.ok()
}

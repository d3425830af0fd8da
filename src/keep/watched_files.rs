//! Tells when files that the user edits may have changed. Does not read them and does not know what is in them.

use std::path::PathBuf;
use std::time::Duration;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::time::sleep;

/// An editor writes, renames and removes several times in a row; so long after the last of it one looks.
const CALM: Duration = Duration::from_millis(150);

/// A watch over a few folders, for as long as it lives.
pub struct FileWatch {
    signals: mpsc::Receiver<()>,
    _watcher: RecommendedWatcher,
}

impl FileWatch {
    /// Watches these folders. One that does not exist is not watched.
    pub fn over(folders: &[PathBuf]) -> notify::Result<Self> {
        // One waiting signal is enough: whoever looks sees everything.
        let (sender, signals) = mpsc::channel(1);
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            let is_reading = matches!(&event, Ok(event) if matches!(event.kind, EventKind::Access(_)));
            if !is_reading {
                let _ = sender.try_send(());
            }
        })?;
        for folder in folders {
            if let Err(error) = watcher.watch(folder, RecursiveMode::NonRecursive) {
                tracing::info!(%error, folder = %folder.display(), "not watched");
            }
        }
        Ok(Self {
            signals,
            _watcher: watcher,
        })
    }

    /// Waits until something has happened in the folders, and nothing for a moment. False when nothing will any more.
    pub async fn changed(&mut self) -> bool {
        if self.signals.recv().await.is_none() {
            return false;
        }
        sleep(CALM).await;
        while self.signals.try_recv().is_ok() {}
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_is_written_renamed_or_removed_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        let mut watch = FileWatch::over(&[folder.path().to_owned(), folder.path().join("none")]).unwrap();
        let mut noticed = async || {
            let patience = Duration::from_secs(30);
            assert!(tokio::time::timeout(patience, watch.changed()).await.unwrap());
        };
        std::fs::write(&file, "one").unwrap();
        noticed().await;
        std::fs::rename(&file, folder.path().join("other")).unwrap();
        noticed().await;
        std::fs::remove_file(folder.path().join("other")).unwrap();
        noticed().await;
    }
}

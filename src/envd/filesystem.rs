//! The calls of the filesystem service (`envd-wire.md` 5): domain values in and out. Paths are taken as envd takes them: `~`
//! expands, a relative path begins at the user's home.

use tokio::time::{Instant, timeout_at};
use tonic::Streaming;

use super::client::{EnvdClient, error_of};
use super::error::{EnvdError, EnvdErrorKind};
use crate::domain::{FileChange, FileEntry, RemoteText};
use crate::wire::convert;
use crate::wire::generated::filesystem as wire;
use crate::wire::generated::filesystem::watch_dir_response::Event;

/// What to watch besides the directory itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WatchScope {
    /// Everything below as well, new directories included.
    pub recursive: bool,
    /// Send the entry along with each change, where it still exists. Daemons before 0.6.3 do not.
    pub with_entries: bool,
    /// Also on NFS, SMB and FUSE, where the kernel sees only what the sandbox itself changes.
    pub network_mounts: bool,
}

/// A polled watcher inside envd. It never expires: remove it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatcherId(String);

impl EnvdClient {
    /// One entry; a symlink is not followed.
    pub async fn stat(&self, path: &str) -> Result<FileEntry, EnvdError> {
        let mut stub = self.filesystem();
        let request = self.as_user(wire::StatRequest { path: path.to_owned() });
        let doing = about("look at", path);
        let answer = self.unary(&doing, stub.stat(request)).await?;
        self.entry(&doing, answer.entry)
    }

    /// The entries below a directory, `depth` levels deep (0 means 1), the directory itself left out. All or nothing: one
    /// directory that cannot be read fails the whole call.
    pub async fn list_dir(&self, path: &str, depth: u32) -> Result<Vec<FileEntry>, EnvdError> {
        let mut stub = self.filesystem();
        let request = self.as_user(wire::ListDirRequest {
            path: path.to_owned(),
            depth,
        });
        let answer = self.unary(&about("list", path), stub.list_dir(request)).await?;
        Ok(answer.entries.into_iter().map(convert::file_entry).collect())
    }

    /// A new directory with everything above it. One that exists is an error of kind `Exists`.
    pub async fn make_dir(&self, path: &str) -> Result<FileEntry, EnvdError> {
        let mut stub = self.filesystem();
        let request = self.as_user(wire::MakeDirRequest { path: path.to_owned() });
        let doing = about("make the directory", path);
        let answer = self.unary(&doing, stub.make_dir(request)).await?;
        self.entry(&doing, answer.entry)
    }

    /// Gives an entry another name or place. A file that is there already is replaced without a word.
    pub async fn rename(&self, from: &str, to: &str) -> Result<FileEntry, EnvdError> {
        let mut stub = self.filesystem();
        let request = self.as_user(wire::MoveRequest {
            source: from.to_owned(),
            destination: to.to_owned(),
        });
        let doing = format!("move {} to {}", RemoteText::new(from), RemoteText::new(to));
        let answer = self.unary(&doing, stub.r#move(request)).await?;
        self.entry(&doing, answer.entry)
    }

    /// Deletes an entry with everything below it. What is not there counts as deleted. An empty path is refused, because envd
    /// would take it for the user's folder.
    pub async fn remove(&self, path: &str) -> Result<(), EnvdError> {
        let doing = about("delete", path);
        if path.is_empty() {
            let error = EnvdError::new(EnvdErrorKind::Invalid, "an empty path names no file");
            return Err(self.told(&doing, error));
        }
        let mut stub = self.filesystem();
        let request = self.as_user(wire::RemoveRequest { path: path.to_owned() });
        self.unary(&doing, stub.remove(request)).await?;
        Ok(())
    }

    /// Follows the changes below a directory.
    pub async fn watch_dir(&self, path: &str, scope: WatchScope) -> Result<WatchStream, EnvdError> {
        let request = self.with_signs_of_life(self.as_user(wire::WatchDirRequest {
            path: path.to_owned(),
            recursive: scope.recursive,
            include_entry: scope.with_entries,
            allow_network_mounts: scope.network_mounts,
        }));
        let doing = about("watch", path);
        let mut stub = self.filesystem();
        let opened = self.opening(&doing, async {
            let mut stream = stub
                .watch_dir(request)
                .await
                .map_err(|status| error_of(&status))?
                .into_inner();
            match stream.message().await.map_err(|status| error_of(&status))? {
                Some(wire::WatchDirResponse {
                    event: Some(Event::Start(_)),
                }) => Ok(stream),
                Some(_) => Err(EnvdError::new(
                    EnvdErrorKind::NotEnvd,
                    "the stream does not begin with a start event",
                )),
                None => Err(EnvdError::new(EnvdErrorKind::Lost, "the stream ended before it began")),
            }
        });
        Ok(WatchStream {
            stream: opened.await?,
            last_heard: Instant::now(),
            client: self.clone(),
            doing,
        })
    }

    /// The polled twin of [`Self::watch_dir`], for links that cut streams. Envd keeps changes until they are fetched.
    pub async fn create_watcher(&self, path: &str, scope: WatchScope) -> Result<WatcherId, EnvdError> {
        let mut stub = self.filesystem();
        let request = self.as_user(wire::CreateWatcherRequest {
            path: path.to_owned(),
            recursive: scope.recursive,
            include_entry: scope.with_entries,
            allow_network_mounts: scope.network_mounts,
        });
        let answer = self.unary(&about("watch", path), stub.create_watcher(request)).await?;
        Ok(WatcherId(answer.watcher_id))
    }

    /// The changes since the last time.
    pub async fn watcher_events(&self, watcher: &WatcherId) -> Result<Vec<FileChange>, EnvdError> {
        let mut stub = self.filesystem();
        let call = stub.get_watcher_events(wire::GetWatcherEventsRequest {
            watcher_id: watcher.0.clone(),
        });
        let answer = self.unary("fetch changes", call).await?;
        Ok(answer.events.into_iter().filter_map(convert::file_change).collect())
    }

    /// Ends a polled watcher.
    pub async fn remove_watcher(&self, watcher: &WatcherId) -> Result<(), EnvdError> {
        let mut stub = self.filesystem();
        let call = stub.remove_watcher(wire::RemoveWatcherRequest {
            watcher_id: watcher.0.clone(),
        });
        self.unary("end a watcher", call).await?;
        Ok(())
    }

    fn entry(&self, doing: &str, entry: Option<wire::EntryInfo>) -> Result<FileEntry, EnvdError> {
        let missing = || EnvdError::new(EnvdErrorKind::NotEnvd, "the answer holds no entry");
        let entry = entry.ok_or_else(|| self.told(doing, missing()))?;
        Ok(convert::file_entry(entry))
    }
}

fn about(verb: &str, path: &str) -> String {
    format!("{verb} {}", RemoteText::new(path))
}

/// The changes below one directory, until the link breaks. Dropping it ends the watch.
pub struct WatchStream {
    stream: Streaming<wire::WatchDirResponse>,
    last_heard: Instant,
    client: EnvdClient,
    doing: String,
}

impl WatchStream {
    /// The next change. There is no good end: a stream that stops or falls silent is an error of kind `Lost`, after which
    /// changes may have been missed.
    pub async fn next(&mut self) -> Result<FileChange, EnvdError> {
        loop {
            let deadline = self.last_heard + self.client.silence_limit();
            let message = timeout_at(deadline, self.stream.message()).await;
            self.last_heard = Instant::now();
            let lost = |cause: &str| {
                self.client
                    .told(&self.doing, EnvdError::new(EnvdErrorKind::Lost, cause))
            };
            match message {
                Ok(Ok(Some(response))) => {
                    if let Some(Event::Filesystem(event)) = response.event
                        && let Some(change) = convert::file_change(event)
                    {
                        return Ok(change);
                    }
                }
                Ok(Ok(None)) => return Err(lost("the stream stopped")),
                Ok(Err(status)) => return Err(self.client.told(&self.doing, error_of(&status))),
                Err(_) => return Err(lost("no sign of life")),
            }
        }
    }
}

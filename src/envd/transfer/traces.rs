//! Which unfinished files a transfer has begun in a sandbox, noted on this machine while it runs: should the program be killed in
//! the middle, the next run clears them away. Knows no content.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use nix::fcntl::{Flock, FlockArg};

use super::super::client::EnvdClient;
use super::super::error::EnvdError;
use super::names;

/// How unfinished files begin; nobody else's are touched.
pub(super) const MARK: &str = ".e2b-tui.";
/// A sandbox that was not seen for so long is not waited for.
const OLDEST: Duration = Duration::from_secs(30 * 24 * 3600);
/// A longer list is not ours.
const LARGEST: u64 = 16 << 20;

/// Where one sandbox's unfinished files are noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::envd) struct Traces {
    /// The folder on this machine.
    pub(in crate::envd) folder: PathBuf,
    /// What the user calls the sandbox; the same name means the same sandbox.
    pub(in crate::envd) sandbox: String,
}

/// The notes of one transfer: a file that is locked for as long as the program runs, and goes with the transfer.
pub(super) struct Trace {
    file: Mutex<Flock<File>>,
    path: PathBuf,
}

impl Traces {
    /// Begins the notes of a transfer.
    pub(super) fn begin(&self) -> io::Result<Trace> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let salt = getrandom::u64().map_err(io::Error::other)?;
        let path = self.folder.join(format!("{salt:016x}"));
        let mut options = OpenOptions::new();
        let file = options.append(true).create_new(true).mode(0o600).open(&path)?;
        let file = Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|(_, error)| io::Error::from(error))?;
        let trace = Trace {
            file: Mutex::new(file),
            path,
        };
        trace.note(&self.sandbox)?;
        Ok(trace)
    }

    /// Removes what runs that are over have left in the sandbox. What cannot be removed now is tried again the next time.
    pub(super) async fn clear(&self, client: &EnvdClient) {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return;
        };
        for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
            let Some(left) = left_by(&path) else { continue };
            let is_done = match left.split_first() {
                Some((sandbox, files)) if *sandbox == self.sandbox => match remove(client, files).await {
                    Ok(count) => {
                        tracing::info!(count, "unfinished files of an earlier run are removed");
                        true
                    }
                    Err(error) => {
                        tracing::warn!(%error, "unfinished files of an earlier run stay");
                        false
                    }
                },
                Some(_) => is_old(&path),
                None => true,
            };
            if is_done {
                let _ = fs::remove_file(&path);
            }
        }
    }
}

impl Trace {
    /// Notes a file before it is begun. One line each, as JSON: a name may hold anything.
    pub(super) fn note(&self, text: &str) -> io::Result<()> {
        let line = serde_json::to_string(text)? + "\n";
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(line.as_bytes())
    }

    /// The transfer has ended in order, and left nothing.
    pub(super) fn end(&self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!(%error, "the notes of a transfer stay");
        }
    }
}

/// The lines of a run that is over; none if it still runs, or if they are not ours.
fn left_by(path: &Path) -> Option<Vec<String>> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK)
        .open(path)
        .ok()?;
    let file = Flock::lock(file, FlockArg::LockExclusiveNonblock).ok()?;
    let mut text = String::new();
    (&*file).take(LARGEST).read_to_string(&mut text).ok()?;
    // The last line may have been cut.
    Some(text.lines().map_while(|line| serde_json::from_str(line).ok()).collect())
}

fn is_old(path: &Path) -> bool {
    let modified = fs::metadata(path).and_then(|found| found.modified());
    modified.is_ok_and(|time| SystemTime::now().duration_since(time).is_ok_and(|age| age > OLDEST))
}

/// Removes those of the files that are there still. Each folder is looked into once.
async fn remove(client: &EnvdClient, files: &[String]) -> Result<usize, EnvdError> {
    let mut folders: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for file in files {
        let (folder, name) = names::split(file);
        if name.starts_with(MARK) {
            folders.entry(folder).or_default().insert(name);
        }
    }
    let mut count = 0;
    for (folder, wanted) in folders {
        let entries = match client.list_dir(folder, 1).await {
            Ok(entries) => entries,
            Err(error) if error.kind().may_pass() => return Err(error),
            // The folder has gone, and with it what was in it.
            Err(_) => continue,
        };
        for entry in entries.iter().filter(|entry| wanted.contains(entry.name.unescaped())) {
            client.remove(&names::join(folder, entry.name.unescaped())).await?;
            count += 1;
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_of_a_run_that_goes_on_are_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let traces = Traces {
            folder: place.path().join("uploads"),
            sandbox: "api".to_owned(),
        };
        let trace = traces.begin().unwrap();
        trace.note("/a/.e2b-tui.1\n.0").unwrap();
        let path = trace.path.clone();
        assert_eq!(left_by(&path), None);
        drop(trace);
        assert_eq!(
            left_by(&path),
            Some(vec!["api".to_owned(), "/a/.e2b-tui.1\n.0".to_owned()])
        );
        fs::write(&path, "\"api\"\n\"/a/.e2b-tui.1").unwrap();
        assert_eq!(left_by(&path), Some(vec!["api".to_owned()]));
        traces.begin().unwrap().end();
        assert_eq!(fs::read_dir(&traces.folder).unwrap().count(), 1);
    }
}

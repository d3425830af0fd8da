//! One watched directory: kernel events in, envd's events out (`envd-wire.md` 5.3). Knows no call.
//!
//! Every directory of a recursive watch is watched by itself, and watched before it is searched: what appears in a new
//! directory meanwhile is then reported by one of the two, and by only one.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc as thread_channel;
use std::time::{Duration, Instant};

use notify::event::{EventKind, ModifyKind, RenameMode};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tonic::Status;

use super::entry::{OwnerNames, entry_info, text};
use crate::wire::generated::filesystem::{EventType, FilesystemEvent};

/// Events waiting for a caller above which the watch fails: it would be no use to somebody so far behind.
const LONGEST_QUEUE: usize = 65_536;

/// The kernel tells of a creation that a search has found already within this time, or it does not tell at all: what is
/// created under the same name later is new.
const ECHO_TIME: Duration = Duration::from_secs(1);

/// What to watch, and how.
#[derive(Debug)]
pub(super) struct WatchOrder {
    /// The directory, as the caller's path was resolved.
    pub root: PathBuf,
    /// Whether directories below count too.
    pub recursive: bool,
    /// Whether events describe the entry they are about.
    pub include_entry: bool,
}

/// A running watch. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Watch {
    events: mpsc::Receiver<Result<FilesystemEvent, Status>>,
    stop: thread_channel::Sender<Input>,
    failure: Option<Status>,
}

enum Input {
    Kernel(notify::Result<notify::Event>),
    Stop,
}

impl Watch {
    /// Starts to watch. Blocks while the directories are visited.
    pub(super) fn start(order: WatchOrder) -> Result<Self, Status> {
        let (input, inputs) = thread_channel::channel();
        let from_kernel = input.clone();
        let watcher = notify::recommended_watcher(move |event| {
            // After the end nobody listens.
            let _ = from_kernel.send(Input::Kernel(event));
        })
        .map_err(|error| Status::internal(format!("error creating watcher: {error}")))?;
        let (output, events) = mpsc::channel(LONGEST_QUEUE);
        let mut translator = Translator {
            order,
            watcher,
            watched: HashSet::new(),
            reported: HashMap::new(),
            half_removed: HashSet::new(),
            output,
        };
        translator.watch_root()?;
        std::thread::Builder::new()
            .name("watch".into())
            .spawn(move || translator.run(&inputs))
            .map_err(|error| Status::internal(format!("error starting watcher: {error}")))?;
        Ok(Self {
            events,
            stop: input,
            failure: None,
        })
    }

    /// The next event. A failure is the last thing that comes, again and again. May be dropped while it waits.
    pub(super) async fn next(&mut self) -> Result<FilesystemEvent, Status> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let next = self.events.recv().await;
        self.keep_failure(next.unwrap_or_else(|| Err(overflowed())))
    }

    /// Everything that is there by now.
    pub(super) fn drain(&mut self) -> Result<Vec<FilesystemEvent>, Status> {
        let mut drained = Vec::new();
        loop {
            let next = match (&self.failure, self.events.try_recv()) {
                (Some(failure), _) => Err(failure.clone()),
                (None, Ok(next)) => next,
                (None, Err(mpsc::error::TryRecvError::Empty)) => return Ok(drained),
                (None, Err(mpsc::error::TryRecvError::Disconnected)) => Err(overflowed()),
            };
            drained.push(self.keep_failure(next)?);
        }
    }

    fn keep_failure(&mut self, next: Result<FilesystemEvent, Status>) -> Result<FilesystemEvent, Status> {
        if let Err(failure) = &next {
            self.failure = Some(failure.clone());
        }
        next
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.stop.send(Input::Stop);
    }
}

fn overflowed() -> Status {
    Status::internal("watcher error: event queue overflowed, events are missing")
}

fn watcher_error(error: &notify::Error) -> Status {
    Status::internal(format!("watcher error: {error}"))
}

/// The caller is gone, or was told that the watch failed.
struct Over;

struct Translator {
    order: WatchOrder,
    watcher: RecommendedWatcher,
    /// Directories below the root that are watched by themselves.
    watched: HashSet<PathBuf>,
    /// Reported by a search; the kernel's own event for them is still to come, if it comes.
    reported: HashMap<PathBuf, Instant>,
    /// Removed directories of which the kernel tells twice: from above and from within.
    half_removed: HashSet<PathBuf>,
    output: mpsc::Sender<Result<FilesystemEvent, Status>>,
}

impl Translator {
    fn watch_root(&mut self) -> Result<(), Status> {
        let root = self.order.root.clone();
        let watched = self.watcher.watch(&root, RecursiveMode::NonRecursive);
        watched
            .map_err(|error| Status::internal(format!("error adding path {} to watcher: {error}", root.display())))?;
        if self.order.recursive {
            for directory in directories_in(&root) {
                self.watch_tree(&directory, &mut |_| {})
                    .map_err(|error| watcher_error(&error))?;
            }
        }
        Ok(())
    }

    /// Watches a directory and all below it, and shows what is in them. What vanishes meanwhile is left out.
    fn watch_tree(&mut self, directory: &Path, found: &mut dyn FnMut(PathBuf)) -> notify::Result<()> {
        match self.watcher.watch(directory, RecursiveMode::NonRecursive) {
            Ok(()) => {}
            Err(error) if is_gone(&error, directory) => return Ok(()),
            Err(error) => return Err(error),
        }
        self.watched.insert(directory.to_owned());
        for path in entries_of(directory) {
            found(path.clone());
            if is_directory(&path) {
                self.watch_tree(&path, found)?;
            }
        }
        Ok(())
    }

    fn run(mut self, inputs: &thread_channel::Receiver<Input>) {
        while let Ok(Input::Kernel(event)) = inputs.recv() {
            let outcome = match event {
                Ok(event) if event.need_rescan() => self.fail(overflowed()),
                Ok(event) => self.translate(&event),
                Err(error) => self.fail(watcher_error(&error)),
            };
            if outcome.is_err() {
                return;
            }
        }
    }

    fn fail(&self, status: Status) -> Result<(), Over> {
        // Without room for it the closed channel tells the same.
        let _ = self.output.try_send(Err(status));
        Err(Over)
    }

    fn translate(&mut self, event: &notify::Event) -> Result<(), Over> {
        let Some(path) = event.paths.first() else {
            return Ok(());
        };
        match event.kind {
            EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(RenameMode::To)) => self.created(path),
            EventKind::Modify(ModifyKind::Name(RenameMode::From)) => self.renamed(path, event.tracker().is_some()),
            // Of a rename within, the two halves came by themselves already.
            EventKind::Modify(ModifyKind::Name(RenameMode::Both))
            | EventKind::Any
            | EventKind::Access(_)
            | EventKind::Other => Ok(()),
            // Where the system cannot tell which half it is.
            EventKind::Modify(ModifyKind::Name(_)) if path.symlink_metadata().is_ok() => self.created(path),
            EventKind::Modify(ModifyKind::Name(_)) => self.renamed(path, true),
            EventKind::Modify(ModifyKind::Metadata(_)) => self.emit(path, EventType::Chmod),
            EventKind::Modify(_) => self.emit(path, EventType::Write),
            EventKind::Remove(_) => self.removed(path),
        }
    }

    fn created(&mut self, path: &Path) -> Result<(), Over> {
        if self.reported.remove(path).is_some_and(|at| at.elapsed() < ECHO_TIME) {
            return Ok(());
        }
        self.half_removed.remove(path);
        self.emit(path, EventType::Create)?;
        if !self.order.recursive || !is_directory(path) {
            return Ok(());
        }
        let mut found = Vec::new();
        if let Err(error) = self.watch_tree(path, &mut |path| found.push(path)) {
            return self.fail(watcher_error(&error));
        }
        self.reported.retain(|_, at| at.elapsed() < ECHO_TIME);
        for path in found {
            self.emit(&path, EventType::Create)?;
            self.reported.insert(path, Instant::now());
        }
        Ok(())
    }

    /// A directory also tells of its own renaming, but without saying so in a way that counts below the root.
    fn renamed(&mut self, path: &Path, told_from_above: bool) -> Result<(), Over> {
        if !told_from_above && path != self.order.root {
            return Ok(());
        }
        self.forget_tree(path);
        self.emit(path, EventType::Rename)
    }

    fn removed(&mut self, path: &Path) -> Result<(), Over> {
        self.reported.remove(path);
        if self.watched.remove(path) {
            self.half_removed.insert(path.to_owned());
        } else if self.half_removed.remove(path) {
            return Ok(());
        }
        self.emit(path, EventType::Remove)
    }

    /// Paths below a directory that moved are wrong from now on.
    fn forget_tree(&mut self, path: &Path) {
        self.reported.retain(|known, _| !known.starts_with(path));
        let moved: Vec<_> = self
            .watched
            .iter()
            .filter(|known| known.starts_with(path))
            .cloned()
            .collect();
        for directory in moved {
            self.watched.remove(&directory);
            // The watcher may have noticed by itself.
            let _ = self.watcher.unwatch(&directory);
        }
    }

    fn emit(&self, path: &Path, kind: EventType) -> Result<(), Over> {
        let name = match path.strip_prefix(&self.order.root) {
            Ok(below) if below.as_os_str().is_empty() => ".".to_owned(),
            Ok(below) => text(below),
            // Nothing outside is watched.
            Err(_) => return Ok(()),
        };
        let describes_entry = matches!(kind, EventType::Create | EventType::Write | EventType::Chmod);
        let entry = (self.order.include_entry && describes_entry)
            .then(|| entry_info(path, &mut OwnerNames::default()).ok())
            .flatten();
        let event = FilesystemEvent {
            name,
            r#type: kind as i32,
            entry,
        };
        // When it is full, dropping the sender tells the caller so after all that is queued.
        self.output.try_send(Ok(event)).map_err(|_| Over)
    }
}

fn is_gone(error: &notify::Error, path: &Path) -> bool {
    matches!(error.kind, notify::ErrorKind::PathNotFound) || !is_directory(path)
}

fn is_directory(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}

fn entries_of(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(directory)
        .map(|entries| entries.filter_map(Result::ok).map(|entry| entry.path()).collect())
        .unwrap_or_default();
    paths.sort();
    paths
}

fn directories_in(directory: &Path) -> Vec<PathBuf> {
    entries_of(directory)
        .into_iter()
        .filter(|path| is_directory(path))
        .collect()
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    struct Bench {
        folder: tempfile::TempDir,
        watch: Watch,
    }

    impl Bench {
        fn new(recursive: bool, include_entry: bool) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let watch = Watch::start(WatchOrder {
                root: folder.path().to_owned(),
                recursive,
                include_entry,
            })
            .unwrap();
            Self { folder, watch }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        /// All events up to the creation of a file that is made now, without that.
        async fn events(&mut self) -> Vec<(String, EventType)> {
            let end = "zz-end";
            fs::write(self.path(end), "").unwrap();
            let mut seen = Vec::new();
            loop {
                let event = tokio::time::timeout(Duration::from_secs(10), self.watch.next()).await;
                let event = event.expect("no event within ten seconds").unwrap();
                let kind = event.r#type();
                match event.name == end {
                    true if kind == EventType::Create => return seen,
                    true => {}
                    false => seen.push((event.name, kind)),
                }
            }
        }
    }

    fn owned(events: &[(&str, EventType)]) -> Vec<(String, EventType)> {
        events.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect()
    }

    #[tokio::test]
    async fn a_file_is_created_written_changed_renamed_and_removed() {
        let mut bench = Bench::new(false, false);
        fs::write(bench.path("a"), "text").unwrap();
        fs::set_permissions(bench.path("a"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        fs::rename(bench.path("a"), bench.path("b")).unwrap();
        fs::remove_file(bench.path("b")).unwrap();
        let expected = owned(&[
            ("a", EventType::Create),
            ("a", EventType::Write),
            ("a", EventType::Chmod),
            ("a", EventType::Rename),
            ("b", EventType::Create),
            ("b", EventType::Remove),
        ]);
        assert_eq!(bench.events().await, expected);
    }

    #[tokio::test]
    async fn directories_below_count_only_when_asked_for() {
        let mut bench = Bench::new(false, false);
        fs::create_dir(bench.path("dir")).unwrap();
        fs::write(bench.path("dir/file"), "").unwrap();
        let events = bench.events().await;
        assert!(events.iter().all(|(name, _)| name == "dir"), "{events:?}");
    }

    #[tokio::test]
    async fn what_a_new_directory_holds_is_reported_once() {
        for _ in 0..20 {
            let mut bench = Bench::new(true, false);
            fs::create_dir_all(bench.path("one/two")).unwrap();
            for number in 0..10 {
                fs::write(bench.path(&format!("one/two/{number}")), "").unwrap();
            }
            // The end mark is in the root; what is deeper may come after it, so wait for all of it.
            let mut created = Vec::new();
            while created.len() < 12 {
                let event = tokio::time::timeout(Duration::from_secs(10), bench.watch.next()).await;
                let event = event.expect("no event within ten seconds").unwrap();
                if event.r#type() == EventType::Create {
                    created.push(event.name);
                }
            }
            let rest = bench.events().await;
            created.extend(
                rest.into_iter()
                    .filter(|(_, kind)| *kind == EventType::Create)
                    .map(|(name, _)| name),
            );
            let mut unique = created.clone();
            unique.sort();
            unique.dedup();
            assert_eq!(unique.len(), created.len(), "{created:?}");
            assert_eq!(created.len(), 12, "{created:?}");
        }
    }

    #[tokio::test]
    async fn a_removed_directory_is_reported_once_and_may_come_back() {
        let mut bench = Bench::new(true, false);
        for _ in 0..2 {
            fs::create_dir(bench.path("dir")).unwrap();
            assert_eq!(bench.events().await, owned(&[("dir", EventType::Create)]));
            fs::remove_file(bench.path("zz-end")).unwrap();
            fs::remove_dir(bench.path("dir")).unwrap();
            let removed: Vec<_> = bench
                .events()
                .await
                .into_iter()
                .filter(|(name, _)| name == "dir")
                .collect();
            assert_eq!(removed, owned(&[("dir", EventType::Remove)]));
            fs::remove_file(bench.path("zz-end")).unwrap();
        }
    }

    #[tokio::test]
    async fn a_renamed_directory_goes_on_under_its_new_name() {
        let mut bench = Bench::new(true, false);
        fs::create_dir(bench.path("old")).unwrap();
        assert_eq!(bench.events().await, owned(&[("old", EventType::Create)]));
        fs::rename(bench.path("old"), bench.path("new")).unwrap();
        fs::remove_file(bench.path("zz-end")).unwrap();
        let events = bench.events().await;
        assert!(
            events.starts_with(&owned(&[("old", EventType::Rename), ("new", EventType::Create)])),
            "{events:?}"
        );
        fs::write(bench.path("new/file"), "").unwrap();
        let event = tokio::time::timeout(Duration::from_secs(10), async {
            loop {
                let event = bench.watch.next().await.unwrap();
                if event.name.ends_with("file") {
                    return event;
                }
            }
        });
        assert_eq!(event.await.unwrap().name, "new/file");
    }

    #[tokio::test]
    async fn entries_come_with_what_still_exists() {
        let mut bench = Bench::new(false, true);
        fs::write(bench.path("kept"), "12").unwrap();
        let event = bench.watch.next().await.unwrap();
        assert_eq!(
            (event.r#type(), event.entry.unwrap().name),
            (EventType::Create, "kept".to_owned())
        );
        fs::remove_file(bench.path("kept")).unwrap();
        loop {
            let event = bench.watch.next().await.unwrap();
            if event.r#type() == EventType::Remove {
                assert_eq!(event.entry, None);
                return;
            }
        }
    }

    #[tokio::test]
    async fn what_replaces_an_entry_that_a_search_found_is_reported() {
        let mut bench = Bench::new(true, false);
        let ready = bench.path("ready");
        fs::create_dir(&ready).unwrap();
        bench.events().await;
        // Found by the search of the directory that moves in: the kernel tells nothing of it.
        let outside = tempfile::tempdir().unwrap();
        fs::create_dir(outside.path().join("dir")).unwrap();
        fs::write(outside.path().join("dir/file"), "old").unwrap();
        fs::rename(outside.path().join("dir"), bench.path("dir")).unwrap();
        let mut events = Vec::new();
        while !events.contains(&("dir/file".to_owned(), EventType::Create)) {
            let event = bench.watch.next().await.unwrap();
            let kind = event.r#type();
            events.push((event.name, kind));
        }
        let past_the_echo = Instant::now() + ECHO_TIME;
        while Instant::now() < past_the_echo {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        fs::write(bench.path("new"), "new").unwrap();
        fs::rename(bench.path("new"), bench.path("dir/file")).unwrap();
        let replaced = tokio::time::timeout(Duration::from_secs(10), async {
            loop {
                let event = bench.watch.next().await.unwrap();
                if event.name == "dir/file" && event.r#type() == EventType::Create {
                    return;
                }
            }
        });
        replaced.await.expect("the new file is told of");
    }

    #[tokio::test]
    async fn the_watched_directory_itself_is_a_dot() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        fs::create_dir(&root).unwrap();
        let mut watch = Watch::start(WatchOrder {
            root: root.clone(),
            recursive: true,
            include_entry: false,
        })
        .unwrap();
        fs::remove_dir(&root).unwrap();
        let event = watch.next().await.unwrap();
        assert_eq!((event.name.as_str(), event.r#type()), (".", EventType::Remove));
        assert_eq!(watch.drain().unwrap(), []);
    }
}

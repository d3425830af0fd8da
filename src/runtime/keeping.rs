//! Keeps what the workbench wants kept: feeds recordings, and has files written one after another by a task of its own.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::app::{KeepRequest, Kept, Message, RecordOrder, SavedThing};
use crate::config::WorkspaceFile;
use crate::domain::{GridSize, SessionId, Timestamp};
use crate::keep::{
    Recorder, RecorderNews, RecordingPlan, create_private_folder, replace_private_file, write_private_file,
};

use super::effect_runner::Arrival;

/// Files that may wait to be written.
const WAITING: usize = 64;
/// What was told to be written is written before the end, unless that takes longer.
const FINISH_LIMIT: Duration = Duration::from_secs(3);
/// The file of the workspace that was left last, and of the one before if nobody took it up.
const LAST: &str = "last";
const BEFORE_LAST: &str = "before-last";

/// Where things are kept, and which run keeps them. Without a folder only files that the user names are written.
#[derive(Clone, Debug, Default)]
pub struct KeepPlaces {
    /// For recordings.
    pub recordings: Option<PathBuf>,
    /// For text.
    pub saved: Option<PathBuf>,
    /// For workspaces.
    pub workspaces: Option<PathBuf>,
    /// The file that says that the first hint was seen.
    pub hint_seen: Option<PathBuf>,
    /// For what copies have not finished in sandboxes.
    pub unfinished: Option<PathBuf>,
    /// Whether recordings hold what is typed.
    pub record_input: bool,
    /// This run, and the one whose workspace it was offered: neither's last workspace is put aside for the other.
    pub runs: Vec<String>,
}

/// One thing to be written.
struct Job {
    thing: SavedThing,
    path: PathBuf,
    text: String,
    /// Made if it does not exist.
    folder: Option<PathBuf>,
    places: KeepPlaces,
    is_told: bool,
}

/// Everything that is being kept.
pub(super) struct Keeper {
    places: KeepPlaces,
    recorders: BTreeMap<SessionId, Recorder>,
    jobs: mpsc::Sender<Job>,
    writing: JoinHandle<()>,
    answers: mpsc::Sender<Arrival>,
    /// Ends when every recording is complete: each holds the other side.
    recording: (mpsc::Sender<()>, mpsc::Receiver<()>),
}

impl Keeper {
    /// Nothing kept yet.
    pub(super) fn new(places: KeepPlaces, answers: mpsc::Sender<Arrival>) -> Self {
        let (jobs, waiting) = mpsc::channel(WAITING);
        Self {
            places,
            recorders: BTreeMap::new(),
            jobs,
            writing: tokio::spawn(write_all(waiting, answers.clone())),
            answers,
            recording: mpsc::channel(1),
        }
    }

    /// Whether recordings that begin from now on hold what is typed.
    pub(super) fn set_record_input(&mut self, is_so: bool) {
        self.places.record_input = is_so;
    }

    /// Carries a request out. What comes of it is told later.
    pub(super) fn carry_out(&mut self, request: KeepRequest) {
        match request {
            KeepRequest::Record(order) => self.record(*order),
            KeepRequest::StopRecording(session) => {
                self.recorders.remove(&session);
            }
            KeepRequest::SaveText { name, path, text } => {
                let (path, folder) = place(path, self.places.saved.as_ref(), &format!("{}.txt", file_name(&name)));
                self.write(SavedThing::Text, (path, folder), text, true);
            }
            KeepRequest::SaveWorkspace {
                name,
                text,
                is_asked_for,
            } => {
                let Some(folder) = self.places.workspaces.clone() else {
                    return;
                };
                let thing = match name {
                    Some(_) => SavedThing::Workspace,
                    None => SavedThing::LastWorkspace,
                };
                let name = name.unwrap_or_else(|| LAST.to_owned());
                let path = workspace_path(&folder, &name);
                self.write(thing, (path, Some(folder)), text, is_asked_for);
            }
            KeepRequest::ForgetLast => {
                if let Some(folder) = self.places.workspaces.clone() {
                    self.write(
                        SavedThing::LastWorkspace,
                        (workspace_path(&folder, LAST), None),
                        String::new(),
                        false,
                    );
                }
            }
            KeepRequest::HintSeen => {
                if let Some(path) = self.places.hint_seen.clone() {
                    let folder = path.parent().map(Path::to_owned);
                    let text = "The hint for newcomers was seen. Without this file it is shown again.\n";
                    self.write(SavedThing::Hint, (path, folder), text.to_owned(), false);
                }
            }
            KeepRequest::Theme(_) => {}
        }
    }

    fn write(&self, thing: SavedThing, (path, folder): (PathBuf, Option<PathBuf>), text: String, is_told: bool) {
        let job = Job {
            thing: thing.clone(),
            path: path.clone(),
            text,
            folder,
            places: self.places.clone(),
            is_told,
        };
        if self.jobs.try_send(job).is_err() {
            self.tell(Kept::NotSaved {
                thing,
                path: path.display().to_string(),
                error: "too much waits to be written already".to_owned(),
            });
        }
    }

    fn tell(&self, kept: Kept) {
        // A full channel belongs to a loop that has more urgent things to hear.
        let _ = self.answers.try_send(Arrival::Message(Message::Kept(kept)));
    }

    fn record(&mut self, order: RecordOrder) {
        let session = order.session;
        let usual = format!("{}.cast", file_name(&order.name));
        let (path, folder) = place(order.path, self.places.recordings.as_ref(), &usual);
        let plan = RecordingPlan {
            path: path.clone(),
            folder,
            header: order.header,
            screen: order.screen,
            with_input: self.places.record_input,
        };
        let answers = self.answers.clone();
        let alive = self.recording.0.clone();
        let begun = Recorder::begin(plan, move |news| {
            let _ = &alive;
            let kept = recording_news(session, news);
            let _ = answers.blocking_send(Arrival::Message(Message::Kept(kept)));
        });
        match begun {
            Ok(recorder) => {
                self.recorders.insert(session, recorder);
            }
            Err(error) => self.tell(Kept::RecordingFailed {
                session,
                path: path.display().to_string(),
                error: error.to_string(),
            }),
        }
    }

    /// What a program printed.
    pub(super) fn hear_output(&mut self, session: SessionId, bytes: &Bytes) {
        if let Some(recorder) = self.recorders.get_mut(&session) {
            recorder.output(bytes);
        }
    }

    /// What is sent to a program.
    pub(super) fn hear_input(&mut self, session: SessionId, bytes: &Bytes) {
        if let Some(recorder) = self.recorders.get_mut(&session) {
            recorder.input(bytes);
        }
    }

    /// A new size of a program's terminal.
    pub(super) fn hear_size(&mut self, session: SessionId, size: GridSize) {
        if let Some(recorder) = self.recorders.get_mut(&session) {
            recorder.resize(size);
        }
    }

    /// A session that nothing more comes from.
    pub(super) fn end_of(&mut self, session: SessionId) {
        self.recorders.remove(&session);
    }

    /// Has everything written that is to be written.
    pub(super) async fn finish(self) {
        let Self {
            recorders,
            jobs,
            writing,
            recording: (alive, mut ended),
            ..
        } = self;
        drop((recorders, jobs, alive));
        let all = async {
            let _ = writing.await;
            while ended.recv().await.is_some() {}
        };
        if tokio::time::timeout(FINISH_LIMIT, all).await.is_err() {
            tracing::warn!("not everything was written in time");
        }
    }
}

fn recording_news(session: SessionId, news: RecorderNews) -> Kept {
    let shown = |path: PathBuf| path.display().to_string();
    match news {
        RecorderNews::Began(path) => Kept::RecordingBegan(session, shown(path)),
        RecorderNews::Ended { path, length, lost } => Kept::RecordingEnded {
            session,
            path: shown(path),
            length,
            lost,
        },
        RecorderNews::Failed { path, error } => Kept::RecordingFailed {
            session,
            path: shown(path),
            error,
        },
    }
}

/// Writes one after another, so that of two texts for a file the later one stays.
async fn write_all(mut waiting: mpsc::Receiver<Job>, answers: mpsc::Sender<Arrival>) {
    while let Some(job) = waiting.recv().await {
        let (thing, path, is_told) = (job.thing.clone(), job.path.display().to_string(), job.is_told);
        let done = spawn_blocking(move || write(&job)).await.unwrap_or(Ok(()));
        let kept = match done {
            Ok(()) if is_told => Kept::Saved(thing, path),
            Ok(()) => continue,
            Err(error) => Kept::NotSaved {
                thing,
                path,
                error: error.to_string(),
            },
        };
        // Nobody listens any more when the program is ending; nothing must wait for that.
        let _ = answers.try_send(Arrival::Message(Message::Kept(kept)));
    }
}

fn write(job: &Job) -> io::Result<()> {
    if let Some(folder) = &job.folder {
        create_private_folder(folder)?;
    }
    match job.thing {
        SavedThing::Text => write_private_file(&job.path, &job.text),
        SavedThing::Workspace | SavedThing::Hint => replace_private_file(&job.path, &job.text),
        SavedThing::LastWorkspace => replace_last(job),
    }
}

/// Replaces the last workspace, or removes it where there is no text. That of a run which is none of ours is put aside:
/// programs that it left may still run.
fn replace_last(job: &Job) -> io::Result<()> {
    let found = std::fs::read_to_string(&job.path).unwrap_or_default();
    let run = WorkspaceFile::parse(&found, LAST).ok().and_then(|file| file.run);
    let is_ours = run.is_some_and(|run| job.places.runs.contains(&run));
    if job.text.is_empty() {
        return if is_ours {
            std::fs::remove_file(&job.path)
        } else {
            Ok(())
        };
    }
    if !is_ours && !found.is_empty() {
        let aside = job.path.with_file_name(format!("{BEFORE_LAST}.toml"));
        std::fs::rename(&job.path, aside)?;
    }
    replace_private_file(&job.path, &job.text)
}

/// The file of a workspace: in our folder by its name, or where a path says.
pub fn workspace_path(folder: &Path, name: &str) -> PathBuf {
    if name.contains('/') || Path::new(name).extension().is_some_and(|extension| extension == "toml") {
        return as_written(name);
    }
    folder.join(format!("{name}.toml"))
}

/// A path as the user wrote it: `~/` is home, and what is not absolute begins where we were started.
fn as_written(text: &str) -> PathBuf {
    match (text.strip_prefix("~/"), directories::BaseDirs::new()) {
        (Some(rest), Some(home)) => home.home_dir().join(rest),
        _ => PathBuf::from(text),
    }
}

/// Where a file goes, and the folder to be made for it: none is made that the user named.
fn place(path: Option<String>, folder: Option<&PathBuf>, usual: &str) -> (PathBuf, Option<PathBuf>) {
    match (path, folder) {
        (Some(path), _) => (as_written(&path), None),
        (None, Some(folder)) => (folder.join(usual), Some(folder.clone())),
        (None, None) => (PathBuf::from(usual), None),
    }
}

/// A name for a file from what it is of and the time, so that none is there yet.
fn file_name(of: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
    let name: String = of.chars().take(40).map(plain).collect();
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let millis = since.map_or(0, |since| since.as_millis() as i64);
    let time: String = Timestamp::from_unix_millis(millis)
        .to_string()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    format!("{name}-{time}-{:03}", millis.rem_euclid(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(folder: &Path, runs: &[&str], text: &str) -> Job {
        Job {
            thing: SavedThing::LastWorkspace,
            path: workspace_path(folder, LAST),
            text: text.to_owned(),
            folder: Some(folder.to_owned()),
            places: KeepPlaces {
                runs: runs.iter().map(|run| (*run).to_owned()).collect(),
                ..KeepPlaces::default()
            },
            is_told: false,
        }
    }

    fn of_run(run: &str) -> String {
        format!("run = \"{run}\"\n[[tabs]]\n[[tabs.panes]]\ntarget = \"a\"\n")
    }

    #[test]
    fn the_last_workspace_of_another_run_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("w");
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
        write(&job(&folder, &["one"], &of_run("one"))).unwrap();
        write(&job(&folder, &["one"], &of_run("one"))).unwrap();
        assert_eq!(read("before-last.toml"), None, "a run replaces its own");
        write(&job(&folder, &["two", "one"], &of_run("two"))).unwrap();
        assert_eq!(read("before-last.toml"), None, "and the one that it took up");
        write(&job(&folder, &["three"], &of_run("three"))).unwrap();
        assert_eq!(read("before-last.toml"), Some(of_run("two")));
        assert_eq!(read("last.toml"), Some(of_run("three")));
        write(&job(&folder, &["two"], "")).unwrap();
        assert_eq!(read("last.toml"), Some(of_run("three")), "not ours to forget");
        write(&job(&folder, &["three"], "")).unwrap();
        assert_eq!(read("last.toml"), None);
    }

    #[test]
    fn names_become_files_in_our_folder_and_paths_stay_paths() {
        let folder = Path::new("/w");
        assert_eq!(workspace_path(folder, "work"), Path::new("/w/work.toml"));
        assert_eq!(workspace_path(folder, "./x"), Path::new("./x"));
        assert_eq!(workspace_path(folder, "x.toml"), Path::new("x.toml"));
        let name = file_name("a/../b \u{1b}[0m");
        assert!(name.starts_with("a----b---0m-2"), "{name}");
        assert!(
            name.chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '-'),
            "{name}"
        );
    }
}

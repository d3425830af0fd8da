//! What is being recorded, which workspace waits to be taken up, and when the present one is saved again.

use std::collections::BTreeSet;
use std::time::Duration;

use super::taking_up::TakeUp;
use crate::domain::{Moment, SessionId};

/// A workspace that has changed is saved this often.
const SAVE_EVERY: Duration = Duration::from_secs(30);

/// How things are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeepOptions {
    /// What tells this run from all others; without it no workspace is saved by itself.
    pub run: Option<String>,
    /// The workspace that this run was opened with, saved again on leaving.
    pub name: Option<String>,
    /// Whether saved workspaces hold what panes show.
    pub save_screens: bool,
    /// The names of all themes.
    pub themes: Vec<String>,
    /// The theme that the settings name.
    pub theme: Option<String>,
    /// Whether the user has never used a key of the workbench.
    pub is_first_run: bool,
    /// A workspace to take up at the start.
    pub take_up: Option<Box<TakeUp>>,
}

/// The state of all that.
#[derive(Debug)]
pub struct Keeping {
    /// How things are kept.
    pub options: KeepOptions,
    /// The theme that is shown.
    pub theme: Option<String>,
    recording: BTreeSet<SessionId>,
    /// The text that was saved last, and when to look again.
    saved: String,
    look_at: Option<Duration>,
}

impl Keeping {
    /// Nothing recorded, nothing saved.
    pub fn new(options: KeepOptions) -> Self {
        Self {
            theme: options.theme.clone(),
            options,
            recording: BTreeSet::new(),
            saved: String::new(),
            look_at: None,
        }
    }

    /// Whether a session is being recorded.
    pub fn is_recording(&self, session: SessionId) -> bool {
        self.recording.contains(&session)
    }

    /// A recording begins.
    pub fn begin_recording(&mut self, session: SessionId) {
        self.recording.insert(session);
    }

    /// A recording ends; true if there was one.
    pub fn end_recording(&mut self, session: SessionId) -> bool {
        self.recording.remove(&session)
    }

    /// The sessions that are being recorded.
    pub fn recordings(&self) -> impl Iterator<Item = SessionId> {
        self.recording.iter().copied()
    }

    /// Whether it is time to look whether the workspace has changed. Asking sets the next time.
    pub fn is_time_to_save(&mut self, now: Moment) -> bool {
        if self.options.run.is_none() {
            return false;
        }
        let is_due = self.look_at.is_some_and(|due| due <= now.since_start);
        if is_due || self.look_at.is_none() {
            self.look_at = Some(now.since_start + SAVE_EVERY);
        }
        is_due
    }

    /// When `is_time_to_save` wants to be asked.
    pub fn next_deadline(&self) -> Option<Duration> {
        self.look_at
    }

    /// Whether this text is not what was saved last. Asking takes it for saved.
    pub fn is_news(&mut self, text: &str) -> bool {
        if self.saved == text {
            return false;
        }
        text.clone_into(&mut self.saved);
        true
    }

    /// The last try to save failed: the next one is to be made in any case.
    pub fn forget_saved(&mut self) {
        self.saved.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_is_looked_at_now_and_then_and_saved_when_it_changed() {
        let at = |seconds| Moment::ZERO.after(Duration::from_secs(seconds));
        let mut keeping = Keeping::new(KeepOptions::default());
        assert!(!keeping.is_time_to_save(at(0)) && keeping.next_deadline().is_none());
        keeping.options.run = Some("run".to_owned());
        assert!(!keeping.is_time_to_save(at(0)));
        assert_eq!(keeping.next_deadline(), Some(SAVE_EVERY));
        assert!(!keeping.is_time_to_save(at(29)) && keeping.is_time_to_save(at(30)));
        assert!(!keeping.is_time_to_save(at(31)) && keeping.is_time_to_save(at(60)));
        assert!(keeping.is_news("a") && !keeping.is_news("a") && keeping.is_news("b"));
        keeping.forget_saved();
        assert!(keeping.is_news("b"));
    }
}

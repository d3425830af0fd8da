//! What a pause of a sandbox means for the panes in it: nothing is asked of its envd any more, because asking may wake it;
//! the screens stay, and when it runs again the programs are joined where they were.

use crate::domain::{FailureKind, Moment, SandboxId, SessionEntry, SessionId, SessionOrder, TargetId};

use super::fleet::Fleet;
use super::link::Link;
use super::session::Session;
use super::workspace::Workspace;
use super::{Effects, PlatformOptions};

impl Session {
    /// The sandbox sleeps. True if that is news.
    fn fall_asleep(&mut self, now: Moment, effects: &mut Effects) -> bool {
        match &self.link {
            // The link was given up because of the pause, as it turns out.
            Link::Failed { failure, .. } if failure.kind == FailureKind::Gone && self.pid.is_some() => {}
            Link::Asleep { .. } | Link::Ended { .. } | Link::Failed { .. } => return false,
            Link::Preparing { .. } => {}
            Link::Opening | Link::Live | Link::Rejoining { .. } => self.order(SessionOrder::Detach, effects),
        }
        self.round_trip = None;
        self.link = Link::Asleep { since: now };
        true
    }

    /// The sandbox runs again: joins the program, or begins it if it had not begun.
    fn wake(&mut self, id: SessionId, now: Moment, effects: &mut Effects) {
        let Link::Asleep { since } = self.link else {
            return;
        };
        self.id = id;
        self.emulator
            .write_mark(&format!("── paused {}–{} ──", since.clock(), now.clock()));
        let entry = match self.pid {
            Some(pid) => SessionEntry::Join(pid),
            None => SessionEntry::Start(self.start_program()),
        };
        self.begin(entry, effects);
    }
}

impl Workspace {
    /// What the platform says of the user's sandboxes.
    pub fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// The metadata that lists of sandboxes have columns for.
    pub fn metadata_columns(&self) -> &[String] {
        &self.metadata_columns
    }

    /// There is a platform; lists show these metadata in columns.
    pub(super) fn begin_fleet(&mut self, options: &PlatformOptions) {
        self.metadata_columns.clone_from(&options.metadata_columns);
        self.fleet.begin(options.is_read_only);
    }

    /// The platform, to change what is known of it.
    pub(super) fn fleet_mut(&mut self) -> &mut Fleet {
        &mut self.fleet
    }

    /// The sandboxes of the platform that are open, each once.
    pub fn open_sandboxes(&self) -> Vec<SandboxId> {
        let mut open: Vec<SandboxId> = self
            .targets()
            .iter()
            .filter_map(|target| target.sandbox.clone())
            .collect();
        open.sort();
        open.dedup();
        open
    }

    /// The targets that are this sandbox.
    pub fn targets_at(&self, sandbox: &SandboxId) -> Vec<TargetId> {
        let those = self
            .targets()
            .iter()
            .filter(|target| target.sandbox.as_ref() == Some(sandbox));
        those.map(|target| target.id).collect()
    }

    /// The sandbox sleeps, or is about to: its panes keep their screens and leave it alone. How many they are.
    pub fn let_sleep(&mut self, sandbox: &SandboxId, now: Moment, effects: &mut Effects) -> usize {
        let targets = self.targets_at(sandbox);
        let sessions = self.sessions_mut().filter(|session| targets.contains(&session.target));
        sessions
            .map(|session| usize::from(session.fall_asleep(now, effects)))
            .sum()
    }

    /// The sandbox runs again: its panes join their programs.
    pub fn wake(&mut self, sandbox: &SandboxId, now: Moment, effects: &mut Effects) {
        let targets = self.targets_at(sandbox);
        let is_asleep = |session: &&Session| matches!(session.link, Link::Asleep { .. });
        let sleeping: Vec<SessionId> = self
            .sessions()
            .map(|(_, session)| session)
            .filter(|session| targets.contains(&session.target))
            .filter(is_asleep)
            .map(|session| session.id)
            .collect();
        for id in sleeping {
            let fresh = SessionId(u64::from(self.fresh()));
            if let Some(session) = self.session_with_id(id) {
                session.wake(fresh, now, effects);
            }
        }
    }
}

//! Begins a program, or joins it again after having made sure that its number still means the same program.

use super::super::error::{EnvdError, EnvdErrorKind};
use crate::domain::{GridSize, ManagedProcess, Pid, ProgramSpec, SessionEntry};
use crate::envd::{EnvdClient, ProcessIo, ProcessStream};

/// What the labels begin with that a run of the workbench gives.
const RUN_LABEL: &str = "e2b-tui-";

/// What is known of the program that a session follows.
#[derive(Clone, Debug)]
pub(super) struct Quest {
    entry: SessionEntry,
    /// The process, once it was seen. Its configuration tells it from a later one with the same number.
    found: Option<ManagedProcess>,
    /// Whether a start was tried whose outcome is unknown.
    may_have_started: bool,
}

/// A stream that stands.
pub(super) struct Attached {
    pub(super) stream: ProcessStream,
    /// The process is no longer listed: all that can come is its retained end. Anything else is another process.
    pub(super) expects_only_end: bool,
    /// The size that its terminal surely has.
    pub(super) given_size: Option<GridSize>,
}

impl Quest {
    /// A start gets a label of its own, so that it can be found again when the answer was lost.
    pub(super) fn new(entry: SessionEntry, label: impl FnOnce() -> String) -> Self {
        let entry = match entry {
            SessionEntry::Start(mut program) => {
                program.tag.get_or_insert_with(label);
                SessionEntry::Start(program)
            }
            joining => joining,
        };
        // What is known of it is what it must be.
        let found = match &entry {
            SessionEntry::Rejoin(process) => Some(process.clone()),
            _ => None,
        };
        Self {
            entry,
            found,
            may_have_started: false,
        }
    }

    /// Begins or joins.
    pub(super) async fn attach(&mut self, client: &EnvdClient, size: GridSize) -> Result<Attached, EnvdError> {
        if let Some(found) = &self.found {
            let pid = found.pid;
            let is_listed = self.look_up(client, pid).await?;
            return join(client, pid, is_listed).await.map_err(|error| match error.kind() {
                EnvdErrorKind::NotFound => ended_unseen(),
                _ => error,
            });
        }
        match self.entry.clone() {
            SessionEntry::Start(program) => self.start(client, &program, size).await,
            SessionEntry::Join(pid) | SessionEntry::Rejoin(ManagedProcess { pid, .. }) => {
                let listed = client.list_processes().await?;
                self.found = listed.into_iter().find(|process| process.pid == pid);
                join(client, pid, self.found.is_some()).await
            }
        }
    }

    async fn start(
        &mut self,
        client: &EnvdClient,
        program: &ProgramSpec,
        size: GridSize,
    ) -> Result<Attached, EnvdError> {
        if self.may_have_started {
            let listed = client.list_processes().await?;
            if let Some(ours) = listed.into_iter().find(|process| is_same(&process.program, program)) {
                let pid = ours.pid;
                self.found = Some(ours);
                return join(client, pid, true).await;
            }
        }
        // Until the answer is here, the start may have happened: also when nobody waits for it any longer.
        self.may_have_started = true;
        match client.start(program, ProcessIo::Terminal(size)).await {
            Ok(stream) => {
                self.found = Some(ManagedProcess {
                    pid: stream.pid(),
                    program: program.clone(),
                });
                Ok(Attached {
                    stream,
                    expects_only_end: false,
                    given_size: Some(size),
                })
            }
            Err(error) => {
                self.may_have_started = !error.kind().nothing_was_done();
                Err(error)
            }
        }
    }

    /// Whether our process still runs. Another one under its number means that ours is gone.
    async fn look_up(&self, client: &EnvdClient, pid: Pid) -> Result<bool, EnvdError> {
        let Some(ours) = &self.found else {
            return Ok(false);
        };
        let listed = client.list_processes().await?;
        match listed.iter().find(|process| process.pid == pid) {
            Some(listed) if is_same(&listed.program, &ours.program) => Ok(true),
            Some(_) => Err(ended_unseen()),
            None => Ok(false),
        }
    }

    /// The process to act on, if it surely is ours and still runs.
    pub(super) async fn running(&self, client: &EnvdClient) -> Result<Option<Pid>, EnvdError> {
        let listed = client.list_processes().await?;
        let ours = listed.into_iter().find(|process| match (&self.found, &self.entry) {
            (Some(found), _) => process.pid == found.pid && is_same(&process.program, &found.program),
            (None, SessionEntry::Start(program)) => self.may_have_started && is_same(&process.program, program),
            (None, SessionEntry::Join(pid)) => process.pid == *pid,
            (None, SessionEntry::Rejoin(_)) => false,
        });
        Ok(ours.map(|process| process.pid))
    }
}

/// A number is joined whether it is listed or not: an end is kept for half a minute.
async fn join(client: &EnvdClient, pid: Pid, is_listed: bool) -> Result<Attached, EnvdError> {
    Ok(Attached {
        stream: client.join(pid).await?,
        expects_only_end: !is_listed,
        given_size: None,
    })
}

/// The variables are left out: they may hold secrets and add nothing.
fn is_same(one: &ProgramSpec, other: &ProgramSpec) -> bool {
    // A label of a run of ours holds a random number and is given to one program. What that was started with may not be known
    // any more: a shell that reports is started with secrets, which are kept nowhere.
    let is_ours = one.tag.as_ref().is_some_and(|tag| tag.starts_with(RUN_LABEL));
    one.tag == other.tag && (is_ours || (one.command == other.command && one.args == other.args))
}

/// The program ended while nobody listened, and its end is no longer known.
pub(super) fn ended_unseen() -> EnvdError {
    EnvdError::new(EnvdErrorKind::EndedUnseen, "its exit status is no longer known")
}

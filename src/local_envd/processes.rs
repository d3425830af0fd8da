//! The processes of the sandbox: which run, and how those that ended lately did. Knows no caller and no stream.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use tonic::Status;

use super::process::Process;
use crate::wire::generated::process::ProcessSelector;
use crate::wire::generated::process::process_event::EndEvent;
use crate::wire::generated::process::process_selector::Selector;

/// The table of processes.
#[derive(Debug)]
pub(super) struct Processes {
    table: Mutex<Table>,
    /// How long an exit is kept.
    retention: Duration,
    /// Told whenever a process ends.
    ended: Notify,
}

#[derive(Debug, Default)]
struct Table {
    running: HashMap<u32, Arc<Process>>,
    exits: HashMap<u32, Exit>,
    /// Whether the sandbox is ending, and nothing may start any more.
    closed: bool,
    /// Whether anything ever ran.
    used: bool,
}

/// How a process ended that can still be asked for.
#[derive(Clone, Debug)]
pub(super) struct Exit {
    /// Its process id.
    pub pid: u32,
    /// How it ended.
    pub end: EndEvent,
    tag: Option<String>,
    forgotten: Instant,
}

impl Processes {
    /// An empty table.
    pub(super) fn new(retention: Duration) -> Self {
        Self {
            table: Mutex::default(),
            retention,
            ended: Notify::new(),
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses new processes while the sandbox ends.
    pub(super) fn check_open(&self) -> Result<(), Status> {
        if self.table().closed {
            return Err(Status::unavailable("the sandbox is being stopped"));
        }
        Ok(())
    }

    /// Enters a process that was just started. Exits kept under the same id or tag are forgotten: they would be
    /// mistaken for its own. False if the sandbox has begun to end meanwhile: whoever searched for its processes may not
    /// have seen this one, so the caller has to end it.
    #[must_use]
    pub(super) fn add(&self, process: Arc<Process>) -> bool {
        let mut table = self.table();
        table.used = true;
        table.exits.remove(&process.pid);
        if process.tag.is_some() {
            table.exits.retain(|_, exit| exit.tag != process.tag);
        }
        table.running.insert(process.pid, process);
        !table.closed
    }

    /// Moves a process to the exits.
    pub(super) fn finish(&self, process: &Arc<Process>, end: &EndEvent) {
        let now = Instant::now();
        let mut table = self.table();
        table.exits.retain(|_, exit| exit.forgotten > now);
        // Its id may have gone to a newer process already, whose place this is then.
        let is_current = table
            .running
            .get(&process.pid)
            .is_some_and(|current| Arc::ptr_eq(current, process));
        if is_current {
            table.running.remove(&process.pid);
            let exit = Exit {
                pid: process.pid,
                end: end.clone(),
                tag: process.tag.clone(),
                forgotten: now + self.retention,
            };
            table.exits.insert(process.pid, exit);
        }
        drop(table);
        self.ended.notify_waiters();
    }

    /// Every running process, by id.
    pub(super) fn running(&self) -> Vec<Arc<Process>> {
        let mut all: Vec<_> = self.table().running.values().cloned().collect();
        all.sort_by_key(|process| process.pid);
        all
    }

    /// The running process that a caller means. Several with one tag: the one with the lowest id.
    pub(super) fn find(&self, selector: Option<&ProcessSelector>) -> Result<Arc<Process>, Status> {
        match selected(selector)? {
            Selector::Pid(pid) => self
                .table()
                .running
                .get(pid)
                .cloned()
                .ok_or_else(|| Status::not_found(format!("process with pid {pid} not found"))),
            Selector::Tag(tag) => self
                .running()
                .into_iter()
                .find(|process| process.tag.as_ref() == Some(tag))
                .ok_or_else(|| Status::not_found(format!("process with tag {tag} not found"))),
        }
    }

    /// The kept exit that a caller means.
    pub(super) fn find_exit(&self, selector: Option<&ProcessSelector>) -> Option<Exit> {
        let now = Instant::now();
        let table = self.table();
        let mut kept = table.exits.values().filter(|exit| exit.forgotten > now);
        match selected(selector).ok()? {
            Selector::Pid(pid) => kept.find(|exit| exit.pid == *pid),
            Selector::Tag(tag) => kept.find(|exit| exit.tag.as_ref() == Some(tag)),
        }
        .cloned()
    }

    /// Lets nothing start any more. Whether anything ever ran.
    pub(super) fn close(&self) -> bool {
        let mut table = self.table();
        table.closed = true;
        table.used
    }

    /// Waits until no process runs.
    pub(super) async fn all_ended(&self) {
        loop {
            let ended = self.ended.notified();
            tokio::pin!(ended);
            ended.as_mut().enable();
            if self.table().running.is_empty() {
                return;
            }
            ended.await;
        }
    }
}

fn selected(selector: Option<&ProcessSelector>) -> Result<&Selector, Status> {
    selector
        .and_then(|selector| selector.selector.as_ref())
        .ok_or_else(|| Status::unimplemented("invalid input type: no process selected"))
}

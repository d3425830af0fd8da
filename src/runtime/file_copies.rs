//! Copies under way: begun, steered while they run, and ended in order when the program ends, so that nothing unfinished
//! stays in a sandbox.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use crate::app::panels::FilesAnswer;
use crate::domain::{Failure, FailureKind, Steering, Ticket, TransferOrder, TransferRules};
use crate::envd::{EnvdClient, Transfer};

use super::effect_runner::Arrival;
use super::file_questions::Asker;

/// Ending takes no longer than this.
const END_LIMIT: Duration = Duration::from_secs(2);

/// The copies under way. All clones are the same.
#[derive(Clone, Default)]
pub(super) struct FileCopies {
    running: Arc<Mutex<BTreeMap<Ticket, watch::Sender<Steering>>>>,
}

/// One copy: from where to where.
pub(super) struct Errand {
    source: EnvdClient,
    client: EnvdClient,
    order: TransferOrder,
    rules: TransferRules,
}

impl Errand {
    /// One between two sandboxes, or with one that is both; none if one of them is not open.
    pub(super) fn new(
        source: Option<EnvdClient>,
        client: Option<EnvdClient>,
        order: TransferOrder,
        rules: TransferRules,
    ) -> Option<Self> {
        let (source, client) = source.zip(client)?;
        Some(Self {
            source,
            client,
            order,
            rules,
        })
    }
}

/// Takes a copy out of the list when it has ended, however that came about.
struct Entry(FileCopies, Ticket);

impl Drop for Entry {
    fn drop(&mut self) {
        self.0.running().remove(&self.1);
    }
}

impl FileCopies {
    fn running(&self) -> MutexGuard<'_, BTreeMap<Ticket, watch::Sender<Steering>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets one go on, stand still or end.
    pub(super) fn steer(&self, ticket: Ticket, steering: Steering) {
        if let Some(running) = self.running().get(&ticket) {
            running.send_replace(steering);
        }
    }

    /// Carries one out, and tells of it until its end. Without a sandbox to copy with, says so.
    pub(super) fn carry_out(
        &self,
        errand: Option<Errand>,
        ticket: Ticket,
        answers: mpsc::Sender<Arrival>,
    ) -> impl Future<Output = ()> + Send + 'static {
        let (sender, steered) = watch::channel(Steering::Going);
        self.running().insert(ticket, sender);
        let entry = Entry(self.clone(), ticket);
        let asker = Asker { ticket, answers };
        async move {
            let _entry = entry;
            if let Some(errand) = errand {
                follow(errand, steered, &asker).await;
            } else {
                let failure = Failure::new(FailureKind::Internal, "a copy went to a sandbox that is not open");
                asker.tell(Err(failure)).await;
            }
        }
    }

    /// Ends all, and waits a short while for what they clear away.
    pub(super) async fn leave(&self) {
        let waiting: Vec<watch::Sender<Steering>> = self.running().values().cloned().collect();
        let all = async {
            for running in waiting {
                running.send_replace(Steering::Stopped);
                running.closed().await;
            }
        };
        if timeout(END_LIMIT, all).await.is_err() {
            tracing::warn!("some copies did not end in time");
        }
    }
}

async fn follow(errand: Errand, mut steered: watch::Receiver<Steering>, asker: &Asker) {
    let order = match errand.order {
        TransferOrder::Download { from, to } => TransferOrder::Download { from, to: at_home(&to) },
        TransferOrder::Upload { from, to } => TransferOrder::Upload {
            from: from.iter().map(|path| at_home(path)).collect(),
            to,
        },
        relay @ TransferOrder::Relay { .. } => relay,
    };
    let mut transfer = Transfer::between(&errand.source, &errand.client, order, errand.rules);
    transfer.steer(*steered.borrow_and_update());
    loop {
        let news = tokio::select! {
            news = transfer.next() => news,
            // Its other end is in the list for as long as this runs.
            Ok(()) = steered.changed() => {
                transfer.steer(*steered.borrow_and_update());
                continue;
            }
        };
        let Some(news) = news else { break };
        if !asker.tell(Ok(FilesAnswer::Transfer(news))).await {
            break;
        }
    }
}

/// `~/` is the user's home, as in a shell.
fn at_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), directories::BaseDirs::new()) {
        (Ok(rest), Some(home)) => home.home_dir().join(rest),
        _ => path.to_owned(),
    }
}

//! The store of commands as effects use it. The store's own threads do the work; what they find arrives as messages.

use std::time::Duration;

use tokio::sync::mpsc;

use crate::app::{Answer, HistoryOrder, Message};
use crate::domain::{Failure, FailureKind};
use crate::history::History;

use super::HistoryPlan;
use super::effect_runner::Arrival;

/// Leaving waits no longer than this for the disk. What is not written then was never said to be.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);

/// The store, if there is one.
#[derive(Debug, Default)]
pub(super) struct Remembering {
    history: Option<History>,
}

impl Remembering {
    /// Opens the store, whose troubles arrive as messages. Without a plan nothing is remembered.
    pub(super) fn begin(plan: Option<&HistoryPlan>, arrivals: &mpsc::Sender<Arrival>) -> Self {
        let Some(plan) = plan else { return Self::default() };
        let arrivals = arrivals.clone();
        let tell = move |text: String| {
            // The store's thread may wait: the loop takes everything in at once.
            let _ = arrivals.blocking_send(Arrival::Message(Message::Trouble(text)));
        };
        let history = History::open(plan.path.clone(), &plan.options, tell);
        Self {
            history: history
                .inspect_err(|error| tracing::error!(%error, "there is no thread for the history"))
                .ok(),
        }
    }

    /// Carries an order out. Waits for nothing.
    pub(super) fn carry_out(&self, order: HistoryOrder, arrivals: &mpsc::Sender<Arrival>) {
        match (&self.history, order) {
            (Some(history), HistoryOrder::Begin(record)) => history.begin(record),
            (Some(history), HistoryOrder::End(end)) => history.end(end),
            (Some(history), HistoryOrder::Forget(ids)) => history.forget(ids),
            (Some(history), HistoryOrder::Pin(ids, is_pinned)) => history.pin(ids, is_pinned),
            (Some(history), HistoryOrder::Search(ticket, query)) => {
                let arrivals = arrivals.clone();
                history.search(query, move |page| {
                    let answer = Message::Answer(ticket, Ok(Answer::Commands(page)));
                    let _ = arrivals.blocking_send(Arrival::Message(answer));
                });
            }
            (None, HistoryOrder::Search(ticket, _)) => {
                let failure = Failure::new(FailureKind::NotFound, "commands are not remembered")
                    .hint("`enabled = true` in [history] of the config file");
                // A full channel means that the loop is behind by hundreds of answers; the list then stays as it is.
                let _ = arrivals.try_send(Arrival::Message(Message::Answer(ticket, Err(failure))));
            }
            (None, _) => {}
        }
    }

    /// Writes what is left and closes the file.
    pub(super) async fn finish(self) {
        let Some(history) = self.history else { return };
        let closing = tokio::task::spawn_blocking(move || history.close());
        if tokio::time::timeout(CLOSE_LIMIT, closing).await.is_err() {
            tracing::warn!("the history was not closed in time");
        }
    }
}

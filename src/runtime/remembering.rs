//! The store of commands as effects use it. The store's own threads do the work; what they find arrives as messages.

use std::time::Duration;

use regex::Regex;
use tokio::sync::mpsc;

use crate::app::{Answer, HistoryOrder, Message};
use crate::domain::{CommandQuery, Failure, FailureKind, Ticket};
use crate::history::{Forget, History, HistoryError};

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
            (Some(history), HistoryOrder::Template { sandbox, template }) => history.name_template(sandbox, template),
            (Some(history), HistoryOrder::Count(ticket, query, pattern)) => match which(query, pattern.as_deref()) {
                Ok(which) => history.count(which, count_reply(ticket, arrivals)),
                Err(failure) => answer(ticket, Err(failure), arrivals),
            },
            (Some(history), HistoryOrder::ForgetMatching(ticket, query, pattern)) => {
                match which(query, pattern.as_deref()) {
                    Ok(which) => history.forget_all(which, count_reply(ticket, arrivals)),
                    Err(failure) => answer(ticket, Err(failure), arrivals),
                }
            }
            (
                None,
                HistoryOrder::Search(ticket, _)
                | HistoryOrder::Count(ticket, ..)
                | HistoryOrder::ForgetMatching(ticket, ..),
            ) => {
                let failure = Failure::new(FailureKind::NotFound, "commands are not remembered")
                    .hint("`enabled = true` in [history] of the config file");
                answer(ticket, Err(failure), arrivals);
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

/// Answers at once.
fn answer(ticket: Ticket, result: Result<Answer, Failure>, arrivals: &mpsc::Sender<Arrival>) {
    // A full channel means that the loop is behind by hundreds of answers; what is shown then stays as it is.
    let _ = arrivals.try_send(Arrival::Message(Message::Answer(ticket, result)));
}

/// Answers with a number, from the store's thread.
fn count_reply(
    ticket: Ticket,
    arrivals: &mpsc::Sender<Arrival>,
) -> impl FnOnce(Result<usize, HistoryError>) + Send + 'static {
    let arrivals = arrivals.clone();
    move |count| {
        let result = count.map(Answer::CommandCount).map_err(|error| error.to_failure());
        let _ = arrivals.blocking_send(Arrival::Message(Message::Answer(ticket, result)));
    }
}

/// The commands of a query that a pattern matches.
fn which(query: CommandQuery, pattern: Option<&str>) -> Result<Forget, Failure> {
    let pattern = pattern.map(Regex::new).transpose().map_err(|_| {
        let shown = pattern.unwrap_or_default().escape_debug().to_string();
        Failure::new(FailureKind::Usage, format!("`{shown}` is no regular expression"))
            .hint("put a backslash before . ( [ * + ? that are meant as they stand")
    })?;
    Ok(Forget::Matching(query, pattern))
}

//! The one thread that writes. What cannot be written now waits in memory and is tried again; nobody else waits for it.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, TransactionBehavior};

use super::opening::{Opened, move_aside, open_store};
use super::screening::Screen;
use super::store::{Forget, HistoryOptions};
use super::{HistoryError, rows};
use crate::domain::{CommandEnd, CommandId, CommandRecord, RemoteText, Timestamp};

/// So many orders are written at once.
const BATCH: usize = 512;
/// So many may wait; then the oldest go, and that is said.
const MOST_WAITING: usize = 20_000;
/// When to try again after a failure.
const RETRY: Duration = Duration::from_secs(2);

/// Takes a number of commands.
pub(super) type Reply = Box<dyn FnOnce(Result<usize, HistoryError>) + Send>;

/// What is to be written.
pub(super) enum Order {
    Begin(CommandRecord),
    End(CommandEnd),
    Pin(Vec<CommandId>, bool),
    Forget(Forget, Reply),
    Count(Forget, Reply),
    Template {
        sandbox: RemoteText,
        template: RemoteText,
    },
    /// To be told when everything before has been written, and whether it has.
    Flush(Sender<bool>),
    Close,
}

/// The thread's state.
pub(super) struct Writer {
    path: PathBuf,
    screen: Screen,
    keep_days: Option<usize>,
    keep_commands: Option<usize>,
    connection: Option<Connection>,
    is_read_only: bool,
    waiting: VecDeque<Order>,
    /// Those that could not wait any longer since the present trouble began.
    lost: usize,
    tell: Box<dyn Fn(String) + Send>,
    /// Whether the present trouble has been told.
    has_told: bool,
}

impl Writer {
    pub(super) fn new(path: PathBuf, options: &HistoryOptions, tell: Box<dyn Fn(String) + Send>) -> Self {
        Self {
            path,
            screen: Screen::new(&options.ignore),
            keep_days: options.keep_days.filter(|days| *days > 0),
            keep_commands: options.keep_commands.filter(|most| *most > 0),
            connection: None,
            is_read_only: false,
            waiting: VecDeque::new(),
            lost: 0,
            tell,
            has_told: false,
        }
    }

    /// Writes until it is told to close, or nobody is left to tell it.
    pub(super) fn run(mut self, orders: &Receiver<Order>) {
        self.open();
        let mut is_closing = false;
        while !is_closing {
            let order = if self.waiting.is_empty() {
                orders.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                orders.recv_timeout(RETRY)
            };
            match order {
                Ok(order) => is_closing = self.take(order),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => is_closing = true,
            }
            // One that is received is taken: the question whether there is room comes first.
            while !is_closing && self.waiting.len() < BATCH {
                let Ok(order) = orders.try_recv() else { break };
                is_closing = self.take(order);
            }
            self.write();
        }
        if let Some(connection) = self.connection.filter(|_| !self.is_read_only) {
            // So that the file stands alone.
            empty_log(&connection);
        }
    }

    /// Whether it was the last order.
    fn take(&mut self, order: Order) -> bool {
        match order {
            Order::Close => return true,
            Order::Begin(mut record) => {
                if let Some(text) = self.screen.admit(record.text.unescaped()) {
                    record.text = RemoteText::new(text);
                    self.waiting.push_back(Order::Begin(record));
                }
            }
            other => self.waiting.push_back(other),
        }
        if self.waiting.len() > MOST_WAITING {
            self.waiting.pop_front();
            self.lost += 1;
        }
        false
    }

    fn open(&mut self) {
        match open_store(&self.path) {
            Ok(Opened {
                connection,
                moved_aside,
                is_read_only,
            }) => {
                if let Some(aside) = moved_aside {
                    self.tell(format!(
                        "the history was damaged and is now at {}: a new one has begun",
                        RemoteText::new(aside.display().to_string())
                    ));
                }
                if is_read_only {
                    self.tell(HistoryError::Newer(self.path.clone()).to_string());
                }
                self.is_read_only = is_read_only;
                self.connection = Some(connection);
                self.retire();
            }
            Err(error) => self.complain(&error),
        }
    }

    fn retire(&self) {
        let (Some(connection), false) = (&self.connection, self.is_read_only) else {
            return;
        };
        let days = self.keep_days.and_then(|days| u64::try_from(days).ok());
        let oldest = days.and_then(|days| SystemTime::now().checked_sub(Duration::from_secs(days * 86_400)));
        if let Err(error) = rows::retire(connection, oldest.map(Timestamp::from), self.keep_commands) {
            tracing::warn!(%error, "old commands are not forgotten");
        }
    }

    fn tell(&self, text: String) {
        tracing::warn!(text, "history");
        (self.tell)(text);
    }

    /// Says once what is wrong, until it is right again.
    fn complain(&mut self, error: &HistoryError) {
        if !std::mem::replace(&mut self.has_told, true) {
            self.tell(format!("{error} — commands wait in memory and are tried again"));
        }
    }

    fn write(&mut self) {
        if self.connection.is_none() {
            self.open();
        }
        if self.is_read_only {
            for order in self.waiting.drain(..) {
                refuse(order, &self.path);
            }
            return;
        }
        let Some(connection) = &mut self.connection else {
            return self.let_flushes_go();
        };
        match write_all(connection, &self.waiting) {
            Ok(counts) => {
                if self.waiting.iter().any(|order| matches!(order, Order::Forget(..))) {
                    empty_log(connection);
                }
                let mut counts = counts.into_iter();
                for order in self.waiting.drain(..) {
                    match order {
                        Order::Flush(done) => drop(done.send(true)),
                        Order::Forget(_, reply) | Order::Count(_, reply) => reply(Ok(counts.next().unwrap_or(0))),
                        _ => {}
                    }
                }
                if std::mem::take(&mut self.has_told) {
                    let missing = match std::mem::take(&mut self.lost) {
                        0 => "nothing is missing".to_owned(),
                        lost => format!("{lost} of the oldest that waited are lost"),
                    };
                    self.tell(format!("the history is written again: {missing}"));
                }
            }
            Err(error) => self.fail(error),
        }
    }

    fn fail(&mut self, error: rusqlite::Error) {
        let error = HistoryError::Database(self.path.clone(), error);
        if error.is_damage() {
            self.connection = None;
            match move_aside(&self.path) {
                Ok(aside) => self.tell(format!(
                    "the history is damaged and is now at {}: a new one has begun",
                    RemoteText::new(aside.display().to_string())
                )),
                Err(error) => self.complain(&HistoryError::File(self.path.clone(), error)),
            }
            return;
        }
        self.complain(&error);
        self.let_flushes_go();
    }

    /// Nobody is to wait for a disk that may never come back.
    fn let_flushes_go(&mut self) {
        self.waiting.retain(|order| match order {
            Order::Flush(done) => {
                let _ = done.send(false);
                false
            }
            _ => true,
        });
    }
}

fn refuse(order: Order, path: &std::path::Path) {
    match order {
        Order::Flush(done) => drop(done.send(false)),
        Order::Forget(_, reply) | Order::Count(_, reply) => reply(Err(HistoryError::Newer(path.to_owned()))),
        _ => {}
    }
}

/// All or nothing. Answers how many commands each order to forget or to count has met.
fn write_all(connection: &mut Connection, orders: &VecDeque<Order>) -> rusqlite::Result<Vec<usize>> {
    let mut counts = Vec::new();
    if orders.iter().all(|order| matches!(order, Order::Flush(_))) {
        return Ok(counts);
    }
    let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for order in orders {
        match order {
            Order::Begin(record) => {
                rows::insert(&change, record)?;
            }
            Order::End(end) => rows::finish(&change, end)?,
            Order::Pin(ids, is_pinned) => {
                for id in ids {
                    rows::pin(&change, *id, *is_pinned)?;
                }
            }
            Order::Forget(which, _) => counts.push(forget(&change, which)?),
            Order::Count(which, _) => counts.push(ids_to_forget(&change, which)?.len()),
            Order::Template { sandbox, template } => rows::name_template(&change, sandbox, template)?,
            Order::Flush(_) | Order::Close => {}
        }
    }
    change.commit()?;
    Ok(counts)
}

pub(super) fn forget(connection: &Connection, which: &Forget) -> rusqlite::Result<usize> {
    let ids = ids_to_forget(connection, which)?;
    rows::delete(connection, &ids)
}

/// Which commands are meant, of those that are there.
pub(super) fn ids_to_forget(connection: &Connection, which: &Forget) -> rusqlite::Result<Vec<CommandId>> {
    match which {
        Forget::These(ids) => {
            let mut there = Vec::new();
            for id in ids {
                there.extend(rows::get(connection, id.0)?.map(|command| command.id));
            }
            Ok(there)
        }
        Forget::Matching(query, pattern) => rows::matching_ids(connection, query, |text| {
            pattern.as_ref().is_none_or(|pattern| pattern.is_match(text))
        }),
    }
}

/// Puts what is in the log into the file and empties the log, where old pages would still tell what was forgotten. A
/// reader that is in the middle of something may prevent that; the next time then.
pub(super) fn empty_log(connection: &Connection) {
    if let Err(error) = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
        tracing::warn!(%error, "the log of the history is not emptied");
    }
}

//! The handle of the store. None of its calls waits for the disk, but those that say so.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use regex::Regex;

use super::HistoryError;
use super::searcher::{Search, Searcher};
use super::writer::{Order, Writer};
use crate::domain::{CommandEnd, CommandId, CommandPage, CommandQuery, CommandRecord, RemoteText};

/// What is kept, and for how long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryOptions {
    /// Regular expressions: what one of them matches is not kept.
    pub ignore: Vec<String>,
    /// Commands are forgotten after so many days; `None` or 0: never.
    pub keep_days: Option<usize>,
    /// No more are kept than this; `None` or 0: all.
    pub keep_commands: Option<usize>,
}

/// Which commands to forget.
#[derive(Clone, Debug)]
pub enum Forget {
    /// These.
    These(Vec<CommandId>),
    /// Those that a query asks for and whose text matches, if there is a pattern. The query's own text and limit do not
    /// count.
    Matching(CommandQuery, Option<Regex>),
}

/// An open store. Dropping it lets everything be written that was ordered before.
#[derive(Debug)]
pub struct History {
    orders: Sender<Order>,
    questions: Sender<Search>,
    /// The number of the newest question, which is the only one that is still wanted.
    latest: Arc<AtomicU64>,
    writing: Option<thread::JoinHandle<()>>,
}

impl History {
    /// Opens the store at this path, in threads of its own. `tell` gets a sentence when something is wrong with it, or is
    /// right again.
    pub fn open(
        path: PathBuf,
        options: &HistoryOptions,
        tell: impl Fn(String) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (orders, ordered) = channel();
        let (questions, asked) = channel();
        let latest = Arc::new(AtomicU64::new(0));
        let writer = Writer::new(path.clone(), options, Box::new(tell));
        let searcher = Searcher::new(path, Arc::clone(&latest));
        let named = |name: &str| thread::Builder::new().name(name.to_owned());
        let writing = named("history").spawn(move || writer.run(&ordered))?;
        named("history-search").spawn(move || searcher.run(&asked))?;
        Ok(Self {
            orders,
            questions,
            latest,
            writing: Some(writing),
        })
    }

    fn order(&self, order: Order) {
        if self.orders.send(order).is_err() {
            tracing::warn!("the history is closed");
        }
    }

    /// Remembers a command that begins.
    pub fn begin(&self, record: CommandRecord) {
        self.order(Order::Begin(record));
    }

    /// Remembers how a command ended.
    pub fn end(&self, end: CommandEnd) {
        self.order(Order::End(end));
    }

    /// Keeps commands when others are forgotten for their age, or no longer.
    pub fn pin(&self, ids: Vec<CommandId>, is_pinned: bool) {
        self.order(Order::Pin(ids, is_pinned));
    }

    /// Forgets commands, without waiting for it.
    pub fn forget(&self, ids: Vec<CommandId>) {
        self.order(Order::Forget(Forget::These(ids), Box::new(drop)));
    }

    /// Forgets commands. `reply` is told how many they were, from another thread.
    pub fn forget_all(&self, which: Forget, reply: impl FnOnce(Result<usize, HistoryError>) + Send + 'static) {
        self.order(Order::Forget(which, Box::new(reply)));
    }

    /// Tells how many commands there are of those, from another thread.
    pub fn count(&self, which: Forget, reply: impl FnOnce(Result<usize, HistoryError>) + Send + 'static) {
        self.order(Order::Count(which, Box::new(reply)));
    }

    /// Says of which template a sandbox was made, for those of its commands that were run before that was known.
    pub fn name_template(&self, sandbox: RemoteText, template: RemoteText) {
        self.order(Order::Template { sandbox, template });
    }

    /// Waits until everything is written that was ordered before. False if it could not be.
    pub fn flush(&self) -> bool {
        let (done, answer) = channel();
        self.order(Order::Flush(done));
        answer.recv().unwrap_or(false)
    }

    /// Searches. `reply` is called from another thread: not at all if something else is asked before, and again each time
    /// when more of a large store has been read.
    pub fn search(&self, query: CommandQuery, reply: impl Fn(CommandPage) + Send + 'static) {
        let number = self.latest.fetch_add(1, Ordering::Relaxed) + 1;
        let search = Search {
            number,
            query,
            reply: Box::new(reply),
        };
        if self.questions.send(search).is_err() {
            tracing::warn!("the history is closed");
        }
    }

    /// Writes what is left and closes the file. Waits for that.
    pub fn close(mut self) {
        self.order(Order::Close);
        if let Some(writing) = self.writing.take()
            && writing.join().is_err()
        {
            tracing::error!("the history's thread failed");
        }
    }
}

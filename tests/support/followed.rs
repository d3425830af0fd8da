//! A session as a test follows it: orders in, news collected, waits that end.

use std::time::Duration;

use e2b_tui::domain::{GridSize, Pid, ProgramSpec, SessionEntry, SessionNews, SessionOrder, SessionPlan, TargetId};
use e2b_tui::envd::{EnvdClient, SessionLink};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Longer than anything here takes, on a busy machine too.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub struct Followed {
    pub link: SessionLink,
    pub news: mpsc::Receiver<SessionNews>,
    /// Everything but output, in order.
    pub seen: Vec<SessionNews>,
    /// The bytes of the terminal, in order.
    pub output: Vec<u8>,
}

impl Followed {
    pub fn open(client: EnvdClient, entry: SessionEntry) -> Self {
        let (sender, news) = mpsc::channel(64);
        let plan = SessionPlan {
            target: TargetId(0),
            entry,
            size: GridSize::new(80, 24),
        };
        Self {
            link: SessionLink::open(client, plan, sender),
            news,
            seen: Vec::new(),
            output: Vec::new(),
        }
    }

    /// A shell script on a terminal.
    pub fn start(client: EnvdClient, script: &str) -> Self {
        Self::open(client, SessionEntry::Start(ProgramSpec::new("sh", ["-c", script])))
    }

    pub fn send(&self, text: impl Into<String>) {
        self.link.order(SessionOrder::Send(text.into().into()));
    }

    /// The next news. Output is kept.
    pub async fn next(&mut self) -> SessionNews {
        let next = timeout(PATIENCE, self.news.recv()).await;
        let Ok(Some(news)) = next else {
            panic!(
                "no news any more, {next:?}, after {:?} and {:?}",
                self.seen,
                self.text()
            );
        };
        match &news {
            SessionNews::Output(bytes) => self.output.extend_from_slice(bytes),
            other => self.seen.push(other.clone()),
        }
        news
    }

    /// Reads on until there are news that fit.
    pub async fn until(&mut self, wanted: impl Fn(&SessionNews) -> bool) -> SessionNews {
        loop {
            let news = self.next().await;
            if wanted(&news) {
                return news;
            }
        }
    }

    pub async fn opened(&mut self) -> Pid {
        match self.until(|news| matches!(news, SessionNews::Opened(_))).await {
            SessionNews::Opened(pid) => pid,
            other => panic!("{other:?}"),
        }
    }

    /// Reads on until the terminal has shown this text since `from`.
    pub async fn shown(&mut self, from: usize, text: &str) {
        let mut looked = from;
        while !self.output[looked..]
            .windows(text.len())
            .any(|window| window == text.as_bytes())
        {
            // What was looked through is not looked through again, except where the text may have begun.
            looked = from.max((self.output.len() + 1).saturating_sub(text.len()));
            self.next().await;
        }
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.output).into_owned()
    }

    pub fn count(&self, wanted: impl Fn(&SessionNews) -> bool) -> usize {
        self.seen.iter().filter(|news| wanted(news)).count()
    }
}

pub fn is_lost(news: &SessionNews) -> bool {
    matches!(news, SessionNews::Lost { .. })
}

pub fn is_rejoined(news: &SessionNews) -> bool {
    matches!(news, SessionNews::Rejoined { .. })
}

pub fn is_ended(news: &SessionNews) -> bool {
    matches!(news, SessionNews::Ended(_))
}

pub fn is_failed(news: &SessionNews) -> bool {
    matches!(news, SessionNews::Failed(_))
}

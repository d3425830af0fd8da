//! What the user had better look at: one queue for all panes and sandboxes, each kind of thing once for each of them.
//! Knows who and what, never where it is on the screen.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::domain::{Moment, PaneId, RemoteText, TargetId, shorten};

/// The most that wait. More would be a list that nobody works off; the oldest give way.
const LIMIT: usize = 200;

/// The same kind of thing from the same place is told again only after this long: a program can say things in a loop.
const QUIET_TIME: Duration = Duration::from_secs(2);

/// The most cells of a remote text that are passed on.
const TEXT_CELLS: u16 = 120;

/// Silence of this length is worth telling, unless the user says otherwise.
pub const SILENCE: Duration = Duration::from_secs(10);

/// Whose matter it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// One pane.
    Pane(PaneId),
    /// A sandbox as a whole.
    Target(TargetId),
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Concern {
    /// Something was printed in a pane that is watched for that.
    Activity,
    /// The bell rang.
    Bell,
    /// Nothing was printed for a while in a pane that is watched for that.
    Silence,
    /// The program ended with this code.
    Ended(u8),
    /// The program could not begin or cannot go on.
    Failed,
    /// The program wants to tell the user something (OSC 9, 99, 777).
    Notification(RemoteText),
    /// A command that took long has ended.
    LongCommand {
        /// What was typed.
        command: RemoteText,
        /// Its exit code, if the shell said so.
        code: Option<i32>,
        /// How long it ran.
        took: Duration,
    },
    /// The link is down.
    LinkTrouble,
    /// The sandbox ends in this time.
    LifeEnding(Duration),
    /// A measure passed the limit that the user set; in words, ready to be shown.
    Threshold(String),
}

/// One matter in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matter {
    /// Whose.
    pub source: Source,
    /// What.
    pub concern: Concern,
    /// Since when.
    pub since: Moment,
}

/// What a pane is watched for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Watch {
    activity: bool,
    /// The last output, and whether the silence after it was told.
    silence: Option<(Moment, bool)>,
}

/// The queue, and what is watched.
#[derive(Debug)]
pub struct Attention {
    queue: VecDeque<Matter>,
    watched: BTreeMap<PaneId, Watch>,
    /// When each kind was told last, so that it is not told too often.
    told: BTreeMap<(Source, u8), Moment>,
    /// What was raised and not passed on yet.
    fresh: Vec<(Source, String)>,
    silence_after: Duration,
}

impl Default for Attention {
    fn default() -> Self {
        Self::new(SILENCE)
    }
}

impl Attention {
    /// An empty queue. Watched panes are silent when nothing came for `silence_after`.
    pub fn new(silence_after: Duration) -> Self {
        Self {
            queue: VecDeque::new(),
            watched: BTreeMap::new(),
            told: BTreeMap::new(),
            fresh: Vec::new(),
            silence_after,
        }
    }

    /// Puts a matter into the queue, in place of an older one of its kind from the same source. True if it is news:
    /// the same kind from the same source was not told a moment ago.
    pub fn raise(&mut self, source: Source, concern: Concern, now: Moment) -> bool {
        let concern = concern.shortened();
        let kind = concern.kind();
        let before = self.queue.iter_mut().find(|matter| matter.is(source, kind));
        if let Some(before) = before {
            before.concern = concern.clone();
        } else {
            self.queue.push_back(Matter {
                source,
                concern: concern.clone(),
                since: now,
            });
            if self.queue.len() > LIMIT {
                self.queue.pop_front();
            }
        }
        let last = self.told.get(&(source, kind));
        let is_news = last.is_none_or(|last| now.since(*last) >= QUIET_TIME);
        if is_news {
            self.told.insert((source, kind), now);
            self.fresh.push((source, concern.words()));
        }
        is_news
    }

    /// Takes a matter back that is over, such as link trouble when the link stands again.
    pub fn settle(&mut self, source: Source, is_over: impl Fn(&Concern) -> bool) {
        self.queue
            .retain(|matter| matter.source != source || !is_over(&matter.concern));
    }

    /// The user has looked there.
    pub fn see(&mut self, source: Source) {
        self.settle(source, |_| true);
        self.fresh.retain(|(from, _)| *from != source);
    }

    /// The pane is gone.
    pub fn forget(&mut self, pane: PaneId) {
        self.see(Source::Pane(pane));
        self.watched.remove(&pane);
        self.told.retain(|(source, _), _| *source != Source::Pane(pane));
    }

    /// The oldest matter.
    pub fn first(&self) -> Option<&Matter> {
        self.queue.front()
    }

    /// Everything that waits, the oldest first.
    pub fn waiting(&self) -> impl Iterator<Item = &Matter> {
        self.queue.iter()
    }

    /// What waits in this pane.
    pub fn of(&self, pane: PaneId) -> impl Iterator<Item = &Concern> {
        let of_pane = move |matter: &&Matter| matter.source == Source::Pane(pane);
        self.queue.iter().filter(of_pane).map(|matter| &matter.concern)
    }

    /// How many panes and sandboxes have something waiting.
    pub fn count(&self) -> usize {
        let mut sources: Vec<Source> = self.queue.iter().map(|matter| matter.source).collect();
        sources.sort_unstable();
        sources.dedup();
        sources.len()
    }

    /// What was raised since the last call and has not been seen: whose it is, and words for it.
    pub fn take_fresh(&mut self) -> Vec<(Source, String)> {
        std::mem::take(&mut self.fresh)
    }

    /// Watches a pane for output, or no longer. Answers whether it is watched now.
    pub fn toggle_activity(&mut self, pane: PaneId) -> bool {
        let watch = self.watched.entry(pane).or_default();
        watch.activity = !watch.activity;
        watch.activity
    }

    /// Watches a pane for silence, or no longer. Answers whether it is watched now.
    pub fn toggle_silence(&mut self, pane: PaneId, now: Moment) -> bool {
        let watch = self.watched.entry(pane).or_default();
        watch.silence = watch.silence.is_none().then_some((now, false));
        watch.silence.is_some()
    }

    /// What the pane is watched for, in a word.
    pub fn watched_for(&self, pane: PaneId) -> Option<&'static str> {
        let watch = self.watched.get(&pane)?;
        match (watch.activity, watch.silence.is_some()) {
            (true, true) => Some("watched"),
            (true, false) => Some("watched for output"),
            (false, true) => Some("watched for silence"),
            (false, false) => None,
        }
    }

    /// Says how long a watched pane must be still.
    pub fn set_silence_after(&mut self, time: Duration) {
        self.silence_after = time;
    }

    /// How long a watched pane must be still.
    pub fn silence_after(&self) -> Duration {
        self.silence_after
    }

    /// The pane has printed something.
    pub fn hear_output(&mut self, pane: PaneId, now: Moment) {
        let Some(watch) = self.watched.get_mut(&pane) else {
            return;
        };
        if watch.silence.is_some() {
            watch.silence = Some((now, false));
        }
        if watch.activity {
            self.raise(Source::Pane(pane), Concern::Activity, now);
        }
    }

    /// Tells the silences that are long enough by now; true if there was one.
    pub fn tick(&mut self, now: Moment) -> bool {
        let after = self.silence_after;
        let mut silent = Vec::new();
        for (pane, watch) in &mut self.watched {
            if let Some((last, told @ false)) = &mut watch.silence
                && now.since(*last) >= after
            {
                *told = true;
                silent.push(*pane);
            }
        }
        for pane in &silent {
            self.raise(Source::Pane(*pane), Concern::Silence, now);
        }
        !silent.is_empty()
    }

    /// When `tick` wants to be called.
    pub fn next_deadline(&self) -> Option<Duration> {
        let waiting = self.watched.values().filter_map(|watch| match watch.silence {
            Some((last, false)) => Some(last.since_start + self.silence_after),
            _ => None,
        });
        waiting.min()
    }
}

impl Matter {
    fn is(&self, source: Source, kind: u8) -> bool {
        self.source == source && self.concern.kind() == kind
    }
}

impl Concern {
    /// A number for each kind, whatever it carries.
    fn kind(&self) -> u8 {
        match self {
            Self::Activity => 0,
            Self::Bell => 1,
            Self::Silence => 2,
            Self::Ended(_) => 3,
            Self::Failed => 4,
            Self::Notification(_) => 5,
            Self::LongCommand { .. } => 6,
            Self::LinkTrouble => 7,
            Self::LifeEnding(_) => 8,
            Self::Threshold(_) => 9,
        }
    }

    /// In words, safe to show.
    pub fn words(&self) -> String {
        match self {
            Self::Activity => "has printed something".to_owned(),
            Self::Bell => "rang the bell".to_owned(),
            Self::Silence => "is silent".to_owned(),
            Self::Ended(code) => format!("ended: exit {code}"),
            Self::Failed => "failed".to_owned(),
            Self::Notification(text) => format!("says: {text}"),
            Self::LongCommand { command, code, took } => {
                let how = match code {
                    Some(0) => "done".to_owned(),
                    Some(code) => format!("exit {code}"),
                    None => "ended".to_owned(),
                };
                format!("{command}: {how} after {}", in_words(*took))
            }
            Self::LinkTrouble => "connection lost".to_owned(),
            Self::LifeEnding(left) => format!("ends in {}", in_words(*left)),
            Self::Threshold(words) => words.clone(),
        }
    }

    /// Remote texts cut to what can be read at a glance.
    fn shortened(self) -> Self {
        let cut = |text: &RemoteText| RemoteText::from(shorten(&text.escaped(), TEXT_CELLS));
        match self {
            Self::Notification(text) => Self::Notification(cut(&text)),
            Self::LongCommand { command, code, took } => Self::LongCommand {
                command: cut(&command),
                code,
                took,
            },
            Self::Threshold(words) => Self::Threshold(shorten(&words, TEXT_CELLS)),
            other => other,
        }
    }
}

/// A duration as people say it: `8 s`, `3 min`, `2 h 5 min`.
fn in_words(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..=119 => format!("{seconds} s"),
        seconds @ ..=7199 => format!("{} min", seconds / 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Source = Source::Pane(PaneId(1));
    const OTHER: Source = Source::Target(TargetId(2));

    fn at(millis: u64) -> Moment {
        Moment::ZERO.after(Duration::from_millis(millis))
    }

    #[test]
    fn each_kind_waits_once_and_is_told_now_and_then() {
        let mut attention = Attention::new(SILENCE);
        assert!(attention.raise(ONE, Concern::Bell, at(0)));
        assert!(!attention.raise(ONE, Concern::Bell, at(10)));
        assert!(attention.raise(ONE, Concern::Ended(2), at(10)));
        assert!(attention.raise(OTHER, Concern::LifeEnding(Duration::from_secs(300)), at(20)));
        assert!(attention.raise(ONE, Concern::Bell, at(2_000)));
        assert_eq!((attention.waiting().count(), attention.count()), (3, 2));
        assert_eq!(attention.take_fresh().len(), 4);
        attention.see(ONE);
        assert_eq!(attention.first().map(|matter| matter.source), Some(OTHER));
        attention.settle(OTHER, |concern| matches!(concern, Concern::LifeEnding(_)));
        assert_eq!(attention.count(), 0);
    }

    #[test]
    fn the_queue_has_an_end() {
        let mut attention = Attention::new(SILENCE);
        for pane in 0..1_000 {
            attention.raise(Source::Pane(PaneId(pane)), Concern::Bell, at(0));
        }
        assert_eq!(attention.count(), LIMIT);
        assert_eq!(
            attention.first().map(|matter| matter.source),
            Some(Source::Pane(PaneId(800)))
        );
    }

    #[test]
    fn what_programs_say_is_harmless_and_short() {
        let mut attention = Attention::new(SILENCE);
        let text = format!("\u{1b}]0;x\u{7}\u{202e}{}", "y".repeat(10_000));
        attention.raise(ONE, Concern::Notification(text.into()), at(0));
        let words = attention
            .first()
            .map(|matter| matter.concern.words())
            .unwrap_or_default();
        assert!(
            words.len() < 200 && !words.contains('\u{1b}') && !words.contains('\u{202e}'),
            "{words}"
        );
    }

    #[test]
    fn silence_is_told_once_until_something_is_printed() {
        let mut attention = Attention::new(SILENCE);
        assert!(attention.toggle_silence(PaneId(1), at(0)));
        assert!(!attention.tick(at(9_999)) && attention.tick(at(10_000)) && !attention.tick(at(50_000)));
        assert_eq!(attention.next_deadline(), None);
        attention.hear_output(PaneId(1), at(50_000));
        assert_eq!(attention.next_deadline(), Some(Duration::from_secs(60)));
        assert!(attention.tick(at(60_000)));
        assert!(!attention.toggle_silence(PaneId(1), at(60_000)));
        assert_eq!(attention.next_deadline(), None);
    }

    #[test]
    fn output_counts_only_where_it_is_watched() {
        let mut attention = Attention::new(SILENCE);
        attention.hear_output(PaneId(1), at(0));
        assert_eq!(attention.count(), 0);
        assert!(attention.toggle_activity(PaneId(1)));
        attention.hear_output(PaneId(1), at(0));
        assert_eq!(attention.count(), 1);
        attention.forget(PaneId(1));
        assert_eq!((attention.count(), attention.watched_for(PaneId(1))), (0, None));
    }
}

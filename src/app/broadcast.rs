//! Typing into several panes at once: which, and for how long nothing was typed. Knows no session.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::domain::{Moment, PaneId};

/// Nobody remembers a broadcast that was begun before lunch: it ends after this time without a key.
pub const IDLE: Duration = Duration::from_secs(600);

/// The panes that get what is typed into one of them.
#[derive(Debug)]
pub struct Broadcast {
    panes: BTreeSet<PaneId>,
    last_used: Moment,
    idle: Duration,
}

impl Default for Broadcast {
    fn default() -> Self {
        Self {
            panes: BTreeSet::new(),
            last_used: Moment::ZERO,
            idle: IDLE,
        }
    }
}

impl Broadcast {
    /// Says after how much time without a key it ends.
    pub fn set_idle(&mut self, time: Duration) {
        self.idle = time;
    }

    /// Begins, or goes on with other panes. Fewer than two are none.
    pub fn begin(&mut self, panes: impl IntoIterator<Item = PaneId>, now: Moment) {
        self.panes = panes.into_iter().collect();
        self.last_used = now;
        if self.panes.len() < 2 {
            self.panes.clear();
        }
    }

    /// Ends. False if there was none.
    pub fn end(&mut self) -> bool {
        let was_on = self.is_on();
        self.panes.clear();
        was_on
    }

    /// Whether several panes get what is typed.
    pub fn is_on(&self) -> bool {
        !self.panes.is_empty()
    }

    /// The panes.
    pub fn panes(&self) -> &BTreeSet<PaneId> {
        &self.panes
    }

    /// Whether this pane is one of them.
    pub fn includes(&self, pane: PaneId) -> bool {
        self.panes.contains(&pane)
    }

    /// A pane is gone. One that is left alone needs no broadcast.
    pub fn forget(&mut self, pane: PaneId) {
        self.panes.remove(&pane);
        if self.panes.len() < 2 {
            self.panes.clear();
        }
    }

    /// Something was typed.
    pub fn note_use(&mut self, now: Moment) {
        self.last_used = now;
    }

    /// Ends what was not used for too long; true if it did now.
    pub fn tick(&mut self, now: Moment) -> bool {
        self.next_deadline().is_some_and(|due| due <= now.since_start) && self.end()
    }

    /// When `tick` wants to be called.
    pub fn next_deadline(&self) -> Option<Duration> {
        self.is_on().then(|| self.last_used.since_start + self.idle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::ZERO.after(Duration::from_secs(seconds))
    }

    #[test]
    fn it_ends_when_it_is_not_used_or_one_pane_is_left() {
        let mut broadcast = Broadcast::default();
        broadcast.begin([PaneId(1)], at(0));
        assert!(!broadcast.is_on(), "one pane is none");
        broadcast.begin([PaneId(1), PaneId(2)], at(0));
        broadcast.note_use(at(300));
        assert!(!broadcast.tick(at(899)) && broadcast.tick(at(900)) && !broadcast.tick(at(901)));
        broadcast.begin([PaneId(1), PaneId(2)], at(0));
        broadcast.forget(PaneId(2));
        assert!(!broadcast.is_on() && !broadcast.end());
    }
}

//! From keys to actions: waits for the rest of a sequence and repeats what may be repeated. Knows no pane.

use std::time::Duration;

use crate::domain::Moment;
use crate::keys::{Chord, Key, Lookup, Next};

use super::Action;
use super::default_keys::{BoundKeys, KeyMode};

/// How long the last key of a repeatable sequence works alone; tmux's default.
const REPEAT_TIME: Duration = Duration::from_millis(500);

/// How long a started sequence waits before the keys that go on are shown.
pub const HINT_DELAY: Duration = Duration::from_millis(400);

/// Keys on their way to becoming an action.
#[derive(Debug)]
pub struct KeyReader {
    keys: BoundKeys,
    pending: Vec<Chord>,
    pending_since: Moment,
    repeat_until: Option<Moment>,
    /// The number typed in front of a key of copy mode; 0 is none.
    count: u16,
}

/// How often a key of copy mode can be done at once.
const MOST: u16 = 9_999;

/// What a key turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The end of a sequence that is bound to this.
    Action(Action),
    /// The beginning of a sequence, or more of it.
    Pending,
    /// The end of a sequence that is bound to nothing.
    Unbound(Vec<Chord>),
    /// Not for the workbench.
    Free,
}

impl KeyReader {
    /// A reader without keys on the way.
    pub fn new(keys: BoundKeys) -> Self {
        Self {
            keys,
            pending: Vec::new(),
            pending_since: Moment::ZERO,
            repeat_until: None,
            count: 0,
        }
    }

    /// What is bound.
    pub fn keys(&self) -> &BoundKeys {
        &self.keys
    }

    /// The keys of a started sequence.
    pub fn pending(&self) -> &[Chord] {
        &self.pending
    }

    /// Since when a started sequence waits.
    pub fn pending_since(&self) -> Option<Moment> {
        (!self.pending.is_empty()).then_some(self.pending_since)
    }

    /// The keys that would go on, once the sequence has waited long enough for a hint.
    pub fn hints(&self, mode: KeyMode, now: Moment) -> Vec<(Chord, Next<Action>)> {
        if self.pending.is_empty() || now.since(self.pending_since) < HINT_DELAY {
            return Vec::new();
        }
        match self.keys.map(mode).look_up(&self.pending) {
            Lookup::Pending(next) => next,
            _ => Vec::new(),
        }
    }

    /// Takes in one key.
    pub fn read(&mut self, chord: Chord, mode: KeyMode, now: Moment) -> Reading {
        if let Some(action) = self.repeated(chord, mode, now) {
            return Reading::Action(action);
        }
        if mode == KeyMode::Copy && self.counts(chord) {
            return Reading::Pending;
        }
        let is_first = self.pending.is_empty();
        self.pending.push(chord);
        match self.keys.map(mode).look_up(&self.pending) {
            Lookup::Matched(action) => {
                self.pending.clear();
                self.repeat_until = action.is_repeatable().then(|| now.after(REPEAT_TIME));
                Reading::Action(action)
            }
            Lookup::Pending(_) => {
                if is_first {
                    self.pending_since = now;
                }
                Reading::Pending
            }
            Lookup::Unbound => {
                self.count = 0;
                let keys = std::mem::take(&mut self.pending);
                if is_first {
                    Reading::Free
                } else {
                    Reading::Unbound(keys)
                }
            }
        }
    }

    /// The number typed so far, if any.
    pub fn count(&self) -> Option<u16> {
        (self.count > 0).then_some(self.count)
    }

    /// How often the action that was read is to be done. Asking forgets it.
    pub fn take_count(&mut self) -> u16 {
        std::mem::take(&mut self.count).max(1)
    }

    /// Whether the key is a digit of a number in front of another key. A 0 alone is a key of its own.
    fn counts(&mut self, chord: Chord) -> bool {
        let digit = match chord.key {
            Key::Char(letter) if chord == Chord::char(letter) => letter.to_digit(10),
            _ => None,
        };
        let Some(digit) = digit.filter(|digit| self.pending.is_empty() && (*digit > 0 || self.count > 0)) else {
            return false;
        };
        self.count = self.count.saturating_mul(10).saturating_add(digit as u16).min(MOST);
        true
    }

    /// The action that this key means behind the prefix, for panes whose program takes no keys any more.
    pub fn without_prefix(&self, chord: Chord) -> Option<Action> {
        match self.keys.map(KeyMode::Pane).look_up(&[self.keys.prefix(), chord]) {
            Lookup::Matched(action) => Some(action),
            _ => None,
        }
    }

    fn repeated(&mut self, chord: Chord, mode: KeyMode, now: Moment) -> Option<Action> {
        let until = self.repeat_until.take()?;
        if now.since_start > until.since_start || !self.pending.is_empty() {
            return None;
        }
        match self.keys.map(mode).look_up(&[self.keys.prefix(), chord]) {
            Lookup::Matched(action) if action.is_repeatable() => {
                self.repeat_until = Some(now.after(REPEAT_TIME));
                Some(action)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panes::Direction;

    fn at(millis: u64) -> Moment {
        Moment::ZERO.after(Duration::from_millis(millis))
    }

    #[test]
    fn keys_without_meaning_are_free_and_sequences_wait() {
        let mut reader = KeyReader::new(BoundKeys::default());
        assert_eq!(reader.read(Chord::char('c'), KeyMode::Pane, at(0)), Reading::Free);
        assert_eq!(reader.read(Chord::ctrl('b'), KeyMode::Pane, at(0)), Reading::Pending);
        assert_eq!(reader.hints(KeyMode::Pane, at(399)), []);
        assert!(!reader.hints(KeyMode::Pane, at(400)).is_empty());
        assert_eq!(
            reader.read(Chord::char('c'), KeyMode::Pane, at(900)),
            Reading::Action(Action::NewTab)
        );
        assert_eq!(reader.read(Chord::ctrl('b'), KeyMode::Pane, at(900)), Reading::Pending);
        let unbound = reader.read(Chord::char('Y'), KeyMode::Pane, at(900));
        assert_eq!(unbound, Reading::Unbound(vec![Chord::ctrl('b'), Chord::char('Y')]));
        assert_eq!(reader.pending(), []);
    }

    #[test]
    fn numbers_count_in_copy_mode_alone() {
        let mut reader = KeyReader::new(BoundKeys::default());
        let mut read = |letter, mode| (reader.read(Chord::char(letter), mode, at(0)), reader.count());
        assert_eq!(read('1', KeyMode::Copy), (Reading::Pending, Some(1)));
        assert_eq!(read('0', KeyMode::Copy), (Reading::Pending, Some(10)));
        let down = Reading::Action(Action::Copy(crate::app::CopyAction::LineDown));
        assert_eq!(read('j', KeyMode::Copy), (down, Some(10)));
        assert_eq!(reader.take_count(), 10);
        assert_eq!(reader.take_count(), 1);
        assert_eq!(reader.read(Chord::char('1'), KeyMode::Pane, at(0)), Reading::Free);
    }

    #[test]
    fn resizing_repeats_for_a_moment() {
        let mut reader = KeyReader::new(BoundKeys::default());
        let mut arrow = Chord::plain(Key::Left);
        arrow.modifiers.ctrl = true;
        let resize = Reading::Action(Action::Resize(Direction::Left, 1));
        reader.read(Chord::ctrl('b'), KeyMode::Pane, at(0));
        assert_eq!(reader.read(arrow, KeyMode::Pane, at(0)), resize);
        assert_eq!(reader.read(arrow, KeyMode::Pane, at(500)), resize);
        assert_eq!(reader.read(arrow, KeyMode::Pane, at(1001)), Reading::Free);
    }
}

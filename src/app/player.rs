//! Playing a recording: its events become a screen, at the time at which they are due. What it holds reaches our own
//! emulator only, never the user's terminal.

use std::time::Duration;

use crate::domain::{CastData, CastEvent, CastHeader, RemoteText};
use crate::keys::{Chord, Key};
use crate::terminal::{Emulator, Limits};

/// How fast it may be played.
const SPEEDS: [f64; 9] = [0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 64.0];

/// What is to be done after a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterPlayerKey {
    /// Go on.
    Stay,
    /// Leave.
    Leave,
}

/// A recording that is being played.
pub struct Player {
    /// Its screen.
    pub emulator: Emulator,
    title: RemoteText,
    /// The longest time without an event; what is longer is cut to it.
    idle_limit: Option<Duration>,
    speed: f64,
    is_paused: bool,
    /// How much of the recording has been played, long pauses cut.
    played: Duration,
    /// When the last event was, as recorded and as played.
    last: (Duration, Duration),
    next: Option<CastEvent>,
    has_ended: bool,
}

impl Player {
    /// One that has played nothing yet, at this speed.
    pub fn new(header: &CastHeader, speed: f64, idle_limit: Option<Duration>) -> Self {
        Self {
            emulator: Emulator::new(header.size, Limits::default()),
            title: RemoteText::from(header.title.clone().unwrap_or_default()),
            idle_limit,
            speed,
            is_paused: false,
            played: Duration::ZERO,
            last: (Duration::ZERO, Duration::ZERO),
            next: None,
            has_ended: false,
        }
    }

    /// Whether it needs another event to know when to go on.
    pub fn is_hungry(&self) -> bool {
        self.next.is_none() && !self.has_ended
    }

    /// Gives it the next event; none is the end.
    pub fn feed(&mut self, event: Option<CastEvent>) {
        self.has_ended = event.is_none();
        self.next = event;
    }

    /// When the next event is due, as played.
    fn due(&self) -> Option<Duration> {
        let next = self.next.as_ref()?;
        let gap = next.at.saturating_sub(self.last.0);
        Some(self.last.1 + self.idle_limit.map_or(gap, |limit| gap.min(limit)))
    }

    /// How long to wait for the next event; none while nothing comes by itself.
    pub fn wait(&self) -> Option<Duration> {
        let left = self.due()?.saturating_sub(self.played);
        (!self.is_paused).then(|| left.div_f64(self.speed))
    }

    /// Lets time go by, and takes in an event that is due. True if one was.
    pub fn advance(&mut self, time: Duration) -> bool {
        if !self.is_paused {
            self.played += time.mul_f64(self.speed);
        }
        let is_due = self.due().is_some_and(|due| due <= self.played);
        if is_due {
            self.step();
        }
        is_due
    }

    /// Takes in the next event, whenever it is due.
    fn step(&mut self) {
        let Some(due) = self.due() else { return };
        let Some(event) = self.next.take() else { return };
        self.last = (event.at, due);
        self.played = self.played.max(due);
        match event.data {
            CastData::Output(text) => self.emulator.feed(text.as_bytes(), due),
            CastData::Resize(size) => self.emulator.resize(size),
            CastData::Input(_) | CastData::Marker(_) | CastData::Other => {}
        }
        // What a recording asks is answered by nobody.
        self.emulator.take_announcements();
    }

    /// Takes in a key.
    pub fn press(&mut self, chord: &Chord) -> AfterPlayerKey {
        match (chord.key, chord.modifiers.ctrl) {
            (Key::Char('q'), false) | (Key::Char('c' | 'd'), true) | (Key::Escape, _) => return AfterPlayerKey::Leave,
            (Key::Char(' '), false) => self.is_paused = !self.is_paused,
            (Key::Char('.') | Key::Right, _) => self.step(),
            (Key::Char('+' | '=') | Key::Up, _) => self.change_speed(|faster, now| faster > now),
            (Key::Char('-') | Key::Down, _) => self.speed = slower_than(self.speed),
            _ => {}
        }
        AfterPlayerKey::Stay
    }

    fn change_speed(&mut self, is_wanted: impl Fn(f64, f64) -> bool) {
        let found = SPEEDS.into_iter().find(|speed| is_wanted(*speed, self.speed));
        self.speed = found.unwrap_or(self.speed);
    }

    /// What is said below the screen, safe to show.
    pub fn status(&self) -> String {
        let state = match (self.has_ended, self.is_paused) {
            (true, _) => "end",
            (false, true) => "paused",
            (false, false) => "playing",
        };
        let seconds = self.last.0.as_secs();
        let clock = format!("{}:{:02}", seconds / 60, seconds % 60);
        let title = self.title.escaped();
        format!(
            "{state} {clock} ×{} · space pause · . step · + - speed · q leave  {title}",
            self.speed
        )
    }
}

fn slower_than(now: f64) -> f64 {
    SPEEDS.into_iter().rev().find(|speed| *speed < now).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::GridSize;

    fn player(speed: f64, idle_limit: Option<u64>) -> Player {
        let header = CastHeader {
            size: GridSize::new(20, 3),
            begun: None,
            title: Some("a\u{1b}[2Jb".to_owned()),
        };
        Player::new(&header, speed, idle_limit.map(Duration::from_secs))
    }

    fn output(seconds: u64, text: &str) -> CastEvent {
        CastEvent {
            at: Duration::from_secs(seconds),
            data: CastData::Output(text.to_owned()),
        }
    }

    fn shown(player: &Player) -> String {
        player.emulator.text_rows()[0].clone()
    }

    #[test]
    fn events_come_when_they_are_due_and_long_pauses_are_cut() {
        let mut player = player(2.0, Some(4));
        player.feed(Some(output(2, "one ")));
        assert_eq!(player.wait(), Some(Duration::from_secs(1)));
        assert!(!player.advance(Duration::from_millis(999)) && player.advance(Duration::from_millis(1)));
        assert!(player.is_hungry());
        player.feed(Some(output(3600, "two")));
        assert_eq!(player.wait(), Some(Duration::from_secs(2)));
        assert!(player.advance(Duration::from_secs(2)));
        assert_eq!(shown(&player), "one two");
        player.feed(None);
        assert!(!player.is_hungry() && player.wait().is_none());
    }

    #[test]
    fn keys_pause_step_and_change_the_speed() {
        let mut player = player(1.0, None);
        player.feed(Some(output(5, "x")));
        player.press(&Chord::char(' '));
        assert!(player.wait().is_none() && !player.advance(Duration::from_secs(60)));
        player.press(&Chord::char('.'));
        assert_eq!(shown(&player), "x");
        player.press(&Chord::char('+'));
        assert!(player.status().starts_with("paused 0:05 ×2"), "{}", player.status());
        for _ in 0..20 {
            player.press(&Chord::char('-'));
        }
        assert!(player.status().contains("×0.125"));
        assert_eq!(player.press(&Chord::char('q')), AfterPlayerKey::Leave);
    }

    #[test]
    fn a_hostile_recording_asks_in_vain_and_breaks_nothing() {
        let mut player = player(64.0, Some(0));
        let resize = |cols, rows| CastEvent {
            at: Duration::ZERO,
            data: CastData::Resize(GridSize::new(cols, rows)),
        };
        for event in [
            output(0, "\u{1b}[c\u{1b}]52;c;eA==\u{7}\u{1b}[99999999b"),
            resize(1, 1),
            resize(1000, 1000),
        ] {
            player.feed(Some(event));
            assert!(player.advance(Duration::ZERO));
            assert!(player.emulator.take_announcements().is_empty());
        }
        assert!(!player.status().contains('\u{1b}'));
    }
}

//! When to draw: at once after a pause, so that an echo is seen as soon as it comes, and in the long run no more often
//! than a screen shows. Pure.

use std::time::Duration;

/// In the long run there is one frame in this time: a screen that shows 60 in a second shows each of them.
const INTERVAL: Duration = Duration::from_micros(16_667);
/// So many frames may come early after a pause: one for the key, one for its echo, one for what follows.
const EARLY: u32 = 2;

/// Decides when frames are drawn. Times are since the start of the program.
#[derive(Debug, Default)]
pub(super) struct FramePacer {
    /// When the next frame would be due if frames came evenly.
    even: Duration,
    is_wanted: bool,
}

impl FramePacer {
    /// The screen no longer shows what it should.
    pub(super) fn ask(&mut self) {
        self.is_wanted = true;
    }

    /// When to draw; `None` if nothing changed, so that an idle workbench does not wake up.
    pub(super) fn due(&self) -> Option<Duration> {
        self.is_wanted.then(|| self.even.saturating_sub(INTERVAL * EARLY))
    }

    /// Whether to draw now.
    pub(super) fn is_due(&self, now: Duration) -> bool {
        self.due().is_some_and(|due| due <= now)
    }

    /// A frame was drawn.
    pub(super) fn drawn(&mut self, now: Duration) {
        self.even = self.even.max(now) + INTERVAL;
        self.is_wanted = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_pause_a_key_and_its_echo_are_drawn_at_once() {
        let mut pacer = FramePacer::default();
        assert_eq!(pacer.due(), None);
        for second in [0, 1, 7] {
            for millisecond in 0..3 {
                let now = Duration::from_secs(second) + Duration::from_millis(millisecond);
                pacer.ask();
                assert!(pacer.is_due(now));
                pacer.drawn(now);
                assert_eq!(pacer.due(), None);
            }
            pacer.ask();
            assert!(!pacer.is_due(Duration::from_secs(second) + Duration::from_millis(3)));
        }
    }

    #[test]
    fn however_often_it_is_asked_there_are_at_most_sixty_frames_a_second() {
        let mut pacer = FramePacer::default();
        let mut frames = 0;
        for step in 0..50_000 {
            let now = Duration::from_micros(step * 100);
            pacer.ask();
            if pacer.is_due(now) {
                pacer.drawn(now);
                frames += 1;
            }
        }
        assert!((298..=303).contains(&frames), "{frames} frames in five seconds");
    }
}

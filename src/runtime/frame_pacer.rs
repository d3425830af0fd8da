//! When to draw: at once if the last frame was long ago, else as soon as the next one is due. Pure.

use std::time::Duration;

/// The shortest time between two frames: a screen that shows 60 in a second shows each of them.
const INTERVAL: Duration = Duration::from_micros(16_600);

/// Decides when frames are drawn. Times are since the start of the program.
#[derive(Debug, Default)]
pub(super) struct FramePacer {
    last: Option<Duration>,
    is_wanted: bool,
}

impl FramePacer {
    /// The screen no longer shows what it should.
    pub(super) fn ask(&mut self) {
        self.is_wanted = true;
    }

    /// When to draw; `None` if nothing changed, so that an idle workbench does not wake up.
    pub(super) fn due(&self) -> Option<Duration> {
        self.is_wanted
            .then(|| self.last.map_or(Duration::ZERO, |last| last + INTERVAL))
    }

    /// Whether to draw now.
    pub(super) fn is_due(&self, now: Duration) -> bool {
        self.due().is_some_and(|due| due <= now)
    }

    /// A frame was drawn.
    pub(super) fn drawn(&mut self, now: Duration) {
        self.last = Some(now);
        self.is_wanted = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_frame_and_one_after_a_pause_are_immediate() {
        let mut pacer = FramePacer::default();
        assert_eq!(pacer.due(), None);
        pacer.ask();
        assert!(pacer.is_due(Duration::ZERO));
        pacer.drawn(Duration::ZERO);
        assert_eq!(pacer.due(), None);
        pacer.ask();
        assert!(pacer.is_due(Duration::from_secs(1)));
    }

    #[test]
    fn however_often_it_is_asked_there_are_at_most_sixty_frames_a_second() {
        let mut pacer = FramePacer::default();
        let mut frames = 0;
        for step in 0..10_000 {
            let now = Duration::from_micros(step * 100);
            pacer.ask();
            if pacer.is_due(now) {
                pacer.drawn(now);
                frames += 1;
            }
        }
        assert!((58..=61).contains(&frames), "{frames} frames in a second");
    }
}

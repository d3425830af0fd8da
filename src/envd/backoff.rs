//! How long to wait before the next try. Pure: the random part is handed in.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(15);

/// The pause before a try, counted from 1: doubles from a quarter of a second up to 15 s. `chance` in 0..=1 takes off up to
/// half of it, so that many sessions cut at once do not come back at once.
pub fn pause_before(attempt: u32, chance: f64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    let full = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    full.mul_f64(1.0 - 0.5 * chance.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_limit() {
        let pause = |attempt| pause_before(attempt, 0.0).as_millis();
        assert_eq!(
            [1, 2, 3, 4, 5, 6, 7, 8].map(pause),
            [250, 500, 1000, 2000, 4000, 8000, 15000, 15000]
        );
        assert_eq!(pause_before(0, 0.0), FIRST);
        assert_eq!(pause_before(u32::MAX, 0.0), LONGEST);
    }

    #[test]
    fn chance_takes_off_up_to_half() {
        for attempt in 1..12 {
            let full = pause_before(attempt, 0.0);
            for chance in [0.0, 0.25, 0.5, 1.0] {
                let pause = pause_before(attempt, chance);
                assert!(pause <= full && pause * 2 >= full);
            }
            assert_eq!(pause_before(attempt, 7.0), full / 2);
            assert_eq!(pause_before(attempt, -7.0), full);
        }
    }
}

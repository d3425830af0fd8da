//! Which characters of a kind any cell holds. Knows nothing of what they mean.

use std::collections::HashSet;
use std::fmt;

/// Those of a kind in all cells of these screens, scrollback included.
pub(super) fn used_letters<'a>(
    screens: impl Iterator<Item = &'a vt100::Screen>,
    is_wanted: fn(char) -> bool,
) -> HashSet<char> {
    let mut used = UsedLetters {
        letters: HashSet::new(),
        is_wanted,
    };
    for screen in screens {
        let mut state = vt100::capture::BasicFormattedCaptureState::new();
        let range = vt100::capture::BasicFormattedCaptureRange::Full(&mut state);
        // The sink never fails.
        let _ = screen.write_contents_formatted_basic(&mut used, range);
    }
    used.letters
}

struct UsedLetters {
    letters: HashSet<char>,
    is_wanted: fn(char) -> bool,
}

impl fmt::Write for UsedLetters {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if !text.is_ascii() {
            self.letters
                .extend(text.chars().filter(|letter| (self.is_wanted)(*letter)));
        }
        Ok(())
    }
}

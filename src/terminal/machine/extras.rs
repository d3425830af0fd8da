//! Attributes that the emulator library's cells have no room for, and links.
//!
//! A cell keeps zero-width characters with its text. Each combination of such attributes gets one unassigned zero-width
//! code point, which the machine writes behind every character that has it. So the attribute moves with the cell through
//! scrolling, scrollback and reflow, and it is taken out again wherever text is read.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use crate::domain::RemoteText;
use crate::terminal::cells::{CellColor, LinkId, Underline};

/// Written in place of U+FFFD, which the library drops. A noncharacter, so no program means it.
pub(in crate::terminal) const STAND_IN: char = '\u{fffe}';

/// Written into the last column when a wide character goes to the next row for lack of room: the library takes a row for
/// wrapped only when its last cell has text. A noncharacter, too; it reads as nothing.
pub(in crate::terminal) const FILLER: char = '\u{ffff}';

const FIRST_MARKER: u32 = 0xe0200;
const LAST_MARKER: u32 = 0xe0ffd;

/// Stand in a cell while places are carried over to another width. They are read as the markers are: as nothing.
pub(in crate::terminal) const CURSOR_MARK: char = '\u{e0ffe}';
pub(in crate::terminal) const SAVED_CURSOR_MARK: char = '\u{e0fff}';

/// Whether a character of a cell's text is one of ours.
pub(in crate::terminal) fn is_marker(letter: char) -> bool {
    (FIRST_MARKER..=u32::from(SAVED_CURSOR_MARK)).contains(&u32::from(letter))
}

/// One combination.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each attribute is on or off, independent of the others"
)]
pub(in crate::terminal) struct Extra {
    pub strike: bool,
    pub blink: bool,
    pub conceal: bool,
    pub overline: bool,
    /// Faint although bold; the library knows only one of them at a time.
    pub dim: bool,
    /// Beyond the single one, which the library knows.
    pub underline: Underline,
    pub underline_color: CellColor,
    pub link: Option<LinkId>,
}

/// The combinations in use and the links.
#[derive(Clone, Debug, Default)]
pub(in crate::terminal) struct Extras {
    combinations: Numbered<Extra>,
    links: Numbered<Link>,
    /// What had to go without since the last sweep, and how much of that makes the next one worth its time.
    refused: u32,
    patience: u32,
}

/// A target, and the name that ties its pieces together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Link {
    target: String,
    name: String,
}

/// Values with small numbers; a number that has become free is used again.
#[derive(Clone, Debug, Default)]
struct Numbered<T> {
    values: Vec<T>,
    numbers: HashMap<T, u16>,
    free: Vec<u16>,
}

impl<T: Clone + Default + Eq + Hash> Numbered<T> {
    fn number(&mut self, value: &T, most: usize) -> Option<u16> {
        if let Some(number) = self.numbers.get(value) {
            return Some(*number);
        }
        let number = if let Some(number) = self.free.pop() {
            self.values[usize::from(number)] = value.clone();
            number
        } else if self.values.len() < most {
            self.values.push(value.clone());
            u16::try_from(self.values.len() - 1).ok()?
        } else {
            return None;
        };
        self.numbers.insert(value.clone(), number);
        Some(number)
    }

    fn value(&self, number: u16) -> Option<&T> {
        self.values.get(usize::from(number))
    }

    fn keep(&mut self, is_used: impl Fn(u16) -> bool) {
        let Self { values, numbers, free } = self;
        numbers.retain(|_, number| {
            let is_kept = is_used(*number);
            if !is_kept {
                values[usize::from(*number)] = T::default();
                free.push(*number);
            }
            is_kept
        });
    }
}

/// How many combinations there can be at a time.
const MOST_COMBINATIONS: usize = (LAST_MARKER - FIRST_MARKER + 1) as usize;
/// A sweep reads the whole scrollback: this many characters or links must have gone without before it is done again.
const FIRST_PATIENCE: u32 = 64;

impl Extras {
    /// The marker of a combination; `None` for nothing special, and when there are more combinations than markers.
    pub(super) fn marker(&mut self, extra: Extra) -> Option<char> {
        if extra == Extra::default() {
            return None;
        }
        let number = self.combinations.number(&extra, MOST_COMBINATIONS);
        self.refused += u32::from(number.is_none());
        char::from_u32(FIRST_MARKER + u32::from(number?))
    }

    /// What a marker stands for.
    pub(in crate::terminal) fn extra(&self, marker: char) -> Extra {
        let number = u32::from(marker).wrapping_sub(FIRST_MARKER);
        let extra = u16::try_from(number)
            .ok()
            .and_then(|number| self.combinations.value(number));
        extra.copied().unwrap_or_default()
    }

    /// The number of a link; `None` when there are too many.
    pub(super) fn link(&mut self, target: &str, name: &str, most: usize) -> Option<LinkId> {
        let link = Link {
            target: target.to_owned(),
            name: name.to_owned(),
        };
        let number = self.links.number(&link, most);
        self.refused += u32::from(number.is_none());
        number.map(LinkId)
    }

    /// Where a link leads.
    pub(in crate::terminal) fn target(&self, id: LinkId) -> Option<RemoteText> {
        self.links.value(id.0).map(|link| RemoteText::new(link.target.as_str()))
    }

    /// Whether so much has gone without that it is worth looking for what no cell uses any more.
    pub(super) fn wants_sweep(&self) -> bool {
        self.refused > 0 && self.refused >= self.patience
    }

    /// Forgets what no cell uses, given the markers that cells use and the links that may be drawn yet.
    pub(super) fn sweep(&mut self, used: &HashSet<char>, pending: &[LinkId]) {
        let before = self.combinations.free.len() + self.links.free.len();
        let is_used =
            |number| char::from_u32(FIRST_MARKER + u32::from(number)).is_some_and(|marker| used.contains(&marker));
        self.combinations.keep(is_used);
        let mut links: HashSet<u16> = self
            .combinations
            .numbers
            .keys()
            .filter_map(|extra| extra.link)
            .map(|id| id.0)
            .collect();
        links.extend(pending.iter().map(|id| id.0));
        self.links.keep(|number| links.contains(&number));
        let freed = self.combinations.free.len() + self.links.free.len() - before;
        // When little comes of it, somebody fills the screen with combinations on purpose.
        self.patience = if freed > 500 {
            FIRST_PATIENCE
        } else {
            self.patience.max(FIRST_PATIENCE).saturating_mul(4)
        };
        self.refused = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthChar;

    #[test]
    fn markers_have_no_width_and_the_stand_in_has_one() {
        for number in FIRST_MARKER..=LAST_MARKER {
            let marker = char::from_u32(number).expect("a character");
            assert_eq!(marker.width(), Some(0), "{number:x}");
        }
        assert_eq!((STAND_IN.width(), FILLER.width()), (Some(1), Some(1)));
    }

    #[test]
    fn too_many_combinations_lose_their_look_and_nothing_else() {
        let mut extras = Extras::default();
        let combination = |number: u32| Extra {
            underline_color: CellColor::Rgb(1, (number >> 8) as u8, number as u8),
            ..Extra::default()
        };
        let known = (0..5000)
            .filter(|number| extras.marker(combination(*number)).is_some())
            .count();
        assert_eq!(known, 3582);
        let marker = extras.marker(combination(7)).expect("known before");
        assert_eq!(extras.extra(marker), combination(7));
        assert!(extras.wants_sweep());
        extras.sweep(&HashSet::from([marker]), &[]);
        assert_eq!(extras.extra(marker), combination(7));
        let fresh = (5000..9000)
            .filter(|number| extras.marker(combination(*number)).is_some())
            .count();
        assert_eq!(fresh, 3581);
    }

    #[test]
    fn links_that_no_cell_shows_make_room() {
        let mut extras = Extras::default();
        let ids: Vec<_> = (0..10)
            .map(|number| extras.link(&format!("http://{number}"), "", 10))
            .collect();
        assert_eq!(extras.link("http://x", "", 10), None);
        let shown = Extra {
            link: ids[3],
            ..Extra::default()
        };
        let marker = extras.marker(shown).expect("room");
        extras.sweep(&HashSet::from([marker]), &[LinkId(4)]);
        assert_eq!(extras.target(LinkId(3)), Some(RemoteText::new("http://3")));
        assert_eq!(extras.target(LinkId(4)), Some(RemoteText::new("http://4")));
        let fresh = (10..30)
            .filter(|number| extras.link(&format!("http://{number}"), "", 10).is_some())
            .count();
        assert_eq!(fresh, 8);
    }
}

//! Attributes that the emulator library's cells have no room for, and links.
//!
//! A cell keeps zero-width characters with its text. Each combination of such attributes gets one unassigned zero-width
//! code point, which the machine writes behind every character that has it. So the attribute moves with the cell through
//! scrolling, scrollback and reflow, and it is taken out again wherever text is read.

use std::collections::HashMap;

use crate::domain::RemoteText;
use crate::terminal::cells::{CellColor, LinkId, Underline};

/// Written in place of U+FFFD, which the library drops. A noncharacter, so no program means it.
pub(in crate::terminal) const STAND_IN: char = '\u{fffe}';

const FIRST_MARKER: u32 = 0xe0200;
const LAST_MARKER: u32 = 0xe0fff;

/// Whether a character of a cell's text is one of ours.
pub(in crate::terminal) fn is_marker(letter: char) -> bool {
    (FIRST_MARKER..=LAST_MARKER).contains(&u32::from(letter))
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
    combinations: Vec<Extra>,
    markers: HashMap<Extra, char>,
    links: Vec<Link>,
    link_ids: HashMap<Link, LinkId>,
}

/// A target, and the name that ties its pieces together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Link {
    target: String,
    name: String,
}

impl Extras {
    /// The marker of a combination; `None` for nothing special, and when there are more combinations than markers.
    pub(super) fn marker(&mut self, extra: Extra) -> Option<char> {
        if extra == Extra::default() {
            return None;
        }
        if let Some(marker) = self.markers.get(&extra) {
            return Some(*marker);
        }
        let number = FIRST_MARKER + self.combinations.len() as u32;
        let marker = char::from_u32(number).filter(|_| number <= LAST_MARKER)?;
        self.combinations.push(extra);
        self.markers.insert(extra, marker);
        Some(marker)
    }

    /// What a marker stands for.
    pub(in crate::terminal) fn extra(&self, marker: char) -> Extra {
        let index = u32::from(marker).wrapping_sub(FIRST_MARKER) as usize;
        self.combinations.get(index).copied().unwrap_or_default()
    }

    /// The number of a link; `None` when there are too many.
    pub(super) fn link(&mut self, target: &str, name: &str, most: usize) -> Option<LinkId> {
        let link = Link {
            target: target.to_owned(),
            name: name.to_owned(),
        };
        if let Some(id) = self.link_ids.get(&link) {
            return Some(*id);
        }
        if self.links.len() >= most {
            return None;
        }
        let id = LinkId(u16::try_from(self.links.len()).ok()?);
        self.links.push(link.clone());
        self.link_ids.insert(link, id);
        Some(id)
    }

    /// Where a link leads.
    pub(in crate::terminal) fn target(&self, id: LinkId) -> Option<RemoteText> {
        self.links
            .get(usize::from(id.0))
            .map(|link| RemoteText::new(link.target.as_str()))
    }

    /// Whether no further combination can be kept.
    pub(super) fn is_full(&self) -> bool {
        self.combinations.len() as u32 > LAST_MARKER - FIRST_MARKER
    }

    /// Forgets everything: no cell carries a marker any more.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
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
        assert_eq!(STAND_IN.width(), Some(1));
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
        assert_eq!(known, 3584);
        let marker = extras.marker(combination(7)).expect("known before");
        assert_eq!(extras.extra(marker), combination(7));
    }
}

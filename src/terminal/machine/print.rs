//! Text into cells: alphabets, width, the right edge, and characters that must not reach the user's terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::extras::{FILLER, STAND_IN};
use super::modes::Mode;
use super::state::Machine;

/// Makes the emoji form of the character before it, which is wide.
const EMOJI_FORM: char = '\u{fe0f}';

/// What happens to a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Shown,
    /// Cannot be shown as it is.
    Replaced,
    /// Acts on its surroundings or hides among them.
    Dropped,
    EmojiForm,
}

pub(super) fn fate(letter: char) -> Fate {
    match letter {
        ..'\u{ad}' | '\u{ae}'..'\u{34f}' => Fate::Shown,
        EMOJI_FORM => Fate::EmojiForm,
        // Soft hyphen, grapheme joiner, direction marks and overrides, invisible operators, separators, other selectors.
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'
        | '\u{200e}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0e}'
        | '\u{feff}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        // Tags, more selectors, and our own markers, which are not for programs to write.
        | '\u{e0000}'..='\u{e0fff}' => Fate::Dropped,
        // The last is three columns wide, for which no terminal has room.
        '\u{fffd}'..='\u{ffff}' | '\u{17d8}' => Fate::Replaced,
        _ => Fate::Shown,
    }
}

/// Where the next character goes, kept while a run of text is printed one by one.
struct Place {
    row: u16,
    col: u16,
    cols: u16,
    last_row: u16,
    bottom: u16,
}

impl Machine {
    pub(super) fn print(&mut self, text: &str) {
        if self.is_simple(text) {
            self.print_simple(text);
        } else if self.is_simple_but_marked(text) {
            self.print_marked(text);
        } else {
            self.print_each(text);
        }
    }

    /// Whether the library prints this text as it should be.
    fn is_simple(&mut self, text: &str) -> bool {
        self.charsets.is_plain()
            && self.pen.marker.is_none()
            && self.modes.is_on(Mode::Autowrap)
            && !self.modes.is_on(Mode::Insert)
            && (!self.paints_background() || !self.may_reach_edge(text))
    }

    /// Whether a marker behind each letter is all that this text needs.
    fn is_simple_but_marked(&mut self, text: &str) -> bool {
        self.charsets.is_plain()
            && self.modes.is_on(Mode::Autowrap)
            && !self.modes.is_on(Mode::Insert)
            && text.is_ascii()
            && !self.may_reach_edge(text)
    }

    fn print_marked(&mut self, text: &str) {
        let col = self.col() + text.len() as u16;
        self.trail.col = Some(col);
        // A letter, and the marker behind it.
        let mut marked = [0; 5];
        let length = self
            .pen
            .marker
            .map_or(0, |marker| marker.encode_utf8(&mut marked[1..]).len());
        for byte in text.as_bytes() {
            marked[0] = *byte;
            self.grid.push(&marked[..=length]);
        }
        if let Some(last) = text.as_bytes().last() {
            self.trail.printed(char::from(*last));
        }
    }

    /// Whether a run may go beyond the right edge: each byte takes one column at most.
    fn may_reach_edge(&mut self, text: &str) -> bool {
        usize::from(self.col()) + text.len() > usize::from(self.grid.size().cols())
    }

    fn print_simple(&mut self, text: &str) {
        let fits = self
            .trail
            .col
            .is_some_and(|col| usize::from(col) + text.len() <= usize::from(self.grid.size().cols()));
        self.trail.col = None;
        if text.is_ascii() {
            self.grid.push(text.as_bytes());
            if let Some(last) = text.as_bytes().last() {
                self.trail.printed(char::from(*last));
            }
            return;
        }
        let mut start = 0;
        for (at, letter) in text.char_indices() {
            if letter.is_ascii() {
                self.trail.printed(letter);
                continue;
            }
            let fate = fate(letter);
            if fate == Fate::Shown {
                let width = letter.width().unwrap_or(0);
                if width == 0 {
                    self.trail.is_adjacent = false;
                    continue;
                }
                if width <= usize::from(self.grid.size().cols()) {
                    if width > 1 && !fits {
                        self.grid.push(&text.as_bytes()[start..at]);
                        start = at;
                        self.fill_edge();
                    }
                    self.trail.printed(letter);
                    continue;
                }
            }
            self.grid.push(&text.as_bytes()[start..at]);
            start = at + letter.len_utf8();
            match fate {
                Fate::Replaced => {
                    self.push_char(STAND_IN);
                    self.trail.printed(STAND_IN);
                }
                Fate::EmojiForm => self.widen(),
                Fate::Dropped | Fate::Shown => {}
            }
        }
        self.grid.push(&text.as_bytes()[start..]);
        self.trail.col = None;
    }

    /// Before a wide character: fills the last column when the cursor is there, so that the row counts as wrapped.
    fn fill_edge(&mut self) {
        let cols = self.grid.size().cols();
        if self.place().1 + 1 == cols {
            self.push_char(FILLER);
        }
    }

    /// Prints one by one, for alphabets, insert mode, no wrapping, markers and backgrounds.
    fn print_each(&mut self, text: &str) {
        let (row, col) = self.place();
        if self.modes.is_on(Mode::Insert) {
            self.split_wide();
        }
        let size = self.grid.size();
        let mut place = Place {
            row,
            col,
            cols: size.cols(),
            last_row: size.rows() - 1,
            bottom: self.screens.margins().1,
        };
        for letter in text.chars() {
            let letter = self.charsets.translate(letter);
            let letter = match fate(letter) {
                Fate::Shown => letter,
                Fate::Replaced => STAND_IN,
                Fate::Dropped => continue,
                Fate::EmojiForm => {
                    self.widen();
                    (place.row, place.col) = self.place();
                    continue;
                }
            };
            let width = (letter.width().unwrap_or(0) as u16).min(2);
            match width {
                0 => {
                    self.push_char(letter);
                    self.trail.is_adjacent = false;
                }
                _ if width <= place.cols => self.put(letter, width, &mut place),
                _ => {}
            }
        }
        self.trail.col = None;
    }

    fn push_char(&mut self, letter: char) {
        self.grid.push(letter.encode_utf8(&mut [0; 4]).as_bytes());
    }

    fn put(&mut self, letter: char, width: u16, place: &mut Place) {
        let reaches_edge = place.col + width > place.cols;
        let wraps = reaches_edge && self.modes.is_on(Mode::Autowrap);
        if reaches_edge && !wraps {
            place.col = place.cols - width;
            self.grid.write(format_args!("\x1b[{}G", place.col + 1));
        }
        if wraps && place.col + 1 == place.cols {
            self.push_char(FILLER);
        }
        let scrolls = wraps && place.row == place.bottom;
        if wraps {
            place.row = if scrolls {
                place.row
            } else {
                (place.row + 1).min(place.last_row)
            };
            place.col = 0;
        }
        if self.modes.is_on(Mode::Insert) {
            if wraps {
                self.grid.push(b"\r\n");
            }
            self.grid.write(format_args!("\x1b[{width}@"));
        }
        self.push_char(letter);
        if let Some(marker) = self.pen.marker {
            self.push_char(marker);
        }
        place.col += width;
        if scrolls && self.paints_background() && place.col < place.cols {
            self.paint("\x1b[K");
        }
        self.trail.printed(letter);
    }

    /// Makes the character just printed an emoji, where that makes it wide and there is room for it. At the right edge the
    /// library would break its own rows, and anywhere else the character would claim a width that it has not.
    fn widen(&mut self) {
        let Some(base) = self.trail.last.filter(|_| self.trail.is_adjacent) else {
            return;
        };
        let mut emoji = String::from(base);
        emoji.push(EMOJI_FORM);
        let becomes_wide = base.width() == Some(1) && emoji.width() == 2;
        if !becomes_wide || self.modes.is_on(Mode::Insert) {
            return;
        }
        let (_, col) = self.place();
        if col == 0 || col >= self.grid.size().cols() {
            return;
        }
        if self.pen.marker.is_some() {
            // The marker would stand between the character and its form: write both again.
            self.grid.write(format_args!("\x1b[{col}G"));
            self.grid.push(emoji.as_bytes());
            if let Some(marker) = self.pen.marker {
                self.push_char(marker);
            }
        } else {
            self.push_char(EMOJI_FORM);
        }
        self.trail.is_adjacent = false;
        self.trail.col = None;
    }

    /// Prints the last character again, for two rows at most: programs repeat within a row, and a few bytes must not cost
    /// a screen full of work. Where the text does not go on in the next row, one row is all that can be seen of it.
    pub(super) fn repeat(&mut self, count: u16) {
        let cols = usize::from(self.grid.size().cols());
        let stays_in_row = self.modes.is_on(Mode::Insert) || !self.modes.is_on(Mode::Autowrap);
        let most = if stays_in_row { cols } else { 2 * cols };
        if let Some(last) = self.trail.last {
            let count = usize::from(count).min(most);
            // It has been through its alphabet once.
            let charsets = std::mem::take(&mut self.charsets);
            self.print(&String::from(last).repeat(count));
            self.charsets = charsets;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_act_on_others_are_dropped() {
        for letter in [
            '\u{202e}',
            '\u{2066}',
            '\u{200b}',
            '\u{e0041}',
            '\u{e0200}',
            '\u{feff}',
            '\u{fe0e}',
        ] {
            assert_eq!(fate(letter), Fate::Dropped, "{letter:?}");
        }
        for letter in ['a', 'é', '\u{301}', '日', '🙂', '\u{200d}', '\u{e0b0}', '│'] {
            assert_eq!(fate(letter), Fate::Shown, "{letter:?}");
        }
    }
}

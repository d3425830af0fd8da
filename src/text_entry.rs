//! One editable line or box over tui-textarea: keys in, text out.
//!
//! May import: `domain`, `keys`, `theme`.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::widgets::Widget;
use tui_textarea::{CursorMove, DataCursor, Input, TextArea};

use crate::keys::{Chord, Key};

/// A line of text that the user edits.
#[derive(Clone, Debug)]
pub struct TextEntry {
    area: TextArea<'static>,
}

impl TextEntry {
    /// A line with this text, the cursor behind it.
    pub fn line(text: &str) -> Self {
        let mut area = TextArea::new(vec![one_line(text)]);
        area.set_cursor_line_style(Style::new());
        area.set_cursor_style(Style::new().add_modifier(Modifier::REVERSED));
        area.move_cursor(CursorMove::End);
        Self { area }
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.area.lines().first().map_or("", String::as_str)
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.text().is_empty()
    }

    /// The characters in front of the cursor.
    pub fn cursor(&self) -> usize {
        let DataCursor(_, column) = self.area.cursor();
        column
    }

    /// Takes in a key. True if the text changed.
    pub fn press(&mut self, chord: &Chord) -> bool {
        match input_of(chord) {
            Some(input) => self.area.input(input),
            None => false,
        }
    }

    /// Puts text in at the cursor; line breaks become blanks. True if the text changed.
    pub fn paste(&mut self, text: &str) -> bool {
        self.area.insert_str(one_line(text))
    }

    /// Draws the line; it scrolls sideways to keep the cursor in sight.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, style: Style) {
        let mut line = self.area.clone();
        line.set_style(style);
        line.render(area, buffer);
    }
}

/// The text without line breaks and other control characters.
fn one_line(text: &str) -> String {
    let blank_for_control = |letter: char| if letter.is_control() { ' ' } else { letter };
    text.trim_end_matches(['\r', '\n'])
        .chars()
        .map(blank_for_control)
        .collect()
}

/// The key in the library's words. What would break the line or insert a tab is left to the owner.
fn input_of(chord: &Chord) -> Option<Input> {
    use tui_textarea::Key as Theirs;
    let key = match chord.key {
        Key::Char('m') if chord.modifiers.ctrl => return None,
        Key::Char(letter) => Theirs::Char(letter),
        Key::Backspace => Theirs::Backspace,
        Key::Delete => Theirs::Delete,
        Key::Left => Theirs::Left,
        Key::Right => Theirs::Right,
        Key::Home => Theirs::Home,
        Key::End => Theirs::End,
        Key::Keypad(letter) if letter != '\r' => Theirs::Char(letter),
        _ => return None,
    };
    Some(Input {
        key,
        ctrl: chord.modifiers.ctrl,
        alt: chord.modifiers.alt,
        shift: chord.modifiers.shift,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_and_editing() {
        let mut entry = TextEntry::line("api");
        for key in ["x", "left", "backspace", "home", "größe"] {
            match key.parse() {
                Ok(chord) => assert!(entry.press(&chord) || !entry.is_empty()),
                Err(_) => assert!(entry.paste(key)),
            }
        }
        assert_eq!(entry.text(), "größeapx");
        assert_eq!(entry.cursor(), 5);
        assert!(!entry.press(&Chord::plain(Key::Enter)));
        assert!(!entry.press(&Chord::ctrl('m')));
        entry.paste("a\nb\x1b\n");
        assert_eq!(entry.text(), "größea b apx");
    }
}

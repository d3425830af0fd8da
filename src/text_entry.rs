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
        if *chord == Chord::ctrl('u') {
            // As in every shell: what stands in front of the cursor goes.
            return self.area.delete_line_by_head();
        }
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

/// How much of what was done in a box can be undone.
const UNDO_STEPS: usize = 1_000;

/// A text of several lines that the user edits. Its owner draws it: it may hold anything.
#[derive(Clone, Debug)]
pub struct TextBox {
    area: TextArea<'static>,
}

impl TextBox {
    /// A box with this text, the cursor at its beginning. Nothing but line feeds breaks lines.
    pub fn new(text: &str) -> Self {
        let mut area = TextArea::new(text.split('\n').map(str::to_owned).collect());
        area.set_max_histories(UNDO_STEPS);
        area.set_hard_tab_indent(true);
        Self { area }
    }

    /// The text.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Its lines; one at least.
    pub fn lines(&self) -> &[String] {
        self.area.lines()
    }

    /// The line that the cursor is in, and the characters in front of it there.
    pub fn cursor(&self) -> (usize, usize) {
        let DataCursor(row, column) = self.area.cursor();
        (row, column)
    }

    /// Takes in a key; a page has so many rows. True if the text changed.
    pub fn press(&mut self, chord: &Chord, rows: usize) -> bool {
        let (row, column) = self.cursor();
        let jump = |row: usize| CursorMove::Jump(row.min(usize::from(u16::MAX)) as u16, column as u16);
        match (chord.key, chord.modifiers.ctrl) {
            (Key::PageUp, _) => self.area.move_cursor(jump(row.saturating_sub(rows))),
            (Key::PageDown, _) => self.area.move_cursor(jump((row + rows).min(self.lines().len() - 1))),
            (Key::Home, true) => self.area.move_cursor(CursorMove::Top),
            (Key::End, true) => self.area.move_cursor(CursorMove::Bottom),
            (Key::Char('z'), true) => return self.area.undo(),
            (Key::Char('y'), true) => return self.area.redo(),
            (Key::Tab, false) => return self.area.insert_str("\t"),
            _ => return box_input_of(chord).is_some_and(|input| self.area.input(input)),
        }
        false
    }

    /// Puts text in at the cursor. True if the text changed.
    pub fn paste(&mut self, text: &str) -> bool {
        self.area.insert_str(text.replace("\r\n", "\n").replace('\r', "\n"))
    }

    /// Puts the cursor at a character of a line.
    pub fn put_cursor(&mut self, row: usize, column: usize) {
        let row = row.min(usize::from(u16::MAX)) as u16;
        let column = column.min(usize::from(u16::MAX)) as u16;
        self.area.move_cursor(CursorMove::Jump(row, column));
    }
}

/// The key in the library's words, with those that move between lines and break them.
fn box_input_of(chord: &Chord) -> Option<Input> {
    use tui_textarea::Key as Theirs;
    let key = match chord.key {
        Key::Up => Theirs::Up,
        Key::Down => Theirs::Down,
        Key::Enter | Key::Keypad('\r') => Theirs::Enter,
        _ => return input_of(chord),
    };
    Some(Input {
        key,
        ctrl: chord.modifiers.ctrl,
        alt: chord.modifiers.alt,
        shift: chord.modifiers.shift,
    })
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

    #[test]
    fn a_box_keeps_every_byte_and_can_take_back() {
        for text in ["", "\n", "a\n\tb\r\n\n", "no end", "\u{1b}[2J\u{202e}x"] {
            assert_eq!(TextBox::new(text).text(), text);
        }
        let mut text = TextBox::new("one\ntwo\n");
        let mut press = |keys: &str| {
            for key in keys.split_whitespace() {
                text.press(&key.parse().unwrap(), 10);
            }
            (text.text(), text.cursor())
        };
        assert_eq!(press("down x enter tab"), ("one\nx\n\ttwo\n".to_owned(), (2, 1)));
        assert_eq!(press("ctrl-z ctrl-z ctrl-z"), ("one\ntwo\n".to_owned(), (1, 0)));
        assert_eq!(press("ctrl-y"), ("one\nxtwo\n".to_owned(), (1, 1)));
        assert_eq!(press("pagedown").1, (2, 0));
        assert_eq!(press("pageup").1, (0, 0));
        text.paste("1\r\n2\r");
        assert_eq!(text.text(), "1\n2\none\nxtwo\n");
    }
}

//! Choosing an action by name: a line to narrow the list, and the list.

use crate::keys::{Chord, Key};
use crate::text_entry::TextEntry;

use super::action::{Action, ActionInfo, Situation};
use super::overlays::{AfterKey, Decision};

/// The command palette.
#[derive(Clone, Debug)]
pub struct Palette {
    /// What narrows the list.
    pub entry: TextEntry,
    /// The chosen row of the narrowed list.
    pub chosen: usize,
    situation: Situation,
}

impl Palette {
    /// All actions that make sense now.
    pub fn new(situation: Situation) -> Self {
        Self {
            entry: TextEntry::line(""),
            chosen: 0,
            situation,
        }
    }

    /// The narrowed list: every word typed occurs in the title or the name. Titles that begin with what was typed
    /// come first.
    pub fn matches(&self) -> Vec<&'static ActionInfo> {
        let typed = self.entry.text().to_lowercase();
        let words: Vec<&str> = typed.split_whitespace().collect();
        let mut found: Vec<_> = Action::table()
            .iter()
            .filter(|info| info.action != Action::Palette && info.is_valid(&self.situation))
            .filter(|info| {
                let title = info.title.to_lowercase();
                words
                    .iter()
                    .all(|word| title.contains(word) || info.name.contains(word))
            })
            .collect();
        found.sort_by_key(|info| !info.title.to_lowercase().starts_with(typed.trim()));
        found
    }

    /// Takes in a key. `rows` is how many rows of the list are in sight.
    pub fn press(&mut self, chord: &Chord, rows: usize) -> AfterKey {
        let page = rows.max(1) as isize;
        match (chord.key, chord.modifiers.ctrl) {
            (Key::Enter, _) => {
                let chosen = self.matches().get(self.chosen).map(|info| info.action);
                return chosen.map_or(AfterKey::Stay, |action| AfterKey::Decide(Decision::Act(action)));
            }
            (Key::Down | Key::Tab, false) | (Key::Char('n' | 'j'), true) => self.step(1),
            (Key::Up, false) | (Key::Char('p' | 'k'), true) => self.step(-1),
            (Key::PageDown, false) => self.step(page),
            (Key::PageUp, false) => self.step(-page),
            _ => {
                if self.entry.press(chord) {
                    self.chosen = 0;
                }
            }
        }
        AfterKey::Stay
    }

    /// Takes in pasted text.
    pub fn paste(&mut self, text: &str) {
        self.entry.paste(text);
        self.chosen = 0;
    }

    /// Moves the choice.
    pub fn step(&mut self, rows: isize) {
        let last = self.matches().len().saturating_sub(1);
        self.chosen = self.chosen.saturating_add_signed(rows).min(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::ProgramState;

    fn palette(typed: &str, tabs: usize) -> Palette {
        let mut palette = Palette::new(Situation {
            tabs,
            panes: 1,
            program: ProgramState::Running,
            is_copying: false,
            panel: None,
        });
        palette.paste(typed);
        palette
    }

    fn names(palette: &Palette) -> Vec<&str> {
        palette.matches().iter().map(|info| info.name).collect()
    }

    #[test]
    fn words_narrow_the_list_and_beginnings_come_first() {
        assert_eq!(names(&palette("tab new", 1)), ["new-tab"]);
        assert_eq!(
            names(&palette("split", 1)),
            ["split-right", "split-below", "split-right-in", "split-below-in"]
        );
        assert_eq!(names(&palette("zzz", 1)), [""; 0]);
        assert!(!names(&palette("", 1)).contains(&"next-tab"), "no other tab");
        assert!(names(&palette("", 2)).contains(&"go-to-tab-2"));
        assert!(!names(&palette("", 2)).contains(&"go-to-tab-3"));
    }

    #[test]
    fn enter_takes_the_chosen_one() {
        let mut palette = palette("split", 1);
        palette.press(&Chord::plain(Key::Down), 5);
        let after = palette.press(&Chord::plain(Key::Enter), 5);
        assert_eq!(after, AfterKey::Decide(Decision::Act(Action::SplitBelow)));
    }
}

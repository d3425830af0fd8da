//! Choosing an action by name: a line to narrow the list, and the list. A command's name and a blank begin its argument.

use crate::keys::{Chord, Key};
use crate::text_entry::TextEntry;

use super::action::{Action, ActionInfo, Situation};
use super::commands::{Filled, Given};
use super::list::Sieve;
use super::overlays::{AfterKey, Decision};

/// The command palette.
#[derive(Clone, Debug)]
pub struct Palette {
    /// What narrows the list.
    pub entry: TextEntry,
    /// The chosen row of the narrowed list.
    pub chosen: usize,
    situation: Situation,
    given: Given,
}

/// One row.
#[derive(Clone, Debug)]
pub enum PaletteRow {
    /// An action.
    Action(&'static ActionInfo),
    /// A command that takes an argument.
    Command(Filled),
}

impl Palette {
    /// All actions that make sense now, and what can be given to those that take something.
    pub fn new(situation: Situation, given: Given) -> Self {
        Self {
            entry: TextEntry::line(""),
            chosen: 0,
            situation,
            given,
        }
    }

    /// The narrowed list, the best first. Titles that begin with what was typed come before all others.
    pub fn rows(&self) -> Vec<PaletteRow> {
        let typed = self.entry.text();
        let commands = self.given.fill(typed);
        let is_argument = commands.iter().any(|command| command.decision.is_some());
        let commands = commands.into_iter().map(PaletteRow::Command);
        let actions = self.actions(typed).into_iter().map(PaletteRow::Action);
        if is_argument {
            commands.chain(actions).collect()
        } else {
            actions.chain(commands).collect()
        }
    }

    fn actions(&self, typed: &str) -> Vec<&'static ActionInfo> {
        let mut sieve = Sieve::new(typed);
        let begins = typed.trim().to_lowercase();
        let valid = Action::table().iter();
        let valid = valid.filter(|info| info.action != Action::Palette && info.is_valid(&self.situation));
        let scored = valid.filter_map(|info| Some((sieve.score(&format!("{} {}", info.title, info.name))?, info)));
        let mut found: Vec<_> = scored.collect();
        found.sort_by_key(|(score, info)| (!info.title.to_lowercase().starts_with(&begins), u32::MAX - score));
        found.into_iter().map(|(_, info)| info).collect()
    }

    /// Takes in a key. `rows` is how many rows of the list are in sight.
    pub fn press(&mut self, chord: &Chord, rows: usize) -> AfterKey {
        let page = rows.max(1) as isize;
        match (chord.key, chord.modifiers.ctrl) {
            (Key::Enter, _) => return self.choose(),
            (Key::Tab, _) => self.complete(),
            (Key::Down, false) | (Key::Char('n' | 'j'), true) => self.step(1),
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

    fn choose(&mut self) -> AfterKey {
        match self.rows().into_iter().nth(self.chosen) {
            Some(PaletteRow::Action(info)) => AfterKey::Decide(Decision::Act(info.action)),
            Some(PaletteRow::Command(Filled {
                decision: Some(decision),
                ..
            })) => AfterKey::Decide(decision),
            Some(PaletteRow::Command(filled)) => {
                self.begin(&filled.line);
                AfterKey::Stay
            }
            None => AfterKey::Stay,
        }
    }

    /// Writes the chosen row into the line, so that its argument can follow.
    fn complete(&mut self) {
        let line = match self.rows().into_iter().nth(self.chosen) {
            Some(PaletteRow::Command(filled)) => filled.line,
            Some(PaletteRow::Action(info)) => format!("{} ", info.name),
            None => return,
        };
        self.begin(&line);
    }

    fn begin(&mut self, line: &str) {
        self.entry = TextEntry::line("");
        self.entry.paste(line);
        self.chosen = 0;
    }

    /// Takes in pasted text.
    pub fn paste(&mut self, text: &str) {
        self.entry.paste(text);
        self.chosen = 0;
    }

    /// Moves the choice.
    pub fn step(&mut self, rows: isize) {
        let last = self.rows().len().saturating_sub(1);
        self.chosen = self.chosen.saturating_add_signed(rows).min(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::ProgramState;

    fn palette(typed: &str, tabs: usize) -> Palette {
        let mut palette = Palette::new(
            Situation {
                tabs,
                panes: 1,
                program: ProgramState::Running,
                is_copying: false,
                panel: None,
            },
            Given::default(),
        );
        palette.paste(typed);
        palette
    }

    fn names(palette: &Palette) -> Vec<&str> {
        let rows = palette.rows().into_iter().filter_map(|row| match row {
            PaletteRow::Action(info) => Some(info.name),
            PaletteRow::Command(_) => None,
        });
        rows.collect()
    }

    #[test]
    fn letters_narrow_the_list_and_beginnings_come_first() {
        assert_eq!(names(&palette("new tab", 1))[0], "new-tab");
        assert_eq!(names(&palette("tab new", 1))[0], "new-tab");
        assert_eq!(names(&palette("nwtb", 1))[0], "new-tab");
        assert_eq!(names(&palette("split", 1))[..2], ["split-right", "split-below"]);
        assert_eq!(names(&palette("zqzq", 1)), [""; 0]);
        assert!(!names(&palette("", 1)).contains(&"next-tab"), "no other tab");
        assert!(names(&palette("", 2)).contains(&"go-to-tab-2"));
        assert!(!names(&palette("", 2)).contains(&"go-to-tab-3"));
    }

    #[test]
    fn tab_completes_and_the_argument_follows() {
        let mut palette = palette("layo", 1);
        let rows = palette.rows();
        let place = rows.iter().position(|row| matches!(row, PaletteRow::Command(_)));
        palette.step(place.map_or(0, |place| place as isize));
        palette.press(&Chord::plain(Key::Tab), 5);
        palette.paste("tiled");
        let after = palette.press(&Chord::plain(Key::Enter), 5);
        let tiled = Action::Layout(crate::panes::Arrangement::Tiled);
        assert_eq!(after, AfterKey::Decide(Decision::Act(tiled)));
    }

    #[test]
    fn enter_takes_the_chosen_one() {
        let mut palette = palette("split", 1);
        palette.press(&Chord::plain(Key::Down), 5);
        let after = palette.press(&Chord::plain(Key::Enter), 5);
        assert_eq!(after, AfterKey::Decide(Decision::Act(Action::SplitBelow)));
    }
}

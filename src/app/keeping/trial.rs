//! Choosing one of a few things from a list, each tried as soon as it is marked; Esc brings back what was before.

use crate::app::overlays::{AfterKey, Decision};
use crate::keys::{Chord, Key};

/// A list to choose from.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What is chosen.
    pub title: &'static str,
    /// What stands in the list.
    pub rows: Vec<String>,
    /// The marked row.
    pub chosen: usize,
    decisions: Vec<Decision>,
    /// What undoes all trying.
    undo: Option<Decision>,
}

impl Trial {
    /// A list of rows, each with what it decides; one of them is in force now.
    pub fn new(title: &'static str, rows: Vec<(String, Decision)>, now: Option<usize>) -> Self {
        let (rows, decisions): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        Self {
            title,
            rows,
            chosen: now.unwrap_or(0),
            undo: now.and_then(|at| decisions.get(at).cloned()),
            decisions,
        }
    }

    /// Takes in a key.
    pub fn press(&mut self, chord: &Chord) -> AfterKey {
        let last = self.rows.len().saturating_sub(1);
        let before = self.chosen;
        match (chord.key, chord.modifiers.ctrl) {
            (Key::Escape, _) | (Key::Char('c'), true) | (Key::Char('q'), false) => {
                return self.undo.take().map_or(AfterKey::Close, AfterKey::Decide);
            }
            (Key::Enter, _) => {
                let decision = self.decisions.get(self.chosen).cloned();
                return decision.map_or(AfterKey::Close, AfterKey::Decide);
            }
            (Key::Down | Key::Tab, _) | (Key::Char('j'), false) | (Key::Char('n'), true) => {
                self.chosen = (self.chosen + 1).min(last);
            }
            (Key::Up, _) | (Key::Char('k'), false) | (Key::Char('p'), true) => {
                self.chosen = self.chosen.saturating_sub(1);
            }
            (Key::Home, _) | (Key::Char('g'), false) => self.chosen = 0,
            (Key::End, _) | (Key::Char('G'), false) => self.chosen = last,
            _ => {}
        }
        match self.decisions.get(self.chosen) {
            Some(decision) if self.chosen != before => AfterKey::Try(decision.clone()),
            _ => AfterKey::Stay,
        }
    }

    /// Moves the mark without trying.
    pub fn step(&mut self, rows: isize) {
        let last = self.rows.len().saturating_sub(1);
        self.chosen = self.chosen.saturating_add_signed(rows).min(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::keeping::KeepDecision;

    #[test]
    fn what_is_marked_is_tried_and_esc_brings_back_what_was() {
        let theme = |name: &str| Decision::Keep(KeepDecision::Theme(name.to_owned()), None);
        let rows = ["a", "b", "c"].map(|name| (name.to_owned(), theme(name)));
        let mut choice = Trial::new("Theme", rows.to_vec(), Some(1));
        assert_eq!(choice.press(&Chord::char('j')), AfterKey::Try(theme("c")));
        assert_eq!(choice.press(&Chord::char('j')), AfterKey::Stay);
        assert_eq!(choice.press(&Chord::plain(Key::Enter)), AfterKey::Decide(theme("c")));
        assert_eq!(choice.press(&Chord::plain(Key::Escape)), AfterKey::Decide(theme("b")));
        assert_eq!(
            Trial::new("x", Vec::new(), None).press(&Chord::plain(Key::Enter)),
            AfterKey::Close
        );
    }
}

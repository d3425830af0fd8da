//! A list over the panes to choose from: a line that narrows it, a cursor, marks where several may be chosen. Knows
//! rows and what choosing them decides, never what they mean.

use std::collections::BTreeSet;

use crate::domain::PaneId;
use crate::keys::{Chord, Key};
use crate::text_entry::TextEntry;

use super::list::Sieve;
use super::overlays::{AfterKey, Decision};

/// A list to choose from.
#[derive(Clone, Debug)]
pub struct Chooser {
    /// What is chosen, in words.
    pub title: String,
    /// What narrows the list.
    pub entry: TextEntry,
    /// The row under the cursor, among those that are left.
    pub cursor: usize,
    choices: Vec<Choice>,
    /// The marked rows, where several may be chosen.
    marked: Option<BTreeSet<usize>>,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// How far it is indented, in steps.
    pub depth: u16,
    /// What it says; safe to show.
    pub text: String,
    /// The pane that is shown beside the list while the cursor is here.
    pub pane: Option<PaneId>,
    /// What Enter decides.
    pub decision: Decision,
    /// What ctrl-x decides: closing it.
    pub closing: Option<Decision>,
    /// What ctrl-r decides: naming it.
    pub naming: Option<Decision>,
}

impl Choice {
    /// A row that can only be chosen.
    pub fn new(text: impl Into<String>, decision: Decision) -> Self {
        Self {
            depth: 0,
            text: text.into(),
            pane: None,
            decision,
            closing: None,
            naming: None,
        }
    }

    /// The same with a pane to be shown beside it.
    #[must_use]
    pub fn showing(mut self, pane: PaneId) -> Self {
        self.pane = Some(pane);
        self
    }
}

impl Chooser {
    /// One of these.
    pub fn one(title: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self {
            title: title.into(),
            entry: TextEntry::line(""),
            cursor: 0,
            choices,
            marked: None,
        }
    }

    /// The panes of any of these rows; those with the panes given are marked already.
    pub fn several(title: impl Into<String>, choices: Vec<Choice>, marked: &BTreeSet<PaneId>) -> Self {
        let is_marked = |choice: &Choice| choice.pane.is_some_and(|pane| marked.contains(&pane));
        let rows = choices.iter().enumerate();
        let marked = rows
            .filter(|(_, choice)| is_marked(choice))
            .map(|(row, _)| row)
            .collect();
        Self {
            marked: Some(marked),
            ..Self::one(title, choices)
        }
    }

    /// Puts the cursor on the first row with this pane.
    #[must_use]
    pub fn at(mut self, pane: Option<PaneId>) -> Self {
        let row = self.choices.iter().position(|choice| choice.pane == pane);
        self.cursor = row.unwrap_or(0);
        self
    }

    /// The rows that are left, each with whether it is marked. In a tree a branch stays with its leaves.
    pub fn rows(&self) -> Vec<(&Choice, bool)> {
        self.places()
            .into_iter()
            .map(|place| (&self.choices[place], self.is_marked(place)))
            .collect()
    }

    /// How many rows there are, narrowed or not.
    pub fn len(&self) -> usize {
        self.choices.len()
    }

    /// Whether there is nothing to choose from.
    pub fn is_empty(&self) -> bool {
        self.choices.is_empty()
    }

    /// Whether several may be chosen.
    pub fn takes_several(&self) -> bool {
        self.marked.is_some()
    }

    /// Whether rows can be closed and named.
    pub fn is_tree(&self) -> bool {
        self.choices.iter().any(|choice| choice.closing.is_some())
    }

    /// Whether rows have a pane to show.
    pub fn has_preview(&self) -> bool {
        self.choices.iter().any(|choice| choice.pane.is_some())
    }

    /// The row under the cursor.
    pub fn current(&self) -> Option<&Choice> {
        let place = *self.places().get(self.cursor)?;
        self.choices.get(place)
    }

    fn is_marked(&self, place: usize) -> bool {
        self.marked.as_ref().is_some_and(|marked| marked.contains(&place))
    }

    fn places(&self) -> Vec<usize> {
        let mut sieve = Sieve::new(self.entry.text());
        let mut kept: Vec<bool> = self.choices.iter().map(|choice| sieve.keeps(&choice.text)).collect();
        // A leaf that stays keeps its branch, a branch that stays its leaves.
        let mut branch = None;
        for place in 0..self.choices.len() {
            if self.choices[place].depth == 0 {
                branch = Some((place, kept[place]));
            } else if let Some((branch, stays)) = branch {
                kept[branch] |= kept[place];
                kept[place] |= stays;
            }
        }
        (0..self.choices.len()).filter(|place| kept[*place]).collect()
    }

    /// Takes in a key. `rows` is how many rows of the list are in sight.
    pub fn press(&mut self, chord: &Chord, rows: usize) -> AfterKey {
        let page = rows.max(1) as isize;
        match (chord.key, chord.modifiers.ctrl) {
            (Key::Enter, _) => return self.decide(),
            (Key::Char('x'), true) => return self.of_current(|choice| choice.closing.clone()),
            (Key::Char('r'), true) => return self.of_current(|choice| choice.naming.clone()),
            (Key::Char('a'), true) if self.takes_several() => self.mark_all(),
            (Key::Char(' ') | Key::Tab, false) if self.takes_several() => self.mark(),
            (Key::Down | Key::Tab, false) | (Key::Char('n' | 'j'), true) => self.step(1),
            (Key::Up, false) | (Key::Char('p' | 'k'), true) => self.step(-1),
            (Key::PageDown, false) => self.step(page),
            (Key::PageUp, false) => self.step(-page),
            _ => {
                if self.entry.press(chord) {
                    self.cursor = 0;
                }
            }
        }
        AfterKey::Stay
    }

    fn of_current(&self, decision: impl Fn(&Choice) -> Option<Decision>) -> AfterKey {
        self.current()
            .and_then(decision)
            .map_or(AfterKey::Stay, AfterKey::Decide)
    }

    fn decide(&self) -> AfterKey {
        let Some(marked) = &self.marked else {
            return self.of_current(|choice| Some(choice.decision.clone()));
        };
        let panes = marked.iter().filter_map(|place| self.choices.get(*place)?.pane);
        AfterKey::Decide(Decision::Broadcast(panes.collect()))
    }

    fn mark(&mut self) {
        let place = self.places().get(self.cursor).copied();
        if let (Some(place), Some(marked)) = (place, &mut self.marked)
            && !marked.remove(&place)
        {
            marked.insert(place);
        }
        self.step(1);
    }

    /// Marks all rows that are left, or none if all of them are.
    fn mark_all(&mut self) {
        let places = self.places();
        if let Some(marked) = &mut self.marked {
            if places.iter().all(|place| marked.contains(place)) {
                marked.clear();
            } else {
                marked.extend(places);
            }
        }
    }

    /// Takes in pasted text.
    pub fn paste(&mut self, text: &str) {
        self.entry.paste(text);
        self.cursor = 0;
    }

    /// Moves the cursor.
    pub fn step(&mut self, rows: isize) {
        let last = self.places().len().saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(rows).min(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TabId;

    fn tree() -> Chooser {
        let leaf = |text: &str, pane| Choice {
            depth: 1,
            ..Choice::new(text, Decision::ClosePane(PaneId(pane))).showing(PaneId(pane))
        };
        Chooser::one(
            "Tabs",
            vec![
                Choice::new("api", Decision::CloseTab(TabId(1))),
                leaf("bash", 1),
                leaf("htop", 2),
                Choice::new("worker", Decision::CloseTab(TabId(2))),
                leaf("bash", 3),
            ],
        )
    }

    fn texts(chooser: &Chooser) -> Vec<&str> {
        chooser.rows().iter().map(|(choice, _)| choice.text.as_str()).collect()
    }

    #[test]
    fn a_branch_stays_with_its_leaves_and_leaves_with_their_branch() {
        let mut chooser = tree();
        chooser.paste("htop");
        assert_eq!(texts(&chooser), ["api", "htop"]);
        let mut chooser = tree();
        chooser.paste("work");
        assert_eq!(texts(&chooser), ["worker", "bash"]);
        let mut chooser = tree();
        chooser.paste("zzz");
        assert_eq!(chooser.press(&Chord::plain(Key::Enter), 5), AfterKey::Stay);
    }

    #[test]
    fn several_are_marked_and_chosen_together() {
        let choices = vec![
            Choice::new("one", Decision::Detach).showing(PaneId(1)),
            Choice::new("two", Decision::Detach).showing(PaneId(2)),
        ];
        let mut chooser = Chooser::several("Which?", choices, &BTreeSet::from([PaneId(2)]));
        chooser.press(&Chord::char(' '), 5);
        let both = AfterKey::Decide(Decision::Broadcast(vec![PaneId(1), PaneId(2)]));
        assert_eq!(chooser.press(&Chord::plain(Key::Enter), 5), both);
        chooser.press(&Chord::ctrl('a'), 5);
        let none = AfterKey::Decide(Decision::Broadcast(Vec::new()));
        assert_eq!(chooser.press(&Chord::plain(Key::Enter), 5), none);
    }
}

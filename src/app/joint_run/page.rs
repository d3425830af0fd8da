//! The page that shows what many sandboxes answered: a list of the different answers, and below it the one under the cursor,
//! an odd one as what differs. Holds the lines in sight, never the run itself.

use std::sync::Arc;

use crate::app::overlays::{AfterKey, Decision};
use crate::app::scroll::Scroll;
use crate::domain::{CellRect, LineKind, RunAnswer};
use crate::keys::{Chord, Key};

use super::{JointRun, RunDecision};

/// How the page is divided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum View {
    /// The list, and the answer below.
    #[default]
    Both,
    /// The answer alone.
    Answer,
}

/// The page's state.
#[derive(Clone, Debug, Default)]
pub struct RunPage {
    /// The answer under the cursor.
    pub cursor: usize,
    /// How far its text is scrolled.
    pub scroll: Scroll,
    /// Its text.
    pub lines: Vec<(LineKind, String)>,
    /// Whether that is a difference.
    pub is_difference: bool,
    view: View,
    wants_whole: bool,
    /// Whether something can be stopped, and how many answers there are.
    is_running: bool,
    groups: usize,
    /// What the lines were made for.
    made_for: Option<(Arc<RunAnswer>, u64, bool)>,
}

/// Where everything stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunParts {
    /// How far it is.
    pub head: CellRect,
    /// The different answers.
    pub list: CellRect,
    /// A line that says which answer stands below.
    pub rule: CellRect,
    /// The answer.
    pub body: CellRect,
}

impl RunPage {
    /// Follows the run: the cursor stays on its answer.
    pub fn refresh(&mut self, run: &JointRun) {
        self.is_running = !run.is_over();
        self.groups = run.groups().len();
        let shown = self.made_for.as_ref().map(|(answer, ..)| Arc::clone(answer));
        if let Some(shown) = shown {
            let is_there = |at: &usize| run.groups().get(*at).is_some_and(|group| group.answer == shown);
            if !is_there(&self.cursor)
                && let Some(place) = (0..self.groups).find(is_there)
            {
                self.cursor = place;
            }
        }
        self.cursor = self.cursor.min(self.groups.saturating_sub(1));
        let Some(group) = run.groups().get(self.cursor) else {
            return;
        };
        let key = (Arc::clone(&group.answer), run.version(), self.wants_whole);
        if self.made_for.as_ref() == Some(&key) {
            return;
        }
        let is_same = self
            .made_for
            .as_ref()
            .is_some_and(|(answer, _, whole)| *answer == key.0 && *whole == key.2);
        (self.is_difference, self.lines) = run.body(self.cursor, !self.wants_whole);
        let offset = if is_same { self.scroll.offset } else { 0 };
        self.scroll = Scroll::over(self.lines.len());
        self.scroll.offset = offset.min(self.lines.len().saturating_sub(1));
        self.made_for = Some(key);
    }

    /// Where everything stands inside this frame.
    pub fn parts(&self, inside: CellRect) -> RunParts {
        let CellRect { x, y, width, height } = inside;
        let head_rows = height.min(1);
        let list_rows = match self.view {
            View::Answer => 0,
            View::Both => (self.groups.max(1) as u16).min((height.saturating_sub(2) / 2).max(1)),
        };
        let list_rows = list_rows.min(height - head_rows);
        let rule_rows = (height - head_rows - list_rows).min(1);
        let mut at = y;
        let mut next = |rows: u16| {
            let part = CellRect::new(x, at, width, rows);
            at += rows;
            part
        };
        RunParts {
            head: next(head_rows),
            list: next(list_rows),
            rule: next(rule_rows),
            body: next(height - head_rows - list_rows - rule_rows),
        }
    }

    /// What the keys do, for the frame.
    pub fn hint(&self) -> &'static str {
        match (self.is_running, self.view) {
            (true, _) => "ctrl-c ends it · esc hides",
            (false, View::Both) => "enter reads · d whole · y copies · esc",
            (false, View::Answer) => "d whole · y copies · esc back",
        }
    }

    /// Takes in a key; `rows` of the answer are in sight.
    pub fn press(&mut self, chord: &Chord, rows: usize) -> AfterKey {
        let is_ctrl = chord.modifiers.ctrl;
        let decide = |decision| AfterKey::Try(Decision::Run(decision, None));
        match (chord.key, is_ctrl, self.view) {
            (Key::Char('c'), true, _) if self.is_running => return decide(RunDecision::Stop),
            (Key::Char('c'), true, _) | (Key::Escape | Key::Char('q'), false, View::Both) => return AfterKey::Close,
            (Key::Escape | Key::Char('q'), false, View::Answer) => self.view = View::Both,
            (Key::Enter, _, View::Both) => self.view = View::Answer,
            (Key::Enter, _, View::Answer) => {}
            (Key::Char('d'), false, _) => self.wants_whole = !self.wants_whole,
            (Key::Char('y'), false, _) => {
                let line = |(kind, text): &(LineKind, String)| {
                    let sign = if self.is_difference { kind.sign() } else { "" };
                    format!("{sign}{text}")
                };
                let text = self.lines.iter().map(line).collect::<Vec<_>>().join("\n");
                return decide(RunDecision::Copy(text));
            }
            (Key::Down | Key::Char('j'), false, View::Both) | (Key::Char('n'), true, View::Both) => self.step(1),
            (Key::Up | Key::Char('k'), false, View::Both) | (Key::Char('p'), true, View::Both) => self.step(-1),
            // The closing letter is one that no key has here.
            _ => return self.scroll.press(chord, rows, '\u{0}'),
        }
        AfterKey::Stay
    }

    /// Moves the answer's text.
    pub fn scroll(&mut self, lines: isize, rows: usize) {
        self.scroll.by(lines, rows);
    }

    fn step(&mut self, by: isize) {
        let last = self.groups.saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(by).min(last);
        // The list is what moves now; what was shown is not followed any more.
        self.made_for = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_parts_fill_it_at_every_size() {
        let page = RunPage {
            groups: 7,
            ..RunPage::default()
        };
        for height in 0..40 {
            for view in [View::Both, View::Answer] {
                let page = RunPage { view, ..page.clone() };
                let parts = page.parts(CellRect::new(1, 2, 30, height));
                let rows = [parts.head, parts.list, parts.rule, parts.body];
                assert_eq!(rows.iter().map(|part| part.height).sum::<u16>(), height);
                assert_eq!(parts.body.bottom(), 2 + height);
            }
        }
    }
}

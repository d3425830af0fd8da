//! Copy mode: a cursor of its own over everything that a terminal keeps, a selection, and found text. Knows no key.

use crate::terminal::{Emulator, KeptText, Match, Query, Search, Selection, SelectionKind, Spot};

use super::action::CopyAction;

/// Where the user looks in one terminal, and what is chosen there.
#[derive(Clone, Debug)]
pub struct CopyMode {
    cursor: Spot,
    anchor: Option<(SelectionKind, Spot)>,
    found: Option<Found>,
    /// What is being looked for.
    searching: Option<Searching>,
    /// What the terminal kept, and where the cursor was, when the user began to type what to look for.
    search_from: Option<(KeptText, Spot)>,
}

/// A search that has not come to its end.
#[derive(Clone, Debug)]
struct Searching {
    search: Box<Search>,
    is_backwards: bool,
    /// Whether the cursor goes to the nearest match then.
    goes_there: bool,
}

/// What was looked for, and where it is.
#[derive(Clone, Debug)]
struct Found {
    matches: Vec<Match>,
    is_backwards: bool,
}

/// What becomes of copy mode after an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterCopy {
    /// It goes on.
    Stay,
    /// It ends.
    Leave,
    /// It ends, and this is on the clipboard.
    Copied(String),
    /// Nothing was found.
    NothingFound,
}

impl CopyMode {
    /// Begins at the program's cursor, or at the last line in view.
    pub fn new(emulator: &Emulator) -> Self {
        let last = emulator.size().rows() - 1;
        let (row, col) = emulator.cursor().map_or((last, 0), |cursor| (cursor.row, cursor.col));
        Self {
            cursor: Spot {
                line: emulator.line_in_row(row),
                col,
            },
            anchor: None,
            found: None,
            searching: None,
            search_from: None,
        }
    }

    /// The cell under the cursor.
    pub fn cursor(&self) -> Spot {
        self.cursor
    }

    /// What is chosen.
    pub fn selection(&self) -> Option<Selection> {
        self.anchor.map(|(kind, anchor)| Selection {
            kind,
            anchor,
            head: self.cursor,
        })
    }

    /// What was found, from the oldest to the newest.
    pub fn matches(&self) -> &[Match] {
        self.found.as_ref().map_or(&[], |found| &found.matches)
    }

    /// Chooses from one cell to another.
    pub fn select(&mut self, kind: SelectionKind, (anchor, head): (Spot, Spot)) {
        self.anchor = Some((kind, anchor));
        self.cursor = head;
    }

    /// Puts the cursor into a cell, without choosing anything.
    pub fn point(&mut self, spot: Spot) {
        self.anchor = None;
        self.cursor = spot;
    }

    /// Goes to a cell, and shows it.
    pub fn go_to(&mut self, spot: Spot, emulator: &mut Emulator) {
        self.point(spot);
        unfold(emulator, spot.line);
        self.show(emulator);
    }

    /// The number of the match that the cursor is at, if it is at one, and how many there are, if anything was looked for.
    pub fn match_count(&self) -> Option<(Option<usize>, usize)> {
        let matches = &self.found.as_ref()?.matches;
        let at = matches.iter().position(|one| one.start == self.cursor);
        Some((at.map(|index| index + 1), matches.len()))
    }

    /// Shows what a query finds that is still being typed: the nearest place from where the typing began. Where much is kept,
    /// `search_on` does.
    pub fn preview(&mut self, query: Option<&Query>, is_backwards: bool, emulator: &mut Emulator) {
        // While it is typed, everything is read but once.
        let (kept, from) = self
            .search_from
            .get_or_insert_with(|| (emulator.kept_text(), self.cursor));
        let kept = kept.clone();
        self.cursor = *from;
        if let Some(query) = query {
            self.begin_search(query, kept, (is_backwards, true), emulator);
        } else {
            (self.found, self.searching) = (None, None);
        }
        self.show(emulator);
    }

    /// Goes back to where the typing began.
    pub fn give_up_search(&mut self, emulator: &mut Emulator) {
        if let Some((_, from)) = self.search_from.take() {
            self.cursor = from;
            (self.found, self.searching) = (None, None);
            self.show(emulator);
        }
    }

    /// Looks for something and goes to the nearest place where it is; if much is kept, when `search_on` has come to its end.
    pub fn search(&mut self, query: &Query, is_backwards: bool, emulator: &mut Emulator) -> AfterCopy {
        self.cursor = self.search_from.take().map_or(self.cursor, |(_, from)| from);
        let kept = emulator.kept_text();
        self.begin_search(query, kept, (is_backwards, true), emulator)
    }

    /// Looks for something and stays where it is.
    pub fn highlight(&mut self, query: &Query, emulator: &mut Emulator) {
        let kept = emulator.kept_text();
        self.begin_search(query, kept, (true, false), emulator);
    }

    fn begin_search(
        &mut self,
        query: &Query,
        kept: KeptText,
        (is_backwards, goes_there): (bool, bool),
        emulator: &mut Emulator,
    ) -> AfterCopy {
        self.searching = Some(Searching {
            search: Box::new(Search::new(query.clone(), kept)),
            is_backwards,
            goes_there,
        });
        self.search_on(emulator)
    }

    /// Whether a search has not come to its end.
    pub fn is_searching(&self) -> bool {
        self.searching.is_some()
    }

    /// Goes on with a search for a while.
    pub fn search_on(&mut self, emulator: &mut Emulator) -> AfterCopy {
        let Some(mut searching) = self.searching.take() else {
            return AfterCopy::Stay;
        };
        if !searching.search.step() {
            self.searching = Some(searching);
            return AfterCopy::Stay;
        }
        self.found = Some(Found {
            matches: searching.search.into_matches(),
            is_backwards: searching.is_backwards,
        });
        if !searching.goes_there {
            return AfterCopy::Stay;
        }
        match self.go_to_match(searching.is_backwards, emulator) {
            // Of what is half typed nobody is told.
            AfterCopy::NothingFound if self.search_from.is_some() => AfterCopy::Stay,
            after => after,
        }
    }

    /// What is about to be done counts on what is being looked for.
    fn search_to_the_end(&mut self, emulator: &mut Emulator) {
        while self.is_searching() {
            self.search_on(emulator);
        }
    }

    /// Does one action. The view follows the cursor.
    pub fn act(&mut self, action: CopyAction, emulator: &mut Emulator) -> AfterCopy {
        self.search_to_the_end(emulator);
        match action {
            CopyAction::Leave => return AfterCopy::Leave,
            CopyAction::Back if self.anchor.take().is_none() => return AfterCopy::Leave,
            CopyAction::Back => {}
            CopyAction::Copy => {
                let text = self.selection().map(|selection| emulator.selected_text(&selection));
                return text.map_or(AfterCopy::Leave, AfterCopy::Copied);
            }
            CopyAction::SelectCharacters => self.toggle(SelectionKind::Characters),
            CopyAction::SelectLines => self.toggle(SelectionKind::Lines),
            CopyAction::SelectBlock => self.toggle(SelectionKind::Block),
            CopyAction::OtherEnd => {
                if let Some((_, anchor)) = &mut self.anchor {
                    std::mem::swap(anchor, &mut self.cursor);
                }
            }
            CopyAction::NextMatch | CopyAction::PreviousMatch => {
                let is_backwards = self.found.as_ref().is_some_and(|found| found.is_backwards);
                return self.go_to_match(is_backwards != (action == CopyAction::PreviousMatch), emulator);
            }
            _ => self.move_cursor(action, emulator),
        }
        self.show(emulator);
        AfterCopy::Stay
    }

    fn toggle(&mut self, kind: SelectionKind) {
        self.anchor = match self.anchor {
            Some((chosen, _)) if chosen == kind => None,
            Some((_, anchor)) => Some((kind, anchor)),
            None => Some((kind, self.cursor)),
        };
    }

    fn move_cursor(&mut self, action: CopyAction, emulator: &mut Emulator) {
        let last_col = emulator.size().cols() - 1;
        let page = u64::from(emulator.size().rows().saturating_sub(1).max(1));
        let half = (page / 2).max(1);
        let Spot { line, col } = self.cursor;
        match action {
            CopyAction::Left => self.cursor.col = col.saturating_sub(1),
            CopyAction::Right => self.cursor.col = (col + 1).min(last_col),
            CopyAction::LineStart => self.cursor.col = 0,
            CopyAction::LineEnd => {
                self.show(emulator);
                self.cursor.col = filled(emulator, line)
                    .iter()
                    .rposition(|is_filled| *is_filled)
                    .unwrap_or(0) as u16;
            }
            CopyAction::ParagraphUp => self.next_blank(true, emulator),
            CopyAction::ParagraphDown => self.next_blank(false, emulator),
            CopyAction::WordForward => self.next_word(emulator),
            CopyAction::WordBack => self.previous_word(emulator),
            CopyAction::LineUp => self.cursor.line = emulator.line_above(line),
            CopyAction::LineDown => self.cursor.line = emulator.line_below(line),
            CopyAction::HalfPageUp => self.turn(half, true, emulator),
            CopyAction::HalfPageDown => self.turn(half, false, emulator),
            CopyAction::PageUp => self.turn(page, true, emulator),
            CopyAction::PageDown => self.turn(page, false, emulator),
            CopyAction::Top => self.cursor.line = 0,
            CopyAction::Bottom => self.cursor.line = emulator.newest_line(),
            _ => {}
        }
    }

    /// Moves the view and the cursor together, so that the cursor keeps its row while there is more to see.
    fn turn(&mut self, lines: u64, is_back: bool, emulator: &mut Emulator) {
        self.show(emulator);
        let step = i32::try_from(lines).unwrap_or(i32::MAX);
        emulator.scroll_by(if is_back { step } else { -step });
        for _ in 0..lines {
            self.cursor.line = if is_back {
                emulator.line_above(self.cursor.line)
            } else {
                emulator.line_below(self.cursor.line)
            };
        }
    }

    fn next_word(&mut self, emulator: &mut Emulator) {
        let mut row = self.row(emulator);
        let mut col = usize::from(self.cursor.col);
        while row.get(col) == Some(&true) {
            col += 1;
        }
        loop {
            if let Some(step) = row.iter().skip(col).position(|is_filled| *is_filled) {
                self.cursor.col = (col + step) as u16;
                return;
            }
            if self.cursor.line >= emulator.newest_line() {
                return;
            }
            self.cursor.line = emulator.line_below(self.cursor.line);
            (row, col) = (self.row(emulator), 0);
        }
    }

    fn previous_word(&mut self, emulator: &mut Emulator) {
        let mut row = self.row(emulator);
        let mut before = usize::from(self.cursor.col);
        loop {
            if let Some(end) = row[..before].iter().rposition(|is_filled| *is_filled) {
                let blank = row[..end].iter().rposition(|is_filled| !*is_filled);
                self.cursor.col = blank.map_or(0, |at| at + 1) as u16;
                return;
            }
            if self.cursor.line <= emulator.oldest_line() {
                return;
            }
            self.cursor.line = emulator.line_above(self.cursor.line);
            row = self.row(emulator);
            before = row.len();
        }
    }

    /// To the blank line before or behind the text that the cursor is in or comes to.
    fn next_blank(&mut self, is_back: bool, emulator: &mut Emulator) {
        let mut has_seen_text = false;
        loop {
            let is_at_end = if is_back {
                self.cursor.line <= emulator.oldest_line()
            } else {
                self.cursor.line >= emulator.newest_line()
            };
            let is_blank = !self.row(emulator).contains(&true);
            has_seen_text |= !is_blank;
            if is_at_end || (is_blank && has_seen_text) {
                break;
            }
            self.cursor.line = if is_back {
                emulator.line_above(self.cursor.line)
            } else {
                emulator.line_below(self.cursor.line)
            };
        }
        self.cursor.col = 0;
    }

    /// Which cells of the cursor's line hold text.
    fn row(&mut self, emulator: &mut Emulator) -> Vec<bool> {
        self.show(emulator);
        filled(emulator, self.cursor.line)
    }

    fn go_to_match(&mut self, is_backwards: bool, emulator: &mut Emulator) -> AfterCopy {
        let matches = self.matches();
        let at = self.cursor;
        // Over the last one it goes on with the first one.
        let next = if is_backwards {
            matches.iter().rev().find(|found| found.start < at).or(matches.last())
        } else {
            matches.iter().find(|found| found.start > at).or(matches.first())
        };
        let Some(start) = next.map(|found| found.start) else {
            return AfterCopy::NothingFound;
        };
        self.cursor = start;
        unfold(emulator, start.line);
        self.show(emulator);
        AfterCopy::Stay
    }

    /// Keeps the cursor on lines that exist, and in view.
    fn show(&mut self, emulator: &mut Emulator) {
        let (oldest, newest) = (emulator.oldest_line(), emulator.newest_line());
        self.cursor.line = self.cursor.line.clamp(oldest, newest);
        self.cursor.col = self.cursor.col.min(emulator.size().cols() - 1);
        emulator.scroll_to_line(self.cursor.line);
    }
}

/// What is to be seen must not be folded away.
fn unfold(emulator: &mut Emulator, line: u64) {
    if let Some(number) = emulator.fold_at(line) {
        emulator.fold_command(number, false);
    }
}

/// Which cells of a line in view hold text.
fn filled(emulator: &Emulator, line: u64) -> Vec<bool> {
    let wanted = emulator.row_of_line(line);
    let mut cells = vec![false; usize::from(emulator.size().cols())];
    emulator.draw(|row, col, view| {
        if Some(row) == wanted {
            cells[usize::from(col)] = view.is_continuation || !view.text.trim().is_empty();
        }
    });
    cells
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::GridSize;
    use crate::terminal::Limits;

    /// Forty numbered lines on a screen of five rows; the cursor stands on the last, empty one.
    fn emulator() -> Emulator {
        let mut emulator = Emulator::new(GridSize::new(20, 5), Limits::default());
        let lines: Vec<String> = (1..=40).map(|line| format!("line {line} 日本 end\r\n")).collect();
        emulator.feed(lines.concat().as_bytes(), Duration::ZERO);
        emulator
    }

    fn at(copy: &CopyMode, emulator: &Emulator) -> (u64, u16, u64) {
        let Spot { line, col } = copy.cursor();
        (line, col, emulator.first_visible_line())
    }

    fn check(actions: &[CopyAction], expected: (u64, u16, u64)) {
        let mut emulator = emulator();
        let mut copy = CopyMode::new(&emulator);
        for action in actions {
            copy.act(*action, &mut emulator);
        }
        assert_eq!(at(&copy, &emulator), expected, "{actions:?}");
    }

    #[test]
    fn the_cursor_moves_and_the_view_follows() {
        use CopyAction::{
            Bottom, HalfPageUp, Left, LineDown, LineEnd, LineUp, PageDown, PageUp, Right, Top, WordBack, WordForward,
        };
        check(&[], (40, 0, 36));
        check(&[Left, LineDown], (40, 0, 36));
        check(&[LineUp, Right], (39, 1, 36));
        check(&[LineUp; 6], (34, 0, 34));
        check(&[PageUp], (36, 0, 32));
        check(&[PageUp, HalfPageUp, PageDown], (38, 0, 34));
        check(&[Top], (0, 0, 0));
        check(&[Top, PageUp, LineUp], (0, 0, 0));
        check(&[Top, Bottom], (40, 0, 36));
        check(&[LineUp, LineEnd], (39, 15, 36));
        check(&[LineUp, WordForward, WordForward], (39, 8, 36));
        check(&[Top, LineEnd, WordForward], (1, 0, 0));
        check(&[WordBack, WordBack], (39, 8, 36));
        check(&[Top, WordBack], (0, 0, 0));
    }

    #[test]
    fn what_is_chosen_is_copied() {
        use CopyAction::{Back, Copy, LineEnd, LineUp, OtherEnd, SelectBlock, SelectCharacters, SelectLines, Top};
        let cases: [(&[CopyAction], AfterCopy); 6] = [
            (
                &[Top, SelectCharacters, LineEnd, Copy],
                AfterCopy::Copied("line 1 日本 end".to_owned()),
            ),
            (
                &[LineUp, SelectLines, LineUp, Copy],
                AfterCopy::Copied("line 39 日本 end\nline 40 日本 end".to_owned()),
            ),
            (
                &[LineUp, LineEnd, SelectBlock, LineUp, Copy],
                AfterCopy::Copied("d\nd".to_owned()),
            ),
            (
                &[LineUp, SelectCharacters, LineUp, OtherEnd, LineEnd, Copy],
                AfterCopy::Copied("line 39 日本 end\nline 40 日本 end".to_owned()),
            ),
            (&[SelectLines, Back], AfterCopy::Stay),
            (&[SelectLines, Back, Back], AfterCopy::Leave),
        ];
        for (actions, expected) in cases {
            let mut emulator = emulator();
            let mut copy = CopyMode::new(&emulator);
            let last = actions.iter().map(|action| copy.act(*action, &mut emulator)).last();
            assert_eq!(last, Some(expected), "{actions:?}");
        }
    }

    #[test]
    fn found_text_is_gone_through_round_and_round() {
        let mut emulator = emulator();
        let mut copy = CopyMode::new(&emulator);
        let query = Query::new("line 3").expect("a query");
        assert_eq!(copy.search(&query, true, &mut emulator), AfterCopy::Stay);
        assert_eq!(at(&copy, &emulator).0, 38, "the nearest one above");
        copy.act(CopyAction::NextMatch, &mut emulator);
        assert_eq!(at(&copy, &emulator).0, 37);
        copy.act(CopyAction::PreviousMatch, &mut emulator);
        copy.act(CopyAction::PreviousMatch, &mut emulator);
        assert_eq!(at(&copy, &emulator), (2, 0, 2), "over the newest to the oldest");
        let nothing = Query::new("nowhere").expect("a query");
        assert_eq!(copy.search(&nothing, true, &mut emulator), AfterCopy::NothingFound);
    }

    #[test]
    fn blank_lines_are_stops_and_a_search_that_is_given_up_leaves_no_trace() {
        use CopyAction::{ParagraphDown, ParagraphUp, Top};
        let mut emulator = Emulator::new(GridSize::new(20, 4), Limits::default());
        emulator.feed(b"one\r\ntwo\r\n\r\n\r\nfive\r\nsix\r\n\r\neight", Duration::ZERO);
        let mut copy = CopyMode::new(&emulator);
        let mut lines = Vec::new();
        for action in [
            ParagraphUp,
            ParagraphUp,
            ParagraphUp,
            Top,
            ParagraphDown,
            ParagraphDown,
            ParagraphDown,
        ] {
            copy.act(action, &mut emulator);
            lines.push(copy.cursor().line);
        }
        assert_eq!(lines, [6, 3, 0, 0, 2, 6, 7]);
        let query = |text: &str| Query::new(text).expect("a pattern");
        copy.preview(Some(&query("f|o")), true, &mut emulator);
        assert_eq!((copy.cursor().line, copy.match_count()), (4, Some((Some(3), 3))));
        copy.preview(Some(&query("on")), true, &mut emulator);
        assert_eq!((copy.cursor().line, copy.match_count()), (0, Some((Some(1), 1))));
        copy.give_up_search(&mut emulator);
        assert_eq!((copy.cursor().line, copy.match_count()), (7, None));
    }

    #[test]
    fn in_a_long_scrollback_what_is_typed_is_looked_for_bit_by_bit() {
        let mut emulator = Emulator::new(GridSize::new(80, 5), Limits::default());
        let lines: Vec<String> = (0..10_000)
            .map(|line| format!("line {line} {}\r\n", "word ".repeat(9)))
            .collect();
        emulator.feed(lines.concat().as_bytes(), Duration::ZERO);
        let mut copy = CopyMode::new(&emulator);
        let query = |text: &str| Query::new(text).expect("a pattern");
        copy.preview(Some(&query("lin")), true, &mut emulator);
        assert!(copy.is_searching(), "so soon");
        assert_eq!(
            (copy.cursor().line, copy.match_count()),
            (10_000, None),
            "nothing is known yet"
        );
        // The next letter comes before the search has come to its end.
        copy.preview(Some(&query("line 7.*word")), true, &mut emulator);
        copy.search_to_the_end(&mut emulator);
        assert_eq!(
            (copy.cursor().line, copy.match_count()),
            (7999, Some((Some(1111), 1111)))
        );
        copy.preview(Some(&query("nowhere")), true, &mut emulator);
        let mut afters = Vec::new();
        while copy.is_searching() {
            afters.push(copy.search_on(&mut emulator));
        }
        assert!(
            afters.len() > 2 && afters.iter().all(|after| *after == AfterCopy::Stay),
            "{afters:?}"
        );
        assert_eq!(copy.search(&query("nowhere"), true, &mut emulator), AfterCopy::Stay);
        while copy.is_searching() {
            afters.push(copy.search_on(&mut emulator));
        }
        assert_eq!(afters.last(), Some(&AfterCopy::NothingFound));
        // A key that counts on the search finds it done.
        copy.search(&query("line 42\\d "), true, &mut emulator);
        copy.act(CopyAction::NextMatch, &mut emulator);
        assert_eq!(copy.match_count(), Some((Some(9), 10)));
    }
}

//! What can be read of a terminal besides its visible cells: the view's place, found text, selected text.

use super::emulator::Emulator;
use super::search::{KeptText, Match, Query, Search, found_lines};
use super::selection::{Selection, line_at, selected_text, word_at};
use super::text_lines::{Spot, visit_lines};

impl Emulator {
    /// The number of the first line in view, counted from the terminal's first one.
    pub fn first_visible_line(&self) -> u64 {
        self.grid().first_line() - self.scroll_offset() as u64
    }

    /// The number of the oldest line that is kept.
    pub fn oldest_line(&self) -> u64 {
        self.grid().first_line() - self.scrollback_len() as u64
    }

    /// The number of the newest line: the last row of the screen.
    pub fn newest_line(&self) -> u64 {
        self.grid().first_line() + u64::from(self.size().rows()) - 1
    }

    /// Memory that the lines above the screen take at most, in bytes: as many as if all were full.
    pub fn scrollback_bytes(&self) -> usize {
        const CELL_BYTES: usize = 32;
        self.grid().wrappable_lines() * usize::from(self.size().cols()) * CELL_BYTES
    }

    /// Everything that is kept, to be searched. Reading it takes some milliseconds when that is much.
    pub fn kept_text(&self) -> KeptText {
        KeptText::of(self.grid())
    }

    /// Everything that matches, from the oldest line to the newest. `Search` does that bit by bit.
    pub fn search(&self, query: &Query) -> Vec<Match> {
        let mut search = Search::new(query.clone(), self.kept_text());
        while !search.step() {}
        search.into_matches()
    }

    /// The newest rows on which something matches, with their text, the newest first: of each row the last match.
    pub fn found_lines(&self, query: &Query, most: usize) -> Vec<(Match, String)> {
        found_lines(self.grid(), query, most)
    }

    /// What is copied of a selection: wrapped lines in one piece, without padding.
    pub fn selected_text(&self, selection: &Selection) -> String {
        selected_text(self.grid(), selection)
    }

    /// The first and last cell of the word at a spot.
    pub fn word_at(&self, spot: Spot) -> (Spot, Spot) {
        word_at(self.grid(), spot)
    }

    /// The first and last row of the line that a row belongs to, across wraps.
    pub fn line_at(&self, row: u64) -> (u64, u64) {
        line_at(self.grid(), row)
    }

    /// The text of every line from the oldest to the newest, wrapped ones in one piece, without padding.
    pub fn text_rows(&self) -> Vec<String> {
        let mut rows = Vec::new();
        visit_lines(self.grid(), |line| {
            rows.push(line.text.trim_end_matches(' ').to_owned());
        });
        rows
    }
}

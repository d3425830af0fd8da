//! Finding text in the screen and the scrollback, bit by bit: a long scrollback takes longer than keys may wait.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use memchr::memchr;
use regex::{Regex, RegexBuilder};

use super::grid::Grid;
use super::selection::part;
use super::text_lines::{LineBuilder, Spot, oldest_line, text_of, visit_lines};

/// So much text is looked through in one step.
const STEP_BYTES: usize = 64 * 1024;

/// More matches than this are not looked for.
const MOST_MATCHES: usize = 10_000;
/// A pattern may not become bigger than this when compiled.
const PATTERN_BYTES: usize = 1 << 20;

/// What to look for.
#[derive(Clone, Debug)]
pub struct Query(Regex);

impl Query {
    /// A regular expression. Case matters only when there is a capital letter.
    pub fn new(pattern: &str) -> Result<Self, String> {
        RegexBuilder::new(pattern)
            .case_insensitive(!has_capital(pattern))
            .size_limit(PATTERN_BYTES)
            .build()
            .map(Self)
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => "This pattern is too big; make it shorter.".to_owned(),
                _ => "This is no regular expression; check its brackets and backslashes.".to_owned(),
            })
    }
}

/// Whether a capital letter is meant; one that only names a class, like `\S`, is not.
fn has_capital(pattern: &str) -> bool {
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        if letter == '\\' {
            letters.next();
        } else if letter.is_uppercase() {
            return true;
        }
    }
    false
}

/// Something found, from its first to its last cell, both included. It may go on over several rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// Its first cell.
    pub start: Spot,
    /// Its last cell.
    pub end: Spot,
}

/// Everything that a terminal keeps, read once for any number of searches.
#[derive(Clone, Debug)]
pub struct KeptText {
    text: Arc<String>,
    oldest: u64,
    cols: u16,
}

impl KeptText {
    pub(super) fn of(grid: &Grid) -> Self {
        Self {
            text: Arc::new(text_of(grid.parser())),
            oldest: oldest_line(grid.parser()),
            cols: grid.size().cols(),
        }
    }
}

/// A search that is carried on bit by bit, so that keys need not wait for it.
#[derive(Clone, Debug)]
pub struct Search {
    query: Query,
    kept: KeptText,
    /// Up to here the text has been read.
    at: usize,
    builder: LineBuilder,
    matches: VecDeque<Match>,
}

impl Search {
    /// Begins to look for something.
    pub fn new(query: Query, kept: KeptText) -> Self {
        Self {
            query,
            at: 0,
            builder: LineBuilder::new(kept.oldest, kept.cols),
            kept,
            matches: VecDeque::new(),
        }
    }

    /// Goes on for a while. True when everything has been looked through.
    pub fn step(&mut self) -> bool {
        let text = Arc::clone(&self.kept.text);
        let mut left = STEP_BYTES;
        while self.at < text.len() && left > 0 {
            let rest = &text[self.at..];
            let line = memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
            let used = if self.builder.is_empty() && rest[..line].is_ascii() {
                self.look_at_ascii(&rest[..line]);
                line
            } else {
                let piece = (left..line).find(|at| rest.is_char_boundary(*at)).unwrap_or(line);
                self.builder.add(&rest[..piece]);
                if piece == line {
                    self.look_at_built();
                }
                piece
            };
            // With the line feed, or behind the end.
            self.at += used + usize::from(used == line);
            left = left.saturating_sub(used + 1);
        }
        self.at >= text.len()
    }

    /// All matches from the oldest to the newest; of very many, the newest.
    pub fn into_matches(self) -> Vec<Match> {
        self.matches.into()
    }

    /// A line in which each character is a cell.
    fn look_at_ascii(&mut self, line: &str) {
        let plain = without_renditions(line);
        let (first, cols) = (self.builder.row(), usize::from(self.kept.cols));
        let spot = |byte: usize| Spot {
            line: first + (byte / cols) as u64,
            col: (byte % cols) as u16,
        };
        for found in matches_in(&self.query, &plain) {
            add(
                &mut self.matches,
                Match {
                    start: spot(found.start),
                    end: spot(found.end - 1),
                },
            );
        }
        self.builder.skip_rows((plain.len().max(1) - 1) / cols + 1);
    }

    fn look_at_built(&mut self) {
        let line = self.builder.line();
        for found in matches_in(&self.query, &line.text) {
            if let (Some(start), Some(end)) = (line.spot_of(found.start), line.spot_of(found.end - 1)) {
                add(&mut self.matches, Match { start, end });
            }
        }
        self.builder.begin_next();
    }
}

/// What matches in a line, as bytes. What only fills it up is no part of it.
fn matches_in<'a>(query: &'a Query, line: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    let found = query.0.find_iter(line.trim_end_matches(' '));
    found.map(|found| found.range()).filter(|range| !range.is_empty())
}

fn add(matches: &mut VecDeque<Match>, found: Match) {
    if matches.len() == MOST_MATCHES {
        matches.pop_front();
    }
    matches.push_back(found);
}

/// A line without the sequences that give it its colours.
fn without_renditions(line: &str) -> Cow<'_, str> {
    let Some((plain, mut rest)) = line.split_once('\x1b') else {
        return Cow::Borrowed(line);
    };
    let mut plain = plain.to_owned();
    while let Some((_, behind)) = rest.split_once('m') {
        let Some((text, next)) = behind.split_once('\x1b') else {
            plain.push_str(behind);
            break;
        };
        plain.push_str(text);
        rest = next;
    }
    Cow::Owned(plain)
}

/// The newest rows on which something matches, with their text, the newest first: of each row the last match.
pub(super) fn found_lines(grid: &Grid, query: &Query, most: usize) -> Vec<(Match, String)> {
    let mut lines: VecDeque<(Match, String)> = VecDeque::new();
    if most == 0 {
        return Vec::new();
    }
    visit_lines(grid, |line| {
        let mut last: Option<Match> = None;
        let found = matches_in(query, &line.text)
            .filter_map(|found| Some((line.spot_of(found.start)?, line.spot_of(found.end - 1)?)));
        for (start, end) in found {
            if last.is_some_and(|last| last.start.line == start.line) {
                lines.pop_back();
            } else if lines.len() == most {
                lines.pop_front();
            }
            last = Some(Match { start, end });
            let rows = start.line..=end.line;
            lines.push_back((Match { start, end }, part(line, |spot| rows.contains(&spot.line))));
        }
    });
    lines.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::GridSize;

    fn found(text: &str, pattern: &str) -> Vec<(u64, u16, u64, u16)> {
        let mut grid = Grid::new(GridSize::new(10, 3), 100);
        grid.push(text.as_bytes());
        grid.flush();
        let query = Query::new(pattern).expect("a pattern");
        let mut search = Search::new(query, KeptText::of(&grid));
        while !search.step() {}
        let matches = search.into_matches();
        matches
            .iter()
            .map(|one| (one.start.line, one.start.col, one.end.line, one.end.col))
            .collect()
    }

    #[test]
    fn matches_cross_wraps_and_reach_back_into_the_scrollback() {
        let text = "one\r\n01234567needle\r\nthree\r\nfour\r\n needle\r\nsix";
        assert_eq!(found(text, "needle"), [(1, 8, 2, 3), (5, 1, 5, 6)]);
    }

    #[test]
    fn case_matters_when_there_is_a_capital() {
        let text = "foo Foo";
        assert_eq!(found(text, "foo").len(), 2);
        assert_eq!(found(text, "Foo"), [(0, 4, 0, 6)]);
        assert_eq!(found(text, r"\Soo").len(), 2);
    }

    #[test]
    fn columns_are_those_of_the_screen() {
        assert_eq!(found("日本e\u{301}x ❤\u{fe0f}y", "x"), [(0, 5, 0, 5)]);
        assert_eq!(found("日本e\u{301}x ❤\u{fe0f}y", "y"), [(0, 9, 0, 9)]);
        assert_eq!(found("日本", "本"), [(0, 2, 0, 2)]);
    }

    #[test]
    fn patterns_are_checked() {
        assert_eq!(found("a.c abc", r"a\.c").len(), 1);
        assert_eq!(found("a.c abc", "a.c").len(), 2);
        assert!(Query::new("(").is_err());
        assert!(Query::new(&"(a{1000}){1000}".repeat(3)).is_err());
    }

    /// What is found when each line is looked at by itself, as a whole.
    fn found_at_once(grid: &Grid, query: &Query) -> Vec<Match> {
        let mut matches = VecDeque::new();
        visit_lines(grid, |line| {
            for found in matches_in(query, &line.text) {
                let (start, end) = (line.spot_of(found.start), line.spot_of(found.end - 1));
                let (start, end) = (start.expect("a cell"), end.expect("a cell"));
                add(&mut matches, Match { start, end });
            }
        });
        matches.into()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn what_is_found_bit_by_bit_is_what_is_there(
            size in (2_u16..20, 1_u16..6),
            text in "([a-c ]{0,30}|[a-c日é\u{301}❤\u{fe0f} ]{0,12}|\x1b\\[(31|1;44|)m|\r\n){0,60}",
            pattern in proptest::sample::select(vec!["a", "b.", "[ac]+", "日", "( a)?c", "é.", " +", "c$"]),
            is_long in any::<bool>(),
        ) {
            let mut grid = Grid::new(GridSize::new(size.0, size.1), 5000);
            for _ in 0..if is_long { 40 } else { 1 } {
                grid.push(text.as_bytes());
            }
            grid.flush();
            let query = Query::new(pattern).expect("a pattern");
            let mut search = Search::new(query.clone(), KeptText::of(&grid));
            while !search.step() {}
            prop_assert_eq!(search.into_matches(), found_at_once(&grid, &query));
        }
    }

    #[test]
    fn a_step_is_short_however_long_the_line_is() {
        for text in [
            "needle in hay ".repeat(20_000),
            "nädel im heu ".repeat(20_000),
            "needle\r\n".repeat(9000),
        ] {
            let mut grid = Grid::new(GridSize::new(80, 24), 10_000);
            grid.push(text.as_bytes());
            grid.flush();
            let kept = KeptText::of(&grid);
            let length = kept.text.len();
            let mut search = Search::new(Query::new("n.+?d").expect("a pattern"), kept);
            let mut before = 0;
            while !search.step() {
                // Where each character is a cell, a line takes no longer than it takes to read it.
                let is_short = search.at - before <= STEP_BYTES + 4;
                assert!(is_short || text.is_ascii(), "{} bytes of {length}", search.at - before);
                before = search.at;
            }
            assert!(search.at >= length && !search.into_matches().is_empty());
        }
    }

    #[test]
    fn found_rows_come_with_their_text_the_newest_first() {
        let mut grid = Grid::new(GridSize::new(10, 3), 100);
        grid.push(b"one\r\n01234567needle\r\nneedle needle\r\nfour\r\n needle\r\nsix");
        grid.flush();
        let query = Query::new("needle").expect("a pattern");
        let found = |most| -> Vec<(u64, String)> {
            let lines = found_lines(&grid, &query, most).into_iter();
            lines.map(|(found, text)| (found.start.line, text)).collect()
        };
        let all = [(6, " needle"), (3, "needle needle"), (1, "01234567needle")];
        let all = all.map(|(line, text)| (line, text.to_owned()));
        assert_eq!(found(9), all);
        assert_eq!(found(2), all[..2]);
        assert_eq!(found(0), []);
    }
}

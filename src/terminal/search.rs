//! Finding text in the screen and the scrollback.

use regex::{Regex, RegexBuilder};

use super::grid::Grid;
use super::text_lines::{Spot, visit_lines};

/// More matches than this are not looked for.
const MOST_MATCHES: usize = 10_000;
/// A pattern may not become bigger than this when compiled.
const PATTERN_BYTES: usize = 1 << 20;

/// What to look for.
#[derive(Clone, Debug)]
pub struct Query(Regex);

impl Query {
    /// Plain text, or a regular expression. Case matters only when there is a capital letter.
    pub fn new(text: &str, is_regex: bool) -> Result<Self, String> {
        let pattern = if is_regex { text.to_owned() } else { regex::escape(text) };
        RegexBuilder::new(&pattern)
            .case_insensitive(!has_capital(text, is_regex))
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
fn has_capital(text: &str, is_regex: bool) -> bool {
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if is_regex && letter == '\\' {
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

/// All matches from the oldest to the newest; of very many, the newest.
pub(super) fn search(grid: &Grid, query: &Query) -> Vec<Match> {
    let mut matches = std::collections::VecDeque::new();
    visit_lines(grid, |line| {
        let text = line.text.trim_end_matches(' ');
        for found in query.0.find_iter(text).filter(|found| !found.is_empty()) {
            if let (Some(start), Some(end)) = (line.spot_of(found.start()), line.spot_of(found.end() - 1)) {
                if matches.len() == MOST_MATCHES {
                    matches.pop_front();
                }
                matches.push_back(Match { start, end });
            }
        }
    });
    matches.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::GridSize;

    fn found(text: &str, pattern: &str, is_regex: bool) -> Vec<(u64, u16, u64, u16)> {
        let mut grid = Grid::new(GridSize::new(10, 3), 100);
        grid.push(text.as_bytes());
        grid.flush();
        let query = Query::new(pattern, is_regex).expect("a pattern");
        let matches = search(&grid, &query);
        matches
            .iter()
            .map(|one| (one.start.line, one.start.col, one.end.line, one.end.col))
            .collect()
    }

    #[test]
    fn matches_cross_wraps_and_reach_back_into_the_scrollback() {
        let text = "one\r\n01234567needle\r\nthree\r\nfour\r\n needle\r\nsix";
        assert_eq!(found(text, "needle", false), [(1, 8, 2, 3), (5, 1, 5, 6)]);
    }

    #[test]
    fn case_matters_when_there_is_a_capital() {
        let text = "foo Foo";
        assert_eq!(found(text, "foo", false).len(), 2);
        assert_eq!(found(text, "Foo", false), [(0, 4, 0, 6)]);
        assert_eq!(found(text, r"\Soo", true).len(), 2);
    }

    #[test]
    fn columns_are_those_of_the_screen() {
        assert_eq!(found("日本e\u{301}x ❤\u{fe0f}y", "x", false), [(0, 5, 0, 5)]);
        assert_eq!(found("日本e\u{301}x ❤\u{fe0f}y", "y", false), [(0, 9, 0, 9)]);
        assert_eq!(found("日本", "本", false), [(0, 2, 0, 2)]);
    }

    #[test]
    fn patterns_are_text_unless_they_are_asked_for() {
        assert_eq!(found("a.c abc", "a.c", false).len(), 1);
        assert_eq!(found("a.c abc", "a.c", true).len(), 2);
        assert!(Query::new("(", true).is_err());
        assert!(Query::new(&"(a{1000}){1000}".repeat(3), true).is_err());
    }
}

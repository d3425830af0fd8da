//! What in view leads somewhere: links that the program named (OSC 8), web addresses, and places in files.
//! Finds them only; whether one is followed is for others to decide.

use std::sync::LazyLock;

use regex::Regex;

use super::cells::LinkId;
use super::emulator::Emulator;
use super::text_lines::Spot;
use crate::domain::RemoteText;

/// Something that leads somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundLink {
    /// Its first cell.
    pub start: Spot,
    /// Its last cell.
    pub end: Spot,
    /// What the user sees.
    pub shown: RemoteText,
    /// Where it leads. Untrusted, like all that a program prints.
    pub target: RemoteText,
    /// What kind of target that is.
    pub kind: LinkKind,
}

/// Where a link leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// To an address: `scheme://…`, or whatever the program named.
    Address,
    /// To a line of a file in the sandbox: `path:line`.
    Place,
}

impl FoundLink {
    /// Whether a cell belongs to it.
    pub fn contains(&self, spot: Spot) -> bool {
        self.start <= spot && spot <= self.end
    }
}

/// One cell of text in view.
struct Cell {
    /// Where its text begins in the line's.
    byte: usize,
    spot: Spot,
    link: Option<LinkId>,
}

/// Rows that were only wrapped, in one piece.
#[derive(Default)]
struct Line {
    text: String,
    cells: Vec<Cell>,
}

impl Emulator {
    /// Everything in view that leads somewhere, in reading order. Where the program named a link, nothing is guessed.
    pub fn links_in_view(&self) -> Vec<FoundLink> {
        let mut found = Vec::new();
        for line in self.lines_in_view() {
            let named = self.named_links(&line);
            let guessed = guessed_links(&line);
            let is_free = |one: &FoundLink| {
                !named
                    .iter()
                    .any(|named| named.start <= one.end && one.start <= named.end)
            };
            found.extend(guessed.into_iter().filter(is_free));
            found.extend(named);
        }
        found.sort_by_key(|link| link.start);
        found
    }

    /// What leads somewhere at a cell in view.
    pub fn link_at(&self, spot: Spot) -> Option<FoundLink> {
        self.links_in_view().into_iter().find(|link| link.contains(spot))
    }

    fn lines_in_view(&self) -> Vec<Line> {
        let mut lines = vec![Line::default()];
        let mut last_row = 0;
        self.draw(|row, col, view| {
            if row != last_row && !self.is_row_wrapped(last_row) {
                lines.push(Line::default());
            }
            last_row = row;
            let Some(line) = lines.last_mut() else { return };
            if view.is_continuation {
                return;
            }
            let spot = Spot {
                line: self.line_in_row(row),
                col,
            };
            line.cells.push(Cell {
                byte: line.text.len(),
                spot,
                link: view.link,
            });
            line.text.push_str(if view.text.is_empty() { " " } else { view.text });
        });
        lines
    }

    /// Runs of cells that carry the same link.
    fn named_links(&self, line: &Line) -> Vec<FoundLink> {
        let mut found = Vec::new();
        let mut from = 0;
        for run in line.cells.chunk_by(|one, next| one.link == next.link) {
            let (start, end) = (from, from + run.len());
            from = end;
            if let (Some(id), Some(first), Some(last)) = (run[0].link, run.first(), run.last())
                && let Some(target) = self.link(id)
            {
                let behind = line.cells.get(end).map_or(line.text.len(), |cell| cell.byte);
                found.push(FoundLink {
                    start: first.spot,
                    end: last.spot,
                    shown: line.text[line.cells[start].byte..behind].trim().into(),
                    target,
                    kind: LinkKind::Address,
                });
            }
        }
        found
    }
}

/// An address with its scheme, up to what cannot be part of one.
const ADDRESS: &str = r#"(?i)\b[a-z][a-z0-9+.-]{1,15}://[^\s<>"`{}|^\\│┃║]+"#;
/// A path with a line, and perhaps a column: it has a slash, or a name with an ending. Not a time, not a port.
const PLACE: &str = r"(?:[\w.@~+-]*/[\w.@~+/-]*[\w@~+-]|[\w@+-][\w.@+-]*\.[A-Za-z]\w{0,9}|Makefile|Dockerfile):[1-9]\d{0,6}(?::[1-9]\d{0,4})?\b";
/// The same as Python spells it.
const PYTHON_PLACE: &str = r#"File "([^"\n]{1,400})", line ([1-9]\d{0,6})"#;

/// The patterns are constants, which a test compiles: none of them fails.
static PATTERNS: LazyLock<Option<[Regex; 3]>> = LazyLock::new(|| {
    let [address, place, python] = [ADDRESS, PLACE, PYTHON_PLACE].map(Regex::new);
    Some([address.ok()?, place.ok()?, python.ok()?])
});

fn guessed_links(line: &Line) -> Vec<FoundLink> {
    let mut found: Vec<FoundLink> = Vec::new();
    let Some([address, place, python]) = &*PATTERNS else {
        return found;
    };
    let addresses = address
        .find_iter(&line.text)
        .map(|one| (one.start(), without_sentence_end(one.as_str()).to_owned()));
    for (start, text) in addresses {
        found.extend(link(line, (start, text.len()), &text, LinkKind::Address));
    }
    let mut add = |range: (usize, usize), target: String| {
        let place = link(line, range, &target, LinkKind::Place);
        let is_free = |one: &FoundLink| {
            !found
                .iter()
                .any(|other| other.start <= one.end && one.start <= other.end)
        };
        if let Some(place) = place.filter(is_free) {
            found.push(place);
        }
    };
    for one in python.captures_iter(&line.text) {
        let (Some(whole), Some(path), Some(number)) = (one.get(0), one.get(1), one.get(2)) else {
            continue;
        };
        add(
            (whole.start(), whole.len()),
            format!("{}:{}", path.as_str(), number.as_str()),
        );
    }
    for one in place.find_iter(&line.text) {
        add((one.start(), one.len()), one.as_str().to_owned());
    }
    found
}

/// The link over so many bytes of the line, from a byte on.
fn link(line: &Line, (start, length): (usize, usize), target: &str, kind: LinkKind) -> Option<FoundLink> {
    let cell_of = |byte: usize| line.cells[..line.cells.partition_point(|cell| cell.byte <= byte)].last();
    Some(FoundLink {
        start: cell_of(start)?.spot,
        end: cell_of(start + length.checked_sub(1)?)?.spot,
        shown: line.text.get(start..start + length)?.into(),
        target: target.into(),
        kind,
    })
}

/// What ends a sentence, and a bracket that was opened before the address, is not part of it.
fn without_sentence_end(address: &str) -> &str {
    let mut text = address;
    loop {
        let shorter = text.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_', '…', '，', '。']);
        let is_closed_too_often =
            |open, close| shorter.ends_with(close) && shorter.matches(close).count() > shorter.matches(open).count();
        let shorter = if is_closed_too_often('(', ')') || is_closed_too_often('[', ']') {
            &shorter[..shorter.len() - 1]
        } else {
            shorter
        };
        if shorter.len() == text.len() {
            return text;
        }
        text = shorter;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::GridSize;
    use crate::terminal::Limits;

    fn found(cols: u16, text: &str) -> Vec<(String, LinkKind)> {
        let mut emulator = Emulator::new(GridSize::new(cols, 8), Limits::default());
        emulator.feed(text.as_bytes(), Duration::ZERO);
        let links = emulator.links_in_view();
        links
            .iter()
            .map(|link| (link.target.unescaped().to_owned(), link.kind))
            .collect()
    }

    fn targets(text: &str) -> Vec<String> {
        found(70, text).into_iter().map(|(target, _)| target).collect()
    }

    #[test]
    fn the_patterns_are_valid() {
        assert!(PATTERNS.is_some());
    }

    #[test]
    fn addresses_end_where_people_end_them() {
        for (text, expected) in [
            ("see https://a.b/c.", "https://a.b/c"),
            ("(https://a.b/c_(d))", "https://a.b/c_(d)"),
            ("<http://a.b>", "http://a.b"),
            ("\"http://a.b/?x=1&y=2\"", "http://a.b/?x=1&y=2"),
            ("│http://a.b│", "http://a.b"),
            ("ssh://host/x, and", "ssh://host/x"),
            ("[x](https://a.b)", "https://a.b"),
        ] {
            assert_eq!(targets(text), [expected], "{text}");
        }
        assert!(targets("no :// here, nor http:// there: 12:30").is_empty());
    }

    #[test]
    fn places_in_files_are_told_from_times_and_ports() {
        for (text, expected) in [
            ("error: src/main.rs:10:5", "src/main.rs:10:5"),
            ("main.c:7: warning", "main.c:7"),
            ("at /a/b-c/d.py:99", "/a/b-c/d.py:99"),
            ("~/x/Makefile:3", "~/x/Makefile:3"),
            ("../y.go:12)", "../y.go:12"),
            ("  File \"/app/x y.py\", line 12, in f", "/app/x y.py:12"),
        ] {
            assert_eq!(targets(text), [expected], "{text}");
        }
        for text in ["12:30", "localhost:8080", "a:1", "1.2.3.4:80", "x.rs:0"] {
            assert!(targets(text).is_empty(), "{text}: {:?}", targets(text));
        }
    }

    #[test]
    fn wrapped_links_are_one_and_named_ones_win() {
        assert_eq!(found(10, "xx http://a.b/long/path yy").len(), 1);
        let named = "\x1b]8;;https://true.example\x1b\\https://other.example/\x1b]8;;\x1b\\ x";
        assert_eq!(targets(named), ["https://true.example"]);
        let mut emulator = Emulator::new(GridSize::new(70, 3), Limits::default());
        emulator.feed(named.as_bytes(), Duration::ZERO);
        let link = emulator.link_at(Spot { line: 0, col: 3 }).expect("a link");
        assert_eq!(link.shown.unescaped(), "https://other.example/");
        assert_eq!(link.end, Spot { line: 0, col: 21 });
        assert_eq!(emulator.link_at(Spot { line: 0, col: 22 }), None);
    }

    #[test]
    fn wide_characters_move_nothing() {
        let mut emulator = Emulator::new(GridSize::new(70, 3), Limits::default());
        emulator.feed("日本 http://a.b/日 x".as_bytes(), Duration::ZERO);
        let link = &emulator.links_in_view()[0];
        assert_eq!((link.start.col, link.end.col), (5, 16));
        assert_eq!(link.target.unescaped(), "http://a.b/日");
    }
}

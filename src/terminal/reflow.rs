//! Wrapping lines anew when the width changes: the library cuts them, so a fresh screen is fed with what the old one holds.
//! In steps: a long scrollback takes longer than keys may wait. The old screen can be read meanwhile.

use memchr::{memchr, memrchr};
use unicode_width::UnicodeWidthChar;

use super::grid::{Parser, first_line, number_first_line};
use super::machine::{CURSOR_MARK, FILLER, SAVED_CURSOR_MARK};
use super::moved_lines::{EMOJI_FORM, MovedLines, Walk};
use super::text_lines::{oldest_line, text_of};

/// So much text is wrapped in one step, each line counted as some bytes more: an empty row costs the library as much.
const STEP_BYTES: usize = 16 * 1024;
const LINE_BYTES: usize = 32;

/// How a place relates to the cell that its mark is in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// The place is the cell itself.
    At,
    /// The place is behind the cell.
    Behind,
}

/// The marks of the cursor and the saved cursor.
pub(super) struct Marks([Side; 2]);

/// Row and column, as the cursor counts them.
type Place = (u16, u16);

/// A screen on its way to another width or to fewer lines.
pub(super) struct Reflow {
    text: String,
    /// Up to here the text has been fed.
    at: usize,
    fresh: Parser,
    marks: Marks,
    places: [Option<(u64, u16)>; 2],
    /// The number of the cursor's line, which stays.
    cursor_line: u64,
    lines: MovedLines,
    before: Walk,
    after: Walk,
    /// Nothing but ASCII stood in this line so far.
    is_plain_line: bool,
}

impl Reflow {
    /// Begins to move everything from `old` to `fresh`, which is empty and has the new size: lines, cursor, saved cursor. The
    /// pen and the margins are for the caller to set again. `old` is given marks for it once; whoever begins anew hands them
    /// over. Nothing may change `old` until the end, but for its height.
    pub(super) fn begin(old: &mut Parser, fresh: Parser, marks: Option<Marks>) -> Self {
        let marks = marks.unwrap_or_else(|| set_marks(old));
        let mut text = text_of(old);
        text.truncate(text.trim_end_matches('\n').len());
        let cols = [&*old, &fresh].map(|parser| parser.screen().size().1.get());
        let oldest = oldest_line(old);
        let mut reflow = Self {
            text,
            at: 0,
            fresh,
            marks,
            places: [None; 2],
            cursor_line: first_line(old) + u64::from(old.screen().cursor_position().0),
            lines: MovedLines {
                before: vec![oldest],
                after: vec![0],
                cols,
                shift: 0,
                oldest: 0,
            },
            before: Walk::new(cols[0]),
            after: Walk::new(cols[1]),
            is_plain_line: true,
        };
        if cols[0] == cols[1] {
            reflow.skip_what_has_no_room();
        }
        reflow
    }

    /// The marks that stand in the old screen, for another beginning.
    pub(super) fn into_marks(self) -> Marks {
        self.marks
    }

    /// Of the oldest lines only the looks are carried on when there is no room for them.
    fn skip_what_has_no_room(&mut self) {
        let screen = self.fresh.screen();
        let most = screen.scrollback_capacity() + usize::from(screen.size().0.get());
        let bytes = self.text.as_bytes();
        let mut begin = bytes.len();
        for _ in 0..most {
            match memrchr(b'\n', &bytes[..begin]) {
                Some(at) => begin = at,
                None => return,
            }
        }
        let mut at = 0;
        while let Some(escape) = memchr(0x1b, &bytes[at..begin]) {
            let from = at + escape;
            at = memchr(b'm', &bytes[from..begin]).map_or(begin, |end| from + end + 1);
            self.fresh.process(&bytes[from..at]);
        }
        self.at = begin + 1;
    }

    /// Goes on for a while. True when all text has been fed.
    pub(super) fn step(&mut self) -> bool {
        let mut left = STEP_BYTES;
        let mut plain = Vec::with_capacity(STEP_BYTES);
        while self.at < self.text.len() && left > 0 {
            let end = piece_end(&self.text.as_bytes()[self.at..], left) + self.at;
            let from = std::mem::replace(&mut self.at, end);
            left = left.saturating_sub(end - from);
            let piece = &self.text[from..end];
            self.before.go(piece);
            if piece.is_ascii() {
                plain.extend_from_slice(piece.as_bytes());
                self.after.go(piece);
            } else if !self.is_plain_line || !add_tame(piece, &mut plain, &mut self.after) {
                self.fresh.process(&plain);
                plain.clear();
                self.is_plain_line = false;
                feed(&mut self.fresh, piece, self.marks.0, &mut self.places);
            }
            if self.text.as_bytes().get(end) == Some(&b'\n') {
                self.at += 1;
                left = left.saturating_sub(LINE_BYTES);
                if !self.is_plain_line {
                    self.fresh.process(&plain);
                    plain.clear();
                }
                self.end_line();
                plain.extend_from_slice(b"\r\n");
            }
        }
        self.fresh.process(&plain);
        self.at == self.text.len()
    }

    /// Counts the rows of a line, in the old width and in the new one.
    fn end_line(&mut self) {
        let before = self.lines.before.last().copied().unwrap_or(0) + self.before.take_rows();
        let begin = self.lines.after.last().copied().unwrap_or(0);
        let rows = self.after.take_rows();
        let after = if self.is_plain_line {
            begin + rows
        } else {
            first_line(&self.fresh) + u64::from(self.fresh.screen().cursor_position().0) + 1
        };
        self.lines.before.push(before);
        self.lines.after.push(after);
        self.is_plain_line = true;
    }

    /// The new screen, and where the lines of the old one are in it.
    pub(super) fn finish(mut self) -> (Parser, MovedLines) {
        while !self.step() {}
        let fresh = &mut self.fresh;
        let written = first_line(fresh) + u64::from(fresh.screen().cursor_position().0) + 1;
        self.lines.after.push(written);
        let rows = self.before.take_rows();
        let begin = self.lines.before.last().copied().unwrap_or(0);
        self.lines.before.push(begin + rows);
        let [cursor, saved] = self.places.map(|place| {
            place.map_or_else(
                || fresh.screen().cursor_position(),
                // What has moved above the screen cannot be a place for a cursor.
                |(line, col)| {
                    line.checked_sub(first_line(fresh))
                        .map_or((0, 0), |row| (row as u16, col))
                },
            )
        });
        fresh.process(b"\x1b[0m");
        go(fresh, saved);
        fresh.process(b"\x1b7");
        go(fresh, cursor);
        let unnumbered = first_line(fresh);
        number_first_line(fresh, self.cursor_line.saturating_sub(u64::from(cursor.0)));
        self.lines.shift = first_line(fresh).wrapping_sub(unnumbered);
        self.lines.oldest = oldest_line(fresh);
        (self.fresh, self.lines)
    }
}

/// The same at once.
pub(super) fn reflowed(old: &mut Parser, fresh: Parser) -> Parser {
    Reflow::begin(old, fresh, None).finish().0
}

/// Where the next piece ends: at the end of its line, or soon behind so many bytes. Between a character and the marks on it
/// there is no end.
fn piece_end(text: &[u8], left: usize) -> usize {
    let line = memchr(b'\n', text).unwrap_or(text.len());
    if line <= left {
        return line;
    }
    text[left..line]
        .iter()
        .position(u8::is_ascii)
        .map_or(line, |more| left + more)
}

fn go(parser: &mut Parser, (row, col): Place) {
    parser.process(format!("\x1b[{};{}H", row + 1, col + 1).as_bytes());
}

/// Marks the cursor's place and the saved cursor's.
fn set_marks(old: &mut Parser) -> Marks {
    let cursor = old.screen().cursor_position();
    let at_cursor = mark(old, CURSOR_MARK);
    old.process(b"\x1b8");
    let at_saved = mark(old, SAVED_CURSOR_MARK);
    // It may be looked at for a while yet.
    old.process(b"\x1b[?6l");
    go(old, cursor);
    Marks([at_cursor, at_saved])
}

/// Puts a mark into the cell before the cursor, or into the cursor's own when it is the first of its row.
fn mark(parser: &mut Parser, mark: char) -> Side {
    let (_, col) = parser.screen().cursor_position();
    if col == 0 {
        parser.process(b"\x1b[C");
    }
    parser.process(mark.encode_utf8(&mut [0; 4]).as_bytes());
    if col == 0 { Side::At } else { Side::Behind }
}

/// Adds part of a line to what is to be fed, if nothing in it depends on where exactly it comes to stand but wide characters,
/// which are made to wrap.
fn add_tame(text: &str, plain: &mut Vec<u8>, walk: &mut Walk) -> bool {
    if text.contains([EMOJI_FORM, CURSOR_MARK, SAVED_CURSOR_MARK]) {
        return false;
    }
    for letter in text.chars() {
        if letter == FILLER {
            continue;
        }
        if walk.is_before_last_column(letter) {
            plain.extend_from_slice(FILLER.encode_utf8(&mut [0; 4]).as_bytes());
        }
        plain.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        walk.letter(letter);
    }
    true
}

/// Feeds part of a line and finds the marks in it, as line and column.
fn feed(parser: &mut Parser, text: &str, sides: [Side; 2], places: &mut [Option<(u64, u16)>; 2]) {
    let mut start = 0;
    let mut base = 0;
    for (at, letter) in text.char_indices() {
        let index = match letter {
            CURSOR_MARK => 0,
            SAVED_CURSOR_MARK => 1,
            EMOJI_FORM => {
                parser.process(&text.as_bytes()[start..at]);
                start = at + letter.len_utf8();
                let (_, cols) = parser.screen().size();
                if parser.screen().cursor_position().1 < cols.get() {
                    parser.process("\u{fe0f}".as_bytes());
                }
                continue;
            }
            FILLER => {
                parser.process(&text.as_bytes()[start..at]);
                start = at + letter.len_utf8();
                continue;
            }
            _ => {
                let width = letter.width().unwrap_or(0);
                if width > 0 {
                    base = at;
                }
                if width > 1 {
                    parser.process(&text.as_bytes()[start..at]);
                    start = at;
                    fill_edge(parser);
                }
                continue;
            }
        };
        let end = match sides[index] {
            Side::At if start <= base => base,
            _ => at,
        };
        parser.process(&text.as_bytes()[start..end]);
        places[index] = Some(place_in(parser, sides[index]));
        parser.process(&text.as_bytes()[end..at]);
        start = at + letter.len_utf8();
    }
    parser.process(&text.as_bytes()[start..]);
}

/// Before a wide character: fills the last column when the cursor is there, so that the row counts as wrapped.
fn fill_edge(parser: &mut Parser) {
    let (_, cols) = parser.screen().size();
    if cols.get() > 1 && parser.screen().cursor_position().1 + 1 == cols.get() {
        parser.process(FILLER.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// Where the cursor is; one that would wrap stands at the beginning of the next line if its own cell comes there.
fn place_in(parser: &Parser, side: Side) -> (u64, u16) {
    let (row, col) = parser.screen().cursor_position();
    let (_, cols) = parser.screen().size();
    let line = first_line(parser) + u64::from(row);
    match side {
        Side::At if col >= cols.get() => (line + 1, 0),
        _ => (line, col),
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::GridSize;
    use crate::terminal::grid::Grid;

    fn grid(cols: u16, rows: u16, text: &str) -> Grid {
        let mut grid = Grid::new(GridSize::new(cols, rows), 1000);
        grid.push(text.as_bytes());
        grid.flush();
        grid
    }

    fn set_size(grid: &mut Grid, size: GridSize) {
        grid.begin_reflow(size, 1000);
        while !grid.step_reflow() {}
        grid.end_reflow();
    }

    fn all_text(grid: &mut Grid) -> String {
        let rows = grid.screen().scrollback_len();
        grid.screen_mut().set_scrollback(rows);
        let above: Vec<String> = grid.screen().rows(0, 99).take(rows).collect();
        grid.screen_mut().set_scrollback(0);
        format!(
            "{}|{}",
            above.join("/"),
            grid.screen().rows(0, 99).collect::<Vec<_>>().join("/")
        )
    }

    #[test]
    fn lines_are_wrapped_anew_and_back() {
        let mut grid = grid(10, 3, "0123456789abcde\r\nxyz\r\n$ ");
        assert_eq!(all_text(&mut grid), "0123456789|abcde/xyz/$ ");
        set_size(&mut grid, GridSize::new(6, 3));
        assert_eq!(all_text(&mut grid), "012345/6789ab|cde/xyz/$ ");
        assert_eq!(grid.cursor(), (2, 2));
        set_size(&mut grid, GridSize::new(20, 3));
        assert_eq!(all_text(&mut grid), "|0123456789abcde/xyz/$ ");
        assert_eq!(grid.cursor(), (2, 2));
    }

    #[test]
    fn the_cursor_stays_with_its_text() {
        for (text, width, cursor) in [
            ("0123456789ab\x1b[1;3H", 5, (0, 2)),
            ("0123456789ab\x1b[1;8H", 5, (1, 2)),
            ("0123456789ab\x1b[2;1H", 5, (2, 0)),
            ("0123456789ab\x1b[2;1H", 20, (0, 10)),
            ("ab\x1b[3;6H", 5, (2, 4)),
            ("ab\x1b[4;1H", 5, (3, 0)),
            ("0123456789", 20, (0, 10)),
            ("日本語日本\x1b[1;5H", 6, (0, 4)),
        ] {
            let mut grid = grid(10, 4, text);
            set_size(&mut grid, GridSize::new(width, 4));
            assert_eq!(grid.cursor(), cursor, "{text:?} at {width}");
        }
    }

    #[test]
    fn the_saved_cursor_stays_with_its_text() {
        let mut grid = grid(10, 4, "0123456789ab\x1b[1;8H\x1b7\x1b[4;1H");
        set_size(&mut grid, GridSize::new(5, 4));
        assert_eq!(all_text(&mut grid).trim_end(), "01234|56789/ab//");
        assert_eq!(grid.cursor(), (3, 0));
        grid.push(b"\x1b8");
        assert_eq!(grid.cursor(), (0, 2));
    }

    #[test]
    fn colours_are_carried_over_and_emoji_do_not_break_the_edge() {
        let mut grid = grid(10, 3, "\x1b[31mred\x1b[0m ab❤\u{fe0f}c");
        for cols in [7, 6, 3, 2, 1, 2, 9, 40] {
            set_size(&mut grid, GridSize::new(cols, 3));
        }
        assert_eq!(grid.recoveries(), 0);
        assert!(all_text(&mut grid).ends_with("|red ab❤c//"), "{}", all_text(&mut grid));
        assert_eq!(
            grid.screen().cell(0, 0).map(vt100::Cell::fgcolor),
            Some(vt100::Color::Idx(1))
        );
    }

    #[test]
    fn wide_characters_wrap_at_odd_widths_and_back() {
        let text = "日本語".repeat(7);
        let mut grid = grid(10, 8, "");
        for letter in text.chars() {
            grid.push(letter.encode_utf8(&mut [0; 4]).as_bytes());
        }
        grid.flush();
        for cols in [7, 9, 3, 2, 11, 50] {
            set_size(&mut grid, GridSize::new(cols, 8));
        }
        assert!(
            all_text(&mut grid).starts_with(&format!("|{text}/")),
            "{}",
            all_text(&mut grid)
        );
    }

    #[test]
    fn a_fresh_screen_of_the_new_width_looks_the_same() {
        let lines: Vec<String> = (0..200_u32)
            .map(|number| format!("\x1b[3{}m{}", number % 8, "word ".repeat(number as usize * 7 % 61)))
            .collect();
        let text = lines.join("\r\n");
        for (from, to) in [(80, 40), (40, 80), (80, 79), (33, 120)] {
            let mut changed = grid(from, 24, &text);
            set_size(&mut changed, GridSize::new(to, 24));
            let mut direct = grid(to, 24, &text);
            let padded = all_text(&mut changed);
            let trim = |text: &str| text.split(['/', '|']).map(str::trim_end).collect::<Vec<_>>().join("/");
            assert_eq!(trim(&padded), trim(&all_text(&mut direct)), "{from} to {to}");
        }
    }
}

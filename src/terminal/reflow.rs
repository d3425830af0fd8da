//! Wrapping lines anew when the width changes: the library cuts them, so a fresh screen is fed with what the old one holds.

use super::grid::{Parser, first_line, number_first_line};
use super::machine::FILLER;
use unicode_width::UnicodeWidthChar;

/// Zero-width code points that stand in a cell while its place is carried over.
const CURSOR: char = '\u{e01fe}';
const SAVED_CURSOR: char = '\u{e01ff}';
const EMOJI_FORM: char = '\u{fe0f}';

/// How a place relates to the cell that its mark is in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// The place is the cell itself.
    At,
    /// The place is behind the cell.
    Behind,
}

/// Row and column, as the cursor counts them.
type Place = (u16, u16);

/// Moves everything from `old` to `fresh`, which is empty and has the new size: lines, cursor, saved cursor. The pen and the
/// margins are for the caller to set again. The number of the cursor's line stays.
pub(super) fn reflowed(old: &mut Parser, mut fresh: Parser) -> Parser {
    let cursor = old.screen().cursor_position();
    let line = first_line(old) + u64::from(cursor.0);
    let sides = [mark(old, CURSOR), {
        old.process(b"\x1b8");
        mark(old, SAVED_CURSOR)
    }];
    let text = text_of(old);
    let [cursor, saved] = feed(&mut fresh, text.trim_end_matches('\n'), sides);
    let place = |place: Option<(u64, u16)>, fresh: &Parser| -> Place {
        place.map_or_else(
            || fresh.screen().cursor_position(),
            // What has moved above the screen cannot be a place for a cursor.
            |(line, col)| {
                line.checked_sub(first_line(fresh))
                    .map_or((0, 0), |row| (row as u16, col))
            },
        )
    };
    let (cursor, saved) = (place(cursor, &fresh), place(saved, &fresh));
    fresh.process(b"\x1b[0m");
    go(&mut fresh, saved);
    fresh.process(b"\x1b7");
    go(&mut fresh, cursor);
    number_first_line(&mut fresh, line.saturating_sub(u64::from(cursor.0)));
    fresh
}

fn go(parser: &mut Parser, (row, col): Place) {
    parser.process(format!("\x1b[{};{}H", row + 1, col + 1).as_bytes());
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

/// Everything from the oldest line to the last row, with renditions as the only sequences.
fn text_of(parser: &Parser) -> String {
    let mut text = String::new();
    let mut state = vt100::capture::BasicFormattedCaptureState::new();
    let range = vt100::capture::BasicFormattedCaptureRange::Full(&mut state);
    // Writing to a string cannot fail.
    let _ = parser.screen().write_contents_formatted_basic(&mut text, range);
    text
}

/// Feeds text and finds the marks in it, as line and column.
fn feed(parser: &mut Parser, text: &str, sides: [Side; 2]) -> [Option<(u64, u16)>; 2] {
    let mut places = [None; 2];
    let mut start = 0;
    let mut base = 0;
    for (at, letter) in text.char_indices() {
        let index = match letter {
            CURSOR => 0,
            SAVED_CURSOR => 1,
            '\n' => {
                parser.process(&text.as_bytes()[start..at]);
                parser.process(b"\r\n");
                start = at + 1;
                continue;
            }
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
    places
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
        grid.set_size(GridSize::new(6, 3));
        assert_eq!(all_text(&mut grid), "012345/6789ab|cde/xyz/$ ");
        assert_eq!(grid.cursor(), (2, 2));
        grid.set_size(GridSize::new(20, 3));
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
            grid.set_size(GridSize::new(width, 4));
            assert_eq!(grid.cursor(), cursor, "{text:?} at {width}");
        }
    }

    #[test]
    fn the_saved_cursor_stays_with_its_text() {
        let mut grid = grid(10, 4, "0123456789ab\x1b[1;8H\x1b7\x1b[4;1H");
        grid.set_size(GridSize::new(5, 4));
        assert_eq!(all_text(&mut grid).trim_end(), "01234|56789/ab//");
        assert_eq!(grid.cursor(), (3, 0));
        grid.push(b"\x1b8");
        assert_eq!(grid.cursor(), (0, 2));
    }

    #[test]
    fn colours_are_carried_over_and_emoji_do_not_break_the_edge() {
        let mut grid = grid(10, 3, "\x1b[31mred\x1b[0m ab❤\u{fe0f}c");
        for cols in [7, 6, 3, 2, 1, 2, 9, 40] {
            grid.set_size(GridSize::new(cols, 3));
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
            grid.set_size(GridSize::new(cols, 8));
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
            changed.set_size(GridSize::new(to, 24));
            let mut direct = grid(to, 24, &text);
            let padded = all_text(&mut changed);
            let trim = |text: &str| text.split(['/', '|']).map(str::trim_end).collect::<Vec<_>>().join("/");
            assert_eq!(trim(&padded), trim(&all_text(&mut direct)), "{from} to {to}");
        }
    }
}

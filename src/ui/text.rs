//! Putting text into cells. Knows nothing of what it says.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::domain::{CellRect, cell_width, shorten};
use crate::theme::Theme;

/// A rectangle in the drawing library's words.
pub fn rect(area: CellRect) -> Rect {
    Rect::new(area.x, area.y, area.width, area.height)
}

/// Writes text from (`x`, `y`) on, in at most so many cells, cut with the theme's mark. Returns the column after it.
pub fn put(buffer: &mut Buffer, (x, y, cells): (u16, u16, u16), (text, style): (&str, Style), theme: &Theme) -> u16 {
    let area = *buffer.area();
    if y < area.y || y >= area.bottom() || x >= area.right() {
        return x;
    }
    let cells = cells.min(area.right() - x);
    let mut shown = shorten(text, cells);
    if shown.ends_with('…') && cell_width(text) > cells {
        shown.truncate(shown.len() - '…'.len_utf8());
        shown.push_str(theme.glyphs.cut);
    }
    let shown = plain(&shown, theme);
    clear_half(buffer, x, y);
    buffer.set_stringn(x, y, &shown, usize::from(cells), style);
    x + cell_width(&shown)
}

/// Text for a frame's line, with a blank at each end, in at most so many cells; nothing where there is no room for that.
pub fn titled(text: &str, cells: u16) -> String {
    if cells < 3 || text.is_empty() {
        return String::new();
    }
    format!(" {} ", shorten(text, cells - 2))
}

/// A wide character whose second cell is about to be overwritten gives up its first one, too: half of it cannot be shown,
/// and the host terminal would draw it over what is written here.
fn clear_half(buffer: &mut Buffer, x: u16, y: u16) {
    let before = x.checked_sub(1).and_then(|before| buffer.cell_mut((before, y)));
    if let Some(cell) = before.filter(|cell| cell_width(cell.symbol()) > 1) {
        cell.set_symbol(" ");
    }
}

/// Our own punctuation, marks and bars in what the theme allows; a sandbox's text keeps its letters.
pub fn plain(text: &str, theme: &Theme) -> String {
    if !theme.is_ascii() || text.is_ascii() {
        return text.to_owned();
    }
    text.chars().map(in_ascii).collect()
}

/// The character of ASCII that comes next to it and is as wide.
fn in_ascii(letter: char) -> char {
    const BARS: [(char, char); 8] = [
        ('▁', '_'),
        ('▂', '.'),
        ('▃', ':'),
        ('▄', '-'),
        ('▅', '='),
        ('▆', '+'),
        ('▇', '*'),
        ('█', '#'),
    ];
    match letter {
        '·' | '—' | '–' | '─' => '-',
        '│' => '|',
        '├' | '└' => '+',
        '…' => '~',
        '×' | '✗' => 'x',
        '▾' | '↓' | '✓' => 'v',
        '▴' | '↑' => '^',
        '▸' | '→' | '❯' => '>',
        '⇅' => '=',
        '•' => '*',
        '░' => '.',
        other => BARS
            .iter()
            .find(|(bar, _)| *bar == other)
            .map_or(other, |(_, plain)| *plain),
    }
}

/// The first of these lines, at most so many; the last one says if there are more.
pub fn fitting(lines: &[String], most: usize) -> Vec<String> {
    let mut shown: Vec<String> = lines.iter().take(most).cloned().collect();
    if let Some(last) = shown.last_mut().filter(|_| lines.len() > most) {
        last.push_str(" …");
    }
    shown
}

/// Fills an area with blanks in a style.
pub fn fill(buffer: &mut Buffer, area: CellRect, style: Style) {
    let area = rect(area).intersection(*buffer.area());
    for y in area.top()..area.bottom() {
        clear_half(buffer, area.left(), y);
        for x in area.left()..area.right() {
            buffer[(x, y)].reset();
            buffer[(x, y)].set_style(style);
        }
    }
}

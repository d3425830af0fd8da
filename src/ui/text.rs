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
    buffer.set_stringn(x, y, &shown, usize::from(cells), style);
    x + cell_width(&shown)
}

/// Our own punctuation in what the theme allows; a sandbox's text keeps its letters.
pub fn plain(text: &str, theme: &Theme) -> String {
    if !theme.is_ascii() || text.is_ascii() {
        return text.to_owned();
    }
    let in_ascii = |letter: char| match letter {
        '·' | '—' | '–' | '─' => '-',
        '…' => '~',
        '×' => 'x',
        other => other,
    };
    text.chars().map(in_ascii).collect()
}

/// Fills an area with blanks in a style.
pub fn fill(buffer: &mut Buffer, area: CellRect, style: Style) {
    let area = rect(area).intersection(*buffer.area());
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            buffer[(x, y)].reset();
            buffer[(x, y)].set_style(style);
        }
    }
}

//! What ratatui draws frames with: the cells that changed, as the fewest sequences that the user's terminal understands.
//! Every look is spelt out here, so that what goes out fits a closed grammar. Knows no frame's content.

use std::io::{self, Write};

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};

use super::colors::{nearest, reduced, stands_out};
use crate::domain::{ColorDepth, Paint};

/// Draws on a terminal with so many colours.
pub struct FrameBackend<W: Write> {
    /// All but drawing cells.
    other: CrosstermBackend<W>,
    depth: ColorDepth,
}

/// How a cell looks on this terminal.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    text: Paint,
    back: Paint,
    underline: Paint,
    modifiers: Modifier,
}

/// What every terminal begins with.
const PLAIN: Look = Look {
    text: Paint::Default,
    back: Paint::Default,
    underline: Paint::Default,
    modifiers: Modifier::empty(),
};

/// The number in a rendition that switches each on.
const MODIFIERS: [(Modifier, u8); 9] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::RAPID_BLINK, 6),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

impl<W: Write> FrameBackend<W> {
    /// One that writes there.
    pub fn new(writer: W, depth: ColorDepth) -> Self {
        Self {
            other: CrosstermBackend::new(writer),
            depth,
        }
    }
}

fn paint(color: Color) -> Paint {
    match color {
        Color::Reset => Paint::Default,
        Color::Black => Paint::Indexed(0),
        Color::Red => Paint::Indexed(1),
        Color::Green => Paint::Indexed(2),
        Color::Yellow => Paint::Indexed(3),
        Color::Blue => Paint::Indexed(4),
        Color::Magenta => Paint::Indexed(5),
        Color::Cyan => Paint::Indexed(6),
        Color::Gray => Paint::Indexed(7),
        Color::DarkGray => Paint::Indexed(8),
        Color::LightRed => Paint::Indexed(9),
        Color::LightGreen => Paint::Indexed(10),
        Color::LightYellow => Paint::Indexed(11),
        Color::LightBlue => Paint::Indexed(12),
        Color::LightMagenta => Paint::Indexed(13),
        Color::LightCyan => Paint::Indexed(14),
        Color::White => Paint::Indexed(15),
        Color::Rgb(red, green, blue) => Paint::Rgb(red, green, blue),
        Color::Indexed(number) => Paint::Indexed(number),
    }
}

impl Look {
    fn of(cell: &Cell, depth: ColorDepth) -> Self {
        let (text, back) = (paint(cell.fg), paint(cell.bg));
        let mut modifiers = cell.modifier;
        if depth == ColorDepth::None && stands_out(back) {
            // A background is all that marks a chosen line in many programs.
            modifiers.insert(Modifier::REVERSED);
        }
        let (text, back) = reduced(text, back, depth);
        let underline = match paint(cell.underline_color) {
            // Terminals with fewer take its number for other attributes.
            underline if depth >= ColorDepth::Indexed => nearest(underline, depth),
            _ => Paint::Default,
        };
        Self {
            text,
            back,
            underline,
            modifiers,
        }
    }

    /// The sequence that goes from one look to another.
    fn sequence(self, before: Self, depth: ColorDepth) -> String {
        let mut numbers: Vec<String> = Vec::new();
        let mut before = before;
        // What is to end ends with everything else: taking back bold alone takes back dim, too.
        if !self.modifiers.contains(before.modifiers)
            || (self.underline == Paint::Default && before.underline != self.underline)
        {
            numbers.push("0".to_owned());
            before = PLAIN;
        }
        for (modifier, number) in MODIFIERS {
            if self.modifiers.contains(modifier) && !before.modifiers.contains(modifier) {
                numbers.push(number.to_string());
            }
        }
        if self.text != before.text {
            numbers.push(color_number(self.text, 30, depth));
        }
        if self.back != before.back {
            numbers.push(color_number(self.back, 40, depth));
        }
        match self.underline {
            underline if underline == before.underline => {}
            // With colons: a terminal that does not know it passes over all of it.
            Paint::Indexed(number) => numbers.push(format!("58:5:{number}")),
            Paint::Rgb(red, green, blue) => numbers.push(format!("58:2::{red}:{green}:{blue}")),
            Paint::Default => {}
        }
        format!("\x1b[{}m", numbers.join(";"))
    }
}

/// The numbers of a colour for text (30) or background (40).
fn color_number(paint: Paint, kind: u8, depth: ColorDepth) -> String {
    match paint {
        Paint::Default => format!("{}", kind + 9),
        // Not all terminals with sixteen colours know the longer form.
        Paint::Indexed(number @ ..=7) if depth == ColorDepth::Sixteen => format!("{}", kind + number),
        Paint::Indexed(number @ ..=15) if depth == ColorDepth::Sixteen => format!("{}", kind + 60 + number - 8),
        Paint::Indexed(number) => format!("{};5;{number}", kind + 8),
        Paint::Rgb(red, green, blue) => format!("{};2;{red};{green};{blue}", kind + 8),
    }
}

impl<W: Write> Backend for FrameBackend<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let depth = self.depth;
        let mut look = PLAIN;
        // Neighbours mostly look alike, and so do changes.
        let mut last: Option<(&Cell, Look)> = None;
        let mut place = None;
        for (x, y, cell) in content {
            if place != Some((x, y)) {
                write!(self.other, "\x1b[{};{}H", y + 1, x + 1)?;
            }
            place = Some((x + 1, y));
            let wanted = match last {
                Some((same, look)) if is_alike(same, cell) => look,
                _ => Look::of(cell, depth),
            };
            last = Some((cell, wanted));
            if wanted != look {
                self.other.write_all(wanted.sequence(look, depth).as_bytes())?;
                look = wanted;
            }
            self.other.write_all(cell.symbol().as_bytes())?;
        }
        if look != PLAIN {
            self.other.write_all(b"\x1b[0m")?;
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.other.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.other.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        self.other.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.other.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.other.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.other.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        self.other.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.other.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.other)
    }
}

fn is_alike(one: &Cell, other: &Cell) -> bool {
    one.fg == other.fg
        && one.bg == other.bg
        && one.modifier == other.modifier
        && one.underline_color == other.underline_color
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    /// What goes out for text in these looks, side by side.
    fn drawn(depth: ColorDepth, parts: &[(&str, Style)]) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 40, 1));
        let mut x = 0;
        for (text, style) in parts {
            (x, _) = buffer.set_stringn(x, 0, text, 40, *style);
        }
        let mut out = Vec::new();
        let mut backend = FrameBackend::new(&mut out, depth);
        let cells = (0..x).filter_map(|x| buffer.cell((x, 0)).map(|cell| (x, 0, cell)));
        backend.draw(cells).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn colours_are_spelt_as_the_terminal_has_them() {
        let style = Style::new().fg(Color::Rgb(250, 5, 5)).bg(Color::Indexed(236));
        for (depth, expected) in [
            (ColorDepth::True, "\x1b[38;2;250;5;5;48;5;236m"),
            (ColorDepth::Indexed, "\x1b[38;5;196;48;5;236m"),
            (ColorDepth::Sixteen, "\x1b[91;40m"),
            (ColorDepth::None, ""),
        ] {
            let reset = if expected.is_empty() { "" } else { "\x1b[0m" };
            assert_eq!(drawn(depth, &[("a", style)]), format!("\x1b[1;1H{expected}a{reset}"));
        }
        assert_eq!(
            drawn(ColorDepth::None, &[("a", Style::new().bg(Color::Cyan))]),
            "\x1b[1;1H\x1b[7ma\x1b[0m"
        );
    }

    #[test]
    fn the_colour_of_an_underline_is_left_out_where_it_would_be_taken_for_something_else() {
        let style = Style::new()
            .add_modifier(Modifier::UNDERLINED)
            .underline_color(Color::Red);
        assert_eq!(
            drawn(ColorDepth::True, &[("a", style)]),
            "\x1b[1;1H\x1b[4;58:5:1ma\x1b[0m"
        );
        assert_eq!(drawn(ColorDepth::Sixteen, &[("a", style)]), "\x1b[1;1H\x1b[4ma\x1b[0m");
        let (rgb, plain) = (style.underline_color(Color::Rgb(1, 2, 3)), Style::new());
        assert_eq!(
            drawn(ColorDepth::True, &[("a", rgb), ("b", plain)]),
            "\x1b[1;1H\x1b[4;58:2::1:2:3ma\x1b[0mb"
        );
    }

    #[test]
    fn only_what_changes_is_said() {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        let red = bold.fg(Color::Red);
        assert_eq!(
            drawn(
                ColorDepth::Indexed,
                &[
                    ("a", Style::new()),
                    ("bc", bold),
                    ("d", red),
                    ("e", bold),
                    ("f", Style::new())
                ]
            ),
            "\x1b[1;1Ha\x1b[1mbc\x1b[38;5;1md\x1b[39me\x1b[0mf"
        );
    }
}

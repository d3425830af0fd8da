//! From the library's cells to our own: markers become attributes, stand-ins become what they stand for.

use super::cells::{CellColor, CellStyle, CellView, Underline};
use super::machine::{Extra, Extras, FILLER, Palette, STAND_IN, is_marker};

/// The most bytes that a cell of the library holds.
const CELL_BYTES: usize = 22;

/// Turns cells into views, one after another, without allocating.
pub(super) struct CellReader<'a> {
    extras: &'a Extras,
    palette: &'a Palette,
    /// The whole screen is shown inverted.
    reverse: bool,
    buffer: [u8; CELL_BYTES + 4],
    /// The cell before was one that is drawn as two blanks.
    was_blanked: bool,
    /// How the cell before looked to the library and looks to us: neighbours mostly look alike, and putting a look together
    /// takes longer than all else.
    look: (Look, CellStyle),
}

/// How a cell looks to the library.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    fg: vt100::Color,
    bg: vt100::Color,
    /// Bold, dim, italic, underlined, inverse: one bit each.
    attributes: u8,
}

impl Look {
    fn of(cell: &vt100::Cell) -> Self {
        let attributes = [cell.bold(), cell.dim(), cell.italic(), cell.underline(), cell.inverse()];
        Self {
            fg: cell.fgcolor(),
            bg: cell.bgcolor(),
            attributes: attributes.iter().fold(0, |bits, is_on| bits << 1 | u8::from(*is_on)),
        }
    }
}

impl<'a> CellReader<'a> {
    pub(super) fn new(extras: &'a Extras, palette: &'a Palette, reverse: bool) -> Self {
        let plain = Look {
            fg: vt100::Color::Default,
            bg: vt100::Color::Default,
            attributes: 0,
        };
        let mut reader = Self {
            extras,
            palette,
            reverse,
            buffer: [0; CELL_BYTES + 4],
            was_blanked: false,
            look: (plain, CellStyle::default()),
        };
        reader.look.1 = reader.resolved(CellStyle::default());
        reader
    }

    /// The next cell is the first one of a row.
    pub(super) fn begin_row(&mut self) {
        self.was_blanked = false;
    }

    /// The view of the next cell in its row. `is_last` says that the view ends here: older lines may be wider than it.
    pub(super) fn view<'b>(&'b mut self, cell: &'b vt100::Cell, is_last: bool) -> CellView<'b> {
        let look = Look::of(cell);
        if look != self.look.0 {
            self.look = (look, self.resolved(basic_style(cell)));
        }
        let mut style = self.look.1;
        let mut link = None;
        // Most cells of most screens are empty.
        if !cell.has_contents() && !cell.is_wide_continuation() {
            self.was_blanked = false;
            return CellView {
                text: "",
                wide: false,
                is_continuation: false,
                style,
                link,
            };
        }
        let contents = cell.contents();
        let is_ascii = contents.is_ascii();
        if !is_ascii && let Some(marker) = contents.chars().find(|letter| is_marker(*letter)) {
            let extra = self.extras.extra(marker);
            link = extra.link;
            add(&mut style, extra);
        }
        let mut text = if is_ascii {
            contents
        } else {
            strip(contents, &mut self.buffer)
        };
        let mut wide = cell.is_wide();
        let mut is_continuation = cell.is_wide_continuation();
        if is_continuation && self.was_blanked {
            (text, is_continuation) = (" ", false);
        }
        self.was_blanked = wide && (is_last || joins_to_the_left(text));
        if self.was_blanked {
            (text, wide) = (" ", false);
        }
        CellView {
            text,
            wide,
            is_continuation,
            style,
            link,
        }
    }

    fn resolved(&self, mut style: CellStyle) -> CellStyle {
        let (fg, bg) = self.palette.defaults();
        let resolve = |color, default| match color {
            CellColor::Default => default,
            color => self.palette.resolve(color),
        };
        style.fg = resolve(style.fg, fg);
        style.bg = resolve(style.bg, bg);
        style.inverse ^= self.reverse;
        style
    }
}

/// A skin tone alone: a terminal that joins characters would draw it into the cell before and shift the rest of the row.
fn joins_to_the_left(text: &str) -> bool {
    text.starts_with(|letter| ('\u{1f3fb}'..='\u{1f3ff}').contains(&letter))
}

/// What the library knows of a cell's look.
fn basic_style(cell: &vt100::Cell) -> CellStyle {
    CellStyle {
        fg: color(cell.fgcolor()),
        bg: color(cell.bgcolor()),
        underline: if cell.underline() {
            Underline::Single
        } else {
            Underline::None
        },
        bold: cell.bold(),
        dim: cell.dim(),
        italic: cell.italic(),
        inverse: cell.inverse(),
        ..CellStyle::default()
    }
}

/// What it does not know.
fn add(style: &mut CellStyle, extra: Extra) {
    style.strike = extra.strike;
    style.blink = extra.blink;
    style.conceal = extra.conceal;
    style.overline = extra.overline;
    style.dim |= extra.dim;
    style.underline_color = extra.underline_color;
    if extra.underline != Underline::None {
        style.underline = extra.underline;
    }
}

fn color(color: vt100::Color) -> CellColor {
    match color {
        vt100::Color::Default => CellColor::Default,
        vt100::Color::Idx(index) => CellColor::Indexed(index),
        vt100::Color::Rgb(red, green, blue) => CellColor::Rgb(red, green, blue),
    }
}

/// A cell's text as it may be shown. A joiner at the end would pull the next cell in, so it goes too.
pub(super) fn strip<'a>(contents: &'a str, buffer: &'a mut [u8; CELL_BYTES + 4]) -> &'a str {
    let mut length = 0;
    let mut is_changed = false;
    for letter in contents.chars() {
        let shown = if is_marker(letter) || letter == FILLER {
            is_changed = true;
            continue;
        } else if letter == STAND_IN {
            is_changed = true;
            '\u{fffd}'
        } else {
            letter
        };
        length += shown.encode_utf8(&mut buffer[length..]).len();
    }
    let shown = if is_changed {
        std::str::from_utf8(&buffer[..length]).unwrap_or("")
    } else {
        contents
    };
    shown.trim_end_matches(['\u{200c}', '\u{200d}'])
}

//! What a cell shows, in our own words: text, colours, attributes, cursor. Knows no emulator and no screen library.

/// A colour as the program asked for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CellColor {
    /// The terminal's own.
    #[default]
    Default,
    /// One of the 256; 0–15 are the user's palette.
    Indexed(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

/// How text is underlined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Underline {
    /// Not at all.
    #[default]
    None,
    /// One line.
    Single,
    /// Two lines.
    Double,
    /// A wave.
    Curly,
    /// Dots.
    Dotted,
    /// Dashes.
    Dashed,
}

/// How a cell looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each attribute is on or off, independent of the others"
)]
pub struct CellStyle {
    /// Of the text.
    pub fg: CellColor,
    /// Behind the text.
    pub bg: CellColor,
    /// Of the underline; `Default` is the text's colour.
    pub underline_color: CellColor,
    /// Underline.
    pub underline: Underline,
    /// Bold.
    pub bold: bool,
    /// Faint.
    pub dim: bool,
    /// Italic.
    pub italic: bool,
    /// Blinking.
    pub blink: bool,
    /// Text and background colour change places.
    pub inverse: bool,
    /// Hidden text.
    pub conceal: bool,
    /// Struck through.
    pub strike: bool,
    /// A line above the text.
    pub overline: bool,
}

/// A link target, good for `Emulator::link` while a cell that carries it is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinkId(pub(super) u16);

/// One cell as it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellView<'a> {
    /// A base character with its marks; empty where nothing was written. Safe to show: no control, direction or tag characters.
    pub text: &'a str,
    /// The text takes this cell and the next one.
    pub wide: bool,
    /// The second half of the wide text before it; `text` is empty.
    pub is_continuation: bool,
    /// How it looks.
    pub style: CellStyle,
    /// Where it leads.
    pub link: Option<LinkId>,
}

/// What the cursor looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CursorShape {
    /// The whole cell.
    #[default]
    Block,
    /// A line below.
    Underline,
    /// A line before the character.
    Bar,
}

/// A cursor that is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Row in the view, from 0.
    pub row: u16,
    /// Column in the view, from 0.
    pub col: u16,
    /// What it looks like.
    pub shape: CursorShape,
    /// Whether the program wants it to blink.
    pub blinking: bool,
}

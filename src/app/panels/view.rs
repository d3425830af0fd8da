//! What a panel shows, as plain rows of spans: the panel says what, `ui` says how. Only rows in sight are made.

use crate::domain::Tint;

/// All that a panel shows at this moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PanelView {
    /// What it is about, such as the sandbox's name; stands in the frame behind the panel's own name.
    pub subject: String,
    /// The rows.
    pub body: Body,
    /// The last line at the left: how many there are, how old they are, why there is nothing newer.
    pub info: Vec<Span>,
}

/// The main part of a panel.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Rows in columns.
    Table(Table),
    /// Lines of a page, those in sight; how many stand above, and how many there are in all.
    Page {
        /// The lines in sight, each a row of spans.
        lines: Vec<Vec<Span>>,
        /// Lines above the first one.
        above: usize,
        /// All lines.
        total: usize,
    },
    /// Nothing to be shown, and why; several sentences are wrapped.
    Nothing(String),
}

impl Default for Body {
    fn default() -> Self {
        Self::Nothing(String::new())
    }
}

/// Rows in columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The columns, from left to right.
    pub columns: Vec<Column>,
    /// The rows in sight.
    pub rows: Vec<Row>,
    /// Rows above the first one in sight.
    pub above: usize,
    /// All rows, after the filter.
    pub total: usize,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its heading; the one that rows are sorted by is marked by the panel.
    pub title: String,
    /// How wide it is.
    pub width: Width,
    /// Where its text stands.
    pub align: Align,
    /// The panel's width from which on it is shown.
    pub from: u16,
}

/// How wide a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// So many cells.
    Cells(u16),
    /// What the others leave; several share it.
    Rest,
}

/// Where a column's text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// At the left.
    Left,
    /// At the right, as numbers do.
    Right,
}

/// One row: its cells in the order of the columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// Each cell a row of spans.
    pub cells: Vec<Vec<Span>>,
    /// Whether the cursor is on it.
    pub is_chosen: bool,
    /// Whether it is marked.
    pub is_marked: bool,
}

/// A piece of text in one tone. The text is safe to show: remote parts are escaped by the panel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The text.
    pub text: String,
    /// How it looks.
    pub tone: Tone,
}

/// How text looks, by what it means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// As text does.
    #[default]
    Plain,
    /// There for completeness.
    Faint,
    /// What the eye is to find.
    Accent,
    /// As it should be.
    Good,
    /// To be watched.
    Warning,
    /// Broken or lost.
    Bad,
    /// Where text is edited.
    Cursor,
    /// In the colour that the user gave to a sandbox.
    Of(Option<Tint>),
    /// In these colours, red, green, blue: for pictures and highlighted text. `None` is the theme's own.
    Colors {
        /// The text.
        text: Option<[u8; 3]>,
        /// What is behind it.
        back: Option<[u8; 3]>,
    },
}

impl Span {
    /// Text in a tone.
    pub fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self {
            text: text.into(),
            tone,
        }
    }

    /// Plain text.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::new(text, Tone::Plain)
    }

    /// Text that is there for completeness.
    pub fn faint(text: impl Into<String>) -> Self {
        Self::new(text, Tone::Faint)
    }
}

impl Column {
    /// A column that is always shown.
    pub fn new(title: impl Into<String>, width: Width, align: Align) -> Self {
        Self {
            title: title.into(),
            width,
            align,
            from: 0,
        }
    }

    /// The same, shown only where the panel has so many columns.
    #[must_use]
    pub fn from(mut self, cols: u16) -> Self {
        self.from = cols;
        self
    }
}

impl Row {
    /// A row that is neither chosen nor marked.
    pub fn new(cells: Vec<Vec<Span>>) -> Self {
        Self {
            cells,
            is_chosen: false,
            is_marked: false,
        }
    }
}

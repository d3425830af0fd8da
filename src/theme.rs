//! Colour roles and the styles that fill them.
//!
//! May import: `domain`.

use ratatui::style::{Color, Modifier, Style};

/// The lines that frames are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Borders {
    /// Box-drawing characters.
    #[default]
    Lines,
    /// `+`, `-` and `|`, for terminals and fonts without the others.
    Ascii,
}

/// How everything looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Plain text of the workbench.
    pub text: Style,
    /// Which lines make frames; glyphs follow it.
    pub borders: Borders,
}

impl Theme {
    /// The names that `Theme::named` knows.
    pub const NAMES: [&'static str; 3] = ["dark", "light", "mono"];

    /// A theme by its name in the config file.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "dark" => Some(Self::dark()),
            "light" => Some(Self::light()),
            "mono" => Some(Self::mono()),
            _ => None,
        }
    }

    /// For light text on a dark background.
    pub fn dark() -> Self {
        Self {
            text: Style::new(),
            borders: Borders::Lines,
        }
    }

    /// For dark text on a light background.
    pub fn light() -> Self {
        Self {
            text: Style::new().fg(Color::Black),
            borders: Borders::Lines,
        }
    }

    /// Without colours (`NO_COLOR`): bold, dim, underlined and reversed say the same.
    pub fn mono() -> Self {
        Self {
            text: Style::new().remove_modifier(Modifier::empty()),
            borders: Borders::Lines,
        }
    }

    /// The same with frames and glyphs of plain ASCII (`LANG=C`).
    #[must_use]
    pub fn with_ascii_borders(mut self) -> Self {
        self.borders = Borders::Ascii;
        self
    }
}

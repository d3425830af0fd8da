//! Colour roles, the styles that fill them, and the glyphs that go with them.
//!
//! May import: `domain`.

use ratatui::style::{Color, Modifier, Style};

use crate::domain::{Paint, Tint};

mod shades;

pub use shades::{Role, Shades};

/// How everything looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Plain text of the workbench.
    pub text: Style,
    /// Text that is there for completeness.
    pub faint: Style,
    /// Headings, keys, and what the eye is to find.
    pub accent: Style,
    /// What is good, doubtful or bad.
    pub signals: Signals,
    /// The frame of a pane.
    pub frame: Style,
    /// The frame of the pane that has the keyboard.
    pub frame_focused: Style,
    /// The tab bar and the status line.
    pub bar: Style,
    /// The tab that is shown.
    pub bar_current: Style,
    /// The mode, at the left of the status line.
    pub mode: Style,
    /// What lies over the panes.
    pub overlay: Style,
    /// The chosen row of a list.
    pub chosen: Style,
    /// The characters that lines and marks are made of.
    pub glyphs: &'static Glyphs,
}

/// The styles that say how things are. Words and glyphs say it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signals {
    /// As it should be.
    pub good: Style,
    /// To be watched.
    pub warning: Style,
    /// Broken or lost.
    pub bad: Style,
    /// Whether there are colours at all.
    pub has_color: bool,
}

/// The characters that are not text. Every mark is one cell wide.
#[derive(Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// Frame lines by the directions in which they go on: 1 up, 2 down, 4 left, 8 right.
    pub lines: [&'static str; 16],
    /// Something was printed.
    pub activity: &'static str,
    /// Ended or failed.
    pub ended: &'static str,
    /// The bell rang.
    pub bell: &'static str,
    /// A link is down.
    pub lost: &'static str,
    /// A sandbox is paused.
    pub asleep: &'static str,
    /// A program has something to say.
    pub said: &'static str,
    /// A watched pane fell silent.
    pub silence: &'static str,
    /// Between parts of a line.
    pub dot: &'static str,
    /// Text was cut off.
    pub cut: &'static str,
}

const UNICODE: Glyphs = Glyphs {
    lines: [
        " ", "│", "│", "│", "─", "┘", "┐", "┤", "─", "└", "┌", "├", "─", "┴", "┬", "┼",
    ],
    activity: "●",
    ended: "✗",
    bell: "!",
    lost: "⚠",
    asleep: "⏸",
    said: "»",
    silence: "○",
    dot: "·",
    cut: "…",
};

const ASCII: Glyphs = Glyphs {
    lines: [
        " ", "|", "|", "|", "-", "+", "+", "+", "-", "+", "+", "+", "-", "+", "+", "+",
    ],
    activity: "*",
    ended: "x",
    bell: "!",
    lost: "~",
    asleep: "=",
    said: ">",
    silence: "_",
    dot: "-",
    cut: "~",
};

impl Theme {
    /// The names that `Theme::named` knows.
    pub const NAMES: [&'static str; 7] = [
        "dark",
        "light",
        "high-contrast",
        "solarized-dark",
        "solarized-light",
        "terminal",
        "mono",
    ];

    /// A theme by its name in the config file.
    pub fn named(name: &str) -> Option<Self> {
        match Shades::named(name) {
            Some(shades) => Some(Self::colored(&shades)),
            None if name == "mono" => Some(Self::mono()),
            None => None,
        }
    }

    /// For light text on a dark background.
    pub fn dark() -> Self {
        Self::colored(&shades::DARK)
    }

    /// For dark text on a light background.
    pub fn light() -> Self {
        Self::colored(&shades::LIGHT)
    }

    /// Without colours (`NO_COLOR`): bold, dim, underlined and reversed say the same.
    pub fn mono() -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let reversed = plain.add_modifier(Modifier::REVERSED);
        Self {
            text: plain,
            faint: plain.add_modifier(Modifier::DIM),
            accent: bold,
            signals: Signals {
                good: plain,
                warning: bold,
                bad: bold.add_modifier(Modifier::UNDERLINED),
                has_color: false,
            },
            frame: plain.add_modifier(Modifier::DIM),
            frame_focused: bold,
            bar: plain,
            bar_current: reversed,
            mode: reversed.add_modifier(Modifier::BOLD),
            overlay: plain,
            chosen: reversed,
            glyphs: &UNICODE,
        }
    }

    /// The same with frames and marks of plain ASCII (`LANG=C`).
    #[must_use]
    pub fn with_ascii_borders(mut self) -> Self {
        self.glyphs = &ASCII;
        self
    }

    /// Whether frames and marks are plain ASCII.
    pub fn is_ascii(&self) -> bool {
        self.glyphs == &ASCII
    }

    /// The colour that the user gave to a sandbox.
    pub fn tint(&self, tint: Option<Tint>) -> Style {
        let Some(tint) = tint.filter(|_| self.signals.has_color) else {
            return Style::new();
        };
        Style::new().fg(match tint {
            Tint::Red => Color::Red,
            Tint::Yellow => Color::Yellow,
            Tint::Green => Color::Green,
            Tint::Cyan => Color::Cyan,
            Tint::Blue => Color::Blue,
            Tint::Magenta => Color::Magenta,
        })
    }

    /// With these colours.
    pub fn colored(shades: &Shades) -> Self {
        let fg = |paint| Style::new().fg(color(paint));
        let on = |(text, back)| fg(text).bg(color(back));
        let [good, warning, bad] = shades.signals.map(fg);
        Self {
            text: Style::new(),
            faint: fg(shades.faint),
            accent: fg(shades.accent).add_modifier(Modifier::BOLD),
            signals: Signals {
                good,
                warning,
                bad: bad.add_modifier(Modifier::BOLD),
                has_color: true,
            },
            frame: fg(shades.frame),
            frame_focused: fg(shades.accent),
            bar: on(shades.bar),
            bar_current: on(shades.current).add_modifier(Modifier::BOLD),
            mode: on(shades.current).add_modifier(Modifier::BOLD),
            overlay: on(shades.overlay),
            chosen: on(shades.chosen).add_modifier(Modifier::BOLD),
            glyphs: &UNICODE,
        }
    }
}

fn color(paint: Paint) -> Color {
    match paint {
        Paint::Default => Color::Reset,
        Paint::Indexed(number) => Color::Indexed(number),
        Paint::Rgb(red, green, blue) => Color::Rgb(red, green, blue),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::cell_width;

    #[test]
    fn every_name_is_a_theme() {
        for name in Theme::NAMES {
            assert!(Theme::named(name).is_some(), "{name}");
        }
        assert_eq!(Theme::named("none"), None);
    }

    #[test]
    fn every_glyph_takes_one_cell_and_ascii_is_ascii() {
        for glyphs in [&UNICODE, &ASCII] {
            let marks = [
                glyphs.activity,
                glyphs.ended,
                glyphs.bell,
                glyphs.lost,
                glyphs.said,
                glyphs.silence,
                glyphs.dot,
                glyphs.cut,
            ];
            for glyph in glyphs.lines.iter().chain(&marks) {
                assert_eq!(cell_width(glyph), 1, "{glyph}");
                assert!(glyphs == &UNICODE || glyph.is_ascii(), "{glyph}");
            }
        }
    }

    #[test]
    fn mono_has_no_colour() {
        let mono = Theme::mono();
        let shown = format!("{mono:?}{:?}", mono.tint(Some(Tint::Red)));
        assert!(!shown.contains("Indexed") && !shown.contains("Red"), "{shown}");
    }
}

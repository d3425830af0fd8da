//! How the next character will look: the colours and attributes in force.

use std::fmt::Write;

use super::extras::{Extra, Extras};
use super::rendition;
use crate::terminal::cells::{CellColor, CellStyle, LinkId, Underline};
use crate::terminal::sequence::Sequence;

/// Colours, attributes and link in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pen {
    pub(super) style: CellStyle,
    pub(super) link: Option<LinkId>,
    /// Written behind each character for what the library's cells cannot hold.
    pub(super) marker: Option<char>,
}

impl Pen {
    /// Applies a rendition sequence; `true` when the library would do the very same with it.
    pub(super) fn apply(&mut self, sequence: &Sequence) -> bool {
        if sequence.len() == 0 {
            self.style = CellStyle::default();
            return true;
        }
        let mut is_exact = true;
        let mut groups = sequence.groups();
        while let Some(group) = groups.next() {
            is_exact &= match group {
                [38 | 48 | 58] => self.set_listed_color(group[0], &mut groups),
                [38 | 48 | 58, color @ ..] => self.set_joined_color(group[0], color),
                [4, kind] => self.set_underline_kind(*kind),
                [number] => self.set_attribute(*number),
                _ => false,
            };
        }
        is_exact
    }

    /// Whether the library's cells can hold all of it.
    pub(super) fn is_plain(&self) -> bool {
        self.marker.is_none() && self.extra() == Extra::default()
    }

    /// Whether the library, which does not know all attributes, draws the same with both.
    pub(super) fn looks_alike(&self, other: &Self) -> bool {
        let known = |style: &CellStyle| {
            let switches = [
                style.bold,
                style.dim && !style.bold,
                style.italic,
                style.underline != Underline::None,
                style.inverse,
            ];
            (style.fg, style.bg, switches)
        };
        known(&self.style) == known(&other.style)
    }

    /// Looks up the marker again, after a change.
    pub(super) fn mark(&mut self, extras: &mut Extras) {
        self.marker = extras.marker(self.extra());
    }

    /// What the library's cells cannot hold.
    pub(super) fn extra(&self) -> Extra {
        let style = &self.style;
        let beyond_single = matches!(
            style.underline,
            Underline::Double | Underline::Curly | Underline::Dotted | Underline::Dashed
        );
        Extra {
            strike: style.strike,
            blink: style.blink,
            conceal: style.conceal,
            overline: style.overline,
            dim: style.dim && style.bold,
            underline: if beyond_single {
                style.underline
            } else {
                Underline::None
            },
            underline_color: style.underline_color,
            link: self.link,
        }
    }

    fn set_attribute(&mut self, number: u16) -> bool {
        if rendition::set_attribute(&mut self.style, number) {
            return true;
        }
        match number {
            1 => self.style.bold = true,
            2 => self.style.dim = true,
            _ => self.set_extra_attribute(number),
        }
        false
    }

    /// Attributes that the library knows nothing of.
    fn set_extra_attribute(&mut self, number: u16) {
        let style = &mut self.style;
        match number {
            5 | 6 => style.blink = true,
            8 => style.conceal = true,
            9 => style.strike = true,
            21 => style.underline = Underline::Double,
            25 => style.blink = false,
            28 => style.conceal = false,
            29 => style.strike = false,
            53 => style.overline = true,
            55 => style.overline = false,
            59 => style.underline_color = CellColor::Default,
            _ => {}
        }
    }

    fn set_underline_kind(&mut self, kind: u16) -> bool {
        self.style.underline = match kind {
            0 => Underline::None,
            2 => Underline::Double,
            3 => Underline::Curly,
            4 => Underline::Dotted,
            5 => Underline::Dashed,
            _ => Underline::Single,
        };
        false
    }

    /// A colour whose parts are numbers of their own. `true` when the library reads it the same way.
    fn set_listed_color<'a>(&mut self, which: u16, groups: &mut impl Iterator<Item = &'a [u16]>) -> bool {
        let mut next = || groups.next().and_then(|group| group.first().copied());
        let byte = |number: Option<u16>| number.and_then(|number| u8::try_from(number).ok());
        let color = match next() {
            Some(5) => byte(next()).map(CellColor::Indexed),
            Some(2) => {
                let (red, green, blue) = (byte(next()), byte(next()), byte(next()));
                red.zip(green)
                    .zip(blue)
                    .map(|((red, green), blue)| CellColor::Rgb(red, green, blue))
            }
            _ => None,
        };
        color.is_some_and(|color| self.set_color(which, color))
    }

    /// A colour in one group: with or without the empty colour space in front of its parts.
    fn set_joined_color(&mut self, which: u16, parts: &[u16]) -> bool {
        let byte = |number: u16| u8::try_from(number).ok();
        let (color, is_exact) = match parts {
            [5, index] => (byte(*index).map(CellColor::Indexed), true),
            [2, red, green, blue] | [2, _, red, green, blue, ..] => {
                let color = byte(*red).zip(byte(*green)).zip(byte(*blue));
                let color = color.map(|((red, green), blue)| CellColor::Rgb(red, green, blue));
                (color, parts.len() == 4)
            }
            _ => (None, false),
        };
        color.is_some_and(|color| self.set_color(which, color)) && is_exact
    }

    fn set_color(&mut self, which: u16, color: CellColor) -> bool {
        match which {
            38 => self.style.fg = color,
            48 => self.style.bg = color,
            _ => {
                self.style.underline_color = color;
                return false;
            }
        }
        true
    }

    /// Whether an erased cell would look the same with this pen and with its background alone.
    pub(super) fn erases_clean(&self) -> bool {
        self.style
            == CellStyle {
                bg: self.style.bg,
                ..CellStyle::default()
            }
    }

    /// The sequence that makes the library draw like this, as far as it can.
    pub(super) fn write(&self, out: &mut String) {
        let style = &self.style;
        out.push_str("\x1b[0");
        for (is_on, code) in [
            (style.bold, ";1"),
            (style.dim && !style.bold, ";2"),
            (style.italic, ";3"),
            (style.underline != Underline::None, ";4"),
            (style.inverse, ";7"),
        ] {
            if is_on {
                out.push_str(code);
            }
        }
        write_color(out, style.fg, 30);
        write_color(out, style.bg, 40);
        out.push('m');
    }

    /// The whole rendition, for a program that asks.
    pub(super) fn report(&self) -> String {
        let style = &self.style;
        let mut out = "0".to_owned();
        let underline = match style.underline {
            Underline::None => "",
            Underline::Single => ";4",
            Underline::Double => ";21",
            Underline::Curly => ";4:3",
            Underline::Dotted => ";4:4",
            Underline::Dashed => ";4:5",
        };
        for (is_on, code) in [
            (style.bold, ";1"),
            (style.dim, ";2"),
            (style.italic, ";3"),
            (true, underline),
            (style.blink, ";5"),
            (style.inverse, ";7"),
            (style.conceal, ";8"),
            (style.strike, ";9"),
            (style.overline, ";53"),
        ] {
            if is_on {
                out.push_str(code);
            }
        }
        write_color(&mut out, style.fg, 30);
        write_color(&mut out, style.bg, 40);
        out
    }
}

/// The background alone, as a sequence.
pub(super) fn write_background(out: &mut String, bg: CellColor) {
    out.push_str("\x1b[0");
    write_color(out, bg, 40);
    out.push('m');
}

/// A colour as further numbers of a rendition; `base` is 30 for text and 40 for the background.
fn write_color(out: &mut String, color: CellColor, base: u8) {
    // Writing to a string cannot fail.
    let _ = match color {
        CellColor::Default => Ok(()),
        CellColor::Indexed(index @ 0..8) => write!(out, ";{}", base + index),
        CellColor::Indexed(index @ 8..16) => write!(out, ";{}", base + 52 + index),
        CellColor::Indexed(index) => write!(out, ";{};5;{index}", base + 8),
        CellColor::Rgb(red, green, blue) => write!(out, ";{};2;{red};{green};{blue}", base + 8),
    };
}

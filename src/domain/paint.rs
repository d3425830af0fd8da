//! A colour as people write it in a file: of the terminal's own 16, one of the 256, or red, green and blue.

use std::fmt;
use std::str::FromStr;

/// One colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Paint {
    /// Whatever the terminal has as its own.
    Default,
    /// One of the 256; 0–15 are the terminal's palette.
    Indexed(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

/// The names of the terminal's first eight colours, in their order.
const NAMES: [&str; 8] = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

impl FromStr for Paint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "default" {
            return Ok(Self::Default);
        }
        if let Some(digits) = text.strip_prefix('#') {
            return from_digits(digits).ok_or_else(|| unknown(text));
        }
        if let Ok(number) = text.parse() {
            return Ok(Self::Indexed(number));
        }
        let (name, offset) = text.strip_prefix("bright-").map_or((text, 0), |name| (name, 8));
        let found = NAMES.iter().position(|known| *known == name);
        found
            .map(|at| Self::Indexed(at as u8 + offset))
            .ok_or_else(|| unknown(text))
    }
}

/// `rgb` or `rrggbb`.
fn from_digits(digits: &str) -> Option<Paint> {
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let value = u32::from_str_radix(digits, 16).ok()?;
    let part = |shift: u32, mask: u32| ((value >> shift) & mask) as u8;
    match digits.len() {
        3 => Some(Paint::Rgb(part(8, 15) * 17, part(4, 15) * 17, part(0, 15) * 17)),
        6 => Some(Paint::Rgb(part(16, 255), part(8, 255), part(0, 255))),
        _ => None,
    }
}

fn unknown(text: &str) -> String {
    let shown = text.escape_debug();
    format!(
        "`{shown}` is no colour: use #rrggbb, 0 to 255, default, or {}, with bright- in front for the light ones",
        NAMES.join(", ")
    )
}

impl fmt::Display for Paint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => out.write_str("default"),
            Self::Indexed(number) => write!(out, "{number}"),
            Self::Rgb(red, green, blue) => write!(out, "#{red:02x}{green:02x}{blue:02x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_the_rest_gets_a_reason() {
        for (text, expected) in [
            ("default", Paint::Default),
            ("red", Paint::Indexed(1)),
            ("bright-black", Paint::Indexed(8)),
            ("245", Paint::Indexed(245)),
            ("#fa0", Paint::Rgb(255, 170, 0)),
            ("#5fd7d7", Paint::Rgb(0x5f, 0xd7, 0xd7)),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
            assert_eq!(expected.to_string().parse(), Ok(expected));
        }
        for text in ["", "256", "-1", "#12345", "#+12", "bright-", "pink", "\u{1b}[31m"] {
            let problem = text.parse::<Paint>().unwrap_err();
            assert!(
                problem.contains("is no colour") && !problem.contains('\u{1b}'),
                "{problem}"
            );
        }
    }
}

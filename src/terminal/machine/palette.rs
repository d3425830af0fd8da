//! Colours that the program redefined, and what we say when it asks for one.

use crate::terminal::cells::CellColor;

/// Red, green, blue.
pub(super) type Rgb = (u8, u8, u8);

/// A colour besides the numbered ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Special {
    Foreground,
    Background,
    Cursor,
}

/// The colours of one terminal.
#[derive(Clone, Debug)]
pub(in crate::terminal) struct Palette {
    /// Those that were redefined; empty until one is.
    numbered: Vec<Option<Rgb>>,
    special: [Option<Rgb>; 3],
    /// What the user's terminal shows where nothing is set: text, background, cursor.
    host: [Rgb; 3],
}

impl Default for Palette {
    fn default() -> Self {
        Self {
            numbered: Vec::new(),
            special: [None; 3],
            host: [(229, 229, 229), (0, 0, 0), (229, 229, 229)],
        }
    }
}

/// The first sixteen as xterm has them.
const SIXTEEN: [Rgb; 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

impl Palette {
    /// Forgets what the program set; keeps what the host told.
    pub(super) fn reset(&mut self) {
        self.numbered.clear();
        self.special = [None; 3];
    }

    /// Says what the user's own terminal shows by default.
    pub(in crate::terminal) fn set_host(&mut self, foreground: Rgb, background: Rgb) {
        self.host = [foreground, background, foreground];
    }

    pub(super) fn set(&mut self, index: u8, color: Option<Rgb>) {
        if self.numbered.is_empty() {
            self.numbered = vec![None; 256];
        }
        self.numbered[usize::from(index)] = color;
    }

    pub(super) fn reset_numbered(&mut self) {
        self.numbered.clear();
    }

    pub(super) fn set_special(&mut self, special: Special, color: Option<Rgb>) {
        self.special[special as usize] = color;
    }

    pub(super) fn special(&self, special: Special) -> Rgb {
        self.special[special as usize].unwrap_or(self.host[special as usize])
    }

    /// What a numbered colour is.
    pub(super) fn numbered(&self, index: u8) -> Rgb {
        let redefined = self.numbered.get(usize::from(index)).copied().flatten();
        redefined.unwrap_or_else(|| standard(index))
    }

    /// The colour to draw for what a cell asks: redefined ones become exact.
    pub(in crate::terminal) fn resolve(&self, color: CellColor) -> CellColor {
        let CellColor::Indexed(index) = color else {
            return color;
        };
        match self.numbered.get(usize::from(index)) {
            Some(Some((red, green, blue))) => CellColor::Rgb(*red, *green, *blue),
            _ => color,
        }
    }

    /// The default text and background colour, where the program set them.
    pub(in crate::terminal) fn defaults(&self) -> (CellColor, CellColor) {
        let color = |special: Special| {
            self.special[special as usize].map_or(CellColor::Default, |(red, green, blue)| {
                CellColor::Rgb(red, green, blue)
            })
        };
        (color(Special::Foreground), color(Special::Background))
    }
}

/// xterm's 256: sixteen, a cube, greys.
fn standard(index: u8) -> Rgb {
    let step = |level: u8| if level == 0 { 0 } else { 55 + 40 * level };
    match index {
        0..16 => SIXTEEN[usize::from(index)],
        16..232 => {
            let cube = index - 16;
            (step(cube / 36), step(cube / 6 % 6), step(cube % 6))
        }
        _ => {
            let grey = 8 + 10 * (index - 232);
            (grey, grey, grey)
        }
    }
}

/// Reads `#rgb`, `#rrggbb`, … or `rgb:r/g/b` with one to four digits each; keeps the eight upper bits. As X11 has it, the
/// digits behind `#` are the upper ones of four, and those behind `rgb:` are scaled: `#f00` is a little darker than `rgb:f/0/0`.
pub(super) fn parse_color(text: &str) -> Option<Rgb> {
    if let Some(text) = text.strip_prefix("rgb:") {
        return components(&text.split('/').collect::<Vec<_>>(), |value, most| value * 255 / most);
    }
    let text = text
        .strip_prefix('#')
        .filter(|text| text.is_ascii() && text.len() % 3 == 0)?;
    let (one, rest) = text.split_at(text.len() / 3);
    let (two, three) = rest.split_at(one.len());
    components(&[one, two, three], |value, most| value * 256 / (most + 1))
}

/// Three hexadecimal numbers of one to four digits, made bytes by their value and the largest of that length.
fn components(parts: &[&str], byte: impl Fn(u32, u32) -> u32) -> Option<Rgb> {
    let is_part = |part: &&str| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let &[red, green, blue] = parts else {
        return None;
    };
    if ![red, green, blue].iter().all(is_part) {
        return None;
    }
    let byte_of = |part: &str| -> Option<u8> {
        let value = u32::from_str_radix(part, 16).ok()?;
        Some(byte(value, (1 << (4 * part.len() as u32)) - 1) as u8)
    };
    Some((byte_of(red)?, byte_of(green)?, byte_of(blue)?))
}

/// As colours are written in answers.
pub(super) fn written((red, green, blue): Rgb) -> String {
    format!("rgb:{red:02x}{red:02x}/{green:02x}{green:02x}/{blue:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_in_every_length() {
        for (text, color) in [
            ("#fff", Some((240, 240, 240))),
            ("#ffffff", Some((255, 255, 255))),
            ("#102030", Some((16, 32, 48))),
            ("#ffff00008080", Some((255, 0, 128))),
            ("rgb:f/0/8", Some((255, 0, 136))),
            ("rgb:12/34/56", Some((0x12, 0x34, 0x56))),
            ("rgb:1212/3434/5656", Some((0x12, 0x34, 0x56))),
            ("rgb:/1/2", None),
            ("#", None),
            ("#ü0", None),
            ("red", None),
            ("rgb:+1/2/3", None),
        ] {
            assert_eq!(parse_color(text), color, "{text}");
        }
    }

    #[test]
    fn the_cube_and_the_greys() {
        let palette = Palette::default();
        assert_eq!(palette.numbered(16), (0, 0, 0));
        assert_eq!(palette.numbered(231), (255, 255, 255));
        assert_eq!(palette.numbered(67), (95, 135, 175));
        assert_eq!(palette.numbered(255), (238, 238, 238));
    }
}

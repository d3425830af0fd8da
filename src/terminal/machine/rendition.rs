//! What renditions (SGR) do to colours and attributes, as far as the library does the very same. Knows no grid and no sequence
//! but these.

use crate::terminal::cells::{CellColor, CellStyle, Underline};

/// Changes the pen by a rendition of which the library knows every number.
pub(super) fn apply(pen: &mut CellStyle, numbers: &[u16]) -> bool {
    if matches!(numbers, [] | [0]) {
        *pen = CellStyle::default();
        return true;
    }
    let mut style = *pen;
    let mut at = 0;
    while at < numbers.len() {
        match numbers[at..] {
            [which @ (38 | 48), 5, index, ..] if index < 256 => {
                set_color(&mut style, which, CellColor::Indexed(index as u8));
                at += 3;
            }
            [which @ (38 | 48), 2, red, green, blue, ..] if red < 256 && green < 256 && blue < 256 => {
                set_color(&mut style, which, CellColor::Rgb(red as u8, green as u8, blue as u8));
                at += 5;
            }
            [number, ..] if set_attribute(&mut style, number) => at += 1,
            _ => return false,
        }
    }
    *pen = style;
    true
}

/// The renditions that are met most, read without looking at their numbers one by one. Answers how long they are.
pub(super) fn short(style: &mut CellStyle, bytes: &[u8]) -> usize {
    let number = |digit: u8| u16::from(digit - b'0');
    match bytes {
        [_, b'[', b'm', ..] => {
            *style = CellStyle::default();
            3
        }
        [_, b'[', only @ b'0'..=b'9', b'm', ..] if set_attribute(style, number(*only)) => 4,
        [_, b'[', tens @ b'1'..=b'9', ones @ b'0'..=b'9', b'm', ..]
            if set_attribute(style, number(*tens) * 10 + number(*ones)) =>
        {
            5
        }
        [_, b'[', which @ (b'3' | b'4'), b'8', b';', b'5', b';', rest @ ..] => {
            let (index, digits) = match rest {
                [ones @ b'0'..=b'9', b'm', ..] => (number(*ones), 1),
                [tens @ b'0'..=b'9', ones @ b'0'..=b'9', b'm', ..] => (number(*tens) * 10 + number(*ones), 2),
                [hundreds @ b'1'..=b'2', tens @ b'0'..=b'9', ones @ b'0'..=b'9', b'm', ..] => {
                    (number(*hundreds) * 100 + number(*tens) * 10 + number(*ones), 3)
                }
                _ => return 0,
            };
            let Ok(index) = u8::try_from(index) else { return 0 };
            set_color(style, number(*which) * 10 + 8, CellColor::Indexed(index));
            digits + 8
        }
        _ => 0,
    }
}

fn set_color(style: &mut CellStyle, which: u16, color: CellColor) {
    if which == 38 {
        style.fg = color;
    } else {
        style.bg = color;
    }
}

/// `false` when the library does not know the attribute, or not beside those that are on.
pub(super) fn set_attribute(style: &mut CellStyle, number: u16) -> bool {
    match number {
        0 => *style = CellStyle::default(),
        1 if !style.dim => style.bold = true,
        2 if !style.bold => style.dim = true,
        3 => style.italic = true,
        4 => style.underline = Underline::Single,
        7 => style.inverse = true,
        22 => (style.bold, style.dim) = (false, false),
        23 => style.italic = false,
        24 => style.underline = Underline::None,
        27 => style.inverse = false,
        30..=37 => style.fg = CellColor::Indexed(number as u8 - 30),
        39 => style.fg = CellColor::Default,
        40..=47 => style.bg = CellColor::Indexed(number as u8 - 40),
        49 => style.bg = CellColor::Default,
        90..=97 => style.fg = CellColor::Indexed(number as u8 - 82),
        100..=107 => style.bg = CellColor::Indexed(number as u8 - 92),
        _ => return false,
    }
    true
}

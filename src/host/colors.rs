//! How many colours the user's terminal has, by its name, its variables and its entry in the terminfo database, and what
//! becomes of colours that it has not. Knows no screen.

use std::fs;
use std::path::PathBuf;

use crate::domain::{ColorDepth, Paint};

/// Terminals with all colours that do not say so in `COLORTERM`, or not through ssh: parts of `TERM`.
const TRUE_TERMS: [&str; 10] = [
    "-direct",
    "truecolor",
    "kitty",
    "ghostty",
    "alacritty",
    "wezterm",
    "foot",
    "contour",
    "rio",
    "iterm",
];
/// The same by `TERM_PROGRAM`.
const TRUE_PROGRAMS: [&str; 6] = ["iTerm.app", "WezTerm", "ghostty", "vscode", "rio", "WarpTerminal"];

/// How many colours the terminal has. `variable` reads the environment.
pub fn color_depth(variable: impl Fn(&str) -> Option<String>) -> ColorDepth {
    let read = |name: &str| variable(name).unwrap_or_default();
    let term = read("TERM");
    if term.is_empty() || term == "dumb" {
        return ColorDepth::None;
    }
    let is_inside_multiplexer = term.starts_with("tmux") || term.starts_with("screen");
    let has_true_name = TRUE_TERMS.iter().any(|part| term.contains(part))
        || TRUE_PROGRAMS.contains(&read("TERM_PROGRAM").as_str())
        || !read("WT_SESSION").is_empty();
    let says_true = ["truecolor", "24bit"].contains(&read("COLORTERM").as_str());
    // The console of Linux takes whatever its login passed on; it has sixteen.
    if term != "linux" && (says_true || (has_true_name && !is_inside_multiplexer)) {
        return ColorDepth::True;
    }
    if term.contains("256color") {
        return ColorDepth::Indexed;
    }
    match terminfo_colors(&term, &variable) {
        Some(0x0100_0000..) => ColorDepth::True,
        Some(256..) => ColorDepth::Indexed,
        Some(8..) => ColorDepth::Sixteen,
        Some(_) => ColorDepth::None,
        // Not in the database, or there is none. Terminals by these names had no colours.
        None if term.starts_with("vt") && !term.contains("color") => ColorDepth::None,
        None => ColorDepth::Sixteen,
    }
}

/// No compiled entry is larger.
const LARGEST_ENTRY: u64 = 64 * 1024;
/// Where the number of colours stands among the numbers of an entry (`max_colors`, term(5)).
const COLORS_AT: usize = 13;

/// The number of colours in the terminal's entry.
fn terminfo_colors(term: &str, variable: impl Fn(&str) -> Option<String>) -> Option<i32> {
    let first = term.chars().next().filter(char::is_ascii)?;
    if !term
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-+._".contains(&byte))
    {
        return None;
    }
    let mut folders: Vec<PathBuf> = variable("TERMINFO").map(PathBuf::from).into_iter().collect();
    folders.extend(variable("HOME").map(|home| PathBuf::from(home).join(".terminfo")));
    let listed = variable("TERMINFO_DIRS").unwrap_or_default();
    folders.extend(listed.split(':').filter(|folder| !folder.is_empty()).map(PathBuf::from));
    let usual = [
        "/etc/terminfo",
        "/lib/terminfo",
        "/usr/share/terminfo",
        "/usr/lib/terminfo",
    ];
    folders.extend(usual.map(PathBuf::from));
    let names = [first.to_string(), format!("{:x}", first as u32)];
    let mut paths = folders
        .iter()
        .flat_map(|folder| names.iter().map(move |name| folder.join(name).join(term)));
    let entry = paths.find_map(|path| {
        let size = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?.len();
        (size <= LARGEST_ENTRY).then(|| fs::read(&path).ok())?
    })?;
    colors_of(&entry)
}

/// The number of colours in a compiled entry; 0 where it names none.
fn colors_of(entry: &[u8]) -> Option<i32> {
    let short = |at: usize| Some(i16::from_le_bytes(entry.get(at..at + 2)?.try_into().ok()?));
    let number_bytes = match short(0)? {
        0o432 => 2,
        0o1036 => 4,
        _ => return None,
    };
    let length = |at: usize| usize::try_from(short(at)?).ok();
    let (names, flags, numbers) = (length(2)?, length(4)?, length(6)?);
    if numbers <= COLORS_AT {
        return Some(0);
    }
    // Numbers begin at an even place.
    let begin = (12 + names + flags).next_multiple_of(2) + COLORS_AT * number_bytes;
    let number = match number_bytes {
        2 => i32::from(short(begin)?),
        _ => i32::from_le_bytes(entry.get(begin..begin + 4)?.try_into().ok()?),
    };
    Some(number.max(0))
}

/// Text and background as a terminal with so many colours can show them. Where both become one colour although they were
/// two, the text becomes black or white, so that it can be read.
pub(super) fn reduced(text: Paint, back: Paint, depth: ColorDepth) -> (Paint, Paint) {
    let (near_text, near_back) = (nearest(text, depth), nearest(back, depth));
    if near_text == near_back && text != back && near_text != Paint::Default {
        let is_back_light = parts(near_back).is_some_and(|parts| brightness(parts) > 127);
        return (Paint::Indexed(if is_back_light { 0 } else { 15 }), near_back);
    }
    (near_text, near_back)
}

/// The colour that comes nearest to it among so many.
pub(super) fn nearest(paint: Paint, depth: ColorDepth) -> Paint {
    match (paint, depth) {
        (Paint::Default, _) | (_, ColorDepth::None) => Paint::Default,
        (_, ColorDepth::True) | (Paint::Indexed(..=15), _) | (Paint::Indexed(_), ColorDepth::Indexed) => paint,
        (Paint::Rgb(red, green, blue), ColorDepth::Indexed) => Paint::Indexed(nearest_of_256([red, green, blue])),
        (_, ColorDepth::Sixteen) => parts(paint).map_or(Paint::Default, |parts| Paint::Indexed(nearest_of_16(parts))),
    }
}

/// Whether a background is so light, or so coloured, that a terminal without colours should tell it from its own.
pub(super) fn stands_out(back: Paint) -> bool {
    parts(back).is_some_and(|parts| brightness(parts) > 48)
}

/// The steps of the cube of 216 colours.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
/// The sixteen as xterm has them. Users choose others, but of about the same kind.
const SIXTEEN: [[u8; 3]; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

/// Red, green and blue; nothing for the terminal's own colour.
fn parts(paint: Paint) -> Option<[u8; 3]> {
    match paint {
        Paint::Default => None,
        Paint::Rgb(red, green, blue) => Some([red, green, blue]),
        Paint::Indexed(number @ ..=15) => Some(SIXTEEN[usize::from(number)]),
        Paint::Indexed(number @ 232..) => Some([8 + (number - 232) * 10; 3]),
        Paint::Indexed(number) => {
            let number = usize::from(number - 16);
            Some([STEPS[number / 36], STEPS[number / 6 % 6], STEPS[number % 6]])
        }
    }
}

fn brightness([red, green, blue]: [u8; 3]) -> u32 {
    (u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114) / 1000
}

/// How far apart two colours are, about as the eye sees it.
fn distance(one: [u8; 3], other: [u8; 3]) -> i32 {
    let [red, green, blue] = [0, 1, 2].map(|part| i32::from(one[part]) - i32::from(other[part]));
    3 * red * red + 6 * green * green + blue * blue
}

fn nearest_of_256(wanted: [u8; 3]) -> u8 {
    let step = |part: u8| {
        let distances = STEPS.map(|step| step.abs_diff(part));
        (0..6).min_by_key(|at| distances[*at]).unwrap_or(0)
    };
    let [red, green, blue] = wanted.map(step);
    let of_cube = (16 + 36 * red + 6 * green + blue) as u8;
    let average = wanted.iter().map(|part| u32::from(*part)).sum::<u32>() / 3;
    let of_greys = 232 + (average.saturating_sub(3) / 10).min(23) as u8;
    let far = |number: u8| parts(Paint::Indexed(number)).map_or(i32::MAX, |parts| distance(parts, wanted));
    if far(of_greys) < far(of_cube) {
        of_greys
    } else {
        of_cube
    }
}

fn nearest_of_16(wanted: [u8; 3]) -> u8 {
    let numbers = 0..16_u8;
    numbers
        .min_by_key(|number| distance(SIXTEEN[usize::from(*number)], wanted))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth(variables: &[(&str, &str)]) -> ColorDepth {
        color_depth(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_terminal_says_how_many_colours_it_has() {
        for (variables, expected) in [
            (
                &[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")][..],
                ColorDepth::True,
            ),
            (&[("TERM", "xterm-256color")], ColorDepth::Indexed),
            (&[("TERM", "xterm-kitty")], ColorDepth::True),
            (&[("TERM", "xterm-direct")], ColorDepth::True),
            (
                &[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")],
                ColorDepth::True,
            ),
            (
                &[("TERM", "xterm-256color"), ("TERM_PROGRAM", "Apple_Terminal")],
                ColorDepth::Indexed,
            ),
            // Of the terminal that tmux runs in nothing is known.
            (
                &[("TERM", "tmux-256color"), ("TERM_PROGRAM", "WezTerm")],
                ColorDepth::Indexed,
            ),
            (
                &[("TERM", "tmux-256color"), ("COLORTERM", "truecolor")],
                ColorDepth::True,
            ),
            (
                &[("TERM", "linux"), ("COLORTERM", "truecolor"), ("TERMINFO", "/nowhere")],
                ColorDepth::Sixteen,
            ),
            (&[("TERM", "never-heard-of")], ColorDepth::Sixteen),
            (&[("TERM", "vt999")], ColorDepth::None),
            (&[("TERM", "dumb"), ("COLORTERM", "truecolor")], ColorDepth::None),
            (&[("TERM", "../../etc/passwd")], ColorDepth::Sixteen),
            (&[], ColorDepth::None),
        ] {
            assert_eq!(depth(variables), expected, "{variables:?}");
        }
    }

    /// An entry with two names, three flags and so many numbers, all of them -1 but the number of colours.
    fn entry(magic: u16, numbers: u16, colors: i32) -> Vec<u8> {
        let mut entry = Vec::new();
        for short in [magic, 4, 3, numbers, 0, 0] {
            entry.extend_from_slice(&short.to_le_bytes());
        }
        entry.extend_from_slice(b"a|b\0\x01\x00\x01\x00");
        for number in 0..usize::from(numbers) {
            let value = if number == COLORS_AT { colors } else { -1 };
            if magic == 0o432 {
                entry.extend_from_slice(&(value as i16).to_le_bytes());
            } else {
                entry.extend_from_slice(&value.to_le_bytes());
            }
        }
        entry
    }

    #[test]
    fn the_number_of_colours_is_read_from_both_kinds_of_entries() {
        assert_eq!(colors_of(&entry(0o432, 20, 8)), Some(8));
        assert_eq!(colors_of(&entry(0o1036, 20, 1 << 24)), Some(1 << 24));
        assert_eq!(colors_of(&entry(0o432, 20, -1)), Some(0));
        assert_eq!(colors_of(&entry(0o432, 3, 8)), Some(0));
        let whole = entry(0o1036, 20, 256);
        for length in 0..whole.len() - 4 * (20 - COLORS_AT) {
            assert_eq!(colors_of(&whole[..length]), None, "cut at {length}");
        }
        assert_eq!(colors_of(&[0xff; 100]), None);
        let folder = tempfile::tempdir().unwrap();
        for (name, letter, colors) in [("my-term", "m", 256), ("other", "6f", 2)] {
            fs::create_dir(folder.path().join(letter)).unwrap();
            fs::write(folder.path().join(letter).join(name), entry(0o432, 20, colors)).unwrap();
        }
        let path = folder.path().to_str().unwrap();
        assert_eq!(depth(&[("TERM", "my-term"), ("TERMINFO", path)]), ColorDepth::Indexed);
        assert_eq!(depth(&[("TERM", "other"), ("TERMINFO_DIRS", path)]), ColorDepth::None);
    }

    #[test]
    fn colours_become_the_nearest_that_there_are() {
        use ColorDepth::{Indexed, None, Sixteen, True};
        let rgb = Paint::Rgb;
        for (paint, depth, expected) in [
            (rgb(1, 2, 3), True, rgb(1, 2, 3)),
            (rgb(255, 0, 0), Indexed, Paint::Indexed(196)),
            (rgb(8, 8, 8), Indexed, Paint::Indexed(232)),
            (rgb(238, 238, 238), Indexed, Paint::Indexed(255)),
            (rgb(0, 0, 0), Indexed, Paint::Indexed(16)),
            (rgb(250, 250, 250), Indexed, Paint::Indexed(231)),
            (rgb(97, 134, 176), Indexed, Paint::Indexed(67)),
            (rgb(250, 5, 5), Sixteen, Paint::Indexed(9)),
            (rgb(0, 30, 10), Sixteen, Paint::Indexed(0)),
            (Paint::Indexed(236), Sixteen, Paint::Indexed(0)),
            (Paint::Indexed(252), Sixteen, Paint::Indexed(7)),
            (Paint::Indexed(231), Sixteen, Paint::Indexed(15)),
            (Paint::Indexed(28), Sixteen, Paint::Indexed(2)),
            (Paint::Indexed(12), Sixteen, Paint::Indexed(12)),
            (Paint::Indexed(12), None, Paint::Default),
            (Paint::Default, Sixteen, Paint::Default),
        ] {
            assert_eq!(nearest(paint, depth), expected, "{paint} with {depth:?}");
        }
        for number in 16..=255 {
            let [red, green, blue] = parts(Paint::Indexed(number)).unwrap();
            let found = nearest_of_256([red, green, blue]);
            assert_eq!(parts(Paint::Indexed(found)), Some([red, green, blue]), "{number}");
        }
    }

    #[test]
    fn text_never_becomes_the_colour_of_its_background() {
        for (text, back) in [(240, 243), (236, 234), (255, 231), (17, 18)] {
            let (near_text, near_back) = reduced(Paint::Indexed(text), Paint::Indexed(back), ColorDepth::Sixteen);
            assert_ne!(near_text, near_back, "{text} on {back}");
        }
        // What was meant not to be seen is not seen.
        let (text, back) = reduced(Paint::Indexed(240), Paint::Indexed(240), ColorDepth::Sixteen);
        assert_eq!(text, back);
    }
}

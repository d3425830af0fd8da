//! How a piece of a file may be looked at: source text with colours, pictures as pixels. Bounded in time, size and memory, and
//! done in threads of its own. Knows no panel and no sandbox.

use std::io::Cursor;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use image::{ImageReader, Limits};
use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxReference, SyntaxSet};

use crate::app::panels::{Ink, Look};

/// Colouring takes no longer; what is not done then stays plain.
pub(super) const COLOR_LIMIT: Duration = Duration::from_secs(1);
/// Longer lines stay plain: the rules of some languages take very long for them.
const LONGEST_LINE: usize = 1_000;
/// Larger pictures are not decoded: pixels on a side, and bytes of memory for all of them.
const MOST_PIXELS: u32 = 10_000;
const MOST_MEMORY: u64 = 128 << 20;
/// What is shown of a picture has at most so many pixels on a side.
const SHOWN_PIXELS: u32 = 320;

/// Whether these bytes begin a picture that can be shown.
pub(super) fn is_picture(start: &[u8]) -> bool {
    [&b"\x89PNG\r\n\x1a\n"[..], b"\xff\xd8\xff", b"GIF87a", b"GIF89a"]
        .iter()
        .any(|magic| start.starts_with(magic))
}

/// The pixels of a picture, made small. Plain if it cannot be decoded within bounds.
pub(super) fn picture(bytes: Vec<u8>) -> Look {
    let decode = || {
        let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
        let mut limits = Limits::default();
        limits.max_image_width = Some(MOST_PIXELS);
        limits.max_image_height = Some(MOST_PIXELS);
        limits.max_alloc = Some(MOST_MEMORY);
        reader.limits(limits);
        let whole = reader.decode().ok()?;
        let small = if whole.width().max(whole.height()) > SHOWN_PIXELS {
            whole.thumbnail(SHOWN_PIXELS, SHOWN_PIXELS)
        } else {
            whole.clone()
        };
        let small = small.to_rgba8();
        // What shines through is dark, as most terminals are.
        let faded = |value: u8, alpha: u8| (u16::from(value) * u16::from(alpha) / 255) as u8;
        let pixels = small.pixels().map(|pixel| {
            let [red, green, blue, alpha] = pixel.0;
            [red, green, blue].map(|value| faded(value, alpha))
        });
        Some(Look::Picture {
            size: (whole.width(), whole.height()),
            width: small.width() as usize,
            pixels: pixels.collect(),
        })
    };
    decode().unwrap_or_default()
}

/// The colours of a source text, by its name or its first line, as far as the time goes. Plain if its language is not known.
pub(super) fn colors(name: &str, bytes: &[u8], limit: Duration) -> Look {
    let set = syntaxes();
    let text = String::from_utf8_lossy(bytes);
    let Some(syntax) = syntax_of(set, name, &text).filter(|_| !bytes.contains(&0)) else {
        return Look::Plain;
    };
    let end = Instant::now() + limit;
    let mut state = ParseState::new(syntax);
    let mut stack = ScopeStack::new();
    let mut lines = Vec::new();
    for line in text.split_inclusive('\n') {
        if line.len() > LONGEST_LINE || Instant::now() >= end {
            break;
        }
        let Ok(changes) = state.parse_line(line, set) else {
            break;
        };
        let mut inks = Vec::new();
        let mut done = 0;
        for (at, change) in changes {
            if at > done {
                inks.push((at - done, ink(&stack)));
                done = at;
            }
            if stack.apply(&change).is_err() {
                return Look::Plain;
            }
        }
        inks.push((line.len() - done, ink(&stack)));
        lines.push(inks);
    }
    Look::Colored(lines)
}

fn syntaxes() -> &'static SyntaxSet {
    static SET: OnceLock<SyntaxSet> = OnceLock::new();
    SET.get_or_init(SyntaxSet::load_defaults_newlines)
}

fn syntax_of<'a>(set: &'a SyntaxSet, name: &str, text: &str) -> Option<&'a SyntaxReference> {
    let extension = name.rsplit_once('.').map_or(name, |(_, extension)| extension);
    let found = set
        .find_syntax_by_extension(name)
        .or_else(|| set.find_syntax_by_extension(extension))
        .or_else(|| set.find_syntax_by_first_line(text.lines().next()?));
    found.filter(|syntax| syntax.name != "Plain Text")
}

/// What the innermost scope that says something is.
fn ink(stack: &ScopeStack) -> Ink {
    static KINDS: OnceLock<Vec<(Scope, Ink)>> = OnceLock::new();
    let kinds = KINDS.get_or_init(|| {
        let kinds = [
            ("comment", Ink::Comment),
            ("string", Ink::Text),
            ("constant", Ink::Constant),
            ("keyword", Ink::Keyword),
            ("storage", Ink::Keyword),
            ("entity.name", Ink::Name),
            ("markup.heading", Ink::Keyword),
            ("support", Ink::Name),
            ("invalid", Ink::Wrong),
        ];
        let made = kinds
            .into_iter()
            .filter_map(|(name, ink)| Some((Scope::new(name).ok()?, ink)));
        made.collect()
    });
    let innermost = stack.as_slice().iter().rev();
    let mut found = innermost.filter_map(|scope| kinds.iter().find(|(kind, _)| kind.is_prefix_of(*scope)));
    found.next().map_or(Ink::Plain, |(_, ink)| *ink)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing waits for it unless something is wrong.
    const LONG: Duration = Duration::from_secs(120);

    #[test]
    fn source_text_has_colours_and_other_text_has_none() {
        let Look::Colored(lines) = colors("main.rs", b"// hello\nfn main() { let x = \"y\"; }\n", LONG) else {
            panic!("plain");
        };
        assert_eq!(lines.len(), 2);
        assert!(lines[0].iter().any(|(_, ink)| *ink == Ink::Comment));
        for wanted in [Ink::Keyword, Ink::Text, Ink::Name] {
            assert!(lines[1].iter().any(|(_, ink)| *ink == wanted), "{wanted:?}");
        }
        let total: usize = lines.iter().flatten().map(|(length, _)| length).sum();
        assert_eq!(total, 36);
        assert_eq!(colors("notes", b"just words\n", LONG), Look::Plain);
        assert!(matches!(colors("x", b"#!/bin/sh\necho\n", LONG), Look::Colored(_)));
        let long = format!("fn a() {{}}\n{}\n", "x".repeat(100_000));
        assert!(matches!(colors("a.rs", long.as_bytes(), LONG), Look::Colored(lines) if lines.len() == 1));
        assert_eq!(
            colors("a.rs", long.as_bytes(), Duration::ZERO),
            Look::Colored(Vec::new())
        );
    }

    #[test]
    fn pictures_are_made_small_and_damaged_ones_are_no_pictures() {
        let mut png = Vec::new();
        let whole = image::RgbImage::from_pixel(1_000, 500, image::Rgb([9, 8, 7]));
        whole
            .write_to(&mut Cursor::new(&mut png), image::ImageFormat::Png)
            .unwrap();
        assert!(is_picture(&png));
        let Look::Picture { size, width, pixels } = picture(png.clone()) else {
            panic!("no picture");
        };
        assert_eq!(
            (size, width, pixels.len(), pixels[0]),
            ((1_000, 500), 320, 320 * 160, [9, 8, 7])
        );
        // A header that promises more pixels than anybody has memory for.
        png[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
        assert_eq!(picture(png), Look::Plain);
        assert_eq!(picture(b"\x89PNG\r\n\x1a\nrubbish".to_vec()), Look::Plain);
    }
}

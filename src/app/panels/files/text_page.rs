//! A piece of a file as lines: text, or bytes in hexadecimal. Pure; bounded by the piece.

use crate::app::panels::view::{Span, Tone};
use crate::domain::RemoteText;

use super::questions::{Ink, Look};

/// Of a longer line no more is shown.
const LONGEST_LINE: usize = 2_000;

/// Whether a piece looks like text: no zero bytes, and almost all of it UTF-8.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    if bytes.contains(&0) {
        return false;
    }
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        // A letter may be cut at the end of the piece.
        Err(error) => error.error_len().is_none() || error.valid_up_to() * 10 > bytes.len() * 9,
    }
}

/// The lines of a text, tabs made wide, everything that acts on a terminal made visible.
pub(super) fn text_lines(bytes: &[u8], look: &Look) -> Vec<Vec<Span>> {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.strip_suffix('\n').unwrap_or(&text).split('\n');
    let inks: &[Vec<(usize, Ink)>] = match look {
        Look::Colored(inks) => inks,
        Look::Plain | Look::Picture { .. } | Look::Archive(_) => &[],
    };
    let inks = inks.iter().map(Vec::as_slice).chain(std::iter::repeat(&[][..]));
    let line = |(line, inks): (&str, _)| text_line(line.strip_suffix('\r').unwrap_or(line), inks);
    lines.zip(inks).map(line).collect()
}

fn text_line(line: &str, inks: &[(usize, Ink)]) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut column = 0;
    let end = line.char_indices().nth(LONGEST_LINE).map_or(line.len(), |(at, _)| at);
    let mut at: usize = 0;
    for (length, ink) in inks.iter().copied().chain([(usize::MAX, Ink::Plain)]) {
        let to = at.saturating_add(length).min(end);
        if let Some(part) = line.get(at..to).filter(|part| !part.is_empty()) {
            spans.push(Span::new(
                RemoteText::new(wide_tabs(part, &mut column)).escaped(),
                tone(ink),
            ));
            at = to;
        }
    }
    let rest = line[end..].chars().count();
    if rest > 0 {
        spans.push(Span::new(format!(" … {rest} more"), Tone::Warning));
    }
    spans
}

fn wide_tabs(text: &str, column: &mut usize) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter == '\t' {
            let blanks = 8 - *column % 8;
            shown.push_str(&"        "[..blanks]);
            *column += blanks;
        } else {
            shown.push(letter);
            *column += 1;
        }
    }
    shown
}

fn tone(ink: Ink) -> Tone {
    match ink {
        Ink::Plain => Tone::Plain,
        Ink::Comment => Tone::Faint,
        Ink::Text => Tone::Good,
        Ink::Constant => Tone::Warning,
        Ink::Keyword | Ink::Name => Tone::Accent,
        Ink::Wrong => Tone::Bad,
    }
}

/// Bytes as `00000010  63 61 66 c3 a9 …  café`, as many in a line as fit.
pub(super) fn hex_lines(from: u64, bytes: &[u8], cols: u16) -> Vec<Vec<Span>> {
    let width: usize = match cols {
        0..44 => 4,
        44..76 => 8,
        _ => 16,
    };
    let line = |(at, row): (usize, &[u8])| {
        let digits: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
        let letters: String = row
            .iter()
            .map(|byte| {
                if (0x20..0x7f).contains(byte) {
                    char::from(*byte)
                } else {
                    '·'
                }
            })
            .collect();
        vec![
            Span::faint(format!("{:08x}  ", from + (at * width) as u64)),
            Span::plain(format!("{:<wide$}  ", digits.join(" "), wide = width * 3 - 1)),
            Span::new(letters, Tone::Accent),
        ]
    };
    bytes.chunks(width).enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(lines: &[Vec<Span>]) -> Vec<String> {
        lines
            .iter()
            .map(|line| line.iter().map(|span| span.text.as_str()).collect())
            .collect()
    }

    #[test]
    fn text_is_told_from_bytes() {
        for text in [&b""[..], b"plain\n", "größe".as_bytes(), &"größe".as_bytes()[..3]] {
            assert!(is_text(text), "{text:?}");
        }
        for bytes in [&b"a\0b"[..], b"\x89PNG\r\n\xff\xfe", b"\xff\xff\xff"] {
            assert!(!is_text(bytes), "{bytes:?}");
        }
    }

    #[test]
    fn lines_are_safe_and_bounded() {
        let lines = text_lines(b"a\tb\r\n\x1b[2J\n\nend", &Look::Plain);
        assert_eq!(shown(&lines), ["a       b", "\\u{1b}[2J", "", "end"]);
        let look = Look::Colored(vec![vec![(1, Ink::Keyword), (2, Ink::Text)], vec![(99, Ink::Comment)]]);
        let tones: Vec<Vec<_>> = text_lines(b"a\tb\r\n\x1b[2J\n\nend", &look)
            .iter()
            .map(|line| line.iter().map(|span| span.tone).collect())
            .collect();
        let plain = vec![Tone::Plain];
        assert_eq!(
            tones,
            [vec![Tone::Accent, Tone::Good], vec![Tone::Faint], vec![], plain]
        );
        let long = shown(&text_lines(&vec![b'x'; 5_000_000], &Look::Plain));
        assert!(long[0].len() < 2_100 && long[0].ends_with("4998000 more"));
        assert_eq!(shown(&hex_lines(16, b"caf\xc3", 40)), ["00000010  63 61 66 c3  caf·"]);
    }
}

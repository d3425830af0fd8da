//! Asks the user's terminal for its background colour, within a time limit, without losing what is typed meanwhile.

use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::HostEvent;
use super::modes::{RawMode, write_now};
use crate::keys::{Chord, Key};

/// A terminal that has not answered by then is not waited for.
const LIMIT: Duration = Duration::from_millis(150);
/// The colour, and then what every terminal answers: who does not know the first answers the second alone.
const QUESTION: &[u8] = b"\x1b]11;?\x1b\\\x1b[c";
/// More than this is no answer.
const LONGEST: usize = 4096;

/// What the terminal said.
#[derive(Debug, Default)]
pub struct Background {
    /// Whether it is light, if that is known.
    pub is_light: Option<bool>,
    /// What was typed while it was asked.
    pub typed: Vec<HostEvent>,
}

/// Whether the background is light: `COLORFGBG` says it, else the terminal is asked. `variable` reads the environment.
pub fn ask_background(variable: impl Fn(&str) -> Option<String>) -> Background {
    if let Some(is_light) = variable("COLORFGBG").and_then(|value| from_variable(&value)) {
        return Background {
            is_light: Some(is_light),
            ..Background::default()
        };
    }
    // The console of Linux prints part of what it does not know.
    if variable("TERM").is_none_or(|term| ["", "linux", "dumb"].contains(&term.as_str())) {
        return Background::default();
    }
    let answer = ask().unwrap_or_default();
    let (colour, typed) = take_apart(&answer);
    Background {
        is_light: colour.map(is_light),
        typed: typed.chars().map(key).map(HostEvent::Key).collect(),
    }
}

/// `foreground;background`, sometimes with something between: numbers of the 16 colours.
fn from_variable(value: &str) -> Option<bool> {
    let background = value.rsplit(';').next()?.parse::<u8>().ok()?;
    (background < 16).then_some(background == 7 || background > 8)
}

fn ask() -> io::Result<Vec<u8>> {
    // Raw before asking: an echo of the answer would be seen.
    let _raw = RawMode::enter().map_err(io::Error::other)?;
    write_now(QUESTION)?;
    let until = Instant::now() + LIMIT;
    let mut answer = Vec::new();
    let stdin = io::stdin();
    while !is_complete(&answer) && answer.len() < LONGEST {
        let left = until.saturating_duration_since(Instant::now());
        let wait = PollTimeout::from(left.as_millis().min(1000) as u16);
        let mut watched = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
        if left.is_zero() || poll(&mut watched, wait).map_err(io::Error::from)? == 0 {
            break;
        }
        let mut chunk = [0; 256];
        match nix::unistd::read(&stdin, &mut chunk) {
            Ok(0) => break,
            Ok(count) => answer.extend_from_slice(&chunk[..count]),
            Err(nix::errno::Errno::EINTR | nix::errno::Errno::EAGAIN) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(answer)
}

/// Whether the answer that comes last has come.
fn is_complete(answer: &[u8]) -> bool {
    find(answer, b"\x1b[?").is_some_and(|at| answer[at..].contains(&b'c'))
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

/// The colour, and what is no answer.
fn take_apart(answer: &[u8]) -> (Option<[u16; 3]>, String) {
    let mut rest = answer.to_vec();
    let mut colour = None;
    if let Some(at) = find(&rest, b"\x1b]11;") {
        let end = rest[at..].iter().position(|byte| *byte == 0x07);
        let end = end
            .map(|end| end + 1)
            .or_else(|| find(&rest[at + 1..], b"\x1b\\").map(|end| end + 3));
        let end = end.map_or(rest.len(), |end| at + end);
        colour = String::from_utf8(rest[at + 5..end].to_vec())
            .ok()
            .and_then(|text| rgb(&text));
        rest.drain(at..end);
    }
    if let Some(at) = find(&rest, b"\x1b[?") {
        let end = rest[at..].iter().position(|byte| *byte == b'c');
        let end = end.map_or(rest.len(), |end| at + end + 1);
        rest.drain(at..end);
    }
    (colour, String::from_utf8_lossy(&rest).into_owned())
}

/// `rgb:hhhh/hhhh/hhhh` with one to four digits each.
fn rgb(text: &str) -> Option<[u16; 3]> {
    let text = text.trim_end_matches(['\x07', '\\', '\x1b']);
    let mut parts = text.strip_prefix("rgb:")?.split('/').map(|digits| {
        let largest = 16_u32.checked_pow(u32::try_from(digits.len()).ok()?)?.checked_sub(1)?;
        let value = u32::from_str_radix(digits, 16).ok()?;
        (1..=4)
            .contains(&digits.len())
            .then(|| (value * 65_535 / largest) as u16)
    });
    let colour = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(colour)
}

fn is_light([red, green, blue]: [u16; 3]) -> bool {
    let weighed = u64::from(red) * 2126 + u64::from(green) * 7152 + u64::from(blue) * 722;
    weighed > 65_535 * 10_000 / 2
}

/// A key that was typed ahead. Keys without a character of their own are rare in so short a time.
fn key(letter: char) -> Chord {
    match letter {
        '\r' | '\n' => Chord::plain(Key::Enter),
        '\t' => Chord::plain(Key::Tab),
        '\u{7f}' => Chord::plain(Key::Backspace),
        '\u{1b}' => Chord::plain(Key::Escape),
        '\u{1}'..='\u{1a}' => Chord::ctrl(char::from(letter as u8 + 0x60)),
        _ => Chord::char(letter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_found_among_what_is_typed() {
        for (answer, expected, typed) in [
            (&b"\x1b]11;rgb:1d1d/1f1f/2121\x1b\\\x1b[?62;22c"[..], Some(false), ""),
            (b"l\x1b]11;rgb:ffff/ffff/dddd\x07s\x1b[?1;2c\r", Some(true), "ls\r"),
            (b"\x1b]11;rgb:f/f/f\x07\x1b[?6c", Some(true), ""),
            (b"\x1b[?6c", None, ""),
            (b"", None, ""),
            (b"vi x", None, "vi x"),
            (b"\x1b]11;rgb:zz/1/1\x07\x1b[?6c", None, ""),
            (b"\x1b]11;rgb:1/1\x07\x1b[?6c", None, ""),
            (b"\x1b]11;rgb:1111", None, ""),
        ] {
            let (colour, rest) = take_apart(answer);
            assert_eq!((colour.map(is_light), rest.as_str()), (expected, typed), "{answer:?}");
        }
        assert!(is_complete(b"x\x1b[?62;22c") && !is_complete(b"\x1b]11;rgb:1\x1b[?62"));
    }

    #[test]
    fn the_variable_says_it_in_colours_of_the_16() {
        for (value, expected) in [
            ("15;0", Some(false)),
            ("0;15", Some(true)),
            ("0;default;7", Some(true)),
            ("12;8", Some(false)),
            ("x", None),
            ("0;default", None),
            ("0;99", None),
        ] {
            assert_eq!(from_variable(value), expected, "{value}");
        }
    }

    #[test]
    fn what_is_typed_ahead_becomes_keys() {
        let keys: Vec<String> = "l\r\u{2}é".chars().map(|letter| key(letter).to_string()).collect();
        assert_eq!(keys, ["l", "enter", "ctrl-b", "é"]);
    }
}

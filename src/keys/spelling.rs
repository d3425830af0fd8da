//! Reading keys as people write them: `ctrl-b`, `alt-shift-left`, `prefix c`. Knows nothing of what they are bound to.

use std::fmt;
use std::str::FromStr;

use super::chord::NAMED_KEYS;
use super::{Chord, Key, Modifiers};

/// A key that cannot be read, with the nearest that can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKey {
    written: String,
    nearest: Option<String>,
}

impl fmt::Display for UnknownKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}` is no key", self.written.escape_debug())?;
        match &self.nearest {
            Some(nearest) => write!(out, ": did you mean `{nearest}`?"),
            None => out.write_str(": write it like `a`, `ctrl-b`, `alt-left`, `f5` or `space`"),
        }
    }
}

impl std::error::Error for UnknownKey {}

/// The names of modifiers, the one that is printed first.
const MODIFIERS: [(&str, Modifiers); 9] = [
    ("ctrl-", CTRL),
    ("control-", CTRL),
    ("c-", CTRL),
    ("alt-", ALT),
    ("meta-", ALT),
    ("m-", ALT),
    ("shift-", SHIFT),
    ("s-", SHIFT),
    ("super-", LOGO),
];

const CTRL: Modifiers = Modifiers {
    ctrl: true,
    ..Modifiers::NONE
};
const ALT: Modifiers = Modifiers {
    alt: true,
    ..Modifiers::NONE
};
const SHIFT: Modifiers = Modifiers {
    shift: true,
    ..Modifiers::NONE
};
const LOGO: Modifiers = Modifiers {
    logo: true,
    ..Modifiers::NONE
};

/// Other names that people's hands know, and what they stand for.
const OTHER_NAMES: [(&str, Key); 9] = [
    ("escape", Key::Escape),
    ("return", Key::Enter),
    ("space", Key::Char(' ')),
    ("pgup", Key::PageUp),
    ("pgdn", Key::PageDown),
    ("del", Key::Delete),
    ("ins", Key::Insert),
    ("bspace", Key::Backspace),
    ("minus", Key::Char('-')),
];

impl FromStr for Chord {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<Self, UnknownKey> {
        let mut modifiers = Modifiers::NONE;
        let mut rest = text;
        while let Some((modifier, after)) = leading_modifier(rest) {
            modifiers = modifiers.with(modifier);
            rest = after;
        }
        let Some(mut key) = read_key(rest) else {
            return Err(UnknownKey {
                written: text.to_owned(),
                nearest: nearest_key(rest).map(|name| {
                    let before = &text[..text.len() - rest.len()];
                    format!("{before}{name}")
                }),
            });
        };
        // Letters carry their case, so that `shift-a` and `A` are one and the same.
        if let Key::Char(letter) = key
            && modifiers.shift
            && letter.is_lowercase()
        {
            let mut upper = letter.to_uppercase();
            if let (Some(one), None) = (upper.next(), upper.next()) {
                key = Key::Char(one);
                modifiers.shift = false;
            }
        }
        Ok(Self { key, modifiers })
    }
}

/// Reads keys that follow each other, with blanks between; `prefix` stands for the key given.
pub fn read_sequence(text: &str, prefix: Chord) -> Result<Vec<Chord>, UnknownKey> {
    let chords: Vec<Chord> = text
        .split_ascii_whitespace()
        .map(|word| if word == "prefix" { Ok(prefix) } else { word.parse() })
        .collect::<Result<_, _>>()?;
    if chords.is_empty() {
        return Err(UnknownKey {
            written: text.to_owned(),
            nearest: None,
        });
    }
    Ok(chords)
}

/// Keys that follow each other, as short as they can be read: `^B c`.
pub fn write_sequence(chords: &[Chord]) -> String {
    let keys: Vec<String> = chords.iter().map(|chord| chord.short()).collect();
    keys.join(" ")
}

/// A modifier in front of something; a last `-` is the key itself.
fn leading_modifier(text: &str) -> Option<(Modifiers, &str)> {
    MODIFIERS.iter().find_map(|(name, modifier)| {
        let head = text.get(..name.len())?;
        let rest = &text[name.len()..];
        (head.eq_ignore_ascii_case(name) && !rest.is_empty()).then_some((*modifier, rest))
    })
}

fn read_key(text: &str) -> Option<Key> {
    let mut letters = text.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        return (!letter.is_control() && letter != ' ').then_some(Key::Char(letter));
    }
    let name = text.to_ascii_lowercase();
    let named = NAMED_KEYS.iter().map(|(key, name)| (*name, *key)).chain(OTHER_NAMES);
    if let Some((_, key)) = named.into_iter().find(|(known, _)| *known == name) {
        return Some(key);
    }
    if let Some(number) = name.strip_prefix('f').and_then(|digits| digits.parse().ok()) {
        return (1..=35).contains(&number).then_some(Key::F(number));
    }
    match name.strip_prefix("keypad-")? {
        "enter" => Some(Key::Keypad('\r')),
        rest => {
            let mut letters = rest.chars();
            let letter = letters.next().filter(|letter| "0123456789+-*/.=,".contains(*letter))?;
            letters.next().is_none().then_some(Key::Keypad(letter))
        }
    }
}

/// The named key that looks most like it, if any looks like it at all.
fn nearest_key(written: &str) -> Option<String> {
    let written = written.to_ascii_lowercase();
    let names = NAMED_KEYS
        .iter()
        .map(|(_, name)| *name)
        .chain(OTHER_NAMES.map(|(name, _)| name));
    nearest_name(&written, names).map(str::to_owned)
}

/// The name that looks most like what was written, if any looks like it at all.
pub fn nearest_name<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    names
        .into_iter()
        .map(|name| (strsim::jaro_winkler(written, name), name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_spellings_people_use_are_read() {
        let cases = [
            ("ctrl-b", Chord::ctrl('b')),
            ("C-b", Chord::ctrl('b')),
            ("M-x", Chord::alt('x')),
            ("shift-a", Chord::char('A')),
            ("A", Chord::char('A')),
            ("-", Chord::char('-')),
            ("ctrl--", Chord::ctrl('-')),
            ("%", Chord::char('%')),
            ("space", Chord::char(' ')),
            ("Escape", Chord::plain(Key::Escape)),
            ("PgUp", Chord::plain(Key::PageUp)),
            ("f12", Chord::plain(Key::F(12))),
            ("keypad-enter", Chord::plain(Key::Keypad('\r'))),
            ("keypad--", Chord::plain(Key::Keypad('-'))),
        ];
        for (text, chord) in cases {
            assert_eq!(text.parse(), Ok(chord), "{text}");
        }
    }

    #[test]
    fn a_wrong_key_names_the_nearest() {
        let cases = [
            ("ctrl-pgupp", "`ctrl-pgupp` is no key: did you mean `ctrl-pgup`?"),
            ("entr", "`entr` is no key: did you mean `enter`?"),
            (
                "f99",
                "`f99` is no key: write it like `a`, `ctrl-b`, `alt-left`, `f5` or `space`",
            ),
            (
                "",
                "`` is no key: write it like `a`, `ctrl-b`, `alt-left`, `f5` or `space`",
            ),
            (
                "ctrl-",
                "`ctrl-` is no key: write it like `a`, `ctrl-b`, `alt-left`, `f5` or `space`",
            ),
        ];
        for (text, message) in cases {
            let error = text.parse::<Chord>().expect_err(text);
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn a_sequence_knows_the_prefix() {
        let keys = read_sequence("prefix  ctrl-left", Chord::ctrl('a')).expect("two keys");
        assert_eq!(write_sequence(&keys), "^A ctrl-left");
        assert!(read_sequence("  ", Chord::ctrl('a')).is_err());
    }

    fn any_key() -> impl Strategy<Value = Key> {
        prop_oneof![
            any::<char>()
                .prop_filter("prints", |letter| !letter.is_control())
                .prop_map(Key::Char),
            proptest::sample::select(NAMED_KEYS.map(|(key, _)| key).to_vec()),
            (1..=35_u8).prop_map(Key::F),
            proptest::sample::select("0123456789+-*/.=,\r".chars().collect::<Vec<_>>()).prop_map(Key::Keypad),
        ]
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(key in any_key(), ctrl: bool, alt: bool, shift: bool, logo: bool) {
            let shift = shift && !matches!(key, Key::Char(_));
            let chord = Chord { key, modifiers: Modifiers { ctrl, alt, shift, logo } };
            prop_assert_eq!(chord.to_string().parse(), Ok(chord));
        }

        #[test]
        fn reading_never_panics(text in ".{0,12}") {
            let _ = text.parse::<Chord>();
        }
    }
}

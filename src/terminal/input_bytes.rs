//! Keys as bytes for the program: what xterm sends, and what the kitty keyboard protocol asks for instead.
//!
//! Tables: xterm's control sequences document and terminfo entry `xterm-256color`; the kitty keyboard protocol page.

use crate::keys::{Chord, Key, Modifiers};

/// The modes that change what a key sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct KeyModes {
    /// Arrows, Home and End in their application form.
    pub application_cursor: bool,
    /// The number block in its application form.
    pub application_keypad: bool,
    /// Enter sends a line feed too.
    pub newline: bool,
    /// xterm's `modifyOtherKeys`: 0, 1 or 2.
    pub modify_other_keys: u8,
    /// The kitty protocol's flags that are on.
    pub kitty: KittyFlags,
}

/// Flags of the kitty keyboard protocol that we can honour: we hear of presses only, in the user's own layout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct KittyFlags(pub u8);

impl KittyFlags {
    /// Everything that would be ambiguous is told apart.
    pub(super) const DISAMBIGUATE: u8 = 1;
    /// Even text is told as key numbers.
    pub(super) const ALL_KEYS: u8 = 8;
    /// And what text it makes.
    pub(super) const TEXT: u8 = 16;
    /// The ones above.
    pub(super) const SUPPORTED: u8 = Self::DISAMBIGUATE | Self::ALL_KEYS | Self::TEXT;

    fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }
}

/// What a key sends.
pub(super) fn key_bytes(chord: &Chord, modes: KeyModes) -> Vec<u8> {
    if modes.kitty.0 & (KittyFlags::DISAMBIGUATE | KittyFlags::ALL_KEYS) != 0 {
        return kitty_bytes(chord, modes);
    }
    let held = chord.modifiers;
    match chord.key {
        Key::Char(letter) => letter_bytes(letter, held, modes.modify_other_keys),
        Key::Enter if modes.newline && held == Modifiers::NONE => b"\r\n".to_vec(),
        Key::Enter => control_key_bytes(13, held, modes),
        Key::Tab if held.shift && !held.ctrl && !held.alt && !held.logo => b"\x1b[Z".to_vec(),
        Key::Tab => control_key_bytes(9, held, modes),
        Key::Escape => control_key_bytes(27, held, modes),
        Key::Backspace => backspace_bytes(held, modes),
        Key::Keypad(letter) => keypad_bytes(letter, held, modes),
        named => named_key_bytes(named, held, modes.application_cursor),
    }
}

/// 1 for nothing held, and one more per key held as xterm counts them.
fn modifier_parameter(held: Modifiers) -> u8 {
    1 + u8::from(held.shift) + 2 * u8::from(held.alt) + 4 * u8::from(held.ctrl) + 8 * u8::from(held.logo)
}

/// A letter as text, with Escape before it when Alt is held.
fn text_bytes(letter: char, held: Modifiers) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(5);
    if held.alt {
        bytes.push(0x1b);
    }
    bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
    bytes
}

/// The form of `modifyOtherKeys`.
fn other_key_bytes(code: u32, held: Modifiers) -> Vec<u8> {
    format!("\x1b[27;{};{code}~", modifier_parameter(held)).into_bytes()
}

fn letter_bytes(letter: char, held: Modifiers, modify_other_keys: u8) -> Vec<u8> {
    let control = held.ctrl.then(|| control_character(letter)).flatten();
    let is_modified = held.ctrl || held.alt || held.logo;
    let told_apart = match modify_other_keys {
        0 => false,
        1 => held.ctrl && control.is_none(),
        _ => is_modified,
    };
    if told_apart {
        return other_key_bytes(u32::from(letter), with_shift_of(letter, held));
    }
    text_bytes(control.unwrap_or(letter), held)
}

/// xterm reports Shift with a capital letter; our chords leave it out.
fn with_shift_of(letter: char, held: Modifiers) -> Modifiers {
    Modifiers {
        shift: held.shift || letter.is_uppercase(),
        ..held
    }
}

/// What Control makes of a letter, where it makes something.
fn control_character(letter: char) -> Option<char> {
    let byte = match letter {
        'a'..='z' => letter as u8 - b'a' + 1,
        'A'..='Z' => letter as u8 - b'A' + 1,
        '@' | ' ' | '2' | '`' => 0,
        '[' | '3' | '{' => 0x1b,
        '\\' | '4' | '|' => 0x1c,
        ']' | '5' | '}' => 0x1d,
        '^' | '6' | '~' => 0x1e,
        '_' | '7' | '/' | '-' => 0x1f,
        '?' | '8' => 0x7f,
        _ => return None,
    };
    Some(char::from(byte))
}

/// Enter, Tab and Escape: a control character, which the oldest form cannot modify but with Alt.
fn control_key_bytes(code: u8, held: Modifiers, modes: KeyModes) -> Vec<u8> {
    let is_modified = held != Modifiers::NONE;
    // Level 1 leaves Alt alone, and Escape as it is.
    let told_apart = match modes.modify_other_keys {
        0 => false,
        1 => (held.ctrl || held.shift || held.logo) && code != 27,
        _ => is_modified,
    };
    if told_apart {
        return other_key_bytes(u32::from(code), held);
    }
    text_bytes(char::from(code), held)
}

fn backspace_bytes(held: Modifiers, modes: KeyModes) -> Vec<u8> {
    if modes.modify_other_keys > 1 && held != Modifiers::NONE {
        return other_key_bytes(127, held);
    }
    text_bytes(if held.ctrl { '\x08' } else { '\x7f' }, held)
}

/// The key's place in the application keypad's alphabet, and its number in the kitty protocol.
const KEYPAD: [(char, u8, u32); 18] = [
    ('0', b'p', 57399),
    ('1', b'q', 57400),
    ('2', b'r', 57401),
    ('3', b's', 57402),
    ('4', b't', 57403),
    ('5', b'u', 57404),
    ('6', b'v', 57405),
    ('7', b'w', 57406),
    ('8', b'x', 57407),
    ('9', b'y', 57408),
    ('.', b'n', 57409),
    ('/', b'o', 57410),
    ('*', b'j', 57411),
    ('-', b'm', 57412),
    ('+', b'k', 57413),
    ('\r', b'M', 57414),
    ('=', b'X', 57415),
    (',', b'l', 57416),
];

fn keypad_bytes(letter: char, held: Modifiers, modes: KeyModes) -> Vec<u8> {
    let entry = KEYPAD.iter().find(|(key, ..)| *key == letter);
    if let Some((_, code, _)) = entry.filter(|_| modes.application_keypad) {
        return match modifier_parameter(held) {
            1 => vec![0x1b, b'O', *code],
            parameter => format!("\x1bO{parameter}{}", char::from(*code)).into_bytes(),
        };
    }
    if letter == '\r' {
        return key_bytes(
            &Chord {
                key: Key::Enter,
                modifiers: held,
            },
            modes,
        );
    }
    letter_bytes(letter, held, 0)
}

/// How a named key is written: `CSI number ~` or `CSI letter`, and whether the letter form has an `SS3` one unmodified.
enum NamedForm {
    Number(u32),
    Cursor(char),
    Function(char),
}

fn named_form(key: Key) -> Option<NamedForm> {
    use NamedForm::{Cursor, Function, Number};
    Some(match key {
        Key::Up => Cursor('A'),
        Key::Down => Cursor('B'),
        Key::Right => Cursor('C'),
        Key::Left => Cursor('D'),
        Key::Home => Cursor('H'),
        Key::End => Cursor('F'),
        Key::Insert => Number(2),
        Key::Delete => Number(3),
        Key::PageUp => Number(5),
        Key::PageDown => Number(6),
        Key::Menu => Number(29),
        Key::F(1) => Function('P'),
        Key::F(2) => Function('Q'),
        Key::F(3) => Function('R'),
        Key::F(4) => Function('S'),
        Key::F(5) => Number(15),
        Key::F(number @ 6..=10) => Number(u32::from(number) + 11),
        Key::F(number @ 11..=12) => Number(u32::from(number) + 12),
        _ => return None,
    })
}

fn named_key_bytes(key: Key, held: Modifiers, application_cursor: bool) -> Vec<u8> {
    let (key, held) = without_high_function(key, held);
    let parameter = modifier_parameter(held);
    let text = match (named_form(key), parameter) {
        (Some(NamedForm::Number(number)), 1) => format!("\x1b[{number}~"),
        (Some(NamedForm::Number(number)), _) => format!("\x1b[{number};{parameter}~"),
        (Some(NamedForm::Function(letter)), 1) => format!("\x1bO{letter}"),
        (Some(NamedForm::Cursor(letter)), 1) if application_cursor => format!("\x1bO{letter}"),
        (Some(NamedForm::Cursor(letter)), 1) => format!("\x1b[{letter}"),
        (Some(NamedForm::Function(letter) | NamedForm::Cursor(letter)), _) => format!("\x1b[1;{parameter}{letter}"),
        (None, _) => String::new(),
    };
    text.into_bytes()
}

/// F13 and beyond are, for programs that go by terminfo, the first twelve with Shift, Control or both.
fn without_high_function(key: Key, held: Modifiers) -> (Key, Modifiers) {
    let Key::F(number @ 13..=48) = key else {
        return (key, held);
    };
    let block = (number - 1) / 12;
    let held = Modifiers {
        shift: held.shift || block != 2,
        ctrl: held.ctrl || block >= 2,
        ..held
    };
    (Key::F((number - 1) % 12 + 1), held)
}

fn kitty_bytes(chord: &Chord, modes: KeyModes) -> Vec<u8> {
    let held = chord.modifiers;
    let all_keys = modes.kitty.has(KittyFlags::ALL_KEYS);
    let is_plain = held == Modifiers::NONE;
    match chord.key {
        Key::Char(letter) if !all_keys && !held.ctrl && !held.alt && !held.logo => text_bytes(letter, held),
        Key::Char(letter) => kitty_letter_bytes(letter, held, modes.kitty),
        Key::Enter | Key::Tab | Key::Backspace if is_plain && !all_keys => key_bytes(
            chord,
            KeyModes {
                kitty: KittyFlags::default(),
                modify_other_keys: 0,
                ..modes
            },
        ),
        Key::Enter => kitty_number_bytes(13, held),
        Key::Tab => kitty_number_bytes(9, held),
        Key::Backspace => kitty_number_bytes(127, held),
        Key::Escape => kitty_number_bytes(27, held),
        Key::Menu => kitty_number_bytes(57363, held),
        Key::F(number @ 13..=35) => kitty_number_bytes(57363 + u32::from(number), held),
        Key::Keypad(letter) if letter != '\r' && !all_keys && is_plain => text_bytes(letter, held),
        Key::Keypad(letter) => KEYPAD
            .iter()
            .find(|(key, ..)| *key == letter)
            .map(|(_, _, number)| kitty_number_bytes(*number, held))
            .unwrap_or_default(),
        // The plain form of F3 would look like a cursor report with modifiers.
        Key::F(3) if is_plain => b"\x1b[13~".to_vec(),
        Key::F(3) => format!("\x1b[13;{}~", modifier_parameter(held)).into_bytes(),
        Key::F(number @ (1 | 2 | 4)) if is_plain => vec![0x1b, b'[', b'O' + number],
        named => named_key_bytes(named, held, false),
    }
}

fn kitty_number_bytes(number: u32, held: Modifiers) -> Vec<u8> {
    match modifier_parameter(held) {
        1 => format!("\x1b[{number}u"),
        parameter => format!("\x1b[{number};{parameter}u"),
    }
    .into_bytes()
}

/// The number of a letter key is that of its unshifted letter; the text it makes goes into a third field when asked for.
fn kitty_letter_bytes(letter: char, held: Modifiers, flags: KittyFlags) -> Vec<u8> {
    let number = letter.to_lowercase().next().map_or(u32::from(letter), u32::from);
    let held = with_shift_of(letter, held);
    let makes_text =
        flags.has(KittyFlags::ALL_KEYS) && flags.has(KittyFlags::TEXT) && !held.ctrl && !held.alt && !held.logo;
    if makes_text {
        let parameter = match modifier_parameter(held) {
            1 => String::new(),
            parameter => parameter.to_string(),
        };
        return format!("\x1b[{number};{parameter};{}u", u32::from(letter)).into_bytes();
    }
    kitty_number_bytes(number, held)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A chord as it is written in the tables below: `ctrl-alt-shift-super-` and a key.
    fn chord(text: &str) -> Chord {
        let mut modifiers = Modifiers::NONE;
        let mut rest = text;
        loop {
            rest = if let Some(rest) = rest.strip_prefix("ctrl-") {
                modifiers.ctrl = true;
                rest
            } else if let Some(rest) = rest.strip_prefix("alt-") {
                modifiers.alt = true;
                rest
            } else if let Some(rest) = rest.strip_prefix("shift-") {
                modifiers.shift = true;
                rest
            } else if let Some(rest) = rest.strip_prefix("super-") {
                modifiers.logo = true;
                rest
            } else {
                break;
            };
        }
        let key = match rest {
            "enter" => Key::Enter,
            "tab" => Key::Tab,
            "backspace" => Key::Backspace,
            "esc" => Key::Escape,
            "up" => Key::Up,
            "down" => Key::Down,
            "left" => Key::Left,
            "right" => Key::Right,
            "home" => Key::Home,
            "end" => Key::End,
            "pageup" => Key::PageUp,
            "pagedown" => Key::PageDown,
            "insert" => Key::Insert,
            "delete" => Key::Delete,
            "menu" => Key::Menu,
            "space" => Key::Char(' '),
            "kpenter" => Key::Keypad('\r'),
            _ => match rest.chars().collect::<Vec<_>>()[..] {
                ['k', 'p', letter] => Key::Keypad(letter),
                ['f', ref digits @ ..] if !digits.is_empty() => {
                    Key::F(String::from_iter(digits).parse().expect("a number"))
                }
                [letter] => Key::Char(letter),
                _ => unreachable!("{rest}"),
            },
        };
        Chord { key, modifiers }
    }

    fn check(modes: KeyModes, table: &[(&str, &str)]) {
        for (keys, bytes) in table {
            let sent = key_bytes(&chord(keys), modes);
            assert_eq!(String::from_utf8_lossy(&sent), *bytes, "{keys} under {modes:?}");
        }
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "it is a table")]
    fn what_xterm_sends() {
        let table = [
            ("a", "a"),
            ("A", "A"),
            ("ü", "ü"),
            ("日", "日"),
            ("space", " "),
            ("alt-a", "\x1ba"),
            ("alt-A", "\x1bA"),
            ("alt-ü", "\x1bü"),
            ("ctrl-a", "\x01"),
            ("ctrl-A", "\x01"),
            ("ctrl-z", "\x1a"),
            ("ctrl-alt-a", "\x1b\x01"),
            ("ctrl-space", "\0"),
            ("ctrl-@", "\0"),
            ("ctrl-2", "\0"),
            ("ctrl-3", "\x1b"),
            ("ctrl-[", "\x1b"),
            ("ctrl-\\", "\x1c"),
            ("ctrl-]", "\x1d"),
            ("ctrl-^", "\x1e"),
            ("ctrl-6", "\x1e"),
            ("ctrl-_", "\x1f"),
            ("ctrl-/", "\x1f"),
            ("ctrl-8", "\x7f"),
            ("ctrl-?", "\x7f"),
            ("ctrl-1", "1"),
            ("ctrl-;", ";"),
            ("ctrl-ü", "ü"),
            ("enter", "\r"),
            ("alt-enter", "\x1b\r"),
            ("shift-enter", "\r"),
            ("ctrl-enter", "\r"),
            ("tab", "\t"),
            ("shift-tab", "\x1b[Z"),
            ("alt-tab", "\x1b\t"),
            ("backspace", "\x7f"),
            ("ctrl-backspace", "\x08"),
            ("alt-backspace", "\x1b\x7f"),
            ("esc", "\x1b"),
            ("alt-esc", "\x1b\x1b"),
            ("up", "\x1b[A"),
            ("down", "\x1b[B"),
            ("right", "\x1b[C"),
            ("left", "\x1b[D"),
            ("home", "\x1b[H"),
            ("end", "\x1b[F"),
            ("shift-up", "\x1b[1;2A"),
            ("alt-up", "\x1b[1;3A"),
            ("ctrl-left", "\x1b[1;5D"),
            ("ctrl-alt-shift-right", "\x1b[1;8C"),
            ("super-up", "\x1b[1;9A"),
            ("shift-home", "\x1b[1;2H"),
            ("ctrl-end", "\x1b[1;5F"),
            ("insert", "\x1b[2~"),
            ("delete", "\x1b[3~"),
            ("pageup", "\x1b[5~"),
            ("pagedown", "\x1b[6~"),
            ("ctrl-delete", "\x1b[3;5~"),
            ("shift-pageup", "\x1b[5;2~"),
            ("menu", "\x1b[29~"),
            ("f1", "\x1bOP"),
            ("f2", "\x1bOQ"),
            ("f3", "\x1bOR"),
            ("f4", "\x1bOS"),
            ("f5", "\x1b[15~"),
            ("f6", "\x1b[17~"),
            ("f10", "\x1b[21~"),
            ("f11", "\x1b[23~"),
            ("f12", "\x1b[24~"),
            ("shift-f1", "\x1b[1;2P"),
            ("ctrl-f5", "\x1b[15;5~"),
            ("alt-f12", "\x1b[24;3~"),
            ("f13", "\x1b[1;2P"),
            ("f24", "\x1b[24;2~"),
            ("f25", "\x1b[1;5P"),
            ("f37", "\x1b[1;6P"),
            ("kp5", "5"),
            ("kp+", "+"),
            ("kpenter", "\r"),
        ];
        check(KeyModes::default(), &table);
    }

    #[test]
    fn application_modes() {
        let cursor = KeyModes {
            application_cursor: true,
            ..KeyModes::default()
        };
        check(
            cursor,
            &[
                ("up", "\x1bOA"),
                ("home", "\x1bOH"),
                ("end", "\x1bOF"),
                ("ctrl-up", "\x1b[1;5A"),
                ("delete", "\x1b[3~"),
            ],
        );
        let keypad = KeyModes {
            application_keypad: true,
            ..KeyModes::default()
        };
        check(
            keypad,
            &[
                ("kp0", "\x1bOp"),
                ("kp9", "\x1bOy"),
                ("kp+", "\x1bOk"),
                ("kpenter", "\x1bOM"),
                ("kp.", "\x1bOn"),
                ("shift-kp1", "\x1bO2q"),
                ("5", "5"),
            ],
        );
        let newline = KeyModes {
            newline: true,
            ..KeyModes::default()
        };
        check(
            newline,
            &[("enter", "\r\n"), ("alt-enter", "\x1b\r"), ("kpenter", "\r\n")],
        );
    }

    #[test]
    fn modify_other_keys() {
        let level = |modify_other_keys| KeyModes {
            modify_other_keys,
            ..KeyModes::default()
        };
        check(
            level(1),
            &[
                ("a", "a"),
                ("ctrl-a", "\x01"),
                ("alt-a", "\x1ba"),
                ("ctrl-;", "\x1b[27;5;59~"),
                ("ctrl-1", "\x1b[27;5;49~"),
                ("shift-enter", "\x1b[27;2;13~"),
                ("ctrl-enter", "\x1b[27;5;13~"),
                ("alt-enter", "\x1b\r"),
                ("ctrl-tab", "\x1b[27;5;9~"),
                ("shift-tab", "\x1b[Z"),
                ("esc", "\x1b"),
                ("ctrl-up", "\x1b[1;5A"),
            ],
        );
        check(
            level(2),
            &[
                ("a", "a"),
                ("A", "A"),
                ("ctrl-a", "\x1b[27;5;97~"),
                ("ctrl-A", "\x1b[27;6;65~"),
                ("alt-a", "\x1b[27;3;97~"),
                ("ctrl-i", "\x1b[27;5;105~"),
                ("tab", "\t"),
                ("alt-enter", "\x1b[27;3;13~"),
                ("enter", "\r"),
                ("ctrl-backspace", "\x1b[27;5;127~"),
                ("backspace", "\x7f"),
                ("alt-esc", "\x1b[27;3;27~"),
            ],
        );
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "it is a table")]
    fn kitty_levels() {
        let level = |flags| KeyModes {
            application_cursor: true,
            kitty: KittyFlags(flags),
            ..KeyModes::default()
        };
        check(
            level(1),
            &[
                ("a", "a"),
                ("A", "A"),
                ("ctrl-a", "\x1b[97;5u"),
                ("ctrl-A", "\x1b[97;6u"),
                ("alt-a", "\x1b[97;3u"),
                ("ctrl-i", "\x1b[105;5u"),
                ("ctrl-space", "\x1b[32;5u"),
                ("super-a", "\x1b[97;9u"),
                ("enter", "\r"),
                ("tab", "\t"),
                ("backspace", "\x7f"),
                ("shift-enter", "\x1b[13;2u"),
                ("ctrl-enter", "\x1b[13;5u"),
                ("shift-tab", "\x1b[9;2u"),
                ("alt-backspace", "\x1b[127;3u"),
                ("esc", "\x1b[27u"),
                ("alt-esc", "\x1b[27;3u"),
                ("up", "\x1b[A"),
                ("ctrl-up", "\x1b[1;5A"),
                ("delete", "\x1b[3~"),
                ("f1", "\x1b[P"),
                ("f2", "\x1b[Q"),
                ("f3", "\x1b[13~"),
                ("f4", "\x1b[S"),
                ("ctrl-f3", "\x1b[13;5~"),
                ("ctrl-f1", "\x1b[1;5P"),
                ("f5", "\x1b[15~"),
                ("f13", "\x1b[57376u"),
                ("f35", "\x1b[57398u"),
                ("menu", "\x1b[57363u"),
                ("kp5", "5"),
                ("kpenter", "\x1b[57414u"),
                ("ctrl-kp5", "\x1b[57404;5u"),
            ],
        );
        check(
            level(9),
            &[
                ("a", "\x1b[97u"),
                ("A", "\x1b[97;2u"),
                ("enter", "\x1b[13u"),
                ("tab", "\x1b[9u"),
                ("backspace", "\x1b[127u"),
                ("kp5", "\x1b[57404u"),
                ("ü", "\x1b[252u"),
                ("up", "\x1b[A"),
            ],
        );
        check(
            level(25),
            &[
                ("a", "\x1b[97;;97u"),
                ("A", "\x1b[97;2;65u"),
                ("ctrl-a", "\x1b[97;5u"),
                ("enter", "\x1b[13u"),
            ],
        );
    }

    #[test]
    fn different_keys_send_different_bytes_when_all_is_told_apart() {
        let modes = KeyModes {
            kitty: KittyFlags(KittyFlags::DISAMBIGUATE),
            ..KeyModes::default()
        };
        let mut seen = std::collections::HashMap::new();
        let mut keys: Vec<Key> = ('a'..='z').chain('0'..='9').map(Key::Char).collect();
        keys.extend([
            Key::Enter,
            Key::Tab,
            Key::Backspace,
            Key::Escape,
            Key::Up,
            Key::Down,
            Key::Left,
            Key::Right,
        ]);
        keys.extend([
            Key::Home,
            Key::End,
            Key::PageUp,
            Key::PageDown,
            Key::Insert,
            Key::Delete,
            Key::Menu,
        ]);
        keys.extend((1..=35).map(Key::F));
        for key in keys {
            for bits in 0..16 {
                let modifiers = Modifiers {
                    ctrl: bits & 1 > 0,
                    alt: bits & 2 > 0,
                    shift: bits & 4 > 0,
                    logo: bits & 8 > 0,
                };
                // Shift with a letter makes another letter: the host reports that one.
                if modifiers.shift && matches!(key, Key::Char(_)) {
                    continue;
                }
                let chord = Chord { key, modifiers };
                if let Some(other) = seen.insert(key_bytes(&chord, modes), chord) {
                    unreachable!("{chord} and {other}");
                }
            }
        }
    }
}

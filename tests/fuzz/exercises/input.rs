//! Keys, mouse and paste under whatever modes a program has set: bytes that a program can read, and pasted text that cannot
//! get out of its marks.

use std::time::Duration;

use e2b_tui::domain::GridSize;
use e2b_tui::keys::{Chord, Key, Modifiers, Pointer, PointerButton, PointerKind, read_sequence, write_sequence};
use e2b_tui::terminal::{Emulator, Limits};

use super::script::PIECES;
use super::taken::Taken;

const NAMED: &[Key] = &[
    Key::Enter,
    Key::Tab,
    Key::Backspace,
    Key::Escape,
    Key::Up,
    Key::Down,
    Key::Left,
    Key::Right,
    Key::Home,
    Key::End,
    Key::PageUp,
    Key::PageDown,
    Key::Insert,
    Key::Delete,
    Key::Menu,
];
const MODES: &[&str] = &[
    "\x1b[?1h",
    "\x1b=",
    "\x1b[20h",
    "\x1b[>4;1m",
    "\x1b[>4;2m",
    "\x1b[>1u",
    "\x1b[>3u",
    "\x1b[>31u",
    "\x1b[=8;2u",
    "\x1b[<u",
    "\x1b[?2004h",
    "\x1b[?9h",
    "\x1b[?1000h",
    "\x1b[?1002h",
    "\x1b[?1003h",
    "\x1b[?1005h",
    "\x1b[?1006h",
    "\x1b[?1015h",
    "\x1b[?1016h",
    "\x1b[?1004h",
    "\x1b[?1007l",
    "\x1b[?1049h",
    "\x1b[!p",
];

/// What would end a paste, or begin another one.
const ENDINGS: &[&str] = &[
    "\x1b[201~",
    "\x1b[200~",
    "\u{9b}201~",
    "\x1b",
    "[201~",
    "\x03",
    "x",
    "\x1b\x1b[201~[201~",
];

/// One input under some modes.
pub fn input(data: &[u8]) {
    let mut taken = Taken(data);
    let mut emulator = Emulator::new(GridSize::new(300, 250), Limits::default());
    for _ in 0..taken.below(6) {
        emulator.feed(taken.one_of(MODES).as_bytes(), Duration::ZERO);
    }
    while !taken.is_over() {
        match taken.below(4) {
            0 | 1 => key(&emulator, chord(&mut taken)),
            2 => pointer(&emulator, &mut taken),
            _ => paste(&emulator, &mut taken),
        }
    }
}

fn modifiers(taken: &mut Taken<'_>) -> Modifiers {
    let held = taken.byte();
    Modifiers {
        ctrl: held & 1 != 0,
        alt: held & 2 != 0,
        shift: held & 4 != 0,
        logo: held & 8 != 0,
    }
}

fn chord(taken: &mut Taken<'_>) -> Chord {
    let modifiers = modifiers(taken);
    let letter = |taken: &mut Taken<'_>| {
        let code = u32::from(taken.byte()) << 8 | u32::from(taken.byte());
        char::from_u32(code).unwrap_or('\u{1f600}')
    };
    let key = match taken.below(6) {
        0 => taken.one_of(NAMED),
        1 => Key::F(taken.byte()),
        2 => Key::Keypad(taken.one_of(&['0', '9', '+', '-', '*', '/', '.', ',', '=', '\r', 'x'])),
        3 | 4 => Key::Char(char::from(taken.byte() & 0x7f)),
        _ => Key::Char(letter(taken)),
    };
    Chord { key, modifiers }
}

fn key(emulator: &Emulator, chord: Chord) {
    let sent = emulator.encode_key(&chord);
    assert!(sent.len() <= 64, "{chord:?} sends {} bytes", sent.len());
    assert!(std::str::from_utf8(&sent).is_ok(), "{chord:?} sends {sent:?}");
    let _ = chord.short();
    // What is read of a written key is written and read as the same again.
    let prefix = Chord::ctrl('b');
    if let Ok(read) = read_sequence(&write_sequence(&[chord]), prefix) {
        assert_eq!(read_sequence(&write_sequence(&read), prefix), Ok(read), "{chord:?}");
    }
}

fn pointer(emulator: &Emulator, taken: &mut Taken<'_>) {
    let button = taken.one_of(&[PointerButton::Left, PointerButton::Middle, PointerButton::Right]);
    let pointer = Pointer {
        kind: match taken.below(8) {
            0 => PointerKind::Press(button),
            1 => PointerKind::Release(button),
            2 => PointerKind::Drag(button),
            3 => PointerKind::Move,
            4 => PointerKind::WheelUp,
            5 => PointerKind::WheelDown,
            6 => PointerKind::WheelLeft,
            _ => PointerKind::WheelRight,
        },
        x: taken.below(65_536) as u16,
        y: taken.below(65_536) as u16,
        modifiers: modifiers(taken),
    };
    if let Some(sent) = emulator.encode_pointer(pointer) {
        let is_report = sent.starts_with(b"\x1b[M") || sent.starts_with(b"\x1b[<") || sent[2].is_ascii_digit();
        assert!(is_report && sent.len() < 32, "{pointer:?} sends {sent:?}");
    }
}

fn paste(emulator: &Emulator, taken: &mut Taken<'_>) {
    let mut text = String::new();
    for _ in 0..=taken.below(8) {
        let choice = if taken.below(2) == 0 { PIECES } else { ENDINGS };
        text += taken.one_of(choice);
    }
    let sent = emulator.encode_paste(&text);
    let inside = match sent.strip_prefix(b"\x1b[200~") {
        Some(rest) => rest.strip_suffix(b"\x1b[201~").expect("what begins must end"),
        None => &sent,
    };
    let inside = std::str::from_utf8(inside).expect("text stays text");
    let is_harmful = |letter: char| letter.is_control() && !matches!(letter, '\r' | '\n' | '\t');
    assert!(!inside.contains(is_harmful), "{text:?} is pasted as {inside:?}");
    assert_eq!(sent.len() > inside.len(), emulator.takes_marked_paste());
}

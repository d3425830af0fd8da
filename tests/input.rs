//! What keys and pastes send to a program: against terminfo's table, xterm's rule for modifiers, and generated texts.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop loudly"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use e2b_tui::domain::GridSize;
use e2b_tui::keys::{Chord, Modifiers};
use e2b_tui::terminal::{Emulator, Limits};

#[path = "support/notation.rs"]
mod notation;
#[path = "support/seeded.rs"]
mod seeded;

use notation::bytes_of;
use seeded::Seeded;

/// The lines of a table in `tests/keys`, cut into words.
fn table(name: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keys").join(name);
    fs::read_to_string(path)
        .unwrap()
        .lines()
        .filter(|line| !line.starts_with("# "))
        .map(|line| line.split(' ').map(str::to_owned).collect())
        .collect()
}

fn emulator(modes: &str) -> Emulator {
    let mut emulator = Emulator::new(GridSize::new(2, 2), Limits::default());
    emulator.feed(&bytes_of(modes), Duration::ZERO);
    emulator
}

fn chord(name: &str) -> Chord {
    name.parse().unwrap_or_else(|error| panic!("{name}: {error:?}"))
}

fn expect_all(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Says what is wrong with what a key sends.
fn check(emulator: &Emulator, key: &Chord, wanted: &str, wrong: &mut Vec<String>) {
    let sent = emulator.encode_key(key);
    if sent != bytes_of(wanted) {
        wrong.push(format!(
            "{key} sends {:?}, not {wanted}",
            String::from_utf8_lossy(&sent)
        ));
    }
}

/// Every subset of the modifiers, with xterm's number for it.
fn all_modifiers() -> Vec<(u8, Modifiers)> {
    (0..16)
        .map(|held: u8| {
            let modifiers = Modifiers {
                shift: held & 1 != 0,
                alt: held & 2 != 0,
                ctrl: held & 4 != 0,
                logo: held & 8 != 0,
            };
            (1 + held, modifiers)
        })
        .collect()
}

#[test]
fn keys_send_what_terminfo_says() {
    let emulator = emulator(r"\e[?1h\e=");
    let mut wrong = Vec::new();
    let table = table("terminfo.txt");
    assert!(table.len() > 140);
    for line in &table {
        check(&emulator, &chord(&line[1]), &line[2], &mut wrong);
    }
    expect_all(&wrong);
}

#[test]
fn named_keys_send_their_modifiers() {
    let normal = emulator("");
    let application = emulator(r"\e[?1h");
    let mut wrong = Vec::new();
    for line in table("modified.txt") {
        for (number, modifiers) in all_modifiers() {
            let key = Chord {
                modifiers,
                ..chord(&line[0])
            };
            let held = line[3].replace('%', &number.to_string());
            let is_plain = modifiers == Modifiers::NONE;
            check(&normal, &key, if is_plain { &line[1] } else { &held }, &mut wrong);
            check(&application, &key, if is_plain { &line[2] } else { &held }, &mut wrong);
        }
    }
    expect_all(&wrong);
}

#[test]
fn characters_and_control_keys() {
    let emulator = emulator("");
    let mut wrong = Vec::new();
    for line in table("characters.txt") {
        check(&emulator, &chord(&line[0]), &line[1], &mut wrong);
    }
    expect_all(&wrong);
}

/// The point of the kitty protocol: a program can tell every key with every modifier from every other one.
#[test]
fn no_two_keys_send_the_same_under_the_kitty_protocol() {
    let emulator = emulator(r"\e[>1u");
    let mut seen: BTreeMap<Vec<u8>, Chord> = BTreeMap::new();
    let mut wrong = Vec::new();
    let named = table("modified.txt").into_iter().map(|line| line[0].clone());
    let others = [
        "enter",
        "tab",
        "backspace",
        "esc",
        "i",
        "m",
        "a",
        "1",
        "keypad-5",
        "keypad-enter",
    ];
    for name in named.chain(others.map(str::to_owned)) {
        for (_, modifiers) in all_modifiers() {
            let key = Chord {
                modifiers,
                ..chord(&name)
            };
            // Shift with a character is part of the character.
            if modifiers.shift && name.len() == 1 {
                continue;
            }
            if let Some(other) = seen.insert(emulator.encode_key(&key), key) {
                wrong.push(format!("{key} sends the same as {other}"));
            }
        }
    }
    expect_all(&wrong);
}

/// What pasted texts are made of: harmless pieces, and all that could end a paste early or press a key.
const PIECES: [&str; 28] = [
    "a",
    "words ",
    "ü",
    "漢",
    "🙂",
    "e\u{301}",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\x1b",
    "\x1b[201~",
    "\x1b[200~",
    "[201~",
    "\u{9b}201~",
    "\u{9b}",
    "\u{9c}",
    "\u{85}",
    "\x03",
    "\x04",
    "\x18",
    "\x1a",
    "\x7f",
    "\0",
    "\x08",
    "\x1b\x1b[201~",
    "\x1b[20\x001~",
    "~",
];

fn generated_text(seeded: &mut Seeded) -> String {
    (0..seeded.below(30))
        .map(|_| match seeded.below(4) {
            // Any character at all, the control ones often among them.
            0 => char::from_u32(seeded.below(0x100) as u32).unwrap().to_string(),
            1 => char::from_u32(seeded.below(0x11_0000) as u32)
                .map(String::from)
                .unwrap_or_default(),
            _ => PIECES[seeded.below(PIECES.len())].to_owned(),
        })
        .collect()
}

/// Whatever is pasted: one start marker, one end marker, and between them the text without anything that could act.
/// Without markers the same text goes out, alone.
#[test]
fn ten_thousand_pastes_have_one_start_and_one_end() {
    let marking = emulator(r"\e[?2004h");
    let plain = emulator("");
    let mut seeded = Seeded::new(2004);
    for _ in 0..10_000 {
        let text = generated_text(&mut seeded);
        let bytes = marking.encode_paste(&text);
        let inside = bytes
            .strip_prefix(b"\x1b[200~".as_slice())
            .and_then(|rest| rest.strip_suffix(b"\x1b[201~".as_slice()))
            .unwrap();
        let kept: String = text
            .replace("\r\n", "\r")
            .replace('\n', "\r")
            .chars()
            .filter(|letter| matches!(letter, '\t' | '\r') || !letter.is_control())
            .collect();
        assert_eq!(String::from_utf8_lossy(inside), kept, "{text:?}");
        assert_eq!(plain.encode_paste(&text), inside, "{text:?}");
    }
}

//! What a hostile program prints must not fill the memory: the growth of this process while a terminal is fed what never ends.
//! One test alone in its process, because it measures the whole of it.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop loudly"
)]

use std::fs;
use std::time::Duration;

use e2b_tui::domain::GridSize;
use e2b_tui::terminal::{Emulator, Limits};

#[path = "support/notation.rs"]
mod notation;

use notation::bytes_of;

const MIB: usize = 1024 * 1024;
/// Fed of each. In an optimized build what the promise names; without optimization less, which is still more than a hundred
/// times the longest string that is kept.
const FED: usize = if cfg!(debug_assertions) { 8 * MIB } else { 256 * MIB };
const MOST_GROWTH: usize = 2 * MIB;

/// What it begins with and what is repeated.
const ENDLESS: [(&str, &str, &str); 20] = [
    ("OSC title", r"\e]0;", "A"),
    ("OSC unknown", r"\e]1234567;", "A"),
    ("OSC link", r"\e]8;;http://", "a"),
    ("OSC clipboard", r"\e]52;c;", "QUFB"),
    ("OSC palette", r"\e]4;", "1;red;"),
    ("OSC number", r"\e]", "9"),
    ("DCS", r"\eP", "1"),
    ("DCS data", r"\ePq", "#0~"),
    ("DCS setting", r"\eP$q", "m"),
    ("DCS capabilities", r"\eP+q", "544e;"),
    ("APC", r"\e_", "A"),
    ("PM", r"\e^", "A"),
    ("SOS", r"\eX", "A"),
    ("title of screen", r"\ek", "A"),
    ("UTF-8 in OSC", r"\e]2;", "ü"),
    ("CSI digits", r"\e[", "9"),
    ("CSI parameters", r"\e[", "1;"),
    ("ESC intermediates", r"\e", "("),
    ("marks on one cell", "e", r"\u{301}"),
    ("Escapes in OSC", r"\e]0;", r"A\e]0;"),
];

/// Whole things, over and over in one row.
const FLOODS: [(&str, &str); 8] = [
    ("titles", r"\e]0;\*100{x}\a\e]0;y\a"),
    ("notices", r"\e]9;\*100{x}\a"),
    ("title stack", r"\e]0;\*200{x}\a\e[22t"),
    ("keyboard stack", r"\e[>1u"),
    ("questions", r"\e[c\e[6n\e]11;?\a"),
    ("prompt marks", r"\e]133;A\a\e]133;C\a"),
    ("clipboard", r"\e]52;c;\*100{QUFB}\a"),
    ("frames", r"\e[?2026hx\r\e[?2026l"),
];

/// Bytes of memory that this process holds.
fn resident() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

/// How much the process grew at most while `fed` bytes were fed piece by piece.
fn growth(emulator: &mut Emulator, fed: usize, mut piece: impl FnMut(usize) -> Vec<u8>) -> usize {
    let before = resident();
    let mut most = before;
    let mut so_far = 0;
    let mut number = 0;
    while so_far < fed {
        let bytes = piece(number);
        emulator.feed(&bytes, Duration::ZERO);
        so_far += bytes.len();
        number += 1;
        if number % 16 == 0 {
            most = most.max(resident());
        }
    }
    most.max(resident()) - before
}

fn fresh() -> Emulator {
    // A short history: lines that are kept are no leak, and have a limit of their own.
    let limits = Limits {
        scrollback_lines: 100,
        ..Limits::default()
    };
    let mut emulator = Emulator::new(GridSize::new(80, 24), limits);
    // What is kept for good, the first string of the longest length among it, is no growth.
    emulator.feed(&bytes_of(r"\e]0;\*60000{x}\a\e[2J\e[H"), Duration::ZERO);
    emulator.take_announcements();
    emulator
}

#[test]
fn memory_stays_bounded() {
    let mut found = Vec::new();
    for (name, begins, repeated) in ENDLESS {
        let mut emulator = fresh();
        emulator.feed(&bytes_of(begins), Duration::ZERO);
        let unit = bytes_of(repeated);
        let piece = unit.repeat(64 * 1024 / unit.len());
        let grown = growth(&mut emulator, FED, |_| piece.clone());
        println!("{name:20} {:5} KiB", grown / 1024);
        if grown > MOST_GROWTH {
            found.push(format!("{name}: {grown} bytes"));
        }
    }
    for (name, repeated) in FLOODS {
        let mut emulator = fresh();
        let piece = bytes_of(repeated).repeat(50);
        let grown = growth(&mut emulator, MIB, |_| piece.clone());
        println!("{name:20} {:5} KiB", grown / 1024);
        if grown > MOST_GROWTH {
            found.push(format!("{name}: {grown} bytes"));
        }
    }
    let mut emulator = fresh();
    let grown = growth(&mut emulator, 3 * MIB, |number| {
        format!("\r\x1b]8;;http://example.com/{number}\x1b\\x\x1b]8;;\x1b\\").into_bytes()
    });
    println!("{:20} {:5} KiB", "different links", grown / 1024);
    if grown > MOST_GROWTH {
        found.push(format!("different links: {grown} bytes"));
    }
    assert!(
        found.is_empty(),
        "grows beyond {MOST_GROWTH} bytes:\n{}",
        found.join("\n")
    );
}

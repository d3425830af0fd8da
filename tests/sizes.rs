//! Terminals of every small size, and terminals whose size never rests: each cell is there, once, and nothing panics.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop loudly"
)]

use std::time::Duration;

use e2b_tui::domain::GridSize;
use e2b_tui::terminal::{Emulator, Limits};

#[path = "support/notation.rs"]
mod notation;
#[path = "support/seeded.rs"]
mod seeded;

use notation::bytes_of;
use seeded::Seeded;

/// What has gone wrong at the edges of small screens.
const SEQUENCES: [&str; 14] = [
    r"\*40{0123456789 words and more \r\n}",
    r"\*60{漢字}",
    r"\*9{⚠\u{fe0f}❤\u{fe0f}1\u{fe0f}\u{20e3}}\e[H\*90{b}",
    r"e\*60{\u{301}}\e[@\e[P\e[X\e[b",
    r"\e[999;999H漢\e[999;999Hx\e[999;998H漢\e[A\e[L\e[M",
    r"\e[2;3r\e[?6h\e[99;99Hx\n\n\eM\eM\e[r\e[?6l",
    r"\e[65535@\e[65535P\e[65535L\e[65535M\e[65535X\e[65535S\e[65535T\e[65535b",
    r"\t\t\t\e[99Z\eH\e[99I\e[3g\tx",
    r"\e[?1049h\*30{alternate }\e[?47l\e[?1047hx\e[?1049l\e[?1047l",
    r"\e[4h\*30{漢i}\e[4l\e[?7l\*30{漢i}\e[?7h",
    r"\e7\e[99;99H\e8\e#8\e[2J\e[1J\e[1K\e[K\ec\e[!p",
    r"\e[44;9;53m\*20{x}\e[99;99H\n\eD\eE\eM\e[J\e[m",
    r"\e[?2026h\*30{frame }\e[?2026l\e(0\*40{q}\e(B",
    r"\e]8;;http://example.com/\e\\\*30{link}\e]8;;\e\\\e[6n\e[18t",
];

/// Says what is wrong with the cells; a terminal is at most this wide and high in these tests.
fn fault(emulator: &Emulator) -> Option<String> {
    let size = emulator.size();
    let mut expected = (0..size.rows()).flat_map(|row| (0..size.cols()).map(move |col| (row, col)));
    let mut fault = None;
    emulator.draw(|row, col, cell| {
        if expected.next() != Some((row, col)) {
            fault = Some(format!("an unexpected cell at {row},{col}"));
        }
        if cell.wide && col + 1 == size.cols() {
            fault = Some(format!("half of a wide character at {row},{col}"));
        }
    });
    let cursor = emulator.cursor();
    let is_outside = cursor.is_some_and(|cursor| cursor.row >= size.rows() || cursor.col >= size.cols());
    fault
        .or_else(|| is_outside.then(|| format!("the cursor is at {cursor:?}")))
        .or_else(|| expected.next().map(|place| format!("no cell at {place:?}")))
        .or_else(|| (emulator.recoveries() > 0).then(|| "the emulator library panicked".to_owned()))
}

#[test]
fn every_small_size_holds_every_sequence() {
    for size in (1..=20).flat_map(|cols| (1..=10).map(move |rows| GridSize::new(cols, rows))) {
        for sequence in SEQUENCES {
            let mut emulator = Emulator::new(size, Limits::default());
            let bytes = bytes_of(sequence);
            let (first, rest) = bytes.split_at(bytes.len() / 2);
            emulator.feed(first, Duration::ZERO);
            emulator.feed(rest, Duration::ZERO);
            assert_eq!(fault(&emulator), None, "{size:?} {sequence}");
        }
    }
}

#[test]
fn a_size_that_never_rests() {
    let rounds = if cfg!(debug_assertions) { 2_000 } else { 10_000 };
    let limits = Limits {
        scrollback_lines: 60,
        ..Limits::default()
    };
    let mut emulator = Emulator::new(GridSize::default(), limits);
    let mut seeded = Seeded::new(21);
    for round in 0..rounds {
        let widest = if round % 50 == 0 { 300 } else { 40 };
        let size = GridSize::new(1 + seeded.below(widest) as u16, 1 + seeded.below(30) as u16);
        emulator.resize(size);
        assert_eq!(emulator.size(), size);
        let sequence = SEQUENCES[seeded.below(SEQUENCES.len())];
        emulator.feed(&bytes_of(sequence), Duration::from_millis(round));
        emulator.scroll_by(seeded.below(9) as i32 - 4);
        assert_eq!(fault(&emulator), None, "round {round}, {size:?} {sequence}");
        emulator.take_announcements();
    }
}

//! What a hostile program prints must not eat the processor: no control function may cost more than printing a few screens of
//! text, whatever its numbers say. Compared with text on the same machine at the same time, not with a clock.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop loudly"
)]

use std::time::{Duration, Instant};

use e2b_tui::domain::GridSize;
use e2b_tui::terminal::{Emulator, Limits};

#[path = "support/notation.rs"]
mod notation;

use notation::bytes_of;

const SIZE: (u16, u16) = (200, 50);
/// One sequence may cost as much as so many screens full of text.
const MOST_SCREENS: f64 = 4.0;
const TIMES: usize = 20;
/// Fed at once, so that what is put off is paid for, too.
const AT_ONCE: usize = 4;

/// What comes before, and what is repeated.
const DEAR: [(&str, &str); 52] = [
    ("a", r"\e[99999999b"),
    ("漢", r"\e[65535b"),
    (r"\e(0q", r"\e[65535b"),
    (r"\e[4ha", r"\e[65535b"),
    (r"\e[?7la", r"\e[65535b"),
    (r"\e[9;53;4:3;58:5:1ma", r"\e[65535b"),
    (r"\e[1;2ra", r"\e[65535b"),
    ("", r"\e[65535@"),
    ("", r"\e[65535P"),
    ("", r"\e[65535L"),
    ("", r"\e[65535M"),
    ("", r"\e[65535S"),
    ("", r"\e[65535T"),
    ("", r"\e[65535X"),
    ("", r"\e[65535I"),
    (r"\e[999G", r"\e[65535Z"),
    ("", r"\e[65535A\e[65535B"),
    ("", r"\e[65535C\e[65535D"),
    ("", r"\e[65535E\e[65535F"),
    (r"\e[44m", r"\e[65535@"),
    (r"\e[44m", r"\e[65535P"),
    (r"\e[44m", r"\e[65535L"),
    (r"\e[44m", r"\e[65535M"),
    (r"\e[44m", r"\e[65535S"),
    (r"\e[44m", r"\e[65535T"),
    (r"\e[44;7;4m", r"\e[2J"),
    ("", r"\e[2J"),
    ("", r"\e[3J"),
    ("", r"\e[1;1H\e[J"),
    ("", r"\e#8"),
    ("", r"\ec"),
    ("", r"\e[!p"),
    ("", r"\e[?1049h\e[?1049l"),
    ("", r"\e[?47h\e[?47l"),
    ("", r"\e[?1047hx\e[?1047l"),
    ("", r"\e[?5h\e[?5l"),
    ("", r"\e[?3h\e[?3l"),
    ("", r"\eM"),
    ("", r"\n"),
    (r"\e[44m", r"\n"),
    (r"\e[44m\e[2;40r", r"\e[40;1H\n"),
    (r"\e[?6h\e[2;49r", r"\e[99;99Hx\eM"),
    ("", r"\e[6n\e[c\e[?7$p"),
    ("", r"\eP+q\*64{544e;}\e\\"),
    ("", r"\e]4;\*60{1;red;}\a\e]104\a"),
    ("", r"\e]0;\*200{x}\a\e[22t\e[23t"),
    ("", r"\e]8;;http://example.com/\*900{x}\a"),
    ("", r"\e[\*30{38;2;1;2;3;}m"),
    ("", r"\e[>1u\e[<u\e[=31;1u"),
    ("", r"\e[3g\e[1;50H\eH\e[1;1H\t"),
    ("e", r"\*20{\u{301}}"),
    ("", r"\e[1;200H⚠\u{fe0f}"),
];

fn time_of(bytes: &[u8], emulator: &mut Emulator) -> f64 {
    let began = Instant::now();
    emulator.feed(bytes, Duration::ZERO);
    began.elapsed().as_secs_f64()
}

/// Seconds that one screen full of text takes.
fn screen_of_text() -> f64 {
    let mut emulator = fresh();
    let text = "0123456789".repeat(usize::from(SIZE.0 / 10) * usize::from(SIZE.1));
    least((0..30).map(|_| time_of(text.as_bytes(), &mut emulator)))
}

fn fresh() -> Emulator {
    Emulator::new(GridSize::new(SIZE.0, SIZE.1), Limits::default())
}

/// The quickest of several: what is left when the machine had nothing else to do meanwhile.
fn least(times: impl Iterator<Item = f64>) -> f64 {
    times.fold(f64::INFINITY, f64::min)
}

#[test]
fn no_sequence_costs_more_than_a_few_screens_of_text() {
    let screen = screen_of_text();
    println!("a screen of text: {:.0} µs", screen * 1e6);
    let mut found = Vec::new();
    for (before, dear) in DEAR {
        let mut emulator = fresh();
        // A full screen and a history make scrolling and erasing as dear as they get.
        emulator.feed(&bytes_of(r"\*400{0123456789 a line of text\r\n}"), Duration::ZERO);
        emulator.feed(&bytes_of(before), Duration::ZERO);
        let one = bytes_of(dear);
        let several = one.repeat(AT_ONCE);
        let each = least((0..TIMES).map(|_| time_of(&several, &mut emulator))) / AT_ONCE as f64;
        let per_mib = each * (1024.0 * 1024.0) / one.len() as f64;
        println!(
            "{:8.1} µs each {:9.0} ms per MiB  {before}{dear}",
            each * 1e6,
            per_mib * 1e3
        );
        if each > screen * MOST_SCREENS {
            found.push(format!("{before}{dear}: {:.1} screens", each / screen));
        }
    }
    assert!(found.is_empty(), "too dear:\n{}", found.join("\n"));
}

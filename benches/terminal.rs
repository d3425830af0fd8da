//! What the terminal costs over the bare emulator library and beside another one, on output of every kind.
//!
//! All take the same payload in turns, piece by piece of time, so that a busy machine slows them alike: only the ratios say
//! something. `cargo bench --bench terminal` measures all, `cargo bench --bench terminal -- colour` some.
//!
//! Time over the bare library's, with the release profile on a busy machine: short, log and long lines and `ls` in colour 1.0 to
//! 1.1; scroll region 1.1 to 1.15; unicode, motion and recordings 1.1 to 1.2; colour 1.2; styled 1.6. What is above 1.15: a sequence
//! of a few bytes costs the library so little that looking at it once more shows, and each character that is styled beyond the
//! library's means is followed by a marker. Floods of lines are worked off 6 to 30 times as fast as by the bare library. Ten
//! thousand lines are wrapped anew in 20 to 50 ms. A full frame of 200x50 takes 0.4 to 0.6 ms, and nearly 0.2 of them are the
//! library's, which walks its rows for each cell it is asked for.

use std::fmt::{self, Write as _};
use std::hint::black_box;
use std::num::NonZeroU16;
use std::time::{Duration, Instant};

use alacritty_terminal::event::VoidListener;
use alacritty_terminal::term::test::TermSize;
use alacritty_terminal::term::{Config, Term};
use alacritty_terminal::vte::ansi::{Processor, StdSyncHandler};
use e2b_tui::domain::{CellRect, GridSize};
use e2b_tui::terminal::{Emulator, Limits, Query};
use e2b_tui::ui::draw_cells;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Columns and rows.
const SIZES: [(u16, u16); 2] = [(80, 24), (200, 50)];
const PAYLOAD_BYTES: usize = 64 * 1024;
/// Output comes in pieces of this size.
const CHUNK_BYTES: usize = 16 * 1024;
const SCROLLBACK_LINES: usize = 10_000;
/// Each takes each payload so often; the quickest turn counts, which is the one that was disturbed least.
const TURNS: usize = 100;

/// So much of what waits the program's loop takes in at once.
const GATHERED_BYTES: usize = 64 * 1024;
/// So much waits in a flood.
const FLOOD_BYTES: usize = 8 << 20;
/// How often a flood comes.
const FLOODS: usize = 5;

/// Repeats what `write` makes of a running number until there is enough.
fn payload(write: impl Fn(&mut String, usize) -> fmt::Result) -> Vec<u8> {
    let mut text = String::new();
    for number in 0.. {
        if text.len() >= PAYLOAD_BYTES {
            break;
        }
        // Writing to a string cannot fail.
        let _ = write(&mut text, number);
    }
    text.into_bytes()
}

/// Numbers without order, the same in each run.
fn scattered(number: usize, below: usize) -> usize {
    (number.wrapping_mul(0x9e37_79b9_7f4a_7c15_usize) >> 33) % below
}

#[expect(clippy::too_many_lines, reason = "a list, one entry for each kind of output")]
fn payloads((cols, rows): (u16, u16)) -> Vec<(&'static str, Vec<u8>)> {
    let (cols, rows) = (usize::from(cols), usize::from(rows));
    vec![
        ("short-lines", payload(|text, n| write!(text, "{n}\r\n"))),
        (
            "log-lines",
            payload(|text, n| {
                write!(
                    text,
                    "2026-01-01 12:00:00 INFO request {n:08} served in {:4} ms, 200 OK, {n:x}\r\n",
                    n % 997
                )
            }),
        ),
        (
            "long-lines",
            payload(|text, n| write!(text, "{n} words without an end ")),
        ),
        (
            "colour",
            payload(|text, n| write!(text, "\x1b[38;5;{}m{}", n % 256, char::from(b'a' + (n % 26) as u8))),
        ),
        (
            "styled",
            payload(|text, n| {
                write!(
                    text,
                    "\x1b[{}mword\x1b[0m {n} ",
                    ["1", "4:3", "9", "1;38;2;9;99;199", "7", "53"][n % 6]
                )
            }),
        ),
        (
            "motion",
            payload(|text, n| {
                write!(
                    text,
                    "\x1b[{};{}Hx{n}",
                    scattered(n, rows) + 1,
                    scattered(n + 7, cols) + 1
                )
            }),
        ),
        (
            "scroll-region",
            payload(|text, n| {
                write!(
                    text,
                    "\x1b[2;{}r\x1b[{};1H\nline {n} of a pager\x1b[K\x1b[r\x1b[1;1Hhead {n}",
                    rows - 1,
                    rows - 1
                )
            }),
        ),
        (
            "unicode",
            payload(|text, n| write!(text, "日本語 {n} naïve e\u{301} 🙂 ── ✓ Ελληνικά\r\n")),
        ),
        (
            "ls-color",
            payload(|text, n| {
                write!(
                    text,
                    "-rw-r--r-- 1 root root {:8} Jan  1 12:00 \x1b[0m\x1b[01;{}mfile-{n}\x1b[0m\r\n",
                    n * 37 % 99_991,
                    31 + n % 6
                )
            }),
        ),
        ("recordings", recordings()),
    ]
}

/// Real programs, one after the other.
fn recordings() -> Vec<u8> {
    let recordings: [&[u8]; 8] = [
        include_bytes!("../tests/recordings/vim-edit.bytes"),
        include_bytes!("../tests/recordings/htop.bytes"),
        include_bytes!("../tests/recordings/less.bytes"),
        include_bytes!("../tests/recordings/mc.bytes"),
        include_bytes!("../tests/recordings/tmux-inside.bytes"),
        include_bytes!("../tests/recordings/btop.bytes"),
        include_bytes!("../tests/recordings/emacs.bytes"),
        include_bytes!("../tests/recordings/git-log.bytes"),
    ];
    recordings.concat()
}

/// Ours, with the scrollback that it has in use.
fn ours((cols, rows): (u16, u16)) -> Emulator {
    let limits = Limits {
        scrollback_lines: SCROLLBACK_LINES,
        ..Limits::default()
    };
    Emulator::new(GridSize::new(cols, rows), limits)
}

fn bare((cols, rows): (u16, u16)) -> vt100::Parser {
    let cells = |count| NonZeroU16::new(count).unwrap_or(NonZeroU16::MIN);
    vt100::Parser::new(cells(rows), cells(cols), SCROLLBACK_LINES)
}

/// The quickest turn of each, all taking turns.
fn quickest<const MANY: usize>(turns: usize, mut runs: [&mut dyn FnMut(); MANY]) -> [Duration; MANY] {
    let mut best = [Duration::MAX; MANY];
    for _ in 0..turns {
        for (run, best) in runs.iter_mut().zip(&mut best) {
            let begin = Instant::now();
            run();
            *best = begin.elapsed().min(*best);
        }
    }
    best
}

/// Output that is worked off as it comes.
fn measure_output(size: (u16, u16), name: &str, bytes: &[u8]) {
    let (mut ours, mut bare) = (ours(size), bare(size));
    let config = Config {
        scrolling_history: SCROLLBACK_LINES,
        ..Config::default()
    };
    let peer_size = TermSize::new(usize::from(size.0), usize::from(size.1));
    let mut peer = Term::new(config, &peer_size, VoidListener);
    let mut processor: Processor<StdSyncHandler> = Processor::new();
    let [ours, bare, peer] = quickest(
        TURNS,
        [
            &mut || {
                for chunk in bytes.chunks(CHUNK_BYTES) {
                    ours.feed(black_box(chunk), Duration::ZERO);
                }
                ours.take_announcements();
            },
            &mut || {
                for chunk in bytes.chunks(CHUNK_BYTES) {
                    bare.process(black_box(chunk));
                }
            },
            &mut || {
                for chunk in bytes.chunks(CHUNK_BYTES) {
                    processor.advance(&mut peer, black_box(chunk));
                }
            },
        ],
    );
    let speed = bytes.len() as f64 / 1e6 / ours.as_secs_f64();
    let over = |other: Duration| ours.as_secs_f64() / other.as_secs_f64();
    println!(
        "{name:16} {:3}x{:<3} {speed:6.1} MB/s  {:5.2} x the time of the bare library  {:5.2} x alacritty_terminal",
        size.0,
        size.1,
        over(bare),
        over(peer)
    );
}

/// Output that comes faster than it is worked off, taken in as the program's loop does: more at once while that saves work.
fn measure_backlog(size: (u16, u16), name: &str, piece: &[u8]) {
    let flood = piece.repeat(FLOOD_BYTES / piece.len());
    let (mut ours, mut bare) = (ours(size), bare(size));
    let [ours, bare] = quickest(
        FLOODS,
        [
            &mut || {
                for chunk in flood.chunks(GATHERED_BYTES) {
                    while ours.is_behind() && !ours.wants_more() {
                        ours.catch_up(Duration::ZERO);
                    }
                    ours.receive(black_box(chunk), Duration::ZERO);
                    ours.catch_up(Duration::ZERO);
                }
                while ours.is_behind() {
                    ours.catch_up(Duration::ZERO);
                }
            },
            &mut || {
                for chunk in flood.chunks(CHUNK_BYTES) {
                    bare.process(black_box(chunk));
                }
            },
        ],
    );
    println!(
        "backlog of {name:10} {:3}x{:<3} {:6.1} MB/s  {:5.2} x the speed of the bare library",
        size.0,
        size.1,
        flood.len() as f64 / 1e6 / ours.as_secs_f64(),
        bare.as_secs_f64() / ours.as_secs_f64()
    );
}

/// A full screen, drawn.
fn measure_frame(name: &str, bytes: &[u8]) {
    let size = SIZES[1];
    let mut ours = ours(size);
    ours.feed(bytes, Duration::ZERO);
    let mut buffer = Buffer::empty(Rect::new(0, 0, size.0, size.1));
    let area = CellRect::new(0, 0, size.0, size.1);
    let mut bare = bare(size);
    bare.process(bytes);
    let [frame, cells] = quickest(
        200,
        [&mut || draw_cells(black_box(&mut buffer), area, &ours), &mut || {
            for (row, col) in (0..size.1).flat_map(|row| (0..size.0).map(move |col| (row, col))) {
                black_box(bare.screen().cell(row, col));
            }
        }],
    );
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "frame of {name:10} {}x{} {:.3} ms; asking the bare library for its cells takes {:.3} ms",
        size.0,
        size.1,
        millis(frame),
        millis(cells)
    );
}

/// Ten thousand lines that are wrapped for another width, and looked through: all of it, and the longest piece that keys wait for.
fn measure_history(name: &str, size: (u16, u16), line: impl Fn(usize) -> String) {
    let mut emulator = ours(size);
    for number in 0..SCROLLBACK_LINES + usize::from(size.1) {
        emulator.feed(line(number).as_bytes(), Duration::ZERO);
    }
    let (mut whole, mut longest) = (Duration::MAX, Duration::ZERO);
    for turn in 1..12_u16 {
        let now = Duration::from_secs(u64::from(turn));
        let (mut sum, mut step) = (Duration::ZERO, Duration::ZERO);
        let begin = Instant::now();
        emulator.follow_size(GridSize::new(size.0 - turn % 2, size.1), now);
        let mut piece = begin.elapsed();
        loop {
            sum += piece;
            step = step.max(piece);
            if !emulator.is_behind() {
                break;
            }
            let begin = Instant::now();
            emulator.catch_up(now);
            piece = begin.elapsed();
        }
        if sum < whole {
            (whole, longest) = (sum, step);
        }
    }
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "10,000 lines of {name:10} at {:3} columns: wrapped anew in {:.1} ms, in pieces of at most {:.2} ms",
        size.0,
        millis(whole),
        millis(longest)
    );
    for pattern in ["needle", "n[a-z]+e$", "(a|b)+c[0-9]{3}"] {
        let Ok(query) = Query::new(pattern) else {
            continue;
        };
        let [time] = quickest(
            5,
            [&mut || {
                black_box(emulator.search(&query));
            }],
        );
        println!("    searched for {pattern} in {:.1} ms", millis(time));
    }
}

fn main() {
    // `cargo bench` adds options of its own.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str()));
    for size in SIZES {
        for (name, bytes) in payloads(size) {
            if is_wanted(name) {
                measure_output(size, name, &bytes);
            }
            if is_wanted("backlog") && ["short-lines", "log-lines", "ls-color"].contains(&name) {
                measure_backlog(size, name, &bytes);
            }
        }
    }
    if is_wanted("history") {
        for size in SIZES {
            measure_history("words", size, |number| {
                format!("{number:06} {}\r\n", "some words ".repeat(number % 7))
            });
            measure_history("colour", size, |number| {
                format!("\x1b[3{}m{}\x1b[m\r\n", number % 8, "x".repeat(usize::from(size.0)))
            });
            measure_history("unicode", size, |number| {
                format!("{number} {}\r\n", "日本 ü ─ ".repeat(6))
            });
        }
    }
    for (name, bytes) in payloads(SIZES[1]) {
        if is_wanted("frame") && ["log-lines", "colour", "unicode", "styled"].contains(&name) {
            measure_frame(name, &bytes);
        }
    }
}

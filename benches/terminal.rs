//! What the terminal costs over the bare emulator library, on output of every kind. Both run on the same payloads in the
//! same run: only the ratio says something, since machines differ.
//!
//! `cargo bench --bench terminal` measures all, `cargo bench --bench terminal -- colour` some.

use std::fmt::{self, Write as _};
use std::hint::black_box;
use std::num::NonZeroU16;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use e2b_tui::domain::GridSize;
use e2b_tui::terminal::{Emulator, Limits};

/// Columns and rows.
const SIZES: [(u16, u16); 2] = [(80, 24), (200, 50)];
const PAYLOAD_BYTES: usize = 256 * 1024;
/// Output comes in pieces of this size.
const CHUNK_BYTES: usize = 16 * 1024;
const SCROLLBACK_LINES: usize = 10_000;

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

fn terminal(criterion: &mut Criterion) {
    for (cols, rows) in SIZES {
        for (name, bytes) in payloads((cols, rows)) {
            let mut group = criterion.benchmark_group(format!("{name}/{cols}x{rows}"));
            group.throughput(Throughput::Bytes(bytes.len() as u64));
            let limits = Limits {
                scrollback_lines: SCROLLBACK_LINES,
                ..Limits::default()
            };
            let mut ours = Emulator::new(GridSize::new(cols, rows), limits);
            group.bench_function(BenchmarkId::from_parameter("ours"), |bencher| {
                bencher.iter(|| {
                    for chunk in bytes.chunks(CHUNK_BYTES) {
                        ours.feed(black_box(chunk), Duration::ZERO);
                    }
                    ours.take_announcements()
                });
            });
            let cells = |count| NonZeroU16::new(count).unwrap_or(NonZeroU16::MIN);
            let mut bare = vt100::Parser::new(cells(rows), cells(cols), SCROLLBACK_LINES);
            group.bench_function(BenchmarkId::from_parameter("bare"), |bencher| {
                bencher.iter(|| {
                    for chunk in bytes.chunks(CHUNK_BYTES) {
                        bare.process(black_box(chunk));
                    }
                });
            });
            group.finish();
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(700));
    targets = terminal
}
criterion_main!(benches);

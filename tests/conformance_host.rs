//! Hosts a conformance suite of somebody else, which asks a terminal over its own line and judges what it answers: a
//! command in a PTY of 80×25 whose terminal is ours. On request, since the suite is not ours to bring along:
//!
//! `E2B_TUI_HOSTED='esctest.py --max-vt-level=4 --xterm-checksum=334 …' cargo test --test conformance_host -- --ignored`

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use e2b_tui::domain::GridSize;
use e2b_tui::terminal::{Announcement, Emulator, Limits};
use nix::pty::{Winsize, openpty};
use regex::bytes::Regex;

const SIZE: (u16, u16) = (80, 25);

/// The terminal and its line to the suite.
struct Host {
    emulator: Emulator,
    line: File,
    /// Asks for the sum of the characters in a rectangle, by which a suite reads the screen. Our terminal answers no such
    /// question: it would tell a program what another one has left there. The host answers it from the cells.
    question: Regex,
    /// What came of a question that is not whole yet.
    rest: Vec<u8>,
}

impl Host {
    fn new(line: File) -> Self {
        let limits = Limits {
            replies_per_second: u32::MAX,
            ..Limits::default()
        };
        Self {
            emulator: Emulator::new(GridSize::new(SIZE.0, SIZE.1), limits),
            line,
            question: Regex::new(r"(?:\x1b\[|\xc2?\x9b)(\d+);\d*;(\d+);(\d+);(\d+);(\d+)\*y").unwrap(),
            rest: Vec::new(),
        }
    }

    fn receive(&mut self, bytes: &[u8]) {
        let mut bytes = [std::mem::take(&mut self.rest).as_slice(), bytes].concat();
        while let Some(found) = self.question.captures(&bytes) {
            let whole = found.get(0).unwrap();
            let numbers: Vec<usize> = found
                .iter()
                .skip(1)
                .map(|number| {
                    std::str::from_utf8(number.unwrap().as_bytes())
                        .unwrap()
                        .parse()
                        .unwrap()
                })
                .collect();
            let (before, after) = (bytes[..whole.start()].to_vec(), bytes[whole.end()..].to_vec());
            self.feed(&before);
            self.answer(&numbers);
            bytes = after;
        }
        // A sequence that has begun and not ended may become a question.
        let begun = bytes.iter().rposition(|byte| *byte == 0x1b).filter(|at| {
            let body = &bytes[at + 1..];
            body.first().is_none_or(|first| *first == b'[')
                && body.len() < 40
                && body
                    .iter()
                    .skip(1)
                    .all(|byte| matches!(byte, b'0'..=b'9' | b';' | b'*'))
        });
        self.rest = bytes.split_off(begun.unwrap_or(bytes.len()));
        self.feed(&bytes);
    }

    fn feed(&mut self, bytes: &[u8]) {
        self.emulator.feed(bytes, Duration::ZERO);
        for said in self.emulator.take_announcements() {
            if let Announcement::Reply(reply) = said {
                self.line.write_all(&reply).unwrap();
            }
        }
    }

    fn answer(&mut self, numbers: &[usize]) {
        let [id, top, left, bottom, right] = *numbers else {
            return;
        };
        let mut sum: u32 = 0;
        self.emulator.draw(|row, col, cell| {
            let (row, col) = (usize::from(row) + 1, usize::from(col) + 1);
            if (top..=bottom).contains(&row) && (left..=right).contains(&col) && !cell.is_continuation {
                sum += cell.text.chars().next().map_or(32, u32::from);
            }
        });
        write!(self.line, "\x1bP{id}!~{:04X}\x1b\\", sum & 0xffff).unwrap();
    }
}

#[test]
#[ignore = "hosts what E2B_TUI_HOSTED says"]
fn a_suite_is_hosted() {
    let command = std::env::var("E2B_TUI_HOSTED").unwrap();
    let size = Winsize {
        ws_row: SIZE.1,
        ws_col: SIZE.0,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    let ends = openpty(Some(&size), None).unwrap();
    let slave = File::from(ends.slave);
    let mut child = Command::new("setsid")
        .args(["-c", "-w", "sh", "-c", &command])
        .env("TERM", "xterm-256color")
        .stdin(Stdio::from(slave.try_clone().unwrap()))
        .stdout(Stdio::from(slave.try_clone().unwrap()))
        .stderr(Stdio::from(slave))
        .spawn()
        .unwrap();
    let mut master = File::from(ends.master);
    let mut host = Host::new(master.try_clone().unwrap());
    let mut buffer = [0; 16 * 1024];
    // The line reports an error when the last program has left it.
    while let Ok(count @ 1..) = master.read(&mut buffer) {
        host.receive(&buffer[..count]);
    }
    println!("{}", host.emulator.text_rows().join("\n"));
    assert!(child.wait().unwrap().success());
}

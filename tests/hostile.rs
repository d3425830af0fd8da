//! What a hostile program prints must not get out of its pane: the payloads of `tests/hostile/`, in three spellings, cut in two
//! wherever they can be cut. Everything that comes out is looked at, down to the bytes for the user's own terminal.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop loudly"
)]

use std::fs;
use std::path::Path;
use std::time::Duration;

use e2b_tui::domain::{CellRect, ColorDepth, GridSize};
use e2b_tui::host::FrameBackend;
use e2b_tui::terminal::{Announcement, Emulator, Limits};
use e2b_tui::ui::draw_cells;
use ratatui::backend::Backend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use regex::bytes::Regex as BytesRegex;

#[path = "support/grammar.rs"]
mod grammar;
#[path = "support/notation.rs"]
mod notation;
#[path = "support/seeded.rs"]
mod seeded;

use grammar::{ANSWERS, HOST_OUTPUT, is_safe};
use notation::bytes_of;
use seeded::Seeded;

const SIZE: (u16, u16) = (20, 6);

struct Payload {
    class: String,
    place: String,
    bytes: Vec<u8>,
}

fn payloads() -> Vec<Payload> {
    let mut files: Vec<_> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    let mut payloads = Vec::new();
    for path in files {
        let mut class = String::new();
        for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            if let Some(name) = line.strip_prefix("== ") {
                name.clone_into(&mut class);
            } else if !line.is_empty() && !line.starts_with("# ") {
                payloads.push(Payload {
                    class: class.clone(),
                    place: format!("{}:{} {line:.60}", path.file_name().unwrap().display(), number + 1),
                    bytes: bytes_of(line),
                });
            }
        }
    }
    payloads
}

/// The three spellings of a payload's control functions.
fn spellings(bytes: &[u8]) -> [Vec<u8>; 3] {
    [
        bytes.to_vec(),
        respelt(bytes, |second| vec![second + 0x40]),
        respelt(bytes, |second| vec![0xc2, second + 0x40]),
    ]
}

fn respelt(bytes: &[u8], single: impl Fn(u8) -> Vec<u8>) -> Vec<u8> {
    let mut spelt = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        match rest.next_if(|second| byte == 0x1b && (0x40..0x60).contains(second)) {
            Some(second) => spelt.extend(single(second)),
            None => spelt.push(byte),
        }
    }
    spelt
}

/// Where to cut: everywhere in short payloads, in long ones near both ends and at some places between.
fn cuts(length: usize) -> Vec<usize> {
    match length {
        0..=120 => (0..=length).collect(),
        121..=3_000 => {
            let mut seeded = Seeded::new(length as u64);
            let between = (0..24).map(|_| seeded.below(length));
            (0..12).chain(length - 12..=length).chain(between).collect()
        }
        _ => vec![0, length / 2 + 1, length - 1],
    }
}

/// What is wrong with what a terminal said; empty when all is well.
fn faults_in_announcements(announced: &[Announcement], class: &str, answers: &BytesRegex) -> Vec<String> {
    let mut faults = Vec::new();
    let mut replies = 0;
    for one in announced {
        match one {
            Announcement::Reply(bytes) => {
                replies += 1;
                if !answers.is_match(bytes) {
                    faults.push(format!("answers {:?}", String::from_utf8_lossy(bytes)));
                }
            }
            Announcement::Title(title) => {
                let text = title.unescaped();
                if text.chars().any(char::is_control) || text.chars().count() > 256 {
                    faults.push(format!("title {text:?}"));
                }
            }
            Announcement::ClipboardWrite(text) if class.starts_with("clipboard read") => {
                faults.push(format!("clipboard {text:?}"));
            }
            _ => {}
        }
    }
    if replies > 64 {
        faults.push(format!("{replies} answers at once"));
    }
    if announced.len() > 400 {
        faults.push(format!("{} announcements at once", announced.len()));
    }
    faults
}

fn faults_in_cells(emulator: &Emulator) -> Vec<String> {
    let mut faults = Vec::new();
    let mut visited = 0;
    emulator.draw(|row, col, cell| {
        visited += 1;
        if col >= SIZE.0 || row >= SIZE.1 {
            faults.push(format!("a cell at {row},{col}"));
        }
        if !cell.text.chars().all(is_safe) || cell.text.len() > 32 {
            faults.push(format!("the cell at {row},{col} holds {:?}", cell.text));
        }
    });
    if visited != usize::from(SIZE.0) * usize::from(SIZE.1) {
        faults.push(format!("{visited} cells"));
    }
    if emulator.size() != GridSize::new(SIZE.0, SIZE.1) {
        faults.push(format!("the size is {:?}", emulator.size()));
    }
    if emulator
        .cursor()
        .is_some_and(|cursor| cursor.col >= SIZE.0 || cursor.row >= SIZE.1)
    {
        faults.push("the cursor is outside".to_owned());
    }
    faults
}

/// Draws the terminal into the middle of a screen of another program's cells, and that screen for a real terminal.
fn faults_on_screen(emulator: &Emulator, host_output: &BytesRegex) -> Vec<String> {
    let whole = Rect::new(0, 0, SIZE.0 + 4, SIZE.1 + 4);
    let pane = CellRect::new(2, 2, SIZE.0, SIZE.1);
    let before = Buffer::filled(whole, Cell::new("#"));
    let mut after = before.clone();
    draw_cells(&mut after, pane, emulator);
    let mut faults = Vec::new();
    for (index, cell) in after.content.iter().enumerate() {
        let (x, y) = after.pos_of(index);
        if !pane.contains(x, y) && *cell != Cell::new("#") {
            faults.push(format!(
                "the cell at {x},{y} outside of the pane is {:?}",
                cell.symbol()
            ));
        }
    }
    let mut bytes = Vec::new();
    let changes = before.diff(&after);
    FrameBackend::new(&mut bytes, ColorDepth::True)
        .draw(changes.into_iter())
        .unwrap();
    if !host_output.is_match(&bytes) {
        faults.push(format!("writes {:?}", String::from_utf8_lossy(&bytes)));
    }
    faults
}

/// Whether the terminal works as on its first day once it has been reset.
fn faults_after_reset(emulator: &mut Emulator) -> Vec<String> {
    let later = Duration::from_secs(20);
    emulator.feed(b"\x18\x1b\\\x1bc", later);
    emulator.settle(later);
    emulator.take_announcements();
    emulator.feed(b"all is \xc3\xb6k\x1b[6n", later);
    let mut row = String::new();
    emulator.draw(|at, _, cell| {
        if at == 0 {
            row.push_str(cell.text);
        }
    });
    let announced = emulator.take_announcements();
    let place = Announcement::Reply(b"\x1b[1;10R".as_slice().into());
    if row.trim_end() == "all is ök" && announced == [place] {
        return Vec::new();
    }
    vec![format!("after a reset the row is {row:?} and it says {announced:?}")]
}

/// Feeds one spelling of a payload in two parts and looks at everything.
fn faults_of(payload: &Payload, bytes: &[u8], cut: usize, grammar: &(BytesRegex, BytesRegex)) -> Vec<String> {
    let mut emulator = Emulator::new(GridSize::new(SIZE.0, SIZE.1), Limits::default());
    emulator.feed(b"\x1b[3;1Hbefore\r\n", Duration::ZERO);
    emulator.feed(&bytes[..cut], Duration::ZERO);
    let mut faults = faults_in_cells(&emulator);
    emulator.feed(&bytes[cut..], Duration::ZERO);
    faults.extend(faults_in_cells(&emulator));
    let announced = emulator.take_announcements();
    faults.extend(faults_in_announcements(&announced, &payload.class, &grammar.0));
    if cut == bytes.len() {
        faults.extend(faults_on_screen(&emulator, &grammar.1));
    }
    if emulator.recoveries() > 0 {
        faults.push("the emulator library panicked".to_owned());
    }
    faults.extend(faults_after_reset(&mut emulator));
    faults
}

fn compiled() -> (BytesRegex, BytesRegex) {
    (BytesRegex::new(ANSWERS).unwrap(), BytesRegex::new(HOST_OUTPUT).unwrap())
}

/// One part of the payloads, so that several threads share the work.
fn attack(part: usize) {
    let grammar = compiled();
    let mut found = Vec::new();
    for payload in payloads().iter().skip(part).step_by(4) {
        for (bytes, spelling) in spellings(&payload.bytes).iter().zip(["ESC", "byte", "character"]) {
            for cut in cuts(bytes.len()) {
                let faults = faults_of(payload, bytes, cut, &grammar);
                if !faults.is_empty() {
                    found.push(format!(
                        "{} ({spelling}, cut at {cut}): {}",
                        payload.place,
                        faults.join(", ")
                    ));
                    break;
                }
            }
        }
    }
    assert!(found.is_empty(), "{} get out:\n{}", found.len(), found.join("\n"));
}

#[test]
fn nothing_gets_out_first_quarter() {
    attack(0);
}

#[test]
fn nothing_gets_out_second_quarter() {
    attack(1);
}

#[test]
fn nothing_gets_out_third_quarter() {
    attack(2);
}

#[test]
fn nothing_gets_out_last_quarter() {
    attack(3);
}

#[test]
fn the_corpus_is_large() {
    let payloads = payloads();
    let mut classes: Vec<&str> = payloads.iter().map(|payload| payload.class.as_str()).collect();
    classes.sort_unstable();
    classes.dedup();
    assert!(classes.len() >= 35, "{} classes", classes.len());
    assert!(payloads.len() >= 400, "{} payloads", payloads.len());
}

/// Each detector fires when what it looks for is there.
#[test]
fn the_detectors_see_what_they_look_for() {
    let (answers, host_output) = compiled();
    for bad in [
        "\x1b]lCANARY\x1b\\",
        "\x1bP0$rCANARY\x1b\\",
        "\x1b[5;5R\r",
        "CANARY\r\n",
        "\x1bP0+r43414e415259\x1b\\",
    ] {
        assert!(!answers.is_match(bad.as_bytes()), "{bad:?} passes for an answer");
        let announced = [Announcement::Reply(bad.as_bytes().to_vec().into())];
        assert_eq!(faults_in_announcements(&announced, "", &answers).len(), 1);
    }
    let flood = vec![Announcement::Reply(b"\x1b[0n".as_slice().into()); 65];
    assert_eq!(faults_in_announcements(&flood, "", &answers).len(), 1);
    let titles = [Announcement::Title("a\x1b[2J".into())];
    assert_eq!(faults_in_announcements(&titles, "", &answers).len(), 1);
    let clipboard = [Announcement::ClipboardWrite("x".into())];
    assert_eq!(faults_in_announcements(&clipboard, "clipboard read", &answers).len(), 1);
    for bad in [
        "\x1b]0;x\x07",
        "\x1b[?1049l",
        "a\nb",
        "\x1b[6n",
        "\x1b[2J",
        "\x1bPq\x1b\\",
        "\u{7f}",
    ] {
        assert!(!host_output.is_match(bad.as_bytes()), "{bad:?} passes for drawing");
    }
    assert!(host_output.is_match("\x1b[3;4H\x1b[0;38;2;1;2;3mgrün".as_bytes()));
    for bad in ['\u{202e}', '\u{200d}', '\u{9b}', '\x1b', '\u{e0041}', '\u{feff}'] {
        assert!(!is_safe(bad), "{bad:?} is no safe character");
    }
}

//! What control functions do, as a table: bytes in, then cells, cursor, attributes and answers out. The checks are data, in
//! `tests/conformance/`, and its README says how they are written. Every check runs in three spellings.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop loudly"
)]

use std::fs;
use std::path::Path;
use std::time::Duration;

use e2b_tui::domain::GridSize;
use e2b_tui::keys::{Chord, Modifiers, Pointer, PointerButton, PointerKind};
use e2b_tui::terminal::{Announcement, CellView, CursorShape, Emulator, Limits};

#[path = "support/notation.rs"]
mod notation;
#[path = "support/screen_text.rs"]
mod screen_text;

use notation::bytes_of;
use screen_text::{screen_text, style_words};

/// One line of a check: a word and what follows it. The word of a drawn screen is `|`, and its rows follow.
struct Line {
    word: String,
    value: String,
}

struct Check {
    place: String,
    lines: Vec<Line>,
}

impl Check {
    fn value(&self, word: &str) -> Option<&str> {
        let line = self.lines.iter().find(|line| line.word == word)?;
        Some(&line.value)
    }
}

fn checks() -> Vec<Check> {
    let mut files: Vec<_> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    files.iter().flat_map(|path| checks_in(path)).collect()
}

fn checks_in(path: &Path) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    for (number, line) in fs::read_to_string(path).unwrap().lines().enumerate() {
        if let Some(name) = line.strip_prefix("== ") {
            let file = path.file_name().unwrap().to_str().unwrap();
            checks.push(Check {
                place: format!("{file}:{} {name}", number + 1),
                lines: Vec::new(),
            });
            continue;
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let lines = &mut checks.last_mut().unwrap().lines;
        let is_drawn = line.starts_with('|') || line.starts_with("    ");
        match lines.last_mut().filter(|last| is_drawn && last.word == "|") {
            Some(screen) => {
                screen.value.push('\n');
                screen.value.push_str(line);
            }
            None => lines.push(one_line(line, is_drawn)),
        }
    }
    checks
}

fn one_line(line: &str, is_drawn: bool) -> Line {
    let (word, value) = if is_drawn {
        ("|", line)
    } else {
        line.split_once(' ').unwrap_or((line, ""))
    };
    Line {
        word: word.to_owned(),
        value: value.to_owned(),
    }
}

fn grid_size(text: &str) -> GridSize {
    let (cols, rows) = text.split_once('x').unwrap();
    GridSize::new(cols.parse().unwrap(), rows.parse().unwrap())
}

/// How the bytes of a check reach the terminal.
#[derive(Clone, Copy, Debug)]
enum Spelling {
    AsWritten,
    /// One byte at a time.
    ByteByByte,
    /// Control functions of two characters as the single one that stands for them, in UTF-8.
    SingleCharacters,
}

impl Spelling {
    fn feed(self, emulator: &mut Emulator, bytes: &[u8]) {
        match self {
            Self::AsWritten => emulator.feed(bytes, Duration::ZERO),
            Self::ByteByByte => bytes.chunks(1).for_each(|byte| emulator.feed(byte, Duration::ZERO)),
            Self::SingleCharacters => emulator.feed(&in_single_characters(bytes), Duration::ZERO),
        }
    }
}

/// Only where a control function begins or a string ends: inside of another one, two spellings are two things.
fn in_single_characters(bytes: &[u8]) -> Vec<u8> {
    let mut spelt = Vec::new();
    let mut inside = None;
    let mut rest = bytes.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        let begins = if inside.is_none() {
            b"DEHMNOPXZ[]^_".as_slice()
        } else {
            b"\\"
        };
        let second = rest.next_if(|second| byte == 0x1b && inside != Some(b'[') && begins.contains(second));
        match (second, inside) {
            (Some(second), _) => {
                spelt.extend([0xc2, second + 0x40]);
                inside = b"PX[]^_".contains(&second).then_some(second);
            }
            (None, Some(b'[')) if (0x40..0x7f).contains(&byte) => {
                spelt.push(byte);
                inside = None;
            }
            (None, Some(b']')) if byte == 0x07 => {
                spelt.push(byte);
                inside = None;
            }
            _ => spelt.push(byte),
        }
    }
    spelt
}

/// A terminal under check, and what it said since it was last asked.
struct Trial {
    emulator: Emulator,
    announced: Vec<Announcement>,
}

impl Trial {
    /// Carries out one line. An error says what was seen instead.
    fn go(&mut self, line: &Line, spelling: Spelling) -> Result<(), String> {
        let value = &line.value;
        let (wanted, seen) = match line.word.as_str() {
            "size" | "gap" => return Ok(()),
            "in" => {
                spelling.feed(&mut self.emulator, &bytes_of(value));
                self.announced.extend(self.emulator.take_announcements());
                return Ok(());
            }
            "resize" => {
                self.emulator.resize(grid_size(value));
                return Ok(());
            }
            "rows" => (String::from_utf8(bytes_of(value)).unwrap(), self.rows()),
            "|" => (self.padded(value), self.drawn()),
            "reply" => return self.expect_reply(value),
            "key" | "mouse" | "paste" | "focus" => {
                let (what, wanted) = value.split_once(" sends ").unwrap();
                let wanted = if wanted == "nothing" {
                    Vec::new()
                } else {
                    bytes_of(wanted)
                };
                (written(&wanted), written(&self.input(&line.word, what)))
            }
            word => (value.clone(), self.state(word, value)),
        };
        if seen == wanted {
            return Ok(());
        }
        Err(format!("  wanted {} {wanted}\n  seen   {seen}", line.word))
    }

    fn state(&mut self, word: &str, value: &str) -> String {
        let cursor = self.emulator.cursor();
        match word {
            "cursor" => cursor.map_or("none".to_owned(), |cursor| format!("{},{}", cursor.row, cursor.col)),
            "shape" => {
                let cursor = cursor.unwrap();
                let shape = match cursor.shape {
                    CursorShape::Block => "block",
                    CursorShape::Underline => "underline",
                    CursorShape::Bar => "bar",
                };
                format!("{shape} {}", if cursor.blinking { "blinking" } else { "steady" })
            }
            "style" | "link" => self.of_cell(word, value),
            "says" => {
                let said: Vec<_> = self.announced.drain(..).map(|one| format!("{one:?}")).collect();
                said.join(" ")
            }
            "title" => self.emulator.title().to_string(),
            "scrollback" => self.emulator.scrollback_len().to_string(),
            other => panic!("{other} is no word of a check"),
        }
    }

    /// The rows, blanks and empty rows at the ends dropped, joined by `/`.
    fn rows(&self) -> String {
        let text = screen_text(&self.emulator);
        let rows: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix('|')).collect();
        rows.join("/").trim_end_matches('/').to_owned()
    }

    fn drawn(&self) -> String {
        let text = screen_text(&self.emulator);
        text.split_once('\n').unwrap().1.trim_end_matches('\n').to_owned()
    }

    /// A screen as a check has it: the rows that it leaves out at the end are blank.
    fn padded(&self, drawn: &str) -> String {
        let mut screen = String::from_utf8(bytes_of(drawn)).unwrap();
        let rows = drawn.lines().filter(|line| line.starts_with('|')).count();
        for _ in rows..usize::from(self.emulator.size().rows()) {
            screen.push_str("\n|");
        }
        screen
    }

    fn of_cell(&self, word: &str, value: &str) -> String {
        let place = value.split(' ').next().unwrap();
        let (row, col) = place.split_once(',').unwrap();
        let place_of_cell: (u16, u16) = (row.parse().unwrap(), col.parse().unwrap());
        let mut seen = String::new();
        self.emulator.draw(|row, col, cell| {
            if (row, col) != place_of_cell {
                return;
            }
            seen = match (word, cell.link) {
                ("style", _) => style_words(&CellView { wide: false, ..cell }),
                (_, Some(link)) => self.emulator.link(link).unwrap().to_string(),
                _ => "none".to_owned(),
            };
        });
        format!("{place} {seen}").trim_end().to_owned()
    }

    fn expect_reply(&mut self, pattern: &str) -> Result<(), String> {
        let replied = self.replies();
        if matches(&replied, pattern) {
            return Ok(());
        }
        Err(format!("  wanted reply {pattern}\n  seen   {replied}"))
    }

    fn replies(&mut self) -> String {
        let replies = self
            .announced
            .extract_if(.., |one| matches!(one, Announcement::Reply(_)));
        replies
            .map(|one| match one {
                Announcement::Reply(bytes) => written(&bytes),
                _ => String::new(),
            })
            .collect()
    }

    fn input(&self, word: &str, what: &str) -> Vec<u8> {
        match word {
            "key" => self.emulator.encode_key(&what.parse::<Chord>().unwrap()),
            "paste" => {
                let text = String::from_utf8(bytes_of(what)).unwrap();
                self.emulator.encode_paste(&text)
            }
            "focus" => self.emulator.encode_focus(what == "in").unwrap_or_default(),
            _ => self.emulator.encode_pointer(pointer(what)).unwrap_or_default(),
        }
    }
}

/// `press-left 2,3`: column and row.
fn pointer(text: &str) -> Pointer {
    let (kind, place) = text.split_once(' ').unwrap();
    let (x, y) = place.split_once(',').unwrap();
    Pointer {
        kind: match kind {
            "press-left" => PointerKind::Press(PointerButton::Left),
            "release-left" => PointerKind::Release(PointerButton::Left),
            "drag-left" => PointerKind::Drag(PointerButton::Left),
            "move" => PointerKind::Move,
            "wheel-up" => PointerKind::WheelUp,
            other => panic!("{other}"),
        },
        x: x.parse().unwrap(),
        y: y.parse().unwrap(),
        modifiers: Modifiers::NONE,
    }
}

/// Whether a text equals a pattern in which `*` stands for anything but the beginning of another answer.
fn matches(text: &str, pattern: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else {
        return text == pattern;
    };
    let Some(rest) = text.strip_prefix(before) else {
        return false;
    };
    let longest = rest.find("\\e").unwrap_or(rest.len());
    (0..=longest)
        .filter(|end| rest.is_char_boundary(*end))
        .any(|end| matches(&rest[end..], after))
}

fn written(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .replace('\x1b', "\\e")
        .replace('\r', "\\r")
        .replace('\u{7f}', "\\x7f")
}

fn run(check: &Check, spelling: Spelling) -> Result<(), String> {
    let mut trial = Trial {
        emulator: Emulator::new(grid_size(check.value("size").unwrap_or("10x4")), allowing()),
        announced: Vec::new(),
    };
    for line in &check.lines {
        trial.go(line, spelling)?;
    }
    match trial.replies().as_str() {
        "" => Ok(()),
        unasked => Err(format!("  wanted no other reply\n  seen   {unasked}")),
    }
}

#[test]
fn every_check_passes_in_every_spelling() {
    let checks = checks();
    let mut wrong = Vec::new();
    for check in &checks {
        for spelling in [Spelling::AsWritten, Spelling::ByteByByte, Spelling::SingleCharacters] {
            match (run(check, spelling), check.value("gap")) {
                (Err(seen), None) => wrong.push(format!("{} ({spelling:?})\n{seen}", check.place)),
                (Ok(()), Some(_)) => wrong.push(format!("{} passes now: take its gap line away", check.place)),
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_table_is_large_and_says_what_is_missing() {
    let checks = checks();
    let gaps = checks.iter().filter(|check| check.value("gap").is_some()).count();
    assert!(checks.len() - gaps >= 500, "{} checks", checks.len());
    assert!(gaps <= 9, "{gaps} gaps");
    for check in &checks {
        let expects = check
            .lines
            .iter()
            .any(|line| !["size", "in", "resize", "gap"].contains(&line.word.as_str()));
        assert!(expects, "{} expects nothing", check.place);
    }
}

/// With the clipboard allowed, so that what a program says of it can be seen.
fn allowing() -> Limits {
    Limits {
        program_clipboard: true,
        ..Limits::default()
    }
}

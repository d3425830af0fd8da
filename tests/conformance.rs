//! What control functions do, as a table: bytes in, then cells, cursor, attributes and answers out. See
//! `tests/conformance/` for the checks, which are data.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use e2b_tui::domain::GridSize;
use e2b_tui::terminal::{Announcement, CellColor, CellStyle, Emulator, Limits, Underline};

/// One check: `== name`, then lines of a word and its value.
struct Check {
    place: String,
    lines: Vec<(String, String)>,
}

fn checks(path: &Path) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    for (number, line) in fs::read_to_string(path).unwrap().lines().enumerate() {
        let place = format!("{}:{}", path.file_name().unwrap().to_str().unwrap(), number + 1);
        if let Some(name) = line.strip_prefix("== ") {
            checks.push(Check {
                place: format!("{place} {name}"),
                lines: Vec::new(),
            });
        } else if !line.is_empty() && !line.starts_with('#') {
            let (word, value) = line.split_once(' ').unwrap_or((line, ""));
            let check = checks.last_mut().unwrap();
            check.lines.push((word.to_owned(), value.to_owned()));
        }
    }
    checks
}

/// Text with `\e`, `\n`, `\r`, `\t`, `\xhh`, `\u{h}` and `\\`.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        rest = &rest[letter.len_utf8()..];
        if letter != '\\' {
            bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let (kind, after) = rest.split_at(1);
        rest = after;
        match kind {
            "e" => bytes.push(0x1b),
            "n" => bytes.push(b'\n'),
            "r" => bytes.push(b'\r'),
            "t" => bytes.push(b'\t'),
            "b" => bytes.push(8),
            "a" => bytes.push(7),
            "\\" => bytes.push(b'\\'),
            "x" => {
                bytes.push(u8::from_str_radix(&rest[..2], 16).unwrap());
                rest = &rest[2..];
            }
            "u" => {
                let (code, after) = rest[1..].split_once('}').unwrap();
                let letter = char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap();
                bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                rest = after;
            }
            other => panic!("\\{other}"),
        }
    }
    bytes
}

/// The rows, blanks and empty rows at the ends dropped, joined by `/`.
fn rows(emulator: &Emulator) -> String {
    let mut rows = vec![String::new(); usize::from(emulator.size().rows())];
    emulator.draw(|row, _, cell| {
        if !cell.is_continuation {
            rows[usize::from(row)].push_str(if cell.text.is_empty() { " " } else { cell.text });
        }
    });
    let rows: Vec<&str> = rows.iter().map(|row| row.trim_end()).collect();
    rows.join("/").trim_end_matches('/').to_owned()
}

fn color(color: CellColor) -> String {
    match color {
        CellColor::Default => "default".to_owned(),
        CellColor::Indexed(index) => index.to_string(),
        CellColor::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
    }
}

fn style(style: &CellStyle) -> String {
    let mut text = String::new();
    for (is_on, name) in [
        (style.bold, "bold "),
        (style.dim, "dim "),
        (style.italic, "italic "),
        (style.blink, "blink "),
        (style.inverse, "inverse "),
        (style.conceal, "conceal "),
        (style.strike, "strike "),
        (style.overline, "overline "),
        (style.underline == Underline::Single, "underline "),
        (style.underline == Underline::Double, "double "),
        (style.underline == Underline::Curly, "curly "),
        (style.underline == Underline::Dotted, "dotted "),
        (style.underline == Underline::Dashed, "dashed "),
    ] {
        if is_on {
            text.push_str(name);
        }
    }
    for (value, name) in [(style.fg, "fg"), (style.bg, "bg"), (style.underline_color, "ul")] {
        if value != CellColor::Default {
            write!(text, "{name}={} ", color(value)).unwrap();
        }
    }
    text.trim_end().to_owned()
}

fn written(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .replace('\x1b', "\\e")
        .replace('\r', "\\r")
        .replace('\u{7f}', "\\x7f")
}

struct Run {
    emulator: Emulator,
    announced: Vec<Announcement>,
}

impl Run {
    /// What one line of a check asks about, as text.
    fn see(&mut self, word: &str, value: &str) -> String {
        let (place, _) = value.split_once(' ').unwrap_or((value, ""));
        match word {
            "rows" => rows(&self.emulator),
            "cursor" => self
                .emulator
                .cursor()
                .map_or("none".to_owned(), |cursor| format!("{},{}", cursor.row, cursor.col)),
            "shape" => format!("{:?}", self.emulator.cursor().unwrap()),
            "style" | "link" => {
                let (row, col) = place.split_once(',').unwrap();
                let (row, col): (u16, u16) = (row.parse().unwrap(), col.parse().unwrap());
                let mut seen = String::new();
                self.emulator.draw(|at_row, at_col, cell| {
                    if (at_row, at_col) == (row, col) {
                        let what = match (word, cell.link) {
                            ("style", _) => style(&cell.style),
                            (_, Some(link)) => self.emulator.link(link).unwrap().to_string(),
                            _ => "none".to_owned(),
                        };
                        seen = format!("{place} {what}").trim_end().to_owned();
                    }
                });
                seen
            }
            "reply" => {
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
            "says" => {
                let said: Vec<_> = self.announced.drain(..).map(|one| format!("{one:?}")).collect();
                said.join(" ")
            }
            "title" => self.emulator.title().to_string(),
            "scrollback" => self.emulator.scrollback_len().to_string(),
            other => panic!("{other}"),
        }
    }
}

fn run(check: &Check) -> Result<(), String> {
    let size = check
        .lines
        .iter()
        .find(|(word, _)| word == "size")
        .map_or("10x4", |(_, size)| size);
    let (cols, rows) = size.split_once('x').unwrap();
    let mut run = Run {
        emulator: Emulator::new(
            GridSize::new(cols.parse().unwrap(), rows.parse().unwrap()),
            Limits::default(),
        ),
        announced: Vec::new(),
    };
    for (word, value) in &check.lines {
        match word.as_str() {
            "size" => {}
            "in" => {
                run.emulator.feed(&unescape(value), Duration::ZERO);
                run.announced.extend(run.emulator.take_announcements());
            }
            "resize" => {
                let (cols, rows) = value.split_once('x').unwrap();
                run.emulator
                    .resize(GridSize::new(cols.parse().unwrap(), rows.parse().unwrap()));
            }
            word => {
                let seen = run.see(word, value);
                let wanted = if word == "rows" {
                    String::from_utf8(unescape(value)).unwrap()
                } else {
                    value.clone()
                };
                if seen != wanted {
                    return Err(format!("{}\n  {word} {value}\n  but  {seen}", check.place));
                }
            }
        }
    }
    Ok(())
}

#[test]
fn every_check_passes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let checks: Vec<Check> = files.iter().flat_map(|path| checks(path)).collect();
    let wrong: Vec<String> = checks.iter().filter_map(|check| run(check).err()).collect();
    assert!(checks.len() >= 116, "only {} checks were found", checks.len());
    assert!(
        wrong.is_empty(),
        "{} of {} fail:\n{}",
        wrong.len(),
        checks.len(),
        wrong.join("\n")
    );
}

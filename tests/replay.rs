//! Recorded output of real programs: what our terminal shows must equal, cell by cell, what an independent emulator showed,
//! however the bytes are cut. `tests/recordings/README.md` says how a recording is made.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use e2b_tui::domain::GridSize;
use e2b_tui::terminal::{Emulator, Limits};

#[path = "support/screen_text.rs"]
mod screen_text;
#[path = "support/seeded.rs"]
mod seeded;

use screen_text::screen_text;
use seeded::Seeded;

/// What happens after so many bytes of a recording.
enum Step {
    Screen(String),
    Resize(GridSize),
}

struct Recording {
    name: String,
    size: GridSize,
    bytes: Vec<u8>,
    steps: Vec<(usize, Step)>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/recordings")
}

fn recordings() -> Vec<Recording> {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_suffix(".bytes")?.to_owned()))
        .collect();
    names.sort();
    names.into_iter().map(recording).collect()
}

fn recording(name: String) -> Recording {
    let bytes = fs::read(folder().join(format!("{name}.bytes"))).unwrap();
    let text = fs::read_to_string(folder().join(format!("{name}.screen"))).unwrap();
    let mut parts = text.split("\nafter ");
    let head = parts.next().unwrap();
    let size = grid_size(head.lines().nth(1).unwrap().strip_prefix("size ").unwrap());
    let steps = parts
        .map(|part| {
            let (line, rest) = part.split_once('\n').unwrap();
            let (at, what) = line.split_once(" bytes: ").unwrap();
            let step = match what.strip_prefix("resize to ") {
                Some(size) => Step::Resize(grid_size(size)),
                None => Step::Screen(rest.trim_end_matches('\n').to_owned()),
            };
            (at.parse().unwrap(), step)
        })
        .collect();
    Recording {
        name,
        size,
        bytes,
        steps,
    }
}

fn grid_size(text: &str) -> GridSize {
    let (cols, rows) = text.split_once('x').unwrap();
    GridSize::new(cols.parse().unwrap(), rows.parse().unwrap())
}

/// Plays a recording; `piece` says how many of the bytes that are left come next. Returns what differs from the golden screens.
fn play(recording: &Recording, mut piece: impl FnMut(usize) -> usize) -> Vec<String> {
    let mut emulator = Emulator::new(recording.size, Limits::default());
    let mut differences = Vec::new();
    let mut at = 0;
    for (end, step) in &recording.steps {
        while at < *end {
            let next = at + piece(end - at).clamp(1, end - at);
            emulator.feed(&recording.bytes[at..next], Duration::from_micros(at as u64));
            at = next;
        }
        match step {
            Step::Resize(size) => emulator.resize(*size),
            Step::Screen(golden) => {
                let shown = screen_text(&emulator);
                if shown.trim_end_matches('\n') != golden {
                    differences.push(format!(
                        "{} after {end} bytes:\n{}",
                        recording.name,
                        difference(golden, &shown)
                    ));
                }
            }
        }
    }
    differences
}

/// The first lines that differ.
fn difference(golden: &str, shown: &str) -> String {
    let mut lines = shown.lines();
    let mut found = Vec::new();
    let mut row = 0;
    for wanted in golden.lines() {
        row += usize::from(wanted.starts_with('|'));
        let got = lines.next().unwrap_or("");
        if got != wanted {
            found.push(format!("  row {row}\n    wanted {wanted}\n    shown  {got}"));
        }
    }
    let more = found.len().saturating_sub(3);
    found.truncate(3);
    format!("{}\n  and {more} more lines", found.join("\n"))
}

fn expect_no_difference(differences: &[String]) {
    assert!(
        differences.is_empty(),
        "{} screens differ\n{}",
        differences.len(),
        differences.join("\n")
    );
}

#[test]
fn whole_recordings_show_what_an_independent_emulator_shows() {
    let differences: Vec<String> = recordings()
        .iter()
        .flat_map(|recording| play(recording, |left| left))
        .collect();
    expect_no_difference(&differences);
}

#[test]
fn byte_by_byte_shows_the_same() {
    let differences: Vec<String> = recordings()
        .iter()
        .flat_map(|recording| play(recording, |_| 1))
        .collect();
    expect_no_difference(&differences);
}

#[test]
fn cut_anywhere_shows_the_same() {
    let mut differences = Vec::new();
    for (number, recording) in recordings().iter().enumerate() {
        for round in 0..4 {
            let mut seeded = Seeded::new(number as u64 * 100 + round);
            let longest = [3, 17, 300, 5_000][round as usize];
            differences.extend(play(recording, |_| 1 + seeded.below(longest)));
        }
    }
    expect_no_difference(&differences);
}

#[test]
fn the_comparison_sees_a_changed_byte() {
    for mut recording in recordings() {
        let Some((last, Step::Screen(golden))) = recording.steps.pop() else {
            panic!("{} does not end with a screen", recording.name);
        };
        let place = golden
            .lines()
            .find_map(|line| line.strip_prefix('|').filter(|text| !text.trim().is_empty()));
        assert!(place.is_some(), "{} ends with an empty screen", recording.name);
        recording.bytes.truncate(last);
        recording.bytes.extend_from_slice(b"\x1b[H\x1b[0;35;4m#");
        recording.steps = vec![(recording.bytes.len(), Step::Screen(golden))];
        assert_eq!(play(&recording, |left| left).len(), 1, "{}", recording.name);
    }
}

#[test]
fn the_collection_is_whole_and_small() {
    let mut bytes = 0;
    let mut screens = 0;
    let mut names = Vec::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        bytes += path.metadata().unwrap().len();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("bytes") => names.push(path.clone()),
            Some("screen") => assert!(path.with_extension("bytes").exists(), "{} has no bytes", path.display()),
            _ => assert!(path.ends_with("README.md"), "{} does not belong here", path.display()),
        }
    }
    for recording in recordings() {
        let (end, last) = recording.steps.last().unwrap();
        assert_eq!(
            *end,
            recording.bytes.len(),
            "{} goes on after its last screen",
            recording.name
        );
        assert!(matches!(last, Step::Screen(_)), "{}", recording.name);
        screens += recording
            .steps
            .iter()
            .filter(|(_, step)| matches!(step, Step::Screen(_)))
            .count();
    }
    assert!(bytes < 2 * 1024 * 1024, "{bytes} bytes");
    assert!(names.len() >= 60, "{} recordings", names.len());
    assert!(screens >= 100, "{screens} screens");
}

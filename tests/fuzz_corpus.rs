//! What the fuzzer does (`tests/fuzz`), as plain tests: with the inputs that were kept because they once broke something or
//! reach far, and with as many generated ones as fit into a few seconds. `E2B_TUI_FUZZ_SECONDS=300` lets each generated
//! test go on for so long, with other seeds each minute of it but the same ones every time.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop loudly"
)]

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[path = "fuzz/exercises/mod.rs"]
mod exercises;
#[path = "support/seeded.rs"]
mod seeded;

use seeded::Seeded;

/// What an exercise is: bytes in, a panic when something is wrong.
type Exercise = fn(&[u8]);

const EXERCISES: [(&str, Exercise); 5] = [
    ("terminal", exercises::terminal),
    ("shell", exercises::shell),
    ("bytes", exercises::bytes),
    ("input", exercises::input),
    ("files", exercises::files),
];

/// Generated inputs of each kind in a normal run.
const CASES: u64 = 60;

fn fails(exercise: Exercise, data: &[u8]) -> bool {
    catch_unwind(|| exercise(data)).is_err()
}

fn run_kept(name: &str, exercise: Exercise) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/kept").join(name);
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let wrong: Vec<_> = files
        .iter()
        .filter(|path| fails(exercise, &fs::read(path).unwrap()))
        .collect();
    assert!(wrong.is_empty(), "{name} fails with {wrong:#?}");
    files.len()
}

#[test]
fn what_was_kept_passes() {
    for (name, exercise) in EXERCISES {
        assert!(run_kept(name, exercise) > 0, "nothing is kept for {name}");
    }
}

/// A generated input: mostly short, since short ones are read when they fail.
fn generated(seed: u64) -> Vec<u8> {
    let mut seeded = Seeded::new(seed);
    let length = [30, 100, 300, 900][seeded.below(4)];
    (0..=seeded.below(length)).map(|_| seeded.below(256) as u8).collect()
}

fn generate(name: &str, exercise: Exercise) {
    let asked = std::env::var("E2B_TUI_FUZZ_SECONDS")
        .ok()
        .map(|seconds| seconds.parse().unwrap());
    let end = asked.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut seed = 0;
    while end.map_or(seed < CASES, |end| Instant::now() < end) {
        let data = generated(seed);
        if fails(exercise, &data) {
            let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{seed}"));
            fs::write(&path, shortened(exercise, data)).unwrap();
            panic!(
                "{name} fails with seed {seed}; what is left of it when shortened is in {}",
                path.display()
            );
        }
        seed += 1;
    }
    println!("{name}: {seed} inputs");
}

/// Takes away what is not needed to fail.
fn shortened(exercise: Exercise, mut data: Vec<u8>) -> Vec<u8> {
    let mut length = data.len() / 2;
    while length > 0 {
        let mut at = 0;
        while at + length <= data.len() {
            let mut shorter = data.clone();
            shorter.drain(at..at + length);
            if fails(exercise, &shorter) {
                data = shorter;
            } else {
                at += length;
            }
        }
        length /= 2;
    }
    data
}

#[test]
fn generated_lives_of_a_terminal() {
    generate("terminal", exercises::terminal);
}

#[test]
fn generated_lives_of_a_shell() {
    generate("shell", exercises::shell);
}

#[test]
fn generated_bytes() {
    generate("bytes", exercises::bytes);
}

#[test]
fn generated_keys_mouse_and_pastes() {
    generate("input", exercises::input);
}

#[test]
fn generated_files() {
    generate("files", exercises::files);
}

/// The exercises see what they look for.
#[test]
fn a_wrong_terminal_would_be_noticed() {
    assert!(fails(|_| panic!("as a wrong one would"), b""));
    let script = exercises::script(&[9, 3, 0, 205, 4, 2, 0, 0], false);
    assert_eq!(script.size.cols(), 10);
    assert_eq!(script.steps.len(), 2, "{script:?}");
}

/// Shows what an input is, to those who want to understand why it fails: `E2B_TUI_FUZZ_INPUT=FILE`.
#[test]
#[ignore = "shows what E2B_TUI_FUZZ_INPUT is"]
fn one_input_is_read() {
    let path = std::env::var("E2B_TUI_FUZZ_INPUT").unwrap();
    let data = fs::read(&path).unwrap();
    let is_shell = path.contains("shell");
    let script = exercises::script(&data, is_shell);
    println!("{:?}, strings of {} bytes", script.size, script.string_bytes);
    for step in &script.steps {
        match step {
            exercises::Step::Output(bytes) => println!("Output {:?}", String::from_utf8_lossy(bytes)),
            other => println!("{other:?}"),
        }
    }
    let (_, exercise) = EXERCISES[usize::from(is_shell)];
    exercise(&data);
}

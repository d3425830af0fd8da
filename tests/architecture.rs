//! The house rules, read from the sources: layers, one library one module, sizes, names, doors.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Each top-level module with what it may import. Anything else is an error.
const IMPORTS: [(&str, &[&str]); 19] = [
    ("domain", &[]),
    ("keys", &["domain"]),
    ("panes", &["domain"]),
    ("theme", &["domain"]),
    ("wire", &["domain"]),
    ("terminal", &["domain", "keys"]),
    ("text_entry", &["domain", "keys", "theme"]),
    ("config", &["domain", "keys", "panes"]),
    ("app", &["domain", "keys", "panes", "terminal", "text_entry", "config"]),
    (
        "ui",
        &[
            "domain",
            "keys",
            "panes",
            "theme",
            "terminal",
            "text_entry",
            "config",
            "app",
        ],
    ),
    ("envd", &["domain", "wire"]),
    ("local_envd", &["domain", "wire"]),
    ("platform", &["domain"]),
    ("history", &["domain"]),
    ("host", &["domain", "keys"]),
    ("keep", &["domain"]),
    (
        "runtime",
        &[
            "domain",
            "keys",
            "panes",
            "theme",
            "terminal",
            "text_entry",
            "config",
            "app",
            "ui",
            "envd",
            "local_envd",
            "platform",
            "history",
            "host",
            "keep",
        ],
    ),
    ("cli", ABOVE_ALL),
    ("startup", ABOVE_ALL),
];

/// What the top layer may import: everything.
const ABOVE_ALL: &[&str] = &[
    "domain",
    "keys",
    "panes",
    "theme",
    "terminal",
    "text_entry",
    "config",
    "app",
    "ui",
    "envd",
    "local_envd",
    "platform",
    "history",
    "host",
    "keep",
    "runtime",
    "cli",
    "startup",
];

/// Each library that only some files may name.
const LIBRARIES: [(&str, &[&str]); 10] = [
    ("vt100", &["terminal/"]),
    ("crossterm", &["host/"]),
    ("prost", &["wire/", "envd/", "local_envd/"]),
    ("prost_reflect", &["wire/", "local_envd/"]),
    ("tonic", &["wire/generated/", "envd/", "local_envd/"]),
    ("reqwest", &["envd/", "platform/"]),
    ("rusqlite", &["history/"]),
    ("tui_textarea", &["text_entry.rs"]),
    (
        "ratatui",
        &[
            "theme.rs",
            "text_entry.rs",
            "ui/",
            "host/screen.rs",
            "host/frame_backend.rs",
            "host/headless.rs",
        ],
    ),
    ("clap", &["cli/", "main.rs"]),
];

/// Words that start tasks or make channels: for the runtime and the services alone.
const CONCURRENCY: [&str; 4] = ["tokio::spawn", "mpsc::", "thread::spawn", "oneshot::"];
const CONCURRENT: [&str; 9] = [
    "runtime/",
    "envd/",
    "local_envd/",
    "platform/",
    "history/",
    "host/",
    "keep/",
    "cli/",
    "startup.rs",
];

const NAMES_THAT_SAY_NOTHING: [&str; 6] = ["util", "utils", "common", "helpers", "manager", "handler"];

struct Source {
    /// Relative to `src`.
    path: String,
    /// Without comments and without the tests at its end.
    code: String,
    /// As it stands.
    text: String,
}

impl Source {
    fn top_module(&self) -> &str {
        self.path.split('/').next().unwrap().trim_end_matches(".rs")
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let path = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            found.push(Source {
                code: code_of(&text),
                path,
                text,
            });
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(found.len() > 10, "no sources found");
    found
}

/// The lines before the tests, comments dropped.
fn code_of(text: &str) -> String {
    let before_tests = text.split("\n#[cfg(test)]\nmod tests").next().unwrap();
    before_tests
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(|line| line.split(" // ").next().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

fn is_generated(source: &Source) -> bool {
    source.path.starts_with("wire/generated/")
}

/// Each place where `word` stands as a whole path segment in front of `::` or after `use `.
fn names_library(code: &str, library: &str) -> bool {
    code.match_indices(library).any(|(at, _)| {
        let before = code[..at].chars().next_back().unwrap_or(' ');
        let after = &code[at + library.len()..];
        !(before.is_alphanumeric() || before == '_' || before == ':' || before == '.' || before == '"')
            && (after.starts_with("::") || (after.starts_with(';') && code[..at].ends_with("use ")))
    })
}

fn report(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn imports_point_down() {
    let allowed: BTreeMap<_, _> = IMPORTS.into_iter().collect();
    let mut problems = Vec::new();
    for source in sources() {
        let module = source.top_module();
        if module == "lib" || module == "main" {
            continue;
        }
        let may = allowed
            .get(module)
            .unwrap_or_else(|| panic!("{module} has no layer: add it to IMPORTS"));
        for (at, _) in source.code.match_indices("crate::") {
            let rest = &source.code[at + "crate::".len()..];
            let names: Vec<&str> = if let Some(list) = rest.strip_prefix('{') {
                list.split('}').next().unwrap().split(',').map(str::trim).collect()
            } else {
                vec![rest]
            };
            for name in names {
                let name = name
                    .split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
                    .next()
                    .unwrap();
                if !name.is_empty() && name != module && !may.contains(&name) && allowed.contains_key(name) {
                    problems.push(format!("{}: {module} may not import {name}", source.path));
                }
            }
        }
    }
    report(&problems);
}

#[test]
fn one_library_one_module() {
    let mut problems = Vec::new();
    for source in sources() {
        for (library, places) in LIBRARIES {
            if names_library(&source.code, library) && !places.iter().any(|place| source.path.starts_with(place)) {
                problems.push(format!("{}: {library} belongs to {places:?}", source.path));
            }
        }
    }
    report(&problems);
}

#[test]
fn only_runtime_and_services_start_tasks() {
    let mut problems = Vec::new();
    for source in sources() {
        if CONCURRENT.iter().any(|place| source.path.starts_with(place)) || source.path == "main.rs" {
            continue;
        }
        for word in CONCURRENCY {
            if source.code.contains(word) {
                problems.push(format!("{}: {word}", source.path));
            }
        }
    }
    report(&problems);
}

#[test]
fn only_update_changes_the_whole_model() {
    let mut problems = Vec::new();
    for source in sources() {
        let is_update = source.path == "app/update.rs" || source.path.starts_with("app/update/");
        if source.code.contains("&mut Model") && !is_update {
            // The loop owns the model and hands it to `update`; it may hold it, never reach into it.
            if source.path != "runtime/event_loop.rs" {
                problems.push(source.path.clone());
            }
        }
    }
    report(&problems);
}

#[test]
fn the_workbench_is_pure() {
    let forbidden = [
        "std::fs",
        "std::net",
        "std::process",
        "std::env",
        "std::thread",
        "Instant::now",
        "SystemTime::now",
        "tokio",
        "async fn",
        ".await",
        "getrandom",
        "println!",
        "eprintln!",
    ];
    let mut problems = Vec::new();
    for source in sources() {
        if ["domain", "keys", "panes", "terminal", "app", "ui", "theme"].contains(&source.top_module()) {
            for word in forbidden {
                if source.code.contains(word) {
                    problems.push(format!("{}: {word}", source.path));
                }
            }
        }
    }
    report(&problems);
}

#[test]
fn files_stay_small() {
    let mut problems = Vec::new();
    for source in sources().iter().filter(|source| !is_generated(source)) {
        let lines = source
            .text
            .split("\n#[cfg(test)]\nmod tests")
            .next()
            .unwrap()
            .lines()
            .count();
        if lines > 400 {
            problems.push(format!("{}: {lines} lines, 400 is the limit", source.path));
        }
    }
    report(&problems);
}

/// The body between the brace that opens after `at` and its partner.
fn braced(code: &str, at: usize) -> Option<&str> {
    let open = at + code[at..].find(['{', ';'])?;
    if code.as_bytes()[open] == b';' {
        return None;
    }
    let mut depth = 0;
    for (offset, letter) in code[open..].char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(&code[open + 1..open + offset]);
        }
    }
    None
}

/// How many items separated by commas stand at the top level of a body.
fn top_level_items(body: &str) -> usize {
    let mut depth = 0;
    let mut items = 0;
    let mut has_text = false;
    for letter in body.chars() {
        match letter {
            '{' | '(' | '[' | '<' => depth += 1,
            '}' | ')' | ']' | '>' => depth -= 1,
            ',' if depth == 0 => {
                items += usize::from(has_text);
                has_text = false;
                continue;
            }
            _ => {}
        }
        has_text |= !letter.is_whitespace();
    }
    items + usize::from(has_text)
}

#[test]
fn structs_and_the_two_central_enums_stay_small() {
    let mut problems = Vec::new();
    for source in sources().iter().filter(|source| !is_generated(source)) {
        for keyword in ["struct ", "enum Message ", "enum Effect "] {
            for (at, _) in source.code.match_indices(keyword) {
                if let Some(body) = braced(&source.code, at) {
                    let items = top_level_items(body);
                    let name: String = source.code[at..].chars().take_while(|letter| *letter != '{').collect();
                    if items > 12 {
                        problems.push(format!("{}: {}has {items} parts, 12 is the limit", source.path, name));
                    }
                }
            }
        }
    }
    report(&problems);
}

#[test]
fn names_say_something() {
    let mut problems = Vec::new();
    for source in sources() {
        for part in source.path.trim_end_matches(".rs").split('/') {
            if NAMES_THAT_SAY_NOTHING.contains(&part) {
                problems.push(source.path.clone());
            }
        }
    }
    report(&problems);
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    let mut problems = Vec::new();
    for source in sources() {
        if source.path.starts_with("wire/generated/") && source.path != "wire/generated/mod.rs" {
            continue;
        }
        if !source.text.starts_with("//!") {
            problems.push(format!("{}: no opening lines", source.path));
        }
        if source.path.ends_with("/mod.rs") && names_function(&source.code) {
            problems.push(format!("{}: a door holds no logic", source.path));
        }
    }
    report(&problems);
}

fn names_function(code: &str) -> bool {
    code.lines().any(|line| {
        let line = line.trim_start();
        line.starts_with("fn ") || line.starts_with("pub fn ") || line.starts_with("async fn ")
    })
}

#[test]
fn nothing_is_left_for_others() {
    let marks = [
        "todo!",
        "unimplemented!",
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        "#[ignore",
        "#[allow(",
    ];
    let mut problems = Vec::new();
    for source in sources().iter().filter(|source| !is_generated(source)) {
        for mark in marks {
            if source.text.contains(mark) {
                problems.push(format!("{}: {mark}", source.path));
            }
        }
    }
    report(&problems);
}

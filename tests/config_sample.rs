//! The sample config file is what the defaults say it is, and each of its lines works when the `#` is taken away.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]

use e2b_tui::app::BoundKeys;
use e2b_tui::app::KeyChange;
use e2b_tui::config::{ConfigFile, Flags, Settings, effective_text, sample_text};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/config.toml");

/// Set this to write the file anew.
const REWRITE: &str = "E2B_TUI_REWRITE";

#[test]
fn the_committed_sample_is_fresh() {
    if std::env::var_os(REWRITE).is_some() {
        std::fs::write(PATH, sample_text()).unwrap();
    }
    let committed = std::fs::read_to_string(PATH).unwrap();
    assert_eq!(
        committed,
        sample_text(),
        "run the test with {REWRITE}=1 to write it anew"
    );
}

#[test]
fn as_it_stands_it_changes_nothing() {
    let resolve = |text: &str| {
        let file = ConfigFile::parse(text, "sample").unwrap();
        effective_text(&Settings::resolve(file, &Flags::default(), |_| None))
    };
    assert_eq!(resolve(&sample_text()), resolve(""));
}

#[test]
fn every_line_works_when_it_is_switched_on() {
    let text: String = sample_text()
        .lines()
        .map(|line| {
            let line = line
                .strip_prefix('#')
                .filter(|rest| !rest.starts_with(' '))
                .unwrap_or(line);
            // Of the two ways to name a sandbox only one may be used.
            if line.starts_with("sandbox =") {
                String::from("\n")
            } else {
                format!("{line}\n")
            }
        })
        .collect();
    let file = ConfigFile::parse(&text, "sample").unwrap();
    let settings = Settings::resolve(file, &Flags::default(), |_| None);
    assert_eq!(settings.targets.len(), 1);
    let changes: Vec<KeyChange> = settings
        .keys
        .into_iter()
        .map(|binding| KeyChange {
            action: binding.action,
            keys: binding.keys,
        })
        .collect();
    assert_eq!(changes.len(), 1);
    BoundKeys::with_changes(settings.prefix, &changes).unwrap();
}

/// Compares a committed sample with what the program makes of its defaults.
fn check_sample(path: &str, text: &str) {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os(REWRITE).is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert_eq!(committed, text, "run the test with {REWRITE}=1 to write it anew");
}

#[test]
fn the_samples_of_themes_and_workspaces_are_fresh() {
    check_sample("assets/themes/sample.toml", &e2b_tui::startup::theme_sample());
    check_sample("assets/workspaces/sample.toml", e2b_tui::config::WORKSPACE_SAMPLE);
}

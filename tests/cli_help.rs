//! The help texts as people see them: committed, compared, rewritten only when asked.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli_help.txt");

/// Set this to write the file anew.
const REWRITE: &str = "E2B_TUI_REWRITE";

#[test]
fn help_is_as_committed() {
    let mut pages = String::new();
    for words in [
        &["--help"][..],
        &["-h"],
        &["shell", "--help"],
        &["exec", "--help"],
        &["run", "--help"],
        &["cp", "--help"],
        &["ls", "--help"],
        &["ps", "--help"],
        &["list", "--help"],
        &["create", "--help"],
        &["info", "--help"],
        &["pause", "--help"],
        &["resume", "--help"],
        &["kill", "--help"],
        &["timeout", "--help"],
        &["fork", "--help"],
        &["snapshot", "--help"],
        &["metrics", "--help"],
        &["logs", "--help"],
        &["templates", "--help"],
        &["serve", "--help"],
        &["doctor", "--help"],
        &["keys", "--help"],
        &["config", "--help"],
        &["completions", "--help"],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_e2b-tui"))
            .args(words)
            .env_clear()
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        let _ = write!(pages, "$ e2b-tui {}\n{text}\n", words.join(" "));
    }
    if std::env::var_os(REWRITE).is_some() {
        std::fs::write(PATH, &pages).unwrap();
    }
    let committed = std::fs::read_to_string(PATH).unwrap();
    assert!(
        committed == pages,
        "the help has changed: run the test with {REWRITE}=1 and look at the difference"
    );
}

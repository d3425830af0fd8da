//! Starts under bad conditions: the workbench opens all the same, or says in one sentence why it cannot. Each case is a script
//! in a real terminal.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]

use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use e2b_tui::domain::{Endpoint, GridSize, ProgramSpec};
use e2b_tui::envd::{EnvdClient, ProcessEvent, ProcessIo, ProcessStream};
use e2b_tui::local_envd::{LocalEnvd, LocalEnvdOptions};
use e2b_tui::terminal::{Announcement, Emulator, Limits};
use futures_util::StreamExt;

#[path = "support/host_grammar.rs"]
mod host_grammar;

use host_grammar::assert_host_grammar;

/// Long, because the machine may be busy; nothing waits for it unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is to be seen, and the exit code that follows.
enum Outcome {
    /// The workbench opens, with this on its screen; leaving it gives 0.
    Opens(&'static str),
    /// This is said, and the program ends with this code.
    Says(u8, &'static str),
}
use Outcome::{Opens, Says};

struct Case {
    /// Before `exec`.
    given: &'static str,
    /// The words after the program's name.
    words: &'static str,
    size: (u16, u16),
    outcome: Outcome,
}

/// What runs in the pane.
const PANE: &str = "local -- sh -c 'echo up; read x'";

const fn opens(given: &'static str) -> Case {
    Case {
        given,
        words: PANE,
        size: (100, 30),
        outcome: Opens("up"),
    }
}

const fn says(given: &'static str, words: &'static str, code: u8, said: &'static str) -> Case {
    Case {
        given,
        words,
        size: (100, 30),
        outcome: Says(code, said),
    }
}

const fn at(cols: u16, rows: u16, seen: &'static str) -> Case {
    Case {
        given: ":",
        words: PANE,
        size: (cols, rows),
        outcome: Opens(seen),
    }
}

const CASES: &[Case] = &[
    opens("unset HOME"),
    opens("export HOME="),
    opens("export HOME=relative/home"),
    opens("export HOME=/proc"),
    opens("export HOME=/dev/null"),
    opens("export HOME=/proc/no/such/home"),
    opens("umask 0"),
    opens("umask 777"),
    opens("export XDG_CONFIG_HOME=/dev/null"),
    opens("export XDG_STATE_HOME=/dev/null/x XDG_DATA_HOME=/proc/x XDG_CACHE_HOME=/proc/y"),
    opens("export XDG_CONFIG_HOME=relative XDG_STATE_HOME= XDG_DATA_HOME=.."),
    opens("touch plain; export XDG_STATE_HOME=$PWD/plain XDG_DATA_HOME=$PWD/plain"),
    opens("mkdir -p .local/state/e2b-tui/workspaces/last.toml"),
    opens("mkdir -p .local/state/e2b-tui; echo '{' > .local/state/e2b-tui/e2b-tui.log"),
    opens("mkdir -p .local/share/e2b-tui/history; echo rubbish > .local/share/e2b-tui/history/history.db"),
    opens("unset PATH; PATH=/usr/bin:/bin"),
    opens("export SHELL=/no/such/shell"),
    opens("unset SHELL LANG LC_ALL COLORTERM"),
    opens("export LANG=xx_YY.ISO-8859-1; unset LC_ALL"),
    opens("export TERM=no-such-terminal-9000"),
    opens("export TERM=vt100"),
    opens("export NO_COLOR=1 CLICOLOR_FORCE=1 COLORTERM=nonsense"),
    opens("mkdir gone; cd gone; rmdir ../gone"),
    opens("ulimit -n 48"),
    opens("exec 2>&-"),
    opens("export E2B_DEBUG=maybe E2B_DOMAIN='no domain' E2B_API_URL=::"),
    opens("export TMUX=nonsense EDITOR=/no VISUAL= PAGER=/no BROWSER=/no"),
    Case {
        given: "export LC_ALL=C",
        words: PANE,
        size: (100, 30),
        outcome: Opens("+- local"),
    },
    at(1, 1, ""),
    at(2, 2, ""),
    at(20, 5, "up"),
    at(39, 9, "needs 40"),
    at(300, 100, "up"),
    says("export TERM=dumb", PANE, 2, "TERM is dumb"),
    says("unset TERM", PANE, 2, "TERM is not set"),
    says("export TERM=", PANE, 2, "TERM is not set"),
    says(":", "local </dev/null", 2, "must be a terminal"),
    says(":", "local | cat; exit 2", 2, "must be a terminal"),
    says(":", "local <&-", 2, "must be a terminal"),
    says(":", "--colour", 2, "unexpected argument '--colour'"),
    says(":", "-Z", 2, "unexpected argument '-Z'"),
    says(":", "--log loud local", 2, "invalid value 'loud'"),
    says(":", "--config", 2, "a value is required"),
    says(":", "--config none.toml", 2, "cannot read the config file"),
    says(":", "shel local", 2, "did you mean `shell`?"),
    says(":", "-e NAME local", 2, "NAME=value"),
    says(":", "'' ", 2, "cannot be used as a target"),
    says(":", "http://h:0", 2, "port"),
    says(":", "local:../../etc", 2, "letters, digits"),
    says(":", "-w none", 3, "there is no workspace"),
    says("export E2B_SANDBOX_URL=ftp://x", "", 2, "http"),
    says(
        "mkdir -p .config/e2b-tui; echo 'mous = 1' > .config/e2b-tui/config.toml",
        "local",
        2,
        "did you mean `mouse`?",
    ),
    says(
        "mkdir -p .config/e2b-tui/config.toml",
        "local",
        2,
        "cannot read the config file",
    ),
    says(
        "mkdir -p .config/e2b-tui/themes; echo x > .config/e2b-tui/themes/a.toml",
        "local",
        2,
        "a.toml:1",
    ),
];

async fn play(client: &EnvdClient, home: &Path, case: &Case) -> Result<(), String> {
    let script = format!("{}; exec \"$TUI\" {}", case.given, case.words);
    // A pipe and a closed descriptor belong to the command: then the shell has to stay.
    let script = if case.words.contains('|') {
        script.replace("exec ", "")
    } else {
        script
    };
    let mut program = ProgramSpec::new("/bin/sh", ["-c", &script]).for_terminal();
    let home = home.to_str().unwrap();
    program.cwd = Some(home.to_owned());
    for (name, value) in [("HOME", home), ("TUI", env!("CARGO_BIN_EXE_e2b-tui"))] {
        program.envs.insert(name.to_owned(), value.to_owned());
    }
    let size = GridSize::new(case.size.0, case.size.1);
    let stream = client.start(&program, ProcessIo::Terminal(size)).await.unwrap();
    follow(client, stream, size, case).await
}

/// Reads what the program draws, leaves it once what was expected is there, and judges how it ended.
async fn follow(client: &EnvdClient, mut stream: ProcessStream, size: GridSize, case: &Case) -> Result<(), String> {
    let (pid, begin) = (stream.pid(), Instant::now());
    let mut emulator = Emulator::new(size, Limits::default());
    let (mut is_leaving, mut all) = (false, String::new());
    loop {
        let text = emulator.text_rows().join("\n");
        let is_drawn = all.contains("\u{1b}[?1049h") && (case.size.1 > 2 || all.contains("\u{1b}[?2004h"));
        if let Opens(seen) = case.outcome
            && !is_leaving
            && is_drawn
            && text.contains(seen)
        {
            is_leaving = true;
            // Inside tmux, or where it seems so, the prefix is another one.
            let prefix = if case.given.contains("TMUX") { 1 } else { 2 };
            client
                .send_terminal_input(pid, Bytes::from(vec![prefix, b'd', b'y']))
                .await
                .unwrap();
        }
        let event = tokio::time::timeout(PATIENCE, stream.next()).await;
        let Ok(event) = event else {
            return Err(format!("nothing more comes:\n{text}"));
        };
        match event.unwrap() {
            Some(ProcessEvent::Terminal(bytes)) => {
                all.push_str(&String::from_utf8_lossy(&bytes));
                emulator.feed(&bytes, begin.elapsed());
                for announcement in emulator.take_announcements() {
                    if let Announcement::Reply(reply) = announcement {
                        let _ = client.send_terminal_input(pid, reply).await;
                    }
                }
            }
            Some(ProcessEvent::Ended(status)) => {
                assert_host_grammar(all.as_bytes());
                let code = status.shell_code();
                let text = emulator.text_rows().join("\n");
                let is_right = match case.outcome {
                    Opens(_) => is_leaving && code == 0,
                    Says(expected, said) => {
                        code == expected && text.replace('\n', "").contains(said) && !all.contains("1049h")
                    }
                };
                let has_fault = ["panicked", "RUST_BACKTRACE"].iter().any(|word| all.contains(word));
                return if is_right && !has_fault {
                    Ok(())
                } else {
                    Err(format!("ended with {code}:\n{text}"))
                };
            }
            Some(_) => {}
            None => return Err("the stream ended".to_owned()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_opens_or_says_in_one_sentence_why_it_cannot() {
    let server = LocalEnvd::start(LocalEnvdOptions::default()).await.unwrap();
    let mut endpoint = Endpoint::new(server.base_url());
    endpoint.access_token = server.token().cloned();
    let client = EnvdClient::new(&endpoint).unwrap();
    let wrong: Vec<String> = futures_util::stream::iter(CASES)
        .map(async |case| {
            let home = tempfile::tempdir().unwrap();
            let told = play(&client, home.path(), case).await.err();
            told.map(|told| format!("`{}` `{}` {:?}: {told}", case.given, case.words, case.size))
        })
        .buffer_unordered(4)
        .filter_map(std::future::ready)
        .collect()
        .await;
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        CASES.len(),
        wrong.join("\n\n")
    );
    server.stop().await;
}

#[test]
fn what_it_keeps_is_for_its_owner_alone_whatever_the_umask() {
    use std::os::unix::fs::MetadataExt;
    for umask in ["0", "777", "027"] {
        let home = tempfile::tempdir().unwrap();
        let script = format!("umask {umask}; exec \"$TUI\" exec local -- true");
        let status = std::process::Command::new("/bin/sh")
            .args(["-c", &script])
            .env_clear()
            .env("HOME", home.path())
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("TUI", env!("CARGO_BIN_EXE_e2b-tui"))
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(0), "umask {umask}");
        let state = home.path().join(".local/state/e2b-tui");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(mode(&state), 0o700, "umask {umask}");
        assert_eq!(mode(&state.join("e2b-tui.log")) & 0o077, 0, "umask {umask}");
    }
}

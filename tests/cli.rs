//! The real program without its workbench: streams, exit codes, and one clear sentence for everything that goes wrong.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// A home of its own, so that tests neither see the user's files nor each other's.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_e2b-tui"));
        command
            .args(words)
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("TERM", "xterm-256color")
            .current_dir(self.path())
            .stdin(Stdio::null());
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    fn config(&self, text: &str) {
        let folder = self.path().join(".config/e2b-tui");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("config.toml"), text).unwrap();
    }
}

/// Runs with standard input and answers what comes out.
fn run_with_input(home: &Home, words: &[&str], input: Vec<u8>) -> Output {
    let mut command = home.command(words);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that does not read everything breaks the pipe: that is for the caller to judge by the output.
    let writing = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    output
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Bytes without a pattern that a mistake could hide in, the same in every run.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    })
    .take(length)
    .collect()
}

#[test]
fn the_two_outputs_stay_apart_and_the_exit_code_is_the_commands() {
    let output = Home::new().run(&["exec", "local", "--", "sh", "-c", "echo out; echo err >&2; exit 7"]);
    assert_eq!(stdout(&output), "out\n");
    assert_eq!(stderr(&output), "err\n");
    assert_eq!(output.status.code(), Some(7));
}

#[test]
fn a_signal_death_and_a_missing_command_give_the_codes_of_shells() {
    let home = Home::new();
    for (words, code) in [
        (&["exec", "local", "--", "sh", "-c", "kill -9 $$"][..], 137),
        (&["exec", "local", "sh", "-c", "kill -15 $$"], 143),
        (&["exec", "local", "--", "no-such-command-here"], 127),
        (&["exec", "local", "--", "/etc"], 126),
        (&["exec", "local", "--", "true"], 0),
    ] {
        let output = home.run(words);
        assert_eq!(output.status.code(), Some(code), "{words:?}: {}", stderr(&output));
    }
}

#[test]
fn every_line_of_standard_input_arrives() {
    let lines: Vec<String> = (1..=200_000).map(|number| number.to_string()).collect();
    let lines = lines.join("\n") + "\n";
    let output = run_with_input(&Home::new(), &["exec", "local", "--", "wc", "-l"], lines.into_bytes());
    assert_eq!(stdout(&output).trim(), "200000");
}

#[test]
fn bytes_are_the_same_both_ways_in_every_dialect() {
    let data = noise(5_000_000);
    let home = Home::new();
    for dialect in ["connect", "grpc-web", "grpc"] {
        let words = ["exec", "--dialect", dialect, "local", "--", "cat"];
        let output = run_with_input(&home, &words, data.clone());
        assert_eq!(output.status.code(), Some(0), "{dialect}: {}", stderr(&output));
        assert_eq!(Sha256::digest(&output.stdout), Sha256::digest(&data), "{dialect}");
    }
}

#[test]
fn a_command_that_reads_only_a_part_is_no_failure() {
    let output = run_with_input(
        &Home::new(),
        &["exec", "local", "--", "head", "-c", "3"],
        noise(2_000_000),
    );
    assert_eq!(output.stdout.len(), 3);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
}

#[test]
fn variables_folder_and_an_empty_input_reach_the_command() {
    let home = Home::new();
    std::fs::create_dir(home.path().join("inner")).unwrap();
    let inner = home.path().join("inner").canonicalize().unwrap();
    let words = [
        "exec",
        "local",
        "-n",
        "-e",
        "GREETING=hi there",
        "-c",
        inner.to_str().unwrap(),
        "--",
    ];
    let script = ["sh", "-c", "pwd; echo \"$GREETING\"; cat; env | grep -ci token"];
    let output = run_with_input(&home, &[&words[..], &script[..]].concat(), b"unread".to_vec());
    assert_eq!(stdout(&output), format!("{}\nhi there\n0\n", inner.display()));
}

#[test]
fn what_goes_wrong_gets_one_sentence_and_the_code_of_its_kind() {
    let home = Home::new();
    home.config("[targets.worker]\nurl = \"http://127.0.0.1:9\"\naccess_token_file = \"none.token\"\n");
    let silent = NotEnvd::start();
    let page = silent.address();
    for (words, code, part) in [
        (&["exec", "no-such-host.invalid", "--", "true"][..], 5, "cannot reach"),
        (&["exec", "127.0.0.1:9", "--", "true"], 5, "refused"),
        (&["exec", "https://127.0.0.1:9", "--", "true"], 5, "refused"),
        (&["exec", &page, "--", "true"], 5, "does not answer like envd"),
        (&["exec", "worker", "--", "true"], 2, "access token"),
        (&["exec", "wroker", "--", "true"], 2, "did you mean `worker`?"),
        (&["exec", "role=api", "--", "true"], 4, "there is no API key"),
        (&["exec", "local", "-u", "nobody-here", "--", "true"], 4, "nobody-here"),
        (
            &["exec", "local", "-c", "/no/such/folder", "--", "true"],
            3,
            "/no/such/folder",
        ),
        (&["exec", "local", "--dialect", "soap", "--", "true"], 2, "soap"),
        (&["exec", "local"], 2, "CMD"),
        (&["exce", "local"], 2, "did you mean `exec`?"),
        (&["shell", "local"], 2, "needs a terminal"),
        (&[], 2, "must be a terminal"),
        (&["doctor", "127.0.0.1:9"], 5, ""),
        (&["--config", "/no/such/file", "local"], 2, "/no/such/file"),
    ] {
        let begin = Instant::now();
        let output = home.run(words);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{words:?}: {said}");
        assert!(said.contains(part), "{words:?}: {said}");
        assert!(
            !said.contains('\u{1b}') && !said.contains("panicked"),
            "{words:?}: {said}"
        );
        assert!(begin.elapsed() < Duration::from_secs(30), "{words:?} took too long");
    }
}

/// A web server that has never heard of envd.
struct NotEnvd(TcpListener);

impl NotEnvd {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let serving = listener.try_clone().unwrap();
        std::thread::spawn(move || {
            for stream in serving.incoming() {
                let mut stream = stream.unwrap();
                let mut request = [0; 4096];
                let _ = stream.read(&mut request);
                let page = "<html>It works!</html>";
                let length = page.len();
                let reply = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{page}"
                );
                let _ = stream.write_all(reply.as_bytes());
            }
        });
        Self(listener)
    }

    fn address(&self) -> String {
        format!("http://{}", self.0.local_addr().unwrap())
    }
}

#[test]
fn a_config_with_mistakes_names_all_of_them_and_nothing_starts() {
    let home = Home::new();
    home.config("scrolback = 1\nmouse = \"yes\"\n[keys]\nsplit-rihgt = \"prefix |\"\n");
    let output = home.run(&["exec", "local", "--", "true"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("config.toml:1: unknown key `scrolback`"), "{said}");
    assert!(said.contains("config.toml:2: `mouse` must be true or false"), "{said}");
    home.config("\n\n[keys]\nsplit-rihgt = \"prefix |\"\n");
    let output = home.run(&["keys"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("config.toml:4: ") && said.contains("split-right"),
        "{said}"
    );
}

#[test]
fn a_reader_that_goes_away_ends_the_command_quietly() {
    let home = Home::new();
    let mut child = home
        .command(&["exec", "local", "--", "yes"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 4];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(&first, b"y\ny\n");
    assert_eq!((output.status.code(), stderr(&output)), (Some(141), String::new()));
}

#[test]
fn ctrl_c_kills_the_command_and_gives_130() {
    let home = Home::new();
    let mut child = home
        .command(&["exec", "local", "--", "sh", "-c", "echo $$; exec sleep 600"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let remote: i32 = line.trim().parse().unwrap();
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    wait_until("the command is gone", || {
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(remote), None).is_err()
    });
}

/// A sandbox that outlives who speaks to it.
struct Served {
    server: Child,
    url: String,
}

impl Served {
    fn open(home: &Home) -> Self {
        let mut server = home
            .command(&["serve", "--no-token"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(server.stdout.take().unwrap())
            .read_line(&mut url)
            .unwrap();
        Self {
            server,
            url: url.trim().to_owned(),
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.server.id()).unwrap());
        // It may have failed to start, and then the test says so.
        let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM);
        let _ = self.server.wait();
    }
}

#[test]
fn a_command_in_the_background_runs_on_and_is_told_by_its_number() {
    let home = Home::new();
    let served = Served::open(&home);
    let end = home.path().join("end");
    let script = format!("echo lost; until [ -e {} ]; do sleep 0.05; done", end.display());
    let output = home.run(&["exec", "-b", &served.url, "--", "sh", "-c", &script]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let pid: u32 = stdout(&output).trim_end().parse().unwrap();
    let there = format!("/proc/{pid}");
    assert!(Path::new(&there).exists(), "it was ended with the command");
    std::fs::write(&end, "").unwrap();
    wait_until("its end", || !Path::new(&there).exists());

    let refused = home.run(&["exec", "--background", "local", "--", "true"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("e2b-tui serve"), "{refused:?}");
}

#[test]
fn ctrl_c_kills_what_run_started_in_a_sandbox_that_lives_on() {
    let home = Home::new();
    let served = Served::open(&home);
    let note = home.path().join("pid");
    let script = format!("echo $$ > {0}.new; mv {0}.new {0}; exec sleep 600", note.display());
    let mut child = home
        .command(&["run", &served.url, "--", "sh", "-c", &script])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    wait_until("the command runs", || note.exists());
    let remote: i32 = std::fs::read_to_string(&note).unwrap().trim().parse().unwrap();
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    wait_until("the command is gone", || {
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(remote), None).is_err()
    });
}

#[test]
fn ctrl_c_is_heard_while_the_platform_is_asked() {
    let home = Home::new();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut child = home
        .command(&["exec", "i0123456789abcdefghij", "--", "true"])
        .env("E2B_API_URL", format!("http://{}", silent.local_addr().unwrap()))
        .env("E2B_API_KEY", "e2b_dead")
        .spawn()
        .unwrap();
    silent.set_nonblocking(true).unwrap();
    let mut held = None;
    wait_until("the platform is asked", || {
        held = silent.accept().ok();
        held.is_some()
    });
    let asked = Instant::now();
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(asked.elapsed() < Duration::from_secs(5));
}

fn interrupt(child: &Child) {
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        std::thread::yield_now();
    }
}

#[test]
fn serve_can_be_used_by_another_instance_and_ends_when_asked() {
    let home = Home::new();
    let token = home.path().join("token");
    let mut server = home
        .command(&["serve", "--token-file", token.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(server.stdout.take().unwrap())
        .read_line(&mut url)
        .unwrap();
    let url = url.trim();

    let refused = home.run(&["exec", url, "--", "true"]);
    assert_eq!(refused.status.code(), Some(4), "{}", stderr(&refused));
    let words = [
        "exec",
        url,
        "--access-token-file",
        token.to_str().unwrap(),
        "--",
        "echo",
        "hi",
    ];
    let output = home.run(&words);
    assert_eq!((stdout(&output), stderr(&output)), ("hi\n".to_owned(), String::new()));

    let named = format!(
        "[targets.mine]\nurl = \"{url}\"\naccess_token_file = \"{}\"\n",
        token.display()
    );
    home.config(&named);
    let output = home.run(&["doctor", "mine", "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(report["sandboxes"][0]["ok"], true, "{report:#}");
    assert!(!stdout(&output).contains(std::fs::read_to_string(&token).unwrap().trim()));

    let pid = nix::unistd::Pid::from_raw(i32::try_from(server.id()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    assert_eq!(server.wait().unwrap().code(), Some(0));
}

#[test]
fn named_local_sandboxes_have_folders_of_their_own() {
    let home = Home::new();
    let folder = stdout(&home.run(&["exec", "local:one", "--", "pwd"]));
    assert!(folder.trim().ends_with("/sandboxes/one"), "{folder}");
    let plain = stdout(&home.run(&["exec", "local", "--", "pwd"]));
    assert_eq!(Path::new(plain.trim()), home.path().canonicalize().unwrap());
}

#[test]
fn pages_are_plain_text() {
    let home = Home::new();
    for words in [
        &["keys"][..],
        &["config"],
        &["config", "sample"],
        &["config", "path"],
        &["man"],
        &["completions", "bash"],
        &["--version"],
        &["--help"],
    ] {
        let output = home.run(words);
        assert_eq!(output.status.code(), Some(0), "{words:?}: {}", stderr(&output));
        assert!(!output.stdout.is_empty() && !output.stdout.contains(&0x1b), "{words:?}");
    }
}

#[test]
fn a_closed_or_full_output_is_no_panic() {
    let home = Home::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
    let Ok(full) = full else { return };
    let output = home.command(&["keys"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("cannot write to standard output"),
        "{}",
        stderr(&output)
    );
}

//! The store of commands under hard use, by real processes: many at once, killed, on a full disk, on damaged files; and
//! the command line beside it.
//!
//! Processes of the store are this test program itself, started again with `WORK` set.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop loudly"
)]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use e2b_tui::domain::{
    CommandEnd, CommandKey, CommandPage, CommandPlace, CommandQuery, CommandRecord, CommandScope, Timestamp,
};
use e2b_tui::history::{Archive, History, HistoryOptions, count, open_store};

/// What a process of the store is to do.
const WORK: &str = "E2B_TUI_TEST_HISTORY_WORK";
const STORE: &str = "E2B_TUI_TEST_HISTORY_STORE";
const RUN: &str = "E2B_TUI_TEST_HISTORY_RUN";

fn record(run: u64, number: u64) -> CommandRecord {
    CommandRecord {
        key: CommandKey { run, number },
        text: format!("make target-{run}-{number}").into(),
        place: CommandPlace {
            sandbox: "i1".into(),
            alias: "api".into(),
            template: Some("base".into()),
            user: Some("root".into()),
            host: "h".into(),
        },
        directory: Some("/src".into()),
        session: format!("s-{run}"),
        pane: 1,
        started: Timestamp::from_unix_millis(1_700_000_000_000 + number as i64),
        status: None,
        took: None,
    }
}

fn end(run: u64, number: u64) -> CommandEnd {
    CommandEnd {
        key: CommandKey { run, number },
        status: Some(i32::try_from(number % 3).unwrap()),
        took: Duration::from_millis(number),
    }
}

/// What the store has complained of.
type Complaints = Arc<Mutex<Vec<String>>>;

fn open(path: &Path) -> (History, Complaints) {
    let complaints = Complaints::default();
    let told = Arc::clone(&complaints);
    let tell = move |text| told.lock().unwrap().push(text);
    let history = History::open(path.to_owned(), &HistoryOptions::default(), tell).unwrap();
    (history, complaints)
}

fn store() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history").join("history.db");
    (folder, path)
}

/// This program again, to do some work on a store.
fn process(work: &str, path: &Path, run: u64) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "--exact",
            "works_for_another_test",
            "--ignored",
            "--nocapture",
            "--quiet",
        ])
        .env(WORK, work)
        .env(STORE, path)
        .env(RUN, run.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    command
}

/// What a child of another test does. Each line that it prints with `!` is for that test.
#[test]
#[ignore = "is started by other tests"]
fn works_for_another_test() {
    let Ok(work) = std::env::var(WORK) else { return };
    let path = PathBuf::from(std::env::var(STORE).unwrap());
    let run: u64 = std::env::var(RUN).unwrap().parse().unwrap();
    match work.as_str() {
        "thousand" => write_a_thousand(&path, run),
        "forever" => write_forever(&path, run),
        "full" => write_on_a_full_disk(&path, run),
        other => panic!("no such work: {other}"),
    }
}

fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n!{text}").unwrap();
    out.flush().unwrap();
}

fn said(line: &str) -> Option<&str> {
    line.strip_prefix('!')
}

fn wait_for_go() {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
}

fn write_a_thousand(path: &Path, run: u64) {
    say("ready");
    wait_for_go();
    let (history, complaints) = open(path);
    for number in 0..1_000 {
        history.begin(record(run, number));
        history.end(end(run, number));
    }
    assert!(history.flush());
    history.close();
    let complaints = complaints.lock().unwrap().join("; ");
    say(&format!("done {complaints}"));
}

#[test]
fn sixteen_instances_start_at_once_and_write_a_thousand_rows_each() {
    let (_folder, path) = store();
    let mut children: Vec<Child> = (1..=16)
        .map(|run| process("thousand", &path, run).spawn().unwrap())
        .collect();
    let mut outputs: Vec<_> = children
        .iter_mut()
        .map(|child| BufReader::new(child.stdout.take().unwrap()).lines())
        .collect();
    let mut next = |index: usize| loop {
        let line = outputs[index].next().expect("a line").unwrap();
        if let Some(said) = said(&line) {
            return said.to_owned();
        }
    };
    for index in 0..16 {
        assert_eq!(next(index), "ready");
    }
    for child in &mut children {
        child.stdin.take().unwrap().write_all(b"go\n").unwrap();
    }
    for index in 0..16 {
        assert_eq!(next(index), "done ", "a complaint of instance {index}");
    }
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    let archive = Archive::open(&path).unwrap().expect("a store");
    let statistics = archive.statistics().unwrap();
    assert_eq!((statistics.commands, statistics.texts), (16_000, 16_000));
    assert_eq!(statistics.failed, 16 * 666, "how each ended");
    assert_eq!(integrity(&path), "ok");
}

fn integrity(path: &Path) -> String {
    let opened = open_store(path).unwrap();
    assert_eq!(opened.moved_aside, None);
    opened
        .connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap()
}

/// Says the number of the last command that is known to be written, again and again.
fn write_forever(path: &Path, run: u64) {
    let (history, _) = open(path);
    let mut number = 0;
    loop {
        for _ in 0..7 {
            number += 1;
            history.begin(record(run, number));
        }
        assert!(history.flush());
        say(&number.to_string());
    }
}

#[test]
fn fifty_kills_lose_no_row_that_was_said_to_be_written() {
    let (_folder, path) = store();
    let mut written: Vec<(u64, u64)> = Vec::new();
    for round in 0..10 {
        let children: Vec<(u64, Child)> = (0..5)
            .map(|nth| round * 5 + nth + 1)
            .map(|run| (run, process("forever", &path, run).spawn().unwrap()))
            .collect();
        for (run, mut child) in children {
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            let mut acknowledged = lines.by_ref().map_while(Result::ok).filter_map(|line| {
                let number: u64 = said(&line)?.parse().ok()?;
                Some(number)
            });
            let last = acknowledged.nth((run % 5) as usize).expect("an acknowledgement");
            child.kill().unwrap();
            child.wait().unwrap();
            // What it said before it died counts, too.
            written.push((run, acknowledged.last().unwrap_or(last)));
        }
        assert_eq!(integrity(&path), "ok", "round {round}");
    }
    assert_eq!(written.len(), 50);
    let opened = open_store(&path).unwrap();
    for (run, last) in written {
        let rows: u64 = opened
            .connection
            .query_row(
                "SELECT count(*) FROM command WHERE run = ?1 AND number <= ?2",
                [run as i64, last as i64],
                |row| row.get::<_, i64>(0).map(|count| count as u64),
            )
            .unwrap();
        assert_eq!(rows, last, "rows of run {run}");
    }
}

/// Writes until the disk is full, as far as this process may know, goes on, and gets room again.
fn write_on_a_full_disk(path: &Path, run: u64) {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let (history, complaints) = open(path);
    history.begin(record(run, 0));
    assert!(history.flush());
    let (_, hard) = getrlimit(Resource::RLIMIT_FSIZE).unwrap();
    setrlimit(Resource::RLIMIT_FSIZE, 100 * 1024, hard).unwrap();
    let mut number = 0;
    let mut has_failed = false;
    while !has_failed {
        assert!(number < 100_000, "the disk is never full");
        for _ in 0..200 {
            number += 1;
            history.begin(record(run, number));
        }
        has_failed = !history.flush();
    }
    number += 1;
    history.begin(record(run, number));
    assert!(!history.flush());
    let told = complaints.lock().unwrap().clone();
    assert_eq!(told.len(), 1, "one complaint: {told:?}");
    assert!(
        told[0].contains("cannot be used") && told[0].contains("history.db"),
        "{told:?}"
    );
    setrlimit(Resource::RLIMIT_FSIZE, hard, hard).unwrap();
    // The next order is the next try.
    number += 1;
    history.begin(record(run, number));
    while !history.flush() {}
    history.close();
    let told = complaints.lock().unwrap().clone();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].contains("nothing is missing"), "{told:?}");
    say(&format!("rows {}", number + 1));
}

#[test]
fn a_full_disk_costs_no_command_once_there_is_room_again() {
    let (_folder, path) = store();
    let command = process("full", &path, 1);
    // The signal that goes with the limit must not end it, as no signal comes from a full disk.
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]);
    shell.arg(command.get_program()).args(command.get_args());
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = shell.stdin(Stdio::null()).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let rows = text.lines().find_map(|line| said(line)?.strip_prefix("rows "));
    let rows: usize = rows.unwrap_or_else(|| panic!("{text}")).parse().unwrap();
    assert_eq!(integrity(&path), "ok");
    assert_eq!(count(&open_store(&path).unwrap().connection).unwrap(), rows);
}

/// A good store with a few hundred commands.
fn good_store(path: &Path) -> Vec<u8> {
    let (history, _) = open(path);
    for number in 0..400 {
        history.begin(record(1, number));
    }
    assert!(history.flush());
    history.close();
    fs::read(path).unwrap()
}

/// How a store was opened.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// With what was in it.
    Kept,
    /// As a new one, with the old file beside it.
    Aside,
    /// It cannot be written, and says so.
    Refused,
}

fn other_program() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.db");
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.execute_batch("CREATE TABLE bookmark (url TEXT)").unwrap();
    connection.close().unwrap();
    fs::read(file).unwrap()
}

/// Twelve files that are not as they should be, and what is to come of each.
fn damaged_files() -> [(&'static str, Vec<u8>, Outcome); 12] {
    let (_folder, path) = store();
    let good = good_store(&path);
    let damaged = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        bytes
    };
    let with_sql = |sql: &str| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("history.db");
        fs::write(&file, &good).unwrap();
        let connection = rusqlite::Connection::open(&file).unwrap();
        connection.execute_batch(sql).unwrap();
        connection.close().unwrap();
        fs::read(file).unwrap()
    };
    [
        ("an empty file", Vec::new(), Outcome::Kept),
        (
            "text",
            b"this is no database, whatever its name\n".repeat(200),
            Outcome::Aside,
        ),
        ("zeros", vec![0; 32_768], Outcome::Aside),
        (
            "another magic",
            damaged(&|bytes| bytes[..6].copy_from_slice(b"sqlite")),
            Outcome::Aside,
        ),
        ("half of the head", damaged(&|bytes| bytes.truncate(50)), Outcome::Aside),
        (
            "half of the file",
            damaged(&|bytes| bytes.truncate(bytes.len() / 2)),
            Outcome::Aside,
        ),
        (
            "a page too few",
            damaged(&|bytes| bytes.truncate(bytes.len() - 4_096)),
            Outcome::Aside,
        ),
        (
            "a page of noise",
            damaged(&|bytes| bytes[8_192..12_288].iter_mut().for_each(|byte| *byte = !*byte)),
            Outcome::Aside,
        ),
        (
            "a schema of noise",
            damaged(&|bytes| bytes[100..600].iter_mut().for_each(|byte| *byte ^= 0x55)),
            Outcome::Aside,
        ),
        ("the database of another program", other_program(), Outcome::Aside),
        ("a table that is gone", with_sql("DROP TABLE meta"), Outcome::Aside),
        (
            "a newer version",
            with_sql("PRAGMA user_version = 99"),
            Outcome::Refused,
        ),
    ]
}

#[test]
fn twelve_damaged_files_are_opened_or_put_aside_and_never_overwritten() {
    for (name, bytes, expected) in damaged_files() {
        let (folder, path) = store();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &bytes).unwrap();
        let (history, complaints) = open(&path);
        history.begin(record(9, 9));
        let is_written = history.flush();
        history.close();
        let told = complaints.lock().unwrap().clone();
        let aside = beside(&path);
        let outcome = match (is_written, aside.is_some()) {
            (true, false) => Outcome::Kept,
            (true, true) => Outcome::Aside,
            (false, _) => Outcome::Refused,
        };
        assert_eq!(outcome, expected, "{name}: {told:?}");
        assert_eq!(told.is_empty(), expected == Outcome::Kept, "{name}: {told:?}");
        if let Some(aside) = aside {
            assert!(
                fs::read(&aside).unwrap() == bytes,
                "{name}: what was put aside is another file"
            );
            assert!(
                told[0].contains(aside.file_name().unwrap().to_str().unwrap()),
                "{name}: {told:?}"
            );
        }
        if expected == Outcome::Refused {
            assert!(fs::read(&path).unwrap() == bytes, "{name}: it was written");
            let archive = Archive::open(&path).unwrap().expect("it can be read");
            assert_eq!(archive.statistics().unwrap().commands, 400);
        } else {
            assert_eq!(count(&open_store(&path).unwrap().connection).unwrap(), 1, "{name}");
            assert_eq!(integrity(&path), "ok", "{name}");
        }
        drop(folder);
    }
}

fn beside(path: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(path.parent().unwrap()).unwrap();
    let mut names = entries.map(|entry| entry.unwrap().path());
    names.find(|path| path.to_string_lossy().contains(".damaged-") && !path.to_string_lossy().ends_with("-wal"))
}

#[test]
fn what_is_forgotten_is_in_no_file_any_more() {
    let (_folder, path) = store();
    let (history, _) = open(&path);
    let mut secret = record(1, 1);
    secret.text = "open sesame-4711 now".into();
    history.begin(secret);
    for number in 2..50 {
        history.begin(record(1, number));
    }
    assert!(history.flush());
    let files = || -> Vec<u8> {
        let entries = fs::read_dir(path.parent().unwrap()).unwrap();
        entries
            .flat_map(|entry| fs::read(entry.unwrap().path()).unwrap())
            .collect()
    };
    let holds = |text: &str| memchr::memmem::find(&files(), text.as_bytes()).is_some();
    assert!(holds("sesame-4711"), "it is kept before");
    // By another process than the one that writes.
    let mut archive = Archive::open(&path).unwrap().expect("a store");
    let pattern = regex::Regex::new("sesame").unwrap();
    let query = CommandQuery::default();
    let forgotten = archive
        .forget(&e2b_tui::history::Forget::Matching(query, Some(pattern)))
        .unwrap();
    assert_eq!(forgotten, 1);
    assert!(!holds("sesame-4711"));
    let page = search(&history, "sesame");
    assert_eq!(page.found, [], "whoever searches sees that it is gone");
    history.close();
}

fn search(history: &History, text: &str) -> CommandPage {
    let (sender, pages) = std::sync::mpsc::channel();
    let query = CommandQuery {
        text: text.to_owned(),
        scope: CommandScope::Everywhere,
        limit: 10,
        ..CommandQuery::default()
    };
    history.search(query, move |page| drop(sender.send(page)));
    pages.iter().find(|page| !page.is_loading).expect("an answer")
}

#[test]
fn asking_and_ordering_never_wait_for_a_locked_database() {
    let (_folder, path) = store();
    let (history, complaints) = open(&path);
    history.begin(record(1, 1));
    assert!(history.flush());
    // Somebody holds the file for himself alone.
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let began = std::time::Instant::now();
    for number in 2..2_000 {
        history.begin(record(1, number));
        history.end(end(1, number));
        history.search(CommandQuery::default(), |_| {});
    }
    let took = began.elapsed();
    // Six thousand calls; each that waited would take longer than all of them may.
    assert!(took < Duration::from_secs(2), "{took:?}");
    other.execute_batch("COMMIT").unwrap();
    assert!(history.flush());
    history.close();
    assert_eq!(complaints.lock().unwrap().as_slice(), &[] as &[String]);
    assert_eq!(count(&open_store(&path).unwrap().connection).unwrap(), 1_999);
}

// The command line.

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn run(&self, words: &[&str], input: &[u8]) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_e2b-tui"))
            .arg("history")
            .args(words)
            .env_clear()
            .env("HOME", self.0.path())
            .env("USER", "me")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A command that reads nothing is no failure.
        let _ = stdin.write_all(input);
        drop(stdin);
        child.wait_with_output().unwrap()
    }

    /// Standard output of a command that ends with this code.
    fn check(&self, words: &[&str], input: &[u8], code: i32) -> String {
        let output = self.run(words, input);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{words:?}: {errors}");
        assert_eq!(errors.is_empty(), code == 0, "{words:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, words: &[&str], input: &[u8]) -> serde_json::Value {
        serde_json::from_str(&self.check(words, input, 0)).unwrap()
    }
}

fn texts(value: &serde_json::Value) -> Vec<String> {
    let commands = value.as_array().unwrap().iter();
    commands
        .map(|command| command["command"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn history_from_the_command_line() {
    let home = Home::new();
    assert_eq!(home.check(&[], b"", 0), "", "nothing was ever run");
    assert_eq!(home.check(&["search", "x"], b"", 3), "");
    assert_eq!(home.check(&["export"], b"", 0), "");
    home.check(&["forget", "--all", "--yes"], b"", 3);
    let file = b": 1700000000:3;cargo test --all\n: 1700000005:0;mysql -phunter2\n: 1700000009:0;git push\n";
    let taken = home.json(&["import", "-", "--json"], file);
    assert_eq!(taken["format"], "zsh");
    assert_eq!((&taken["added"], &taken["known"]), (&3.into(), &0.into()));
    let taken = home.json(&["import", "-", "--format", "zsh", "--json"], file);
    assert_eq!((&taken["added"], &taken["known"]), (&0.into(), &3.into()));
    let listed = home.json(&["--json"], b"");
    assert_eq!(texts(&listed), ["cargo test --all", "mysql -p[redacted]", "git push"]);
    assert_eq!(listed[0]["startedAt"], "2023-11-14T22:13:20Z");
    assert_eq!(listed[0]["durationMs"], 3_000);
    assert_eq!(texts(&home.json(&["search", "gps", "--json"], b"")), ["git push"]);
    assert_eq!(texts(&home.json(&["list", "-l", "1", "--json"], b"")), ["git push"]);
    assert_eq!(texts(&home.json(&["list", "--failed", "--json"], b"")), [""; 0]);
    let since = ["list", "--since", "2023-11-14T22:13:25Z", "--json"];
    assert_eq!(texts(&home.json(&since, b"")).len(), 2);
    assert_eq!(home.json(&["stats", "--json"], b"")["commands"], 3);
    let table = home.check(&["list"], b"", 0);
    assert!(
        table.contains("2023-11-14T22:13:20Z") && !table.contains("hunter2"),
        "{table}"
    );
    // What one exports another takes in, whole.
    let lines = home.check(&["export"], b"", 0);
    let other = Home::new();
    assert_eq!(other.json(&["import", "-", "--json"], lines.as_bytes())["added"], 3);
    let again = other.check(&["export"], b"", 0);
    let fields = |text: &str| -> BTreeSet<String> {
        let values = text.lines().map(|line| serde_json::from_str(line).unwrap());
        values
            .map(|mut value: serde_json::Value| {
                // Its number in the store is the store's own.
                value.as_object_mut().unwrap().remove("id");
                value.to_string()
            })
            .collect()
    };
    assert_eq!(fields(&lines), fields(&again));
}

#[test]
fn forgetting_from_the_command_line_asks_and_says_what_is_wrong() {
    let home = Home::new();
    home.check(&["import", "-"], b"ls\nls -l\npwd\nmake\n", 0);
    // Nobody can answer, and nothing is said.
    home.check(&["forget", "--matching", "^ls"], b"", 2);
    home.check(&["forget"], b"", 2);
    home.check(&["forget", "--matching", "("], b"", 2);
    home.check(&["forget", "1", "--all"], b"", 2);
    home.check(&["forget", "--sandbox", "nobody", "-y"], b"", 3);
    assert_eq!(
        home.json(&["forget", "--matching", "^ls", "-y", "--json"], b"")["forgotten"],
        2
    );
    let listed = home.json(&["list", "--json"], b"");
    assert_eq!(texts(&listed), ["pwd", "make"]);
    let id = listed[0]["id"].to_string();
    assert_eq!(home.check(&["forget", &id, "--yes"], b"", 0), "1 command forgotten\n");
    assert_eq!(
        home.json(&["forget", "--sandbox", "bash", "-y", "--json"], b"")["forgotten"],
        1
    );
    assert_eq!(home.check(&["list"], b"", 0), "");
    home.check(&["import", "/nowhere/at/all"], b"", 3);
    home.check(&["import", "-", "--format", "fish"], b"no fish\n", 2);
    home.check(&["list", "--since", "soon"], b"", 2);
    home.check(&["list", "--sandbox", "a", "--template", "b"], b"", 2);
}

#[test]
fn a_reader_that_goes_away_ends_an_export_quietly() {
    let home = Home::new();
    let lines: String = "echo a line like any other\n".repeat(5_000);
    home.check(&["import", "-"], lines.as_bytes(), 0);
    let mut child = Command::new(env!("CARGO_BIN_EXE_e2b-tui"))
        .args(["history", "export"])
        .env_clear()
        .env("HOME", home.0.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 1];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((first, output.status.code()), (*b"{", Some(141)));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

//! The real program in a real terminal: the embedded sandbox gives the terminal, our emulator plays the user's screen.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use e2b_tui::domain::{Endpoint, ExitStatus, GridSize, Pid, ProgramSpec};
use e2b_tui::envd::{EnvdClient, ProcessEvent, ProcessIo, ProcessStream};
use e2b_tui::host::{Surface, TerminalScreen, install_panic_hook};
use e2b_tui::local_envd::{LocalEnvd, LocalEnvdOptions};
use e2b_tui::terminal::{Announcement, Emulator, Limits};
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::signal::Signal;
use tempfile::TempDir;

#[path = "support/host_grammar.rs"]
mod host_grammar;

use host_grammar::{assert_host_grammar, stretches};

const PROGRAM: &str = env!("CARGO_BIN_EXE_e2b-tui");
/// Long, because the machine may be busy; nothing waits for it unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(30);

/// A terminal with a program in it.
struct Screen {
    home: TempDir,
    _server: LocalEnvd,
    client: EnvdClient,
    stream: ProcessStream,
    emulator: Emulator,
    begin: Instant,
    /// Everything that the program wrote.
    raw: Vec<u8>,
    ended: Option<ExitStatus>,
}

impl Screen {
    /// Runs a script in a terminal of 100 × 30. `$TUI` is the program; its panes run a shell with the prompt `ready>`.
    async fn run(script: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let config = home.path().join(".config/e2b-tui");
        std::fs::create_dir_all(&config).unwrap();
        std::fs::write(config.join("config.toml"), "shell = [\"/bin/sh\", \"-i\"]\n").unwrap();
        let server = LocalEnvd::start(LocalEnvdOptions::default()).await.unwrap();
        let mut endpoint = Endpoint::new(server.base_url());
        endpoint.access_token = server.token().cloned();
        let client = EnvdClient::new(&endpoint).unwrap();
        let mut program = ProgramSpec::new("/bin/sh", ["-c", script]).for_terminal();
        program.cwd = Some(home.path().to_str().unwrap().to_owned());
        for (name, value) in [
            ("HOME", home.path().to_str().unwrap()),
            ("TUI", PROGRAM),
            ("SHELL", "/bin/sh"),
            ("PS1", "host>"),
        ] {
            program.envs.insert(name.to_owned(), value.to_owned());
        }
        let size = GridSize::new(100, 30);
        let stream = client.start(&program, ProcessIo::Terminal(size)).await.unwrap();
        Self {
            home,
            _server: server,
            client,
            stream,
            emulator: Emulator::new(size, Limits::default()),
            begin: Instant::now(),
            raw: Vec::new(),
            ended: None,
        }
    }

    fn pid(&self) -> Pid {
        self.stream.pid()
    }

    async fn type_keys(&self, keys: &str) {
        let bytes = Bytes::copy_from_slice(keys.as_bytes());
        self.client.send_terminal_input(self.pid(), bytes).await.unwrap();
    }

    async fn resize(&mut self, cols: u16, rows: u16) {
        let size = GridSize::new(cols, rows);
        self.emulator.resize(size);
        self.client.resize(self.pid(), size).await.unwrap();
    }

    /// Reads until `is_so` of the screen's text, and answers that text.
    async fn wait(&mut self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let text = self.text();
            if is_so(&text) {
                return text;
            }
            assert!(self.ended.is_none(), "ended while waiting for {what}:\n{text}");
            let event = tokio::time::timeout_at(deadline, self.stream.next()).await;
            assert!(event.is_ok(), "waited in vain for {what}:\n{text}");
            self.take(event.unwrap().unwrap()).await;
        }
    }

    async fn take(&mut self, event: Option<ProcessEvent>) {
        match event {
            Some(ProcessEvent::Terminal(bytes)) => {
                self.raw.extend_from_slice(&bytes);
                self.emulator.feed(&bytes, self.begin.elapsed());
                for announcement in self.emulator.take_announcements() {
                    if let Announcement::Reply(reply) = announcement {
                        let sent = self.client.send_terminal_input(self.pid(), reply).await;
                        assert!(sent.is_ok() || self.ended.is_none());
                    }
                }
            }
            Some(ProcessEvent::Ended(status)) => self.ended = Some(status),
            _ => {}
        }
    }

    /// Reads to the end of the script.
    async fn end(&mut self) -> ExitStatus {
        let reading = async {
            while self.ended.is_none() {
                let event = self.stream.next().await.unwrap();
                self.take(event).await;
            }
        };
        let ended = tokio::time::timeout(PATIENCE, reading).await;
        assert!(ended.is_ok(), "the program does not end:\n{}", self.text());
        assert_host_grammar(&self.raw);
        self.ended.clone().unwrap()
    }

    fn text(&self) -> String {
        let mut lines: BTreeMap<u16, String> = BTreeMap::new();
        self.emulator.draw(|row, _, cell| {
            if !cell.is_continuation {
                let text = if cell.text.is_empty() { " " } else { cell.text };
                lines.entry(row).or_default().push_str(text);
            }
        });
        let lines: Vec<&str> = lines.values().map(|line| line.trim_end()).collect();
        lines.join("\n")
    }

    /// The private modes that are set after everything the program wrote, but for the ones that a terminal has at first.
    fn modes_left_on(&self) -> Vec<String> {
        let written = String::from_utf8_lossy(&self.raw);
        let mut modes: BTreeMap<String, bool> = BTreeMap::new();
        for part in written.split("\u{1b}[?").skip(1) {
            let Some(end) = part.find(|letter: char| !letter.is_ascii_digit() && letter != ';') else {
                continue;
            };
            for number in part[..end].split(';') {
                match &part[end..=end] {
                    "h" => modes.insert(number.to_owned(), true),
                    "l" => modes.insert(number.to_owned(), false),
                    _ => None,
                };
            }
        }
        assert_eq!(modes.remove("25"), Some(true), "the cursor is hidden");
        // Lines wrap in every terminal.
        assert_ne!(modes.remove("7"), Some(false));
        modes
            .into_iter()
            .filter_map(|(number, is_on)| is_on.then_some(number))
            .collect()
    }

    /// What `stty -g` printed before and after.
    fn terminal_settings(&self) -> (String, String) {
        let written = String::from_utf8_lossy(&self.raw);
        let mut found = written
            .split("stty=")
            .skip(1)
            .map(|part| part.split_whitespace().next().unwrap().to_owned());
        (found.next().unwrap(), found.next().unwrap())
    }

    fn assert_terminal_is_as_before(&self) {
        let (before, after) = self.terminal_settings();
        assert_eq!(before, after);
        assert_eq!(self.modes_left_on(), Vec::<String>::new());
    }
}

/// Runs the program between two looks at the terminal's settings.
fn between_looks(words: &str) -> String {
    format!("echo stty=$(stty -g); \"$TUI\" {words}; echo rc=$?; echo stty=$(stty -g)")
}

/// Opens the workbench and waits for its first prompt.
async fn workbench(words: &str) -> Screen {
    let mut screen = Screen::run(&between_looks(&format!("-e PS1='ready>' {words}"))).await;
    screen
        .wait("a prompt in a frame", |text| {
            text.contains("ready>") && text.contains('┌')
        })
        .await;
    screen
}

/// The program that a script's shell has started.
fn child_of(pid: Pid) -> nix::unistd::Pid {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let children = std::fs::read_to_string(path).unwrap();
    nix::unistd::Pid::from_raw(children.split_whitespace().next().unwrap().parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_from_the_first_key_to_the_last() {
    let mut screen = workbench("").await;
    screen.type_keys("echo $((6 * 7))x\r").await;
    screen.wait("the answer", |text| text.contains("42x")).await;

    screen.type_keys("\x02%").await;
    screen
        .wait("two prompts", |text| {
            text.contains('┬') && text.matches("ready>").count() >= 3
        })
        .await;
    screen.type_keys("tput cols; stty size\r").await;
    screen
        .wait("the width of half a window", |text| {
            text.contains(" 49") || text.contains(" 48")
        })
        .await;

    screen.resize(80, 24).await;
    let script = "until [ \"$(stty size)\" = '20 39' ]; do :; done; echo now$(stty size)\r";
    screen.type_keys(script).await;
    screen.wait("the new size", |text| text.contains("now20 39")).await;

    screen.type_keys("vim -u NONE -i NONE new.txt\r").await;
    screen.wait("vim", |text| text.matches("│~").count() > 10).await;
    screen.type_keys("ityped in vim\x1b").await;
    screen.wait("vim's text", |text| text.contains("typed in vim")).await;
    screen.type_keys(":wq\r").await;
    screen.wait("the prompt again", |text| !text.contains("│~")).await;
    let written = std::fs::read_to_string(screen.home.path().join("new.txt")).unwrap();
    assert_eq!(written, "typed in vim\n");

    screen.type_keys("exit\r").await;
    screen.wait("one pane", |text| !text.contains('┬')).await;
    screen.type_keys("exit 3\r").await;
    // Leaving the last shell is leaving the workbench.
    assert!(screen.end().await.is_success());
    let written = String::from_utf8_lossy(&screen.raw).into_owned();
    assert!(written.contains("rc=3"), "{}", screen.text());
    screen.assert_terminal_is_as_before();
}

/// The user's own editor has the terminal; it is stopped, goes on, and is killed. The workbench takes the terminal back
/// each time, and in the end everything is as it was.
#[tokio::test(flavor = "multi_thread")]
async fn the_users_own_editor_has_the_terminal_for_a_while() {
    let script = between_looks("-e PS1='ready>'");
    // A vim that asks the terminal nothing: our answers could come when it has gone already, and be keys to the workbench.
    let editor = "env TERM=vt100 vim -u NONE -i NONE -n";
    let mut screen = Screen::run(&format!("export EDITOR='{editor}'; {script}")).await;
    let is_workbench = |text: &str| text.contains('┌');
    screen
        .wait("a prompt", |text| text.contains("ready>") && is_workbench(text))
        .await;
    screen.type_keys("mkdir d; cd d; echo one > notes.txt\r").await;
    screen.type_keys("\x02F").await;
    screen.wait("the file", |text| text.contains(">  notes.txt")).await;
    screen.type_keys("e").await;
    screen
        .wait("vim", |text| {
            text.starts_with("one") && text.matches("\n~").count() > 10
        })
        .await;
    screen.type_keys("Aedited\x1b\x1a").await;
    screen
        .wait("the workbench", |text| {
            is_workbench(text) && text.contains("is stopped")
        })
        .await;
    screen.resize(90, 25).await;
    screen.type_keys("e").await;
    screen.wait("vim again", |text| text.starts_with("oneedited")).await;
    screen.type_keys(":wq\r").await;
    screen
        .wait("the word", |text| is_workbench(text) && text.contains("is saved"))
        .await;
    let notes = screen.home.path().join("d/notes.txt");
    assert_eq!(std::fs::read_to_string(&notes).unwrap(), "oneedited\n");

    screen.type_keys("e").await;
    screen.wait("vim", |text| text.starts_with("oneedited")).await;
    screen.type_keys("ccbroken\x1b:w\r").await;
    screen.wait("vim's word", |text| text.contains("written")).await;
    screen.type_keys(":silent !kill -9 $PPID\r").await;
    screen
        .wait("the question", |text| is_workbench(text) && text.contains("SIGKILL"))
        .await;
    assert_eq!(std::fs::read_to_string(&notes).unwrap(), "oneedited\n");
    screen.type_keys("xx").await;
    screen.wait("the list", |text| text.contains("rows")).await;
    screen.type_keys("\x1b").await;
    screen.wait("the shell", |text| text.contains(" SHELL ")).await;
    screen.type_keys("exit\r").await;
    assert!(screen.end().await.is_success());
    screen.assert_terminal_is_as_before();
}

#[test]
fn the_grammar_of_what_goes_out_lets_nothing_else_through() {
    let taken = |inside: &str| format!("\x07\x1bPx\x1b[22;0t{inside}\x1b[23;0t\x1b[6n").into_bytes();
    assert_host_grammar(&taken(
        "\x1b[?2026h\x1b[1;1H\x1b[0;38;5;9mgrün\x1b[?2026l\x1b]2;t\x1b\\",
    ));
    for bad in [
        "\x1b[6n",
        "\x1b]0;x\x07",
        "\x1b[?1003h",
        "a\nb",
        "\x1b[m",
        "\u{9b}2J",
        "\x1b]52;c;?\x1b\\",
        "\x1bPq\x1b\\",
    ] {
        let caught = std::panic::catch_unwind(|| assert_host_grammar(&taken(bad)));
        assert!(caught.is_err(), "{bad:?} passes");
    }
}

/// The numbers of each rendition that went out, sequence by sequence.
fn renditions(raw: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for stretch in stretches(raw) {
        let text = String::from_utf8_lossy(stretch).into_owned();
        for part in text.split("\x1b[").skip(1) {
            let end = part.find(|letter: char| !letter.is_ascii_digit() && !";:".contains(letter));
            if let Some(end) = end.filter(|end| part[*end..].starts_with('m')) {
                found.push(part[..end].to_owned());
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_colours_go_out_than_the_terminal_has() {
    for (variables, has, has_not) in [
        ("COLORTERM=truecolor", "38;2;250;5;5", "none"),
        ("COLORTERM= TERM=xterm-256color", "38;5;196", "8;2;"),
        ("COLORTERM= TERM=xterm-color", "91", "8;"),
        ("NO_COLOR=1", "1", "8;"),
    ] {
        let mut screen = Screen::run(&format!("{variables} \"$TUI\" -e PS1='ready>'")).await;
        screen
            .wait("a prompt", |text| text.contains("ready>") && text.contains('┌'))
            .await;
        screen
            .type_keys("printf '\\033[1;38;2;250;5;5mIN-%s\\033[m\\n' COLOUR\r")
            .await;
        screen.wait("the text", |text| text.contains("IN-COLOUR")).await;
        screen.type_keys("exit\r").await;
        screen.end().await;
        let found = renditions(&screen.raw);
        assert!(
            found.iter().any(|numbers| numbers.contains(has)),
            "{variables}: {found:?}"
        );
        assert!(
            !found.iter().any(|numbers| numbers.contains(has_not)),
            "{variables}: {found:?}"
        );
        if variables.starts_with("NO") {
            let is_color = |number: &str| number.parse::<u8>().is_ok_and(|number| (30..=107).contains(&number));
            let colored = found.iter().find(|numbers| numbers.split([';', ':']).any(is_color));
            assert_eq!(colored, None, "{variables}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_signal_that_ends_it_restores_the_terminal_and_leaves_nothing_behind() {
    for (signal, code) in [(Signal::SIGTERM, 143), (Signal::SIGHUP, 129), (Signal::SIGINT, 130)] {
        let mut screen = workbench("").await;
        screen.type_keys("echo pid=$$.; exec sleep 600\r").await;
        let text = screen
            .wait("a number", |text| text.contains("pid=") && has_number(text))
            .await;
        let remote = number_after(&text, "pid=");
        nix::sys::signal::kill(child_of(screen.pid()), signal).unwrap();
        screen.end().await;
        let written = String::from_utf8_lossy(&screen.raw).into_owned();
        assert!(written.contains(&format!("rc={code}")), "{signal}: {}", screen.text());
        screen.assert_terminal_is_as_before();
        assert!(!is_alive(remote), "{signal}: the program in the pane lives on");
    }
}

fn has_number(text: &str) -> bool {
    text.split("pid=")
        .skip(1)
        .any(|part| part.starts_with(|letter: char| letter.is_ascii_digit()))
}

fn number_after(text: &str, name: &str) -> i32 {
    let found = text.split(name).skip(1).find_map(|part| {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    });
    found.unwrap()
}

/// Whether a process is there and not just waiting to be buried.
fn is_alive(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[tokio::test(flavor = "multi_thread")]
async fn suspended_and_continued_it_paints_everything_again() {
    let mut screen = Screen::run("PS1='host>' exec bash --norc --noprofile -i").await;
    screen.wait("the host's prompt", |text| text.contains("host>")).await;
    screen.type_keys("PS1='host>'; \"$TUI\" -e PS1='ready>'\r").await;
    screen
        .wait("a prompt in a frame", |text| {
            text.contains('┌') && text.contains("ready>")
        })
        .await;
    screen.type_keys("echo kept$((1 + 1))\r").await;
    screen.wait("output", |text| text.contains("kept2")).await;
    screen.type_keys("\x02\x1a").await;
    screen
        .wait("the host's shell", |text| {
            text.contains("Stopped") && !text.contains('┌')
        })
        .await;
    screen.type_keys("echo outside$((1 + 1))\r").await;
    screen.wait("the host's echo", |text| text.contains("outside2")).await;
    screen.type_keys("fg\r").await;
    screen
        .wait("the workbench again", |text| {
            text.contains("kept2") && text.contains('┌')
        })
        .await;
    screen.type_keys("echo alive$((1 + 1)); exit\r").await;
    // The frame goes before the program does, and the program would take what is typed in between.
    screen
        .wait("the host's prompt again", |text| {
            !text.contains('┌') && text.trim_end().ends_with("host>")
        })
        .await;
    screen.type_keys("exit\r").await;
    screen.end().await;
    screen.modes_left_on_without_readline();
}

impl Screen {
    /// bash itself switches bracketed paste on and off around each prompt.
    fn modes_left_on_without_readline(&self) {
        let mut left = self.modes_left_on();
        left.retain(|mode| mode != "2004");
        assert_eq!(left, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_raw_shell_passes_keys_and_the_exit_code() {
    let mut screen = Screen::run(&between_looks("shell -e PS1='ready>' local")).await;
    screen.wait("a prompt", |text| text.contains("ready>")).await;
    screen.type_keys("stty size; echo $((6 * 7))x\r").await;
    screen
        .wait("the answer", |text| text.contains("42x") && text.contains("30 100"))
        .await;
    screen.resize(90, 20).await;
    // The signal of the new size and the keys come on different ways: the keys may be first.
    let script = "until [ \"$(stty size)\" = '20 90' ]; do :; done; echo now$(stty size)\r";
    screen.type_keys(script).await;
    screen.wait("the new size", |text| text.contains("now20 90")).await;
    // What is typed while the shell still edits its line is read in another mode of the terminal.
    screen.type_keys("echo li''stening; cat\r").await;
    screen.wait("cat", |text| text.contains("listening")).await;
    screen.type_keys("meow\r").await;
    screen
        .wait("cat's echo", |text| text.matches("meow").count() == 2)
        .await;
    let before = screen.text().matches("ready>").count();
    screen.type_keys("\x03").await;
    screen
        .wait("the prompt again", |text| text.matches("ready>").count() > before)
        .await;
    screen.type_keys("exit 5\r").await;
    screen.end().await;
    assert!(
        String::from_utf8_lossy(&screen.raw).contains("rc=5"),
        "{}",
        screen.text()
    );
    let (before, after) = screen.terminal_settings();
    assert_eq!(before, after);
}

#[tokio::test(flavor = "multi_thread")]
async fn tilde_and_dot_leave_the_raw_shell() {
    let mut screen = Screen::run(&between_looks("shell -e PS1='ready>' local")).await;
    screen.wait("a prompt", |text| text.contains("ready>")).await;
    screen.type_keys("sleep 600\r~.").await;
    screen.end().await;
    let written = String::from_utf8_lossy(&screen.raw).into_owned();
    assert!(written.contains("rc=0"), "{}", screen.text());
    let (before, after) = screen.terminal_settings();
    assert_eq!(before, after);
}

#[tokio::test(flavor = "multi_thread")]
async fn reset_repairs_what_a_killed_workbench_left() {
    let mut screen = workbench("").await;
    nix::sys::signal::kill(child_of(screen.pid()), Signal::SIGKILL).unwrap();
    screen.end().await;
    assert!(!screen.modes_left_on_after_kill().is_empty(), "a kill cannot be caught");

    let script = "echo stty=$(stty -g); stty raw -echo; printf '\\033[?1049h\\033[?1000h\\033[?2004h\\033[?25l'; \
                  \"$TUI\" reset; echo stty=$(stty -g)";
    let mut screen = Screen::run(script).await;
    screen.end().await;
    screen.assert_terminal_is_as_before();
}

impl Screen {
    fn modes_left_on_after_kill(&self) -> Vec<&'static str> {
        let written = String::from_utf8_lossy(&self.raw);
        ["1049", "2004", "1000"]
            .into_iter()
            .filter(|mode| !written.contains(&format!("[?{mode}l")))
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_cannot_draw_is_refused() {
    for term in ["dumb", ""] {
        let mut screen = Screen::run(&format!("TERM={term} \"$TUI\"; echo rc=$?")).await;
        screen.end().await;
        let written = String::from_utf8_lossy(&screen.raw).into_owned();
        assert!(written.contains("rc=2") && written.contains("TERM"), "{written}");
        assert!(!written.contains('\u{1b}'), "{written}");
    }
}

/// Set for the copy of this test program that is to have a fault while it holds the terminal.
const FAULT: &str = "E2B_TUI_TEST_FAULT";

#[test]
fn a_fault_while_drawing() {
    if std::env::var_os(FAULT).is_none() {
        return;
    }
    install_panic_hook(|_| false);
    let mut screen = TerminalScreen::enter(true, None, |_| None).unwrap();
    screen.draw(|_| panic!("a deliberate fault")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_restores_the_terminal_before_it_is_printed() {
    let tests = std::env::current_exe().unwrap();
    let tests = Path::new(&tests).display();
    let script = format!(
        "echo stty=$(stty -g); {FAULT}=1 {tests} --exact a_fault_while_drawing --nocapture; echo; echo stty=$(stty -g)"
    );
    let mut screen = Screen::run(&script).await;
    screen.end().await;
    screen.assert_terminal_is_as_before();
    let written = String::from_utf8_lossy(&screen.raw).into_owned();
    let restored = written.find("\u{1b}[?1049l").unwrap();
    let printed = written.find("a deliberate fault").unwrap();
    assert!(restored < printed, "{written:?}");
}

#[test]
fn a_terminal_that_vanishes_ends_it_even_where_no_signal_tells() {
    let home = tempfile::tempdir().unwrap();
    let ends = nix::pty::openpty(None, None).unwrap();
    // The terminal vanishes with the last copy of its other end: no child may get one.
    let close_on_exec = FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC);
    fcntl(&ends.master, close_on_exec).unwrap();
    let slave = || Stdio::from(ends.slave.try_clone().unwrap());
    let mut child = Command::new("setsid")
        .args(["--ctty", "sh", "-c", "trap '' HUP; exec \"$0\"", PROGRAM])
        .env_clear()
        .env("HOME", home.path())
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("TERM", "xterm")
        .stdin(slave())
        .stdout(slave())
        .stderr(slave())
        .spawn()
        .unwrap();
    drop(ends.slave);
    let mut master = std::fs::File::from(ends.master);
    let mut seen = String::new();
    let mut buffer = [0; 4096];
    while !seen.contains("local") {
        let length = master.read(&mut buffer).unwrap();
        seen.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
    drop(master);
    assert_eq!(child.wait().unwrap().code(), Some(129));
}

/// All files below a folder.
fn files_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut folders = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file() {
                found.push(path);
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_are_in_no_file() {
    // The configured shell is none that reports; the user's own one is. What it remembers by itself is the user's.
    let script = "rm .config/e2b-tui/config.toml; \
        SHELL=/bin/bash exec \"$TUI\" --log trace -e HOME=$HOME -e HISTFILE= local";
    let mut screen = Screen::run(script).await;
    screen.type_keys("PS1='rea''dy>'\r").await;
    screen.wait("a prompt", |text| text.contains("│ready>")).await;
    screen.type_keys("echo as''king; read -s pass; echo $((40+1))x\r").await;
    screen.wait("a silent question", |text| text.contains("│asking")).await;
    screen.type_keys("hunter2-silent\r").await;
    screen.wait("its end", |text| text.contains("│41x")).await;
    // As sudo asks.
    let ask = "sh -c 'stty -echo; printf Pass; printf word:; read p; stty echo; echo $((40+2))x'\r";
    screen.type_keys(ask).await;
    screen
        .wait("a program's question", |text| text.contains("│Password:"))
        .await;
    screen.type_keys("hunter2-sudo\r").await;
    screen.wait("its end", |text| text.contains("42x")).await;
    // Shown on the screen, but kept by nobody.
    screen
        .type_keys("mysql -phunter2-flag -h no.host.invalid; echo $((40+3))x\r")
        .await;
    screen.wait("its end", |text| text.contains("│43x")).await;
    screen.type_keys(" echo hunter2-blank; echo $((40+4))x\r").await;
    screen.wait("its end", |text| text.contains("│44x")).await;
    screen.type_keys("exit\r").await;
    assert!(screen.end().await.is_success());

    let (mut kept, mut logged) = (String::new(), 0);
    for path in files_below(screen.home.path()) {
        let content = std::fs::read(&path).unwrap();
        let content = String::from_utf8_lossy(&content);
        assert!(!content.contains("hunter2"), "{}", path.display());
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("history.db") {
            kept.push_str(&content);
        } else if name == "e2b-tui.log" {
            logged += content.len();
        }
    }
    assert!(kept.contains("mysql -p[redacted]") && kept.contains("read -s pass"));
    assert!(logged > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_programs_print_adds_no_row_to_the_history() {
    let script = "rm .config/e2b-tui/config.toml; SHELL=/bin/bash \"$TUI\" -e HOME=$HOME local; \
        \"$TUI\" history list --json >rows.json; echo rc=$?";
    let mut screen = Screen::run(script).await;
    let mut forged = String::new();
    for body in [
        "7274;R;guess;1;full;bash 9;1;root",
        "7274;A;guess;1;/forged",
        "7274;C;guess;1;0;;1;s;4;/forged;evil",
        "7274;D;guess;1;99;2;3",
        "7274;Q;guess;99;2;/forged",
        "133;A",
        "133;B",
        "133;C",
        "133;D;99",
        "633;E;evil;",
        "633;D;99",
        "633;P;Cwd=/forged",
    ] {
        let _ = write!(forged, "\x1b]{body}\x07\x1b]{body}\x1b\\");
    }
    std::fs::write(screen.home.path().join("forged"), forged).unwrap();
    screen.type_keys("PS1='rea''dy>'\r").await;
    screen.wait("a prompt", |text| text.contains("│ready>")).await;
    screen.type_keys("cat forged forged; echo $((40+1))x\r").await;
    screen.wait("its end", |text| text.contains("41x")).await;
    screen.type_keys("echo $((40+2))x\r").await;
    screen.wait("one more", |text| text.contains("42x")).await;
    screen.type_keys("exit\r").await;
    assert!(screen.end().await.is_success());
    assert!(String::from_utf8_lossy(&screen.raw).contains("rc=0"));

    let rows = std::fs::read(screen.home.path().join("rows.json")).unwrap();
    let rows: serde_json::Value = serde_json::from_slice(&rows).unwrap();
    let texts: Vec<&str> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["command"].as_str().unwrap())
        .collect();
    let typed = [
        "PS1='rea''dy>'",
        "cat forged forged; echo $((40+1))x",
        "echo $((40+2))x",
        "exit",
    ];
    assert_eq!(texts, typed);
}

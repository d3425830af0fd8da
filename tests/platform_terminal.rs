//! The real workbench on the stubbed platform, in a real terminal: workspaces find the successors of what is gone, a bad key
//! is said, and nothing secret is written.
//!
//! The API key and a sandbox's token are looked for where they must not be, at trace level. (For the command line
//! `platform_cli` looks into output, errors, JSON and logs.) The sinks: the terminal's output with titles and clipboard (1), the log (2), the store of commands (3), workspaces (4), recordings
//! (5), saved text (6), temporary files (7), the process's arguments (8) and variables (9), arguments and variables of its
//! children (10), what is sent to a sandbox (11), error texts (12), what a fault would report (13), core dumps (14).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]

#[path = "support/host_grammar.rs"]
mod host_grammar;
#[path = "support/platform_stub/mod.rs"]
#[expect(dead_code, reason = "the other tests of the platform use the rest")]
mod platform_stub;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use e2b_tui::domain::{Endpoint, ExitStatus, GridSize, NewSandbox, ProgramSpec, Secret};
use e2b_tui::envd::{EnvdClient, ProcessEvent, ProcessIo, ProcessStream};
use e2b_tui::local_envd::{LocalEnvd, LocalEnvdOptions};
use e2b_tui::platform::{Configured, Login, PlatformClient, PlatformSettings};
use e2b_tui::terminal::{Announcement, Emulator, Limits};
use host_grammar::assert_host_grammar;
use nix::sys::signal::{Signal, kill};
use platform_stub::{Fault, KEY, PlatformStub};

/// Long, because the machine may be busy; nothing waits for it unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(40);

/// A terminal with a program in it.
struct Screen {
    _server: LocalEnvd,
    client: EnvdClient,
    stream: ProcessStream,
    emulator: Emulator,
    began: Instant,
    /// Everything that the program wrote.
    raw: Vec<u8>,
    ended: Option<ExitStatus>,
}

impl Screen {
    async fn run(script: &str, home: &Path) -> Self {
        let server = LocalEnvd::start(LocalEnvdOptions::default()).await.unwrap();
        let mut endpoint = Endpoint::new(server.base_url());
        endpoint.access_token = server.token().cloned();
        let client = EnvdClient::new(&endpoint).unwrap();
        let mut program = ProgramSpec::new("/bin/sh", ["-c", script]).for_terminal();
        program.cwd = Some(home.to_str().unwrap().to_owned());
        for (name, value) in [
            ("HOME", home.to_str().unwrap().to_owned()),
            ("TMPDIR", home.join("tmp").to_str().unwrap().to_owned()),
            ("TUI", env!("CARGO_BIN_EXE_e2b-tui").to_owned()),
            ("SHELL", "/bin/sh".to_owned()),
        ] {
            program.envs.insert(name.to_owned(), value);
        }
        let size = GridSize::new(120, 40);
        let stream = client.start(&program, ProcessIo::Terminal(size)).await.unwrap();
        Self {
            _server: server,
            client,
            stream,
            emulator: Emulator::new(size, Limits::default()),
            began: Instant::now(),
            raw: Vec::new(),
            ended: None,
        }
    }

    async fn keys(&self, keys: &str) {
        let bytes = Bytes::copy_from_slice(keys.as_bytes());
        self.client.send_terminal_input(self.stream.pid(), bytes).await.unwrap();
    }

    async fn see(&mut self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
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
                self.emulator.feed(&bytes, self.began.elapsed());
                for announcement in self.emulator.take_announcements() {
                    if let Announcement::Reply(reply) = announcement {
                        let _ = self.client.send_terminal_input(self.stream.pid(), reply).await;
                    }
                }
            }
            Some(ProcessEvent::Ended(status)) => self.ended = Some(status),
            _ => {}
        }
    }

    async fn end(&mut self) -> ExitStatus {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while self.ended.is_none() {
            let event = tokio::time::timeout_at(deadline, self.stream.next()).await;
            assert!(event.is_ok(), "waited in vain for its end:\n{}", self.text());
            self.take(event.unwrap().unwrap()).await;
        }
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
        lines.into_values().collect::<Vec<_>>().join("\n")
    }
}

/// A home with a config that names the stub, and the key in a file of its own.
fn home_for(stub: &PlatformStub) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join(".config/e2b-tui");
    fs::create_dir_all(&config).unwrap();
    fs::create_dir_all(home.path().join("tmp")).unwrap();
    let key = config.join("key");
    fs::write(&key, format!("{KEY}\n")).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let text = format!(
        "shell = [\"/bin/sh\", \"-i\"]\nclipboard = \"osc52\"\nsave_screens = true\nrecord_input = true\n\
         [platform]\napi_url = \"{}\"\napi_key_file = \"key\"\n",
        stub.url()
    );
    fs::write(config.join("config.toml"), text).unwrap();
    home
}

fn client_of(stub: &PlatformStub) -> PlatformClient {
    let variables = stub.environment();
    let variable = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.clone())
    };
    PlatformClient::new(PlatformSettings::resolve(variable, Configured::default(), Login::default()).unwrap()).unwrap()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
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

fn holds(bytes: &[u8], secret: &str) -> bool {
    bytes.windows(secret.len()).any(|part| part == secret.as_bytes())
}

/// The processes below this one, itself included.
fn family(pid: u32) -> Vec<u32> {
    let mut found = vec![pid];
    let mut at = 0;
    while let Some(pid) = found.get(at).copied() {
        at += 1;
        for task in fs::read_dir(format!("/proc/{pid}/task"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            found.extend(children.split_whitespace().map(|pid| pid.parse::<u32>().unwrap()));
        }
    }
    found
}

/// A snapshot of arguments and variables of a process and all below it.
fn shown_by_proc(pid: u32) -> Vec<(String, Vec<u8>)> {
    let mut seen = Vec::new();
    for pid in family(pid) {
        for part in ["cmdline", "environ"] {
            let path = format!("/proc/{pid}/{part}");
            let bytes = fs::read(&path).unwrap_or_default();
            seen.push((path, bytes));
        }
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one walk through everything that writes")]
async fn the_key_and_the_token_are_in_none_of_the_places_that_a_workbench_writes_to() {
    let stub = PlatformStub::start().await;
    let client = client_of(&stub);
    let mut order = NewSandbox::of("base");
    order.timeout = Duration::from_secs(3600);
    order.metadata.insert("name".to_owned(), "api".to_owned());
    let id = client.create(&order).await.unwrap().id;
    let token = stub.with_world(|world| world.sandboxes[id.as_str()].token.clone().unwrap());
    let home = home_for(&stub);
    let script = "ulimit -c unlimited; exec \"$TUI\" --log trace -e PS1='ready>' local";
    let mut screen = Screen::run(script, home.path()).await;
    screen.see("a prompt here", |text| text.contains("ready>")).await;
    // What a program of ours can see of itself and of us.
    screen
        .keys("env; cat /proc/self/environ /proc/$PPID/environ /proc/$PPID/cmdline | tr '\\0' '\\n'; echo do''ne\r")
        .await;
    screen.see("what its children see", |text| text.contains("done")).await;
    // The sandbox of the platform, with its page.
    screen.keys("\u{2}S").await;
    screen.see("the list", |text| text.contains("1 running of 1")).await;
    screen.keys("/api\r").await;
    screen.see("it alone", |text| text.contains(">api")).await;
    screen.keys("t").await;
    screen.see("a prompt there", |text| text.contains("ends in")).await;
    screen.keys("echo he''ard\r").await;
    screen.see("its answer", |text| text.contains("heard")).await;
    for command in ["record", "save-text"] {
        screen.keys(&format!("\u{2}:{command}\r")).await;
        screen
            .see("that it is done or asked", |text| {
                text.contains("record") || text.contains("Save what")
            })
            .await;
    }
    screen.keys("\r").await;
    screen.see("the text saved", |text| text.contains("saved")).await;
    screen.keys("\u{2}:save-workspace\r").await;
    screen
        .see("the question for a name", |text| text.contains("Save the workspace as"))
        .await;
    screen.keys("kept\r").await;
    // Copied text goes to the terminal.
    screen.keys("\u{2}[").await;
    screen.see("copy mode", |text| text.contains("COPY")).await;
    screen.keys("kVy").await;
    // An error of the platform, in all its words.
    stub.fail(Fault::new("POST", 500).body("not json"));
    screen.keys("\u{2}+").await;
    let error = screen.see("the error", |text| text.contains("cannot extend")).await;
    let seen = shown_by_proc(screen.stream.pid().0);
    assert!(
        seen.len() >= 4 && seen.iter().any(|(_, bytes)| holds(bytes, "PS1=ready>")),
        "{seen:?}"
    );
    // It falls, and leaves no image of its memory. (A segmentation fault that nobody committed would be let pass.)
    kill(
        nix::unistd::Pid::from_raw(screen.stream.pid().0 as i32),
        Signal::SIGABRT,
    )
    .unwrap();
    let status = screen.end().await;
    assert!(status.to_string().contains("aborted"), "{status}");
    assert!(!status.to_string().contains("core dumped"), "{status}");

    let mut sinks: Vec<(String, Vec<u8>)> = seen;
    sinks.push(("the terminal".to_owned(), screen.raw.clone()));
    sinks.push(("the error".to_owned(), error.into_bytes()));
    let key_file = home.path().join(".config/e2b-tui/key");
    let written = files_below(home.path());
    for kind in ["e2b-tui.log", "history.db", ".toml", ".cast", "saved"] {
        let is_kind = |path: &&PathBuf| path.to_str().unwrap().contains(kind) && !path.ends_with("config.toml");
        assert!(
            written.iter().any(|path| is_kind(&path)),
            "no {kind} to look into: {written:?}"
        );
    }
    assert!(!written.iter().any(|path| path.ends_with("core")), "{written:?}");
    for path in written.into_iter().filter(|path| *path != key_file) {
        sinks.push((path.display().to_string(), fs::read(&path).unwrap()));
    }
    let to_sandbox = stub.with_world(|world| world.sandboxes[id.as_str()].gate.as_ref().unwrap().heard());
    assert!(holds(&to_sandbox, &token), "the control: there the token belongs");
    assert!(!holds(&to_sandbox, KEY), "the key went to a sandbox");
    let log = sinks.iter().find(|(name, _)| name.ends_with("e2b-tui.log"));
    assert!(
        holds(&log.unwrap().1, "platform call"),
        "the log says nothing of the platform"
    );
    for (name, bytes) in &sinks {
        assert!(!holds(bytes, &KEY[4..]), "the key is in {name}");
        assert!(!holds(bytes, &token), "the token is in {name}");
    }
    println!("{} files, processes and streams searched", sinks.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_finds_the_successor_of_a_sandbox_that_is_gone() {
    let stub = PlatformStub::start().await;
    let client = client_of(&stub);
    let mut order = NewSandbox::of("base");
    order.timeout = Duration::from_secs(3600);
    order.metadata.insert("name".to_owned(), "api".to_owned());
    order.metadata.insert("role".to_owned(), "web".to_owned());
    let first = client.create(&order).await.unwrap().id;
    let home = home_for(&stub);
    let script = format!("exec \"$TUI\" -e PS1='ready>' {first}");
    let mut screen = Screen::run(&script, home.path()).await;
    screen
        .see("it under its name", |text| {
            text.contains("ready>") && text.contains("api · ")
        })
        .await;
    screen.keys("\u{2}\"").await;
    screen
        .see("two panes", |text| text.matches("ready>").count() == 2)
        .await;
    screen.keys("\u{2}:save-workspace\r").await;
    screen
        .see("the question for a name", |text| text.contains("Save the workspace as"))
        .await;
    screen.keys("kept\r").await;
    screen.see("that it is saved", |text| text.contains("saved")).await;
    screen.keys("\u{2}d").await;
    screen.end().await;

    client.kill(&first).await.unwrap();
    let second = client.create(&order).await.unwrap().id;
    let mut screen = Screen::run("exec \"$TUI\" -e PS1='again>' -w kept", home.path()).await;
    screen
        .see("both panes in the successor", |text| {
            text.matches("again>").count() == 2 && text.contains("takes its place")
        })
        .await;
    screen.keys("\u{2}d").await;
    screen.end().await;
    let asked = stub
        .calls()
        .iter()
        .filter(|call| call.path.contains(second.as_str()))
        .count();
    assert!(asked > 0);
    assert!(
        stub.calls()
            .iter()
            .all(|call| call.path != format!("/sandboxes/{second}/connect"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_none_is_said_also_where_it_is_not_needed() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir_all(home.path().join("tmp")).unwrap();
    let config = home.path().join(".config/e2b-tui");
    fs::create_dir_all(&config).unwrap();
    // Not one that reads the machine's profile, which may have a prompt of its own.
    fs::write(config.join("config.toml"), "shell = [\"/bin/sh\", \"-i\"]\n").unwrap();
    let script =
        "export E2B_API_KEY=nonsense; \"$TUI\" -e PS1='ready>' local; echo rc=$?; \"$TUI\"; echo rc=$?; read x";
    let mut screen = Screen::run(script, home.path()).await;
    screen
        .see("what is wrong, and a prompt", |text| {
            text.contains("there is no platform in this run")
                && text.contains("shape of one")
                && text.contains("ready>")
        })
        .await;
    screen.keys("\u{2}dy").await;
    // Where the key decides what opens there is nothing to go on with.
    let text = screen.see("the refusal", |text| text.contains("rc=4")).await;
    assert!(!text.contains("nonsense"), "{text}");
    screen.keys("\r").await;
    screen.end().await;
}

/// What a fault could print of anything that holds a secret.
#[test]
fn nothing_that_holds_a_secret_prints_it() {
    let variable = |name: &str| match name {
        "E2B_API_KEY" => Some(KEY.to_owned()),
        _ => None,
    };
    let settings = PlatformSettings::resolve(variable, Configured::default(), Login::default()).unwrap();
    let mut endpoint = Endpoint::new("http://127.0.0.1:1");
    endpoint.access_token = Some(Secret::new(KEY));
    let client = PlatformClient::new(settings.clone()).unwrap();
    let shown = format!("{settings:?} {client:?} {endpoint:?}");
    let caught = std::panic::catch_unwind(|| panic!("{shown}"));
    let report = *caught.unwrap_err().downcast::<String>().unwrap();
    assert!(report.len() > 100 && !report.contains(&KEY[4..]), "{report}");
}

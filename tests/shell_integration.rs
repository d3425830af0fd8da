//! Real shells in the embedded sandbox, started so that they report: what is typed, what is remembered of it.
//!
//! Shells that this machine lacks are named at the end; `.ci/run` installs them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop loudly"
)]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use bytes::Bytes;
use e2b_tui::app::reporting_program;
use e2b_tui::domain::{
    Endpoint, GridSize, ProgramSpec, RemoteText, SessionEntry, SessionNews, SessionOrder, SessionPlan, TargetId,
};
use e2b_tui::envd::{EnvdClient, SessionLink};
use e2b_tui::local_envd::{LocalEnvd, LocalEnvdOptions};
use e2b_tui::terminal::{CommandBlock, CommandEvent, Emulator, Limits, MarkKeys, ShellState, Tier};
use tokio::sync::mpsc;

/// Long, because the machine may be busy; nothing waits for it unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(30);

const NONCE: &str = "0123456789abcdef0123456789abcdef";
const TOKEN: &str = "fedcba9876543210fedcba9876543210";

/// One shell in one terminal, with a home of its own.
struct Pane {
    _server: LocalEnvd,
    _home: tempfile::TempDir,
    link: SessionLink,
    news: mpsc::Receiver<SessionNews>,
    emulator: Emulator,
    began: Instant,
    ended: Vec<CommandBlock>,
    tier: Option<Tier>,
    directory: Option<String>,
    exit: Option<i32>,
    all_output: Vec<u8>,
}

impl Pane {
    /// Starts a shell with these files in its home, and waits for its first prompt.
    async fn start(shell: &str, files: &[(&str, &str)]) -> Self {
        let mut pane = Self::begin(shell, files, &[]).await;
        pane.wait("the first prompt", |pane| {
            pane.emulator.shell_state() == ShellState::AtPrompt
        })
        .await;
        pane.settle().await;
        pane
    }

    async fn begin(shell: &str, files: &[(&str, &str)], envs: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = home.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let server = LocalEnvd::start(LocalEnvdOptions::default()).await.unwrap();
        let mut endpoint = Endpoint::new(server.base_url());
        endpoint.access_token = server.token().cloned();
        let client = EnvdClient::new(&endpoint).unwrap();
        let keys = MarkKeys {
            nonce: NONCE.to_owned(),
            token: TOKEN.to_owned(),
        };
        let mut program = ProgramSpec::new(shell, [] as [&str; 0]).for_terminal();
        program.cwd = Some(home.path().to_str().unwrap().to_owned());
        program
            .envs
            .insert("HOME".to_owned(), home.path().to_str().unwrap().to_owned());
        program
            .envs
            .insert("TMPDIR".to_owned(), home.path().to_str().unwrap().to_owned());
        for (name, value) in envs {
            program.envs.insert((*name).to_owned(), (*value).to_owned());
        }
        let program = reporting_program(&program, shell, &keys);
        let size = GridSize::new(100, 30);
        let mut emulator = Emulator::new(size, Limits::default());
        emulator.follow_shell(keys);
        let (sender, news) = mpsc::channel(64);
        let plan = SessionPlan {
            target: TargetId(0),
            entry: SessionEntry::Start(program),
            size,
        };
        Self {
            link: SessionLink::open(client, plan, sender),
            _server: server,
            _home: home,
            news,
            emulator,
            began: Instant::now(),
            ended: Vec::new(),
            tier: None,
            directory: None,
            exit: None,
            all_output: Vec::new(),
        }
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn take(&mut self, news: SessionNews) {
        let now = self.now();
        match news {
            SessionNews::Output(bytes) => {
                self.all_output.extend_from_slice(&bytes);
                self.emulator.feed(&bytes, now);
            }
            SessionNews::Ended(status) => {
                self.exit = Some(i32::from(status.shell_code()));
                self.emulator.shell_ended(self.exit, now);
            }
            SessionNews::Failed(failure) => panic!("{failure:?}"),
            _ => {}
        }
        for event in self.emulator.take_command_events() {
            match event {
                CommandEvent::Ready { tier, .. } => self.tier = Some(tier),
                CommandEvent::Directory(path) => self.directory = Some(path.unescaped().to_owned()),
                CommandEvent::Started(_) => {}
                CommandEvent::Ended(block) => self.ended.push(block),
            }
        }
        for announcement in self.emulator.take_announcements() {
            if let e2b_tui::terminal::Announcement::Reply(bytes) = announcement {
                self.link.order(SessionOrder::Send(bytes));
            }
        }
    }

    /// Takes news until something is so.
    async fn wait(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while !is_so(self) {
            let Ok(news) = tokio::time::timeout_at(deadline, self.news.recv()).await else {
                let screen = self.emulator.text_rows().join("\n");
                panic!("waited in vain for {what}:\n{screen}\n{:?}", self.ended);
            };
            match news {
                Some(news) => self.take(news),
                None => panic!("the session is over while waiting for {what}"),
            }
        }
    }

    /// Waits until the prompt of line editors that draw it late stands still: an echo that only they can have printed.
    async fn settle(&mut self) {
        self.wait("an input place", |pane| {
            pane.emulator.prompt_line().is_some() && pane.prompt_is_whole()
        })
        .await;
    }

    /// Whether the last prompt has been shown to its end, for shells that mark the end: what is typed before it is not
    /// taken for a command's text.
    fn prompt_is_whole(&self) -> bool {
        let output = String::from_utf8_lossy(&self.all_output);
        let begun = output.rfind("]7274;Q;").max(output.rfind("]7274;A;"));
        let input = output.rfind("]7274;B;");
        input.is_none() || input > begun
    }

    fn send(&mut self, text: &str) {
        self.emulator.note_typed(text.as_bytes());
        self.link
            .order(SessionOrder::Send(Bytes::copy_from_slice(text.as_bytes())));
    }

    /// Types a command and waits until one more has ended.
    async fn run(&mut self, text: &str) -> CommandBlock {
        let before = self.ended.len();
        self.send(text);
        self.send("\r");
        self.wait(text, |pane| {
            let is_at_prompt = pane.emulator.shell_state() == ShellState::AtPrompt;
            pane.ended.len() > before && is_at_prompt && pane.prompt_is_whole()
        })
        .await;
        self.ended.last().unwrap().clone()
    }
}

fn text_of(block: &CommandBlock) -> Option<&str> {
    block.text.as_ref().map(RemoteText::unescaped)
}

fn status_of(block: &CommandBlock) -> Option<i32> {
    block.outcome.and_then(|outcome| outcome.status)
}

/// The shells to try, by name; what is not there is said.
fn installed(names: &[&'static str]) -> Vec<(&'static str, PathBuf)> {
    let folders = ["/bin", "/usr/bin", "/usr/local/bin"];
    let find = |name: &str| {
        let paths = folders.iter().map(|folder| PathBuf::from(folder).join(name));
        paths.into_iter().find(|path| path.exists())
    };
    let mut found = Vec::new();
    for name in names {
        match find(if *name == "ash" { "busybox" } else { name }) {
            Some(path) => found.push((*name, path)),
            None => eprintln!("NOT INSTALLED, not tried: {name}"),
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn every_shell_reports_text_directory_and_exit_code() {
    for (name, path) in installed(&["bash", "zsh", "fish", "dash", "ksh93", "mksh"]) {
        eprintln!("--- {name}");
        let mut pane = Pane::start(path.to_str().unwrap(), &[]).await;
        let block = pane.run("echo one two").await;
        eprintln!("{:?} {:?} {:?}", text_of(&block), status_of(&block), block.lines);
        assert_eq!(
            (text_of(&block), status_of(&block)),
            (Some("echo one two"), Some(0)),
            "{name}"
        );
        assert_eq!(
            pane.emulator.command_output(&block).as_deref(),
            Some("one two"),
            "{name}"
        );
        let block = pane.run("false").await;
        assert_eq!((text_of(&block), status_of(&block)), (Some("false"), Some(1)), "{name}");
        pane.run("cd /usr").await;
        assert_eq!(pane.directory.as_deref(), Some("/usr"), "{name}");
        let block = pane.run("sh -c 'kill -9 $$'").await;
        assert_eq!(status_of(&block), Some(137), "{name}");
        eprintln!("{name}: ok {:?}", pane.tier);
    }
}

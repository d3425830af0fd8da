//! One real shell in a terminal of the embedded sandbox, started so that it reports: what is typed goes in, what is
//! remembered of it comes out. Waits for conditions only.

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
pub const PATIENCE: Duration = Duration::from_secs(30);

pub const NONCE: &str = "0123456789abcdef0123456789abcdef";
pub const TOKEN: &str = "fedcba9876543210fedcba9876543210";

/// One shell in one terminal, with a home of its own.
pub struct Pane {
    _server: LocalEnvd,
    pub home: tempfile::TempDir,
    pub link: SessionLink,
    pub news: mpsc::Receiver<SessionNews>,
    pub emulator: Emulator,
    pub began: Instant,
    pub ended: Vec<CommandBlock>,
    pub tier: Option<Tier>,
    pub directory: Option<String>,
    pub exit: Option<i32>,
    pub all_output: Vec<u8>,
}

impl Pane {
    /// Starts a shell with these files in its home, and waits for its first prompt.
    pub async fn start(shell: &str, files: &[(&str, &str)]) -> Self {
        let mut pane = Self::begin(shell, files, &[]).await;
        pane.wait("the first prompt", |pane| {
            pane.emulator.shell_state() == ShellState::AtPrompt
        })
        .await;
        pane.settle().await;
        pane
    }

    pub async fn begin(shell: &str, files: &[(&str, &str)], envs: &[(&str, &str)]) -> Self {
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
            home,
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

    /// Where it began, as the shell calls it.
    pub fn home_path(&self) -> String {
        self.home.path().canonicalize().unwrap().to_str().unwrap().to_owned()
    }

    pub fn now(&self) -> Duration {
        self.began.elapsed()
    }

    pub fn take(&mut self, news: SessionNews) {
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
    pub async fn wait(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
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
    pub async fn settle(&mut self) {
        self.wait("an input place", |pane| {
            pane.emulator.prompt_line().is_some() && pane.prompt_is_whole()
        })
        .await;
    }

    /// Whether the last prompt has been shown to its end, for shells that mark the end: what is typed before it is not
    /// taken for a command's text.
    pub fn prompt_is_whole(&self) -> bool {
        let output = String::from_utf8_lossy(&self.all_output);
        let own = |kind: &str, secret: &str| output.rfind(&format!("]7274;{kind};{secret}"));
        let begun = own("Q", NONCE).max(own("A", NONCE));
        let input = own("B", TOKEN);
        input.is_none() || input > begun
    }

    pub fn send(&mut self, text: &str) {
        self.emulator.note_typed(text.as_bytes());
        self.link
            .order(SessionOrder::Send(Bytes::copy_from_slice(text.as_bytes())));
    }

    /// All that was written, as text.
    pub fn output_text(&self) -> String {
        String::from_utf8_lossy(&self.all_output).into_owned()
    }

    /// Types lines of one command, each after the prompt for it where the shell has one that can be seen, and waits
    /// until the command has ended.
    pub async fn run_lines(&mut self, lines: &[&str]) -> CommandBlock {
        let before = self.ended.len();
        for (index, line) in lines.iter().enumerate() {
            let continuations = self.continuations();
            self.send(line);
            self.send("\r");
            if index + 1 < lines.len() && self.has_seen_mark() {
                self.wait(line, |pane| {
                    pane.continuations() > continuations && pane.continuation_is_whole()
                })
                .await;
            }
        }
        self.wait(lines[0], |pane| pane.has_ended_since(before)).await;
        self.ended.last().unwrap().clone()
    }

    /// Whether this shell marks its prompts themselves.
    fn has_seen_mark(&self) -> bool {
        self.output_text().contains("]7274;B;")
    }

    fn continuations(&self) -> usize {
        self.output_text().matches("]7274;P;").count()
    }

    fn continuation_is_whole(&self) -> bool {
        let output = self.output_text();
        output.rfind("]7274;B;") > output.rfind("]7274;P;")
    }

    /// Whether a command has ended since there were so many, and the shell waits for the next.
    pub fn has_ended_since(&self, before: usize) -> bool {
        let is_at_prompt = self.emulator.shell_state() == ShellState::AtPrompt;
        self.ended.len() > before && is_at_prompt && self.prompt_is_whole()
    }

    /// Types something that runs nothing, and waits for the next prompt.
    pub async fn pass(&mut self, text: &str) {
        let prompts = self.prompts();
        self.send(text);
        self.wait(text, |pane| {
            pane.prompts() > prompts && pane.emulator.shell_state() == ShellState::AtPrompt && pane.prompt_is_whole()
        })
        .await;
    }

    fn prompts(&self) -> usize {
        let output = self.output_text();
        output.matches("]7274;Q;").count() + output.matches("]7274;A;").count()
    }

    /// Whether a row of the terminal is exactly this.
    pub fn shows(&self, row: &str) -> bool {
        self.emulator.text_rows().iter().any(|shown| shown.trim_end() == row)
    }

    /// What a command has printed. Where the shell was not ready yet, the terminal has shown the line before it did.
    pub fn printed(&self, block: &CommandBlock) -> String {
        let text = self.emulator.command_output(block).unwrap_or_default();
        let behind = text_of(block).and_then(|typed| text.strip_prefix(typed));
        let behind = behind.filter(|rest| rest.is_empty() || rest.starts_with('\n'));
        behind.map_or(text.clone(), |rest| rest.trim_start_matches('\n').to_owned())
    }

    /// Whether the line editor of the last prompt has asked for marked pastes: then it reads.
    pub fn takes_pastes(&self) -> bool {
        let output = self.output_text();
        output.rfind("\x1b[?2004h") > output.rfind(&format!("]7274;A;{NONCE}"))
    }

    /// The last row with something on it.
    pub fn last_row(&self) -> String {
        let rows = self.emulator.text_rows();
        let last = rows.iter().rev().find(|row| !row.trim().is_empty());
        last.map(|row| row.trim_end().to_owned()).unwrap_or_default()
    }

    /// Whether `sh` was typed and its own prompt stands below it.
    pub fn has_begun_a_plain_shell(&self) -> bool {
        let rows = self.emulator.text_rows();
        let mut rows = rows.iter().rev().map(|row| row.trim()).filter(|row| !row.is_empty());
        matches!(rows.next(), Some("#" | "$")) && rows.next().is_some_and(|row| row == "sh" || row.ends_with(" sh"))
    }

    /// The texts of all commands that ended.
    pub fn texts(&self) -> Vec<Option<&str>> {
        self.ended.iter().map(text_of).collect()
    }

    /// Types a command and waits until one more has ended.
    pub async fn run(&mut self, text: &str) -> CommandBlock {
        let before = self.ended.len();
        self.send(text);
        self.send("\r");
        self.wait(text, |pane| pane.has_ended_since(before)).await;
        self.ended.last().unwrap().clone()
    }
}

pub fn text_of(block: &CommandBlock) -> Option<&str> {
    block.text.as_ref().map(RemoteText::unescaped)
}

pub fn status_of(block: &CommandBlock) -> Option<i32> {
    block.outcome.and_then(|outcome| outcome.status)
}

/// The shells to try, by name; what is not there is said.
pub fn installed(names: &[&'static str]) -> Vec<(&'static str, PathBuf)> {
    let folders = ["/bin", "/usr/bin", "/usr/local/bin"];
    let find = |name: &str| {
        let paths = folders.iter().map(|folder| PathBuf::from(folder).join(name));
        paths.into_iter().find(|path| path.exists())
    };
    let mut found = Vec::new();
    for name in names {
        match find(if *name == "ash" { "busybox" } else { name }) {
            Some(path) if *name == "ash" => found.push((*name, ash(&path))),
            Some(path) => found.push((*name, path)),
            None => eprintln!("NOT INSTALLED, not tried: {name}"),
        }
    }
    found
}

/// busybox under the name by which it is a shell.
fn ash(busybox: &std::path::Path) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("busybox-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("ash");
    // Another test of this process may have made it.
    let _ = std::os::unix::fs::symlink(busybox, &path);
    path
}

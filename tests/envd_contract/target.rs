//! The server under test: ours in this process, or the one that the environment names. Knows what it can do.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use e2b_tui::domain::{Dialect, Endpoint, Secret};
use e2b_tui::local_envd::{LocalEnvd, LocalEnvdOptions};
use e2b_tui::wire::generated::process::Signal;

use crate::bench::{Bench, shell_command};
use crate::case::Need;
use crate::channel::Channel;

/// How long our own server keeps the exit of a process during this suite.
const SHORT_RETENTION: Duration = Duration::from_secs(4);

/// By this variable a process of this run is known.
pub const MARK: &str = "E2B_TUI_CONTRACT_RUN";

/// The server under test.
pub struct Target {
    /// Ours; stopped when the suite ends.
    embedded: Option<LocalEnvd>,
    /// `http://host:port`.
    pub base_url: String,
    /// What opens it.
    pub token: Option<Secret>,
    /// The user to act as, when not the server's default.
    pub user: Option<String>,
    /// How long it keeps an exit.
    pub retention: Duration,
    /// The folder in the sandbox below which all folders of this run lie.
    root: String,
    /// What tells processes of this run from others.
    pub mark: String,
    /// One transport for each dialect and user.
    channels: Mutex<BTreeMap<(&'static str, Option<String>), Channel>>,
    /// Held by cases about tags: envd finds a process by tag only while no other tag is alive.
    pub tags: tokio::sync::Mutex<()>,
    counter: AtomicU32,
    abilities: OnceLock<Abilities>,
}

/// What the server and its machine can do.
#[derive(Default)]
struct Abilities {
    there: Vec<Need>,
    network_mount: Option<String>,
}

impl Target {
    /// The server that the environment names, else ours.
    pub async fn from_environment() -> Arc<Self> {
        let target = Arc::new(match env::var("E2B_TUI_TEST_ENVD") {
            Ok(url) if !url.is_empty() => Self::foreign(&url),
            _ => Self::embedded().await,
        });
        let abilities = probe(&target).await;
        target.abilities.get_or_init(|| abilities);
        target
    }

    async fn embedded() -> Self {
        let server = LocalEnvd::start(LocalEnvdOptions {
            exit_retention: SHORT_RETENTION,
            ..LocalEnvdOptions::default()
        })
        .await
        .unwrap();
        let (base_url, token) = (server.base_url(), server.token().cloned());
        Self {
            embedded: Some(server),
            retention: SHORT_RETENTION,
            ..Self::at(&base_url, token)
        }
    }

    fn foreign(base_url: &str) -> Self {
        let token = env::var("E2B_TUI_TEST_ENVD_TOKEN_FILE")
            .ok()
            .map(|file| Secret::new(fs::read_to_string(file).unwrap().trim()));
        Self {
            user: env::var("E2B_TUI_TEST_USER").ok(),
            ..Self::at(base_url, token)
        }
    }

    fn at(base_url: &str, token: Option<Secret>) -> Self {
        let mut random = [0; 8];
        getrandom::fill(&mut random).unwrap();
        let mark = format!("{:016x}", u64::from_ne_bytes(random));
        Self {
            embedded: None,
            base_url: base_url.trim_end_matches('/').to_owned(),
            token,
            user: None,
            retention: Duration::from_secs(30),
            root: format!("/tmp/e2b-tui-contract-{mark}"),
            mark,
            channels: Mutex::default(),
            tags: tokio::sync::Mutex::default(),
            counter: AtomicU32::new(0),
            abilities: OnceLock::new(),
        }
    }

    /// Whether the server is ours.
    pub fn is_embedded(&self) -> bool {
        self.embedded.is_some()
    }

    /// `host:port`.
    pub fn authority(&self) -> &str {
        self.base_url.strip_prefix("http://").unwrap()
    }

    /// A path that nobody uses yet, below this run's folder.
    pub fn fresh_path(&self) -> String {
        format!("{}/{}", self.root, self.counter.fetch_add(1, Ordering::Relaxed))
    }

    /// A mount of a network file system in the sandbox.
    pub fn network_mount(&self) -> Option<&str> {
        self.abilities.get()?.network_mount.as_deref()
    }

    fn can(&self, need: Need) -> bool {
        self.abilities
            .get()
            .is_some_and(|abilities| abilities.there.contains(&need))
    }

    /// The transport for a dialect and a user.
    pub fn channel(&self, dialect: Dialect, user: Option<String>) -> Channel {
        let mut channels = self.channels.lock().unwrap();
        channels
            .entry((dialect.name(), user.clone()))
            .or_insert_with(|| Channel::new(&self.endpoint(dialect, user)))
            .clone()
    }

    /// Where it is, for a client.
    pub fn endpoint(&self, dialect: Dialect, user: Option<String>) -> Endpoint {
        Endpoint {
            dialect,
            access_token: self.token.clone(),
            user,
            ..Endpoint::new(self.base_url.clone())
        }
    }

    /// Why a case cannot run here in this dialect.
    pub fn reason_to_skip(&self, needs: &[Need], dialect: Dialect) -> Option<&'static str> {
        if dialect == Dialect::Grpc && !self.is_embedded() {
            return Some("real envd speaks no HTTP/2");
        }
        needs.iter().find_map(|need| self.lacks(*need))
    }

    fn lacks(&self, need: Need) -> Option<&'static str> {
        let (there, reason) = match need {
            Need::Embedded => (self.is_embedded(), "a rule of our own server"),
            Need::Foreign => (!self.is_embedded(), "our own server differs on purpose"),
            Need::Token => (self.token.is_some(), "the server has no token"),
            Need::OtherUsers => (self.can(need), "the server cannot act as other users"),
            Need::Interrupts => (self.can(need), "the server's processes ignore SIGINT and SIGQUIT"),
            Need::Attributes => (self.can(need), "/tmp keeps no extended attributes"),
            Need::OtherDevice => (self.can(need), "/dev/shm and /tmp are one file system"),
            Need::NetworkMount => (self.network_mount().is_some(), "no network mount in the sandbox"),
        };
        (!there).then_some(reason)
    }
}

async fn probe(target: &Arc<Target>) -> Abilities {
    let bench = Bench::new(Arc::clone(target), Dialect::Connect);
    let folder = bench.folder().await;
    let mut there = Vec::new();
    if target.is_embedded() {
        // What this machine lets ours do, it has to do: asking it would turn its faults into skipped cases.
        there.push(Need::Interrupts);
        if nix::unistd::geteuid().is_root() {
            there.push(Need::OtherUsers);
        }
        if xattr::set(&folder, "user.e2b.test", b"x").is_ok() {
            there.push(Need::Attributes);
        }
    } else {
        there.extend(foreign_abilities(&bench, &folder).await);
    }
    let other_device = format!("test -d /dev/shm && test \"$(stat -c %d /dev/shm)\" != \"$(stat -c %d {folder})\"");
    if bench.shell_succeeds(&other_device).await {
        there.push(Need::OtherDevice);
    }
    let mounts = bench.shell("cat /proc/mounts").await.stdout();
    let is_network = |kind: &str| kind.starts_with("fuse.") || ["nfs", "nfs4", "cifs", "smb3"].contains(&kind);
    let network_mount = mounts.lines().find_map(|line| {
        let mut parts = line.split(' ').skip(1);
        let (path, kind) = (parts.next()?, parts.next()?);
        is_network(kind).then(|| path.to_owned())
    });
    Abilities { there, network_mount }
}

/// What another server can do is found out by trying.
async fn foreign_abilities(bench: &Bench, folder: &str) -> Vec<Need> {
    let mut there = Vec::new();
    if !bench.shell("kill -INT $$; exit 0").await.end.exited {
        there.push(Need::Interrupts);
    }
    if let Ok(running) = bench.as_user("nobody").try_start(shell_command("id -un")).await
        && running.finish().await.stdout() == "nobody\n"
    {
        there.push(Need::OtherUsers);
    }
    let labelled = format!("{folder}/labelled");
    let upload = bench.post_file(&labelled, "x").header("X-Metadata-Key", "value");
    bench.ask(upload).await.expect(200);
    if !bench.stat(&labelled).await.metadata.is_empty() {
        there.push(Need::Attributes);
    }
    there
}

/// Ends what this run started and removes what it made.
pub async fn clean_up(target: &Arc<Target>) {
    let bench = Bench::new(Arc::clone(target), Dialect::Connect);
    for process in bench.list().await {
        let envs = process.config.map(|config| config.envs).unwrap_or_default();
        if envs.get(MARK) == Some(&target.mark) {
            // It may have ended in between.
            drop(bench.signal(process.pid, Signal::Sigkill).await);
        }
    }
    bench.remove(&target.root).await.unwrap();
}

//! How fast files come and go, beside what curl gets from the same routes of the same sandbox: in turns, the best of a few.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use e2b_tui::domain::{Endpoint, TransferNews, TransferOrder, TransferRules};
use e2b_tui::envd::{EnvdClient, Transfer};
use e2b_tui::local_envd::{LocalEnvd, LocalEnvdOptions};

/// Rounds, of which the fastest counts.
const ROUNDS: usize = 3;

/// The time that one way took.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    pub ours: Duration,
    pub curl: Duration,
}

impl Times {
    /// Our rate as a part of curl's.
    pub fn ratio(&self) -> f64 {
        self.curl.as_secs_f64() / self.ours.as_secs_f64()
    }

    /// Both rates in words.
    pub fn in_words(&self, bytes: u64) -> String {
        let rate = |time: Duration| bytes as f64 / time.as_secs_f64() / f64::from(1 << 20);
        let (ours, curl) = (rate(self.ours), rate(self.curl));
        format!("{ours:.0} MiB/s, curl {curl:.0} MiB/s: {:.0} %", self.ratio() * 100.0)
    }
}

/// Whether there is a curl to compare with.
pub fn has_curl() -> bool {
    Command::new("curl")
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
}

/// The times for so many mebibytes: down, and up.
pub async fn measure(mebibytes: u64) -> (Times, Times) {
    let server = LocalEnvd::start(LocalEnvdOptions::default()).await.unwrap();
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let mut file = File::create(at("whole")).unwrap();
    let block: Vec<u8> = (0..1_u32 << 18)
        .flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect();
    for _ in 0..mebibytes {
        file.write_all(&block).unwrap();
    }
    drop(file);
    let mut endpoint = Endpoint::new(server.base_url());
    endpoint.access_token = server.token().cloned();
    let client = EnvdClient::new(&endpoint).unwrap();
    let config = at("curl.config");
    let token = server
        .token()
        .map(|token| token.expose().to_owned())
        .unwrap_or_default();
    fs::write(&config, format!("header = \"X-Access-Token: {token}\"\n")).unwrap();
    let curl = Curl {
        config,
        base_url: server.base_url(),
    };
    let mut down = Vec::new();
    let mut up = Vec::new();
    for _ in 0..ROUNDS {
        let target = at("down");
        let ours = run(
            &client,
            TransferOrder::Download {
                from: vec![text(&at("whole"))],
                to: target.clone(),
            },
        )
        .await;
        is_whole(&target, mebibytes);
        let other = curl.down(at("whole"), at("curl-down")).await;
        is_whole(&at("curl-down"), mebibytes);
        down.push((ours, other));
        let ours = run(
            &client,
            TransferOrder::Upload {
                from: vec![at("whole")],
                to: text(&at("up")),
            },
        )
        .await;
        is_whole(&at("up"), mebibytes);
        let other = curl.up(at("whole"), at("curl-up")).await;
        is_whole(&at("curl-up"), mebibytes);
        up.push((ours, other));
    }
    (best(&down), best(&up))
}

fn best(times: &[(Duration, Duration)]) -> Times {
    Times {
        ours: times.iter().map(|(ours, _)| *ours).min().unwrap(),
        curl: times.iter().map(|(_, curl)| *curl).min().unwrap(),
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// Whole, and out of the way of the next round.
fn is_whole(path: &Path, mebibytes: u64) {
    assert_eq!(fs::metadata(path).unwrap().len(), mebibytes << 20, "{}", path.display());
    fs::remove_file(path).unwrap();
}

async fn run(client: &EnvdClient, order: TransferOrder) -> Duration {
    let began = Instant::now();
    let mut transfer = Transfer::start(client, order, TransferRules::default());
    while let Some(news) = transfer.next().await {
        match news {
            TransferNews::Note(note) => panic!("{}: {}", note.path, note.failure),
            TransferNews::Finished(summary) => assert_eq!((summary.files, summary.failed), (1, 0)),
            TransferNews::Progress(_) => {}
        }
    }
    began.elapsed()
}

/// The other client. The token is in a file: a command line is for everybody's eyes.
struct Curl {
    config: PathBuf,
    base_url: String,
}

impl Curl {
    async fn down(&self, from: PathBuf, to: PathBuf) -> Duration {
        self.run(&from, &["--output".to_owned(), text(&to)]).await
    }

    async fn up(&self, from: PathBuf, to: PathBuf) -> Duration {
        let words = [
            "--request",
            "POST",
            "--header",
            "Content-Type: application/octet-stream",
            "--upload-file",
        ];
        let mut words: Vec<String> = words.map(str::to_owned).to_vec();
        words.push(text(&from));
        self.run(&to, &words).await
    }

    async fn run(&self, there: &Path, words: &[String]) -> Duration {
        let mut command = tokio::process::Command::new("curl");
        command.args(["--silent", "--show-error", "--fail", "--noproxy", "*", "--config"]);
        command.arg(&self.config).args(words);
        command.arg(format!("{}/files?path={}", self.base_url, text(there)));
        let began = Instant::now();
        let output = command.output().await.unwrap();
        let elapsed = began.elapsed();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        elapsed
    }
}

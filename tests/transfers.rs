//! Files and folders there and back: whole, never outside the chosen folder, never over what is there, taken up again after
//! a broken link, with few connections.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop loudly"
)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use e2b_tui::domain::{
    Endpoint, NoteWeight, Steering, TransferNews, TransferNote, TransferOrder, TransferRules, TransferSummary,
};
use e2b_tui::envd::{EnvdClient, Transfer};
use e2b_tui::local_envd::{LocalEnvd, LocalEnvdOptions};
use e2b_tui::wire::generated::filesystem as wire;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use prost::Message;
use tempfile::TempDir;

#[path = "support/fault_proxy.rs"]
#[allow(dead_code, reason = "each test takes what it needs")]
mod fault_proxy;

use fault_proxy::{Cut, FaultProxy, Faults, Way};

/// A sandbox, a folder in it, and a folder here. Both are folders of this machine, of which the sandbox knows only one.
struct Bench {
    server: LocalEnvd,
    there: TempDir,
    here: TempDir,
}

impl Bench {
    async fn new() -> Self {
        Self {
            server: LocalEnvd::start(LocalEnvdOptions::default()).await.unwrap(),
            there: tempfile::tempdir().unwrap(),
            here: tempfile::tempdir().unwrap(),
        }
    }

    fn client_at(&self, base_url: String) -> EnvdClient {
        let mut endpoint = Endpoint::new(base_url);
        endpoint.access_token = self.server.token().cloned();
        EnvdClient::new(&endpoint).unwrap()
    }

    fn client(&self) -> EnvdClient {
        self.client_at(self.server.base_url())
    }

    fn there(&self, name: &str) -> String {
        self.there.path().join(name).to_str().unwrap().to_owned()
    }

    fn download(&self, name: &str, to: impl AsRef<Path>) -> TransferOrder {
        TransferOrder::Download {
            from: vec![self.there(name)],
            to: self.here.path().join(to),
        }
    }

    fn upload(&self, name: &str, to: &str) -> TransferOrder {
        TransferOrder::Upload {
            from: vec![self.here.path().join(name)],
            to: self.there(to),
        }
    }
}

fn all() -> TransferRules {
    TransferRules {
        recursive: true,
        ..TransferRules::default()
    }
}

async fn run(client: &EnvdClient, order: TransferOrder, rules: TransferRules) -> (TransferSummary, Vec<TransferNote>) {
    follow(Transfer::start(client, order, rules)).await
}

async fn follow(mut transfer: Transfer) -> (TransferSummary, Vec<TransferNote>) {
    let mut notes = Vec::new();
    while let Some(news) = transfer.next().await {
        match news {
            TransferNews::Progress(_) => {}
            TransferNews::Note(note) => notes.push(note),
            TransferNews::Finished(summary) => return (summary, notes),
        }
    }
    panic!("a transfer without an end");
}

/// Every file below a folder with its content and permissions; folders have no content.
fn tree(root: &Path) -> BTreeMap<PathBuf, (Option<Vec<u8>>, u32)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let content = metadata.is_file().then(|| fs::read(&path).unwrap());
            if metadata.is_dir() {
                folders.push(path.clone());
            }
            let name = path.strip_prefix(root).unwrap().to_owned();
            found.insert(name, (content, metadata.mode() & 0o7777));
        }
    }
    found
}

fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        bytes.extend_from_slice(&next());
    }
    bytes.truncate(length);
    bytes
}

/// Files of every make, under names that shells and terminals trip over.
fn odd_tree(root: &Path) {
    fs::create_dir_all(root.join("sub/-rf/deep")).unwrap();
    for name in [
        "plain",
        "-rf",
        "a b",
        "it's",
        "$(touch x)",
        "`x`",
        "größe",
        ".hidden",
        "sub/-rf/deep/x",
        "sub/#?&%",
    ] {
        fs::write(root.join(name), noise(name.len() * 1000)).unwrap();
    }
    fs::write(root.join("empty"), "").unwrap();
    fs::write(root.join("tool"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(root.join("tool"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::File::create(root.join("sparse"))
        .unwrap()
        .set_len(5_000_000)
        .unwrap();
}

#[tokio::test]
async fn a_folder_comes_and_goes_whole() {
    let bench = Bench::new().await;
    let rules = TransferRules {
        checksum: true,
        ..all()
    };
    odd_tree(&bench.here.path().join("tree"));
    let (sent, notes) = run(&bench.client(), bench.upload("tree", "copy"), rules).await;
    assert_eq!((sent.files, sent.failed, &notes[..]), (13, 0, &[][..]));
    assert_eq!(
        tree(&bench.here.path().join("tree")),
        tree(&bench.there.path().join("copy"))
    );
    let (came, notes) = run(&bench.client(), bench.download("copy", "back"), rules).await;
    assert_eq!((came.files, came.failed, &notes[..]), (13, 0, &[][..]));
    assert_eq!(
        tree(&bench.here.path().join("tree")),
        tree(&bench.here.path().join("back"))
    );
    assert_eq!(came.bytes, sent.bytes);
}

#[tokio::test]
async fn what_is_there_stays_unless_it_may_be_replaced() {
    let bench = Bench::new().await;
    fs::write(bench.here.path().join("a"), "here").unwrap();
    fs::write(bench.there.path().join("a"), "there").unwrap();
    fs::set_permissions(bench.there.path().join("a"), fs::Permissions::from_mode(0o600)).unwrap();
    for order in [bench.upload("a", ""), bench.upload("a", "a"), bench.download("a", "")] {
        let (summary, notes) = run(&bench.client(), order, all()).await;
        assert_eq!((summary.files, summary.failed), (0, 1));
        assert!(
            notes[0].failure.to_string().contains("there already"),
            "{}",
            notes[0].failure
        );
    }
    assert_eq!(fs::read(bench.here.path().join("a")).unwrap(), b"here");
    assert_eq!(fs::read(bench.there.path().join("a")).unwrap(), b"there");
    let force = TransferRules {
        overwrite: true,
        ..all()
    };
    assert_eq!(run(&bench.client(), bench.upload("a", ""), force).await.0.files, 1);
    assert_eq!(
        tree(bench.there.path())[Path::new("a")],
        (Some(b"here".to_vec()), 0o600)
    );
    fs::write(bench.there.path().join("a"), "new").unwrap();
    assert_eq!(run(&bench.client(), bench.download("a", ""), force).await.0.files, 1);
    assert_eq!(fs::read(bench.here.path().join("a")).unwrap(), b"new");
    assert_eq!(
        (tree(bench.here.path()).len(), tree(bench.there.path()).len()),
        (1, 1),
        "nothing unfinished is left"
    );
}

#[tokio::test]
async fn links_and_special_files_are_left_out_with_a_word() {
    let bench = Bench::new().await;
    for root in [bench.here.path().join("t"), bench.there.path().join("t")] {
        fs::create_dir(&root).unwrap();
        fs::write(root.join("file"), "x").unwrap();
        symlink("/etc/passwd", root.join("link")).unwrap();
        symlink("/", root.join("root")).unwrap();
        symlink("nowhere", root.join("broken")).unwrap();
        nix::unistd::mkfifo(&root.join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    }
    for order in [bench.download("t", "down"), bench.upload("t", "up")] {
        let (summary, notes) = run(&bench.client(), order, all()).await;
        assert_eq!((summary.files, summary.skipped, summary.failed), (1, 4, 0), "{notes:?}");
    }
    assert_eq!(tree(&bench.here.path().join("down")).len(), 1);
    assert_eq!(tree(&bench.there.path().join("up")).len(), 1);
}

#[tokio::test]
async fn files_of_the_kernel_and_folders_without_leave() {
    let bench = Bench::new().await;
    let order = TransferOrder::Download {
        from: vec!["/proc/self/status".to_owned()],
        to: bench.here.path().to_owned(),
    };
    let (summary, notes) = run(&bench.client(), order, all()).await;
    assert_eq!(summary.files, 1, "{notes:?}");
    assert!(
        fs::read_to_string(bench.here.path().join("status"))
            .unwrap()
            .contains("Pid:")
    );

    fs::create_dir(bench.there.path().join("folder")).unwrap();
    let (_, notes) = run(&bench.client(), bench.download("folder", ""), TransferRules::default()).await;
    assert!(
        notes[0].failure.to_string().contains("-r copies folders"),
        "{}",
        notes[0].failure
    );
    let (_, notes) = run(&bench.client(), bench.download("none", ""), all()).await;
    assert_eq!(notes[0].weight, NoteWeight::Failed);
    let (_, notes) = run(&bench.client(), bench.download("folder", "no/such/folder/"), all()).await;
    assert_eq!(notes.len(), 1, "{notes:?}");
}

#[tokio::test]
async fn a_cut_in_the_middle_is_gone_on_from() {
    let bench = Bench::new().await;
    let proxy = FaultProxy::start(bench.server.address()).await;
    let client = bench.client_at(proxy.base_url());
    let content = noise(9_000_000);
    fs::write(bench.there.path().join("big"), &content).unwrap();
    proxy.set(Faults {
        budget: Some((Way::Down, 4_000_000, Cut::Reset)),
        ..Faults::default()
    });
    let (summary, notes) = run(&client, bench.download("big", ""), all()).await;
    assert_eq!((summary.files, summary.failed), (1, 0), "{notes:?}");
    assert!((2..=4).contains(&summary.resumed), "{}", summary.resumed);
    assert_eq!(summary.bytes, content.len() as u64, "no byte came twice");
    assert!(fs::read(bench.here.path().join("big")).unwrap() == content);

    proxy.set(Faults {
        budget: Some((Way::Up, 4_000_000, Cut::Reset)),
        ..Faults::default()
    });
    let (summary, notes) = run(&client, bench.upload("big", "up"), all()).await;
    assert_eq!((summary.files, summary.failed), (1, 0), "{notes:?}");
    assert!(summary.resumed >= 2, "{}", summary.resumed);
    assert!(fs::read(bench.there.path().join("up")).unwrap() == content);
    assert_eq!(tree(bench.there.path()).len(), 2, "no pieces are left");
}

#[tokio::test]
async fn what_was_stopped_is_taken_up_by_the_next_run() {
    let bench = Bench::new().await;
    let proxy = FaultProxy::start(bench.server.address()).await;
    let client = bench.client_at(proxy.base_url());
    let content = noise(6_000_000);
    fs::write(bench.there.path().join("big"), &content).unwrap();
    // So slow that it cannot be over before it is stopped.
    proxy.set(Faults {
        delay: Duration::from_millis(5),
        ..Faults::default()
    });
    let mut transfer = Transfer::start(&client, bench.download("big", ""), all());
    let summary = loop {
        match transfer.next().await.unwrap() {
            TransferNews::Progress(progress) if progress.bytes_done > 2_000_000 => transfer.stop(),
            TransferNews::Finished(summary) => break summary,
            _ => {}
        }
    };
    proxy.heal();
    assert!(summary.is_cancelled && summary.files == 0);
    let left: Vec<_> = tree(bench.here.path()).into_keys().collect();
    assert!(left.len() == 1 && left[0].extension().unwrap() == "part", "{left:?}");
    let force = TransferRules {
        overwrite: true,
        ..all()
    };
    let before = tree(bench.here.path()).into_values().next().unwrap().0.unwrap().len() as u64;
    proxy.set(Faults {
        budget: Some((Way::Down, content.len() - before as usize + 50_000, Cut::Reset)),
        ..Faults::default()
    });
    let (summary, notes) = run(&client, bench.download("big", ""), force).await;
    assert_eq!(
        (summary.files, summary.resumed),
        (1, 0),
        "only the rest was fetched: {notes:?}"
    );
    assert!(tree(bench.here.path()) == BTreeMap::from([("big".into(), (Some(content), 0o644))]));
}

#[tokio::test]
async fn many_small_files_need_few_connections() {
    let count = std::env::var("E2B_TUI_TEST_FILES").map_or(1_500, |count| count.parse().unwrap());
    let bench = Bench::new().await;
    let proxy = FaultProxy::start(bench.server.address()).await;
    let client = bench.client_at(proxy.base_url());
    for folder in 0..10 {
        fs::create_dir_all(bench.here.path().join(format!("t/{folder}"))).unwrap();
    }
    for number in 0..count {
        let name = format!("t/{}/{number}", number % 10);
        fs::write(bench.here.path().join(name), number.to_string()).unwrap();
    }
    let (sent, notes) = run(&client, bench.upload("t", "t"), all()).await;
    assert_eq!((sent.files, sent.failed), (count as u64, 0), "{notes:?}");
    let (came, notes) = run(&client, bench.download("t", "back"), all()).await;
    assert_eq!((came.files, came.failed), (count as u64, 0), "{notes:?}");
    assert!(tree(&bench.here.path().join("t")) == tree(&bench.here.path().join("back")));
    assert!(proxy.accepted() <= 16, "{} connections", proxy.accepted());
}

/// Copies between two sandboxes, of which each knows only its own folder by our asking.
async fn relay(
    one: &EnvdClient,
    other: &EnvdClient,
    (from, to): (String, String),
    rules: TransferRules,
) -> (TransferSummary, Vec<TransferNote>) {
    let order = TransferOrder::Relay { from: vec![from], to };
    follow(Transfer::between(one, other, order, rules)).await
}

#[tokio::test]
async fn a_folder_goes_from_one_sandbox_to_another() {
    let (one, other) = (Bench::new().await, Bench::new().await);
    let (source, target) = (one.client(), other.client());
    odd_tree(&one.there.path().join("tree"));
    symlink("/etc/passwd", one.there.path().join("tree/link")).unwrap();
    let rules = TransferRules {
        checksum: true,
        ..all()
    };
    let (summary, notes) = relay(&source, &target, (one.there("tree"), other.there("copy")), rules).await;
    assert_eq!(
        (summary.files, summary.failed, summary.skipped),
        (13, 0, 1),
        "{notes:?}"
    );
    fs::remove_file(one.there.path().join("tree/link")).unwrap();
    assert_eq!(
        tree(&one.there.path().join("tree")),
        tree(&other.there.path().join("copy"))
    );
    // Nothing is replaced unasked, and what is taken is counted.
    fs::write(other.there.path().join("copy/plain"), "theirs").unwrap();
    let (summary, notes) = relay(&source, &target, (one.there("tree/plain"), other.there("copy")), all()).await;
    assert_eq!((summary.files, summary.failed, summary.taken), (0, 1, 1), "{notes:?}");
    assert_eq!(fs::read(other.there.path().join("copy/plain")).unwrap(), b"theirs");
    // Files without a size, and folders into themselves.
    let (summary, notes) = relay(
        &source,
        &target,
        ("/proc/self/status".to_owned(), other.there("status")),
        all(),
    )
    .await;
    assert_eq!(summary.files, 1, "{notes:?}");
    assert!(
        fs::read_to_string(other.there.path().join("status"))
            .unwrap()
            .contains("Pid:")
    );
    let (summary, notes) = relay(&source, &source, (one.there("tree"), one.there("tree/sub")), all()).await;
    assert_eq!((summary.files, summary.failed), (0, 1), "{notes:?}");
    let (_, notes) = relay(
        &source,
        &target,
        (one.there("tree"), other.there("x")),
        TransferRules::default(),
    )
    .await;
    assert!(notes[0].failure.to_string().contains("-r copies folders"), "{notes:?}");
    let (summary, _) = relay(&source, &source, (one.there("tree"), one.there("twin")), all()).await;
    assert_eq!(summary.files, 13);
    assert_eq!(
        tree(&one.there.path().join("tree")),
        tree(&one.there.path().join("twin"))
    );
}

#[tokio::test]
async fn a_relay_goes_on_after_a_cut_on_either_side() {
    let (one, other) = (Bench::new().await, Bench::new().await);
    let (from, to) = (
        FaultProxy::start(one.server.address()).await,
        FaultProxy::start(other.server.address()).await,
    );
    let (source, target) = (one.client_at(from.base_url()), other.client_at(to.base_url()));
    let content = noise(9_000_000);
    fs::write(one.there.path().join("big"), &content).unwrap();
    for (number, (proxy, way)) in [(&from, Way::Down), (&to, Way::Up)].into_iter().enumerate() {
        proxy.set(Faults {
            budget: Some((way, 4_000_000, Cut::Reset)),
            ..Faults::default()
        });
        let name = format!("copy{number}");
        let (summary, notes) = relay(&source, &target, (one.there("big"), other.there(&name)), all()).await;
        assert_eq!((summary.files, summary.failed), (1, 0), "{notes:?}");
        assert!(summary.resumed >= 2, "{}", summary.resumed);
        assert!(fs::read(other.there.path().join(name)).unwrap() == content);
        proxy.heal();
    }
    assert_eq!(tree(other.there.path()).len(), 2, "no pieces are left");
}

#[tokio::test]
async fn a_paused_copy_stands_still_and_goes_on() {
    let bench = Bench::new().await;
    let proxy = FaultProxy::start(bench.server.address()).await;
    let client = bench.client_at(proxy.base_url());
    let content = noise(24_000_000);
    fs::write(bench.there.path().join("big"), &content).unwrap();
    fs::write(bench.here.path().join("mine"), &content).unwrap();
    for order in [bench.download("big", ""), bench.upload("mine", "")] {
        proxy.set(Faults {
            delay: Duration::from_millis(2),
            ..Faults::default()
        });
        let mut transfer = Transfer::start(&client, order, all());
        let mut next = async || match transfer.next().await.unwrap() {
            TransferNews::Progress(progress) => progress.bytes_done,
            news => panic!("{news:?}"),
        };
        while next().await == 0 {}
        transfer.steer(Steering::Paused);
        let mut next = async || match transfer.next().await.unwrap() {
            TransferNews::Progress(progress) => progress.bytes_done,
            news => panic!("{news:?}"),
        };
        // A report comes every 200 ms: the last pieces may be on their way still.
        let mut before = next().await;
        let mut still = 0;
        while still < 3 {
            let now = next().await;
            still = if now == before { still + 1 } else { 0 };
            before = now;
        }
        assert!(before < content.len() as u64, "it is over already");
        transfer.steer(Steering::Going);
        let (summary, notes) = follow(transfer).await;
        assert_eq!(
            (summary.files, summary.failed, summary.bytes),
            (1, 0, content.len() as u64),
            "{notes:?}"
        );
        proxy.heal();
    }
    assert!(fs::read(bench.here.path().join("big")).unwrap() == content);
    assert!(fs::read(bench.there.path().join("mine")).unwrap() == content);
}

/// What is stopped in the middle of an upload leaves nothing there, also when nobody waits for its end.
#[tokio::test]
async fn an_upload_that_is_stopped_leaves_nothing_there() {
    let bench = Bench::new().await;
    let proxy = FaultProxy::start(bench.server.address()).await;
    let client = bench.client_at(proxy.base_url());
    fs::write(bench.here.path().join("big"), noise(24_000_000)).unwrap();
    for is_dropped in [false, true] {
        proxy.set(Faults {
            delay: Duration::from_millis(2),
            ..Faults::default()
        });
        let mut transfer = Transfer::start(&client, bench.upload("big", ""), all());
        while tree(bench.there.path()).is_empty() {
            assert!(matches!(transfer.next().await, Some(TransferNews::Progress(_))));
        }
        proxy.heal();
        if is_dropped {
            drop(transfer);
        } else {
            transfer.stop();
            let (summary, _) = follow(transfer).await;
            assert!(summary.is_cancelled && summary.files == 0);
        }
        let cleared = async {
            while !tree(bench.there.path()).is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(tokio::time::timeout(Duration::from_secs(30), cleared).await.is_ok());
    }
}

/// A run that is killed in the middle of an upload can clear nothing away: the next one does, and touches nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_run_left_is_cleared_by_the_next() {
    let bench = Bench::new().await;
    let home = tempfile::tempdir().unwrap();
    fs::write(bench.here.path().join("big"), noise(40_000_000)).unwrap();
    let foreign = bench.there.path().join(".e2b-tui.0123456789abcdef.0");
    fs::write(&foreign, "of another machine").unwrap();
    let proxy = FaultProxy::start(bench.server.address()).await;
    proxy.set(Faults {
        delay: Duration::from_millis(5),
        ..Faults::default()
    });
    let token = bench.here.path().join("token");
    fs::write(&token, bench.server.token().unwrap().expose()).unwrap();
    fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).unwrap();
    let cp = |from: &str, base_url: String, to: String| {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_e2b-tui"));
        command.arg("cp").arg("--access-token-file").arg(&token);
        command
            .arg(bench.here.path().join(from))
            .arg(format!("{base_url}:{to}"));
        command
            .env_clear()
            .env("HOME", home.path())
            .env("PATH", "/usr/bin:/bin");
        command.stdin(std::process::Stdio::null());
        command
    };
    let mut killed = cp("big", proxy.base_url(), bench.there("")).spawn().unwrap();
    let begun = async {
        while tree(bench.there.path()).len() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(30), begun).await.is_ok());
    killed.kill().await.unwrap();
    assert_eq!(
        tree(bench.there.path()).len(),
        2,
        "a killed program cleared something away"
    );
    proxy.heal();
    fs::write(bench.here.path().join("small"), "x").unwrap();
    let copied = cp("small", proxy.base_url(), bench.there("")).output().await.unwrap();
    assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
    let left: Vec<PathBuf> = tree(bench.there.path()).into_keys().collect();
    assert_eq!(
        left,
        [PathBuf::from(".e2b-tui.0123456789abcdef.0"), PathBuf::from("small")]
    );
    let notes = home.path().join(".local/state/e2b-tui/unfinished");
    assert_eq!(fs::read_dir(notes).unwrap().count(), 0, "notes are left");
}

/// Files that others write to meanwhile: what comes is what the copy says it is.
#[tokio::test]
async fn files_that_change_while_they_are_read() {
    let bench = Bench::new().await;
    let proxy = FaultProxy::start(bench.server.address()).await;
    let client = bench.client_at(proxy.base_url());
    let path = bench.there.path().join("log");
    fs::write(&path, noise(12_000_000)).unwrap();
    proxy.set(Faults {
        budget: Some((Way::Down, 5_000_000, Cut::Reset)),
        ..Faults::default()
    });
    let mut transfer = Transfer::start(&client, bench.download("log", ""), all());
    while !matches!(transfer.next().await.unwrap(), TransferNews::Progress(progress) if progress.bytes_done > 0) {}
    // Another version, as a build writes it: nothing of the old one may be in the copy.
    let newer = noise(11_000_000).into_iter().rev().collect::<Vec<u8>>();
    fs::write(bench.there.path().join("next"), &newer).unwrap();
    fs::rename(bench.there.path().join("next"), &path).unwrap();
    proxy.heal();
    let (summary, notes) = follow(transfer).await;
    assert_eq!((summary.files, summary.failed), (1, 0), "{notes:?}");
    let came = fs::read(bench.here.path().join("log")).unwrap();
    assert!(came == newer || came == noise(12_000_000), "a mixture of both versions");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn swapping_folders_for_links_leads_nowhere() {
    const SWAPS: usize = 10_000;
    let bench = Bench::new().await;
    let outside = tempfile::tempdir().unwrap();
    for name in ["t/a/b", "t/a/c", "t/d"] {
        fs::create_dir_all(bench.there.path().join(name)).unwrap();
        for number in 0..5 {
            fs::write(bench.there.path().join(name).join(format!("f{number}")), "new").unwrap();
        }
    }
    fs::write(outside.path().join("f0"), "mine").unwrap();
    let (root, target) = (bench.here.path().join("t"), outside.path().to_owned());
    fs::create_dir_all(root.join("a")).unwrap();
    let (swaps, is_over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let racing = {
        let (swaps, is_over) = (Arc::clone(&swaps), Arc::clone(&is_over));
        std::thread::spawn(move || {
            // Folders and files of the copy become links to the outside and back, as fast as it goes.
            while !is_over.load(Ordering::SeqCst) {
                for name in ["a", "d", "a/b", "d/f0"] {
                    let (path, aside) = (root.join(name), root.join("aside"));
                    if fs::rename(&path, &aside).is_ok() {
                        let to = if name == "d/f0" {
                            target.join("f0")
                        } else {
                            target.clone()
                        };
                        let is_link = symlink(to, &path).is_ok();
                        if is_link {
                            swaps.fetch_add(1, Ordering::SeqCst);
                            let _ = fs::remove_file(&path);
                        }
                        if fs::rename(&aside, &path).is_err() {
                            let _ = fs::remove_dir_all(&aside).or_else(|_| fs::remove_file(&aside));
                        }
                    }
                }
            }
        })
    };
    let force = TransferRules {
        overwrite: true,
        ..all()
    };
    let client = bench.client();
    let mut rounds = 0;
    while swaps.load(Ordering::SeqCst) < SWAPS || rounds < 20 {
        run(&client, bench.download("t", ""), force).await;
        rounds += 1;
    }
    is_over.store(true, Ordering::SeqCst);
    racing.join().unwrap();
    let left = tree(outside.path());
    assert_eq!(left.len(), 1, "after {rounds} copies: {left:?}");
    assert_eq!(fs::read(outside.path().join("f0")).unwrap(), b"mine");
}

#[rustfmt::skip]
/// Sixty names with which a sandbox could try to lead us elsewhere.
fn hostile_names() -> Vec<String> {
    let mut names: Vec<String> = [
        "", ".", "..", "/", "../x", "../../x", "a/../../x", "/etc/passwd", "/tmp/x", "a/b", "./x", "x/", "//x",
        "..//x", "x/..", "~/../x/y", "\0", "a\0b", "x\n", "\n", "a\nb", "\r", "a\rb", "\t", "\x1b[2J", "\x1b]0;x\x07",
        "\x1b]52;c;eA==\x07", "\x07", "\x08", "\x7f", "\u{9b}31m", "\u{85}", "\u{90}q", "\u{202e}gpj.exe",
        "\u{202d}x", "\u{2066}x", "\u{200b}", "x\u{200b}", "\u{200e}", "\u{feff}x", "\u{2028}", "\u{2029}", "\u{ad}",
        "\u{34f}", "\u{61c}", "\u{e0041}", "\u{e0001}", "\u{fe0f}", "\u{fffd}", "a\u{fffd}b", "\u{3164}", "\u{115f}",
        "\u{180e}", "\u{2060}", "\u{fff9}", "\u{1d173}", "\u{e000}/x",
    ]
    .map(str::to_owned)
    .to_vec();
    names.extend(["x".repeat(256), "x".repeat(10_000), "é".repeat(128)]);
    names
}

async fn hostile_answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, std::convert::Infallible> {
    let route = request.uri().path().to_owned();
    let entry = |name: &str, kind| wire::EntryInfo {
        name: name.to_owned(),
        r#type: kind,
        path: format!("/evil/{name}"),
        size: 4,
        mode: 0o7777,
        permissions: "ugtrwxrwxrwx".to_owned(),
        ..Default::default()
    };
    let (file, folder) = (wire::FileType::File as i32, wire::FileType::Directory as i32);
    let _ = request.into_body().collect().await;
    let (media, body) = match route.rsplit('/').next().unwrap() {
        "Stat" => {
            let entry = Some(entry("root", folder));
            ("application/proto", wire::StatResponse { entry }.encode_to_vec())
        }
        "ListDir" => {
            let mut entries: Vec<_> = hostile_names().iter().map(|name| entry(name, file)).collect();
            entries.extend(hostile_names().iter().map(|name| entry(name, folder)));
            entries.push(entry("good", file));
            entries.push(entry("mine", file));
            ("application/proto", wire::ListDirResponse { entries }.encode_to_vec())
        }
        _ => ("application/octet-stream", b"evil".to_vec()),
    };
    let reply = Response::builder().header("content-type", media);
    Ok(reply.body(Full::new(body.into())).unwrap())
}

#[tokio::test]
async fn hostile_names_become_no_files() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let http = hyper::server::conn::http1::Builder::new();
            tokio::spawn(http.serve_connection(TokioIo::new(socket), service_fn(hostile_answer)));
        }
    });
    let client = EnvdClient::new(&Endpoint::new(format!("http://{address}"))).unwrap();
    let place = tempfile::tempdir().unwrap();
    let into = place.path().join("into");
    fs::create_dir_all(into.join("root")).unwrap();
    fs::write(into.join("root/mine"), "mine").unwrap();
    let before = hostile_names().len();
    assert_eq!(before, 60);
    let order = TransferOrder::Download {
        from: vec!["/evil/root".to_owned()],
        to: into.clone(),
    };
    let (summary, notes) = run(&client, order, all()).await;
    assert_eq!((summary.files, summary.failed), (1, 2 * before as u64 + 1));
    for note in &notes {
        let line = format!("{}: {}", note.path, note.failure);
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
    let found = tree(place.path());
    let names: Vec<_> = found.keys().map(|path| path.to_str().unwrap()).collect();
    assert_eq!(names, ["into", "into/root", "into/root/good", "into/root/mine"]);
    assert_eq!(found[Path::new("into/root/mine")].0.as_deref(), Some(&b"mine"[..]));
    assert_eq!(found[Path::new("into/root/good")].1 & !0o755, 0, "no special bits");
}

//! Links that break while programs run: nothing is invented, nothing is sent twice, nothing is lost without a word, and the
//! session comes back.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop loudly"
)]

use std::net::SocketAddr;
use std::time::Duration;

use e2b_tui::domain::{Dialect, Endpoint, FailureKind, GridSize, Secret, SessionEntry, SessionNews, SessionOrder};
use e2b_tui::envd::EnvdClient;
use e2b_tui::local_envd::{LocalEnvd, LocalEnvdOptions};
use tokio::time::timeout;

#[path = "support/fault_proxy.rs"]
mod fault_proxy;
#[path = "support/followed.rs"]
mod followed;
#[path = "support/seeded.rs"]
mod seeded;

use fault_proxy::{Cut, FaultProxy, Faults, Way};
use followed::{Followed, PATIENCE, is_ended, is_failed, is_lost, is_rejoined};

/// Prints without end, until it reads a line.
const CHATTER: &str = "(while :; do echo tick; sleep 0.01; done) & read x; kill $!; exit 7";

/// An envd and a way to it that can be broken. The envd is an embedded one; with `E2B_TUI_TEST_ENVD=http://127.0.0.1:PORT` it
/// is that one, except where a test needs one of its own.
struct Bench {
    server: Option<LocalEnvd>,
    address: SocketAddr,
    proxy: FaultProxy,
}

impl Bench {
    async fn new() -> Self {
        let Ok(foreign) = std::env::var("E2B_TUI_TEST_ENVD") else {
            return Self::with(LocalEnvdOptions::default()).await;
        };
        let address: SocketAddr = foreign.strip_prefix("http://").unwrap().parse().unwrap();
        Self {
            server: None,
            address,
            proxy: FaultProxy::start_anywhere(address).await,
        }
    }

    async fn with(options: LocalEnvdOptions) -> Self {
        let server = LocalEnvd::start(options).await.unwrap();
        let address = server.address();
        Self {
            server: Some(server),
            address,
            proxy: FaultProxy::start(address).await,
        }
    }

    fn endpoint(&self, base_url: String) -> Endpoint {
        let mut endpoint = Endpoint::new(base_url);
        endpoint.access_token = self.server.as_ref().and_then(|server| server.token().cloned());
        endpoint
    }

    fn direct_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client that goes through the faults, with a sign of life every second.
    fn client(&self) -> EnvdClient {
        let client = EnvdClient::new(&self.endpoint(self.proxy.base_url())).unwrap();
        client.with_keepalive(Duration::from_secs(1))
    }

    /// A client that goes around them.
    fn direct(&self) -> EnvdClient {
        EnvdClient::new(&self.endpoint(self.direct_url())).unwrap()
    }
}

#[tokio::test]
async fn cuts_while_output_flows_leave_a_mark_and_no_exit() {
    for dialect in [Dialect::Connect, Dialect::GrpcWeb] {
        let bench = Bench::new().await;
        let mut endpoint = bench.endpoint(bench.proxy.base_url());
        endpoint.dialect = dialect;
        let mut session = Followed::start(EnvdClient::new(&endpoint).unwrap(), CHATTER);
        session.opened().await;
        for round in 0..8 {
            let from = session.output.len();
            session.shown(from, "tick").await;
            bench.proxy.cut(if round % 2 == 0 { Cut::Reset } else { Cut::Close });
            session.until(is_lost).await;
            session.until(is_rejoined).await;
        }
        let from = session.output.len();
        session.shown(from, "tick").await;
        session.send("\n");
        let end = session.until(is_ended).await;
        assert!(
            matches!(&end, SessionNews::Ended(status) if status.code == 7 && status.exited),
            "{end:?}"
        );
        assert_eq!(
            session.count(is_rejoined),
            8,
            "{dialect}: one mark for each gap: {:?}",
            session.seen
        );
        assert_eq!(session.count(is_ended), 1);
        assert_eq!(session.count(is_failed), 0);
    }
}

#[tokio::test]
async fn slow_and_sliced_ways_change_nothing() {
    let bench = Bench::new().await;
    bench.proxy.set(Faults {
        delay: Duration::from_millis(1),
        slice: Some(1),
        ..Faults::default()
    });
    let mut session = Followed::start(bench.client(), "stty -echo; seq 1 300; read x; echo got $x; exit 3");
    session.opened().await;
    session.shown(0, "300").await;
    session.send("word\n");
    session.until(is_ended).await;
    let lines: Vec<String> = (1..=300)
        .map(|number| number.to_string())
        .chain(["got word".into()])
        .collect();
    assert_eq!(
        session.text().split_whitespace().collect::<Vec<_>>().join("\n"),
        lines.join("\n").replace(' ', "\n")
    );
    assert_eq!(session.count(is_lost), 0);
}

#[tokio::test]
async fn keys_under_cuts_are_never_doubled_and_never_silently_lost() {
    let bench = Bench::new().await;
    let file = a_path("keys");
    let script = format!("stty raw -echo; echo ready; exec cat > {file}");
    let mut session = Followed::start(bench.client(), &script);
    session.opened().await;
    session.shown(0, "ready").await;

    let mut random = seeded::Seeded::new(7);
    let mut sent = 0;
    for number in 0..400 {
        if number % 20 == 10 {
            let way = if random.below(2) == 0 { Way::Up } else { Way::Down };
            bench.proxy.set(Faults {
                budget: Some((way, 1 + random.below(400), Cut::Reset)),
                ..Faults::default()
            });
        }
        let key = format!("{number:04};");
        sent += key.len();
        session.send(key);
        // The pace of somebody who types very fast: calls are under way while faults come and go.
        tokio::time::sleep(Duration::from_millis(4)).await;
        if number % 20 == 19 {
            bench.proxy.cut(Cut::Reset);
            bench.proxy.heal();
            session.until(is_lost).await;
            session.until(is_rejoined).await;
        }
    }
    sent += last_word(&mut session, &bench.direct(), &file).await;
    let written = content(&bench.direct(), &file).await;
    bench.direct().remove(&file).await.unwrap();
    session.link.order(SessionOrder::Kill);
    let keys: Vec<&str> = written.split_terminator(';').collect();
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(keys, sorted, "keys came twice or out of order");
    let told: usize = session.seen.iter().map(bytes_told).sum();
    let refused: usize = session
        .seen
        .iter()
        .filter(|news| matches!(news, SessionNews::Refused { .. }))
        .map(bytes_told)
        .sum();
    assert!(
        written.len() >= sent - told,
        "{} of {sent} written, {told} told of",
        written.len()
    );
    assert!(
        written.len() <= sent - refused,
        "something refused was written all the same"
    );
    assert!(told > 0, "no cut hit anything: the test proves nothing");
}

/// Types a last word until it arrives; returns how many bytes that took. The lane keeps its order: when this has arrived,
/// everything before it has, or never will.
async fn last_word(session: &mut Followed, client: &EnvdClient, file: &str) -> usize {
    let mut sent = 0;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    for number in 0.. {
        let word = format!("end{number:02};");
        sent += word.len();
        session.send(word.as_str());
        let settled = |news: &SessionNews| bytes_told(news) > 0 || matches!(news, SessionNews::RoundTrip(_));
        // One that is turned down is said again; one that went through need not be told of.
        let _ = timeout(Duration::from_millis(500), session.until(settled)).await;
        if content(client, file).await.ends_with(&word) {
            break;
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "no last word: {:?}",
            session.seen
        );
    }
    sent
}

/// A new path in the sandbox.
fn a_path(name: &str) -> String {
    format!("/tmp/e2b-tui-{name}-{:016x}", getrandom::u64().unwrap())
}

async fn content(client: &EnvdClient, file: &str) -> String {
    let mut download = client.download(file, None).await.unwrap();
    let mut content = Vec::new();
    while let Some(piece) = download.next().await.unwrap() {
        content.extend_from_slice(&piece);
    }
    String::from_utf8(content).unwrap()
}

fn bytes_told(news: &SessionNews) -> usize {
    match news {
        SessionNews::Unconfirmed { bytes } | SessionNews::Refused { bytes } => *bytes,
        _ => 0,
    }
}

#[tokio::test]
async fn silence_is_noticed_and_healed() {
    for silent in [vec![Way::Up, Way::Down], vec![Way::Down], vec![Way::Up]] {
        let bench = Bench::new().await;
        let mut session = Followed::start(bench.client(), "echo up; read x; exit 7");
        session.opened().await;
        session.shown(0, "up").await;
        bench.proxy.set(Faults {
            silent: silent.clone(),
            ..Faults::default()
        });
        if silent == [Way::Up] {
            // Signs of life still come; only what is typed shows that nothing arrives.
            session.send("x");
            session
                .until(|news| matches!(news, SessionNews::Unconfirmed { bytes: 1 }))
                .await;
        }
        session.until(is_lost).await;
        bench.proxy.heal();
        session.link.order(SessionOrder::RetryNow);
        session.until(is_rejoined).await;
        session.send("\n");
        session.until(is_ended).await;
    }
}

#[tokio::test]
async fn an_idle_link_survives_a_proxy_that_cuts_idle_ones() {
    let bench = Bench::new().await;
    bench.proxy.set(Faults {
        idle_limit: Some(Duration::from_millis(2500)),
        ..Faults::default()
    });
    let mut session = Followed::start(bench.client(), "sleep 6; exit 9");
    session.opened().await;
    session.until(is_ended).await;
    assert_eq!(session.count(is_lost), 0, "{:?}", session.seen);
}

#[tokio::test]
async fn a_reader_who_takes_a_break_is_no_dead_link() {
    let bench = Bench::new().await;
    let mut session = Followed::start(bench.client(), "seq 1 200000; read x; exit 7");
    session.opened().await;
    // Longer than the limit for silence; the channel is full and the socket stands still.
    tokio::time::sleep(Duration::from_secs(4)).await;
    session.shown(0, "200000").await;
    session.send("\n");
    session.until(is_ended).await;
    assert_eq!(session.count(is_lost), 0, "{:?}", session.seen);
    assert_eq!(
        session
            .text()
            .lines()
            .filter(|line| line.trim().parse::<u32>().is_ok())
            .count(),
        200_000
    );
}

#[tokio::test]
async fn an_end_during_the_outage_is_learnt_afterwards() {
    let bench = Bench::new().await;
    let mut session = Followed::start(bench.client(), "read x; exit 5");
    let pid = session.opened().await;
    bench.proxy.set(Faults {
        refuses: true,
        ..Faults::default()
    });
    bench.proxy.cut(Cut::Reset);
    session.until(is_lost).await;
    bench.direct().send_terminal_input(pid, "\n".into()).await.unwrap();
    gone_from_the_list(&bench.direct(), pid).await;
    bench.proxy.heal();
    let end = session.until(is_ended).await;
    assert!(
        matches!(&end, SessionNews::Ended(status) if status.code == 5),
        "{end:?}"
    );
}

async fn gone_from_the_list(client: &EnvdClient, pid: e2b_tui::domain::Pid) {
    let gone = async {
        while client
            .list_processes()
            .await
            .unwrap()
            .iter()
            .any(|process| process.pid == pid)
        {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, gone).await.unwrap();
}

#[tokio::test]
async fn an_end_that_nobody_remembers_is_not_made_up() {
    let bench = Bench::with(LocalEnvdOptions {
        exit_retention: Duration::ZERO,
        ..LocalEnvdOptions::default()
    })
    .await;
    let mut session = Followed::start(bench.client(), "read x; exit 5");
    let pid = session.opened().await;
    bench.proxy.set(Faults {
        refuses: true,
        ..Faults::default()
    });
    bench.proxy.cut(Cut::Reset);
    session.until(is_lost).await;
    bench.direct().send_terminal_input(pid, "\n".into()).await.unwrap();
    gone_from_the_list(&bench.direct(), pid).await;
    bench.proxy.heal();
    let news = session.until(|news| is_ended(news) || is_failed(news)).await;
    assert!(
        matches!(&news, SessionNews::Failed(failure) if failure.kind == FailureKind::Gone),
        "{news:?}"
    );
}

#[tokio::test]
async fn a_server_that_dies_is_lost_and_not_an_exit() {
    let bench = Bench::with(LocalEnvdOptions::default()).await;
    let mut session = Followed::start(bench.client(), "read x");
    session.opened().await;
    bench.proxy.set(Faults {
        refuses: true,
        ..Faults::default()
    });
    bench.proxy.cut(Cut::Reset);
    drop(bench.server);
    for attempt in 1..=3 {
        let news = session.until(is_lost).await;
        assert!(
            matches!(news, SessionNews::Lost { attempt: counted, .. } if counted == attempt),
            "{news:?}"
        );
    }
    session.send("typed into the void");
    session
        .until(|news| matches!(news, SessionNews::Refused { bytes: 19 }))
        .await;
    assert_eq!(session.count(is_ended) + session.count(is_failed), 0);
}

#[tokio::test]
async fn leaving_a_blackholed_link_takes_no_time() {
    let bench = Bench::new().await;
    let mut session = Followed::start(bench.client(), "read x");
    let pid = session.opened().await;
    bench.proxy.set(Faults::blackhole());
    session.send("lost");
    session.link.order(SessionOrder::Detach);
    timeout(Duration::from_millis(500), session.link.finished())
        .await
        .unwrap();
    let listed = bench.direct().list_processes().await.unwrap();
    assert!(
        listed.iter().any(|process| process.pid == pid),
        "detaching ended the program"
    );
}

#[tokio::test]
async fn killing_ends_the_program_over_live_and_broken_links() {
    let bench = Bench::new().await;
    let mut session = Followed::start(bench.client(), "read x");
    session.opened().await;
    session.link.order(SessionOrder::Kill);
    let end = session.until(is_ended).await;
    assert!(
        matches!(&end, SessionNews::Ended(status) if status.shell_code() == 137),
        "{end:?}"
    );

    let mut session = Followed::start(bench.client(), "read x");
    let pid = session.opened().await;
    bench.proxy.set(Faults {
        refuses: true,
        ..Faults::default()
    });
    bench.proxy.cut(Cut::Reset);
    session.until(is_lost).await;
    bench.proxy.heal();
    session.link.order(SessionOrder::Kill);
    timeout(PATIENCE, session.link.finished()).await.unwrap();
    gone_from_the_list(&bench.direct(), pid).await;
}

#[tokio::test]
async fn a_start_whose_answer_was_lost_is_found_and_not_repeated() {
    let bench = Bench::new().await;
    let file = a_path("starts");
    // Requests arrive; answers do not.
    bench.proxy.set(Faults {
        budget: Some((Way::Down, 1, Cut::Reset)),
        ..Faults::default()
    });
    let script = format!("echo x >> {file}; read x; exit 7");
    let mut session = Followed::start(bench.client(), &script);
    session.until(is_lost).await;
    bench.proxy.heal();
    session.opened().await;
    session.send("\n");
    session.until(is_ended).await;
    let starts = content(&bench.direct(), &file).await;
    assert_eq!(starts, "x\n", "the program was started twice");
    bench.direct().remove(&file).await.unwrap();
}

#[tokio::test]
async fn the_last_size_counts_also_after_a_break() {
    let bench = Bench::new().await;
    let mut session = Followed::start(bench.client(), "while read x; do stty size; done");
    session.opened().await;
    for cols in 20..=120 {
        session.link.order(SessionOrder::Resize(GridSize::new(cols, 30)));
    }
    reports_size(&mut session, "30 120").await;
    bench.proxy.set(Faults {
        refuses: true,
        ..Faults::default()
    });
    bench.proxy.cut(Cut::Reset);
    session.until(is_lost).await;
    session.link.order(SessionOrder::Resize(GridSize::new(50, 40)));
    bench.proxy.heal();
    session.until(is_rejoined).await;
    reports_size(&mut session, "40 50").await;
    session.link.order(SessionOrder::Kill);
}

/// Asks for the size until it is the expected one: resizing and typing are different calls.
async fn reports_size(session: &mut Followed, size: &str) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let from = session.output.len();
        session.send("\n");
        while !session.output[from..].ends_with(b"\r\n") || session.output[from..].len() < 6 {
            session.next().await;
        }
        if String::from_utf8_lossy(&session.output[from..]).contains(size) {
            return;
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "never {size}: {:?}",
            session.text()
        );
    }
}

#[tokio::test]
async fn many_links_cut_at_once_come_back_in_turn() {
    let bench = Bench::new().await;
    let client = bench.client();
    let mut sessions = Vec::new();
    for _ in 0..12 {
        let mut session = Followed::start(client.clone(), "echo up; read x");
        session.opened().await;
        session.shown(0, "up").await;
        sessions.push(session);
    }
    let before = bench.proxy.accepted();
    let cut_at = tokio::time::Instant::now();
    bench.proxy.cut(Cut::Reset);
    for session in &mut sessions {
        session.until(is_rejoined).await;
    }
    let seconds = cut_at.elapsed().as_secs_f64();
    let connects = bench.proxy.accepted() - before;
    assert!(
        connects as f64 <= 10.0 * (seconds + 1.0),
        "{connects} connections in {seconds} s"
    );
    assert!(seconds < 15.0, "{seconds} s");
    for session in sessions {
        session.link.order(SessionOrder::Kill);
        timeout(PATIENCE, session.link.finished()).await.unwrap();
    }
}

#[tokio::test]
async fn what_can_never_work_fails_at_once_and_says_why() {
    let bench = Bench::with(LocalEnvdOptions::default()).await;
    let mut wrong = bench.endpoint(bench.direct_url());
    wrong.access_token = Some(Secret::new("wrong"));
    let mut session = Followed::start(EnvdClient::new(&wrong).unwrap(), "true");
    let news = session.next().await;
    assert!(
        matches!(&news, SessionNews::Failed(failure) if failure.kind == FailureKind::Denied),
        "{news:?}"
    );

    let mut session = Followed::open(bench.direct(), SessionEntry::Join(e2b_tui::domain::Pid(u32::MAX)));
    let news = session.next().await;
    assert!(
        matches!(&news, SessionNews::Failed(failure) if failure.kind == FailureKind::NotFound),
        "{news:?}"
    );
}

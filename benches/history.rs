//! How long a key takes in the search over a million remembered commands, beside fzf on the same lines in the same run.
//!
//! `cargo bench --bench history`; `ROWS=100000` makes it shorter.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use e2b_tui::domain::{CommandQuery, CommandScope};
use e2b_tui::history::{Entry, Index};

/// What people type, letter by letter.
const TYPED: [&str; 8] = [
    "cargo test",
    "git push",
    "kubectl get pods",
    "dkr run",
    "make 7",
    "ssh host-12",
    "xyzzy",
    "grep -rn error",
];
/// All of it is typed so often.
const ROUNDS: usize = 5;
/// Of hundred keys one may take longer than this.
const LIMIT: Duration = Duration::from_millis(30);

fn command(number: u64) -> String {
    let scattered = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    match number % 10 {
        0 => format!("cargo test --lib module_{scattered} -- --nocapture"),
        1 => format!(
            "git commit -m 'change {scattered}' && git push origin branch-{}",
            scattered % 997
        ),
        2 => format!(
            "kubectl get pods -n namespace-{} -o wide | grep job-{scattered}",
            scattered % 31
        ),
        3 => format!("docker run --rm -it -v $PWD:/src image:{scattered} bash"),
        4 => "ls -la".to_owned(),
        5 => format!("ssh host-{} 'tail -n 100 /var/log/app-{scattered}.log'", scattered % 50),
        6 => format!("python3 -m pytest tests/test_{scattered}.py -k name"),
        7 => format!("make -j{} target-{scattered}", scattered % 16),
        8 => format!("grep -rn 'error {scattered}' src/ | less"),
        _ => format!("cd /srv/project-{}/release-{scattered}", scattered % 100),
    }
}

fn index(rows: u64) -> (Index, String) {
    let mut index = Index::default();
    let mut lines = String::new();
    for number in 0..rows {
        let text = command(number);
        index.add(&Entry {
            id: number as i64 + 1,
            text: &text,
            started: 1_600_000_000 + number as u32,
            is_failure: number % 7 == 0,
            place: ("i1", "api", Some("base")),
            directory: Some("/src"),
            session: if number % 3 == 0 { "a" } else { "b" },
        });
        lines.push_str(&text);
        lines.push('\n');
    }
    (index, lines)
}

/// Every prefix of what is typed, as a search of its own: how long it took, and what it was.
fn keys(index: &mut Index, scope: &CommandScope) -> Vec<(Duration, &'static str)> {
    let mut times = Vec::new();
    for typed in TYPED {
        for end in 1..=typed.len() {
            let query = CommandQuery {
                text: typed[..end].to_owned(),
                scope: scope.clone(),
                limit: 300,
                ..CommandQuery::default()
            };
            let began = Instant::now();
            let found = index.search(&query, &|| true);
            times.push((began.elapsed(), &typed[..end]));
            assert!(found.is_some());
        }
    }
    times
}

fn percentile<T: Ord + Copy>(times: &mut [T], percent: usize) -> T {
    times.sort_unstable();
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

/// fzf as a filter: it reads all lines for each query, so that what reading alone takes is taken off.
fn fzf(lines: &str) -> Option<Vec<Duration>> {
    let once = |query: &str| -> Option<Duration> {
        let began = Instant::now();
        let mut child = Command::new("fzf")
            .args(["--filter", query])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .ok()?;
        let mut stdin = child.stdin.take()?;
        stdin.write_all(lines.as_bytes()).ok()?;
        drop(stdin);
        child.wait().ok()?;
        Some(began.elapsed())
    };
    // An exact word that is nowhere costs next to nothing but the reading.
    let reading = (0..3).filter_map(|_| once("'\u{1}\u{2}\u{3}")).min()?;
    let times = TYPED
        .iter()
        .map(|typed| once(typed).map(|took| took.saturating_sub(reading)));
    times.collect()
}

fn main() {
    let rows = std::env::var("ROWS").ok().and_then(|rows| rows.parse().ok());
    let rows = rows.unwrap_or(1_000_000);
    let began = Instant::now();
    let (mut index, lines) = index(rows);
    println!(
        "{} commands, {} different, put into memory in {:.1} s",
        index.len(),
        index.texts(),
        began.elapsed().as_secs_f64()
    );
    let mut is_slow = false;
    for (name, scope) in [
        ("everywhere", CommandScope::Everywhere),
        ("one sandbox", CommandScope::Sandbox("api".to_owned())),
        ("one shell", CommandScope::Session("a".to_owned())),
    ] {
        // The first search of a scope goes through all rows once.
        let first = keys(&mut index, &scope)[0].0;
        let mut times: Vec<_> = (0..ROUNDS).flat_map(|_| keys(&mut index, &scope)).collect();
        let (p99, slowest) = percentile(&mut times, 99);
        is_slow |= p99 > LIMIT;
        println!(
            "{name:<12} {} keys: p50 {:.1} ms, p99 {:.1} ms (`{slowest}`); first key of the scope {:.1} ms",
            times.len(),
            percentile(&mut times, 50).0.as_secs_f64() * 1e3,
            p99.as_secs_f64() * 1e3,
            first.as_secs_f64() * 1e3
        );
    }
    match fzf(&lines) {
        Some(mut times) => println!(
            "fzf --filter {} whole queries, without reading: p50 {:.1} ms, slowest {:.1} ms",
            times.len(),
            percentile(&mut times, 50).as_secs_f64() * 1e3,
            percentile(&mut times, 100).as_secs_f64() * 1e3
        ),
        None => println!("fzf is not installed: nothing to put beside it"),
    }
    if is_slow && std::env::var_os("ROWS").is_none() {
        println!("p99 is above {LIMIT:?}");
        std::process::exit(1);
    }
}

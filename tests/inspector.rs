//! The inspector against the embedded sandbox and this machine's own `/proc`: real processes, real sockets, every shell that
//! can be had, what it costs, and that nothing of it stays.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]
#![expect(clippy::panic, reason = "and say what it missed")]
#![expect(clippy::too_many_lines, reason = "a journey is told in one piece")]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixListener;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use e2b_tui::domain::{
    ActionOutcome, Observation, Pid, Process, ProcessKey, ProcessKind, ProcessState, Protocol, Sight, Signal, Socket,
    SocketEnds,
};
use e2b_tui::envd::{EnvdClient, EnvdErrorKind, Inspector};
use e2b_tui::local_envd::{LocalEnvd, LocalEnvdOptions};

#[path = "support/host_grammar.rs"]
mod host_grammar;

use host_grammar::assert_host_grammar;

const PATIENCE: Duration = Duration::from_secs(60);
const SOCKETS: Sight = Sight::Sockets;
const NO_SOCKETS: Sight = Sight::Processes;

/// Shells that a sandbox may have as `/bin/sh`.
const SHELLS: [&[&str]; 3] = [&["dash"], &["busybox", "ash"], &["bash", "--posix"]];

/// Dies with the test.
struct Killed(Child);

impl Killed {
    fn new(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap())
    }

    fn pid(&self) -> Pid {
        Pid(self.0.id())
    }

    /// Reads a line of its output, as a sign that it is ready.
    fn line(&mut self) -> String {
        let mut line = Vec::new();
        let out = self.0.stdout.as_mut().unwrap();
        let mut byte = [0];
        while out.read(&mut byte).unwrap() == 1 && byte[0] != b'\n' {
            line.push(byte[0]);
        }
        String::from_utf8(line).unwrap()
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn sandbox() -> (LocalEnvd, EnvdClient) {
    let server = LocalEnvd::start(LocalEnvdOptions::default()).await.unwrap();
    let mut endpoint = e2b_tui::domain::Endpoint::new(server.base_url());
    endpoint.access_token = server.token().cloned();
    let client = EnvdClient::new(&endpoint).unwrap();
    (server, client)
}

fn find(seen: &Observation, pid: Pid) -> &Process {
    seen.process(pid).unwrap_or_else(|| panic!("{pid} is not seen"))
}

fn key(seen: &Observation, pid: Pid) -> ProcessKey {
    find(seen, pid).key
}

/// Looks until something is as it should be.
async fn look_until(inspector: &mut Inspector, sight: Sight, is_so: impl Fn(&Observation) -> bool) -> Observation {
    let begin = Instant::now();
    loop {
        let seen = inspector.look(sight).await.unwrap();
        if is_so(&seen) {
            return seen;
        }
        assert!(begin.elapsed() < PATIENCE, "it never came to be");
    }
}

fn sleeping() -> Killed {
    Killed::new(Command::new("sleep").arg("1000"))
}

#[tokio::test]
async fn every_shell_sees_the_same_processes() {
    let mut named = Killed::new(Command::new("sh").args(["-c", "echo; read x", "a b\n(c) \x1b[2J\u{202e}"]));
    named.line();
    let (_server, client) = sandbox().await;
    for shell in SHELLS {
        let mut inspector = Inspector::new(&client).unwrap().with_shell(shell);
        let seen = inspector.look(SOCKETS).await.unwrap();
        let process = find(&seen, named.pid());
        let words = &process.command.as_ref().unwrap().words;
        assert_eq!(
            words.last().unwrap().unescaped(),
            "a b\n(c) \x1b[2J\u{202e}",
            "{shell:?}"
        );
        assert!(!process.title().contains('\x1b') && !process.title().contains('\u{202e}'));
        assert_eq!(process.owner.as_ref().unwrap().uid, nix::unistd::getuid().as_raw());
        assert_eq!(process.parent, Pid(std::process::id()));
        let helper = find(&seen, inspector.helper().unwrap());
        assert_eq!(helper.kind, ProcessKind::Ours);
        inspector.rest().await;
    }
}

#[tokio::test]
async fn a_shell_without_tools_sees_processes_all_the_same() {
    let child = sleeping();
    let (_server, client) = sandbox().await;
    let tools = tempfile::tempdir().unwrap();
    let path = format!("PATH={}", tools.path().display());
    for shell in [&["dash"][..], &["bash", "--posix"]] {
        let shell_path = format!("/bin/{}", shell[0]);
        let words: Vec<&str> = ["/usr/bin/env", &path, &shell_path]
            .into_iter()
            .chain(shell[1..].iter().copied())
            .collect();
        let mut inspector = Inspector::new(&client).unwrap().with_shell(&words);
        let seen = inspector.look(NO_SOCKETS).await.unwrap();
        let process = find(&seen, child.pid());
        // Without `head` no command line is sent: the short name stands for it.
        assert_eq!(process.title(), "[sleep]", "{shell:?}");
        assert!(seen.load.memory.total > 0 && seen.load.cpu.count > 0);
    }
}

#[tokio::test]
async fn names_and_command_lines_may_hold_anything() {
    let (_server, client) = sandbox().await;
    // A command line that looks like the boundary between answers, and what follows it.
    let boundary = std::fs::read("/proc/sys/kernel/random/boot_id").unwrap();
    let mut forged = b"x".to_vec();
    forged.extend(boundary.repeat(3));
    let long = vec![b'l'; 100 * 1024];
    let hostile: [&[u8]; 6] = [b"\xff\xfe\x80", b"new\nline", b") R 1 1 (", &forged, &long, b""];
    let children: Vec<Killed> = hostile
        .iter()
        .map(|word| {
            let mut child = Killed::new(
                Command::new("sh")
                    .args(["-c", "echo; read x", "sh"])
                    .arg(OsStr::from_bytes(word)),
            );
            child.line();
            child
        })
        .collect();
    let mut inspector = Inspector::new(&client).unwrap();
    let seen = inspector.look(NO_SOCKETS).await.unwrap();
    for (child, word) in children.iter().zip(hostile) {
        let command = find(&seen, child.pid()).command.clone().unwrap();
        let last = command.words.last().unwrap().unescaped();
        if word.len() > 4096 {
            assert!(command.is_cut && last.len() > 3000 && last.bytes().all(|byte| byte == b'l'));
            let details = inspector.details(key(&seen, child.pid()), false).await.unwrap();
            assert_eq!(details.command.words.last().unwrap().unescaped().len(), word.len());
        } else if word == forged {
            // Cut off from the other answers, its own is what stands before the first boundary.
            assert!(last == "x" || last == String::from_utf8_lossy(&forged), "{last:?}");
        } else if !word.is_empty() {
            assert_eq!(last, String::from_utf8_lossy(word));
        }
    }
    // A name is what the kernel was told, 15 bytes of it.
    for name in ["a) S 1 2 (b\nc", "tab\there"] {
        let script = "printf %s \"$1\" >/proc/self/comm; echo; read x";
        let mut child = Killed::new(Command::new("dash").args(["-c", script, "dash", name]));
        child.line();
        let seen = inspector.look(NO_SOCKETS).await.unwrap();
        assert_eq!(find(&seen, child.pid()).name.unescaped(), name);
    }
}

#[tokio::test]
async fn programs_come_go_become_others_and_leave_their_file_behind() {
    let (_server, client) = sandbox().await;
    let mut inspector = Inspector::new(&client).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("gone");
    std::fs::copy("/bin/sleep", &program).unwrap();
    // `sleep` does not look after the child that the shell leaves it.
    let careless = Killed::new(Command::new("sh").args(["-c", "true & exec sleep 1000"]));
    let parent = careless.pid();
    let is_zombie = |process: &Process| process.parent == parent && process.state == ProcessState::Zombie;
    let seen = look_until(&mut inspector, NO_SOCKETS, |seen| seen.processes.iter().any(is_zombie)).await;
    let zombie = seen.processes.iter().find(|process| is_zombie(process)).unwrap();
    assert_eq!((zombie.title().as_str(), zombie.resident), ("[sh]", 0));

    // A shell that becomes another program on a sign.
    let script = "echo ready; read x; exec \"$0\" 1000";
    let mut child = Killed::new(Command::new("dash").args(["-c", script]).arg(&program).arg0("before"));
    assert_eq!(child.line(), "ready");
    let pid = child.pid();
    let seen = inspector.look(NO_SOCKETS).await.unwrap();
    let first = key(&seen, pid);
    assert!(find(&seen, pid).title().starts_with("before -c"));

    child.0.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
    let is_other = |seen: &Observation| {
        seen.process(pid)
            .is_some_and(|process| process.name.unescaped() == "gone")
    };
    let seen = look_until(&mut inspector, NO_SOCKETS, is_other).await;
    assert_eq!(key(&seen, pid), first, "the same process");
    assert_eq!(find(&seen, pid).title(), format!("{} 1000", program.display()));

    std::fs::remove_file(&program).unwrap();
    let details = inspector.details(first, true).await.unwrap();
    let executable = details.places.executable.unwrap();
    assert_eq!(executable.unescaped(), format!("{} (deleted)", program.display()));
    assert_eq!(
        details.places.directory.unwrap().unescaped(),
        std::env::current_dir().unwrap().to_str().unwrap()
    );
    let paths: Vec<u32> = details.files.unwrap().iter().map(|file| file.descriptor).collect();
    assert!(paths.starts_with(&[0, 1, 2]), "{paths:?}");
    assert!(
        details
            .limits
            .iter()
            .any(|limit| limit.name.unescaped() == "Max open files")
    );
    assert!(details.memory.iter().any(|fact| fact.name.unescaped() == "VmRSS"));
    let has_path = |variable: &e2b_tui::domain::Variable| {
        variable.name.unescaped() == "PATH" && variable.value.expose() == std::env::var("PATH").unwrap()
    };
    assert!(details.environment.unwrap().iter().any(has_path));

    drop(child);
    let error = inspector.details(first, false).await.unwrap_err();
    assert_eq!(error.kind(), EnvdErrorKind::NotFound);
    let seen = inspector.look(NO_SOCKETS).await.unwrap();
    assert!(seen.process(pid).is_none());
}

#[tokio::test]
async fn a_storm_of_processes_is_survived() {
    let (_server, client) = sandbox().await;
    let mut inspector = Inspector::new(&client).unwrap();
    let script = "while :; do for i in 1 2 3 4 5 6 7 8; do /bin/true & done; wait; done";
    let storm = Killed::new(Command::new("sh").args(["-c", script]));
    for _ in 0..10 {
        let seen = inspector.look(SOCKETS).await.unwrap();
        assert!(seen.processes.is_sorted_by_key(|process| process.key.pid));
        find(&seen, storm.pid());
    }
}

#[tokio::test]
async fn signals_reach_who_is_meant_and_nobody_else() {
    let (_server, client) = sandbox().await;
    let mut inspector = Inspector::new(&client).unwrap();
    let (mut one, mut two) = (sleeping(), sleeping());
    let seen = inspector.look(NO_SOCKETS).await.unwrap();
    let (first, second) = (key(&seen, one.pid()), key(&seen, two.pid()));
    let later = ProcessKey {
        started: second.started + 1,
        ..second
    };
    let gone = ProcessKey {
        pid: Pid(4_000_000),
        started: 1,
    };
    let outcomes = inspector
        .signal(Signal::named("USR1").unwrap(), &[first, later, gone])
        .await
        .unwrap();
    let expected = [
        (first, ActionOutcome::Done),
        (later, ActionOutcome::Replaced),
        (gone, ActionOutcome::Gone),
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(one.0.wait().unwrap().signal(), Some(10));
    assert!(two.0.try_wait().unwrap().is_none(), "its number alone is not enough");

    assert_eq!(
        inspector.renice(7, &[second]).await.unwrap(),
        [(second, ActionOutcome::Done)]
    );
    let seen = inspector.look(NO_SOCKETS).await.unwrap();
    assert_eq!(find(&seen, second.pid).nice, 7);

    for signal in Signal::ALL {
        let outcomes = inspector.signal(signal, &[gone]).await.unwrap();
        assert_eq!(outcomes, [(gone, ActionOutcome::Gone)], "{signal}");
    }
    // What envd started is ended by envd.
    let spec = e2b_tui::domain::ProgramSpec::new("sleep", ["1000"]);
    let io = e2b_tui::envd::ProcessIo::Pipes { stdin: false };
    let mut stream = client.start(&spec, io).await.unwrap();
    let seen = inspector.look(NO_SOCKETS).await.unwrap();
    let owned = key(&seen, stream.pid());
    assert_eq!(
        inspector.signal(Signal::TERM, &[owned]).await.unwrap(),
        [(owned, ActionOutcome::Done)]
    );
    let ended = loop {
        if let Some(e2b_tui::envd::ProcessEvent::Ended(status)) = stream.next().await.unwrap() {
            break status;
        }
    };
    assert_eq!(ended.shell_code(), 143);
}

#[tokio::test]
async fn sockets_of_every_kind_are_seen_with_their_holder() {
    let (_server, client) = sandbox().await;
    let mut inspector = Inspector::new(&client).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a b\nc");
    let four = TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let unix = UnixListener::bind(&path).unwrap();
    let six = TcpListener::bind("[::1]:0").ok();
    let thousands: Vec<(TcpStream, TcpStream)> = (0..1000)
        .map(|_| {
            let out = TcpStream::connect(four.local_addr().unwrap()).unwrap();
            (out, four.accept().unwrap().0)
        })
        .collect();
    let me = Pid(std::process::id());
    let seen = inspector.look(SOCKETS).await.unwrap();
    let sockets = seen.sockets.as_ref().unwrap();
    let mine = |socket: &&Socket| socket.holders == [me];
    let listens = |protocol: Protocol, local| {
        let found = sockets
            .iter()
            .filter(mine)
            .find(|one| one.protocol == protocol && one.local() == Some(local));
        found.unwrap_or_else(|| panic!("{protocol} {local}")).is_listener()
    };
    assert!(listens(Protocol::Tcp, four.local_addr().unwrap()));
    assert!(listens(Protocol::Udp, udp.local_addr().unwrap()));
    if let Some(six) = six {
        assert!(listens(Protocol::Tcp6, six.local_addr().unwrap()));
    }
    let of_path = |socket: &&Socket| match &socket.ends {
        SocketEnds::Unix(Some(name)) => name
            .unescaped()
            .starts_with(&format!("{}/a b", folder.path().display())),
        _ => false,
    };
    assert!(
        sockets
            .iter()
            .filter(mine)
            .any(|socket| of_path(&socket) && socket.is_listener())
    );
    let peers = sockets
        .iter()
        .filter(mine)
        .filter(|socket| socket.peer() == Some(four.local_addr().unwrap()));
    assert_eq!(peers.count(), thousands.len());
    drop(unix);
}

#[tokio::test]
async fn what_ps_and_ss_say_is_what_we_see() {
    let (_server, client) = sandbox().await;
    let mut inspector = Inspector::new(&client).unwrap();
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let children: Vec<Killed> = (0..20).map(|_| sleeping()).collect();
    let text = |program: &str, words: &[&str]| {
        let output = Command::new(program).args(words).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    // The kernel counts pages on each processor apart and adds them up only now and then: `stat`, which we read, may be so
    // much behind `status`, which `ps` reads. Three kinds of pages, up to 32 of each on a processor, 4 KiB each.
    let processors = std::thread::available_parallelism().unwrap().get() as u64;
    let slack = 3 * 32.max(2 * processors) * processors * 4;
    // What was there before and after is what all three must agree on; others come and go meanwhile.
    let begin = Instant::now();
    loop {
        let before = text("ps", &["-eo", "pid=,ppid=,rss=,nlwp=,lstart="]);
        let ports_before = text("ss", &["-tlnH"]);
        let seen = inspector.look(SOCKETS).await.unwrap();
        let after = text("ps", &["-eo", "pid=,ppid=,rss=,nlwp=,lstart="]);
        let ports_after = text("ss", &["-tlnH"]);
        let rows = |text: &str| -> BTreeMap<u32, (u32, u64, u32)> {
            let row = |line: &str| {
                let mut words = line.split_whitespace();
                let mut next = || words.next().unwrap().parse::<u64>().unwrap();
                (next() as u32, (next() as u32, next(), next() as u32))
            };
            text.lines().map(row).collect()
        };
        let (before, after) = (rows(&before), rows(&after));
        let still: BTreeMap<_, _> = before
            .into_iter()
            .filter(|(pid, row)| after.get(pid) == Some(row))
            .collect();
        assert!(still.len() > children.len());
        for (pid, (parent, resident, threads)) in still {
            let process = find(&seen, Pid(pid));
            assert_eq!((process.parent, process.threads), (Pid(parent), threads), "{pid}");
            let apart = (process.resident / 1024).abs_diff(resident);
            assert!(
                apart <= slack,
                "{pid} {}: {} and {resident} KiB",
                process.title(),
                process.resident / 1024
            );
        }
        for child in &children {
            find(&seen, child.pid());
        }
        if ports_before != ports_after {
            assert!(begin.elapsed() < PATIENCE, "listeners never stand still");
            continue;
        }
        let port = |address: &str| address.rsplit(':').next().unwrap().parse::<u16>().unwrap();
        let mut theirs: Vec<u16> = ports_after
            .lines()
            .map(|line| port(line.split_whitespace().nth(3).unwrap()))
            .collect();
        let is_listener =
            |socket: &&Socket| matches!(socket.protocol, Protocol::Tcp | Protocol::Tcp6) && socket.is_listener();
        let sockets = seen.sockets.as_ref().unwrap().iter().filter(is_listener);
        let mut ours: Vec<u16> = sockets.map(|socket| socket.local().unwrap().port()).collect();
        theirs.sort_unstable();
        ours.sort_unstable();
        if ours != theirs {
            // One opened and closed in between.
            assert!(begin.elapsed() < PATIENCE, "{ours:?} {theirs:?}");
            continue;
        }
        assert!(ours.contains(&listener.local_addr().unwrap().port()));
        return;
    }
}

/// Processor time of a process and of the children it has waited for, in milliseconds.
fn cost(pid: Pid) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = text.rsplit(") ").next().unwrap().split(' ').collect();
    fields[11..15]
        .iter()
        .map(|ticks| ticks.parse::<u64>().unwrap() * 10)
        .sum()
}

#[tokio::test]
async fn looking_is_cheap_for_the_sandbox_and_the_wire() {
    const LOOKS: u64 = 40;
    let (_server, client) = sandbox().await;
    let _children: Vec<Killed> = (0..300).map(|_| sleeping()).collect();
    let mut inspector = Inspector::new(&client).unwrap().with_shell(&["dash"]);
    // The first looks learn the command lines.
    let begin = Instant::now();
    let mut seen = inspector.look(NO_SOCKETS).await.unwrap();
    while begin.elapsed() < Duration::from_secs(5) {
        seen = inspector.look(NO_SOCKETS).await.unwrap();
    }
    assert!(seen.processes.len() >= 300);
    let helper = inspector.helper().unwrap();
    let before = cost(helper);
    let mut bytes = 0;
    for _ in 0..LOOKS {
        bytes += inspector.look(NO_SOCKETS).await.unwrap().wire_bytes as u64;
    }
    assert_eq!(inspector.helper(), Some(helper), "the same helper all the time");
    let (milliseconds, bytes) = ((cost(helper) - before) as f64 / LOOKS as f64, bytes / LOOKS);
    println!(
        "a look at {} processes: {milliseconds:.1} ms, {bytes} bytes",
        seen.processes.len()
    );
    // One every two seconds: 1 % of a processor are 20 ms, 20 KB/s are 40 KB.
    assert!(milliseconds <= 20.0, "{milliseconds} ms a look");
    assert!(bytes <= 40_000, "{bytes} bytes a look");
}

fn helpers() -> Vec<Pid> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let pid = entry.file_name().to_string_lossy().parse::<u32>();
        let command = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if let Ok(pid) = pid
            && command.ends_with(b"\0e2b-tui-inspector\0")
        {
            found.push(Pid(pid));
        }
    }
    found
}

async fn until_gone(pid: Pid) -> Duration {
    let begin = Instant::now();
    while helpers().contains(&pid) {
        assert!(begin.elapsed() < PATIENCE, "{pid} stays");
        tokio::task::yield_now().await;
    }
    begin.elapsed()
}

#[tokio::test]
async fn nothing_stays_in_the_sandbox() {
    let (_server, client) = sandbox().await;
    let mut inspector = Inspector::new(&client).unwrap().with_lease(Duration::from_secs(6));
    inspector.look(NO_SOCKETS).await.unwrap();
    let first = inspector.helper().unwrap();
    assert!(helpers().contains(&first));
    // Told to end, it ends.
    inspector.rest().await;
    until_gone(first).await;
    // Renewed before its lease is over, and the old one ends.
    inspector.look(NO_SOCKETS).await.unwrap();
    let second = inspector.helper().unwrap();
    let begin = Instant::now();
    while inspector.helper() == Some(second) {
        assert!(begin.elapsed() < PATIENCE, "never renewed");
        inspector.look(NO_SOCKETS).await.unwrap();
    }
    until_gone(second).await;
    // Forgotten, it ends with its lease.
    let third = inspector.helper().unwrap();
    drop(inspector);
    until_gone(third).await;
}

#[tokio::test]
async fn nothing_stays_when_we_are_killed() {
    // The sandbox is a program of its own; who looks into it is killed without warning.
    let home = tempfile::tempdir().unwrap();
    let (_server, address) = sandbox_program(home.path());
    let client = EnvdClient::new(&e2b_tui::domain::Endpoint::new(address)).unwrap();
    let watcher = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "watches_until_it_is_killed", "--nocapture"])
        .env("E2B_TUI_TEST_WATCHED", client.endpoint_name())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut watcher = Killed(watcher);
    let pid = loop {
        let line = watcher.line();
        if let Some((_, pid)) = line.split_once("helper ") {
            break Pid(pid.trim().parse().unwrap());
        }
    };
    assert!(helpers().contains(&pid));
    drop(watcher);
    until_gone(pid).await;
}

/// Run by the test above in a process of its own; alone it does nothing.
#[tokio::test]
async fn watches_until_it_is_killed() {
    let Ok(address) = std::env::var("E2B_TUI_TEST_WATCHED") else {
        return;
    };
    let client = EnvdClient::new(&e2b_tui::domain::Endpoint::new(address)).unwrap();
    let mut inspector = Inspector::new(&client).unwrap().with_lease(Duration::from_secs(5));
    inspector.look(NO_SOCKETS).await.unwrap();
    println!("\nhelper {}", inspector.helper().unwrap());
    std::future::pending::<()>().await;
}

/// The sandbox as a program of its own, and how to reach it.
fn sandbox_program(home: &std::path::Path) -> (Killed, String) {
    let mut server = Killed::new(
        Command::new(env!("CARGO_BIN_EXE_e2b-tui"))
            .args(["serve", "--no-token"])
            .env("HOME", home),
    );
    let mut line = server.line();
    while !line.contains("http://") {
        line = server.line();
    }
    let at = line.find("http://").unwrap();
    let address = line[at..].chars().take_while(|letter| !letter.is_whitespace());
    (server, address.collect())
}

/// The helpers that were started by this sandbox.
fn helpers_of(server: Pid) -> Vec<Pid> {
    let parent = |pid: Pid| {
        let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let fields = text.rsplit(") ").next().unwrap_or_default().to_owned();
        fields.split(' ').nth(1).and_then(|parent| parent.parse().ok()).map(Pid)
    };
    let is_below = |pid: &Pid| {
        let mut next = parent(*pid);
        for _ in 0..8 {
            if next == Some(server) {
                return true;
            }
            next = next.and_then(parent);
        }
        false
    };
    helpers().into_iter().filter(is_below).collect()
}

/// Waits for something, looking at it again and again.
async fn until(what: &str, is_so: impl Fn() -> bool) -> Duration {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < PATIENCE, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    begin.elapsed()
}

/// The workbench in a terminal that another embedded sandbox gives, looking at the processes of the sandbox at `address`.
async fn workbench(terminal: &EnvdClient, address: &str, home: &std::path::Path) -> e2b_tui::domain::Pid {
    let mut program = e2b_tui::domain::ProgramSpec::new(env!("CARGO_BIN_EXE_e2b-tui"), [address]).for_terminal();
    program.envs.insert("HOME".to_owned(), home.display().to_string());
    let io = e2b_tui::envd::ProcessIo::Terminal(e2b_tui::domain::GridSize::new(100, 30));
    let mut stream = terminal.start(&program, io).await.unwrap();
    let pid = stream.pid();
    let written = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let kept = std::sync::Arc::clone(&written);
    tokio::spawn(async move {
        while let Ok(Some(event)) = stream.next().await {
            if let e2b_tui::envd::ProcessEvent::Terminal(bytes) = event {
                kept.lock().unwrap().extend_from_slice(&bytes);
            }
        }
    });
    let has = |text: &str| String::from_utf8_lossy(&written.lock().unwrap()).contains(text);
    until("a living pane", || has("live")).await;
    terminal.send_terminal_input(pid, "\x02P".into()).await.unwrap();
    until("a list of processes", || has("load")).await;
    assert_host_grammar(&written.lock().unwrap());
    pid
}

#[tokio::test]
async fn the_workbench_leaves_no_helper_when_it_is_left() {
    let home = tempfile::tempdir().unwrap();
    let (server, address) = sandbox_program(home.path());
    let (_terminal, client) = sandbox().await;
    let pid = workbench(&client, &address, home.path()).await;
    until("a helper", || !helpers_of(server.pid()).is_empty()).await;
    client.send_terminal_input(pid, "\x02d".into()).await.unwrap();
    until("the end of the workbench", || {
        !std::path::Path::new(&format!("/proc/{pid}")).exists()
    })
    .await;
    let took = until("no helper", || helpers_of(server.pid()).is_empty()).await;
    println!("no helper {} ms after the end", took.as_millis());
    assert!(
        took < Duration::from_secs(10),
        "it was told, not left to its lease: {took:?}"
    );
}

#[tokio::test]
async fn the_workbench_leaves_no_helper_when_it_is_killed_and_the_lease_is_over() {
    let home = tempfile::tempdir().unwrap();
    let (server, address) = sandbox_program(home.path());
    let (_terminal, client) = sandbox().await;
    let pid = workbench(&client, &address, home.path()).await;
    until("a helper", || !helpers_of(server.pid()).is_empty()).await;
    client.signal(pid, e2b_tui::domain::TerminalSignal::Kill).await.unwrap();
    let took = until("no helper", || helpers_of(server.pid()).is_empty()).await;
    println!("no helper {} ms after kill -9", took.as_millis());
    assert!(took <= e2b_tui::envd::LEASE + Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn nobody_knocks_again_at_a_sandbox_that_may_sleep() {
    let (_server, client) = sandbox().await;
    // Whoever is asked says that it sleeps.
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = std::sync::Arc::clone(&asked);
    let client = client.behind(std::sync::Arc::new(move || {
        counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Box::pin(async {
            Err(e2b_tui::envd::EnvdError::new(
                EnvdErrorKind::Gone,
                "the sandbox is paused",
            ))
        })
    }));
    let mut inspector = Inspector::new(&client).unwrap().with_lease(Duration::from_secs(8));
    inspector.look(NO_SOCKETS).await.unwrap();
    let first = inspector.helper().unwrap();
    // To rest is to leave it to its lease: a farewell would wake the sandbox.
    inspector.rest().await;
    assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 1);
    assert!(helpers().contains(&first));
    until_gone(first).await;
    // After an answer that stayed away nothing is started before somebody has said that it is awake.
    inspector.look(NO_SOCKETS).await.unwrap();
    let second = inspector.helper().unwrap();
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(second.0.cast_signed()),
        nix::sys::signal::Signal::SIGKILL,
    )
    .unwrap();
    inspector.look(NO_SOCKETS).await.unwrap_err();
    for _ in 0..3 {
        let error = inspector.look(NO_SOCKETS).await.unwrap_err();
        assert_eq!(error.kind(), EnvdErrorKind::Gone, "{error}");
        assert_eq!(inspector.helper(), None);
    }
    let _ = inspector
        .details(
            ProcessKey {
                pid: Pid(1),
                started: 0,
            },
            true,
        )
        .await
        .unwrap_err();
}

#[tokio::test]
async fn the_load_alone_is_seen_without_processes() {
    let (_server, client) = sandbox().await;
    let mut inspector = Inspector::new(&client).unwrap();
    inspector.look(Sight::Load).await.unwrap();
    let seen = inspector.look(Sight::Load).await.unwrap();
    assert!(seen.processes.is_empty() && seen.sockets.is_none());
    assert!(seen.load.memory.total > 0 && !seen.load.uptime.is_zero());
    assert!(seen.wire_bytes < 4_000, "{} bytes", seen.wire_bytes);
}

#[tokio::test]
async fn the_tools_of_toybox_serve_as_well() {
    let Ok(output) = Command::new("toybox").output() else {
        println!("not shown here: there is no toybox");
        return;
    };
    let tools = tempfile::tempdir().unwrap();
    let toybox = Command::new("sh").args(["-c", "command -v toybox"]).output().unwrap();
    let toybox = String::from_utf8(toybox.stdout).unwrap();
    for tool in String::from_utf8(output.stdout).unwrap().split_whitespace() {
        std::os::unix::fs::symlink(toybox.trim(), tools.path().join(tool)).unwrap();
    }
    let has_shell = tools.path().join("sh").exists();
    let path = format!("PATH={}", tools.path().display());
    let own = tools.path().join("sh").display().to_string();
    let mut shells = vec!["/bin/dash"];
    shells.extend(has_shell.then_some(own.as_str()));
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("a\nb");
    let child = Command::new("sleep")
        .arg("1000")
        .stdout(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let child = Killed(child);
    let (_server, client) = sandbox().await;
    for shell in shells {
        let mut inspector = Inspector::new(&client)
            .unwrap()
            .with_shell(&["/usr/bin/env", &path, shell]);
        let seen = inspector.look(SOCKETS).await.unwrap();
        let process = find(&seen, child.pid());
        assert_eq!(process.title(), "sleep 1000");
        let details = inspector.details(process.key, true).await.unwrap();
        let files = details.files.unwrap();
        let out = files.iter().find(|file| file.descriptor == 1).unwrap();
        assert!(
            out.target
                .unescaped()
                .starts_with(&format!("{}/a", folder.path().display()))
        );
        assert!(!details.environment.unwrap().is_empty());
        for nice in [3, 5] {
            let outcome = inspector.renice(nice, &[process.key]).await.unwrap();
            assert_eq!(outcome, [(process.key, ActionOutcome::Done)]);
            let seen = inspector.look(NO_SOCKETS).await.unwrap();
            assert_eq!(
                (key(&seen, child.pid()), find(&seen, child.pid()).nice),
                (process.key, nice)
            );
        }
    }
}

#[tokio::test]
async fn a_shell_at_a_process_has_its_directory_and_its_variables() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new("sleep");
    child.arg("1000").current_dir(folder.path());
    child.env_clear().envs([
        ("PATH", "/usr/bin:/bin"),
        ("TWO", "two words\nand a line"),
        ("-u", "x"),
        ("EMPTY", ""),
    ]);
    let child = Killed::new(&mut child);
    let script = include_str!("../assets/process_shell.sh");
    // Its standard input is the terminal's: here a terminal of its own.
    let (_server, client) = sandbox().await;
    for shell in ["/bin/dash", "/bin/bash", "busybox"] {
        let words: Vec<String> = [
            if shell == "busybox" {
                vec!["ash", "-c", script]
            } else {
                vec!["-c", script]
            },
            vec![
                "sh",
                &child.pid().to_string(),
                "sh",
                "-c",
                "pwd; echo \"[$TWO][$EMPTY][$TERM]\"; env | grep -c ^; tty",
            ],
        ]
        .concat()
        .iter()
        .map(|word| (*word).to_owned())
        .collect();
        let program = e2b_tui::domain::ProgramSpec::new(shell, words);
        let io = e2b_tui::envd::ProcessIo::Terminal(e2b_tui::domain::GridSize::new(200, 30));
        let mut stream = client.start(&program, io).await.unwrap();
        let mut text = String::new();
        loop {
            match stream.next().await.unwrap() {
                Some(e2b_tui::envd::ProcessEvent::Terminal(bytes)) => text.push_str(&String::from_utf8_lossy(&bytes)),
                Some(e2b_tui::envd::ProcessEvent::Ended(status)) => {
                    assert!(status.is_success(), "{shell}: {text}");
                    break;
                }
                _ => {}
            }
        }
        let text = text.replace('\r', "");
        assert!(
            text.contains(&format!("{}\n", folder.path().display())),
            "{shell}: {text}"
        );
        assert!(
            text.contains("[two words\nand a line][][xterm-256color]"),
            "{shell}: {text}"
        );
        assert!(text.contains("/dev/pts/"), "{shell}: {text}");
    }
}

#[tokio::test]
async fn without_a_shell_it_says_so() {
    let (_server, client) = sandbox().await;
    for shell in [&["/no/such/shell"][..], &["/bin/false"]] {
        let mut inspector = Inspector::new(&client).unwrap().with_shell(shell);
        let error = inspector.look(NO_SOCKETS).await.unwrap_err();
        assert_eq!(error.kind(), EnvdErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains("/bin/sh"), "{error}");
    }
    // Everything else goes on.
    client.list_processes().await.unwrap();
}

#[tokio::test]
async fn a_sandbox_that_hides_processes_shows_the_own_ones() {
    // In a mount namespace of its own, /proc is mounted so that users see only what is theirs.
    let (_server, client) = sandbox().await;
    let words = [
        "unshare",
        "-m",
        "sh",
        "-c",
        "mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid 65534 --regid 65534 --clear-groups sh \"$@\"",
        "sh",
    ];
    let can = Command::new(words[0]).args(&words[1..]).args(["-c", ":"]).output();
    if !can.is_ok_and(|output| output.status.success()) {
        println!("not shown here: this user may not mount /proc");
        return;
    }
    let child = sleeping();
    let mut inspector = Inspector::new(&client).unwrap().with_shell(&words);
    let seen = inspector.look(SOCKETS).await.unwrap();
    assert!(seen.process(child.pid()).is_none());
    let helper = find(&seen, inspector.helper().unwrap());
    assert_eq!(helper.owner.as_ref().unwrap().uid, 65534);
    assert!(seen.load.memory.total > 0);
}

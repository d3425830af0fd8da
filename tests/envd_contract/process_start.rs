//! Start: the order of events, what reaches the program, and commands that cannot run (`envd-wire.md` 4.3).

use e2b_tui::wire::generated::process::StartRequest;

use crate::bench::{Bench, command, eventually, shell_command};
use crate::case::{Case, in_each_dialect};
use crate::process_stream::{News, exited};

pub fn cases() -> Vec<Case> {
    in_each_dialect!["process::start";
        events_come_in_order, stdout_and_stderr_are_apart, output_is_whole, output_comes_as_it_is, chunks_are_small,
        output_is_sent_at_once, arguments_arrive_intact, the_number_is_the_commands_own, a_command_may_be_a_path,
        unknown_command_exits_127, no_command_exits_127, file_without_execute_bit_exits_126, folder_exits_126,
        the_program_outlives_the_caller, output_without_subscriber_is_discarded, keepalive_comes_when_idle,
        keepalive_does_not_come_between_data, unreadable_keepalive_interval_is_ignored,
        a_held_pipe_delays_the_end,
    ]
}

/// What `command` ends with when it can run nothing: no error of the call, only an exit code and a complaint.
async fn cannot_run(bench: &Bench, request: StartRequest, code: i32) {
    let finished = bench.start(request).await.finish().await;
    assert_eq!(finished.end, exited(code), "{}", finished.stderr());
    assert_eq!(finished.out, b"");
    assert!(!finished.err.is_empty(), "no complaint");
}

async fn events_come_in_order(bench: Bench) {
    // That the first event is the start, and that nothing follows the end, is checked for every stream.
    let mut running = bench.start(shell_command("echo one; echo two >&2; exit 3")).await;
    assert_ne!(running.pid, 0);
    let mut output = 0;
    loop {
        match running.next().await {
            News::Stdout(bytes) | News::Stderr(bytes) => output += bytes.len(),
            News::Ended(end) => break assert_eq!(end, exited(3)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(output, "one\ntwo\n".len(), "output after the end");
    assert_eq!(running.try_next().await.unwrap(), None);
}

async fn stdout_and_stderr_are_apart(bench: Bench) {
    let finished = bench.shell("echo out; echo err >&2").await.succeeded();
    assert_eq!((finished.stdout(), finished.stderr()), ("out\n".into(), "err\n".into()));
    assert_eq!(finished.terminal, b"");
}

async fn output_is_whole(bench: Bench) {
    let finished = bench.shell("seq 1 200000").await.succeeded();
    let expected = (1..=200_000)
        .map(|number| format!("{number}\n"))
        .collect::<Vec<_>>()
        .concat();
    assert!(
        finished.stdout() == expected,
        "{} bytes of {}",
        finished.out.len(),
        expected.len()
    );
}

async fn output_comes_as_it_is(bench: Bench) {
    let script = r"i=0; while [ $i -lt 256 ]; do printf \\$(printf %03o $i); i=$((i+1)); done";
    let finished = bench.shell(script).await.succeeded();
    assert_eq!(finished.out, (0..=255).collect::<Vec<u8>>());
}

async fn chunks_are_small(bench: Bench) {
    let mut running = bench.start(shell_command("head -c 1000000 /dev/zero")).await;
    let mut total = 0;
    loop {
        match running.next().await {
            News::Stdout(bytes) => {
                assert!(bytes.len() <= 32 << 10, "{} bytes in one event", bytes.len());
                total += bytes.len();
            }
            News::Ended(_) => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(total, 1_000_000);
}

async fn output_is_sent_at_once(bench: Bench) {
    // One byte, while the program goes on waiting: it must not lie in any buffer.
    let mut running = bench.start(shell_command("printf x; read -r line; printf y")).await;
    assert_eq!(running.next().await, News::Stdout(b"x".to_vec()));
    bench.send_stdin(running.pid, "\n").await;
    assert_eq!(running.finish().await.succeeded().stdout(), "y");
}

async fn arguments_arrive_intact(bench: Bench) {
    let args = [
        "",
        "a b",
        "$HOME",
        "'\"`\\",
        "*",
        "--",
        "-n",
        "two\nlines",
        "größe",
        ";exit 9",
    ];
    let request = command("printf", &[&["<%s>"], args.as_slice()].concat());
    let expected = args.map(|arg| format!("<{arg}>")).concat();
    assert_eq!(bench.start(request).await.finish().await.succeeded().stdout(), expected);
}

async fn the_number_is_the_commands_own(bench: Bench) {
    let finished = bench.shell("echo $$").await.succeeded();
    assert_eq!(finished.stdout(), format!("{}\n", finished.pid));
}

async fn a_command_may_be_a_path(bench: Bench) {
    let folder = bench
        .folder_with("printf '#!/bin/sh\\necho \"script $1\"\\n' > 'run me' && chmod +x 'run me'")
        .await;
    let finished = bench
        .start(command(&format!("{folder}/run me"), &["now"]))
        .await
        .finish()
        .await;
    assert_eq!(finished.succeeded().stdout(), "script now\n");
}

async fn unknown_command_exits_127(bench: Bench) {
    cannot_run(&bench, command("no-such-command-anywhere", &[]), 127).await;
    cannot_run(&bench, command("/no/such/command", &["x"]), 127).await;
}

async fn no_command_exits_127(bench: Bench) {
    cannot_run(&bench, command("", &[]), 127).await;
}

async fn file_without_execute_bit_exits_126(bench: Bench) {
    let folder = bench.folder_with("echo 'echo no' > plain && chmod 644 plain").await;
    cannot_run(&bench, command(&format!("{folder}/plain"), &[]), 126).await;
}

async fn folder_exits_126(bench: Bench) {
    cannot_run(&bench, command("/tmp", &[]), 126).await;
}

async fn the_program_outlives_the_caller(bench: Bench) {
    let running = bench
        .start(shell_command("read -r line; echo \"got $line\"; read -r line"))
        .await;
    let pid = running.pid;
    drop(running);
    assert!(bench.is_listed(pid).await);
    let mut joined = bench.join(pid).await;
    bench.send_stdin(pid, "it\n").await;
    joined.until("got it\n").await;
    bench.kill(joined).await;
}

async fn output_without_subscriber_is_discarded(bench: Bench) {
    let folder = bench.folder().await;
    let script = format!("read -r x; echo lost; touch {folder}/said; read -r x; echo kept");
    let running = bench.start(shell_command(&script)).await;
    let pid = running.pid;
    drop(running);
    bench.send_stdin(pid, "\n").await;
    eventually(|| bench.exists_at(&folder, "said")).await;
    let joined = bench.join(pid).await;
    bench.send_stdin(pid, "\n").await;
    assert_eq!(joined.finish().await.succeeded().stdout(), "kept\n");
}

async fn keepalive_comes_when_idle(bench: Bench) {
    let request = crate::bench::with_header(shell_command("read -r line"), "keepalive-ping-interval", "1");
    let mut running = bench.start(request).await;
    assert_eq!(running.next().await, News::KeepAlive);
    assert_eq!(running.next().await, News::KeepAlive);
    bench.kill(running).await;
}

async fn keepalive_does_not_come_between_data(bench: Bench) {
    // Twenty times 0.2 s is longer than the interval, and no gap is nearly as long as it.
    let script = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 0.2; echo $i; done";
    let request = crate::bench::with_header(shell_command(script), "keepalive-ping-interval", "3");
    let mut running = bench.start(request).await;
    loop {
        match running.next().await {
            News::Stdout(_) => {}
            News::Ended(end) => break assert_eq!(end, exited(0)),
            other => panic!("{other:?}"),
        }
    }
}

async fn unreadable_keepalive_interval_is_ignored(bench: Bench) {
    for value in ["soon", "", "1.5"] {
        let request = crate::bench::with_header(shell_command("echo fine"), "keepalive-ping-interval", value);
        assert_eq!(bench.start(request).await.finish().await.succeeded().stdout(), "fine\n");
    }
}

async fn a_held_pipe_delays_the_end(bench: Bench) {
    let folder = bench.folder_with("mkfifo gate").await;
    let mut running = bench
        .start(shell_command(&format!(
            "(read -r x < {folder}/gate; echo late) & exit 4"
        )))
        .await;
    // Gone or a zombie: the command itself has exited.
    let state = format!(
        "test ! -e /proc/{0} || grep -q '^State:.Z' /proc/{0}/status",
        running.pid
    );
    eventually(|| bench.shell_succeeds(&state)).await;
    bench.shell(&format!("echo > {folder}/gate")).await.succeeded();
    assert_eq!(running.next().await, News::Stdout(b"late\n".to_vec()));
    assert_eq!(running.finish().await.end, exited(4));
}

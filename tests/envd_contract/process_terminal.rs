//! Terminals: their size, their session, what keys do, when they end (`envd-wire.md` 4.3, 4.5).

use e2b_tui::wire::generated::process::{Pty, StartRequest};
use tonic::Code;

use crate::bench::{Bench, by_pid, command, in_terminal, message, refused, shell_command, terminal};
use crate::case::{Case, Need, in_each_dialect, needing};
use crate::process_stream::{News, exited, signalled};

pub fn cases() -> Vec<Case> {
    [
        in_each_dialect!["process::terminal";
            output_is_terminal_data, size_is_taken, size_wraps_at_16_bits, no_size_is_0_by_0,
            it_is_a_terminal_with_a_session, stdin_field_is_ignored, input_is_echoed, ctrl_d_ends_input, ctrl_z_stops, children_do_not_delay_the_end, chunks_are_small,
            any_bytes_pass_both_ways, an_interactive_shell_works, cannot_run_exits_127,
        ],
        in_each_dialect!["process::update";
            resizes, tells_the_program, no_size_in_a_terminal_is_0_by_0, size_wraps_at_16_bits_here_too,
            without_terminal_field_nothing_happens, pipes_cannot_be_resized, unknown_process_is_not_found,
            no_selector_is_unimplemented,
        ],
        needing(Need::Interrupts, in_each_dialect!["process::terminal"; ctrl_c_interrupts, ctrl_backslash_quits]),
    ]
    .concat()
}

fn of_size(pty: Pty, script: &str) -> StartRequest {
    StartRequest {
        pty: Some(pty),
        ..shell_command(script)
    }
}

async fn screen(bench: &Bench, request: StartRequest) -> String {
    bench.start(request).await.finish().await.succeeded().screen()
}

async fn output_is_terminal_data(bench: Bench) {
    let finished = bench
        .start(in_terminal("echo out; echo err >&2"))
        .await
        .finish()
        .await
        .succeeded();
    assert_eq!(finished.screen(), "out\r\nerr\r\n");
    assert_eq!((finished.stdout(), finished.stderr()), (String::new(), String::new()));
}

async fn size_is_taken(bench: Bench) {
    assert_eq!(
        screen(&bench, of_size(terminal(132, 43), "stty size")).await,
        "43 132\r\n"
    );
}

async fn size_wraps_at_16_bits(bench: Bench) {
    assert_eq!(
        screen(&bench, of_size(terminal(65_536 + 80, 65_536 + 24), "stty size")).await,
        "24 80\r\n"
    );
}

async fn no_size_is_0_by_0(bench: Bench) {
    assert_eq!(
        screen(&bench, of_size(Pty { size: None }, "stty size")).await,
        "0 0\r\n"
    );
}

async fn it_is_a_terminal_with_a_session(bench: Bench) {
    // Fields 5 and 6 of stat: process group and session. /dev/tty opens only for a controlling terminal.
    let script = "tty -s && echo tty; : < /dev/tty && echo controlling; cut -d ' ' -f 5,6 /proc/$$/stat";
    let finished = bench.start(in_terminal(script)).await.finish().await.succeeded();
    let pid = finished.pid;
    assert_eq!(finished.screen(), format!("tty\r\ncontrolling\r\n{pid} {pid}\r\n"));
}

async fn stdin_field_is_ignored(bench: Bench) {
    let request = StartRequest {
        stdin: Some(false),
        ..in_terminal("read -r line; echo \"got $line\"")
    };
    let mut running = bench.start(request).await;
    bench.type_in(running.pid, "keys\n").await;
    running.until("got keys\r\n").await;
    running.finish().await.succeeded();
}

async fn input_is_echoed(bench: Bench) {
    let mut running = bench.start(in_terminal("echo ready; read -r line")).await;
    running.until("ready\r\n").await;
    bench.type_in(running.pid, "abc").await;
    running.until("abc").await;
    bench.type_in(running.pid, "\n").await;
    running.finish().await.succeeded();
}

async fn ctrl_c_interrupts(bench: Bench) {
    let mut running = bench.start(in_terminal("echo ready; exec sleep 100")).await;
    running.until("ready").await;
    bench.type_in(running.pid, "\x03").await;
    assert_eq!(running.finish().await.end, signalled("interrupt"));
}

async fn ctrl_backslash_quits(bench: Bench) {
    let mut running = bench
        .start(in_terminal("ulimit -c 0; echo ready; exec sleep 100"))
        .await;
    running.until("ready").await;
    bench.type_in(running.pid, "\x1c").await;
    let end = running.finish().await.end;
    assert!(end.status.starts_with("signal: quit"), "{end:?}");
}

async fn ctrl_d_ends_input(bench: Bench) {
    let mut running = bench.start(in_terminal("echo ready; exec cat")).await;
    running.until("ready").await;
    bench.type_in(running.pid, "\x04").await;
    running.finish().await.succeeded();
}

async fn ctrl_z_stops(bench: Bench) {
    // An interactive shell, so that there is job control.
    let mut running = bench
        .start(StartRequest {
            pty: Some(terminal(80, 24)),
            ..command("/bin/sh", &["-i"])
        })
        .await;
    bench
        .type_in(running.pid, "sh -c 'echo now-${x}running; exec sleep 100'\n")
        .await;
    running.until("now-running").await;
    bench.type_in(running.pid, "\x1a").await;
    bench.type_in(running.pid, "jobs -l; echo all-${x}listed\n").await;
    let shown = running.until("all-listed").await;
    assert!(
        shown.to_lowercase().contains("stopped") || shown.to_lowercase().contains("suspended"),
        "{shown:?}"
    );
    bench.type_in(running.pid, "kill -KILL %1\n").await;
    bench.kill(running).await;
}

async fn children_do_not_delay_the_end(bench: Bench) {
    // The leader's exit hangs up the terminal, and with it the child that would keep it open.
    let mut running = bench
        .start(in_terminal("(echo held; exec sleep 30) & read -r line; exit 6"))
        .await;
    running.until("held").await;
    bench.type_in(running.pid, "\n").await;
    let ended = tokio::time::timeout(std::time::Duration::from_secs(15), running.finish()).await;
    assert_eq!(
        ended.unwrap_or_else(|_| panic!("the child delays the end")).end,
        exited(6)
    );
}

async fn chunks_are_small(bench: Bench) {
    let mut running = bench.start(in_terminal("stty raw; head -c 300000 /dev/zero")).await;
    let mut total = 0;
    loop {
        match running.next().await {
            News::Terminal(bytes) => {
                assert!(bytes.len() <= 16 << 10, "{} bytes in one event", bytes.len());
                total += bytes.len();
            }
            News::Ended(_) => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(total, 300_000);
}

async fn any_bytes_pass_both_ways(bench: Bench) {
    let mut running = bench
        .start(in_terminal("stty raw -echo; echo ready; head -c 256"))
        .await;
    running.until("ready").await;
    let all: Vec<u8> = (0..=255).collect();
    bench.type_in(running.pid, all.clone()).await;
    let finished = running.finish().await.succeeded();
    assert!(finished.terminal.ends_with(&all), "{:?}", finished.terminal);
}

async fn an_interactive_shell_works(bench: Bench) {
    let mut request = StartRequest {
        pty: Some(terminal(80, 24)),
        ..command("/bin/sh", &["-i"])
    };
    request
        .process
        .as_mut()
        .unwrap()
        .envs
        .insert("PS1".into(), "prompt> ".into());
    let mut running = bench.start(request).await;
    running.until("prompt> ").await;
    bench.type_in(running.pid, "echo $((6*7))\r").await;
    running.until("42").await;
    bench.type_in(running.pid, "exit 5\r").await;
    assert_eq!(running.finish().await.end, exited(5));
}

async fn cannot_run_exits_127(bench: Bench) {
    let request = StartRequest {
        pty: Some(terminal(80, 24)),
        ..command("no-such-command-anywhere", &[])
    };
    let finished = bench.start(request).await.finish().await;
    assert_eq!(finished.end, exited(127));
    assert!(!finished.terminal.is_empty(), "no complaint");
}

async fn resizes(bench: Bench) {
    let mut running = bench.start(in_terminal("stty size; read -r line; stty size")).await;
    running.until("24 80\r\n").await;
    bench.update(running.pid, Some(terminal(100, 50))).await.unwrap();
    bench.type_in(running.pid, "\n").await;
    running.until("50 100\r\n").await;
    running.finish().await.succeeded();
}

async fn tells_the_program(bench: Bench) {
    let script = "trap 'stty size; exit 0' WINCH; echo ready; while :; do read -r line; done";
    let mut running = bench.start(in_terminal(script)).await;
    running.until("ready").await;
    bench.update(running.pid, Some(terminal(90, 30))).await.unwrap();
    running.until("30 90\r\n").await;
    running.finish().await.succeeded();
}

async fn no_size_in_a_terminal_is_0_by_0(bench: Bench) {
    size_after(&bench, Pty { size: None }, "0 0\r\n").await;
}

async fn size_wraps_at_16_bits_here_too(bench: Bench) {
    size_after(&bench, terminal(65_536 + 70, 65_536 + 20), "20 70\r\n").await;
}

async fn size_after(bench: &Bench, update: Pty, expected: &str) {
    let mut running = bench.start(in_terminal("echo ready; read -r line; stty size")).await;
    running.until("ready").await;
    bench.update(running.pid, Some(update)).await.unwrap();
    bench.type_in(running.pid, "\n").await;
    running.until(expected).await;
}

async fn without_terminal_field_nothing_happens(bench: Bench) {
    let running = bench.start(shell_command("read -r line")).await;
    bench.update(running.pid, None).await.unwrap();
    bench.kill(running).await;
}

async fn pipes_cannot_be_resized(bench: Bench) {
    let running = bench.start(shell_command("read -r line")).await;
    let why = refused(bench.update(running.pid, Some(terminal(80, 24))).await, Code::Internal);
    assert_eq!(why, "error resizing tty: tty not assigned to process");
    bench.kill(running).await;
}

async fn unknown_process_is_not_found(bench: Bench) {
    let why = refused(bench.update(u32::MAX, Some(terminal(80, 24))).await, Code::NotFound);
    assert_eq!(why, "process with pid 4294967295 not found");
}

async fn no_selector_is_unimplemented(bench: Bench) {
    use e2b_tui::wire::generated::process::{ProcessSelector, UpdateRequest};
    for process in [None, Some(ProcessSelector { selector: None })] {
        let request = UpdateRequest { process, pty: None };
        refused(bench.processes().update(request).await, Code::Unimplemented);
    }
    // And the selector is what was missing.
    let running = bench.start(shell_command("read -r line")).await;
    let request = UpdateRequest {
        process: by_pid(running.pid),
        pty: None,
    };
    message(bench.processes().update(request).await);
    bench.kill(running).await;
}

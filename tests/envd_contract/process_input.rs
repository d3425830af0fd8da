//! `SendInput`, `CloseStdin` and `SendSignal` (`envd-wire.md` 4.2, 4.5).

use std::time::Duration;

use e2b_tui::wire::generated::process::process_input::Input;
use e2b_tui::wire::generated::process::{
    CloseStdinRequest, ProcessInput, ProcessSelector, SendInputRequest, SendSignalRequest, Signal, StartRequest,
};
use tonic::Code;

use crate::bench::{Bench, by_pid, eventually, in_terminal, refused, shell_command};
use crate::case::{Case, in_each_dialect};
use crate::process_stream::{exited, signalled};

const NO_SUCH_PID: u32 = u32::MAX;
const NOT_FOUND: &str = "process with pid 4294967295 not found";

pub fn cases() -> Vec<Case> {
    [
        in_each_dialect!["process::send_input";
            arrives_in_order, more_than_a_pipe_holds_arrives, empty_input_is_fine, unknown_process_is_not_found,
            no_selector_is_unimplemented, no_input_is_unimplemented, stdin_of_a_terminal_is_refused,
            keys_for_a_pipe_are_refused, disabled_stdin_is_refused, closed_stdin_is_refused, closed_pipe_is_internal,
        ],
        in_each_dialect!["process::close_stdin";
            ends_the_input, twice_is_fine, waits_for_pending_input, disabled_is_fine, of_a_terminal_is_refused, of_an_unknown_process_is_refused,
            without_selector_is_unimplemented,
        ],
        in_each_dialect!["process::send_signal";
            terminate_can_be_caught, kill_cannot_be_caught, other_signals_are_unimplemented, goes_to_the_one_process,
            lifts_the_wait_for_held_pipes, to_an_unknown_process_is_not_found, to_no_selector_is_unimplemented,
            to_an_ended_process_is_not_found,
        ],
    ]
    .concat()
}

async fn arrives_in_order(bench: Bench) {
    let running = bench.start(shell_command("cat")).await;
    let mut expected = String::new();
    for number in 0..50 {
        let line = format!("{number}\n");
        bench.send_stdin(running.pid, line.clone()).await;
        expected += &line;
    }
    bench.close_stdin(running.pid).await.unwrap();
    assert_eq!(running.finish().await.succeeded().stdout(), expected);
}

async fn more_than_a_pipe_holds_arrives(bench: Bench) {
    // The call waits until the process has read.
    let folder = bench.folder_with("mkfifo gate").await;
    let running = bench
        .start(shell_command(&format!("read -r x < {folder}/gate; wc -c")))
        .await;
    let pid = running.pid;
    let sender = bench.clone();
    let mut send = tokio::spawn(async move { sender.send(pid, Input::Stdin(vec![b'x'; 300_000].into())).await });
    let early = tokio::time::timeout(Duration::from_millis(300), &mut send).await;
    assert!(early.is_err(), "confirmed before it was read: {early:?}");
    bench.shell(&format!("echo > {folder}/gate")).await.succeeded();
    send.await.unwrap().unwrap();
    bench.close_stdin(pid).await.unwrap();
    assert_eq!(running.finish().await.succeeded().stdout().trim(), "300000");
}

async fn empty_input_is_fine(bench: Bench) {
    let running = bench.start(shell_command("cat")).await;
    bench.send_stdin(running.pid, "").await;
    bench.send_stdin(running.pid, "x").await;
    bench.close_stdin(running.pid).await.unwrap();
    assert_eq!(running.finish().await.succeeded().stdout(), "x");
}

async fn unknown_process_is_not_found(bench: Bench) {
    assert_eq!(
        refused(bench.send(NO_SUCH_PID, Input::Pty("x".into())).await, Code::NotFound),
        NOT_FOUND
    );
}

async fn no_selector_is_unimplemented(bench: Bench) {
    for process in [None, Some(ProcessSelector { selector: None })] {
        let input = Some(ProcessInput {
            input: Some(Input::Stdin("x".into())),
        });
        let request = SendInputRequest { process, input };
        refused(bench.processes().send_input(request).await, Code::Unimplemented);
    }
}

async fn no_input_is_unimplemented(bench: Bench) {
    let running = bench.start(shell_command("read -r line")).await;
    for input in [None, Some(ProcessInput { input: None })] {
        let process = by_pid(running.pid);
        let request = SendInputRequest { process, input };
        refused(bench.processes().send_input(request).await, Code::Unimplemented);
    }
    bench.kill(running).await;
}

async fn stdin_of_a_terminal_is_refused(bench: Bench) {
    let running = bench.start(in_terminal("read -r line")).await;
    let why = refused(bench.send(running.pid, Input::Stdin("x".into())).await, Code::Internal);
    assert!(
        why.starts_with("error writing to stdin: tty assigned to process"),
        "{why}"
    );
    bench.kill(running).await;
}

async fn keys_for_a_pipe_are_refused(bench: Bench) {
    let running = bench.start(shell_command("read -r line")).await;
    let why = refused(bench.send(running.pid, Input::Pty("x".into())).await, Code::Internal);
    assert!(
        why.starts_with("error writing to tty: tty not assigned to process"),
        "{why}"
    );
    bench.kill(running).await;
}

async fn disabled_stdin_is_refused(bench: Bench) {
    let request = StartRequest {
        stdin: Some(false),
        ..shell_command("exec sleep 100")
    };
    let running = bench.start(request).await;
    let why = refused(bench.send(running.pid, Input::Stdin("x".into())).await, Code::Internal);
    assert_eq!(why, "error writing to stdin: stdin not enabled or closed");
    bench.kill(running).await;
}

async fn closed_stdin_is_refused(bench: Bench) {
    let mut running = bench.start(shell_command("cat; echo done; exec sleep 100")).await;
    bench.close_stdin(running.pid).await.unwrap();
    running.until("done").await;
    let why = refused(bench.send(running.pid, Input::Stdin("x".into())).await, Code::Internal);
    assert_eq!(why, "error writing to stdin: stdin not enabled or closed");
    bench.kill(running).await;
}

async fn closed_pipe_is_internal(bench: Bench) {
    let mut running = bench
        .start(shell_command("exec 0<&-; echo closed; exec sleep 100"))
        .await;
    running.until("closed").await;
    // Another process that is just being started holds a copy of the pipe for a moment.
    let sent = loop {
        let sent = bench.send(running.pid, Input::Stdin("x".into())).await;
        if sent.is_err() {
            break sent;
        }
    };
    let why = refused(sent, Code::Internal);
    assert!(
        why.contains(&format!("error writing to stdin of process '{}'", running.pid)),
        "{why}"
    );
    assert!(why.ends_with("broken pipe"), "{why}");
    bench.kill(running).await;
}

async fn ends_the_input(bench: Bench) {
    let running = bench.start(shell_command("cat; echo end; exit 2")).await;
    bench.send_stdin(running.pid, "no newline").await;
    bench.close_stdin(running.pid).await.unwrap();
    let finished = running.finish().await;
    assert_eq!(
        (finished.stdout().as_str(), finished.end),
        ("no newlineend\n", exited(2))
    );
}

async fn twice_is_fine(bench: Bench) {
    let running = bench.start(shell_command("exec sleep 100")).await;
    bench.close_stdin(running.pid).await.unwrap();
    bench.close_stdin(running.pid).await.unwrap();
    bench.kill(running).await;
}

async fn waits_for_pending_input(bench: Bench) {
    let folder = bench.folder_with("mkfifo gate").await;
    let running = bench
        .start(shell_command(&format!("read -r x < {folder}/gate; wc -c")))
        .await;
    let (pid, sender, closer) = (running.pid, bench.clone(), bench.clone());
    let mut send = tokio::spawn(async move { sender.send(pid, Input::Stdin(vec![b'x'; 300_000].into())).await });
    assert!(
        tokio::time::timeout(Duration::from_millis(300), &mut send)
            .await
            .is_err()
    );
    let close = tokio::spawn(async move { closer.close_stdin(pid).await });
    bench.shell(&format!("echo > {folder}/gate")).await.succeeded();
    send.await.unwrap().unwrap();
    close.await.unwrap().unwrap();
    assert_eq!(running.finish().await.succeeded().stdout().trim(), "300000");
}

async fn disabled_is_fine(bench: Bench) {
    let request = StartRequest {
        stdin: Some(false),
        ..shell_command("exec sleep 100")
    };
    let running = bench.start(request).await;
    bench.close_stdin(running.pid).await.unwrap();
    bench.kill(running).await;
}

async fn of_a_terminal_is_refused(bench: Bench) {
    let running = bench.start(in_terminal("read -r line")).await;
    let why = refused(bench.close_stdin(running.pid).await, Code::Unknown);
    assert!(
        why.starts_with("error closing stdin: cannot close stdin for PTY process"),
        "{why}"
    );
    bench.kill(running).await;
}

async fn of_an_unknown_process_is_refused(bench: Bench) {
    assert_eq!(refused(bench.close_stdin(NO_SUCH_PID).await, Code::NotFound), NOT_FOUND);
}

async fn without_selector_is_unimplemented(bench: Bench) {
    let request = CloseStdinRequest { process: None };
    refused(bench.processes().close_stdin(request).await, Code::Unimplemented);
}

async fn terminate_can_be_caught(bench: Bench) {
    let mut running = bench
        .start(shell_command(
            "trap 'exit 5' TERM; echo ready; while :; do read -r x || :; done",
        ))
        .await;
    running.until("ready").await;
    bench.signal(running.pid, Signal::Sigterm).await.unwrap();
    assert_eq!(running.finish().await.end, exited(5));
}

async fn kill_cannot_be_caught(bench: Bench) {
    let mut running = bench
        .start(shell_command("trap 'exit 5' TERM; echo ready; read -r x"))
        .await;
    running.until("ready").await;
    assert_eq!(bench.kill(running).await.end, signalled("killed"));
}

async fn other_signals_are_unimplemented(bench: Bench) {
    let running = bench.start(shell_command("read -r line")).await;
    for (signal, name) in [(0, "SIGNAL_UNSPECIFIED"), (2, "2"), (64, "64")] {
        let process = by_pid(running.pid);
        let sent = bench
            .processes()
            .send_signal(SendSignalRequest { process, signal })
            .await;
        assert_eq!(refused(sent, Code::Unimplemented), format!("invalid signal: {name}"));
    }
    assert!(bench.is_listed(running.pid).await);
    bench.kill(running).await;
}

async fn goes_to_the_one_process(bench: Bench) {
    let mut running = bench
        .start(shell_command("sleep 100 > /dev/null 2>&1 & echo $!; wait"))
        .await;
    let child = running.until("\n").await.trim().to_owned();
    bench.kill(running).await;
    // The child is there to be killed.
    bench.shell(&format!("kill {child}")).await.succeeded();
}

async fn lifts_the_wait_for_held_pipes(bench: Bench) {
    let folder = bench.folder_with("mkfifo gate").await;
    let mut running = bench
        .start(shell_command(&format!(
            "(read -r x < {folder}/gate) & echo ready; wait"
        )))
        .await;
    running.until("ready").await;
    // The child holds both pipes until the gate opens, which is after the end.
    assert_eq!(bench.kill(running).await.end, signalled("killed"));
    bench.shell(&format!("echo > {folder}/gate")).await.succeeded();
}

async fn to_an_unknown_process_is_not_found(bench: Bench) {
    assert_eq!(
        refused(bench.signal(NO_SUCH_PID, Signal::Sigkill).await, Code::NotFound),
        NOT_FOUND
    );
}

async fn to_no_selector_is_unimplemented(bench: Bench) {
    let request = SendSignalRequest {
        process: None,
        signal: Signal::Sigterm.into(),
    };
    refused(bench.processes().send_signal(request).await, Code::Unimplemented);
}

async fn to_an_ended_process_is_not_found(bench: Bench) {
    let finished = bench.shell("exit 0").await;
    eventually(|| async { !bench.is_listed(finished.pid).await }).await;
    refused(bench.signal(finished.pid, Signal::Sigkill).await, Code::NotFound);
}

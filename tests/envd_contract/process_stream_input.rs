//! `StreamInput`: many inputs over one call (`envd-wire.md` 4.2, 4.5).

use e2b_tui::wire::generated::process::process_input::Input;
use e2b_tui::wire::generated::process::stream_input_request::{DataEvent, Event, KeepAlive, StartEvent};
use e2b_tui::wire::generated::process::{ProcessInput, ProcessSelector, StreamInputRequest};
use tonic::{Code, Status};

use crate::bench::{Bench, by_pid, in_terminal, refused, shell_command};
use crate::case::{Case, in_each_dialect};

pub fn cases() -> Vec<Case> {
    in_each_dialect!["process::stream_input";
        pipes_get_all_in_order, terminals_get_all_in_order, large_input_is_whole, keepalive_is_ignored,
        a_second_start_selects_another_process, nothing_is_fine, unknown_process_is_not_found,
        no_selector_is_unimplemented, empty_message_is_unimplemented, data_without_input_is_unimplemented,
        wrong_kind_of_input_is_internal, data_before_start_is_an_error, nothing_follows_an_error,
    ]
}

fn select(pid: u32) -> Event {
    Event::Start(StartEvent { process: by_pid(pid) })
}

fn data(input: Input) -> Event {
    let input = Some(ProcessInput { input: Some(input) });
    Event::Data(DataEvent { input })
}

fn stdin(text: &str) -> Event {
    data(Input::Stdin(text.to_owned().into()))
}

async fn stream(bench: &Bench, events: impl IntoIterator<Item = Event>) -> Result<(), Status> {
    let messages: Vec<_> = events
        .into_iter()
        .map(|event| StreamInputRequest { event: Some(event) })
        .collect();
    bench
        .processes()
        .stream_input(tokio_stream::iter(messages))
        .await
        .map(drop)
}

async fn pipes_get_all_in_order(bench: Bench) {
    let running = bench.start(shell_command("cat")).await;
    let lines: Vec<String> = (0..500).map(|number| format!("{number}\n")).collect();
    let events = std::iter::once(select(running.pid)).chain(lines.iter().map(|line| stdin(line)));
    stream(&bench, events).await.unwrap();
    // The reply means that all was written.
    bench.close_stdin(running.pid).await.unwrap();
    assert_eq!(running.finish().await.succeeded().stdout(), lines.concat());
}

async fn terminals_get_all_in_order(bench: Bench) {
    let mut running = bench
        .start(in_terminal(
            "stty -echo; echo ready; read -r a; read -r b; echo \"<$a$b>\"",
        ))
        .await;
    running.until("ready").await;
    let keys = ["o", "ne", "\n", "two\n"].map(|keys| data(Input::Pty(keys.into())));
    stream(&bench, std::iter::once(select(running.pid)).chain(keys))
        .await
        .unwrap();
    running.until("<onetwo>").await;
    running.finish().await.succeeded();
}

async fn large_input_is_whole(bench: Bench) {
    let running = bench.start(shell_command("cksum")).await;
    let chunk = |number: u8| data(Input::Stdin(vec![number; 65_536].into()));
    let events = std::iter::once(select(running.pid)).chain((0..40).map(chunk));
    stream(&bench, events).await.unwrap();
    bench.close_stdin(running.pid).await.unwrap();
    let script = "i=0; while [ $i -lt 40 ]; do head -c 65536 /dev/zero | tr '\\0' \"\\\\$(printf %03o $i)\"; i=$((i+1)); done | cksum";
    let expected = bench.shell(script).await.succeeded().stdout();
    assert_eq!(running.finish().await.succeeded().stdout(), expected);
}

async fn keepalive_is_ignored(bench: Bench) {
    let running = bench.start(shell_command("cat")).await;
    let keepalive = || Event::Keepalive(KeepAlive {});
    let events = [keepalive(), select(running.pid), keepalive(), stdin("x"), keepalive()];
    stream(&bench, events).await.unwrap();
    bench.close_stdin(running.pid).await.unwrap();
    assert_eq!(running.finish().await.succeeded().stdout(), "x");
}

async fn a_second_start_selects_another_process(bench: Bench) {
    let one = bench.start(shell_command("cat")).await;
    let two = bench.start(shell_command("cat")).await;
    let events = [
        select(one.pid),
        stdin("1"),
        select(two.pid),
        stdin("2"),
        select(one.pid),
        stdin("3"),
    ];
    stream(&bench, events).await.unwrap();
    for (running, expected) in [(one, "13"), (two, "2")] {
        bench.close_stdin(running.pid).await.unwrap();
        assert_eq!(running.finish().await.succeeded().stdout(), expected);
    }
}

async fn nothing_is_fine(bench: Bench) {
    stream(&bench, []).await.unwrap();
}

async fn unknown_process_is_not_found(bench: Bench) {
    let why = refused(stream(&bench, [select(u32::MAX), stdin("x")]).await, Code::NotFound);
    assert_eq!(why, "process with pid 4294967295 not found");
}

async fn no_selector_is_unimplemented(bench: Bench) {
    for process in [None, Some(ProcessSelector { selector: None })] {
        refused(
            stream(&bench, [Event::Start(StartEvent { process })]).await,
            Code::Unimplemented,
        );
    }
}

async fn empty_message_is_unimplemented(bench: Bench) {
    let messages = tokio_stream::iter([StreamInputRequest { event: None }]);
    refused(bench.processes().stream_input(messages).await, Code::Unimplemented);
}

async fn data_without_input_is_unimplemented(bench: Bench) {
    let running = bench.start(shell_command("read -r line")).await;
    for input in [None, Some(ProcessInput { input: None })] {
        let events = [select(running.pid), Event::Data(DataEvent { input })];
        refused(stream(&bench, events).await, Code::Unimplemented);
    }
    bench.kill(running).await;
}

async fn wrong_kind_of_input_is_internal(bench: Bench) {
    let pipes = bench.start(shell_command("read -r line")).await;
    let why = refused(
        stream(&bench, [select(pipes.pid), data(Input::Pty("x".into()))]).await,
        Code::Internal,
    );
    assert!(
        why.starts_with("error writing to tty: tty not assigned to process"),
        "{why}"
    );
    bench.kill(pipes).await;
    let terminal = bench.start(in_terminal("read -r line")).await;
    let why = refused(stream(&bench, [select(terminal.pid), stdin("x")]).await, Code::Internal);
    assert!(
        why.starts_with("error writing to stdin: tty assigned to process"),
        "{why}"
    );
    bench.kill(terminal).await;
}

async fn data_before_start_is_an_error(bench: Bench) {
    // Envd's handler panics and cuts the connection, so the code is whatever a cut looks like.
    assert!(stream(&bench, [stdin("x")]).await.is_err());
    assert!(bench.shell("true").await.end.exited, "the server is gone");
}

async fn nothing_follows_an_error(bench: Bench) {
    let running = bench.start(shell_command("cat")).await;
    let events = [select(running.pid), stdin("1"), select(u32::MAX), stdin("2")];
    refused(stream(&bench, events).await, Code::NotFound);
    bench.close_stdin(running.pid).await.unwrap();
    assert_eq!(running.finish().await.succeeded().stdout(), "1");
}

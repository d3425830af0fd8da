//! The same contract through our own client: what it makes of processes, and what it says of failures.

use std::time::Duration;

use bytes::Bytes;
use e2b_tui::domain::{Endpoint, ExitStatus, GridSize, Pid, ProgramSpec, Secret, TerminalSignal};
use e2b_tui::envd::{EnvdClient, EnvdErrorKind, INPUT_CHUNK, ProcessEvent, ProcessIo, ProcessStream};

use crate::bench::{Bench, eventually};
use crate::case::{Case, Need, in_each_dialect, needing};
use crate::target::MARK;

pub fn cases() -> Vec<Case> {
    [
        in_each_dialect!["client::processes";
            a_command_from_start_to_end, a_terminal_from_start_to_end, a_joined_program_tells_its_end,
            a_kept_exit_is_told, a_signal_death_has_its_shell_code, a_lease_ends_the_program, listed_with_all_it_has,
            a_large_input_through_calls, a_large_input_through_a_stream, errors_have_their_kinds,
            refusals_of_the_state_are_internal,
        ],
        needing(
            Need::Token,
            in_each_dialect!["client::processes"; a_wrong_token_is_denied],
        ),
    ]
    .concat()
}

/// Our client in the case's dialect.
pub fn client(bench: &Bench) -> EnvdClient {
    EnvdClient::new(&bench.target.endpoint(bench.dialect, bench.user.clone())).unwrap()
}

fn script(bench: &Bench, text: &str) -> ProgramSpec {
    let mut program = ProgramSpec::new("/bin/sh", ["-c", text]);
    program.cwd = Some("/".to_owned());
    program.envs.insert(MARK.to_owned(), bench.target.mark.clone());
    program
}

const PIPES: ProcessIo = ProcessIo::Pipes { stdin: true };

/// Everything up to the end: stdout, stderr, terminal output, and the end.
async fn all(mut stream: ProcessStream) -> (Vec<u8>, Vec<u8>, Vec<u8>, ExitStatus) {
    let (mut out, mut err, mut screen) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        match stream.next().await.unwrap().unwrap() {
            ProcessEvent::Stdout(bytes) => out.extend(bytes),
            ProcessEvent::Stderr(bytes) => err.extend(bytes),
            ProcessEvent::Terminal(bytes) => screen.extend(bytes),
            ProcessEvent::KeepAlive => {}
            ProcessEvent::Ended(status) => {
                assert_eq!(stream.next().await.unwrap(), None);
                return (out, err, screen, status);
            }
        }
    }
}

async fn a_command_from_start_to_end(bench: Bench) {
    let stream = client(&bench)
        .start(&script(&bench, "echo out; echo err >&2; exit 7"), PIPES)
        .await
        .unwrap();
    let (out, err, screen, status) = all(stream).await;
    assert_eq!(
        (&out[..], &err[..], &screen[..]),
        (&b"out\n"[..], &b"err\n"[..], &b""[..])
    );
    assert_eq!((status.code, status.exited, status.shell_code()), (7, true, 7));
}

async fn a_terminal_from_start_to_end(bench: Bench) {
    let client = client(&bench);
    let size = GridSize::new(100, 30);
    let program = script(&bench, "stty size; read -r line; stty size; echo \"$line\"");
    let mut stream = client.start(&program, ProcessIo::Terminal(size)).await.unwrap();
    let pid = stream.pid();
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("30 100") {
        match stream.next().await.unwrap().unwrap() {
            ProcessEvent::Terminal(bytes) => seen.extend(bytes),
            other => panic!("{other:?}"),
        }
    }
    client.resize(pid, GridSize::new(90, 20)).await.unwrap();
    client.send_terminal_input(pid, Bytes::from("typed\n")).await.unwrap();
    let (_, _, screen, status) = all(stream).await;
    let screen = String::from_utf8(screen).unwrap();
    assert!(screen.ends_with("20 90\r\ntyped\r\n"), "{screen:?}");
    assert!(status.is_success());
}

async fn a_joined_program_tells_its_end(bench: Bench) {
    let client = client(&bench);
    let stream = client
        .start(&script(&bench, "read -r line; echo more; exit 3"), PIPES)
        .await
        .unwrap();
    let joined = client.join(stream.pid()).await.unwrap();
    assert_eq!(joined.pid(), stream.pid());
    client.send_stdin(stream.pid(), Bytes::from("\n")).await.unwrap();
    let (out, _, _, status) = all(joined).await;
    assert_eq!((&out[..], status.code), (&b"more\n"[..], 3));
}

async fn a_kept_exit_is_told(bench: Bench) {
    let client = client(&bench);
    let stream = client.start(&script(&bench, "exit 5"), PIPES).await.unwrap();
    let pid = stream.pid();
    all(stream).await;
    assert_eq!(all(client.join(pid).await.unwrap()).await.3.code, 5);
}

async fn a_signal_death_has_its_shell_code(bench: Bench) {
    let client = client(&bench);
    for (signal, code) in [(TerminalSignal::Terminate, 143), (TerminalSignal::Kill, 137)] {
        let stream = client.start(&script(&bench, "exec sleep 1000"), PIPES).await.unwrap();
        client.signal(stream.pid(), signal).await.unwrap();
        let status = all(stream).await.3;
        assert_eq!((status.code, status.exited, status.shell_code()), (-1, false, code));
    }
}

async fn a_lease_ends_the_program(bench: Bench) {
    let client = client(&bench);
    let lease = Duration::from_millis(300);
    let mut stream = client
        .start_leased(&script(&bench, "exec sleep 1000"), PIPES, lease)
        .await
        .unwrap();
    let pid = stream.pid().0;
    // The stream may break off or tell the end; the program is gone in either case.
    while let Ok(Some(_)) = stream.next().await {}
    eventually(|| async { !bench.is_listed(pid).await }).await;
}

async fn listed_with_all_it_has(bench: Bench) {
    let client = client(&bench);
    let program = script(&bench, "read -r line");
    let stream = client.start(&program, PIPES).await.unwrap();
    let listed = client.list_processes().await.unwrap();
    let found = listed.into_iter().find(|process| process.pid == stream.pid()).unwrap();
    assert_eq!(found.program, program);
    client.signal(found.pid, TerminalSignal::Kill).await.unwrap();
    all(stream).await;
}

async fn a_large_input_through_calls(bench: Bench) {
    let client = client(&bench);
    let stream = client.start(&script(&bench, "wc -c"), PIPES).await.unwrap();
    let pid = stream.pid();
    for _ in 0..20 {
        client.send_stdin(pid, vec![b'x'; INPUT_CHUNK].into()).await.unwrap();
    }
    client.close_stdin(pid).await.unwrap();
    let (out, ..) = all(stream).await;
    assert_eq!(String::from_utf8(out).unwrap().trim(), (20 * INPUT_CHUNK).to_string());
}

async fn a_large_input_through_a_stream(bench: Bench) {
    let client = client(&bench);
    let stream = client.start(&script(&bench, "cksum"), PIPES).await.unwrap();
    let pid = stream.pid();
    let chunks = (0..50_u8).map(|number| Bytes::from(vec![number; 10_000]));
    client
        .stream_input(pid, false, tokio_stream::iter(chunks))
        .await
        .unwrap();
    client.close_stdin(pid).await.unwrap();
    let (out, ..) = all(stream).await;
    assert!(String::from_utf8(out).unwrap().ends_with(" 500000\n"));
}

async fn errors_have_their_kinds(bench: Bench) {
    let client = client(&bench);
    let nobody = Pid(u32::MAX);
    assert_eq!(client.join(nobody).await.err().unwrap().kind(), EnvdErrorKind::NotFound);
    let signalled = client.signal(nobody, TerminalSignal::Kill).await;
    assert_eq!(signalled.unwrap_err().kind(), EnvdErrorKind::NotFound);
    let mut program = script(&bench, "true");
    program.cwd = Some("/no/such/folder".to_owned());
    let refused = client.start(&program, PIPES).await.err().unwrap();
    assert_eq!(refused.kind(), EnvdErrorKind::Invalid);
    assert!(refused.to_string().contains("/no/such/folder"), "{refused}");
    let stranger = EnvdClient::new(&bench.target.endpoint(bench.dialect, Some("no-such-user".into()))).unwrap();
    let refused = stranger.start(&script(&bench, "true"), PIPES).await.err().unwrap();
    assert_eq!(refused.kind(), EnvdErrorKind::Denied);
    assert!(refused.to_string().contains("no-such-user"), "{refused}");
}

async fn refusals_of_the_state_are_internal(bench: Bench) {
    let client = client(&bench);
    let running = client.start(&script(&bench, "exec sleep 1000"), PIPES).await.unwrap();
    let refused = client.resize(running.pid(), GridSize::default()).await.unwrap_err();
    assert_eq!(refused.kind(), EnvdErrorKind::Internal);
    let refused = client
        .send_terminal_input(running.pid(), Bytes::from("x"))
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), EnvdErrorKind::Internal);
    client.signal(running.pid(), TerminalSignal::Kill).await.unwrap();
    all(running).await;
}

async fn a_wrong_token_is_denied(bench: Bench) {
    for token in [None, Some(Secret::new("wrong"))] {
        let endpoint = Endpoint {
            access_token: token,
            ..bench.target.endpoint(bench.dialect, None)
        };
        let refused = EnvdClient::new(&endpoint).unwrap().list_processes().await.unwrap_err();
        assert_eq!(refused.kind(), EnvdErrorKind::Denied, "{refused}");
    }
}

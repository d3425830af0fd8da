//! Time limits: who ends the stream and who ends the process (`envd-wire.md` 3).

use e2b_tui::domain::Dialect;
use e2b_tui::wire::generated::process::{ConnectRequest, StartRequest};
use tonic::{Code, Request};

use crate::bench::{Bench, by_pid, eventually, refused, shell_command, with_header};
use crate::case::{Case, Need, in_each_dialect, needing};
use crate::process_stream::{News, signalled};

pub fn cases() -> Vec<Case> {
    [
        in_each_dialect!["process::timeouts";
            the_limit_of_the_call_ends_the_stream, connect_timeout_kills_the_process,
            unreadable_connect_timeout_is_refused, overlong_limit_is_refused, connect_timeout_of_0_starts_an_orphan,
            on_connect_it_only_ends_the_stream, a_limit_in_time_changes_nothing,
        ],
        needing(
            Need::Embedded,
            in_each_dialect!["process::timeouts";
                keepalive_of_0_and_less_is_survived,
            ],
        ),
    ]
    .concat()
}

/// A request whose call may take this long, in the manner of the dialect.
fn limited<T>(bench: &Bench, request: T, milliseconds: u32) -> Request<T> {
    let request = Request::new(request);
    match bench.dialect {
        Dialect::Connect => with_header(request, "connect-timeout-ms", &milliseconds.to_string()),
        Dialect::GrpcWeb | Dialect::Grpc => with_header(request, "grpc-timeout", &format!("{milliseconds}m")),
    }
}

/// A process that makes a file when it starts, goes on forever, and the file.
async fn forever(bench: &Bench) -> (StartRequest, String) {
    let file = format!("{}/number", bench.folder().await);
    (
        shell_command(&format!("echo $$ > {file}.new; mv {file}.new {file}; exec sleep 1000")),
        file,
    )
}

/// The number of the process that made the file.
async fn number_in(bench: &Bench, file: &str) -> u32 {
    eventually(|| bench.exists(file)).await;
    String::from_utf8(bench.read(file).await.into())
        .unwrap()
        .trim()
        .parse()
        .unwrap()
}

async fn the_limit_of_the_call_ends_the_stream(bench: Bench) {
    let running = bench
        .start(limited(&bench, shell_command("exec sleep 1000"), 400))
        .await;
    let pid = running.pid;
    assert_eq!(running.break_off().await.code(), Code::DeadlineExceeded);
    if bench.dialect == Dialect::Connect {
        eventually(|| async { !bench.is_listed(pid).await }).await;
        assert_eq!(bench.join(pid).await.finish().await.end, signalled("killed"));
    } else {
        assert!(
            bench.is_listed(pid).await,
            "the process did not survive its caller's time limit"
        );
        let joined = bench.join(pid).await;
        bench.kill(joined).await;
    }
}

async fn connect_timeout_kills_the_process(bench: Bench) {
    let request = with_header(shell_command("exec sleep 1000"), "connect-timeout-ms", "400");
    let running = bench.start(request).await;
    let pid = running.pid;
    if bench.dialect == Dialect::Connect {
        assert_eq!(running.break_off().await.code(), Code::DeadlineExceeded);
        eventually(|| async { !bench.is_listed(pid).await }).await;
    } else {
        // Plain metadata to these dialects: the stream lives to tell the end.
        assert_eq!(running.finish().await.end, signalled("killed"));
    }
}

async fn unreadable_connect_timeout_is_refused(bench: Bench) {
    for value in ["soon", "1.5", "0x10"] {
        let request = with_header(shell_command("true"), "connect-timeout-ms", value);
        refused(bench.try_start(request).await.map(drop), Code::InvalidArgument);
    }
}

async fn overlong_limit_is_refused(bench: Bench) {
    let request = match bench.dialect {
        Dialect::Connect => with_header(shell_command("true"), "connect-timeout-ms", "12345678901"),
        Dialect::GrpcWeb | Dialect::Grpc => with_header(shell_command("true"), "grpc-timeout", "123456789S"),
    };
    refused(bench.try_start(request).await.map(drop), Code::InvalidArgument);
    if bench.dialect != Dialect::Connect {
        for value in ["5", "5x", "S", "-1S"] {
            let request = with_header(shell_command("true"), "grpc-timeout", value);
            refused(bench.try_start(request).await.map(drop), Code::InvalidArgument);
        }
    }
}

async fn connect_timeout_of_0_starts_an_orphan(bench: Bench) {
    let (request, file) = forever(&bench).await;
    let started = bench.try_start(with_header(request, "connect-timeout-ms", "0")).await;
    let pid = number_in(&bench, &file).await;
    match (bench.dialect, started) {
        (Dialect::Connect, started) => {
            // The start event may or may not come before the limit is noticed.
            let code = match started {
                Ok(running) => running.break_off().await.code(),
                Err(status) => status.code(),
            };
            assert_eq!(code, Code::DeadlineExceeded);
        }
        (_, started) => assert_eq!(started.unwrap().pid, pid),
    }
    assert!(bench.is_listed(pid).await);
    let joined = bench.join(pid).await;
    bench.kill(joined).await;
}

async fn on_connect_it_only_ends_the_stream(bench: Bench) {
    let running = bench.start(shell_command("exec sleep 1000")).await;
    let request = ConnectRequest {
        process: by_pid(running.pid),
    };
    let joined = bench.try_join(limited(&bench, request, 300)).await.unwrap();
    assert_eq!(joined.break_off().await.code(), Code::DeadlineExceeded);
    assert!(bench.is_listed(running.pid).await);
    bench.kill(running).await;
}

async fn a_limit_in_time_changes_nothing(bench: Bench) {
    let running = bench.start(limited(&bench, shell_command("echo quick"), 20_000)).await;
    assert_eq!(running.finish().await.succeeded().stdout(), "quick\n");
}

async fn keepalive_of_0_and_less_is_survived(bench: Bench) {
    // On real envd this crashes the daemon, so it is asked of ours alone. Nor may it mean signs of life without end.
    for value in ["0", "-1", "-99999999999"] {
        let request = with_header(
            shell_command("read -r line; echo fine"),
            "keepalive-ping-interval",
            value,
        );
        let mut running = bench.start(request).await;
        assert!(bench.is_listed(running.pid).await);
        bench.send_stdin(running.pid, "\n").await;
        assert_eq!(running.next().await, News::Stdout(b"fine\n".to_vec()), "{value}");
        running.finish().await.succeeded();
    }
}

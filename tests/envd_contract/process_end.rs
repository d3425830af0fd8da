//! The end event: what it says for each way to end (`envd-wire.md` 4.4).

use e2b_tui::wire::generated::process::Signal;

use crate::bench::{Bench, in_terminal, shell_command};
use crate::case::{Case, Need, in_each_dialect, needing};
use crate::process_stream::{exited, signalled};

pub fn cases() -> Vec<Case> {
    [
        in_each_dialect!["process::end";
            exit_0_has_no_error, exit_code_is_kept, largest_exit_code_is_kept, exit_codes_in_a_terminal,
            killed, terminated, deaths_by_other_signals, killed_in_a_terminal,
        ],
        needing(
            Need::Interrupts,
            in_each_dialect!["process::end"; deaths_by_interrupt_and_quit],
        ),
    ]
    .concat()
}

async fn exit_0_has_no_error(bench: Bench) {
    let end = bench.shell("exit 0").await.end;
    assert_eq!(
        (end.exit_code, end.exited, end.status.as_str()),
        (0, true, "exit status 0")
    );
    assert_eq!(end.error, None);
}

async fn exit_code_is_kept(bench: Bench) {
    let end = bench.shell("exit 7").await.end;
    assert_eq!(
        (end.exit_code, end.exited, end.status.as_str()),
        (7, true, "exit status 7")
    );
    assert_eq!(end.error.as_deref(), Some("exit status 7"));
}

async fn largest_exit_code_is_kept(bench: Bench) {
    assert_eq!(bench.shell("exit 255").await.end, exited(255));
}

async fn exit_codes_in_a_terminal(bench: Bench) {
    for code in [0, 1, 130] {
        let running = bench.start(in_terminal(&format!("exit {code}"))).await;
        assert_eq!(running.finish().await.end, exited(code));
    }
}

async fn killed(bench: Bench) {
    let running = bench.start(shell_command("read -r line")).await;
    let end = bench.kill(running).await.end;
    assert_eq!(
        (end.exit_code, end.exited, end.status.as_str()),
        (-1, false, "signal: killed")
    );
    assert_eq!(end.error.as_deref(), Some("signal: killed"));
}

async fn terminated(bench: Bench) {
    let running = bench.start(shell_command("read -r line")).await;
    bench.signal(running.pid, Signal::Sigterm).await.unwrap();
    assert_eq!(running.finish().await.end, signalled("terminated"));
}

async fn deaths_by_other_signals(bench: Bench) {
    let deaths = [
        ("HUP", "hangup"),
        ("ILL", "illegal instruction"),
        ("TRAP", "trace/breakpoint trap"),
        ("ABRT", "aborted"),
        ("BUS", "bus error"),
        ("FPE", "floating point exception"),
        ("USR1", "user defined signal 1"),
        ("SEGV", "segmentation fault"),
        ("USR2", "user defined signal 2"),
        ("PIPE", "broken pipe"),
        ("ALRM", "alarm clock"),
        ("40", "signal 40"),
    ];
    die_each(&bench, &deaths).await;
}

async fn deaths_by_interrupt_and_quit(bench: Bench) {
    die_each(&bench, &[("INT", "interrupt"), ("QUIT", "quit")]).await;
}

async fn die_each(bench: &Bench, deaths: &[(&str, &str)]) {
    for (signal, name) in deaths {
        let mut end = bench
            .shell(&format!("ulimit -c 0; kill -{signal} $$; exit 1"))
            .await
            .end;
        // Whether a core was dumped is for the machine to say.
        end.status = end.status.trim_end_matches(" (core dumped)").to_owned();
        end.error = end
            .error
            .map(|error| error.trim_end_matches(" (core dumped)").to_owned());
        assert_eq!(end, signalled(name), "{signal}");
    }
}

async fn killed_in_a_terminal(bench: Bench) {
    let running = bench.start(in_terminal("read -r line")).await;
    assert_eq!(bench.kill(running).await.end, signalled("killed"));
}

//! Connect and List: joining a process, its kept exit, finding it by number and by tag (`envd-wire.md` 4.5).

use std::collections::BTreeMap;

use e2b_tui::wire::generated::process::{ConnectRequest, ProcessInfo, ProcessSelector, StartRequest};
use tonic::Code;

use crate::bench::{Bench, by_pid, by_tag, command, eventually, in_terminal, refused, shell_command, with_header};
use crate::case::{Case, Need, in_each_dialect, needing};
use crate::process_stream::{News, exited};

pub fn cases() -> Vec<Case> {
    [
        in_each_dialect!["process::connect";
            start_comes_first, only_new_output_comes, several_subscribers_get_everything, exit_is_kept_for_late_callers,
            kept_exit_comes_without_output, kept_exit_is_forgotten_in_time, unknown_pid_is_not_found,
            unknown_tag_is_not_found, no_selector_is_unimplemented, found_by_tag, kept_exit_is_found_by_tag,
            a_new_process_takes_over_the_tag, keepalive_comes_when_idle, a_terminal_can_be_joined,
            a_caller_may_leave_and_come_back,
        ],
        needing(
            Need::Embedded,
            in_each_dialect!["process::connect";
                found_by_tag_among_others, a_slow_subscriber_does_not_stall_the_others,
            ],
        ),
        in_each_dialect!["process::list";
            running_processes_are_listed, exited_processes_are_not_listed, children_are_not_listed,
            tags_need_not_differ, everything_that_was_asked_for_is_listed,
        ],
    ]
    .concat()
}

fn tagged(tag: &str, script: &str) -> StartRequest {
    StartRequest {
        tag: Some(tag.to_owned()),
        ..shell_command(script)
    }
}

fn to_pid(pid: u32) -> ConnectRequest {
    ConnectRequest { process: by_pid(pid) }
}

fn to_tag(tag: &str) -> ConnectRequest {
    ConnectRequest { process: by_tag(tag) }
}

/// A tag of the case's own.
fn fresh_tag(bench: &Bench) -> String {
    bench.target.fresh_path()
}

async fn start_comes_first(bench: Bench) {
    // That the first event is the start is checked for every stream.
    let running = bench.start(shell_command("read -r line")).await;
    let joined = bench.join(running.pid).await;
    assert_eq!(joined.pid, running.pid);
    bench.kill(running).await;
}

async fn only_new_output_comes(bench: Bench) {
    let mut running = bench.start(shell_command("echo old; read -r line; echo new")).await;
    running.until("old\n").await;
    let joined = bench.join(running.pid).await;
    bench.send_stdin(running.pid, "\n").await;
    assert_eq!(joined.finish().await.succeeded().stdout(), "new\n");
    assert_eq!(running.finish().await.succeeded().stdout(), "new\n");
}

async fn several_subscribers_get_everything(bench: Bench) {
    let running = bench
        .start(shell_command("read -r line; seq 1 20000; echo err >&2; exit 2"))
        .await;
    let joined = [bench.join(running.pid).await, bench.join(running.pid).await];
    bench.send_stdin(running.pid, "\n").await;
    let [one, two] = joined.map(|joined| tokio::spawn(joined.finish()));
    let all = running.finish().await;
    assert_eq!((all.out.len(), all.end.clone()), (108_894, exited(2)));
    assert!(
        one.await.unwrap() == all && two.await.unwrap() == all,
        "not the same for all"
    );
}

async fn exit_is_kept_for_late_callers(bench: Bench) {
    let folder = bench.folder_with("mkfifo gate").await;
    let running = bench
        .start(shell_command(&format!("read -r x < {folder}/gate; exit 9")))
        .await;
    let pid = running.pid;
    // Nobody listens when it ends.
    drop(running);
    bench.shell(&format!("echo > {folder}/gate")).await.succeeded();
    eventually(|| async { !bench.is_listed(pid).await }).await;
    assert_eq!(bench.join(pid).await.finish().await.end, exited(9));
    // And not only for the first.
    assert_eq!(bench.join(pid).await.finish().await.end, exited(9));
}

async fn kept_exit_comes_without_output(bench: Bench) {
    let finished = bench.shell("echo output; exit 3").await;
    let late = bench.join(finished.pid).await.finish().await;
    assert_eq!((late.pid, late.end), (finished.pid, finished.end));
    assert_eq!((late.out, late.err), (Vec::new(), Vec::new()));
}

async fn kept_exit_is_forgotten_in_time(bench: Bench) {
    let finished = bench.shell("exit 3").await;
    bench.join(finished.pid).await;
    let asked = std::time::Instant::now();
    eventually(|| async { bench.try_join(to_pid(finished.pid)).await.is_err() }).await;
    let kept = asked.elapsed();
    assert!(kept * 2 > bench.target.retention, "kept for {kept:?} only");
    refused(bench.try_join(to_pid(finished.pid)).await.map(drop), Code::NotFound);
}

async fn unknown_pid_is_not_found(bench: Bench) {
    let why = refused(bench.try_join(to_pid(u32::MAX)).await.map(drop), Code::NotFound);
    assert_eq!(why, "process with pid 4294967295 not found");
}

async fn unknown_tag_is_not_found(bench: Bench) {
    let why = refused(bench.try_join(to_tag("no such tag")).await.map(drop), Code::NotFound);
    assert_eq!(why, "process with tag no such tag not found");
}

async fn no_selector_is_unimplemented(bench: Bench) {
    for process in [None, Some(ProcessSelector { selector: None })] {
        refused(
            bench.try_join(ConnectRequest { process }).await.map(drop),
            Code::Unimplemented,
        );
    }
}

async fn found_by_tag(bench: Bench) {
    let _alone = bench.target.tags.lock().await;
    let tag = fresh_tag(&bench);
    let running = bench.start(tagged(&tag, "read -r line")).await;
    let joined = bench.try_join(to_tag(&tag)).await.unwrap();
    assert_eq!(joined.pid, running.pid);
    forget(&bench, bench.kill(running).await.pid).await;
}

/// Waits until a process has left the list, so that the next case about tags is alone.
async fn forget(bench: &Bench, pid: u32) {
    eventually(|| async { !bench.is_listed(pid).await }).await;
}

async fn kept_exit_is_found_by_tag(bench: Bench) {
    let _alone = bench.target.tags.lock().await;
    let tag = fresh_tag(&bench);
    let finished = bench.start(tagged(&tag, "exit 8")).await.finish().await;
    forget(&bench, finished.pid).await;
    let late = bench.try_join(to_tag(&tag)).await.unwrap().finish().await;
    assert_eq!((late.pid, late.end), (finished.pid, exited(8)));
}

async fn a_new_process_takes_over_the_tag(bench: Bench) {
    let _alone = bench.target.tags.lock().await;
    let tag = fresh_tag(&bench);
    let old = bench.start(tagged(&tag, "exit 8")).await.finish().await;
    forget(&bench, old.pid).await;
    let new = bench.start(tagged(&tag, "read -r line")).await;
    assert_eq!(bench.try_join(to_tag(&tag)).await.unwrap().pid, new.pid);
    // The kept exit of the old one is gone with its tag.
    refused(bench.try_join(to_pid(old.pid)).await.map(drop), Code::NotFound);
    forget(&bench, bench.kill(new).await.pid).await;
}

async fn found_by_tag_among_others(bench: Bench) {
    let _alone = bench.target.tags.lock().await;
    let tags: [String; 6] = std::array::from_fn(|_| fresh_tag(&bench));
    let mut running = Vec::new();
    for tag in &tags {
        running.push(bench.start(tagged(tag, "read -r line")).await);
    }
    for (tag, running) in tags.iter().zip(running) {
        assert_eq!(bench.try_join(to_tag(tag)).await.unwrap().pid, running.pid);
        bench.kill(running).await;
    }
}

async fn keepalive_comes_when_idle(bench: Bench) {
    let running = bench.start(shell_command("read -r line")).await;
    let request = with_header(to_pid(running.pid), "keepalive-ping-interval", "1");
    let mut joined = bench.try_join(request).await.unwrap();
    assert_eq!(joined.next().await, News::KeepAlive);
    bench.kill(running).await;
}

async fn a_terminal_can_be_joined(bench: Bench) {
    let running = bench
        .start(in_terminal("read -r line; echo \"got $line\"; exit 4"))
        .await;
    let joined = bench.join(running.pid).await;
    bench.type_in(running.pid, "it\n").await;
    let finished = joined.finish().await;
    assert!(finished.screen().ends_with("got it\r\n"), "{:?}", finished.screen());
    assert_eq!(finished.end, exited(4));
}

async fn a_caller_may_leave_and_come_back(bench: Bench) {
    let running = bench
        .start(in_terminal("while read -r line; do echo \"<$line>\"; done"))
        .await;
    let pid = running.pid;
    drop(running);
    for turn in 0..5 {
        let mut joined = bench.join(pid).await;
        bench.type_in(pid, format!("{turn}\n")).await;
        joined.until(&format!("<{turn}>")).await;
    }
    let joined = bench.join(pid).await;
    bench.kill(joined).await;
}

async fn a_slow_subscriber_does_not_stall_the_others(bench: Bench) {
    let running = bench.start(shell_command("read -r line; seq 1 400000; exit 2")).await;
    let never_read = bench.join(running.pid).await;
    bench.send_stdin(running.pid, "\n").await;
    let finished = running.finish().await;
    assert_eq!((finished.out.len(), finished.end), (2_688_895, exited(2)));
    drop(never_read);
}

async fn running_processes_are_listed(bench: Bench) {
    let running = [
        bench.start(shell_command("read -r x")).await,
        bench.start(in_terminal("read -r x")).await,
    ];
    for process in running {
        assert!(bench.is_listed(process.pid).await);
        bench.kill(process).await;
    }
}

async fn exited_processes_are_not_listed(bench: Bench) {
    let finished = bench.shell("exit 1").await;
    eventually(|| async { !bench.is_listed(finished.pid).await }).await;
}

async fn children_are_not_listed(bench: Bench) {
    let mut running = bench.start(shell_command("sleep 100 & echo $!; wait")).await;
    let child: u32 = running.until("\n").await.trim().parse().unwrap();
    assert!(bench.is_listed(running.pid).await && !bench.is_listed(child).await);
    bench.shell(&format!("kill {child}")).await.succeeded();
    running.finish().await;
}

async fn tags_need_not_differ(bench: Bench) {
    let _alone = bench.target.tags.lock().await;
    let tag = fresh_tag(&bench);
    let running = [
        bench.start(tagged(&tag, "read -r x")).await,
        bench.start(tagged(&tag, "read -r x")).await,
    ];
    let listed = bench.list().await;
    assert_eq!(
        listed
            .iter()
            .filter(|process| process.tag.as_ref() == Some(&tag))
            .count(),
        2
    );
    let found = bench.try_join(to_tag(&tag)).await.unwrap().pid;
    assert!(running.iter().any(|process| process.pid == found));
    for process in running {
        forget(&bench, bench.kill(process).await.pid).await;
    }
}

async fn everything_that_was_asked_for_is_listed(bench: Bench) {
    let _alone = bench.target.tags.lock().await;
    let tag = fresh_tag(&bench);
    let mut request = StartRequest {
        tag: Some(tag.clone()),
        ..command("sh", &["-c", "read -r x", "two words"])
    };
    let config = request.process.as_mut().unwrap();
    config.envs = BTreeMap::from([("OWN".to_owned(), "value".to_owned())]);
    config.cwd = Some("/tmp".to_owned());
    let mut expected = config.clone();
    let running = bench.start(request).await;
    expected
        .envs
        .insert(crate::target::MARK.to_owned(), bench.target.mark.clone());
    let listed = bench
        .list()
        .await
        .into_iter()
        .find(|process| process.pid == running.pid);
    let wanted = ProcessInfo {
        config: Some(expected),
        pid: running.pid,
        tag: Some(tag),
    };
    assert_eq!(listed, Some(wanted));
    forget(&bench, bench.kill(running).await.pid).await;
}

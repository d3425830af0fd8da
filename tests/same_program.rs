//! A process number is no identity. After a break the session goes on only with the same program, signals nobody else, and
//! believes answers as far as they can be believed.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop loudly"
)]

use std::time::Duration;

use bytes::Bytes;
use e2b_tui::domain::{Endpoint, Failure, FailureKind, Pid, SessionEntry, SessionNews, SessionOrder};
use e2b_tui::envd::EnvdClient;
use e2b_tui::wire::generated::process as wire;
use e2b_tui::wire::generated::process::process_event::data_event::Output;
use e2b_tui::wire::generated::process::process_event::{DataEvent, EndEvent, Event, StartEvent};
use tokio::time::timeout;

#[path = "support/followed.rs"]
mod followed;
#[path = "support/scripted_envd.rs"]
mod scripted_envd;

use followed::{Followed, PATIENCE, is_ended, is_failed, is_lost, is_rejoined};
use scripted_envd::{PID, ScriptedEnvd};

const GONE: &str = r#"{"sandboxId":"i0","message":"The sandbox was not found","code":502}"#;

async fn opened() -> (ScriptedEnvd, Followed) {
    let server = ScriptedEnvd::start().await;
    let client = EnvdClient::new(&Endpoint::new(format!("http://{}", server.address))).unwrap();
    let mut session = Followed::start(client, "echo ours");
    assert_eq!(session.opened().await, Pid(PID));
    (server, session)
}

fn stranger() -> wire::ProcessInfo {
    wire::ProcessInfo {
        config: Some(wire::ProcessConfig {
            cmd: "somebody-else".to_owned(),
            ..Default::default()
        }),
        pid: PID,
        tag: None,
    }
}

fn start() -> Event {
    Event::Start(StartEvent { pid: PID })
}

fn output() -> Event {
    let output = Some(Output::Pty(Bytes::from_static(b"foreign words")));
    Event::Data(DataEvent { output })
}

fn end(code: i32) -> Event {
    Event::End(EndEvent {
        exit_code: code,
        exited: true,
        ..Default::default()
    })
}

async fn failure(session: &mut Followed) -> Failure {
    match session.until(|news| is_failed(news) || is_ended(news)).await {
        SessionNews::Failed(failure) => failure,
        other => panic!("an end was made up: {other:?}"),
    }
}

#[tokio::test]
async fn another_program_under_our_number_is_not_joined() {
    let (server, mut session) = opened().await;
    server.says(|script| script.listed = vec![stranger()]);
    server.cut();
    assert_eq!(failure(&mut session).await.kind, FailureKind::Gone);
    assert_eq!(server.asked("Connect"), 0);
}

#[tokio::test]
async fn the_same_program_is_joined_and_its_end_believed() {
    let (server, mut session) = opened().await;
    let ours = server.ours();
    assert!(ours.tag.as_deref().unwrap().starts_with("e2b-tui-"));
    server.says(|script| {
        script.listed = vec![stranger_elsewhere(), ours];
        script.joined = vec![start(), output(), end(4)];
    });
    server.cut();
    session.until(is_rejoined).await;
    session.shown(0, "foreign words").await;
    let news = session.until(is_ended).await;
    assert!(
        matches!(&news, SessionNews::Ended(status) if status.code == 4),
        "{news:?}"
    );
    assert_eq!(session.text(), "foreign words");
    assert_eq!(session.count(is_ended), 1);
}

fn stranger_elsewhere() -> wire::ProcessInfo {
    wire::ProcessInfo {
        pid: PID + 1,
        ..stranger()
    }
}

#[tokio::test]
async fn a_program_that_takes_the_number_while_we_look_is_not_taken_for_ours() {
    let (server, mut session) = opened().await;
    // Nobody is listed, so only a retained end can come; but somebody talks.
    server.says(|script| script.joined = vec![start(), output(), end(0)]);
    server.cut();
    assert_eq!(failure(&mut session).await.kind, FailureKind::Gone);
    assert_eq!(session.text(), "");
}

#[tokio::test]
async fn killing_over_a_broken_link_signals_ours_and_nobody_else() {
    for (is_ours, signals) in [(true, 1), (false, 0)] {
        let (server, mut session) = opened().await;
        let ours = server.ours();
        server.says(|script| script.refusal = Some((503, vec![], "")));
        server.cut();
        session.until(is_lost).await;
        server.says(|script| {
            script.refusal = None;
            script.listed = vec![if is_ours { ours } else { stranger() }];
            // Should the session come back first, the stream says nothing.
            script.joined = vec![start()];
        });
        session.link.order(SessionOrder::Kill);
        timeout(PATIENCE, session.link.finished()).await.unwrap();
        assert_eq!(server.asked("SendSignal"), signals, "ours: {is_ours}");
    }
}

#[tokio::test]
async fn one_word_that_the_sandbox_is_gone_is_not_believed_at_once() {
    let (server, mut session) = opened().await;
    let json = ("content-type", "application/json");
    server.says(|script| script.refusal = Some((502, vec![json], GONE)));
    server.cut();
    assert_eq!(failure(&mut session).await.kind, FailureKind::Gone);
    // The cut itself, and two doubts.
    assert_eq!(session.count(is_lost), 3, "{:?}", session.seen);
    // It was a paused sandbox, and the user has woken it.
    let ours = server.ours();
    server.says(|script| {
        script.refusal = None;
        script.listed = vec![ours];
        script.joined = vec![start()];
    });
    session.link.order(SessionOrder::RetryNow);
    session.until(is_rejoined).await;
    // While it was gone nothing was taken; now it is again.
    session.send("again");
    session.until(|news| matches!(news, SessionNews::RoundTrip(_))).await;
    assert_eq!(server.asked("SendInput"), 1);
}

#[tokio::test]
async fn a_denial_ends_the_tries_and_a_wait_is_kept() {
    let (server, mut session) = opened().await;
    server.says(|script| script.refusal = Some((429, vec![("retry-after", "3")], "")));
    server.cut();
    let is_busy =
        |news: &SessionNews| matches!(news, SessionNews::Lost { failure, .. } if failure.kind == FailureKind::Busy);
    let news = session.until(is_busy).await;
    assert!(
        matches!(news, SessionNews::Lost { retry_in, .. } if retry_in >= Duration::from_secs(3)),
        "{news:?}"
    );
    server.says(|script| script.refusal = Some((401, vec![], "")));
    session.link.order(SessionOrder::RetryNow);
    assert_eq!(failure(&mut session).await.kind, FailureKind::Denied);
}

#[tokio::test]
async fn joining_by_number_makes_sure_as_well() {
    let server = ScriptedEnvd::start().await;
    let client = EnvdClient::new(&Endpoint::new(format!("http://{}", server.address))).unwrap();
    server.says(|script| {
        script.listed = vec![stranger()];
        script.joined = vec![start()];
    });
    let mut session = Followed::open(client, SessionEntry::Join(Pid(PID)));
    session.opened().await;
    // Whoever it was, now it is another one.
    server.says(|script| script.listed[0].config.as_mut().unwrap().args = vec!["-x".to_owned()]);
    server.cut();
    assert_eq!(failure(&mut session).await.kind, FailureKind::Gone);
}

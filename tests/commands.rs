//! Commands over pipes that are given up: none is left running in a sandbox, not even one that was just being started.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]

use std::time::Duration;

use e2b_tui::domain::{Endpoint, ManagedProcess, ProgramSpec, RunVerdict};
use e2b_tui::envd::{EnvdClient, ProcessIo};
use e2b_tui::local_envd::{LocalEnvd, LocalEnvdOptions};
use e2b_tui::runtime::{CommandStart, run_command};
use fault_proxy::{Cut, FaultProxy, Faults, Way};
use tokio::sync::watch;

#[path = "support/fault_proxy.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod fault_proxy;

const NO_STDIN: ProcessIo = ProcessIo::Pipes { stdin: false };

struct Scene {
    server: LocalEnvd,
    proxy: FaultProxy,
    /// Through the proxy.
    client: EnvdClient,
    /// Past it.
    direct: EnvdClient,
}

impl Scene {
    async fn set() -> Self {
        let server = LocalEnvd::start(LocalEnvdOptions::default()).await.unwrap();
        let proxy = FaultProxy::start(server.address()).await;
        let client = |url: String| {
            let mut endpoint = Endpoint::new(url);
            endpoint.access_token = server.token().cloned();
            EnvdClient::new(&endpoint).unwrap()
        };
        Self {
            client: client(proxy.base_url()),
            direct: client(server.base_url()),
            server,
            proxy,
        }
    }

    async fn until(&self, is_so: impl Fn(&[ManagedProcess]) -> bool) {
        let looking = async {
            while !is_so(&self.direct.list_processes().await.unwrap()) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), looking).await.unwrap();
    }
}

fn sleeping() -> ProgramSpec {
    ProgramSpec::new("sleep", ["600"])
}

#[tokio::test]
async fn a_command_that_is_given_up_while_it_starts_does_not_run_on() {
    let scene = Scene::set().await;
    // The sandbox has started it, and the answer is on its way.
    scene.proxy.set(Faults {
        delay: Duration::from_millis(300),
        ..Faults::default()
    });
    let mut start = CommandStart::new(&scene.client, sleeping(), NO_STDIN);
    tokio::select! {
        _ = start.wait() => {}
        () = scene.until(|listed| listed.len() == 1) => {}
    }
    assert!(start.give_up().await);
    scene.until(<[_]>::is_empty).await;
    scene.server.stop().await;
}

#[tokio::test]
async fn a_command_whose_start_broke_is_found_again_and_ended() {
    let scene = Scene::set().await;
    scene.proxy.set(Faults {
        silent: vec![Way::Down],
        ..Faults::default()
    });
    let mut start = CommandStart::new(&scene.client, sleeping(), NO_STDIN);
    tokio::select! {
        _ = start.wait() => {}
        () = scene.until(|listed| listed.len() == 1) => {}
    }
    scene.proxy.heal();
    scene.proxy.cut(Cut::Reset);
    assert!(start.give_up().await);
    scene.until(<[_]>::is_empty).await;
    scene.server.stop().await;
}

#[tokio::test]
async fn a_start_that_nobody_answers_fails_within_fifteen_seconds() {
    let scene = Scene::set().await;
    scene.client.list_processes().await.unwrap();
    scene.proxy.set(Faults::blackhole());
    // Nothing comes any more, so the clock runs on as soon as everybody waits.
    tokio::time::pause();
    let begin = tokio::time::Instant::now();
    let mut start = CommandStart::new(&scene.client, sleeping(), NO_STDIN);
    let failure = start.wait().await.err().unwrap();
    assert!(begin.elapsed() <= Duration::from_secs(15), "{:?}", begin.elapsed());
    let told = failure.to_string();
    assert!(
        told.starts_with("cannot start sleep on ") && told.contains("may run on"),
        "{told}"
    );
}

#[tokio::test]
async fn a_run_that_is_given_up_is_killed_and_says_so() {
    let scene = Scene::set().await;
    let (order, given_up) = watch::channel(false);
    let ((), answer) = tokio::join!(
        async {
            scene.until(|listed| listed.len() == 1).await;
            order.send_replace(true);
        },
        run_command(&scene.client, sleeping(), given_up)
    );
    assert_eq!(
        answer.verdict,
        RunVerdict::Failed("the command was given up".to_owned())
    );
    scene.until(<[_]>::is_empty).await;
    let (_order, never) = watch::channel(false);
    let answer = run_command(&scene.client, ProgramSpec::new("sh", ["-c", "echo a; exit 3"]), never).await;
    assert_eq!((answer.verdict, answer.stdout), (RunVerdict::Ended(3), b"a\n".to_vec()));
    scene.server.stop().await;
}

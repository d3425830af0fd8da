//! The workbench on a platform: the stub's REST interface is real HTTP, its sandboxes are embedded ones, keys go in and
//! screen text comes out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]

#[path = "platform_workbench/crowd.rs"]
mod crowd;
#[path = "platform_workbench/edges.rs"]
mod edges;
#[path = "platform_workbench/endings.rs"]
mod endings;
#[path = "platform_workbench/lives.rs"]
mod lives;
#[path = "support/platform_stub/mod.rs"]
#[expect(dead_code, reason = "the other tests of the platform plan faults")]
mod platform_stub;
#[path = "platform_workbench/quiet.rs"]
mod quiet;
#[path = "support/seeded.rs"]
mod seeded;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use e2b_tui::app::{Options, PlatformOptions};
use e2b_tui::domain::{Failure, GridSize, ProgramSpec, SandboxId, Target, TargetId};
use e2b_tui::envd::EnvdClient;
use e2b_tui::host::{HeadlessScreen, HostEvent, ScreenText};
use e2b_tui::keys::{Chord, Key, read_sequence};
use e2b_tui::platform::{Configured, Login, PlatformClient, PlatformSettings};
use e2b_tui::runtime::{Ended, OUTSIDE_EVENTS, OpenRequest, Opened, Opening, OutsideEvent, Services, Workbench, run};
use e2b_tui::theme::Theme;
use platform_stub::{PlatformStub, Seed};
use tokio::sync::mpsc;

/// Long, because the machine may be busy; nothing waits for it unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(40);

/// The hands and eyes of a user.
struct User {
    keys: mpsc::Sender<OutsideEvent>,
    screen: ScreenText,
}

impl User {
    /// Keys as the config file writes them.
    async fn keys(&self, written: &str) {
        for chord in read_sequence(written, Chord::ctrl('b')).unwrap() {
            self.keys.send(OutsideEvent::Host(HostEvent::Key(chord))).await.unwrap();
        }
    }

    async fn type_text(&self, text: &str) {
        for letter in text.chars() {
            let chord = match letter {
                '\n' => Chord::plain(Key::Enter),
                _ => Chord::char(letter),
            };
            self.keys.send(OutsideEvent::Host(HostEvent::Key(chord))).await.unwrap();
        }
    }

    /// Presses keys again and again until something is seen: a pane that has just lost its program takes none at first.
    async fn press_until(&mut self, keys: &str, what: &str, is_so: impl Fn(&str) -> bool + Copy) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.keys(keys).await;
            let seen = self.screen.wait_for(|lines| is_so(&lines.join("\n")));
            if tokio::time::timeout(Duration::from_millis(200), seen).await.is_ok() {
                return;
            }
            assert!(Instant::now() < deadline, "waited in vain for {what}");
        }
    }

    async fn see(&mut self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let seen = self.screen.wait_for(|lines| is_so(&lines.join("\n")));
        let seen = tokio::time::timeout(PATIENCE, seen)
            .await
            .map(|lines| lines.unwrap().join("\n"));
        assert!(
            seen.is_ok(),
            "waited in vain for {what}:\n{}",
            self.screen.borrow().join("\n")
        );
        seen.unwrap()
    }
}

fn client_of(stub: &PlatformStub) -> PlatformClient {
    let variables = stub.environment();
    let variable = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.clone())
    };
    PlatformClient::new(PlatformSettings::resolve(variable, Configured::default(), Login::default()).unwrap()).unwrap()
}

async fn open(client: &PlatformClient, address: &str, keepalive: Option<Duration>) -> Opened {
    let (endpoint, sandbox) = client.locate(&address.parse().unwrap()).await.map_err(Failure::from)?;
    let mut shell = ProgramSpec::new("/bin/sh", ["-i"]).for_terminal();
    shell.envs.insert("PS1".to_owned(), "ready>".to_owned());
    let target = Target {
        sandbox: Some(sandbox.id),
        ..Target::new(TargetId(0), address, shell)
    };
    let client = EnvdClient::new(&endpoint).map_err(Failure::from)?;
    let client = match keepalive {
        Some(interval) => client.with_keepalive(interval),
        None => client,
    };
    Ok(vec![Opening { target, client }])
}

/// Waits until something is so in the stub's world.
async fn until(stub: &PlatformStub, what: &str, is_so: impl Fn(&mut platform_stub::World) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !stub.with_world(&is_so) {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// How many calls of each shape there were.
fn count(stub: &PlatformStub, shape: &str) -> usize {
    let calls = stub.calls();
    calls.iter().filter(|call| call.shape() == shape).count()
}

/// What is special about a workbench.
#[derive(Clone, Default)]
struct Special {
    platform: PlatformOptions,
    /// How often idle streams carry a sign of life.
    keepalive: Option<Duration>,
}

/// Opens a workbench without a target on the platform, and lets `script` use it.
async fn with_workbench<Script>(stub: &PlatformStub, script: impl FnOnce(User) -> Script) -> Ended
where
    Script: Future<Output = ()>,
{
    with_special_workbench(stub, Special::default(), script).await
}

async fn with_special_workbench<Script>(
    stub: &PlatformStub,
    special: Special,
    script: impl FnOnce(User) -> Script,
) -> Ended
where
    Script: Future<Output = ()>,
{
    let client = client_of(stub);
    let (opener, mut requests) = mpsc::channel::<OpenRequest>(16);
    let opening_client = client.clone();
    tokio::spawn(async move {
        while let Some(request) = requests.recv().await {
            let found = open(&opening_client, &request.address, special.keepalive).await;
            let _ = request.reply.send(found);
        }
    });
    let size = Arc::new(Mutex::new(GridSize::new(120, 30)));
    let (surface, screen) = HeadlessScreen::new(size).unwrap();
    let (keys, outside) = mpsc::channel(OUTSIDE_EVENTS);
    let workbench = run(Workbench {
        surface,
        outside,
        targets: Vec::new(),
        clients: BTreeMap::new(),
        services: Services {
            opener: Some(opener),
            platform: Some(client),
            ..Services::default()
        },
        options: Options {
            platform: Some(special.platform),
            ..Options::default()
        },
        theme: Theme::dark(),
        clipboard: e2b_tui::host::ClipboardWay::Off,
    });
    let user = User { keys, screen };
    let (ended, ()) = tokio::join!(tokio::time::timeout(PATIENCE * 2, workbench), script(user));
    ended.unwrap()
}

/// A sandbox that can be opened, with a name.
async fn made(stub: &PlatformStub, name: &str, timeout: Duration) -> SandboxId {
    let mut order = e2b_tui::platform::NewSandbox::of("base");
    order.timeout = timeout;
    order.metadata.insert("name".to_owned(), name.to_owned());
    client_of(stub).create(&order).await.unwrap().id
}

/// Opens the only sandbox of the list and waits for its prompt.
async fn enter(user: &mut User) {
    user.see("the list", |text| {
        text.contains(" running of ") && !text.contains("reading")
    })
    .await;
    user.keys("enter").await;
    user.see("a prompt", |text| text.contains("ready>")).await;
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one story")]
async fn a_sandbox_lives_from_the_picker_to_its_end() {
    let stub = PlatformStub::start().await;
    let ended = with_workbench(&stub, async |mut user| {
        user.see("an empty list", |text| {
            text.contains("0 running of 0") && !text.contains("reading")
        })
        .await;
        user.keys("c").await;
        user.see("the dialog", |text| text.contains("New sandbox")).await;
        user.keys("tab").await;
        user.type_text("name=api,role=web\n").await;
        user.see("a prompt in it", |text| {
            text.contains("ready>") && text.contains("ends in")
        })
        .await;
        user.type_text("mark=kept; echo $((6 * 7))x\n").await;
        user.see("the answer", |text| text.contains("42x")).await;

        user.type_text("echo before the pause\n").await;
        user.see("output", |text| text.matches("before the pause").count() > 1)
            .await;
        user.keys("prefix S p y").await;
        user.see("the pause", |text| {
            text.contains("paused") && text.contains("before the pause")
        })
        .await;
        assert_eq!(stub.knocks_while_asleep(), 0, "asking its envd could wake it");

        user.keys("R y").await;
        user.see("it runs again", |text| {
            text.contains("── paused ") && text.contains("live")
        })
        .await;
        user.keys("esc").await;
        user.type_text("echo still $mark\n").await;
        user.see("the same shell", |text| text.contains("still kept")).await;

        user.keys("prefix S f y").await;
        user.see("the copy beside it", |text| {
            text.matches("ready>").count() > 1 && text.contains('┬')
        })
        .await;
        user.type_text("echo copied $mark\n").await;
        user.see("the content of the original in the copy", |text| {
            text.contains("copied kept")
        })
        .await;
        user.keys("prefix S").await;
        user.see("both in the list", |text| text.contains("2 running of 2"))
            .await;
        user.keys("g K y").await;
        user.see("one less", |text| text.contains("1 running")).await;
        user.keys("prefix d").await;
    })
    .await;
    assert_eq!(ended.code, 0);
    assert_eq!(count(&stub, "POST /sandboxes"), 1);
    assert_eq!(count(&stub, "POST /sandboxes/{id}/pause"), 1);
    assert_eq!(count(&stub, "POST /sandboxes/{id}/connect"), 1);
    assert_eq!(count(&stub, "POST /sandboxes/{id}/fork"), 1);
    assert_eq!(count(&stub, "DELETE /sandboxes/{id}"), 1);
    assert_eq!(
        count(&stub, "POST /sandboxes/{id}/timeout"),
        0,
        "nothing may shorten a life"
    );
}

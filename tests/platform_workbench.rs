//! The workbench on a platform: the stub's REST interface is real HTTP, its sandboxes are embedded ones, keys go in and
//! screen text comes out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]

#[path = "support/platform_stub/mod.rs"]
#[expect(dead_code, reason = "the other tests of the platform plan faults")]
mod platform_stub;
#[path = "support/seeded.rs"]
mod seeded;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use e2b_tui::app::{Options, PlatformOptions};
use e2b_tui::domain::{Failure, GridSize, ProgramSpec, Target, TargetId};
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

async fn open(client: &PlatformClient, address: &str) -> Opened {
    let (endpoint, sandbox) = client.locate(&address.parse().unwrap()).await.map_err(Failure::from)?;
    let mut shell = ProgramSpec::new("/bin/sh", ["-i"]).for_terminal();
    shell.envs.insert("PS1".to_owned(), "ready>".to_owned());
    let target = Target {
        sandbox: Some(sandbox.id),
        ..Target::new(TargetId(0), address, shell)
    };
    let client = EnvdClient::new(&endpoint).map_err(Failure::from)?;
    Ok(vec![Opening { target, client }])
}

/// Opens a workbench without a target on the platform, and lets `script` use it.
async fn with_workbench<Script>(stub: &PlatformStub, script: impl FnOnce(User) -> Script) -> Ended
where
    Script: Future<Output = ()>,
{
    let client = client_of(stub);
    let (opener, mut requests) = mpsc::channel::<OpenRequest>(16);
    let opening_client = client.clone();
    tokio::spawn(async move {
        while let Some(request) = requests.recv().await {
            let found = open(&opening_client, &request.address).await;
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
            platform: Some(PlatformOptions::default()),
            ..Options::default()
        },
        theme: Theme::dark(),
        clipboard: e2b_tui::host::ClipboardWay::Off,
    });
    let user = User { keys, screen };
    let (ended, ()) = tokio::join!(tokio::time::timeout(PATIENCE * 2, workbench), script(user));
    ended.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
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
        user.keys("prefix S").await;
        user.see("both in the list", |text| text.contains("2 running of 2"))
            .await;
        user.keys("g K y").await;
        user.see("one less", |text| text.contains("1 running")).await;
        user.keys("prefix d").await;
    })
    .await;
    assert_eq!(ended.code, 0);
    let shapes: Vec<String> = stub.calls().iter().map(platform_stub::Call::shape).collect();
    let count = |wanted: &str| shapes.iter().filter(|shape| *shape == wanted).count();
    assert_eq!(count("POST /sandboxes"), 1);
    assert_eq!(count("POST /sandboxes/{id}/pause"), 1);
    assert_eq!(count("POST /sandboxes/{id}/connect"), 1);
    assert_eq!(count("POST /sandboxes/{id}/fork"), 1);
    assert_eq!(count("DELETE /sandboxes/{id}"), 1);
    assert_eq!(count("POST /sandboxes/{id}/timeout"), 0, "nothing may shorten a life");
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_sandboxes_are_listed_soon_and_polled_slowly() {
    let stub = PlatformStub::start().await;
    for number in 0..5_000 {
        let mut seed = Seed::new(format!("i{number:019}"));
        seed.metadata.insert("name".to_owned(), format!("box{number}"));
        stub.plant(seed);
    }
    let ended = with_workbench(&stub, async |mut user| {
        let began = Instant::now();
        user.see("the first page", |text| {
            text.contains("▁") || text.contains(" running  ")
        })
        .await;
        let first = began.elapsed();
        user.see("all of them", |text| text.contains("5000 running of 5000"))
            .await;
        println!("first screen after {first:?}, all after {:?}", began.elapsed());
        let read = stub.calls().len();
        user.keys("/").await;
        user.type_text("box123").await;
        user.see("what was looked for", |text| {
            text.contains("box1234") && text.contains("\u{2502}/ box123")
        })
        .await;
        user.keys("esc").await;
        let began = Instant::now();
        for _ in 0..100 {
            user.keys("pagedown").await;
        }
        user.keys("G").await;
        user.see("the other end", |text| text.contains(">local")).await;
        println!("101 motions over 5001 rows in {:?}", began.elapsed());
        let polled = stub.calls().len() - read;
        let most = began.elapsed().as_secs() as usize + 4;
        assert!(polled <= most, "{polled} calls in {:?}", began.elapsed());
        user.keys("prefix d").await;
    })
    .await;
    assert_eq!(ended.code, 0);
}

/// What only looks, moves about, attaches and goes away again. `y` copies, as no question is open.
const LOOKS: [&str; 20] = [
    "prefix S",
    "j",
    "k",
    "G",
    "g",
    "enter",
    "esc",
    "r",
    "s",
    "y",
    "/ i enter",
    "esc esc",
    "prefix c",
    "prefix %",
    "prefix n",
    "prefix R",
    "prefix .",
    "t",
    "v",
    "prefix z",
];

#[tokio::test(flavor = "multi_thread")]
async fn attaching_looking_reconnecting_and_quitting_change_no_life() {
    let stub = PlatformStub::start().await;
    let client = client_of(&stub);
    let mut order = e2b_tui::platform::NewSandbox::of("base");
    order.timeout = Duration::from_secs(3600);
    let running = client.create(&order).await.unwrap().id;
    let asleep = client.create(&order).await.unwrap().id;
    client.pause(&asleep, true).await.unwrap();
    for number in 0..20 {
        let mut seed = Seed::new(format!("i{number}"));
        seed.is_paused = number % 2 == 0;
        stub.plant(seed);
    }
    let lives = |stub: &PlatformStub| {
        stub.with_world(|world| {
            let lives = world.sandboxes.values();
            let lives = lives.map(|one| (one.id.clone(), one.is_paused, one.ends));
            lives.collect::<Vec<_>>()
        })
    };
    let before = lives(&stub);
    stub.take_shapes();
    let mut seeded = seeded::Seeded::new(7);
    for round in 0..20 {
        let first = if round % 2 == 0 { &running } else { &asleep };
        let ended = with_workbench(&stub, async |mut user| {
            user.see("the list", |text| text.contains("of 22")).await;
            user.keys("/").await;
            user.type_text(&format!("={first}\n")).await;
            user.keys("enter").await;
            for _ in 0..10 {
                user.keys(LOOKS[seeded.below(LOOKS.len())]).await;
            }
            user.keys
                .send(OutsideEvent::End(e2b_tui::runtime::EndSignal::Terminate))
                .await
                .unwrap();
        })
        .await;
        assert!([143, 0, 3, 5].contains(&ended.code), "{}", ended.code);
    }
    assert_eq!(lives(&stub), before);
    let calls = stub.calls();
    assert!(calls.iter().all(|call| call.method == "GET"), "{calls:?}");
    assert!(calls.len() >= 20, "{}", calls.len());
    assert_eq!(stub.knocks_while_asleep(), 0);
    println!("{} calls, all of them GET", calls.len());
}

//! What only looks, moves about, attaches, reconnects and goes away again changes no life, wakes nothing, kills nothing.

use std::time::Duration;

use e2b_tui::runtime::{EndSignal, OutsideEvent};
use futures_util::{StreamExt, stream};

use super::platform_stub::Fault;
use super::{PlatformStub, Seed, client_of, made, seeded, with_workbench};

/// Keys that ask for nothing to be changed. `y` copies, as no question is open.
const LOOKS: [&str; 24] = [
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
    "o",
    "i",
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
    "prefix M",
    "prefix i",
];

/// What can be seen of all lives.
fn lives(stub: &PlatformStub) -> Vec<(String, bool, e2b_tui::domain::Timestamp)> {
    stub.with_world(|world| {
        world.let_time_pass();
        let lives = world.sandboxes.values();
        lives.map(|one| (one.id.clone(), one.is_paused, one.ends)).collect()
    })
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one story")]
async fn two_hundred_ways_to_attach_look_reconnect_and_quit_change_no_life() {
    let stub = PlatformStub::start().await;
    let client = client_of(&stub);
    let hour = Duration::from_secs(3600);
    let running = made(&stub, "running", hour).await;
    let asleep = made(&stub, "asleep", hour).await;
    client.pause(&asleep, true).await.unwrap();
    // These wake from any traffic: one runs, one sleeps.
    let mut order = e2b_tui::platform::NewSandbox::of("base");
    order.timeout = hour;
    order.on_timeout = e2b_tui::domain::OnTimeout::Pause;
    order.auto_resume = true;
    let light_sleeper = client.create(&order).await.unwrap().id;
    let awake = client.create(&order).await.unwrap().id;
    client.pause(&light_sleeper, true).await.unwrap();
    for number in 0..16 {
        let mut seed = Seed::new(format!("i{number}"));
        seed.life = hour;
        seed.is_paused = number % 2 == 0;
        seed.auto_resume = number % 3 == 0;
        stub.plant(seed);
    }
    let before = lives(&stub);
    stub.take_shapes();
    let places = [&running, &asleep, &light_sleeper, &awake];
    let sequence = async |round: u64| {
        let mut seeded = seeded::Seeded::new(round + 7);
        let first = places[seeded.below(places.len())];
        let has_link = first == &running || first == &awake;
        let ended = with_workbench(&stub, async |mut user| {
            user.see("the list", |text| text.contains("of 20")).await;
            user.keys("/").await;
            user.type_text(&format!("={first}\n")).await;
            user.keys("enter").await;
            user.see("what came of it", |text| {
                text.contains("ready>") || text.contains("  live") || text.contains("opening does not wake it")
            })
            .await;
            for step in 0..3 {
                if step == 1 && has_link && seeded.below(4) == 0 {
                    stub.cut_links(first.as_str());
                }
                user.keys(LOOKS[seeded.below(LOOKS.len())]).await;
            }
            let _ = user.keys.send(OutsideEvent::End(EndSignal::Terminate)).await;
        })
        .await;
        assert!([143, 0, 3, 5].contains(&ended.code), "{}", ended.code);
    };
    stream::iter(0..200)
        .map(sequence)
        .buffer_unordered(8)
        .collect::<Vec<()>>()
        .await;
    assert_eq!(lives(&stub), before);
    let calls = stub.calls();
    assert!(calls.iter().all(|call| call.method == "GET"), "{calls:?}");
    let looks = super::count(&stub, "GET /sandboxes/{id}");
    assert!(looks >= 60, "{looks} attached");
    assert_eq!(stub.knocks_while_asleep(), 0);
    println!("200 sequences, {} calls, all of them GET", calls.len());

    // The control: a knock at the light sleeper is seen, and wakes it.
    let gate = stub.with_world(|world| world.sandboxes[light_sleeper.as_str()].gate.as_ref().unwrap().address);
    tokio::net::TcpStream::connect(gate).await.unwrap();
    super::until(&stub, "the control", |world| {
        world.let_time_pass();
        world.state_of(light_sleeper.as_str()) == Some("running")
    })
    .await;
    assert_eq!(stub.knocks_while_asleep(), 1);
}

/// Opens a sandbox, breaks its links while the platform answers and while it does not, and says whether the link came back
/// without the platform.
async fn comes_back_without_the_platform(wakes_from_traffic: bool) -> bool {
    let stub = PlatformStub::start().await;
    let mut order = e2b_tui::platform::NewSandbox::of("base");
    order.timeout = Duration::from_secs(3600);
    order.on_timeout = e2b_tui::domain::OnTimeout::Pause;
    order.auto_resume = wakes_from_traffic;
    let id = client_of(&stub).create(&order).await.unwrap().id;
    let accepted =
        |stub: &PlatformStub| stub.with_world(|world| world.sandboxes[id.as_str()].gate.as_ref().unwrap().accepted());
    let mut comes_back = false;
    with_workbench(&stub, async |mut user| {
        super::enter(&mut user).await;
        stub.cut_links(id.as_str());
        user.see("the link again", |text| {
            text.contains("── connection lost") && text.contains("  live")
        })
        .await;
        // The first key may meet a connection that is cut already: it is reported then, and not sent twice.
        user.type_text("true\n").await;
        user.see("another prompt", |text| text.matches("ready>").count() > 1)
            .await;
        user.type_text("clear\n").await;
        user.see("a clean screen", |text| {
            !text.contains("── connection lost") && text.contains("  live")
        })
        .await;
        stub.fail(Fault::new("GET /sandboxes/", 503).times(usize::MAX));
        let before = accepted(&stub);
        stub.cut_links(id.as_str());
        let text = user
            .see("what came of it", |text| {
                text.contains("── connection lost") || text.contains("cannot be known") && text.contains("try 3")
            })
            .await;
        comes_back = text.contains("── connection lost");
        let knocks = accepted(&stub) - before;
        assert_eq!(knocks > 0, comes_back, "{knocks} connections");
        stub.heal();
        user.see("the link again", |text| {
            text.contains("── connection lost") && text.contains("  live")
        })
        .await;
        user.keys("prefix d").await;
    })
    .await;
    assert!(
        stub.calls()
            .iter()
            .all(|call| call.method == "GET" || call.path == "/sandboxes")
    );
    comes_back
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_link_knocks_unasked_only_where_that_wakes_nobody() {
    assert!(
        !comes_back_without_the_platform(true).await,
        "it might sleep, and knocking would wake it"
    );
    assert!(
        comes_back_without_the_platform(false).await,
        "it sleeps on, whoever knocks"
    );
}

//! Lives: kept only where the user said so, warned of before the cut, extended by one key; and what asks before it changes
//! something.

use std::time::Duration;

use e2b_tui::app::PlatformOptions;
use e2b_tui::domain::Timestamp;
use serde_json::json;

use super::platform_stub::Fault;
use super::{PlatformStub, Seed, Special, count, enter, made, until, with_special_workbench, with_workbench};

/// How much of its life a sandbox has left, in seconds.
fn left(world: &super::platform_stub::World, id: &str) -> i64 {
    let now = Timestamp::from(std::time::SystemTime::now());
    world.sandboxes[id].ends.unix_seconds() - now.unix_seconds()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_the_user_names_is_kept_alive() {
    let stub = PlatformStub::start().await;
    for name in ["kept", "other"] {
        let mut seed = Seed::new(format!("i{name}"));
        seed.metadata.insert("name".to_owned(), name.to_owned());
        seed.life = Duration::from_secs(300);
        stub.plant(seed);
    }
    with_workbench(&stub, async |mut user| {
        user.see("both", |text| text.contains("2 running of 2")).await;
        assert_eq!(count(&stub, "POST /sandboxes/{id}/refreshes"), 0);
        user.keys("/").await;
        user.type_text("kept\n").await;
        user.keys("a").await;
        until(&stub, "more life", |world| left(world, "ikept") > 1700).await;
        user.see("how long it lives now", |text| text.contains("+29m")).await;
        user.keys("a").await;
        user.see("that it is not", |text| text.contains("no longer kept alive"))
            .await;
        user.keys("prefix d").await;
    })
    .await;
    assert_eq!(count(&stub, "POST /sandboxes/{id}/refreshes"), 1);
    assert_eq!(
        count(&stub, "POST /sandboxes/{id}/timeout"),
        0,
        "that could shorten a life"
    );
    assert!(stub.with_world(|world| left(world, "iother")) <= 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_life_is_warned_of_and_put_off_by_one_key() {
    let stub = PlatformStub::start().await;
    let id = made(&stub, "api", Duration::from_secs(200)).await;
    stub.with_world(|world| {
        let sandbox = world.sandboxes.get_mut(id.as_str()).unwrap();
        sandbox.started = Timestamp::from_unix_millis(sandbox.started.unix_millis() - 3_600_000);
    });
    with_workbench(&stub, async |mut user| {
        enter(&mut user).await;
        user.see("the warning", |text| text.contains("ends in 3m — ^B + extends it"))
            .await;
        user.keys("prefix +").await;
        user.see("what it has now", |text| text.contains("ends in 59m now"))
            .await;
        user.keys("prefix d").await;
    })
    .await;
    assert!(stub.with_world(|world| left(world, id.as_str())) > 3500);
    assert_eq!(count(&stub, "POST /sandboxes/{id}/timeout"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_comes_before_a_risky_step_or_the_step_is_not_taken() {
    let stub = PlatformStub::start().await;
    for name in ["one", "two"] {
        let mut seed = Seed::new(format!("i{name}"));
        seed.metadata.insert("name".to_owned(), name.to_owned());
        stub.plant(seed);
    }
    with_workbench(&stub, async |mut user| {
        user.see("both", |text| text.contains("2 running of 2")).await;
        stub.fail(Fault::new("POST /sandboxes/ione/snapshots", 503));
        user.keys("/").await;
        user.type_text("one\n").await;
        user.keys("K").await;
        user.see("the offer", |text| text.contains("s snapshot first")).await;
        user.keys("s").await;
        user.see("that nothing was done", |text| text.contains("nothing else was done"))
            .await;
        assert_eq!(count(&stub, "DELETE /sandboxes/{id}"), 0);
        user.keys("K s").await;
        user.see("the end", |text| text.contains(": killed")).await;
        user.keys("prefix d").await;
    })
    .await;
    let shapes: Vec<String> = stub.calls().iter().map(super::platform_stub::Call::shape).collect();
    let at = |wanted: &str| shapes.iter().rposition(|shape| shape == wanted);
    assert!(
        at("POST /sandboxes/{id}/snapshots") < at("DELETE /sandboxes/{id}"),
        "{shapes:?}"
    );
    assert_eq!(
        stub.with_world(|world| (world.snapshots.len(), world.sandboxes.len())),
        (1, 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_looks_changes_no_sandbox() {
    let stub = PlatformStub::start().await;
    stub.plant(Seed::new("ione"));
    let mut asleep = Seed::new("itwo");
    asleep.is_paused = true;
    stub.plant(asleep);
    let special = Special {
        platform: PlatformOptions {
            is_read_only: true,
            ..PlatformOptions::default()
        },
        ..Special::default()
    };
    with_special_workbench(&stub, special, async |mut user| {
        user.see("both", |text| text.contains("1 running of 2")).await;
        for key in ["K", "p", "R", "+", "a"] {
            user.keys(key).await;
            user.see("the refusal", |text| text.contains("is open read-only")).await;
            user.keys("prefix ~").await;
            user.see("that nothing is asked", |text| {
                text.contains("Messages") && !text.contains("Sure?")
            })
            .await;
            user.keys("esc").await;
        }
        user.keys("prefix d").await;
    })
    .await;
    assert!(
        stub.calls().iter().all(|call| call.method == "GET"),
        "{:?}",
        stub.calls()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn all_about_a_sandbox_is_on_one_page_with_its_log() {
    let stub = PlatformStub::start().await;
    let mut seed = Seed::new("ione");
    seed.metadata.insert("role".to_owned(), "web".to_owned());
    stub.plant(seed);
    let line = |second: u32, text: &str| json!({ "timestamp": format!("2026-01-01T00:00:{second:02}Z"), "level": "info", "message": text, "fields": {} });
    let write = |lines: Vec<serde_json::Value>| {
        stub.with_world(|world| world.logs.entry("ione".to_owned()).or_default().extend(lines));
    };
    write(vec![line(1, "first word"), line(2, "second word")]);
    with_workbench(&stub, async |mut user| {
        user.see("the list", |text| text.contains("1 running of 1")).await;
        user.keys("i").await;
        user.see("its log", |text| {
            text.contains("00:00:01 info  first word") && text.contains("role=web") && text.contains("0.6.13")
        })
        .await;
        write(vec![line(2, "third word")]);
        user.see("what was added", |text| {
            text.contains("third word") && text.matches("second word").count() == 1
        })
        .await;
        user.keys("/").await;
        user.type_text("first\n").await;
        user.see("what is looked for alone", |text| {
            text.contains("first word") && !text.contains("third word")
        })
        .await;
        user.keys("esc esc").await;
        user.see("the list again", |text| text.contains("1 running of 1")).await;
        user.keys("o o").await;
        user.see("only paused ones: none", |text| text.contains("paused only"))
            .await;
        user.keys("prefix d").await;
    })
    .await;
    assert!(stub.calls().iter().all(|call| call.method == "GET"));
}

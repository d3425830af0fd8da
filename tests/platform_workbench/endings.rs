//! When a pane dies: why, in one line with the keys for what can be done, and doing it.

use std::time::Duration;

use serde_json::json;

use super::{PlatformStub, count, enter, made, with_workbench};

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(flavor = "multi_thread")]
async fn another_sandbox_takes_the_place_of_one_that_was_killed() {
    let stub = PlatformStub::start().await;
    let id = made(&stub, "api", HOUR).await;
    with_workbench(&stub, async |mut user| {
        enter(&mut user).await;
        user.keys("prefix %").await;
        user.see("two panes", |text| text.matches("ready>").count() == 2).await;
        stub.kill_from_outside(id.as_str()).await;
        user.see("why, and what can be done", |text| {
            text.contains("killed by the API with 59m of its life left") && text.contains("C another in its place")
        })
        .await;
        user.press_until("i", "the page about it", |text| text.contains("exit record"))
            .await;
        user.keys("z").await;
        user.see("what that rests on", |text| {
            [
                "no exit record",
                "gone: the platform does not know it",
                "/health",
                "not asked",
            ]
            .iter()
            .all(|part| text.contains(part))
        })
        .await;
        user.keys("z esc C").await;
        user.see("what could take its place", |text| text.contains("In the place of"))
            .await;
        user.keys("enter").await;
        user.see("both panes in it", |text| {
            text.matches("ready>").count() == 2 && text.matches("another in its place").count() == 0
        })
        .await;
        user.keys("prefix d").await;
    })
    .await;
    let calls = stub.calls();
    let made: Vec<_> = calls.iter().filter(|call| call.shape() == "POST /sandboxes").collect();
    assert_eq!(made.len(), 2);
    assert_eq!(made[1].body["metadata"], made[0].body["metadata"]);
    assert_eq!(stub.with_world(|world| world.sandboxes.len()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_by_somebody_else_is_no_death_and_is_ended_by_a_labelled_key() {
    let stub = PlatformStub::start().await;
    let id = made(&stub, "api", HOUR).await;
    with_workbench(&stub, async |mut user| {
        enter(&mut user).await;
        user.type_text("mark=kept; echo last words\n").await;
        user.see("output", |text| text.matches("last words").count() > 1).await;
        user.keys("prefix P").await;
        user.see("processes", |text| text.contains("rss command")).await;
        user.keys("esc").await;
        stub.pause_from_outside(id.as_str());
        user.see(
            "the pause, with the last screen and the last processes, and how old they are",
            |text| {
                text.contains("paused since")
                    && text.contains("R resume")
                    && text.contains("last words")
                    && text.contains("rss command")
                    && text.contains("s old: ")
            },
        )
        .await;
        assert_eq!(count(&stub, "POST /sandboxes/{id}/connect"), 0);
        user.press_until("R", "the question", |text| text.contains("Resume "))
            .await;
        user.keys("y").await;
        user.see("it runs again", |text| {
            text.contains("── paused ") && text.contains("live")
        })
        .await;
        user.type_text("echo still $mark\n").await;
        user.see("the same shell", |text| text.contains("still kept")).await;
        user.keys("prefix d").await;
    })
    .await;
    assert_eq!(stub.knocks_while_asleep(), 0);
    assert_eq!(count(&stub, "POST /sandboxes/{id}/connect"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_sandbox_from_a_snapshot_has_the_same_layout() {
    let stub = PlatformStub::start().await;
    made(&stub, "api", HOUR).await;
    with_workbench(&stub, async |mut user| {
        enter(&mut user).await;
        user.keys("prefix \"").await;
        user.see("two panes", |text| text.matches("ready>").count() == 2).await;
        user.keys("prefix S M y").await;
        user.see("both sandboxes with two panes each", |text| {
            text.matches("ready>").count() == 4
        })
        .await;
        user.keys("prefix d").await;
    })
    .await;
    let calls = stub.calls();
    let last = calls.iter().rfind(|call| call.shape() == "POST /sandboxes").unwrap();
    assert_eq!(last.body["templateID"], "team/snap1:default");
    assert_eq!(
        last.body["metadata"],
        json!({ "name": "api" }),
        "whoever looks for its kind finds it"
    );
    assert_eq!(last.body["autoPause"], json!(false));
}

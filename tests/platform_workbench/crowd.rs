//! Thousands of sandboxes in the list: soon there, quick to move in, and asked about slowly.

use std::time::{Duration, Instant};

use super::{PlatformStub, Seed, with_workbench};

/// The first screen with sandboxes comes so soon after the first page of them.
const SOON: Duration = Duration::from_secs(1);
/// A frame at sixty a second.
const FRAME: Duration = Duration::from_millis(16);

fn crowded(stub: &PlatformStub) {
    for number in 0..5_000 {
        let mut seed = Seed::new(format!("i{number:019}"));
        seed.metadata.insert("name".to_owned(), format!("box{number}"));
        // Each was started a second before the one above it.
        seed.age = Duration::from_secs(number);
        stub.plant(seed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_sandboxes_are_listed_soon_and_polled_slowly() {
    let stub = PlatformStub::start().await;
    crowded(&stub);
    let ended = with_workbench(&stub, async |mut user| {
        user.see("the first page", |text| text.contains(" running  ")).await;
        let paged = stub.calls().iter().filter(|call| call.path == "/v2/sandboxes").count();
        assert!(paged < 50, "the first screen waited for all {paged} pages");
        let late = stub.since_first("/v2/sandboxes").unwrap();
        println!("first screen {late:?} after the first page, which was one of {paged}");
        assert!(late <= SOON, "{late:?}");
        user.see("all of them", |text| text.contains("5000 running of 5000"))
            .await;
        let read = stub.calls().len();
        let began = Instant::now();
        user.keys("/").await;
        user.type_text("box123").await;
        user.see("what was looked for", |text| {
            text.contains("box1234") && text.contains("\u{2502}/ box123")
        })
        .await;
        user.keys("esc").await;
        for _ in 0..100 {
            user.keys("pagedown").await;
        }
        user.keys("G").await;
        user.see("the other end", |text| text.contains(">local")).await;
        user.keys("g").await;
        user.see("the beginning", |text| text.contains(">box0 ")).await;
        // A few seconds in which nobody does anything: the platform is polled as slowly.
        tokio::time::sleep(Duration::from_secs(3)).await;
        let polled = stub.calls().len() - read;
        let most = began.elapsed().as_secs() as usize + 2;
        println!("{polled} calls in {:?}", began.elapsed());
        assert!(polled <= most, "{polled} calls in {:?}", began.elapsed());
        user.keys("prefix d").await;
    })
    .await;
    assert_eq!(ended.code, 0);
}

/// From a key to the frame that shows what it did, with five thousand rows, fifty times: half of them within one frame.
#[tokio::test(flavor = "multi_thread")]
async fn moving_in_five_thousand_rows_keeps_the_frame_rate() {
    let stub = PlatformStub::start().await;
    crowded(&stub);
    with_workbench(&stub, async |mut user| {
        user.see("all of them", |text| text.contains("5000 running of 5000"))
            .await;
        let mut times = Vec::new();
        for step in 1..=50 {
            let row = format!(">box{step} ");
            let began = Instant::now();
            user.keys("j").await;
            user.see("the next row", |text| text.contains(&row)).await;
            times.push(began.elapsed());
        }
        times.sort();
        println!(
            "from key to frame: half within {:?}, all within {:?}",
            times[25], times[49]
        );
        // The frame pacer itself may hold a frame back for the length of one.
        assert!(times[25] <= FRAME * 2, "{times:?}");
        user.keys("prefix d").await;
    })
    .await;
}

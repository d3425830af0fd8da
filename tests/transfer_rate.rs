//! Files come and go not much slower than with curl. The bench of the same name takes larger ones and says more.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop loudly"
)]

#[path = "support/transfer_rate.rs"]
mod transfer_rate;

use transfer_rate::{has_curl, measure};

const MEBIBYTES: u64 = 64;
/// Generous: an unoptimised build on a busy machine, beside a curl that is neither.
const LEAST: f64 = 0.2;

#[tokio::test(flavor = "multi_thread")]
async fn files_come_and_go_not_much_slower_than_with_curl() {
    if !has_curl() {
        println!("there is no curl to compare with");
        return;
    }
    let (down, up) = measure(MEBIBYTES).await;
    for (way, times) in [("down", down), ("up", up)] {
        println!("{way}: {}", times.in_words(MEBIBYTES << 20));
        assert!(times.ratio() >= LEAST, "{way}: {}", times.in_words(MEBIBYTES << 20));
    }
}

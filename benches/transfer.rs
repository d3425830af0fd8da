//! One gibibyte down and up through the embedded sandbox, beside curl on the same routes in the same run. Fails where we are
//! below the part of curl's rate that we promise. `E2B_TUI_BENCH_MIB` takes another size.
//!
//! With the release profile on a busy machine of two cores: down 149 % of curl's rate (848 and 570 MiB/s), up 82 % (894 and
//! 1088 MiB/s).

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a bench that cannot go on should stop loudly"
)]

#[path = "../tests/support/transfer_rate.rs"]
mod transfer_rate;

use transfer_rate::{has_curl, measure};

/// What we promise.
const LEAST: f64 = 0.6;

fn main() {
    if !has_curl() {
        println!("transfer: there is no curl to compare with");
        return;
    }
    let size = std::env::var("E2B_TUI_BENCH_MIB")
        .ok()
        .and_then(|size| size.parse().ok());
    let mebibytes: u64 = size.unwrap_or(1024);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (down, up) = runtime.block_on(measure(mebibytes));
    for (way, times) in [("down", down), ("up", up)] {
        println!("transfer {way}, {mebibytes} MiB: {}", times.in_words(mebibytes << 20));
        assert!(times.ratio() >= LEAST, "{way} is below {LEAST} of curl");
    }
}

//! The stubbed platform by hand: `cargo test --test platform_by_hand -- --ignored --nocapture` prints the variables that
//! lead a program to it, and holds until standard input is closed. Lines on standard input change the world: `pause ID`,
//! `kill ID`, `limit`, `deny`, `heal`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]

#[path = "support/platform_stub/mod.rs"]
#[expect(dead_code, reason = "the tests of the platform count calls")]
mod platform_stub;

use std::time::Duration;

use platform_stub::{Fault, PlatformStub, Seed};
use tokio::io::{AsyncBufReadExt, BufReader};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "somebody sits in front of it"]
async fn a_platform_to_try_things_on() {
    let stub = PlatformStub::start().await;
    for number in 0..30 {
        let mut seed = Seed::new(format!("i{number:019}"));
        seed.metadata.insert("name".to_owned(), format!("box{number}"));
        seed.metadata.insert("role".to_owned(), "web".to_owned());
        seed.is_paused = number % 5 == 0;
        seed.life = Duration::from_secs(90 + number * 60);
        stub.plant(seed);
    }
    for (name, value) in stub.environment() {
        println!("export {name}={value}");
    }
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["pause", id] => stub.pause_from_outside(id),
            ["kill", id] => stub.kill_from_outside(id).await,
            ["limit"] => stub.fail(Fault::new("GET", 429).header("retry-after", "7").times(usize::MAX)),
            ["deny"] => stub.fail(Fault::new("", 401).times(usize::MAX)),
            ["heal"] => stub.heal(),
            _ => println!("what is `{line}`?"),
        }
        println!("{:?}", stub.take_shapes());
    }
}

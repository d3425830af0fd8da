//! What the picture in the README shows.

use std::time::Duration;

use e2b_tui::app::{Options, PlatformAnswer, PlatformOptions};
use e2b_tui::domain::{Pid, SandboxState, SessionNews, SystemMetrics, Target};

use super::fleet::{NOW, sandbox};
use super::process_stage::{Scene, answered};
use super::stage::{Stage, targets};

const TEST_RUN: &str = "\u{1b}[H\u{1b}[2J\u{1b}[1;32muser@api\u{1b}[0m:\u{1b}[1;34m~/app\u{1b}[0m$ cargo test
\u{1b}[1;32m   Compiling\u{1b}[0m app v0.3.1 (/home/user/app)
\u{1b}[1;32m    Finished\u{1b}[0m `test` profile in 4.12s
\u{1b}[1;32m     Running\u{1b}[0m tests/orders.rs

running 9 tests
test cancel_twice_is_refused ... \u{1b}[32mok\u{1b}[0m
test empty_cart_is_refused ... \u{1b}[32mok\u{1b}[0m
test prices_are_rounded_once ... \u{1b}[31mFAILED\u{1b}[0m
test stock_never_below_zero ... \u{1b}[32mok\u{1b}[0m

---- prices_are_rounded_once ----
assertion `left == right` failed
\u{1b}[31m  left: 1999
\u{1b}[32m right: 2000\u{1b}[0m

test result: \u{1b}[31mFAILED\u{1b}[0m. 8 passed; 1 failed

\u{1b}[1;32muser@api\u{1b}[0m:\u{1b}[1;34m~/app\u{1b}[0m$ \u{1b}]7;file://api/home/user/app\u{7}";

const TABLE: &str = "\u{1b}[?1049h\u{1b}[?25l\u{1b}[H\u{1b}]2;htop\u{7}  0\u{1b}[1m[\u{1b}[32m|||||||\u{1b}[31m||\u{1b}[0m            31.8%\u{1b}[1m]\u{1b}[0m  Tasks: 38
  1\u{1b}[1m[\u{1b}[32m|||||||||||||\u{1b}[31m|\u{1b}[0m       58.0%\u{1b}[1m]\u{1b}[0m  Load: 0.71 0.44
Mem\u{1b}[1m[\u{1b}[32m||||||\u{1b}[34m|\u{1b}[33m||||\u{1b}[0m     340M/512M\u{1b}[1m]\u{1b}[0m  Uptime: 00:41:09

\u{1b}[30;42m  PID USER      CPU%  MEM%  TIME+    Command         \u{1b}[0m
\u{1b}[30;46m  977 user      58.0  12.4  0:41.20  orders -p 80\u{1b}[0m
  412 user       0.7   0.9  0:00.31  bash -l
\u{1b}[2m    1 root       0.0   1.1  0:00.92  /sbin/init
  203 root       0.0   2.0  0:01.44  envd\u{1b}[0m
";

const LOG: &str = "\u{1b}[H\u{1b}[2J\u{1b}]2;tail -f orders.log\u{7}\
\u{1b}[2m13:02:11\u{1b}[0m \u{1b}[32mINFO\u{1b}[0m  order 8121 paid
\u{1b}[2m13:02:12\u{1b}[0m \u{1b}[32mINFO\u{1b}[0m  order 8122 paid
\u{1b}[2m13:02:12\u{1b}[0m \u{1b}[33mWARN\u{1b}[0m  stock of green tea below 5
\u{1b}[2m13:02:14\u{1b}[0m \u{1b}[31mERROR\u{1b}[0m price 1999 ≠ 2000 in order 8123
";

const BUILD: &str = "\u{1b}[H\u{1b}[2J\u{1b}[1;32muser@build\u{1b}[0m:\u{1b}[1;34m/src\u{1b}[0m$ make\ncc -O2 -c parse.c\ncc -O2 -c main.c\n\
parse.c:41: \u{1b}[1;31merror:\u{1b}[0m unknown type name 'u8'\nmake: *** [parse.o] Error 1\n\u{1b}]7;file://build/src\u{7}";

/// The picture: panes of three sandboxes in one tab, beside two panels.
pub fn scene() -> Stage {
    let known = [
        sandbox(1, "api", SandboxState::Running, 480),
        sandbox(2, "worker", SandboxState::Running, 2_460),
        sandbox(3, "build", SandboxState::Running, 7_300),
        sandbox(4, "old", SandboxState::Paused, -7_200),
    ];
    let opened = targets().into_iter().zip(&known).map(|(target, known)| Target {
        sandbox: Some(known.id.clone()),
        ..target
    });
    let options = Options {
        platform: Some(PlatformOptions::default()),
        ..Options::default()
    };
    let page = PlatformAnswer::Page {
        sandboxes: known.to_vec(),
        next: None,
    };
    let mut stage = Stage::with(opened.collect(), options, 146, 30)
        .live()
        .wait(100)
        .platform_says(Ok(page));
    // Beside the shell in the first sandbox, one in each of the others.
    for (keys, index) in [("prefix | down enter", 3), ("prefix - down down enter", 4)] {
        stage = stage.keys(keys).wait(500).news(index, SessionNews::Opened(Pid(400)));
    }
    let stage = stage
        .output(3, TABLE)
        .output(4, LOG)
        .keys("prefix left")
        .output(0, TEST_RUN)
        .output(2, BUILD)
        .keys("prefix S | > >");
    let stage = answered(stage, &Scene::usual());
    let later = Scene::usual().after(1);
    let stage = answered(stage.wait(1_000), &later);
    let samples = |cpu: [f32; 3]| {
        let of = |(at, cpu): (usize, f32)| {
            let sample = SystemMetrics {
                timestamp: NOW,
                cpu_used_percent: cpu,
                memory_total: 512 << 20,
                memory_used: 340 << 20,
                ..SystemMetrics::default()
            };
            (known[at].id.clone(), sample)
        };
        PlatformAnswer::Samples(cpu.into_iter().enumerate().map(of).collect())
    };
    answered(
        stage.wait(1_000).platform_says(Ok(samples([12.0, 58.0, 3.0]))),
        &later.after(1),
    )
    .news(0, SessionNews::RoundTrip(Duration::from_millis(12)))
    .ended(2, 2)
    .keys("esc")
}

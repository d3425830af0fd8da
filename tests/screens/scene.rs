//! What the picture in the README shows.

use e2b_tui::domain::SessionNews;

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

const TABLE: &str = "\u{1b}[?1049h\u{1b}[?25l\u{1b}[H\u{1b}]2;htop\u{7}  0\u{1b}[1m[\u{1b}[32m|||||||\u{1b}[31m||\u{1b}[0m            31.8%\u{1b}[1m]\u{1b}[0m  Tasks: 38, 61 thr
  1\u{1b}[1m[\u{1b}[32m|||||||||||||\u{1b}[31m|\u{1b}[0m       58.0%\u{1b}[1m]\u{1b}[0m  Load: 0.71 0.44 0.30
Mem\u{1b}[1m[\u{1b}[32m||||||\u{1b}[34m|\u{1b}[33m||||\u{1b}[0m     340M/512M\u{1b}[1m]\u{1b}[0m  Uptime: 00:41:09

\u{1b}[30;42m  PID USER      CPU%  MEM%  TIME+    Command         \u{1b}[0m
\u{1b}[30;46m  977 user      58.0  12.4  0:41.20  orders --port 80\u{1b}[0m
  412 user       0.7   0.9  0:00.31  bash -l
\u{1b}[2m    1 root       0.0   1.1  0:00.92  /sbin/init
  203 root       0.0   2.0  0:01.44  envd\u{1b}[0m
";

const LOG: &str = "\u{1b}[H\u{1b}[2J\u{1b}]2;tail -f orders.log\u{7}\
\u{1b}[2m13:02:11\u{1b}[0m \u{1b}[32mINFO\u{1b}[0m  order 8121 paid
\u{1b}[2m13:02:12\u{1b}[0m \u{1b}[32mINFO\u{1b}[0m  order 8122 paid
\u{1b}[2m13:02:12\u{1b}[0m \u{1b}[33mWARN\u{1b}[0m  stock of 日本茶 below 5
\u{1b}[2m13:02:14\u{1b}[0m \u{1b}[31mERROR\u{1b}[0m price 1999 ≠ 2000 in order 8123
";

/// What the picture in the README shows: three sandboxes, the first with a test run, a process table and a log.
pub fn scene() -> Stage {
    let round_trip = SessionNews::RoundTrip(std::time::Duration::from_millis(12));
    Stage::new(targets(), 110, 28)
        .live()
        .split("prefix %")
        .split("prefix \"")
        .output(3, TABLE)
        .output(4, LOG)
        .keys("prefix left")
        .output(0, TEST_RUN)
        .news(0, round_trip)
        .output(2, "make: *** [all] Error 2\n")
        .ended(2, 2)
}

//! The list of the platform's sandboxes: the picker, before anything is open, and what lies over it.

use std::collections::BTreeMap;

use e2b_tui::app::{Options, PlatformAnswer, PlatformOptions};
use e2b_tui::domain::{Failure, FailureKind, Sandbox, SandboxState, SystemMetrics, Timestamp};

use super::check;
use super::stage::Stage;

/// Thirteen hours past midnight, as the stage has it.
pub const NOW: i64 = 13 * 3600;

pub fn sandbox(number: i64, name: &str, state: SandboxState, ends_in: i64) -> Sandbox {
    Sandbox {
        id: format!("istub{number:015}").parse().unwrap(),
        template: "rki5dems9wqfm4r03t7g".into(),
        alias: Some("base".into()),
        state,
        started: Some(Timestamp::from_unix_millis((NOW - 600 * number) * 1000)),
        ends: Some(Timestamp::from_unix_millis((NOW + ends_in) * 1000)),
        cpu_count: 2,
        memory_mb: 512,
        disk_mb: 1024,
        metadata: BTreeMap::from([("name".into(), name.into()), ("role".into(), "a\u{202e}pi".into())]),
        envd_version: "0.6.13".into(),
    }
}

fn picker(cols: u16, rows: u16) -> Stage {
    let options = Options {
        platform: Some(PlatformOptions::default()),
        ..Options::default()
    };
    Stage::with(Vec::new(), options, cols, rows)
}

fn listed(cols: u16, rows: u16) -> Stage {
    let sandboxes = vec![
        sandbox(1, "api", SandboxState::Running, 480),
        sandbox(2, "worker", SandboxState::Running, 45),
        sandbox(3, "old", SandboxState::Paused, -7200),
        sandbox(4, "build", SandboxState::Running, 7300),
    ];
    let sample = |cpu| SystemMetrics {
        timestamp: NOW,
        cpu_used_percent: cpu,
        memory_total: 512,
        memory_used: 340,
        ..SystemMetrics::default()
    };
    let samples =
        [(1, 12.0), (2, 97.0)].map(|(number, cpu)| (format!("istub{number:015}").parse().unwrap(), sample(cpu)));
    picker(cols, rows)
        .platform_says(Ok(PlatformAnswer::Page { sandboxes, next: None }))
        .wait(1_000)
        .platform_says(Ok(PlatformAnswer::Samples(BTreeMap::from(samples))))
}

#[test]
fn the_picker() {
    check("picker", &listed(120, 12));
    check("picker-narrow", &listed(60, 12));
    check("picker-filter", &listed(80, 12).keys("/ w r k"));
    let failure = Failure::new(FailureKind::Unreachable, "cannot list sandboxes").because("connection refused");
    check(
        "picker-failing",
        &listed(100, 12).wait(10_000).platform_says(Err(failure)),
    );
}

#[test]
fn questions_over_the_picker() {
    check("picker-kill", &listed(80, 16).keys("space space K"));
    check("picker-create", &listed(80, 16).keys("c"));
    check("picker-create-wrong", &listed(80, 16).keys("c tab r o l e enter"));
}

//! Why a pane died: what the program, the link, the platform and its log say, put together into one line. Pure.

use crate::domain::{ExitStatus, Moment, OnTimeout, Sandbox, SandboxState, SystemMetrics, Timestamp};

use super::life::span_words;
use super::question::LogLine;

/// What there is to judge by.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// How the program ended, if the sandbox said so; none: only the link is lost.
    pub exit: Option<&'a ExitStatus>,
    /// The sandbox as it was known before.
    pub before: Option<&'a Sandbox>,
    /// What was set for its end.
    pub on_timeout: Option<&'a OnTimeout>,
    /// How it is now.
    pub now_is: &'a Whereabouts,
    /// The last sample of it.
    pub sample: Option<&'a SystemMetrics>,
    /// The last lines of its log.
    pub log: &'a [LogLine],
    /// The time.
    pub now: Moment,
}

/// What the platform says of the sandbox afterwards.
#[derive(Clone, Debug, PartialEq)]
pub enum Whereabouts {
    /// It is there, like this.
    There(Box<Sandbox>),
    /// It is not known any more.
    Gone,
    /// The platform cannot be asked.
    Unknown,
}

/// What did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The life was over, and what was set for that was done.
    Lifetime,
    /// There was no memory left.
    Memory,
    /// Somebody killed the sandbox.
    Killed,
    /// Somebody paused the sandbox.
    Paused,
    /// The sandbox runs: only the way to it is at fault.
    Network,
    /// The program ended by itself.
    Program,
    /// Nobody knows.
    Unknown,
}

/// From this share of memory on, a kill is blamed on it.
const FULL: f64 = 0.95;
/// The platform ends a life not to the second.
const SLACK_MILLIS: i64 = 5_000;

/// What did it, and one line about it.
pub fn diagnose(evidence: &Evidence) -> (Cause, String) {
    let cause = cause(evidence);
    (cause, words(cause, evidence))
}

fn cause(evidence: &Evidence) -> Cause {
    let was_killed = evidence.exit.is_some_and(|status| status.shell_code() == 137);
    let is_starved = memory(evidence).is_some_and(|share| share >= FULL) || log_says_memory(evidence.log);
    match evidence.now_is {
        Whereabouts::There(sandbox) if sandbox.state == SandboxState::Paused => {
            if evidence.on_timeout == Some(&OnTimeout::Pause) && life_was_over(evidence) {
                Cause::Lifetime
            } else {
                Cause::Paused
            }
        }
        Whereabouts::There(_) => match evidence.exit {
            Some(_) if was_killed && is_starved => Cause::Memory,
            Some(_) => Cause::Program,
            None => Cause::Network,
        },
        Whereabouts::Gone if life_was_over(evidence) => Cause::Lifetime,
        Whereabouts::Gone if is_starved => Cause::Memory,
        Whereabouts::Gone => Cause::Killed,
        Whereabouts::Unknown if evidence.exit.is_some() && !was_killed => Cause::Program,
        Whereabouts::Unknown => Cause::Unknown,
    }
}

fn life_was_over(evidence: &Evidence) -> bool {
    let ends = evidence.before.and_then(|sandbox| sandbox.ends);
    let now = Timestamp::from(evidence.now.wall).unix_millis();
    ends.is_some_and(|ends| ends.unix_millis() <= now + SLACK_MILLIS)
}

fn memory(evidence: &Evidence) -> Option<f64> {
    let sample = evidence.sample.filter(|sample| sample.memory_total > 0)?;
    Some(sample.memory_used as f64 / sample.memory_total as f64)
}

fn log_says_memory(log: &[LogLine]) -> bool {
    log.iter().any(|line| {
        let text = line.message.unescaped().to_lowercase();
        ["out of memory", "oom-kill", "oom_kill", "oom killer"]
            .iter()
            .any(|word| text.contains(word))
    })
}

fn words(cause: Cause, evidence: &Evidence) -> String {
    let full = memory(evidence)
        .map(|share| format!(" ({:.0}% full)", share * 100.0))
        .unwrap_or_default();
    let left = evidence
        .before
        .and_then(|sandbox| sandbox.life_left(Timestamp::from(evidence.now.wall)));
    let left = left
        .map(|left| format!(" with {} of its life left", span_words(left)))
        .unwrap_or_default();
    let gone = *evidence.now_is == Whereabouts::Gone;
    match cause {
        Cause::Lifetime if gone => "its life was over, and it was killed as set — create another".to_owned(),
        Cause::Lifetime => "its life was over, and it was paused as set — resume it".to_owned(),
        Cause::Memory if gone => format!("the sandbox ended when its memory was full{full} — create another with more"),
        Cause::Memory => format!("killed when memory was full{full} — start it again with less to do"),
        Cause::Killed => format!("the sandbox was killed by the API{left} — create another"),
        Cause::Paused => format!("the sandbox was paused by the API{left} — resume it"),
        Cause::Network => "the sandbox runs: only the network is at fault — try again".to_owned(),
        Cause::Program => "the program ended by itself; the sandbox runs".to_owned(),
        Cause::Unknown => "the platform cannot be asked why".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn sandbox(state: SandboxState, ends: i64) -> Sandbox {
        Sandbox {
            id: "i1".parse().expect("an ID"),
            template: "base".into(),
            alias: None,
            state,
            started: None,
            ends: Some(Timestamp::from_unix_millis(ends * 1000)),
            cpu_count: 1,
            memory_mb: 512,
            disk_mb: 1,
            metadata: std::collections::BTreeMap::new(),
            envd_version: "".into(),
        }
    }

    /// How it ended, when it was to end, what was to happen then, where it is now, memory in use, log, and the cause.
    type Row<'a> = (
        Option<&'a ExitStatus>,
        i64,
        Option<&'a OnTimeout>,
        &'a Whereabouts,
        f64,
        &'a [LogLine],
        Cause,
    );

    #[test]
    fn each_way_to_die_is_told_from_the_others() {
        use Cause::{Killed, Lifetime, Memory, Network, Paused, Program, Unknown};
        use SandboxState::Running;
        let now = Moment::ZERO.after(Duration::from_secs(1000));
        let exit = |code| ExitStatus {
            code,
            exited: code >= 0,
            status: if code < 0 { "signal: killed" } else { "exit status" }.into(),
            error: None,
        };
        let killed = ExitStatus { code: 137, ..exit(137) };
        let failed = exit(2);
        let paused = Whereabouts::There(Box::new(sandbox(SandboxState::Paused, 990)));
        let there = Whereabouts::There(Box::new(sandbox(Running, 5000)));
        let (gone, unknown) = (Whereabouts::Gone, Whereabouts::Unknown);
        let pause = OnTimeout::Pause;
        let oom = [LogLine {
            time: Timestamp::from_unix_millis(0),
            level: "error".into(),
            message: "Out of memory: Killed process 7".into(),
        }];
        let rows: [Row; 15] = [
            (None, 999, None, &gone, 0.1, &[], Lifetime),
            (None, 1003, None, &gone, 0.1, &[], Lifetime),
            (None, 5000, None, &gone, 0.1, &[], Killed),
            (None, 5000, None, &gone, 0.99, &[], Memory),
            (None, 5000, None, &gone, 0.1, &oom, Memory),
            (None, 990, Some(&pause), &paused, 0.1, &[], Lifetime),
            (None, 5000, Some(&pause), &paused, 0.1, &[], Paused),
            (None, 990, None, &paused, 0.1, &[], Paused),
            (None, 5000, None, &there, 0.1, &[], Network),
            (None, 5000, None, &there, 0.99, &[], Network),
            (Some(&killed), 5000, None, &there, 0.99, &[], Memory),
            (Some(&killed), 5000, None, &there, 0.2, &[], Program),
            (Some(&failed), 5000, None, &there, 0.99, &[], Program),
            (Some(&failed), 5000, None, &unknown, 0.1, &[], Program),
            (None, 5000, None, &unknown, 0.1, &[], Unknown),
        ];
        for (number, (exit, ends, on_timeout, now_is, memory, log, expected)) in rows.into_iter().enumerate() {
            let before = sandbox(Running, ends);
            let sample = SystemMetrics {
                memory_total: 1000,
                memory_used: (memory * 1000.0) as u64,
                ..SystemMetrics::default()
            };
            let (cause, words) = diagnose(&Evidence {
                exit,
                before: Some(&before),
                on_timeout,
                now_is,
                sample: Some(&sample),
                log,
                now,
            });
            assert_eq!(cause, expected, "row {number}: {words}");
            assert!(!words.is_empty() && !words.contains('\n'));
        }
    }
}

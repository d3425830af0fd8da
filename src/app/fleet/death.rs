//! Why a pane died: what the program, the link, the platform, its log and the sandbox's `/health` say, put together into
//! one line. Pure.

use crate::domain::{ExitStatus, Moment, OnTimeout, RemoteText, Sandbox, SandboxState, SystemMetrics, Timestamp};

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
    /// What was asked for afterwards.
    pub after: &'a LastWords,
    /// The time.
    pub now: Moment,
}

/// What the platform says of a sandbox after a pane in it died.
#[derive(Clone, Debug, PartialEq)]
pub struct LastWords {
    /// How it is now.
    pub now_is: Whereabouts,
    /// Whether its envd answers.
    pub health: Health,
    /// The last lines of its log, the oldest first.
    pub log: Vec<LogLine>,
    /// The last sample, if there is one.
    pub sample: Option<SystemMetrics>,
    /// Saved states of it that others can be made of.
    pub snapshots: Vec<RemoteText>,
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

/// Whether a sandbox's envd answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// It does.
    Answers,
    /// It does not, and why.
    Silent(RemoteText),
    /// Nobody asked: where it sleeps, asking could wake it, and where it is gone, nobody is there.
    NotAsked,
}

/// What was found out about the end of a pane.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// What did it.
    pub cause: Cause,
    /// Whether the sandbox is gone for good.
    pub is_gone: bool,
    /// One line about it.
    pub words: String,
    /// What it rests on: a name and a value each, safe to show.
    pub facts: Vec<(&'static str, String)>,
    /// The last lines of the sandbox's log.
    pub log: Vec<LogLine>,
    /// Saved states of it that others can be made of.
    pub snapshots: Vec<RemoteText>,
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
    /// The sandbox runs and its envd answers: only the way to it was at fault.
    Network,
    /// The sandbox runs, as the platform says, and its envd does not answer.
    Silent,
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
pub fn diagnose(evidence: &Evidence) -> Verdict {
    let cause = cause(evidence);
    Verdict {
        cause,
        is_gone: evidence.after.now_is == Whereabouts::Gone,
        words: words(cause, evidence),
        facts: facts(evidence),
        log: evidence.after.log.clone(),
        snapshots: evidence.after.snapshots.clone(),
    }
}

fn cause(evidence: &Evidence) -> Cause {
    let was_killed = evidence.exit.is_some_and(|status| status.shell_code() == 137);
    let is_starved = memory(evidence).is_some_and(|share| share >= FULL) || log_says_memory(&evidence.after.log);
    match &evidence.after.now_is {
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
            None if matches!(evidence.after.health, Health::Silent(_)) => Cause::Silent,
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
    let sample = evidence.after.sample.filter(|sample| sample.memory_total > 0)?;
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
        .filter(|left| !left.is_zero())
        .map(|left| format!(" with {} of its life left", span_words(left)))
        .unwrap_or_default();
    let gone = evidence.after.now_is == Whereabouts::Gone;
    match cause {
        Cause::Lifetime if gone => "its life was over, and it was killed as set".to_owned(),
        Cause::Lifetime => "its life was over, and it was paused as set".to_owned(),
        Cause::Memory if gone => format!("the sandbox ended when its memory was full{full}"),
        Cause::Memory => format!("killed when memory was full{full}"),
        Cause::Killed => format!("the sandbox was killed by the API{left}"),
        Cause::Paused => format!("the sandbox was paused by the API{left}"),
        Cause::Network => "the sandbox runs and its envd answers: only the network was at fault".to_owned(),
        Cause::Silent => match &evidence.after.health {
            Health::Silent(why) => {
                format!("the sandbox runs, as the platform says, but its envd does not answer: {why}")
            }
            _ => "the sandbox runs, but its envd does not answer".to_owned(),
        },
        Cause::Program => "the program ended by itself; the sandbox runs".to_owned(),
        Cause::Unknown => "the platform cannot be asked why".to_owned(),
    }
}

/// Everything that was put together.
fn facts(evidence: &Evidence) -> Vec<(&'static str, String)> {
    let now = Timestamp::from(evidence.now.wall);
    let ago = |time: Timestamp| now.since(time).map(|span| format!(" ({} ago)", span_words(span)));
    let mut facts = Vec::new();
    let exit = evidence.exit.map(ToString::to_string);
    facts.push((
        "program",
        exit.unwrap_or_else(|| "no exit record: the link was lost".to_owned()),
    ));
    let now_is = match &evidence.after.now_is {
        Whereabouts::There(sandbox) => sandbox.state.to_string(),
        Whereabouts::Gone => "gone: the platform does not know it any more".to_owned(),
        Whereabouts::Unknown => "unknown: the platform could not be asked".to_owned(),
    };
    facts.push(("sandbox", now_is));
    if let Some(ends) = evidence.before.and_then(|sandbox| sandbox.ends) {
        facts.push(("end of life", format!("{ends}{}", ago(ends).unwrap_or_default())));
    }
    let on_timeout = match evidence.on_timeout {
        Some(OnTimeout::Kill) => "kill".to_owned(),
        Some(OnTimeout::Pause) => "pause".to_owned(),
        Some(OnTimeout::Other(other)) => other.escaped(),
        None => "not known".to_owned(),
    };
    facts.push(("on timeout", on_timeout));
    if let Some(sample) = evidence.after.sample {
        let share = memory(evidence).unwrap_or_default() * 100.0;
        let at = ago(Timestamp::from_unix_millis(sample.timestamp.saturating_mul(1000)));
        let cpu = sample.cpu_used_percent;
        let text = format!("cpu {cpu:.0}%, memory {share:.0}%{}", at.unwrap_or_default());
        facts.push(("last sample", text));
    }
    let health = match &evidence.after.health {
        Health::Answers => "answers".to_owned(),
        Health::Silent(why) => format!("does not answer: {why}"),
        Health::NotAsked => "not asked: it does not run".to_owned(),
    };
    facts.push(("/health", health));
    facts.push(("log", format!("{} last lines", evidence.after.log.len())));
    facts
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

    fn verdict_of(row: &Row, now: Moment) -> Verdict {
        let (exit, ends, on_timeout, now_is, memory, log, expected) = *row;
        let before = sandbox(SandboxState::Running, ends);
        let sample = SystemMetrics {
            memory_total: 1000,
            memory_used: (memory * 1000.0) as u64,
            ..SystemMetrics::default()
        };
        diagnose(&Evidence {
            exit,
            before: Some(&before),
            on_timeout,
            after: &LastWords {
                now_is: now_is.clone(),
                health: if expected == Cause::Silent {
                    Health::Silent("no route".into())
                } else {
                    Health::Answers
                },
                log: log.to_vec(),
                sample: Some(sample),
                snapshots: Vec::new(),
            },
            now,
        })
    }

    #[test]
    fn each_way_to_die_is_told_from_the_others() {
        use Cause::{Killed, Lifetime, Memory, Network, Paused, Program, Silent, Unknown};
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
        let rows: [Row; 16] = [
            (None, 5000, None, &there, 0.1, &[], Silent),
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
        for (number, row) in rows.into_iter().enumerate() {
            let verdict = verdict_of(&row, now);
            let expected = row.6;
            let words = verdict.words;
            assert_eq!(verdict.cause, expected, "row {number}: {words}");
            assert!(!words.is_empty() && !words.contains('\n'));
            assert!(verdict.facts.len() >= 6, "{:?}", verdict.facts);
        }
    }
}

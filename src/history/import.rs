//! Reads what other programs have kept: the history files of bash, zsh and fish, atuin's export, and our own.

use std::time::Duration;

use super::exchange::exported;
use crate::domain::{CommandKey, CommandPlace, Timestamp};

/// Whose file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A command a line, with `#seconds` before it if `HISTTIMEFORMAT` was set.
    Bash,
    /// Plain, or `: start:duration;command`; a backslash at the end of a line goes on with the next.
    Zsh,
    /// `- cmd:` and `when:` lines.
    Fish,
    /// JSON lines, or tabs between time, duration, exit code, directory and command, of `atuin history list` or `search`.
    Atuin,
    /// JSON lines of our own `export`.
    Own,
}

/// A command of another program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// What was run.
    pub text: String,
    /// When, if it is known.
    pub started: Option<Timestamp>,
    /// How long it took, if it is known.
    pub took: Option<Duration>,
    /// Its exit code, if it is known.
    pub status: Option<i32>,
    /// Its directory, if it is known.
    pub directory: Option<String>,
    /// Which of our own commands it was.
    pub origin: Option<Box<Origin>>,
}

/// What only our own export says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its number.
    pub key: CommandKey,
    /// Where it was run.
    pub place: CommandPlace,
    /// In which shell.
    pub session: String,
    /// In which pane.
    pub pane: u32,
    /// Whether it is kept when others are forgotten for their age.
    pub is_pinned: bool,
}

impl Format {
    /// All of them with their names.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Bash, "bash"),
        (Self::Zsh, "zsh"),
        (Self::Fish, "fish"),
        (Self::Atuin, "atuin"),
        (Self::Own, "e2b-tui"),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        let found = Self::ALL.into_iter().find(|(format, _)| *format == self);
        found.map_or("", |(_, name)| name)
    }

    /// Whose file this looks like.
    pub fn guess(name: &str, text: &str) -> Self {
        let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        if name.contains("fish") || first.starts_with("- cmd:") {
            Self::Fish
        } else if first.starts_with(": ") || name.contains("zsh") {
            Self::Zsh
        } else if exported(first).is_some() {
            Self::Own
        } else if first.starts_with('{') || first.split('\t').count() >= 3 {
            Self::Atuin
        } else {
            Self::Bash
        }
    }
}

/// The commands of a file, in its order. What cannot be read is left out.
pub fn parse_history(bytes: &[u8], format: Format) -> Vec<Imported> {
    let text = match format {
        Format::Zsh => String::from_utf8_lossy(&unmetafied(bytes)).into_owned(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    };
    let mut found = match format {
        Format::Bash => bash(&text),
        Format::Zsh => zsh(&text),
        Format::Fish => fish(&text),
        Format::Atuin => text.lines().filter_map(atuin).collect(),
        Format::Own => text.lines().filter_map(exported).collect(),
    };
    found.retain(|command| !command.text.trim().is_empty());
    found
}

fn seconds(text: &str) -> Option<Timestamp> {
    let seconds: i64 = text.trim().parse().ok()?;
    Some(Timestamp::from_unix_millis(seconds.checked_mul(1000)?))
}

fn bash(text: &str) -> Vec<Imported> {
    let mut found: Vec<Imported> = Vec::new();
    let mut started = None;
    let mut is_timed = false;
    for line in text.lines() {
        if let Some(time) = line.strip_prefix('#').and_then(seconds) {
            started = Some(time);
            is_timed = true;
            found.push(Imported {
                started,
                ..Imported::default()
            });
        } else if is_timed && let Some(command) = found.last_mut() {
            // With times, everything up to the next one is one command.
            if !command.text.is_empty() {
                command.text.push('\n');
            }
            command.text.push_str(line);
        } else {
            found.push(Imported {
                text: line.to_owned(),
                started,
                ..Imported::default()
            });
        }
    }
    found
}

/// zsh writes some bytes as 0x83 and the byte with bit 5 turned over.
fn unmetafied(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut is_meta = false;
    for byte in bytes {
        match (is_meta, byte) {
            (true, byte) => plain.push(byte ^ 0x20),
            (false, 0x83) => {}
            (false, byte) => plain.push(*byte),
        }
        is_meta = !is_meta && *byte == 0x83;
    }
    plain
}

fn zsh(text: &str) -> Vec<Imported> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let mut whole = line.to_owned();
        while whole.ends_with('\\')
            && let Some(next) = lines.next()
        {
            whole.pop();
            whole.push('\n');
            whole.push_str(next);
        }
        let timed = whole
            .strip_prefix(": ")
            .and_then(|rest| rest.split_once(';'))
            .and_then(|(head, command)| {
                let (started, took) = head.split_once(':')?;
                Some((seconds(started)?, took.trim().parse().ok()?, command.to_owned()))
            });
        found.push(match timed {
            Some((started, took, text)) => Imported {
                text,
                started: Some(started),
                took: Some(Duration::from_secs(took)),
                ..Imported::default()
            },
            None => Imported {
                text: whole,
                ..Imported::default()
            },
        });
    }
    found
}

fn fish(text: &str) -> Vec<Imported> {
    let mut found: Vec<Imported> = Vec::new();
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("- cmd: ") {
            found.push(Imported {
                text: fish_unescaped(command),
                ..Imported::default()
            });
        } else if let (Some(time), Some(command)) = (line.trim_start().strip_prefix("when: "), found.last_mut()) {
            command.started = seconds(time);
        }
    }
    found
}

fn fish_unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n') => plain.push('\n'),
                Some(other) => plain.push(other),
                None => plain.push('\\'),
            },
            other => plain.push(other),
        }
    }
    plain
}

fn atuin(line: &str) -> Option<Imported> {
    if let Ok(value) = serde_json::from_str::<serde_json::Value>(line) {
        return atuin_json(&value);
    }
    let fields: Vec<&str> = line.split('\t').collect();
    let date = |text: &str| Timestamp::parse(&format!("{}Z", text.trim().trim_end_matches('Z').replacen(' ', "T", 1)));
    match fields.as_slice() {
        // time, command, duration: the default of `atuin history list`.
        [time, command, took] => Some(Imported {
            text: (*command).to_owned(),
            started: date(time),
            took: duration(took),
            ..Imported::default()
        }),
        // time, duration, exit, directory, command: a format of one's own.
        [time, took, status, directory, command @ ..] if !command.is_empty() => Some(Imported {
            text: command.join("\t"),
            started: date(time),
            took: duration(took),
            status: status.trim().parse().ok(),
            directory: Some((*directory).to_owned()).filter(|path| !path.is_empty()),
            origin: None,
        }),
        _ => None,
    }
}

fn atuin_json(value: &serde_json::Value) -> Option<Imported> {
    let number = |names: [&str; 2]| names.into_iter().find_map(|name| value.get(name)?.as_i64());
    let started = value.get("timestamp").or_else(|| value.get("time"));
    let started = started.and_then(|time| match time {
        // Nanoseconds, as in its database.
        serde_json::Value::Number(number) => Some(Timestamp::from_unix_millis(number.as_i64()? / 1_000_000)),
        serde_json::Value::String(text) => Timestamp::parse(text),
        _ => None,
    });
    let took = number(["duration", "duration_ns"]).and_then(|nanoseconds| u64::try_from(nanoseconds).ok());
    let directory = value.get("cwd").or_else(|| value.get("directory"));
    Some(Imported {
        text: value.get("command")?.as_str()?.to_owned(),
        started,
        took: took.map(Duration::from_nanos),
        status: number(["exit", "status"]).and_then(|status| i32::try_from(status).ok()),
        directory: directory.and_then(|path| path.as_str()).map(str::to_owned),
        origin: None,
    })
}

/// `1h`, `2m`, `3s`, `4ms`, `5us`, `6ns`.
fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let split = text.find(|letter: char| !letter.is_ascii_digit())?;
    let number: u64 = text[..split].parse().ok()?;
    Some(match &text[split..] {
        "h" => Duration::from_secs(number.checked_mul(3600)?),
        "m" => Duration::from_secs(number.checked_mul(60)?),
        "s" => Duration::from_secs(number),
        "ms" => Duration::from_millis(number),
        "us" | "µs" => Duration::from_micros(number),
        "ns" => Duration::from_nanos(number),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, format: Format) -> Vec<(String, Option<i64>)> {
        let found = parse_history(text.as_bytes(), format).into_iter();
        found
            .map(|one| (one.text, one.started.map(Timestamp::unix_seconds)))
            .collect()
    }

    fn check(text: &str, format: Format, expected: &[(&str, Option<i64>)]) {
        let expected: Vec<_> = expected.iter().map(|(text, at)| ((*text).to_owned(), *at)).collect();
        assert_eq!(texts(text, format), expected);
        assert_eq!(Format::guess("x", text), format);
    }

    #[test]
    fn every_program_is_read() {
        check("ls\n\npwd\n", Format::Bash, &[("ls", None), ("pwd", None)]);
        check(
            "#1700000000\nfor i in 1\ndo x; done\n#1700000001\n# note\n",
            Format::Bash,
            &[
                ("for i in 1\ndo x; done", Some(1_700_000_000)),
                ("# note", Some(1_700_000_001)),
            ],
        );
        check(
            ": 1700000000:3;echo a\\\nb\nplain\n",
            Format::Zsh,
            &[("echo a\nb", Some(1_700_000_000)), ("plain", None)],
        );
        check(
            "- cmd: echo a\\nb\\\\c\n  when: 1700000000\n  paths:\n    - x\n- cmd: ls\n",
            Format::Fish,
            &[("echo a\nb\\c", Some(1_700_000_000)), ("ls", None)],
        );
        check(
            "2023-11-14 22:13:20\tcargo test\t3s\n2023-11-14 22:13:21\t4ms\t1\t/tmp\tls -l\n",
            Format::Atuin,
            &[("cargo test", Some(1_700_000_000)), ("ls -l", Some(1_700_000_001))],
        );
        check(
            "{\"command\":\"make\",\"timestamp\":1700000000000000000,\"exit\":2,\"duration\":5000000,\"cwd\":\"/x\"}\n",
            Format::Atuin,
            &[("make", Some(1_700_000_000))],
        );
        let found = parse_history(b"2023-11-14 22:13:21\t4ms\t1\t/tmp\tls", Format::Atuin);
        assert_eq!(
            (found[0].status, found[0].took),
            (Some(1), Some(Duration::from_millis(4)))
        );
        assert_eq!(parse_history(b"gr\xc3\x83\x96\n", Format::Zsh)[0].text, "gr\u{f6}");
    }
}

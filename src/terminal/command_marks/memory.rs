//! What has to be known of a shell that runs on while nobody follows it, so that its reports are known again later: its
//! secrets and where it was. Never what was typed.

use std::time::Duration;

use super::blocks::CommandBlock;
use super::marks::{CommandMarks, Stage};
use super::report::{MarkKeys, Tier};

/// The form in which it is written down.
const VERSION: &str = "1";

/// A shell, as it was when nobody followed it any longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellMemory {
    keys: MarkKeys,
    tier: Tier,
    shell: String,
    seq: u64,
    sub: Option<u64>,
    /// How many commands there were.
    commands: u64,
    /// Whether the last of them ran.
    is_running: bool,
    /// When it began on the shell's own clock, in microseconds.
    began_at: Option<u64>,
}

impl ShellMemory {
    /// As words that can stand in a file. Whoever reads them can forge the shell's reports.
    pub fn to_words(&self) -> Vec<String> {
        let maybe = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
        vec![
            VERSION.to_owned(),
            self.keys.nonce.clone(),
            self.keys.token.clone(),
            match self.tier {
                Tier::Full => "full",
                Tier::BeforeCommand => "ps0",
                Tier::Screen => "sh",
            }
            .to_owned(),
            self.shell.clone(),
            self.seq.to_string(),
            maybe(self.sub),
            self.commands.to_string(),
            if self.is_running { "running" } else { "waiting" }.to_owned(),
            maybe(self.began_at),
        ]
    }

    /// `None` if the words are another thing.
    pub fn from_words(words: &[String]) -> Option<Self> {
        let [version, nonce, token, tier, shell, seq, sub, commands, state, began_at] = words else {
            return None;
        };
        let is_secret = |secret: &str| secret.len() == 32 && secret.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_read = version == VERSION && is_secret(nonce) && is_secret(token);
        is_read.then_some(())?;
        Some(Self {
            keys: MarkKeys {
                nonce: nonce.clone(),
                token: token.clone(),
            },
            tier: match tier.as_str() {
                "full" => Tier::Full,
                "ps0" => Tier::BeforeCommand,
                "sh" => Tier::Screen,
                _ => return None,
            },
            shell: shell.chars().take(64).collect(),
            seq: seq.parse().ok()?,
            sub: sub.parse().ok(),
            commands: commands.parse().ok()?,
            is_running: match state.as_str() {
                "running" => true,
                "waiting" => false,
                _ => return None,
            },
            began_at: began_at.parse().ok(),
        })
    }
}

impl CommandMarks {
    /// What to know of the shell to follow it again; `None` before it has reported.
    pub(in crate::terminal) fn memory(&self) -> Option<ShellMemory> {
        let (tier, shell) = self.shell.clone()?;
        Some(ShellMemory {
            keys: self.keys.clone(),
            tier,
            shell,
            seq: self.seq,
            sub: self.sub,
            commands: self.blocks.last_number(),
            is_running: self.stage == Stage::Running,
            began_at: self.began_at,
        })
    }

    /// Follows a shell again, from now on: what it reported meanwhile is not known.
    pub(in crate::terminal) fn resume(memory: ShellMemory, now: Duration) -> Self {
        let mut marks = Self::new(memory.keys);
        marks.shell = Some((memory.tier, memory.shell));
        marks.seq = memory.seq;
        marks.sub = memory.sub;
        marks.began_at = memory.began_at;
        marks.blocks.number_from(memory.commands);
        marks.stage = Stage::Prompt(None);
        if memory.is_running {
            marks.stage = Stage::Running;
            marks.resumed = Some(memory.commands);
            marks.blocks.push(CommandBlock {
                number: memory.commands,
                text: None,
                is_truncated: false,
                directory: None,
                began: now,
                outcome: None,
                lines: None,
                is_folded: false,
            });
        }
        marks
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::GridSize;
    use crate::terminal::{CommandEvent, Emulator, Limits, MarkKeys, ShellState};

    use super::*;

    const NONCE: &str = "0123456789abcdef0123456789abcdef";
    const TOKEN: &str = "fedcba9876543210fedcba9876543210";
    const SECOND: Duration = Duration::from_secs(1);

    fn feed(emulator: &mut Emulator, reports: &[&str], now: Duration) -> Vec<CommandEvent> {
        for report in reports {
            let report = report.replace('#', NONCE).replace('@', TOKEN);
            emulator.feed(format!("\x1b]7274;{report}\x07").as_bytes(), now);
        }
        emulator.take_command_events()
    }

    /// A shell that was left in a command, followed again from what was written down.
    fn taken_up(reports: &[&str]) -> Emulator {
        let mut first = Emulator::new(GridSize::default(), Limits::default());
        first.follow_shell(MarkKeys {
            nonce: NONCE.to_owned(),
            token: TOKEN.to_owned(),
        });
        feed(&mut first, reports, SECOND);
        let words = first.shell_memory().unwrap().to_words();
        assert!(words.iter().all(|word| !word.contains("secret")), "{words:?}");
        let mut second = Emulator::new(GridSize::default(), Limits::default());
        second.follow_shell_again(ShellMemory::from_words(&words).unwrap(), SECOND);
        second
    }

    const BEGUN: [&str; 4] = [
        "R;#;1;full;bash 5;7;me",
        "A;#;1;/",
        "B;@",
        "C;#;1;0;;1000000;s;6;/;secret",
    ];

    #[test]
    fn the_end_of_a_command_is_known_that_began_before() {
        let mut emulator = taken_up(&BEGUN);
        assert_eq!(emulator.shell_state(), ShellState::Running);
        let events = feed(&mut emulator, &["D;#;1;3;9000000;", "A;#;2;/src"], 2 * SECOND);
        let [CommandEvent::Ended(block), CommandEvent::Directory(_)] = events.as_slice() else {
            panic!("{events:?}")
        };
        let outcome = block.outcome.unwrap();
        assert_eq!((block.number, outcome.status, outcome.took), (1, Some(3), 8 * SECOND));
        // The next one counts on, and all is as ever.
        let events = feed(&mut emulator, &["B;@", "C;#;2;0;;1;s;2;/;ls"], 2 * SECOND);
        let [CommandEvent::Started(block)] = events.as_slice() else {
            panic!("{events:?}")
        };
        assert_eq!(block.number, 2);
        assert_eq!(
            feed(&mut emulator, &["A;#;1;/old"], SECOND),
            [],
            "what was seen before is no report"
        );
    }

    #[test]
    fn of_an_end_that_nobody_heard_nothing_is_made_up() {
        let mut emulator = taken_up(&BEGUN);
        let events = feed(&mut emulator, &["A;#;5;/"], 2 * SECOND);
        assert!(matches!(events.as_slice(), [CommandEvent::Directory(_)]), "{events:?}");
        assert_eq!(emulator.shell_state(), ShellState::AtPrompt);
    }

    #[test]
    fn a_shell_that_waited_waits() {
        let mut emulator = taken_up(&BEGUN[..3]);
        assert_eq!(emulator.shell_state(), ShellState::AtPrompt);
        let events = feed(&mut emulator, &["C;#;1;0;;1;s;2;/;ls", "D;#;1;0;;"], SECOND);
        assert_eq!(events.len(), 2, "{events:?}");
    }

    #[test]
    fn other_words_are_no_memory() {
        let words = taken_up(&BEGUN).shell_memory().unwrap().to_words();
        assert_eq!(ShellMemory::from_words(&words).unwrap().to_words(), words);
        for index in [0, 1, 2, 3, 5, 7, 8] {
            let mut wrong = words.clone();
            wrong[index] = "other".to_owned();
            assert_eq!(ShellMemory::from_words(&wrong), None, "{index}");
        }
        assert_eq!(ShellMemory::from_words(&words[1..]), None);
    }
}

//! A shell that reports its prompts and commands, played: for what the workbench makes of them.

use std::fmt::Write;

use e2b_tui::app::{Effect, Options};
use e2b_tui::domain::{Seed, SessionEntry, SessionOrder, Target};

use super::stage::{Stage, targets};

/// The secrets of a session's shell, as it was started with.
fn secrets(stage: &Stage, index: usize) -> (String, String) {
    let wanted = stage.opened[index];
    let program = stage.effects.iter().find_map(|effect| match effect {
        Effect::Session(id, SessionOrder::Open(plan)) if *id == wanted => match &plan.entry {
            SessionEntry::Start(program) => Some(program.clone()),
            _ => None,
        },
        _ => None,
    });
    let args = program.unwrap().args;
    (args[3].clone(), args[4].clone())
}

/// One played shell.
#[derive(Clone)]
pub struct Shell {
    index: usize,
    nonce: String,
    token: String,
    commands: u64,
}

impl Shell {
    /// The shell of a session that has begun: it reports and shows its first prompt.
    pub fn begin(stage: Stage, index: usize) -> (Stage, Self) {
        let (nonce, token) = secrets(&stage, index);
        let mut shell = Self {
            index,
            nonce,
            token,
            commands: 0,
        };
        let ready = format!("\x1b]7274;R;{};1;full;bash 5.2;7;user\x07", shell.nonce);
        let prompt = shell.prompt();
        (stage.output(index, &(ready + &prompt)), shell)
    }

    fn prompt(&mut self) -> String {
        self.commands += 1;
        format!(
            "\x1b]7274;A;{};{};/src\x07$ \x1b]7274;B;{}\x07",
            self.nonce, self.commands, self.token
        )
    }

    /// A command is typed and begins.
    pub fn start(&self, stage: Stage, text: &str) -> Stage {
        let report = format!(
            "\x1b]7274;C;{};{};0;;;s;{};;{text}\x07",
            self.nonce,
            self.commands,
            text.len()
        );
        stage.output(self.index, &format!("{text}\n{report}"))
    }

    /// The command has ended, and the next prompt stands.
    pub fn end(&mut self, stage: Stage, status: i32) -> Stage {
        let report = format!("\x1b]7274;D;{};{};{status};;\x07", self.nonce, self.commands);
        let prompt = self.prompt();
        stage.output(self.index, &(report + &prompt))
    }

    /// A whole command.
    pub fn run(&mut self, stage: Stage, text: &str, output: &str, status: i32) -> Stage {
        let stage = self.start(stage, text).output(self.index, output);
        self.end(stage, status)
    }
}

/// Three sandboxes whose shells are to report.
pub fn reporting() -> Stage {
    let shells = targets().into_iter().map(|target| Target {
        reporting_shell: Some("/bin/bash".to_owned()),
        ..target
    });
    let options = Options {
        seed: Some(Seed::new([7; 32])),
        ..Options::default()
    };
    Stage::with(shells.collect(), options, 80, 24)
}

/// So many numbered lines.
pub fn numbered(word: &str, lines: usize) -> String {
    let mut text = String::new();
    for line in 1..=lines {
        writeln!(text, "{word} {line}").unwrap();
    }
    text
}

/// A short command, one that printed sixty lines, and a short one that failed, in the first tab.
pub fn commands() -> Stage {
    let stage = reporting().live();
    let (mut stage, mut shell) = Shell::begin(stage, 0);
    stage = shell.run(stage, "echo before", "before\n", 0);
    stage = shell.run(stage, "make all", &numbered("step", 60), 0);
    shell.run(stage, "false", "", 1)
}

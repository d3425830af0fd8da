//! A workbench to act on: real model, real update, real drawing; sessions are played by the test.

use std::time::Duration;

use bytes::Bytes;
use e2b_tui::app::{self, Answer, Effect, Effects, Message, Model, Options, PlatformAnswer};
use e2b_tui::domain::{
    ExitStatus, Failure, FailureKind, GridSize, Moment, Pid, ProgramSpec, SessionId, SessionNews, SessionOrder, Target,
    TargetId, Tint,
};
use e2b_tui::keys::{Chord, read_sequence};
use e2b_tui::theme::Theme;
use e2b_tui::ui::{self, CursorView};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

/// The model, the time, and the sessions in the order in which they were opened.
pub struct Stage {
    model: Model,
    now: Moment,
    size: GridSize,
    pub opened: Vec<SessionId>,
    pub effects: Vec<Effect>,
}

/// Three sandboxes as people have them.
pub fn targets() -> Vec<Target> {
    let target = |id, label: &str, tint| Target {
        tint,
        user: Some("user".into()),
        ..Target::new(TargetId(id), label, ProgramSpec::new("/bin/bash", ["-l"]))
    };
    vec![
        target(1, "api", Some(Tint::Cyan)),
        target(2, "worker", Some(Tint::Magenta)),
        target(3, "build", None),
    ]
}

/// The embedded sandbox alone.
pub fn local() -> Vec<Target> {
    vec![Target {
        note: Some("runs on this machine, not isolated".to_owned()),
        is_embedded: true,
        program_name: Some("bash".to_owned()),
        ..Target::new(TargetId(1), "local", ProgramSpec::new("/bin/sh", ["-c", "exec bash"]))
    }]
}

impl Stage {
    /// Started, every session opened and live.
    pub fn new(targets: Vec<Target>, cols: u16, rows: u16) -> Self {
        Self::with(targets, Options::default(), cols, rows)
    }

    /// The same with options.
    pub fn with(targets: Vec<Target>, options: Options, cols: u16, rows: u16) -> Self {
        let size = GridSize::new(cols, rows);
        let mut stage = Self {
            model: Model::new(targets, options, size),
            // Thirteen hours past midnight, so that every clock that is shown has two digits.
            now: Moment::ZERO.after(Duration::from_secs(13 * 3600)),
            size,
            opened: Vec::new(),
            effects: Vec::new(),
        };
        let mut effects = Effects::default();
        app::start(&mut stage.model, stage.now, &mut effects);
        stage.note(effects.take());
        stage
    }

    /// Every session that was opened so far gets a process and a prompt.
    pub fn live(mut self) -> Self {
        for index in 0..self.opened.len() {
            self = self.news(index, SessionNews::Opened(Pid(400 + index as u32)));
            self = self.output(index, "user@sandbox:~$ ");
        }
        self
    }

    pub fn send(mut self, message: Message) -> Self {
        if let Message::Resize(size) = message {
            self.size = size;
        }
        let mut effects = Effects::default();
        app::update(&mut self.model, message, self.now, &mut effects);
        self.note(effects.take());
        self
    }

    pub fn news(self, index: usize, news: SessionNews) -> Self {
        let id = self.opened[index];
        self.send(Message::Session(id, news))
    }

    pub fn output(self, index: usize, text: &str) -> Self {
        let bytes = Bytes::from(text.replace('\n', "\r\n"));
        self.news(index, SessionNews::Output(bytes))
    }

    /// Keys as they are written in the config file.
    pub fn keys(mut self, written: &str) -> Self {
        for chord in read_sequence(written, Chord::ctrl('b')).unwrap() {
            self = self.press(chord);
        }
        self
    }

    pub fn press(self, chord: Chord) -> Self {
        self.send(Message::Key(chord))
    }

    /// A split whose question for the directory is answered by nothing, and whose program then lives.
    pub fn split(self, written: &str) -> Self {
        let mut stage = self.keys(written).wait(500);
        let index = stage.opened.len() - 1;
        stage = stage.news(index, SessionNews::Opened(Pid(400 + index as u32)));
        stage.output(index, "user@sandbox:~$ ")
    }

    /// Answers the last question to the platform.
    pub fn platform_says(self, answer: Result<PlatformAnswer, Failure>) -> Self {
        let asked = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Platform(ticket, _) => Some(*ticket),
            _ => None,
        });
        self.send(Message::Answer(asked.unwrap(), answer.map(Answer::Platform)))
    }

    pub fn wait(mut self, millis: u64) -> Self {
        self.now = self.now.after(Duration::from_millis(millis));
        self.send(Message::Timer)
    }

    pub fn ended(self, index: usize, code: i32) -> Self {
        let status = ExitStatus {
            code,
            exited: true,
            status: format!("exit status {code}").into(),
            error: None,
        };
        self.news(index, SessionNews::Ended(status))
    }

    pub fn lost(self, index: usize, attempt: u32, retry_in: u64) -> Self {
        let failure = Failure::new(FailureKind::Unreachable, "connection lost").because("reset by peer");
        let retry_in = Duration::from_millis(retry_in);
        self.news(
            index,
            SessionNews::Lost {
                failure,
                attempt,
                retry_in,
            },
        )
    }

    /// Answers the last request to open something.
    pub fn open_answers(self, answer: Result<Vec<Target>, Failure>) -> Self {
        let asked = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::OpenTarget(ticket, _) => Some(*ticket),
            _ => None,
        });
        self.send(Message::Answer(asked.unwrap(), answer.map(Answer::Opened)))
    }

    /// The workbench, to be asked where things are.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// What is on the screen, and where the cursor is.
    pub fn draw(&self, theme: &Theme) -> (Buffer, Option<CursorView>) {
        let backend = TestBackend::new(self.size.cols(), self.size.rows());
        let mut terminal = Terminal::new(backend).unwrap();
        let mut cursor = None;
        terminal
            .draw(|frame| cursor = ui::draw(frame, &self.model, theme))
            .unwrap();
        (terminal.backend().buffer().clone(), cursor)
    }

    fn note(&mut self, effects: Vec<Effect>) {
        for effect in &effects {
            if let Effect::Session(id, SessionOrder::Open(_)) = effect {
                self.opened.push(*id);
            }
        }
        self.effects.extend(effects);
    }
}

//! Follows one shell by its reports: at the prompt, in a command, which one, how it ended. Bytes and cells are for others.

use std::time::Duration;

use super::blocks::{BlockLines, Blocks, CommandBlock, Outcome};
use super::command_text::kept_text;
use super::prompt_input::PromptInput;
use super::report::{MarkKeys, Report, Start, Tier};
use super::scanner::Scanner;
use super::typed_line::TypedLine;
use crate::domain::RemoteText;
use crate::terminal::text_lines::Spot;

/// What the shell of a terminal has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandEvent {
    /// It reports from here on.
    Ready {
        /// What it calls itself.
        shell: RemoteText,
        /// How much it can tell.
        tier: Tier,
        /// Who it runs as; empty if it did not say.
        user: RemoteText,
    },
    /// It is in this directory.
    Directory(RemoteText),
    /// A command begins; the block has its text and place.
    Started(CommandBlock),
    /// A command ended, of which the block is told how.
    Ended(CommandBlock),
}

/// What a shell is doing, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShellState {
    /// It has not reported yet, or never will.
    Silent,
    /// It waits for a command.
    AtPrompt,
    /// It runs one, or is about to show its next prompt.
    Running,
}

/// Where output stands when a report comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::terminal) struct Place {
    /// The cursor on the normal screen; `None` while the other one is up.
    pub(in crate::terminal) spot: Option<Spot>,
    /// The time on the clock of `Emulator::feed`.
    pub(in crate::terminal) now: Duration,
}

/// Where the shell is in its round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Between a command's end and the next prompt, or before the first report.
    Between,
    /// At a prompt that begins here.
    Prompt(Option<u64>),
    /// In a command.
    Running,
}

/// One shell, followed.
pub(in crate::terminal) struct CommandMarks {
    pub(super) keys: MarkKeys,
    pub(in crate::terminal) scanner: Scanner,
    pub(super) shell: Option<(Tier, String)>,
    pub(super) stage: Stage,
    pub(super) seq: u64,
    /// The last command of this prompt.
    pub(super) sub: Option<u64>,
    /// The command that ran when the shell was taken up again.
    pub(super) resumed: Option<u64>,
    directory: Option<RemoteText>,
    input: PromptInput,
    /// When the command began on the shell's own clock, in microseconds.
    pub(super) began_at: Option<u64>,
    pub(super) blocks: Blocks,
    events: Vec<CommandEvent>,
}

impl CommandMarks {
    pub(in crate::terminal) fn new(keys: MarkKeys) -> Self {
        Self {
            keys,
            scanner: Scanner::default(),
            shell: None,
            stage: Stage::Between,
            seq: 0,
            sub: None,
            resumed: None,
            directory: None,
            input: PromptInput::default(),
            began_at: None,
            blocks: Blocks::default(),
            events: Vec::new(),
        }
    }

    pub(in crate::terminal) fn take_events(&mut self) -> Vec<CommandEvent> {
        std::mem::take(&mut self.events)
    }

    pub(in crate::terminal) fn blocks(&self) -> impl DoubleEndedIterator<Item = &CommandBlock> {
        self.blocks.list().iter()
    }

    pub(in crate::terminal) fn state(&self) -> ShellState {
        match (&self.shell, self.stage) {
            (None, _) => ShellState::Silent,
            (Some(_), Stage::Prompt(_)) if self.input.entered.is_none() => ShellState::AtPrompt,
            (Some(_), _) => ShellState::Running,
        }
    }

    /// What the shell calls itself.
    pub(in crate::terminal) fn shell(&self) -> Option<&str> {
        self.shell.as_ref().map(|(_, name)| name.as_str())
    }

    /// The first line of the prompt that waits.
    pub(in crate::terminal) fn prompt_line(&self) -> Option<u64> {
        match self.stage {
            Stage::Prompt(line) => line,
            _ => None,
        }
    }

    /// The report that the scanner has just cut out, if it is the shell's.
    pub(in crate::terminal) fn take_report(&mut self) -> Option<AcceptedReport> {
        let report = Report::parse(&self.scanner.take_report(), &self.keys)?;
        self.is_expected(&report).then_some(AcceptedReport(report))
    }

    /// Reports that were seen before, or that come out of turn, are not the shell's.
    fn is_expected(&self, report: &Report) -> bool {
        let tier = self.shell.as_ref().map(|(tier, _)| *tier);
        match report {
            Report::Ready { .. } => tier.is_none(),
            // Where nothing tells of prompts, the place for input does.
            Report::Input if tier == Some(Tier::BeforeCommand) => true,
            // What was entered runs now: a program may have got hold of a prompt and print it.
            Report::Input if self.input.entered.is_some() => false,
            Report::Input | Report::Continuation => matches!(self.stage, Stage::Prompt(_)) && tier.is_some(),
            Report::Prompt { seq, .. } => tier == Some(Tier::Full) && *seq > self.seq,
            Report::Start(start) => {
                matches!(tier, Some(Tier::Full | Tier::BeforeCommand))
                    && start.seq == self.seq
                    && self.sub.is_none_or(|last| start.sub > last)
            }
            Report::End { seq, .. } => tier == Some(Tier::Full) && *seq == self.seq && self.stage == Stage::Running,
            Report::PromptAfter { seq, .. } => tier == Some(Tier::Screen) && *seq > self.seq,
        }
    }

    /// Where the typed line begins that is to be read from the screen before this report is taken in.
    pub(in crate::terminal) fn wanted_input(&self, report: &AcceptedReport) -> Option<Spot> {
        match report.0 {
            Report::Start(_) | Report::Continuation => self.input.from,
            _ => None,
        }
    }

    /// Where the typed line begins, if the next line feed may start a command.
    pub(in crate::terminal) fn watched_input(&self) -> Option<Spot> {
        let is_screen = matches!(self.shell, Some((Tier::Screen, _)));
        let is_waiting = matches!(self.stage, Stage::Prompt(_)) && self.input.entered.is_none();
        self.input
            .from
            .filter(|_| is_screen && is_waiting && self.input.typed.is_entered())
    }

    /// Takes what is typed. Only shells whose commands are read from the screen need it.
    pub(in crate::terminal) fn note_typed(&mut self, bytes: &[u8]) {
        if matches!(self.shell, Some((Tier::Screen, _))) && matches!(self.stage, Stage::Prompt(_)) {
            self.input.typed.push(bytes);
        }
    }

    /// A line feed comes after Enter; `shown` is what stands from the prompt on.
    pub(in crate::terminal) fn line_feed(&mut self, shown: Option<String>, place: Place) {
        let has_line_editor = self.shell() != Some("sh");
        self.input.read_line(shown, has_line_editor);
        self.input.entered = Some((place.now, place.spot.map(|spot| spot.line + 1)));
    }

    /// Takes in a report.
    pub(in crate::terminal) fn take(&mut self, report: AcceptedReport, shown: Option<String>, place: Place) {
        match report.0 {
            Report::Ready { tier, shell, user } => {
                self.events.push(CommandEvent::Ready {
                    shell: shell.as_str().into(),
                    tier,
                    user,
                });
                self.shell = Some((tier, shell));
            }
            Report::Prompt { seq, directory } => {
                self.end(None, None, place);
                self.begin_prompt(seq, directory, place);
            }
            Report::PromptAfter { status, seq, directory } => {
                self.end_screen_command(status, place);
                self.begin_prompt(seq, directory, place);
            }
            Report::Input => self.begin_input(place),
            Report::Continuation => self.continue_input(shown),
            Report::Start(start) => self.start(&start, shown, place),
            Report::End {
                status, at, took_ms, ..
            } => {
                let by_clock = at.zip(self.began_at).and_then(|(end, began)| end.checked_sub(began));
                let took = by_clock
                    .map(Duration::from_micros)
                    .or(took_ms.map(Duration::from_millis));
                self.end(Some(status), took, place);
                self.stage = Stage::Between;
            }
        }
    }

    /// The shell itself has ended, with this exit code if it is known.
    pub(in crate::terminal) fn finish(&mut self, status: Option<i32>, place: Place) {
        self.end(status, None, place);
        self.stage = Stage::Between;
        self.shell = None;
    }

    fn begin_prompt(&mut self, seq: u64, directory: RemoteText, place: Place) {
        self.seq = seq;
        self.sub = None;
        self.input = PromptInput::default();
        let line = place.spot.map(|spot| spot.line);
        if let Some(line) = line {
            self.blocks.overwrite_from(line);
        }
        self.stage = Stage::Prompt(line);
        if !directory.is_empty() && self.directory.as_ref() != Some(&directory) {
            self.directory = Some(directory.clone());
            self.events.push(CommandEvent::Directory(directory));
        }
    }

    /// Also when the shell draws its prompt again somewhere else.
    fn begin_input(&mut self, place: Place) {
        let Some(spot) = place.spot else { return };
        if !matches!(self.stage, Stage::Prompt(_)) {
            self.input = PromptInput::default();
            self.stage = Stage::Prompt(Some(spot.line));
        }
        if let Stage::Prompt(Some(line)) = &mut self.stage
            && self.input.lines.is_empty()
        {
            let first = self.input.first.map_or(spot.line, |first| first.line);
            if spot.line < first || spot.line < *line {
                // Cleared: the prompt is as high as it was, and stands where the input is now.
                *line = spot.line.saturating_sub(first.saturating_sub(*line));
                let line = *line;
                self.blocks.overwrite_from(line);
            }
        }
        if self.input.lines.is_empty() {
            self.input.first = Some(spot);
        }
        self.input.from = Some(spot);
        self.input.typed = TypedLine::default();
        self.input.entered = None;
    }

    fn continue_input(&mut self, shown: Option<String>) {
        // A shell that cannot tell has had its line read at the line feed.
        if let (Some(_), Some(shown)) = (self.input.from.take(), shown) {
            self.input.lines.push(shown);
        }
        if self
            .shell()
            .is_some_and(|shell| shell.contains("MIRBSD") || shell.contains("MKSH"))
        {
            // Its way of showing several lines cannot be read back.
            self.input.is_unreadable = true;
        }
        self.input.entered = None;
    }

    fn start(&mut self, start: &Start, shown: Option<String>, place: Place) {
        self.end(start.previous, None, place);
        if self.input.from.take().is_some()
            && let Some(shown) = shown
        {
            self.input.lines.push(shown);
        }
        let is_first = self.sub.is_none() || matches!(self.shell, Some((Tier::BeforeCommand, _)));
        self.sub = Some(start.sub);
        self.began_at = start.at;
        let lines = std::mem::take(&mut self.input.lines);
        let visible = if is_first { lines.as_slice() } else { &[] };
        let text = kept_text(start, visible);
        if start.directory.is_some() {
            self.directory.clone_from(&start.directory);
        }
        let output = place.spot.map(|spot| spot.line);
        self.open(text, start.is_truncated, (place.now, output));
        self.stage = Stage::Running;
    }

    fn open(&mut self, text: Option<String>, is_truncated: bool, (began, output): (Duration, Option<u64>)) {
        let prompt = match self.stage {
            Stage::Prompt(line) => line,
            _ => output,
        };
        let first = self.input.first.take();
        let lines = output.zip(prompt).map(|(output, prompt)| BlockLines {
            prompt: prompt.min(output),
            input: first.unwrap_or(Spot { line: prompt, col: 0 }),
            output,
            end: None,
        });
        let block = CommandBlock {
            number: self.blocks.next_number(),
            text: text.map(RemoteText::new),
            is_truncated,
            directory: self.directory.clone(),
            began,
            outcome: None,
            lines,
            is_folded: false,
        };
        self.events.push(CommandEvent::Started(block.clone()));
        self.blocks.push(block);
    }

    /// A shell that cannot tell is back at its prompt: what was entered has run.
    fn end_screen_command(&mut self, status: i32, place: Place) {
        let Some(entered) = self.input.entered.take() else {
            return;
        };
        if self.input.is_empty() {
            return;
        }
        let text = self.input.command();
        self.open(text, false, entered);
        // One shell adds 256 for a signal.
        let status = if status > 256 { status - 128 } else { status };
        self.end(Some(status), None, place);
    }

    fn end(&mut self, status: Option<i32>, took: Option<Duration>, place: Place) {
        let Some(block) = self.blocks.open_mut() else { return };
        // Its end went by unheard: nobody knows how, nor when.
        let is_unheard = self.resumed.take().is_some() && status.is_none();
        block.outcome = Some(Outcome {
            status,
            took: took.unwrap_or(place.now.saturating_sub(block.began)),
        });
        match (&mut block.lines, place.spot) {
            (Some(lines), Some(spot)) if spot.line >= lines.output => lines.end = Some(spot),
            (Some(lines), Some(spot)) => {
                // The screen was cleared meanwhile: nothing of it is left.
                lines.output = lines.output.min(spot.line);
                lines.end = Some(Spot {
                    line: lines.output,
                    col: 0,
                });
            }
            (lines, None) => *lines = None,
            (None, _) => {}
        }
        if !is_unheard {
            self.events.push(CommandEvent::Ended(block.clone()));
        }
    }

    /// All lines that are remembered, to be moved when lines are counted anew.
    pub(in crate::terminal) fn move_lines(&mut self, new_spot: impl Fn(Spot) -> Spot) {
        let new_line = |line: u64| new_spot(Spot { line, col: 0 }).line;
        for lines in self.blocks.places_mut() {
            lines.prompt = new_line(lines.prompt);
            lines.output = new_line(lines.output);
            lines.input = new_spot(lines.input);
            lines.end = lines.end.map(&new_spot);
        }
        if let Stage::Prompt(Some(line)) = &mut self.stage {
            *line = new_line(*line);
        }
        self.input.from = self.input.from.map(&new_spot);
        self.input.first = self.input.first.map(&new_spot);
        if let Some((_, Some(line))) = &mut self.input.entered {
            *line = new_line(*line);
        }
    }
}

/// A report of which it is sure that the shell sent it.
pub(in crate::terminal) struct AcceptedReport(Report);

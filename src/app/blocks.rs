//! The commands of a pane as blocks: from prompt to prompt, what one printed, running one again. Knows no key.

use crate::domain::Moment;
use crate::keys::{Chord, Key};
use crate::terminal::{BlockLines, CommandBlock, Emulator, SelectionKind, ShellState, Spot};

use super::action::CopyAction;
use super::arranging::Done;
use super::copy_mode::CopyMode;
use super::notices::{Notice, Severity};
use super::session::Session;
use super::{Action, Effects};

/// Does an action on the commands of a pane.
pub(super) fn act_on_blocks(session: &mut Session, action: Action) -> Done {
    match action {
        Action::PreviousPrompt | Action::Copy(CopyAction::PromptUp) => go(session, true),
        Action::NextPrompt | Action::Copy(CopyAction::PromptDown) => go(session, false),
        Action::Copy(CopyAction::SelectCommand) => select(session, |lines, last| {
            (
                Spot {
                    line: lines.prompt,
                    col: 0,
                },
                last.unwrap_or(lines.input),
            )
        }),
        Action::Copy(CopyAction::SelectOutput) => select(session, |lines, last| {
            let first = Spot {
                line: lines.output,
                col: 0,
            };
            (first, last.unwrap_or(first))
        }),
        Action::Copy(CopyAction::Fold) => fold(session),
        Action::Copy(CopyAction::FoldLong) => fold_long(session),
        Action::CopyOutput => copy_output(session),
        _ => Done::NotMine,
    }
}

fn refuse(text: impl Into<String>) -> Done {
    Done::No(Notice::new(Severity::Info, text))
}

/// Why there are no prompts to go to.
fn nothing(session: &Session) -> Done {
    if session.emulator.shell_state() == ShellState::Silent {
        return refuse(format!("{}: this shell does not report its prompts", session.label));
    }
    refuse(format!("{}: there is no prompt there", session.label))
}

/// The first lines of all prompts, from the oldest to the newest.
fn prompts(emulator: &Emulator) -> Vec<u64> {
    let blocks = emulator.commands().filter_map(|block| Some(block.lines?.prompt));
    let mut lines: Vec<u64> = blocks.chain(emulator.prompt_line()).collect();
    lines.retain(|line| *line >= emulator.oldest_line());
    lines.dedup();
    lines
}

/// Goes to the prompt before or after where the user looks.
fn go(session: &mut Session, is_back: bool) -> Done {
    let lines = prompts(&session.emulator);
    let here = match &session.copy {
        Some(copy) => copy.cursor().line,
        None => session.emulator.first_visible_line() + u64::from(session.emulator.size().rows()),
    };
    let line = if is_back {
        lines.iter().rev().find(|line| **line < here)
    } else {
        lines.iter().find(|line| **line > here)
    };
    match line {
        Some(line) => {
            look_at(session, *line);
            Done::Yes
        }
        None => nothing(session),
    }
}

/// Shows a line at the top of the pane, with the cursor of copy mode in it.
pub(super) fn look_at(session: &mut Session, line: u64) {
    let emulator = &mut session.emulator;
    let copy = session.copy.get_or_insert_with(|| CopyMode::new(emulator));
    copy.point(Spot { line, col: 0 });
    let rows = u64::from(emulator.size().rows());
    // The line comes to the top, so that what follows it can be read.
    emulator.scroll_to_line((line + rows - 1).min(emulator.newest_line()));
    emulator.scroll_to_line(line);
}

/// The command whose lines hold a line, or the last one before it.
pub fn block_at(emulator: &Emulator, line: u64) -> Option<&CommandBlock> {
    let mut blocks = emulator.commands().rev();
    blocks.find(|block| block.lines.is_some_and(|lines| lines.prompt <= line))
}

/// Chooses a part of the command under the cursor of copy mode.
fn select(session: &mut Session, part: impl Fn(BlockLines, Option<Spot>) -> (Spot, Spot)) -> Done {
    let emulator = &session.emulator;
    let Some(copy) = &mut session.copy else {
        return Done::NotMine;
    };
    let Some(lines) = block_at(emulator, copy.cursor().line).and_then(|block| block.lines) else {
        return nothing(session);
    };
    let last = lines.last_output().map(|line| Spot {
        line,
        col: emulator.size().cols() - 1,
    });
    copy.select(SelectionKind::Lines, part(lines, last));
    Done::Yes
}

/// Folds away what the command under the cursor of copy mode printed, or shows it again.
fn fold(session: &mut Session) -> Done {
    let Some(copy) = &mut session.copy else {
        return Done::NotMine;
    };
    let emulator = &mut session.emulator;
    let Some(block) = block_at(emulator, copy.cursor().line) else {
        return nothing(session);
    };
    let (number, is_folded, lines) = (block.number, !block.is_folded, block.lines);
    if !emulator.fold_command(number, is_folded) {
        let why = match lines.and_then(|lines| lines.end) {
            None => "it is still running",
            Some(_) if emulator.scrollback_len() == 0 => "all there is fits on the screen",
            Some(_) => "it printed no more than a line that is still kept",
        };
        return refuse(format!("{}: nothing to fold — {why}", session.label));
    }
    // The cursor stays with what it was about: the line that stands for the output, or the output's first.
    if let Some(lines) = lines {
        let line = lines.output.max(emulator.oldest_line());
        copy.point(Spot { line, col: 0 });
        emulator.scroll_to_line(line);
    }
    Done::Yes
}

/// Folds away all output that is longer than the pane; if something is folded already, shows all again.
fn fold_long(session: &mut Session) -> Done {
    let emulator = &mut session.emulator;
    let (oldest, rows) = (emulator.oldest_line(), u64::from(emulator.size().rows()));
    let folded: Vec<u64> = numbers(emulator, |block| block.is_folded);
    let is_folded = folded.is_empty();
    let long = |block: &CommandBlock| {
        let range = block.lines.and_then(|lines| lines.foldable(oldest));
        range.is_some_and(|(first, last)| last + 1 - first > rows)
    };
    let chosen = if is_folded { numbers(emulator, long) } else { folded };
    if chosen.is_empty() {
        return refuse(format!(
            "{}: no command printed more than the pane shows",
            session.label
        ));
    }
    for number in chosen {
        emulator.fold_command(number, is_folded);
    }
    if let Some(copy) = &mut session.copy {
        let line = copy.cursor().line;
        let shown = emulator.line_above(emulator.line_below(line));
        copy.point(Spot { line: shown, col: 0 });
        emulator.scroll_to_line(shown);
    }
    Done::Yes
}

fn numbers(emulator: &Emulator, is_wanted: impl Fn(&CommandBlock) -> bool) -> Vec<u64> {
    let blocks = emulator.commands().filter(|block| is_wanted(block));
    blocks.map(|block| block.number).collect()
}

/// The command under the cursor of copy mode, if it is known as it was typed.
pub(super) fn text_to_run(session: &Session) -> Result<String, Notice> {
    let line = session.copy.as_ref().map(|copy| copy.cursor().line);
    let block = line.and_then(|line| block_at(&session.emulator, line));
    let text = block
        .filter(|block| !block.is_truncated)
        .and_then(|block| block.text.as_ref());
    let unknown = || {
        let words = format!("{}: there is no command there whose text is known", session.label);
        Notice::new(Severity::Info, words)
    };
    text.map(|text| text.unescaped().to_owned()).ok_or_else(unknown)
}

/// Copies what a command printed: the one under the cursor of copy mode, or the last one that has ended.
fn copy_output(session: &Session) -> Done {
    let emulator = &session.emulator;
    let block = match &session.copy {
        Some(copy) => block_at(emulator, copy.cursor().line),
        None => emulator.commands().rev().find(|block| block.outcome.is_some()),
    };
    let Some(block) = block else { return nothing(session) };
    match emulator.command_output(block) {
        Some(text) if !text.is_empty() => Done::Copied(text),
        _ => refuse(format!(
            "{}: that command printed nothing that is still kept",
            session.label
        )),
    }
}

/// Runs a command in a pane's shell, if that waits for one.
pub(super) fn run_here(session: &mut Session, text: &str, effects: &mut Effects) -> Result<(), Notice> {
    if session.emulator.shell_state() == ShellState::Running {
        let words = format!("{}: a command is running there — not run", session.label);
        return Err(Notice::new(Severity::Info, words));
    }
    if text.contains('\n') && !session.takes_paste_whole() {
        let words = format!(
            "{}: this shell would run the lines one by one — put it there with enter",
            session.label
        );
        return Err(Notice::new(Severity::Info, words));
    }
    let is_typed = session.paste(text, effects) && session.type_key(&Chord::plain(Key::Enter), effects);
    if is_typed {
        return Ok(());
    }
    let words = format!("{}: no program hears what is typed there", session.label);
    Err(Notice::new(Severity::Warning, words))
}

/// The command whose output is at the top of a view that is scrolled back, while its own line is out of view above.
pub fn sticky_block(emulator: &Emulator) -> Option<&CommandBlock> {
    if emulator.scroll_offset() == 0 || emulator.is_alternate_screen() {
        return None;
    }
    let top = emulator.first_visible_line();
    let block = block_at(emulator, top)?;
    let lines = block.lines?;
    let is_inside =
        !block.is_folded && lines.output <= top && lines.end.is_none_or(|end| end.line > top) && lines.prompt < top;
    block.text.as_ref().filter(|_| is_inside).map(|_| block)
}

/// How a command ended, in few letters: exit code unless it is 0, and time if it is worth a word.
pub fn outcome_words(block: &CommandBlock, now: Moment) -> Option<(String, bool)> {
    const WORTH_SAYING: std::time::Duration = std::time::Duration::from_secs(1);
    let (took, status) = match block.outcome {
        Some(outcome) => (outcome.took, outcome.status),
        None => (now.since_start.saturating_sub(block.began), Some(0)),
    };
    let is_failure = status != Some(0) && status.is_some();
    let mut words = Vec::new();
    if is_failure {
        words.extend(status.map(|status| format!("✗ {status}")));
    }
    if took >= WORTH_SAYING {
        words.push(super::panels::short_time(took));
    }
    (!words.is_empty()).then(|| (words.join(" "), is_failure))
}

//! A terminal whose shell reports: lets the reports reach `command_marks` instead of the emulator, with the place and the
//! text on the screen that belong to them.

use std::time::Duration;

use super::command_marks::{CommandBlock, CommandEvent, CommandMarks, MarkKeys, Piece, Place, ShellMemory, ShellState};
use super::emulator::Emulator;
use super::lexer::{Lexer, Sink};
use super::machine::{FILLER, Machine, STAND_IN, is_marker};
use super::selection::{Selection, SelectionKind};
use super::text_lines::Spot;

impl Emulator {
    /// From here on, reports with these secrets are taken for the shell's. Whatever was known of another shell is forgotten.
    pub fn follow_shell(&mut self, keys: MarkKeys) {
        self.marks = Some(Box::new(CommandMarks::new(keys)));
    }

    /// From here on no reports are expected.
    pub fn forget_shell(&mut self) {
        self.marks = None;
    }

    /// What to know of the shell to follow it again when it has run on for a while; `None` while it does not report.
    pub fn shell_memory(&self) -> Option<ShellMemory> {
        self.marks.as_ref()?.memory()
    }

    /// Follows a shell that was followed before, perhaps by another run.
    pub fn follow_shell_again(&mut self, memory: ShellMemory, now: Duration) {
        self.marks = Some(Box::new(CommandMarks::resume(memory, now)));
    }

    /// What the shell has done since the last call, in order.
    pub fn take_command_events(&mut self) -> Vec<CommandEvent> {
        self.marks.as_mut().map(|marks| marks.take_events()).unwrap_or_default()
    }

    /// The commands of this terminal, from the oldest to the newest. Those that have scrolled out of what is kept, or were
    /// cleared, have no lines.
    pub fn commands(&self) -> impl DoubleEndedIterator<Item = &CommandBlock> {
        self.marks.iter().flat_map(|marks| marks.blocks())
    }

    /// What the shell is doing.
    pub fn shell_state(&self) -> ShellState {
        self.marks.as_ref().map_or(ShellState::Silent, |marks| marks.state())
    }

    /// What the shell calls itself, once it reports.
    pub fn shell_name(&self) -> Option<&str> {
        self.marks.as_ref()?.shell()
    }

    /// The first line of the prompt that waits for a command.
    pub fn prompt_line(&self) -> Option<u64> {
        self.marks.as_ref()?.prompt_line()
    }

    /// Tells what is typed to the program.
    pub fn note_typed(&mut self, bytes: &[u8]) {
        if let Some(marks) = &mut self.marks {
            marks.note_typed(bytes);
        }
    }

    /// The shell has ended, with this exit code if it is known: so has the command it was in.
    pub fn shell_ended(&mut self, status: Option<i32>, now: Duration) {
        let place = place(&mut self.machine, now);
        if let Some(marks) = &mut self.marks {
            marks.finish(status, place);
        }
    }

    /// The first lines of what a command has printed, as far as they are still there; `None` if nothing of it is.
    pub fn command_output_head(&self, block: &CommandBlock, most: u64) -> Option<String> {
        let mut block = block.clone();
        if let Some(lines) = &mut block.lines {
            let last = Spot {
                line: lines.output.max(self.oldest_line()) + most,
                col: 0,
            };
            lines.end = Some(lines.end.map_or(last, |end| end.min(last)));
        }
        self.command_output(&block)
    }

    /// What a command has printed, as far as it is still there; `None` if nothing of it is.
    pub fn command_output(&self, block: &CommandBlock) -> Option<String> {
        let lines = block.lines?;
        let end = lines.end.unwrap_or(Spot {
            line: self.newest_line() + 1,
            col: 0,
        });
        let head = if end.col > 0 {
            Spot {
                col: end.col - 1,
                ..end
            }
        } else {
            Spot {
                line: end.line.checked_sub(1)?,
                col: self.size().cols() - 1,
            }
        };
        let anchor = Spot {
            line: lines.output.max(self.oldest_line()),
            col: 0,
        };
        if head < anchor || self.is_alternate_screen() {
            return None;
        }
        let kind = SelectionKind::Characters;
        let mut text = self.selected_text(&Selection { kind, anchor, head });
        let is_zsh = self.shell_name().is_some_and(|name| name.starts_with("zsh"));
        if is_zsh && text.ends_with(['%', '#']) && !text.ends_with("\n%") {
            // It marks output without a last line feed like this, and fills the row behind it.
            let is_filled = self.line_at(head.line).1 > head.line;
            if is_filled {
                text.pop();
            }
        }
        Some(text)
    }

    /// Works off bytes of which some may be reports. Returns how many.
    pub(super) fn advance_marked(
        (lexer, machine): (&mut Lexer, &mut Machine),
        marks: &mut CommandMarks,
        bytes: &[u8],
        now: Duration,
    ) -> usize {
        let mut used = 0;
        while used < bytes.len() && !machine.is_paused() {
            match marks.scanner.next(&bytes[used..]) {
                Piece::Kept(count) => used += count,
                Piece::Release(kept) => {
                    lexer.advance(kept, machine);
                }
                Piece::Report(count) => {
                    used += count;
                    take_report((lexer, machine), marks, now);
                }
                Piece::Pass(count) => {
                    let piece = pass((lexer, machine), marks, &bytes[used..used + count], now);
                    used += piece;
                    if piece < count && machine.is_paused() {
                        break;
                    }
                }
            }
        }
        used
    }
}

/// Hands bytes on, up to the line feed that may start a command.
fn pass((lexer, machine): (&mut Lexer, &mut Machine), marks: &mut CommandMarks, bytes: &[u8], now: Duration) -> usize {
    let Some(from) = marks.watched_input() else {
        return lexer.advance(bytes, machine);
    };
    match bytes.iter().position(|byte| *byte == b'\n') {
        None => lexer.advance(bytes, machine),
        Some(0) => {
            let place = place(machine, now);
            let shown = place.spot.and_then(|spot| shown_text(machine, from, spot.line));
            marks.line_feed(shown, place);
            lexer.advance(&bytes[..1], machine)
        }
        Some(at) => lexer.advance(&bytes[..at], machine),
    }
}

fn take_report((lexer, machine): (&mut Lexer, &mut Machine), marks: &mut CommandMarks, now: Duration) {
    let Some(report) = marks.take_report() else { return };
    // A program may have left a string open, which would swallow the prompt.
    lexer.advance(b"\x1b\\", machine);
    let place = place(machine, now);
    let from = marks.wanted_input(&report);
    let shown = from.zip(place.spot).and_then(|(from, spot)| {
        let last = if spot.col == 0 {
            spot.line.checked_sub(1)?
        } else {
            spot.line
        };
        shown_text(machine, from, last)
    });
    marks.take(report, shown, place);
    marks.forget_before(machine.grid.oldest_line());
}

fn place(machine: &mut Machine, now: Duration) -> Place {
    if machine.is_alternate() {
        return Place { spot: None, now };
    }
    let (_, col) = machine.grid.cursor();
    let line = machine.grid.cursor_line();
    Place {
        spot: Some(Spot { line, col }),
        now,
    }
}

/// What stands from a cell to the end of a line, if all of it is on the screen.
fn shown_text(machine: &mut Machine, from: Spot, last: u64) -> Option<String> {
    let first = machine.grid.first_line();
    let row = |line: u64| u16::try_from(line.checked_sub(first)?).ok();
    let (from_row, last_row) = (row(from.line)?, row(last)?);
    if from_row > last_row {
        return None;
    }
    let screen = machine.grid.screen_mut();
    // Rows are read from the view, which may be anywhere in the scrollback.
    let offset = screen.scrollback();
    screen.set_scrollback(0);
    let cols = screen.size().1.get();
    let text = screen.contents_between(from_row, from.col, last_row, cols);
    screen.set_scrollback(offset);
    let letters = text.chars().filter(|letter| !is_marker(*letter) && *letter != FILLER);
    let text: String = letters
        .map(|letter| if letter == STAND_IN { '\u{fffd}' } else { letter })
        .collect();
    Some(text.trim_end().to_owned())
}

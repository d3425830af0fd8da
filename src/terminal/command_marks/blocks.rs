//! Where each command of a terminal stands: prompt, input, output. Lines are counted from the terminal's first one.

use std::collections::VecDeque;
use std::time::Duration;

use crate::domain::RemoteText;
use crate::terminal::text_lines::Spot;

/// More commands than this are not kept in one terminal.
const MOST_BLOCKS: usize = 2_000;
/// Nor more text of them than this, in bytes.
const MOST_TEXT: usize = 4 << 20;

/// One command of a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandBlock {
    /// Counts the commands of this terminal, from 1.
    pub number: u64,
    /// What was run; `None` when it is not to be kept or nobody can be sure of it.
    pub text: Option<RemoteText>,
    /// Whether that is only the beginning.
    pub is_truncated: bool,
    /// Where it was run.
    pub directory: Option<RemoteText>,
    /// When it began, on the clock of `Emulator::feed`.
    pub began: Duration,
    /// How it ended, once it has.
    pub outcome: Option<Outcome>,
    /// Where it is, unless its lines have been overwritten or have gone.
    pub lines: Option<BlockLines>,
    /// Whether what it printed is folded away where the view is scrolled back.
    pub is_folded: bool,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Its exit code, 128 and more for a signal; `None` if the shell did not say.
    pub status: Option<i32>,
    /// How long it took.
    pub took: Duration,
}

impl Outcome {
    /// Whether it is known to have failed. Being interrupted counts.
    pub fn is_failure(&self) -> bool {
        self.status.is_some_and(|status| status != 0)
    }
}

/// The lines of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockLines {
    /// The first line of its prompt.
    pub prompt: u64,
    /// Where what was typed begins.
    pub input: Spot,
    /// The first line of its output.
    pub output: u64,
    /// Where its output ends: the first cell behind it. `None` while it runs.
    pub end: Option<Spot>,
}

impl BlockLines {
    /// The last line of its output; `None` if it printed nothing, or is still running.
    pub fn last_output(&self) -> Option<u64> {
        let end = self.end?;
        let last = if end.col == 0 {
            end.line.checked_sub(1)?
        } else {
            end.line
        };
        (last >= self.output).then_some(last)
    }

    /// The lines of its output that are kept, if there is more than one: what can be folded.
    pub fn foldable(&self, oldest: u64) -> Option<(u64, u64)> {
        let (first, last) = (self.output.max(oldest), self.last_output()?);
        (first < last).then_some((first, last))
    }
}

/// The commands of one terminal, from the oldest to the newest.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    list: VecDeque<CommandBlock>,
    text_bytes: usize,
    next: u64,
}

impl Blocks {
    pub(super) fn list(&self) -> &VecDeque<CommandBlock> {
        &self.list
    }

    pub(super) fn next_number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub(super) fn last_number(&self) -> u64 {
        self.next
    }

    /// There were so many before.
    pub(super) fn number_from(&mut self, last: u64) {
        self.next = last;
    }

    pub(super) fn push(&mut self, block: CommandBlock) {
        self.text_bytes += text_bytes(&block);
        self.list.push_back(block);
        while self.list.len() > MOST_BLOCKS || self.text_bytes > MOST_TEXT {
            let Some(oldest) = self.list.pop_front() else { return };
            self.text_bytes -= text_bytes(&oldest);
        }
    }

    /// The one that runs.
    pub(super) fn open_mut(&mut self) -> Option<&mut CommandBlock> {
        self.list.back_mut().filter(|block| block.outcome.is_none())
    }

    /// From this line on something else is written: what stood there is gone.
    pub(super) fn overwrite_from(&mut self, line: u64) {
        for block in self.list.iter_mut().rev() {
            let Some(lines) = &mut block.lines else { continue };
            if lines.prompt >= line {
                block.lines = None;
            } else if let Some(end) = &mut lines.end
                && end.line > line
            {
                *end = Spot { line, col: 0 };
            }
        }
    }

    /// The command with this number.
    pub(super) fn find_mut(&mut self, number: u64) -> Option<&mut CommandBlock> {
        let index = self.list.binary_search_by_key(&number, |block| block.number);
        self.list.get_mut(index.ok()?)
    }

    /// All places, to be moved when lines are counted anew.
    pub(super) fn places_mut(&mut self) -> impl Iterator<Item = &mut BlockLines> {
        self.list.iter_mut().filter_map(|block| block.lines.as_mut())
    }

    /// Forgets the places of what has left the scrollback.
    pub(super) fn forget_before(&mut self, oldest: u64) {
        for block in &mut self.list {
            if block.lines.is_none_or(|lines| lines.prompt >= oldest) {
                // Those without a place may lie between.
                if block.lines.is_some() {
                    break;
                }
                continue;
            }
            block.lines = None;
        }
    }
}

fn text_bytes(block: &CommandBlock) -> usize {
    block.text.as_ref().map_or(0, |text| text.unescaped().len())
}

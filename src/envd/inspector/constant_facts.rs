//! What seldom changes about a process, command line and owner: asked once, and again when it runs another program.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use super::proc_stat::{ProcStat, ProgramMark};
use super::reply::parts;
use crate::domain::{CommandLine, Pid, ProcessKey, RemoteText};

/// No more of a command line goes into the list.
const COMMAND_LIMIT: usize = 4096;
/// The lines of `status` up to the owner are not longer.
const STATUS_LIMIT: usize = 400;
/// So many processes are asked about at once.
const BATCH: usize = 128;
/// A process this young, in ticks, may still change its owner on the way to what it will be.
const YOUNG: u64 = 300;

/// What is known of one process.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) command: CommandLine,
    pub(super) uid: Option<u32>,
    program: ProgramMark,
    is_settled: bool,
}

/// What is known of all of them.
#[derive(Debug, Default)]
pub(super) struct ConstantFacts {
    known: HashMap<ProcessKey, Known>,
}

/// Processes to be asked about in one go.
#[derive(Debug)]
pub(super) struct Batch<'a> {
    processes: Vec<&'a ProcStat>,
}

impl ConstantFacts {
    pub(super) fn of(&self, key: ProcessKey) -> Option<&Known> {
        self.known.get(&key)
    }

    /// Forgets those that are gone, and answers what is to be asked now.
    pub(super) fn wanted<'a>(&mut self, all: &'a [ProcStat], now: u64) -> Vec<Batch<'a>> {
        let alive: HashSet<ProcessKey> = all.iter().map(|stat| stat.key).collect();
        self.known.retain(|key, _| alive.contains(key));
        let unknown: Vec<&ProcStat> = all
            .iter()
            .filter(|stat| match self.known.get(&stat.key) {
                None => true,
                Some(known) => {
                    known.program != stat.program || (!known.is_settled && now.saturating_sub(stat.key.started) > YOUNG)
                }
            })
            .collect();
        unknown
            .chunks(BATCH)
            .map(|chunk| Batch {
                processes: chunk.to_vec(),
            })
            .collect()
    }

    /// Takes the answers to the questions of a batch in. If a command line holds the boundary, it is not known which answer
    /// is whose: then the halves are to be asked.
    pub(super) fn learn<'a>(
        &mut self,
        batch: &Batch<'a>,
        answers: [&[u8]; 2],
        boundary: &[u8],
        now: u64,
    ) -> Vec<Batch<'a>> {
        let [commands, statuses] = answers.map(|answer| parts(answer, boundary));
        let count = batch.processes.len();
        // Behind the last boundary comes nothing.
        let is_clear = commands.len() == count + 1 && statuses.len() == count + 1;
        if !is_clear && count > 1 {
            let (one, other) = batch.processes.split_at(count / 2);
            return [one, other]
                .map(|half| Batch {
                    processes: half.to_vec(),
                })
                .into();
        }
        for (index, stat) in batch.processes.iter().enumerate() {
            let command = commands.get(index).copied().unwrap_or_default();
            let uid = statuses.get(index).copied().and_then(effective_uid);
            self.known.insert(
                stat.key,
                Known {
                    command: command_line(command, COMMAND_LIMIT),
                    uid,
                    program: stat.program.clone(),
                    is_settled: now.saturating_sub(stat.key.started) > YOUNG,
                },
            );
        }
        Vec::new()
    }
}

impl Batch<'_> {
    /// The two questions of a batch.
    pub(super) fn questions(&self, boundary_file: &str) -> [String; 2] {
        let question = |limit: usize, file: &str| {
            let mut text = format!("t {limit}");
            for stat in &self.processes {
                let Pid(pid) = stat.key.pid;
                let _ = write!(text, " /proc/{pid}/{file} {boundary_file}");
            }
            text
        };
        [question(COMMAND_LIMIT, "cmdline"), question(STATUS_LIMIT, "status")]
    }
}

/// Words that end with NUL. Programs may overwrite theirs with text that does not.
pub(super) fn command_line(bytes: &[u8], limit: usize) -> CommandLine {
    let is_cut = bytes.len() >= limit;
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let words = bytes.get(..end).unwrap_or_default();
    CommandLine {
        words: if words.is_empty() {
            Vec::new()
        } else {
            words.split(|byte| *byte == 0).map(RemoteText::from_bytes).collect()
        },
        is_cut,
    }
}

/// `Uid:` real, effective, saved, for files.
fn effective_uid(status: &[u8]) -> Option<u32> {
    let text = String::from_utf8_lossy(status);
    let line = text.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

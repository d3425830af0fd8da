//! Uploads and downloads of this run: how far they are, what went wrong. Knows no disk and no link.

use crate::app::list::Motion;
use crate::app::panels::view::{Span, Tone};
use crate::domain::{
    Bytes, Failure, Moment, NoteWeight, Rate, Steering, TargetId, Ticket, TransferNews, TransferProgress,
    TransferSummary,
};

use super::deciding::Deed;
use super::questions::FilesQuestion;

/// More notes of one copy are not kept.
const MOST_NOTES: usize = 200;

/// One upload or download.
#[derive(Clone, Debug)]
pub(super) struct Copy {
    pub(super) ticket: Ticket,
    pub(super) target: TargetId,
    /// What was asked for, to be asked for again.
    pub(super) question: FilesQuestion,
    /// What goes where, in words; safe to show.
    pub(super) title: String,
    /// The folder of the sandbox that it changes.
    pub(super) changes: Option<String>,
    progress: TransferProgress,
    rate: Rate,
    steering: Steering,
    end: Option<Result<TransferSummary, Failure>>,
    notes: Vec<(NoteWeight, String)>,
}

/// All of them, the newest last.
#[derive(Clone, Debug, Default)]
pub(super) struct Copies {
    all: Vec<Copy>,
    /// The one that keys are for, counted from the newest.
    chosen: usize,
    /// Whether both sides of the next ones are summed up and compared.
    pub(super) are_compared: bool,
}

impl Copies {
    pub(super) fn begin(&mut self, ticket: Ticket, deed: Deed, changes: Option<String>) {
        self.all.retain(|copy| copy.end.is_none() || !copy.notes.is_empty());
        self.chosen = 0;
        self.all.push(Copy {
            ticket,
            target: deed.target,
            question: deed.question,
            title: deed.title,
            changes,
            progress: TransferProgress::default(),
            rate: Rate::default(),
            steering: Steering::Going,
            end: None,
            notes: Vec::new(),
        });
    }

    pub(super) fn running(&self) -> impl Iterator<Item = &Copy> {
        self.all.iter().filter(|copy| copy.end.is_none())
    }

    /// Takes in what a copy says. Answers the copy if it is over now.
    pub(super) fn take(&mut self, ticket: Ticket, news: Result<TransferNews, Failure>, now: Moment) -> Option<&Copy> {
        let copy = self.all.iter_mut().find(|copy| copy.ticket == ticket)?;
        match news {
            Ok(TransferNews::Progress(progress)) => {
                copy.rate.note(now.since_start, progress.bytes_done);
                copy.progress = progress;
                return None;
            }
            Ok(TransferNews::Note(note)) => {
                if copy.notes.len() < MOST_NOTES {
                    copy.notes
                        .push((note.weight, format!("{}: {}", note.path, note.failure)));
                }
                return None;
            }
            Ok(TransferNews::Finished(summary)) => copy.end = Some(Ok(summary)),
            Err(failure) => copy.end = Some(Err(failure)),
        }
        Some(copy)
    }

    /// Moves to another copy.
    pub(super) fn choose(&mut self, motion: Motion) {
        let last = self.all.len().saturating_sub(1);
        self.chosen = match motion {
            Motion::Up => self.chosen.saturating_sub(1),
            Motion::Down => self.chosen + 1,
            Motion::Top | Motion::HalfPageUp | Motion::PageUp => 0,
            Motion::Bottom | Motion::HalfPageDown | Motion::PageDown => last,
        }
        .min(last);
    }

    /// Steers the chosen one, or all that run. Going and standing still take turns. Gives the sandboxes and tickets.
    pub(super) fn steer(&mut self, is_chosen_only: bool, steering: Steering) -> Vec<(TargetId, Ticket, Steering)> {
        let chosen = self.chosen;
        let running = self
            .all
            .iter_mut()
            .rev()
            .enumerate()
            .filter(|(_, copy)| copy.end.is_none());
        let steered = running
            .filter(|(index, _)| !is_chosen_only || *index == chosen)
            .map(|(_, copy)| {
                copy.steering = match (steering, copy.steering) {
                    (Steering::Stopped, _) | (_, Steering::Stopped) => Steering::Stopped,
                    (_, Steering::Paused) => Steering::Going,
                    (_, Steering::Going) => Steering::Paused,
                };
                (copy.target, copy.ticket, copy.steering)
            });
        steered.collect()
    }

    /// The line that the chosen one begins at.
    pub(super) fn chosen_line(&self) -> usize {
        let before = self.all.iter().rev().take(self.chosen);
        before.map(|copy| copy.notes.len() + 3).sum()
    }

    /// All lines, the newest copy first.
    pub(super) fn lines(&self) -> Vec<Vec<Span>> {
        let mut lines = Vec::new();
        for (index, copy) in self.all.iter().rev().enumerate() {
            let sign = if index == self.chosen { "▸ " } else { "  " };
            lines.push(vec![Span::plain(sign), Span::new(copy.title.clone(), Tone::Accent)]);
            lines.push(copy.state());
            for (weight, note) in &copy.notes {
                let tone = match weight {
                    NoteWeight::Failed => Tone::Bad,
                    NoteWeight::Skipped | NoteWeight::Remark => Tone::Warning,
                };
                lines.push(vec![Span::new(format!("    {note}"), tone)]);
            }
            lines.push(Vec::new());
        }
        lines
    }

    /// The running ones in a few words.
    pub(super) fn brief(&self) -> Option<String> {
        let running: Vec<&Copy> = self.running().collect();
        let (done, found) = running.iter().fold((0, 0), |(done, found), copy| {
            (done + copy.progress.bytes_done, found + copy.progress.bytes_found)
        });
        let rate: u64 = running.iter().filter_map(|copy| copy.rate.per_second()).sum();
        (!running.is_empty()).then(|| format!("{} of {} {}/s", Bytes(done), Bytes(found), Bytes(rate)))
    }
}

impl Copy {
    /// How many files were not copied because their names are taken, once it has ended.
    pub(super) fn taken(&self) -> u64 {
        match &self.end {
            Some(Ok(end)) if !end.is_cancelled => end.taken,
            _ => 0,
        }
    }

    /// How it ended, in a sentence; none while it runs.
    pub(super) fn outcome(&self) -> Option<(bool, String)> {
        let title = &self.title;
        Some(match self.end.as_ref()? {
            Err(failure) => (false, format!("{title}: {failure}")),
            Ok(end) if end.is_cancelled => (false, format!("{title}: stopped after {} files", end.files)),
            Ok(end) if end.failed > 0 => {
                let first = self.notes.iter().find(|(weight, _)| *weight == NoteWeight::Failed);
                let why = first.map(|(_, note)| note.as_str()).unwrap_or_default();
                (false, format!("{title}: {} not copied — {why}", end.failed))
            }
            Ok(end) => (true, format!("{title}: {} files, {}", end.files, Bytes(end.bytes))),
        })
    }

    fn state(&self) -> Vec<Span> {
        if let Some((is_good, text)) = self.outcome() {
            let text = text
                .strip_prefix(&self.title)
                .unwrap_or(&text)
                .trim_start_matches(": ")
                .to_owned();
            return vec![Span::new(
                format!("    {text}"),
                if is_good { Tone::Good } else { Tone::Bad },
            )];
        }
        let of = &self.progress;
        let more = if of.is_looking { "+" } else { "" };
        let rate = match self.steering {
            Steering::Paused => "  paused".to_owned(),
            Steering::Stopped => "  stopping …".to_owned(),
            Steering::Going => self
                .rate
                .per_second()
                .map(|rate| format!("  {}/s", Bytes(rate)))
                .unwrap_or_default(),
        };
        vec![
            Span::plain(format!(
                "    {} of {}{more} files  {} of {}{more}{rate}  ",
                of.files_done,
                of.files_found,
                Bytes(of.bytes_done),
                Bytes(of.bytes_found)
            )),
            Span::faint(of.current.escaped()),
        ]
    }
}

//! Uploads and downloads of this run: how far they are, what went wrong. Knows no disk and no link.

use crate::app::panels::view::{Span, Tone};
use crate::domain::{
    Bytes, Failure, Moment, NoteWeight, Rate, TargetId, Ticket, TransferNews, TransferProgress, TransferSummary,
};

/// More notes of one copy are not kept.
const MOST_NOTES: usize = 200;

/// One upload or download.
#[derive(Clone, Debug)]
pub(super) struct Copy {
    pub(super) ticket: Ticket,
    pub(super) target: TargetId,
    /// What goes where, in words; safe to show.
    title: String,
    /// The folder of the sandbox that it changes.
    pub(super) changes: Option<String>,
    progress: TransferProgress,
    rate: Rate,
    end: Option<Result<TransferSummary, Failure>>,
    notes: Vec<(NoteWeight, String)>,
}

/// All of them, the newest last.
#[derive(Clone, Debug, Default)]
pub(super) struct Copies {
    all: Vec<Copy>,
}

impl Copies {
    pub(super) fn begin(&mut self, ticket: Ticket, target: TargetId, title: String, changes: Option<String>) {
        self.all.retain(|copy| copy.end.is_none() || !copy.notes.is_empty());
        self.all.push(Copy {
            ticket,
            target,
            title,
            changes,
            progress: TransferProgress::default(),
            rate: Rate::default(),
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

    /// Marks them as stopped. Gives their tickets.
    pub(super) fn stop(&mut self) -> Vec<Ticket> {
        let running = self.all.iter_mut().filter(|copy| copy.end.is_none());
        let stopped = running.map(|copy| {
            copy.end = Some(Ok(TransferSummary {
                files: copy.progress.files_done,
                bytes: copy.progress.bytes_done,
                is_cancelled: true,
                ..TransferSummary::default()
            }));
            copy.ticket
        });
        stopped.collect()
    }

    /// All lines, the newest copy first.
    pub(super) fn lines(&self) -> Vec<Vec<Span>> {
        let mut lines = Vec::new();
        for copy in self.all.iter().rev() {
            lines.push(vec![Span::new(copy.title.clone(), Tone::Accent)]);
            lines.push(copy.state());
            for (weight, note) in &copy.notes {
                let tone = match weight {
                    NoteWeight::Failed => Tone::Bad,
                    NoteWeight::Skipped | NoteWeight::Remark => Tone::Warning,
                };
                lines.push(vec![Span::new(format!("  {note}"), tone)]);
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
                format!("  {text}"),
                if is_good { Tone::Good } else { Tone::Bad },
            )];
        }
        let of = &self.progress;
        let more = if of.is_looking { "+" } else { "" };
        let rate = self
            .rate
            .per_second()
            .map(|rate| format!("  {}/s", Bytes(rate)))
            .unwrap_or_default();
        vec![
            Span::plain(format!(
                "  {} of {}{more} files  {} of {}{more}{rate}  ",
                of.files_done,
                of.files_found,
                Bytes(of.bytes_done),
                Bytes(of.bytes_found)
            )),
            Span::faint(of.current.escaped()),
        ]
    }
}

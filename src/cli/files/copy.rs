//! `cp`: files and folders between this machine and a sandbox.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use serde_json::{Value, json};

use crate::domain::{
    Bytes, Failure, FailureKind, NoteWeight, TransferNews, TransferNote, TransferOrder, TransferRules, TransferSummary,
};
use crate::envd::{EnvdClient, Transfer};
use crate::runtime::EndSignals;
use crate::startup::{Context, Sandboxes};

use super::super::output;
use super::super::sandboxes::json_text;
use super::arguments::CopyArguments;
use super::place::Place;
use super::progress_line::ProgressLine;

/// What came of one or several transfers.
#[derive(Default)]
struct Outcome {
    summary: TransferSummary,
    notes: Vec<TransferNote>,
    /// The exit code of the first thing that failed.
    code: u8,
}

/// Copies, and answers the exit code of the first thing that was not copied.
pub(in super::super) async fn run(context: &Context, of: CopyArguments) -> Result<u8, Failure> {
    let mut signals = EndSignals::listen()?;
    let mut sandboxes = Sandboxes::new(context);
    let began = Instant::now();
    let rules = TransferRules {
        recursive: of.recursive,
        overwrite: of.force,
        checksum: of.checksum,
        parallel: usize::from(of.parallel),
    };
    let mut outcome = Outcome::default();
    for (target, order) in orders(&of.places)? {
        let opened = tokio::select! {
            opened = sandboxes.open(&target) => opened?,
            signal = signals.next() => return Ok(signal.exit_code()),
        };
        if let Some(warning) = &opened.warning {
            output::complain(&format!("warning: {warning}"));
        }
        let client = EnvdClient::new(&opened.endpoint)?;
        let transfer = Transfer::start(&client, order, rules);
        if let Some(code) = follow(transfer, &mut outcome, of.json, &mut signals).await {
            outcome.code = code;
            break;
        }
    }
    sandboxes.stop().await;
    if of.json {
        let printed = output::print(&json_text(&as_json(&outcome, began.elapsed())));
        return Ok(if outcome.code == 0 { printed } else { outcome.code });
    }
    tell(&outcome, began.elapsed());
    Ok(outcome.code)
}

/// One transfer for each sandbox that is named, in the order they are named.
fn orders(places: &[String]) -> Result<Vec<(String, TransferOrder)>, Failure> {
    let mut places: Vec<Place> = places.iter().map(|place| Place::parse(place)).collect();
    let wrong = |summary: &str| Failure::new(FailureKind::Usage, summary);
    match places.pop() {
        Some(Place::There { target, path }) => {
            let mut from = Vec::new();
            for place in places {
                let Place::Here(path) = place else {
                    let failure = wrong("both sides are in sandboxes");
                    return Err(failure.hint("copy to a folder of this machine, and from there"));
                };
                from.push(PathBuf::from(path));
            }
            Ok(vec![(target, TransferOrder::Upload { from, to: path })])
        }
        Some(Place::Here(to)) => {
            let mut orders: Vec<(String, Vec<String>)> = Vec::new();
            for place in places {
                let Place::There { target, path } = place else {
                    let failure = wrong("both sides are on this machine");
                    return Err(failure.hint("name one side TARGET:PATH, such as local:/tmp/x; cp copies the rest"));
                };
                match orders.iter_mut().find(|(other, _)| *other == target) {
                    Some((_, paths)) => paths.push(path),
                    None => orders.push((target, vec![path])),
                }
            }
            let to = PathBuf::from(to);
            if orders.len() > 1 && !to.is_dir() {
                return Err(wrong("several things go into one folder").because("the last PLACE is no folder"));
            }
            let order = |(target, from)| (target, TransferOrder::Download { from, to: to.clone() });
            Ok(orders.into_iter().map(order).collect())
        }
        None => Err(wrong("nothing to copy")),
    }
}

/// Shows what a transfer says until its end. Gives the exit code if it was stopped by a signal.
async fn follow(mut transfer: Transfer, outcome: &mut Outcome, is_json: bool, signals: &mut EndSignals) -> Option<u8> {
    let mut line = ProgressLine::new();
    let mut stopped = None;
    loop {
        let news = tokio::select! {
            news = transfer.next() => news,
            signal = signals.next() => {
                if stopped.is_some() {
                    // Asked twice: what would be cleared away stays.
                    return Some(signal.exit_code());
                }
                stopped = Some(signal.exit_code());
                transfer.stop();
                continue;
            }
        };
        match news {
            Some(TransferNews::Progress(progress)) => line.show(&progress),
            Some(TransferNews::Note(note)) => {
                line.clear();
                if !is_json {
                    output::complain(&note_line(&note));
                }
                if note.weight == NoteWeight::Failed && outcome.code == 0 {
                    outcome.code = note.failure.kind.exit_code();
                }
                outcome.notes.push(note);
            }
            Some(TransferNews::Finished(summary)) => outcome.add(summary),
            None => break,
        }
    }
    line.clear();
    stopped
}

impl Outcome {
    fn add(&mut self, more: TransferSummary) {
        self.summary.files += more.files;
        self.summary.bytes += more.bytes;
        self.summary.skipped += more.skipped;
        self.summary.failed += more.failed;
        self.summary.resumed += more.resumed;
        self.summary.is_cancelled |= more.is_cancelled;
    }
}

fn note_line(note: &TransferNote) -> String {
    if note.path.is_empty() {
        return note.failure.to_string();
    }
    format!("{}: {}", note.path, note.failure)
}

/// One line at the end, on standard error: standard output belongs to programs.
fn tell(outcome: &Outcome, elapsed: std::time::Duration) {
    let of = &outcome.summary;
    if of.is_cancelled {
        output::complain(&format!(
            "stopped after {} files; the same command again goes on with large files where they were",
            of.files
        ));
    } else if of.files != 1 || of.failed + of.skipped > 0 || elapsed.as_secs() >= 2 {
        let rate = Bytes((of.bytes as f64 / elapsed.as_secs_f64().max(0.001)) as u64);
        let mut text = format!("{} files, {}, {rate}/s", of.files, Bytes(of.bytes));
        for (count, what) in [
            (of.skipped, "left out"),
            (of.failed, "not copied"),
            (of.resumed, "times taken up again"),
        ] {
            if count > 0 {
                let _ = write!(text, ", {count} {what}");
            }
        }
        output::complain(&text);
    }
}

fn as_json(outcome: &Outcome, elapsed: std::time::Duration) -> Value {
    let note = |note: &TransferNote| {
        json!({
            "path": note.path.unescaped(),
            "kind": match note.weight {
                NoteWeight::Remark => "remark",
                NoteWeight::Skipped => "skipped",
                NoteWeight::Failed => "failed",
            },
            "message": note.failure.to_string(),
        })
    };
    json!({
        "files": outcome.summary.files,
        "bytes": outcome.summary.bytes,
        "skipped": outcome.summary.skipped,
        "failed": outcome.summary.failed,
        "resumed": outcome.summary.resumed,
        "cancelled": outcome.summary.is_cancelled,
        "milliseconds": output::milliseconds(elapsed),
        "notes": outcome.notes.iter().map(note).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orders_of(words: &[&str]) -> Result<Vec<(String, TransferOrder)>, Failure> {
        orders(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn sources_are_gathered_by_sandbox() {
        let found = orders_of(&["a:/1", "b:/2", "a:/3", "/"]).unwrap();
        assert_eq!(found.len(), 2);
        let TransferOrder::Download { from, .. } = &found[0].1 else {
            panic!("no download");
        };
        assert_eq!((found[0].0.as_str(), from.len()), ("a", 2));
    }

    #[test]
    fn one_side_is_here_and_one_is_there() {
        for bad in [
            &["a", "b"][..],
            &["a:/x", "b:/y"],
            &["a", "b:/x", "c:/y"],
            &["a:/x", "b:/y", "/no/such/folder"],
        ] {
            assert_eq!(orders_of(bad).unwrap_err().kind, FailureKind::Usage, "{bad:?}");
        }
    }
}

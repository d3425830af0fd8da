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
    for errand in errands(&of.places)? {
        let opening = async {
            let source = match &errand.source {
                Some(source) => Some(open(&mut sandboxes, source).await?),
                None => None,
            };
            let client = noting(context, open(&mut sandboxes, &errand.target).await?, &errand.target);
            if !matches!(errand.order, TransferOrder::Download { .. }) {
                Transfer::clear_traces(&client).await;
            }
            Ok::<_, Failure>((source, client))
        };
        let (source, client) = tokio::select! {
            opened = opening => opened?,
            signal = signals.next() => return Ok(signal.exit_code()),
        };
        let transfer = Transfer::between(source.as_ref().unwrap_or(&client), &client, errand.order, rules);
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

async fn open(sandboxes: &mut Sandboxes, target: &str) -> Result<EnvdClient, Failure> {
    let opened = sandboxes.open(target).await?;
    if let Some(warning) = &opened.warning {
        output::complain(&format!("warning: {warning}"));
    }
    Ok(EnvdClient::new(&opened.endpoint)?)
}

/// The same client, whose transfers note what is unfinished.
fn noting(context: &Context, client: EnvdClient, target: &str) -> EnvdClient {
    match &context.folders {
        Some(folders) => client.noting(&folders.unfinished(), target),
        None => client,
    }
}

/// One transfer: with a sandbox, or from one to another.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Errand {
    /// The sandbox that is copied from, if both sides are sandboxes.
    source: Option<String>,
    target: String,
    order: TransferOrder,
}

/// One transfer for each sandbox that is named, in the order they are named; what is on this machine comes first.
fn errands(places: &[String]) -> Result<Vec<Errand>, Failure> {
    let mut places: Vec<Place> = places.iter().map(|place| Place::parse(place)).collect();
    let wrong = |summary: &str| Failure::new(FailureKind::Usage, summary);
    let last = places.pop().ok_or_else(|| wrong("nothing to copy"))?;
    let count = places.len();
    let mut here = Vec::new();
    let mut there: Vec<(String, Vec<String>)> = Vec::new();
    for place in places {
        match place {
            Place::Here(path) => here.push(PathBuf::from(path)),
            Place::There { target, path } => match there.iter_mut().find(|(other, _)| *other == target) {
                Some((_, paths)) => paths.push(path),
                None => there.push((target, vec![path])),
            },
        }
    }
    match last {
        Place::There { target, path } => {
            let is_folder = path.is_empty() || path.ends_with('/');
            if count > 1 && there.len() + usize::from(!here.is_empty()) > 1 && !is_folder {
                return Err(wrong("several things go into one folder").hint("end the last PLACE with a slash"));
            }
            let upload = (!here.is_empty()).then(|| Errand {
                source: None,
                target: target.clone(),
                order: TransferOrder::Upload {
                    from: here,
                    to: path.clone(),
                },
            });
            let relays = there.into_iter().map(|(source, from)| Errand {
                source: Some(source),
                target: target.clone(),
                order: TransferOrder::Relay { from, to: path.clone() },
            });
            Ok(upload.into_iter().chain(relays).collect())
        }
        Place::Here(to) => {
            if !here.is_empty() {
                let failure = wrong("both sides are on this machine");
                return Err(failure.hint("name one side TARGET:PATH, such as local:/tmp/x; cp copies the rest"));
            }
            let to = PathBuf::from(to);
            if there.len() > 1 && !to.is_dir() {
                return Err(wrong("several things go into one folder").because("the last PLACE is no folder"));
            }
            let errand = |(target, from)| Errand {
                source: None,
                target,
                order: TransferOrder::Download { from, to: to.clone() },
            };
            Ok(there.into_iter().map(errand).collect())
        }
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
        self.summary.taken += more.taken;
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

    fn errands_of(words: &[&str]) -> Result<Vec<Errand>, Failure> {
        errands(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn sources_are_gathered_by_sandbox() {
        let found = errands_of(&["a:/1", "b:/2", "a:/3", "/"]).unwrap();
        assert_eq!(found.len(), 2);
        let TransferOrder::Download { from, .. } = &found[0].order else {
            panic!("no download");
        };
        assert_eq!((found[0].target.as_str(), from.len()), ("a", 2));
        let found = errands_of(&["here", "a:/1", "c:/1", "b:/to/"]).unwrap();
        let sources: Vec<Option<&str>> = found.iter().map(|errand| errand.source.as_deref()).collect();
        assert_eq!(sources, [None, Some("a"), Some("c")]);
        assert!(found.iter().all(|errand| errand.target == "b"));
        let one = errands_of(&["a:/x", "b:/y"]).unwrap();
        assert!(matches!(
            &one[..],
            [Errand {
                order: TransferOrder::Relay { .. },
                ..
            }]
        ));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for bad in [
            &["a", "b"][..],
            &["a", "b:/x", "c"],
            &["a", "b:/x", "c:/y"],
            &["a:/x", "b:/y", "/no/such/folder"],
        ] {
            assert_eq!(errands_of(bad).unwrap_err().kind, FailureKind::Usage, "{bad:?}");
        }
    }
}

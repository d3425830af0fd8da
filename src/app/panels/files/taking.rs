//! What the answers change in the Files panel. Knows no key.

use crate::app::caution::refusal_for;
use crate::app::effect::Answer;
use crate::app::notices::{Notice, Severity};
use crate::app::panels::outcome::{Outcome, PanelDecision, Request};
use crate::app::panels::panel::Around;
use crate::domain::{Failure, FileChange, Ticket, TransferOrder, TransferRules};

use super::copies::Copy;
use super::deciding::{Deed, FilesDecision, across};
use super::panel::Files;
use super::questions::{FilesAnswer, FilesQuestion, above, join};
use super::tree::Listing;

impl Files {
    pub(super) fn finish(&mut self, deed: &Deed, result: Result<Answer, Failure>, outcome: &mut Outcome) {
        if let Err(failure) = result {
            outcome.tell(Severity::Warning, format!("could not {}: {failure}", deed.title));
        }
        if let Some(tree) = self.trees.get_mut(&deed.target) {
            deed.changes.iter().for_each(|folder| tree.want(folder));
        }
        self.list.clear_marks();
    }

    /// Changes are told: the folders that they are in are asked for anew.
    pub(super) fn take_changes(&mut self, changes: Vec<FileChange>, around: &Around) {
        let Some((target, root)) = self.watch.watched().map(|(target, root)| (target, root.to_owned())) else {
            return;
        };
        self.watch.heard(true, around.now);
        let Some(tree) = self.trees.get_mut(&target) else {
            return;
        };
        for change in changes {
            let path = join(&root, change.name.unescaped());
            tree.want(above(&path));
            if let Some(entry) = change.entry {
                tree.note_recent(path, entry);
            }
        }
        if self.arrangement.is_recent_only {
            self.shown.made_of = None;
        }
    }

    pub(super) fn take_copy(
        &mut self,
        ticket: Ticket,
        result: Result<Answer, Failure>,
        around: &Around,
        outcome: &mut Outcome,
    ) {
        let news = match result {
            Ok(Answer::Files(FilesAnswer::Transfer(news))) => Ok(news),
            Ok(_) => return,
            Err(failure) => Err(failure),
        };
        let Some(copy) = self.copies.take(ticket, news, around.now) else {
            return;
        };
        if let (Some(folder), Some(tree)) = (&copy.changes, self.trees.get_mut(&copy.target)) {
            tree.want(folder);
        }
        if let Some((is_good, text)) = copy.outcome() {
            let severity = if is_good { Severity::Info } else { Severity::Warning };
            outcome.tell(severity, text);
        }
        if copy.taken() > 0 {
            outcome.request(ask_to_replace(copy));
        }
    }

    pub(super) fn take_listing(&mut self, ticket: Ticket, result: Result<Answer, Failure>, around: &Around) {
        let mut result = Some(match result {
            Ok(Answer::Files(FilesAnswer::Listed(entries, left_out))) => Ok(Listing { entries, left_out }),
            Ok(_) => return,
            Err(failure) => Err(failure),
        });
        for tree in self.trees.values_mut() {
            for (_, folder) in tree.folders_mut() {
                if folder.waits_for(ticket)
                    && let Some(result) = result.take()
                {
                    folder.answer(ticket, result, around.now);
                    self.shown.made_of = None;
                }
            }
        }
    }
}

/// What a decision comes to if it names another sandbox: a copy, or why there is none.
pub(super) fn relayed(
    decision: &FilesDecision,
    text: Option<&str>,
    rules: TransferRules,
    around: &Around,
) -> Option<Result<Deed, Notice>> {
    let FilesDecision::Copy(target, paths) = decision else {
        return None;
    };
    let (to, order, title) = across(paths, text?, around.workspace.targets())?;
    if let Some(notice) = refusal_for(around.workspace.target(to)) {
        return Some(Err(notice));
    }
    Some(Ok(Deed {
        target: *target,
        question: FilesQuestion::Relay { to, order, rules },
        title,
        changes: Vec::new(),
    }))
}

/// Before files are replaced: a rule of the user's may ask harder where they are a sandbox's.
fn ask_to_replace(copy: &Copy) -> Request {
    let count = match copy.taken() {
        1 => "One file is there already".to_owned(),
        many => format!("{many} files are there already"),
    };
    let written_to = match &copy.question {
        FilesQuestion::Transfer(TransferOrder::Upload { .. }, _) => Some(copy.target),
        FilesQuestion::Relay { to, .. } => Some(*to),
        _ => None,
    };
    Request::Confirm {
        question: format!("{count}. Replace?"),
        details: vec![
            copy.title.clone(),
            "What was copied already is copied once more.".to_owned(),
        ],
        verb: "replace",
        decision: PanelDecision::Files(FilesDecision::Replace(copy.target, Box::new(copy.question.clone()))),
        target: written_to,
    }
}

//! What the answers change in the Files panel. Knows no key.

use crate::app::effect::Answer;
use crate::app::notices::Severity;
use crate::app::panels::outcome::Outcome;
use crate::app::panels::panel::Around;
use crate::domain::{Failure, FileChange, Ticket};

use super::deciding::Deed;
use super::panel::Files;
use super::questions::{FilesAnswer, above, join};
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
            self.made_of = None;
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
                    self.made_of = None;
                }
            }
        }
    }
}

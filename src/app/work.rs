//! Work that takes longer than a moment: what is under way, since when, and how it is given up. Looks at the parts of the
//! model; does nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::{Moment, RemoteText, Ticket, shorten};

use super::Model;

/// Work that takes longer is shown.
const SHOWN_AFTER: Duration = Duration::from_millis(500);
/// Work that takes longer says how it is given up.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(2);
/// Cells for what is being done.
const WORD_CELLS: u16 = 36;

/// One thing that is under way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WorkKey {
    /// Files are copied.
    Copies,
    /// A command runs on many sandboxes.
    Run,
    /// A change that the platform makes.
    Change(Ticket),
    /// A sandbox is being opened.
    Opening(Ticket),
}

/// What is under way, with when it was seen first.
#[derive(Clone, Debug, Default)]
pub struct Work {
    known: BTreeMap<WorkKey, Moment>,
}

/// What the status line says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkWords {
    /// What, and for how long already; safe to show.
    pub text: String,
    /// Whether it has lasted long enough that one may want to give it up.
    pub is_long: bool,
}

impl Work {
    /// Takes in what is under way now.
    pub fn note(&mut self, keys: Vec<WorkKey>, now: Moment) {
        self.known.retain(|key, _| keys.contains(key));
        for key in keys {
            self.known.entry(key).or_insert(now);
        }
    }

    /// What began last.
    pub fn latest(&self) -> Option<(&WorkKey, Moment)> {
        let latest = self.known.iter().max_by_key(|(key, since)| (since.since_start, *key));
        latest.map(|(key, since)| (key, *since))
    }

    /// How many things are under way besides.
    fn others(&self) -> usize {
        self.known.len().saturating_sub(1)
    }

    /// When what is said of it changes next, as time since the start.
    pub fn next_deadline(&self, now: Moment) -> Option<Duration> {
        let (_, since) = self.latest()?;
        let lasted = now.since(since);
        let next = if lasted < SHOWN_AFTER {
            SHOWN_AFTER
        } else {
            Duration::from_secs(lasted.as_secs() + 1)
        };
        Some(since.since_start + next)
    }
}

/// What is under way.
pub fn under_way(model: &Model) -> Vec<WorkKey> {
    let mut keys = Vec::new();
    keys.extend(model.panels.copies_in_brief().map(|_| WorkKey::Copies));
    keys.extend(model.run.as_ref().filter(|run| !run.is_over()).map(|_| WorkKey::Run));
    keys.extend(
        model
            .workspace
            .fleet()
            .changes()
            .map(|(ticket, _)| WorkKey::Change(ticket)),
    );
    keys.extend(model.workspace.openings().tickets().map(WorkKey::Opening));
    keys
}

/// What began last, in words, once it has lasted a moment.
pub fn work_words(model: &Model) -> Option<WorkWords> {
    let (key, since) = model.status.work.latest()?;
    let lasted = model.now.since(since);
    let what = words(model, key).filter(|_| lasted >= SHOWN_AFTER)?;
    let mut text = shorten(&what, WORD_CELLS);
    if lasted.as_secs() > 0 {
        text = format!("{text} {} s", lasted.as_secs());
    }
    if model.status.work.others() > 0 {
        text = format!("{text} (+{})", model.status.work.others());
    }
    Some(WorkWords {
        text,
        is_long: lasted >= GIVEN_UP_AFTER,
    })
}

fn words(model: &Model, key: &WorkKey) -> Option<String> {
    match key {
        WorkKey::Copies => model.panels.copies_in_brief().map(|brief| format!("copying {brief}")),
        WorkKey::Run => {
            let run = model.run.as_ref()?;
            let (done, all) = run.progress();
            let command = shorten(&RemoteText::from(&*run.command).escaped(), 16);
            Some(format!("{command}: {done} of {all} answered"))
        }
        WorkKey::Change(ticket) => {
            let mut changes = model.workspace.fleet().changes();
            let (_, change) = changes.find(|(known, _)| known == ticket)?;
            let name = change
                .sandbox()
                .map_or_else(|| "a sandbox".to_owned(), |id| model.workspace.sandbox_name(id));
            Some(format!("{name} {}", change.progress()))
        }
        WorkKey::Opening(ticket) => {
            let address = model.workspace.openings().address(*ticket)?;
            Some(format!("opening {}", RemoteText::from(address)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_began_last_is_told_and_the_clock_is_asked_for_when_words_change() {
        let at = |millis| Moment::ZERO.after(Duration::from_millis(millis));
        let mut work = Work::default();
        assert_eq!(work.next_deadline(at(0)), None);
        work.note(vec![WorkKey::Run], at(100));
        assert_eq!(work.next_deadline(at(100)), Some(Duration::from_millis(600)));
        assert_eq!(work.next_deadline(at(600)), Some(Duration::from_millis(1_100)));
        work.note(vec![WorkKey::Run, WorkKey::Opening(Ticket(3))], at(700));
        assert_eq!(
            work.latest().map(|(key, _)| key.clone()),
            Some(WorkKey::Opening(Ticket(3)))
        );
        assert_eq!(work.others(), 1);
        work.note(vec![WorkKey::Run], at(900));
        assert_eq!(work.latest(), Some((&WorkKey::Run, at(100))));
    }
}

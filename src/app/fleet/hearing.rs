//! Taking in what the platform answered, and what of it the rest of the workbench must know.

use std::collections::BTreeSet;

use crate::domain::{Failure, FailureKind, Moment, Sandbox, SandboxFacts, SandboxId, SandboxState};

use super::known::{Known, Presence};
use super::question::{Change, Changed, PlatformAnswer};
use super::reading::Step;
use super::state::{Fleet, FleetNews};

impl Fleet {
    pub(super) fn take_step(
        &mut self,
        step: Step,
        result: Result<PlatformAnswer, Failure>,
        open: &[SandboxId],
        now: Moment,
    ) -> Vec<FleetNews> {
        let mut news = Vec::new();
        match (step, result) {
            (_, Ok(PlatformAnswer::Page { sandboxes, next })) => {
                let round = self.reading.round;
                for sandbox in sandboxes {
                    news.extend(self.hear(sandbox, round, now));
                }
                if self.reading.turn_page(next, now) {
                    news.extend(self.sweep(open));
                }
            }
            (_, Ok(PlatformAnswer::Samples(samples))) => {
                for (id, sample) in samples {
                    if let Some(known) = self.known.get_mut(&id) {
                        known.sample(sample);
                    }
                }
                self.reading.succeed();
            }
            (_, Ok(PlatformAnswer::Facts(facts))) => {
                self.reading.succeed();
                news.extend(self.look(*facts, now));
            }
            (Step::Look(id), Err(failure)) if failure.kind == FailureKind::NotFound => {
                self.reading.succeed();
                news.extend(self.lose(&id, now));
            }
            (_, Err(failure)) => {
                // Said once; while it lasts it stands below the list.
                let is_new = self.reading.failure().map(|known| known.kind) != Some(failure.kind);
                news.extend(is_new.then(|| FleetNews::Unread(failure.clone())));
                self.reading.fail(failure, now);
            }
            // An answer to another question than was asked: ours is still open, and asked again when it is due.
            (_, Ok(_)) => {}
        }
        news
    }

    pub(super) fn take_change(
        &mut self,
        change: Change,
        result: Result<PlatformAnswer, Failure>,
        now: Moment,
    ) -> Vec<FleetNews> {
        let mut news = Vec::new();
        let changed = match result {
            Ok(PlatformAnswer::Changed(changed)) => Ok(changed),
            Ok(_) => Ok(Changed::Done),
            Err(failure) => Err(failure),
        };
        match (&change, &changed) {
            (_, Ok(Changed::Now(facts))) => news.extend(self.look((**facts).clone(), now)),
            (Change::Pause(id), Ok(_)) => {
                if let Some(known) = self.known.get_mut(id) {
                    let mut sandbox = known.sandbox.clone();
                    sandbox.state = SandboxState::Paused;
                    known.hear(sandbox, 0, now);
                }
                news.push(FleetNews::Sleeps(id.clone()));
            }
            (Change::Kill(id), Ok(_)) => news.extend(self.lose(id, now)),
            _ => {}
        }
        self.reading.hurry();
        news.push(FleetNews::Changed(change, changed));
        news
    }

    fn hear(&mut self, sandbox: Sandbox, round: u64, now: Moment) -> Option<FleetNews> {
        let id = sandbox.id.clone();
        // While it is being changed, the list may say what was before.
        if self.change_of(&id).is_some()
            && let Some(known) = self.known.get_mut(&id)
        {
            known.round = round;
            return None;
        }
        let before = self.known.get(&id).map(Known::presence);
        match self.known.get_mut(&id) {
            Some(known) => known.hear(sandbox, round, now),
            None => {
                self.known.insert(id.clone(), Known::new(sandbox, round, now));
            }
        }
        self.compare(&id, before)
    }

    fn look(&mut self, facts: SandboxFacts, now: Moment) -> Option<FleetNews> {
        let id = facts.sandbox.id.clone();
        let before = self.known.get(&id).map(Known::presence);
        let round = self.reading.round;
        let known = self.known.entry(id.clone());
        let known = known.or_insert_with(|| Known::new(facts.sandbox.clone(), round, now));
        known.look(facts, now);
        self.compare(&id, before)
    }

    /// What of a change of presence is news.
    fn compare(&mut self, id: &SandboxId, before: Option<Presence>) -> Option<FleetNews> {
        let now = self.known.get(id)?.presence();
        if before == Some(now) {
            return None;
        }
        self.reading.stir();
        match now {
            Presence::Paused => Some(FleetNews::Sleeps(id.clone())),
            Presence::Running if before.is_some() => Some(FleetNews::Wakes(id.clone())),
            _ => None,
        }
    }

    /// The list was read to its end: what was not on it is gone.
    fn sweep(&mut self, open: &[SandboxId]) -> Vec<FleetNews> {
        let (round, began) = (self.reading.round, self.reading.round_began().unwrap_or(Moment::ZERO));
        let changed: BTreeSet<&SandboxId> = self.changes.values().filter_map(Change::sandbox).collect();
        let missing = self.known.iter().filter(|(id, known)| {
            // What was heard of in another way since the reading began may have come too late for the list.
            known.round < round && known.heard_at.since_start < began.since_start && !changed.contains(id)
        });
        let missing: Vec<SandboxId> = missing.map(|(id, _)| id.clone()).collect();
        let mut news = Vec::new();
        for id in missing {
            if open.contains(&id) {
                news.extend(self.lose(&id, began));
            } else {
                self.known.remove(&id);
                self.reading.stir();
            }
        }
        news
    }

    fn lose(&mut self, id: &SandboxId, now: Moment) -> Option<FleetNews> {
        let known = self.known.get_mut(id)?;
        if known.gone_at.is_some() {
            return None;
        }
        known.gone_at = Some(now);
        self.reading.stir();
        Some(FleetNews::Gone(id.clone()))
    }
}

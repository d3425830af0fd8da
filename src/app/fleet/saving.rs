//! What is done only after sandboxes were saved: a snapshot before a risky step. If one cannot be saved, it is not done.

use std::collections::BTreeSet;

use crate::app::overlays::Decision;
use crate::domain::SandboxId;

/// Steps that wait for snapshots.
#[derive(Debug, Default)]
pub(super) struct SavedFirst {
    waiting: Vec<(BTreeSet<SandboxId>, Decision)>,
}

impl SavedFirst {
    /// Does this once all of these are saved.
    pub(super) fn add(&mut self, ids: impl IntoIterator<Item = SandboxId>, then: Decision) {
        self.waiting.push((ids.into_iter().collect(), then));
    }

    /// A sandbox was saved: what can be done now.
    pub(super) fn saved(&mut self, id: &SandboxId) -> Vec<Decision> {
        for (ids, _) in &mut self.waiting {
            ids.remove(id);
        }
        let (ready, waiting) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|(ids, _)| ids.is_empty());
        self.waiting = waiting;
        let ready: Vec<(BTreeSet<SandboxId>, Decision)> = ready;
        ready.into_iter().map(|(_, then)| then).collect()
    }

    /// A sandbox could not be saved: what waited for it is not done. How many steps that are.
    pub(super) fn failed(&mut self, id: &SandboxId) -> usize {
        let before = self.waiting.len();
        self.waiting.retain(|(ids, _)| !ids.contains(id));
        before - self.waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_waits_for_all_snapshots_and_is_not_done_without_one() {
        let id = |text: &str| text.parse::<SandboxId>().expect("an ID");
        let mut saved = SavedFirst::default();
        saved.add([id("i1"), id("i2")], Decision::Detach);
        saved.add([id("i2"), id("i3")], Decision::Detach);
        assert!(saved.saved(&id("i1")).is_empty());
        assert_eq!(saved.saved(&id("i2")), [Decision::Detach]);
        assert_eq!(saved.failed(&id("i3")), 1);
        assert!(saved.saved(&id("i3")).is_empty());
        assert_eq!(saved.failed(&id("i9")), 0);
    }
}

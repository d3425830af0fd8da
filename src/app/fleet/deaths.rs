//! Panes that died in sandboxes of the platform: what is being found out about them, and what was. Asks nobody itself.

use std::collections::BTreeMap;

use crate::domain::{PaneId, SandboxId, Ticket};

use super::death::Verdict;

/// What is known and asked about the ends of panes.
#[derive(Debug, Default)]
pub(super) struct Deaths {
    inquiries: BTreeMap<Ticket, (PaneId, SandboxId)>,
    verdicts: BTreeMap<PaneId, Verdict>,
}

impl Deaths {
    /// Whether the end of this pane is being looked into.
    pub(super) fn is_asked_about(&self, pane: PaneId) -> bool {
        self.inquiries.values().any(|(asked, _)| *asked == pane)
    }

    /// Notes a question. What was found out about an earlier end of the pane is forgotten.
    pub(super) fn ask(&mut self, ticket: Ticket, pane: PaneId, id: SandboxId) {
        self.verdicts.remove(&pane);
        self.inquiries.insert(ticket, (pane, id));
    }

    /// What was asked under this ticket; it no longer is.
    pub(super) fn end(&mut self, ticket: Ticket) -> Option<(PaneId, SandboxId)> {
        self.inquiries.remove(&ticket)
    }

    /// Notes what was found out.
    pub(super) fn note(&mut self, pane: PaneId, verdict: Verdict) {
        self.verdicts.insert(pane, verdict);
    }

    /// What was found out about the end of a pane.
    pub(super) fn verdict(&self, pane: PaneId) -> Option<&Verdict> {
        self.verdicts.get(&pane)
    }

    /// Forgets panes that are closed.
    pub(super) fn forget(&mut self, is_there: impl Fn(PaneId) -> bool) {
        self.verdicts.retain(|pane, _| is_there(*pane));
    }
}

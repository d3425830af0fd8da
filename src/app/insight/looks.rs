//! What was seen in each sandbox: asked while somebody wants it, as often as the most eager wants it, with all that any of
//! them wants; forgotten when nobody has for a while.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use crate::app::link::Link;
use crate::app::refresh::Refresh;
use crate::app::workspace::Workspace;
use crate::app::{Answer, Effect, Effects, LookAnswer, LookQuestion, Question};
use crate::domain::{
    Failure, FailureKind, ManagedProcess, Moment, Observation, Pid, ProcessKey, Sight, TargetId, Ticket,
};

/// Nobody looks more often than this, and no wish is served more seldom than that.
const RATES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));
/// So many bytes a second may looking cost; a sandbox with more to show is looked at more seldom, up to `SLOWEST`.
const FAIR_BYTES: f64 = 20_000.0;
const SLOWEST: Duration = Duration::from_secs(10);
/// What nobody has wanted for so long is forgotten.
const KEPT_FOR: Duration = Duration::from_secs(120);
/// Two looks that are further apart say little of the present.
const LONGEST_SPAN: Duration = Duration::from_secs(30);

/// Tickets of ours are told from all others by their size.
const FIRST_TICKET: u64 = 1 << 42;

/// What processes used of a processor, in percent.
pub type Shares = HashMap<ProcessKey, f32>;

/// What somebody wants to see of a sandbox now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// What.
    pub sight: Sight,
    /// How often.
    pub every: Duration,
}

impl Wish {
    /// What serves both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            sight: self.sight.and(other.sight),
            every: self.every.min(other.every),
        }
    }
}

/// What one answer brought.
#[derive(Debug)]
struct Seen {
    observation: Arc<Observation>,
    managed: Vec<ManagedProcess>,
}

/// What was seen in one sandbox: the last look, and what the one before tells of the time between.
#[derive(Debug, Default)]
pub struct LookState {
    refresh: Refresh<Seen>,
    /// What was asked for last.
    asked: Sight,
    /// When somebody wanted it last.
    wanted_at: Duration,
    /// Whether something may be asked of it.
    is_reachable: bool,
    cpu: Shares,
    before: Option<Arc<Observation>>,
    /// Counts the looks that were taken in.
    count: u64,
}

/// The looks of all sandboxes.
#[derive(Debug, Default)]
pub struct Looks {
    of: BTreeMap<TargetId, LookState>,
    wishes: BTreeMap<TargetId, Wish>,
    tickets: u64,
}

impl LookState {
    /// What was seen last.
    pub fn seen(&self) -> Option<&Arc<Observation>> {
        self.refresh.value().map(|seen| &seen.observation)
    }

    /// What was seen before that, not too long ago.
    pub fn before(&self) -> Option<&Observation> {
        self.before.as_deref()
    }

    /// How many looks there were.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// What processes used of a processor between the last two looks.
    pub fn cpu(&self) -> &Shares {
        &self.cpu
    }

    /// What envd itself has started under this number.
    pub fn managed(&self, pid: Pid) -> Option<&ManagedProcess> {
        let seen = self.refresh.value()?;
        seen.managed.iter().find(|managed| managed.pid == pid)
    }

    /// Why there is nothing newer.
    pub fn failure(&self) -> Option<&Failure> {
        self.refresh.failure()
    }

    /// Whether the last look is of now: no failure since, and the sandbox can be reached.
    pub fn is_fresh(&self) -> bool {
        self.refresh.failure().is_none() && self.is_reachable
    }

    /// How old the last look is.
    pub fn age(&self, now: Moment) -> Option<Duration> {
        self.refresh.age(now)
    }

    /// Whether something may be asked of the sandbox.
    pub fn is_reachable(&self) -> bool {
        self.is_reachable
    }

    fn interval(&self, wish: Wish) -> Duration {
        let bytes = self.seen().map_or(0, |seen| seen.wire_bytes);
        let fair = Duration::from_secs_f64(bytes as f64 / FAIR_BYTES).min(SLOWEST);
        // Rates need two looks, and shares of a processor two looks at processes: the second one soon.
        let has_shares = !wish.sight.has_processes() || !self.cpu.is_empty();
        let every = if self.before.is_some() && has_shares {
            wish.every
        } else {
            RATES.0
        };
        every.clamp(RATES.0, RATES.1).max(fair)
    }

    /// When it is to be asked next, as time since the start.
    fn next_due(&self, wish: Wish) -> Option<Duration> {
        if !self.asked.shows(wish.sight) && !self.refresh.is_running() && self.refresh.failure().is_none() {
            return Some(Duration::ZERO);
        }
        self.refresh.next_due(self.interval(wish))
    }

    fn take(&mut self, ticket: Ticket, result: Result<Seen, Failure>, now: Moment) {
        if let Ok(seen) = &result {
            let observation = &seen.observation;
            let last = self.seen().cloned();
            let is_near = |before: &Arc<Observation>| {
                let span = observation.load.since(&before.load);
                span.is_some_and(|span| span <= LONGEST_SPAN)
            };
            self.before = last.filter(is_near);
            let before = self.before.as_ref().filter(|before| !before.processes.is_empty());
            self.cpu = before.map(|before| observation.cpu_since(before)).unwrap_or_default();
            self.count += 1;
        }
        self.refresh.answer(ticket, result, now);
    }
}

impl Looks {
    /// What was seen in a sandbox.
    pub fn of(&self, target: TargetId) -> Option<&LookState> {
        self.of.get(&target)
    }

    /// Looks at a sandbox as soon as possible.
    pub fn want(&mut self, target: TargetId) {
        if let Some(look) = self.of.get_mut(&target) {
            look.refresh.want();
        }
    }

    /// Asks what is wanted and due. Only where a link stands: looking must not wake a sandbox that sleeps, and never happens
    /// in one that no pane is open in.
    pub fn tick(
        &mut self,
        wishes: BTreeMap<TargetId, Wish>,
        workspace: &Workspace,
        now: Moment,
        effects: &mut Effects,
    ) {
        self.of.retain(|target, look| {
            let is_wanted = wishes.contains_key(target);
            is_wanted || (workspace.target(*target).is_some() && now.since_start < look.wanted_at + KEPT_FOR)
        });
        self.wishes = wishes;
        for (target, wish) in &self.wishes {
            let look = self.of.entry(*target).or_default();
            look.wanted_at = now.since_start;
            look.is_reachable = is_live(*target, workspace);
            if look.is_reachable && look.next_due(*wish).is_some_and(|due| due <= now.since_start) {
                self.tickets = self.tickets.max(FIRST_TICKET) + 1;
                let ticket = Ticket(self.tickets);
                let question = Question::Look(LookQuestion::Look(wish.sight));
                effects.push(Effect::Ask(ticket, *target, question));
                look.refresh.ask(ticket, now);
                look.asked = wish.sight;
            }
        }
    }

    /// When it wants to look next, as time since the start.
    pub fn next_deadline(&self) -> Option<Duration> {
        let due = |(target, wish): (&TargetId, &Wish)| {
            let look = self.of.get(target).filter(|look| look.is_reachable)?;
            look.next_due(*wish)
        };
        self.wishes.iter().filter_map(due).min()
    }

    /// The sandbox that was asked about under this ticket, while the answer is waited for.
    pub fn asked(&self, ticket: Ticket) -> Option<TargetId> {
        let mut all = self.of.iter();
        let asked = all.find(|(_, look)| look.refresh.waits_for(ticket));
        asked.map(|(target, _)| *target)
    }

    /// Takes an answer about a sandbox in.
    pub fn answer(&mut self, target: TargetId, ticket: Ticket, result: Result<Answer, Failure>, now: Moment) {
        let result = match result {
            Ok(Answer::Look(LookAnswer::Seen(observation, managed))) => Ok(Seen { observation, managed }),
            Ok(_) => Err(Failure::new(FailureKind::Internal, "another question was answered")),
            Err(failure) => Err(failure),
        };
        if let Some(look) = self.of.get_mut(&target) {
            look.take(ticket, result, now);
        }
    }
}

/// Whether a pane's link to this sandbox stands.
pub(super) fn is_live(target: TargetId, workspace: &Workspace) -> bool {
    let mut sessions = workspace.sessions();
    sessions.any(|(_, session)| session.target == target && matches!(session.link, Link::Live))
}

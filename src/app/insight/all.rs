//! All of it together: what is asked when, and what follows from an answer.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::app::workspace::Workspace;
use crate::app::{Answer, Effect, Effects, Question};
use crate::domain::{Failure, FailureKind, Moment, TargetId, Ticket};

use super::forwards::{Forward, Forwards};
use super::gauges::{Gauge, Gauges};
use super::limits::{LimitNews, Limits, Watch};
use super::looks::{LookState, Looks, Wish, is_live};

/// How often envd is asked for its own account while somebody compares sandboxes, and how often for the sake of limits alone.
const WHILE_COMPARED: Duration = Duration::from_secs(5);
const FOR_LIMITS: Duration = Duration::from_secs(15);

/// Tickets for accounts are told from all others by their size.
const FIRST_TICKET: u64 = 1 << 44;

/// What is known of all sandboxes.
#[derive(Debug, Default)]
pub struct Insight {
    /// The looks.
    pub looks: Looks,
    /// What they were busy with.
    pub gauges: Gauges,
    /// What is worth telling.
    pub limits: Limits,
    /// How measures stand to the limits.
    pub watch: Watch,
    /// Ports of this machine that lead into sandboxes.
    pub forwards: Forwards,
    tickets: u64,
    is_compared: bool,
    /// Whose envd is asked for its account.
    accountable: Vec<TargetId>,
}

/// What the rest of the workbench is to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InsightNews {
    /// How a sandbox stands to its limits.
    Limit(TargetId, LimitNews),
    /// This forward was ended because its sandbox sleeps.
    ForwardAsleep(Forward),
}

impl Insight {
    /// Nothing known yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// What was seen in a sandbox.
    pub fn look(&self, target: TargetId) -> Option<&LookState> {
        self.looks.of(target)
    }

    /// Asks what is wanted and due. `is_compared`: somebody wants to know of all sandboxes.
    pub fn tick(
        &mut self,
        (wishes, is_compared): (BTreeMap<TargetId, Wish>, bool),
        workspace: &Workspace,
        now: Moment,
        effects: &mut Effects,
    ) -> Vec<InsightNews> {
        self.looks.tick(wishes, workspace, now, effects);
        self.gauges.of.retain(|target, _| workspace.target(*target).is_some());
        self.is_compared = is_compared;
        self.ask_accounts(workspace, now, effects);
        let asleep = self.forwards.end_asleep(workspace, effects);
        asleep.into_iter().map(InsightNews::ForwardAsleep).collect()
    }

    fn ask_accounts(&mut self, workspace: &Workspace, now: Moment, effects: &mut Effects) {
        // The embedded sandbox is this machine: it is compared when somebody wants to, and told of never.
        let for_limits = self.limits.are_some();
        let targets = workspace.targets().iter();
        let wanted = targets.filter(|target| self.is_compared || (for_limits && !target.is_embedded));
        self.accountable = wanted
            .map(|target| target.id)
            .filter(|target| is_live(*target, workspace))
            .collect();
        let every = self.account_interval();
        for target in &self.accountable {
            let gauge = self.gauges.of.entry(*target).or_default();
            if gauge.account.is_due(every, now) {
                self.tickets = self.tickets.max(FIRST_TICKET) + 1;
                effects.push(Effect::Ask(Ticket(self.tickets), *target, Question::Metrics));
                gauge.account.ask(Ticket(self.tickets), now);
            }
        }
    }

    fn account_interval(&self) -> Duration {
        if self.is_compared { WHILE_COMPARED } else { FOR_LIMITS }
    }

    /// When it wants to ask next, as time since the start.
    pub fn next_deadline(&self) -> Option<Duration> {
        let every = self.account_interval();
        let gauges = self.accountable.iter().filter_map(|target| self.gauges.of(*target));
        let accounts = gauges.filter_map(|gauge| gauge.account.next_due(every));
        accounts.chain(self.looks.next_deadline()).min()
    }

    /// Takes an answer in; hands it back if it is somebody else's. What follows goes into `news`.
    pub fn answer(
        &mut self,
        ticket: Ticket,
        result: Result<Answer, Failure>,
        (workspace, now): (&Workspace, Moment),
        news: &mut Vec<InsightNews>,
    ) -> Option<Result<Answer, Failure>> {
        let result = self.forwards.answer(ticket, result)?;
        let waits = |(_, gauge): &(&TargetId, &Gauge)| gauge.account.waits_for(ticket);
        let target = if let Some(target) = self.looks.asked(ticket) {
            self.looks.answer(target, ticket, result, now);
            if let Some((look, seen)) = self.looks.of(target).and_then(|look| Some((look, look.seen()?))) {
                let gauge = self.gauges.of.entry(target).or_default();
                gauge.see((look.count(), seen), look.before(), now);
            }
            target
        } else if let Some(target) = self.gauges.of.iter().find(waits).map(|(target, _)| *target) {
            self.take_account(target, ticket, result, now);
            target
        } else {
            return Some(result);
        };
        news.extend(self.compare(target, workspace, now));
        None
    }

    fn take_account(&mut self, target: TargetId, ticket: Ticket, result: Result<Answer, Failure>, now: Moment) {
        let result = match result {
            Ok(Answer::Metrics(account)) => Ok(account),
            Ok(_) => Err(Failure::new(FailureKind::Internal, "another question was answered")),
            Err(failure) => Err(failure),
        };
        let gauge = self.gauges.of.entry(target).or_default();
        if let Ok(account) = &result {
            gauge.hear(account, now);
        }
        gauge.account.answer(ticket, result, now);
    }

    fn compare(&mut self, target: TargetId, workspace: &Workspace, now: Moment) -> Option<InsightNews> {
        let gauge = self.gauges.of(target)?;
        let news = self.watch.look(target, gauge, &self.limits, now)?;
        let is_told = workspace.target(target).is_some_and(|target| !target.is_embedded);
        is_told.then_some(InsightNews::Limit(target, news))
    }
}

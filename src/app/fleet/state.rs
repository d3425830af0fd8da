//! All sandboxes that the platform tells of, and the changes that are under way. Asks through effects; decides nothing
//! about panes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::app::overlays::Decision;
use crate::app::{Effect, Effects};
use crate::domain::{Failure, Moment, NewSandbox, PaneId, RemoteText, SandboxId, Ticket};

use super::death::Verdict;
use super::deaths::Deaths;
use super::known::Known;
use super::life::{KEPT_FOR, KeepAlive, LifeAlarm};
use super::question::{Change, Changed, PlatformAnswer, PlatformQuestion};
use super::reading::{Gaze, Reading, Step};
use super::saving::SavedFirst;

/// The most sandboxes that one question about samples may name.
const BATCH: usize = 100;

/// Tickets of ours are told from those of panes and panels by their size.
const FIRST_TICKET: u64 = 1 << 39;

/// What the user's sandboxes are, as far as the platform has told us.
#[derive(Debug, Default)]
pub struct Fleet {
    /// Whether there is a platform to ask, and what may be asked of it.
    ground: Ground,
    pub(super) known: BTreeMap<SandboxId, Known>,
    pub(super) reading: Reading,
    /// Those that the user has in sight; none while no list is shown.
    in_sight: Option<Vec<SandboxId>>,
    pub(super) changes: BTreeMap<Ticket, Change>,
    alarms: BTreeMap<SandboxId, LifeAlarm>,
    kept_alive: Vec<KeepAlive>,
    deaths: Deaths,
    saved_first: SavedFirst,
    templates: Templates,
    tickets: u64,
    /// Counts up with everything that a list would show.
    version: u64,
}

/// What may be asked of the platform.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Ground {
    /// Nothing: there is none.
    #[default]
    Nowhere,
    /// Everything.
    Open,
    /// What changes no sandbox that is there.
    ReadOnly,
}

/// What a new sandbox can be made of, the question for that, and the last order.
#[derive(Debug, Default)]
struct Templates {
    names: Vec<RemoteText>,
    ticket: Option<Ticket>,
    /// What was ordered last and could not be made, so that nobody enters it twice.
    refused: Option<Box<NewSandbox>>,
}

/// What the rest of the workbench must know of.
#[derive(Clone, Debug, PartialEq)]
pub enum FleetNews {
    /// This one sleeps now; nothing must be asked of its envd.
    Sleeps(SandboxId),
    /// This one runs, and did not before.
    Wakes(SandboxId),
    /// The platform does not know this one any more.
    Gone(SandboxId),
    /// The platform cannot be read any more, for this reason.
    Unread(Failure),
    /// So much is left of this one's life, and that is little.
    EndsSoon(SandboxId, Duration),
    /// What the platform says after the end of this pane in this sandbox.
    LastWords(PaneId, SandboxId, Box<PlatformAnswer>),
    /// A change was made, or could not be.
    Changed(Change, Result<Changed, Failure>),
}

impl Fleet {
    /// There is a platform to ask; whether its sandboxes are only to be looked at.
    pub fn begin(&mut self, is_read_only: bool) {
        self.ground = if is_read_only { Ground::ReadOnly } else { Ground::Open };
    }

    /// Whether there is a platform to ask.
    pub fn is_there(&self) -> bool {
        self.ground != Ground::Nowhere
    }

    /// Whether its sandboxes are only to be looked at, open or not.
    pub fn is_read_only(&self) -> bool {
        self.ground == Ground::ReadOnly
    }

    /// What is known of one.
    pub fn get(&self, id: &SandboxId) -> Option<&Known> {
        self.known.get(id)
    }

    /// All, by ID. Those that are gone are kept while they are open.
    pub fn all(&self) -> impl ExactSizeIterator<Item = &Known> {
        self.known.values()
    }

    /// Changes with everything that a list would show.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// When the list was read to its end last; none before the first time.
    pub fn listed_at(&self) -> Option<Moment> {
        self.reading.listed_at()
    }

    /// Why there is nothing newer.
    pub fn failure(&self) -> Option<&Failure> {
        self.reading.failure()
    }

    /// The change to this sandbox that is under way.
    pub fn change_of(&self, id: &SandboxId) -> Option<&Change> {
        self.changes.values().find(|change| change.sandbox() == Some(id))
    }

    /// The changes that are under way, with their tickets.
    pub fn changes(&self) -> impl Iterator<Item = (Ticket, &Change)> {
        self.changes.iter().map(|(ticket, change)| (*ticket, change))
    }

    /// Waits no longer for a change: whether it was made the list will show.
    pub fn give_up_change(&mut self, ticket: Ticket) -> Option<Change> {
        self.version += 1;
        self.changes.remove(&ticket)
    }

    /// The names that a new sandbox can be made of, as far as they were asked for.
    pub fn templates(&self) -> &[RemoteText] {
        &self.templates.names
    }

    /// Whether the user asked to keep this one alive.
    pub fn is_kept_alive(&self, id: &SandboxId) -> bool {
        self.kept_alive.iter().any(|kept| kept.sandbox == *id)
    }

    /// Keeps a sandbox alive from now on, or no longer. Answers whether it is kept now.
    pub fn toggle_keep_alive(&mut self, id: &SandboxId) -> bool {
        let before = self.kept_alive.len();
        self.kept_alive.retain(|kept| kept.sandbox != *id);
        let was_kept = self.kept_alive.len() < before;
        if !was_kept {
            self.kept_alive.push(KeepAlive::new(id.clone()));
        }
        self.version += 1;
        !was_kept
    }

    /// Which sandboxes the user has in sight in a list; none while no list is shown.
    pub fn watch(&mut self, in_sight: Option<Vec<SandboxId>>) {
        self.in_sight = in_sight;
    }

    /// How closely the user looks, if the window is in front.
    pub fn gaze(&self, has_focus: bool, has_open: bool) -> Gaze {
        match &self.in_sight {
            _ if !has_focus || !self.is_there() => Gaze::Away,
            Some(_) => Gaze::List,
            None if has_open => Gaze::Panes,
            None => Gaze::Away,
        }
    }

    /// Reads everything again as soon as may be.
    pub fn refresh(&mut self) {
        self.reading.hurry();
    }

    /// Asks for a change. One at a time for each sandbox; false if one is under way.
    pub fn change(&mut self, change: Change, effects: &mut Effects) -> bool {
        if change.sandbox().is_some_and(|id| self.change_of(id).is_some()) {
            return false;
        }
        let ticket = self.ticket();
        effects.push(Effect::Platform(ticket, PlatformQuestion::Change(change.clone())));
        self.changes.insert(ticket, change);
        self.version += 1;
        true
    }

    /// What was ordered last, if it could not be made.
    pub fn refused_order(&self) -> Option<&NewSandbox> {
        self.templates.refused.as_deref()
    }

    /// Notes what could not be made, or that the last order could.
    pub fn note_refused(&mut self, order: Option<Box<NewSandbox>>) {
        self.templates.refused = order;
    }

    /// Asks which templates there are.
    pub fn ask_templates(&mut self, effects: &mut Effects) {
        let ticket = self.ticket();
        self.templates.ticket = Some(ticket);
        effects.push(Effect::Platform(ticket, PlatformQuestion::Templates));
    }

    /// Asks what is due, warns, keeps alive. `open` are those that panes are open in.
    pub fn tick(&mut self, (gaze, open): (Gaze, &[SandboxId]), now: Moment, effects: &mut Effects) -> Vec<FleetNews> {
        if let Some((due, step)) = self.next_step(gaze, open)
            && due <= now.since_start
        {
            let question = match &step {
                Step::Page(position) => PlatformQuestion::Page(position.clone()),
                Step::Samples => PlatformQuestion::Samples(self.batch(open)),
                Step::Look(id) => PlatformQuestion::Look(id.clone()),
            };
            let ticket = self.ticket();
            self.reading.begin(ticket, step, now);
            effects.push(Effect::Platform(ticket, question));
        }
        self.keep_alive(now, effects);
        self.warn(open, now)
    }

    /// When `tick` wants to be called, as time since the start.
    pub fn next_deadline(&self, gaze: Gaze, open: &[SandboxId], now: Moment) -> Option<Duration> {
        let step = self.next_step(gaze, open).map(|(due, _)| due);
        let left = |id: &SandboxId| self.known.get(id)?.life_left(now);
        let warnings = open.iter().filter_map(|id| {
            let left = left(id)?;
            Some(now.since_start + left.saturating_sub(LifeAlarm::next(left)?))
        });
        let kept = self
            .kept_alive
            .iter()
            .filter_map(|kept| Some(kept.next(left(&kept.sandbox)?, now)));
        // Ages and lives are shown in minutes, and in seconds near the end.
        let nearest = open.iter().filter_map(left).min();
        let clock = nearest.map(|left| {
            let step = if left < Duration::from_secs(120) { 1 } else { 20 };
            now.since_start + Duration::from_secs(step)
        });
        step.into_iter().chain(warnings).chain(kept).chain(clock).min()
    }

    /// A ticket that no question has had.
    fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(FIRST_TICKET + self.tickets)
    }

    fn next_step(&self, gaze: Gaze, open: &[SandboxId]) -> Option<(Duration, Step)> {
        let has_running = self.known.values().any(Known::is_running);
        self.reading.next(gaze, open, has_running)
    }

    /// Those in sight come first, then those that are open, then any others that there is room for.
    fn batch(&self, open: &[SandboxId]) -> Vec<SandboxId> {
        let in_sight = self.in_sight.iter().flatten();
        let wanted = in_sight.chain(open).chain(self.known.keys());
        let mut seen = BTreeSet::new();
        wanted
            .filter(|id| self.known.get(*id).is_some_and(Known::is_running) && seen.insert((*id).clone()))
            .take(BATCH)
            .cloned()
            .collect()
    }

    fn keep_alive(&mut self, now: Moment, effects: &mut Effects) {
        let mut extended = Vec::new();
        for kept in &mut self.kept_alive {
            let left = self.known.get(&kept.sandbox).and_then(|known| known.life_left(now));
            if left.is_some_and(|left| kept.extends(left, now)) {
                extended.push(kept.sandbox.clone());
            }
        }
        for id in extended {
            self.change(Change::Extend(id, KEPT_FOR), effects);
        }
    }

    fn warn(&mut self, open: &[SandboxId], now: Moment) -> Vec<FleetNews> {
        let mut news = Vec::new();
        for id in open {
            let Some(known) = self.known.get(id) else { continue };
            let Some(left) = known.life_left(now) else { continue };
            let whole = known
                .sandbox
                .started
                .and_then(|started| known.sandbox.ends?.since(started));
            if self.alarms.entry(id.clone()).or_default().rings(left, whole) && !self.is_kept_alive(id) {
                news.push(FleetNews::EndsSoon(id.clone(), left));
            }
        }
        news
    }

    /// Looks into the end of a pane.
    pub fn inquire(&mut self, pane: PaneId, id: SandboxId, effects: &mut Effects) {
        if self.deaths.is_asked_about(pane) {
            return;
        }
        let ticket = self.ticket();
        effects.push(Effect::Platform(ticket, PlatformQuestion::LastWords(id.clone())));
        self.deaths.ask(ticket, pane, id);
    }

    /// What was found out about the end of a pane.
    pub fn verdict(&self, pane: PaneId) -> Option<&Verdict> {
        self.deaths.verdict(pane)
    }

    /// Notes what was found out about the end of a pane; forgets panes that are closed.
    pub fn note_verdict(&mut self, pane: PaneId, verdict: Verdict, is_there: impl Fn(PaneId) -> bool) {
        self.deaths.forget(is_there);
        self.deaths.note(pane, verdict);
    }

    /// Saves these sandboxes and decides this when all are saved. False if one of them is busy: then nothing is asked.
    pub fn save_first(&mut self, ids: &[SandboxId], then: Decision, effects: &mut Effects) -> bool {
        if ids.iter().any(|id| self.change_of(id).is_some()) {
            return false;
        }
        self.saved_first.add(ids.iter().cloned(), then);
        for id in ids {
            self.change(Change::Snapshot(id.clone()), effects);
        }
        true
    }

    /// What waited for the snapshot of this sandbox: what can be done now that it was made, or how much is not done
    /// because it was not.
    pub fn after_saving(&mut self, id: &SandboxId, is_saved: bool) -> Result<Vec<Decision>, usize> {
        if is_saved {
            return Ok(self.saved_first.saved(id));
        }
        match self.saved_first.failed(id) {
            0 => Ok(Vec::new()),
            count => Err(count),
        }
    }

    /// Takes in an answer. `None`: it was not asked for here.
    pub fn answer(
        &mut self,
        ticket: Ticket,
        result: Result<PlatformAnswer, Failure>,
        (open, now): (&[SandboxId], Moment),
    ) -> Option<Vec<FleetNews>> {
        self.version += 1;
        if let Some(step) = self.reading.end(ticket) {
            return Some(self.take_step(step, result, open, now));
        }
        if let Some(change) = self.changes.remove(&ticket) {
            return Some(self.take_change(change, result, now));
        }
        if let Some((pane, id)) = self.deaths.end(ticket) {
            let news = result
                .ok()
                .map(|answer| FleetNews::LastWords(pane, id, Box::new(answer)));
            return Some(news.into_iter().collect());
        }
        if self.templates.ticket.take_if(|asked| *asked == ticket).is_some() {
            if let Ok(PlatformAnswer::Templates(names)) = result {
                self.templates.names = names;
            }
            return Some(Vec::new());
        }
        None
    }
}

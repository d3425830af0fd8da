//! What follows from what the platform says, and what the user asks of it.

use std::time::Duration;

use crate::app::attention::{Concern, Source};
use crate::app::fleet::{Change, Changed, FleetAction, FleetNews, Gaze, KEPT_FOR, span_words};
use crate::app::notices::{Notice, Severity};
use crate::app::opening::OpenPlace;
use crate::app::overlays::Overlay;
use crate::app::panels::FleetRequest;
use crate::app::{Answer, Effects, Model};
use crate::domain::{Failure, SandboxId, Ticket};

use super::{asking, deciding, mourning};

/// Asks what is due, warns, keeps alive.
pub(super) fn tick(model: &mut Model, effects: &mut Effects) {
    if !model.workspace.fleet().is_there() {
        return;
    }
    if let Some(Overlay::Create(dialog)) = model.overlays.top_mut() {
        dialog.offer(model.workspace.fleet().templates());
    }
    let open = model.workspace.open_sandboxes();
    let gaze = gaze(model, &open);
    let fleet = model.workspace.fleet_mut();
    let news = fleet.tick((gaze, &open), model.now, effects);
    take_all(model, news, effects);
}

/// When `tick` wants to be called, as time since the start.
pub(super) fn next_deadline(model: &Model) -> Option<Duration> {
    let fleet = model.workspace.fleet();
    if !fleet.is_there() {
        return None;
    }
    let open = model.workspace.open_sandboxes();
    fleet.next_deadline(gaze(model, &open), &open, model.now)
}

fn gaze(model: &Model, open: &[SandboxId]) -> Gaze {
    model.workspace.fleet().gaze(model.host.has_focus, !open.is_empty())
}

/// Takes in an answer; hands it back if it was not asked for here.
pub(super) fn answer(
    model: &mut Model,
    ticket: Ticket,
    result: Result<Answer, Failure>,
    effects: &mut Effects,
) -> Option<Result<Answer, Failure>> {
    let platform = match &result {
        Ok(Answer::Platform(answer)) => Ok(answer.clone()),
        Ok(_) => return Some(result),
        Err(failure) => Err(failure.clone()),
    };
    let open = model.workspace.open_sandboxes();
    let now = model.now;
    let Some(news) = model.workspace.fleet_mut().answer(ticket, platform, (&open, now)) else {
        return Some(result);
    };
    take_all(model, news, effects);
    None
}

/// Does what a panel wants.
pub(super) fn fulfil(model: &mut Model, request: FleetRequest, effects: &mut Effects) {
    match request {
        FleetRequest::Open(address, place) => {
            let body = model.space().body();
            model.workspace.open_address(&address, place, body, effects);
        }
        FleetRequest::Do(action, ids) => asking::ask(model, action, ids, effects),
        FleetRequest::Watch(in_sight) => model.workspace.fleet_mut().watch(in_sight),
        FleetRequest::Read => model.workspace.fleet_mut().refresh(),
    }
}

/// Asks the platform for a change.
pub(super) fn change(model: &mut Model, change: Change, effects: &mut Effects) {
    if let Change::Pause(id) = &change {
        // Before it sleeps: a link that noticed the pause by itself would knock, and knocking can wake.
        model.workspace.let_sleep(id, model.now, effects);
    }
    let name = change.sandbox().map(|id| name(model, id));
    if !model.workspace.fleet_mut().change(change, effects) {
        let text = format!("{}: something is being done with it already", name.unwrap_or_default());
        model.notices.tell(Notice::new(Severity::Info, text), model.now);
    }
}

fn take_all(model: &mut Model, news: Vec<FleetNews>, effects: &mut Effects) {
    for one in news {
        effects.ask_for_frame();
        match one {
            FleetNews::Sleeps(id) => {
                if model.workspace.let_sleep(&id, model.now, effects) > 0 {
                    tell(
                        model,
                        Severity::Info,
                        format!("{}: paused — its panes keep what was on them", name(model, &id)),
                    );
                }
            }
            FleetNews::Wakes(id) => model.workspace.wake(&id, model.now, effects),
            FleetNews::Gone(id) => {
                if !model.workspace.targets_at(&id).is_empty() {
                    tell(
                        model,
                        Severity::Warning,
                        format!("{}: the platform does not know it any more", name(model, &id)),
                    );
                }
            }
            FleetNews::EndsSoon(id, left) => {
                for target in model.workspace.targets_at(&id) {
                    let attention = model.workspace.attention_mut();
                    attention.raise(Source::Target(target), Concern::LifeEnding(left), model.now);
                }
                let key = model
                    .reader
                    .keys()
                    .shown(crate::app::Action::Fleet(FleetAction::Extend));
                let key = key.map(|key| format!(" — {key} extends it")).unwrap_or_default();
                tell(
                    model,
                    Severity::Warning,
                    format!("{}: ends in {}{key}", name(model, &id), span_words(left)),
                );
            }
            FleetNews::Unread(failure) => model.notices.tell(Notice::from_failure(&failure), model.now),
            FleetNews::LastWords(pane, id, answer) => mourning::judge(model, pane, &id, *answer, effects),
            FleetNews::Changed(change, result) => take_change(model, &change, result, effects),
        }
    }
}

fn take_change(model: &mut Model, change: &Change, result: Result<Changed, Failure>, effects: &mut Effects) {
    let changed = match result {
        Ok(changed) => changed,
        Err(failure) => return take_failure(model, change, &failure, effects),
    };
    let name = change.sandbox().map(|id| name(model, id)).unwrap_or_default();
    match (change, changed) {
        (Change::Create(_), Changed::Made(id)) => {
            let area = model.space().body();
            model.workspace.open_address(id.as_str(), OpenPlace::Tab, area, effects);
            model.workspace.fleet_mut().note_refused(None);
            tell(model, Severity::Info, format!("{id}: created"));
        }
        (Change::Fork(from, _) | Change::Again(from, _), Changed::Made(id)) => {
            let joins = matches!(change, Change::Fork(..));
            let original = model.workspace.targets_at(from).first().copied();
            let place = original.map_or(OpenPlace::Tab, |original| OpenPlace::Like(original, joins));
            let area = model.space().body();
            model.workspace.open_address(id.as_str(), place, area, effects);
            let how = if joins {
                "forked — the copy"
            } else {
                "saved — a new one of that"
            };
            tell(model, Severity::Info, format!("{name}: {how} is {id}"));
        }
        (Change::Resume(id, _), _) => {
            model.workspace.wake(id, model.now, effects);
            let left = model
                .workspace
                .fleet()
                .get(id)
                .and_then(|known| known.life_left(model.now));
            let life = left
                .map(|left| format!(", ends in {}", span_words(left)))
                .unwrap_or_default();
            tell(model, Severity::Info, format!("{name}: resumed{life}"));
        }
        // What keeps it alive does so without a word.
        (Change::Extend(_, KEPT_FOR), _) => {}
        (Change::Extend(id, _), _) => tell_extended(model, id),
        (Change::Succeed(old, _), Changed::Made(id)) => {
            let original = model.workspace.targets_at(old).first().copied();
            let place = original.map_or(OpenPlace::Tab, OpenPlace::Instead);
            let area = model.space().body();
            model.workspace.open_address(id.as_str(), place, area, effects);
            tell(model, Severity::Info, format!("{name}: {id} takes its place"));
        }
        (Change::Snapshot(id), Changed::Saved(snapshot)) => {
            tell(model, Severity::Info, format!("{name}: saved as {snapshot}"));
            go_on_after(model, id, effects);
        }
        (Change::Kill(_), _) => tell(model, Severity::Info, format!("{name}: killed")),
        (_, Changed::Done | Changed::Now(_) | Changed::Made(_) | Changed::Saved(_)) => {}
    }
}

/// A change could not be made.
fn take_failure(model: &mut Model, change: &Change, failure: &Failure, effects: &mut Effects) {
    if let Change::Snapshot(id) = change
        && model.workspace.fleet_mut().after_saving(id, false).is_err()
    {
        let text = format!("{failure} — it was not saved, so nothing else was done");
        return tell(model, Severity::Error, text);
    }
    if let Change::Pause(id) = change {
        // It runs on, as far as we know; should it not, the link says so.
        model.workspace.wake(id, model.now, effects);
    }
    if let Change::Create(order) = change {
        model.workspace.fleet_mut().note_refused(Some(order.clone()));
    }
    model.notices.tell(Notice::from_failure(failure), model.now);
}

/// A sandbox was saved: what waited for that is done.
fn go_on_after(model: &mut Model, id: &SandboxId, effects: &mut Effects) {
    let ready = model.workspace.fleet_mut().after_saving(id, true);
    for decision in ready.unwrap_or_default() {
        deciding::decide(model, decision, effects);
    }
}

/// A life was extended: its end is no longer near, and when it is now.
fn tell_extended(model: &mut Model, id: &SandboxId) {
    let name = name(model, id);
    for target in model.workspace.targets_at(id) {
        let is_life = |concern: &Concern| matches!(concern, Concern::LifeEnding(_));
        model.workspace.attention_mut().settle(Source::Target(target), is_life);
    }
    let left = model
        .workspace
        .fleet()
        .get(id)
        .and_then(|known| known.life_left(model.now));
    let life = left.map_or("its life was extended".to_owned(), |left| {
        format!("ends in {} now", span_words(left))
    });
    tell(model, Severity::Info, format!("{name}: {life}"));
}

pub(super) fn tell(model: &mut Model, severity: Severity, text: String) {
    model.notices.tell(Notice::new(severity, text), model.now);
}

/// What the user calls a sandbox.
pub(super) fn name(model: &Model, id: &SandboxId) -> String {
    model.workspace.sandbox_name(id)
}

//! What the user asks of the platform: what is refused, what is asked about first, and what is asked for then.

use std::time::Duration;

use crate::app::caution::{guarded_confirmation, refusal_for};
use crate::app::chooser::{Choice, Chooser};
use crate::app::fleet::{Change, FleetAction, Known, span_words};
use crate::app::link::Link;
use crate::app::notices::Severity;
use crate::app::overlays::{Confirm, Decision, Overlay};
use crate::app::{CreateDialog, Effects, Model};
use crate::domain::{NewSandbox, OnTimeout, RemoteText, SandboxId, Target};

use super::deciding;
use super::fleet::{change, name, tell};

/// How much life one key gives.
const EXTENSION: Duration = Duration::from_secs(3600);
/// How long a sandbox lives that was resumed, forked or made of a snapshot here.
const NEW_LIFE: Duration = Duration::from_secs(1800);
/// Sandboxes that a question names.
const SHOWN: usize = 5;

/// Does an action for the focused pane's sandbox.
pub(super) fn act(model: &mut Model, action: FleetAction, effects: &mut Effects) {
    let target = model.workspace.focused().map(|session| session.target);
    let target = target.and_then(|target| model.workspace.target(target));
    let ids: Vec<SandboxId> = target.and_then(|target| target.sandbox.clone()).into_iter().collect();
    ask(model, action, ids, effects);
}

/// Whether the sandbox of the pane in front sleeps.
pub(super) fn is_focus_asleep(model: &Model) -> bool {
    let session = model.workspace.focused();
    session.is_some_and(|session| matches!(session.link, Link::Asleep { .. }))
}

/// Does an action for these sandboxes; asks first where something would be lost, spent or woken.
pub(super) fn ask(model: &mut Model, action: FleetAction, ids: Vec<SandboxId>, effects: &mut Effects) {
    if !model.workspace.fleet().is_there() {
        let text = "there is no platform to ask — set E2B_API_KEY, or log in with the official `e2b auth login`";
        return tell(model, Severity::Info, text.to_owned());
    }
    if action == FleetAction::Create {
        model.workspace.fleet_mut().ask_templates(effects);
        let refused = model.workspace.fleet().refused_order();
        let dialog = refused.map(CreateDialog::of).unwrap_or_default();
        return model.overlays.open(Overlay::Create(Box::new(dialog)));
    }
    let Some(first) = ids.first().cloned() else {
        let text = "that is no sandbox of the platform's — nothing to do".to_owned();
        return tell(model, Severity::Info, text);
    };
    if action == FleetAction::Details {
        return model.panels.tell_of(first);
    }
    if changes_it(action)
        && let Some(notice) = refusal(model, &ids)
    {
        return model.notices.tell(notice, model.now);
    }
    if action == FleetAction::Succeed {
        return offer_successors(model, &first);
    }
    match question(model, action, &ids) {
        Some(confirm) => {
            let is_destructive = matches!(action, FleetAction::Kill | FleetAction::Pause);
            let guard = is_destructive.then(|| model.workspace.guard_of(&ids)).flatten();
            model.overlays.open(guarded_confirmation(guard, confirm));
        }
        None => carry_out(model, action, ids, effects),
    }
}

/// Whether an action does something to the sandbox itself. A copy of it, or a saved state, leaves it as it was.
fn changes_it(action: FleetAction) -> bool {
    match action {
        FleetAction::Extend | FleetAction::KeepAlive | FleetAction::Pause | FleetAction::Resume | FleetAction::Kill => {
            true
        }
        FleetAction::Fork
        | FleetAction::Snapshot
        | FleetAction::Again
        | FleetAction::Succeed
        | FleetAction::Details
        | FleetAction::Create => false,
    }
}

/// Why nothing may be done to one of these: it is only to be looked at.
fn refusal(model: &Model, ids: &[SandboxId]) -> Option<crate::app::notices::Notice> {
    let target_of = |id: &SandboxId| {
        let open = model.workspace.targets_at(id).first().copied();
        open.and_then(|target| model.workspace.target(target))
    };
    let mut refusals = ids.iter().filter_map(|id| refusal_for(target_of(id)));
    refusals.next().or_else(|| {
        // Whoever looks only looks also at what is not open yet.
        let mut listed = Target::new(
            crate::domain::TargetId(0),
            name(model, &ids[0]),
            crate::domain::ProgramSpec::default(),
        );
        listed.care.is_read_only = model.workspace.fleet().is_read_only();
        refusal_for(Some(&listed))
    })
}

/// What was asked about, or needed no asking.
pub(super) fn carry_out(model: &mut Model, action: FleetAction, ids: Vec<SandboxId>, effects: &mut Effects) {
    for id in ids {
        let wanted = match action {
            FleetAction::Extend => Change::Extend(id, EXTENSION),
            FleetAction::Pause => Change::Pause(id),
            FleetAction::Resume => Change::Resume(id, NEW_LIFE),
            FleetAction::Kill => Change::Kill(id),
            FleetAction::Fork => Change::Fork(id, NEW_LIFE),
            FleetAction::Snapshot => Change::Snapshot(id),
            FleetAction::Again => Change::Again(id, NEW_LIFE),
            FleetAction::KeepAlive => {
                let is_kept = model.workspace.fleet_mut().toggle_keep_alive(&id);
                let words = if is_kept {
                    "is kept alive while e2b-tui runs"
                } else {
                    "is no longer kept alive"
                };
                let text = format!("{}: {words}", name(model, &id));
                tell(model, Severity::Info, text);
                continue;
            }
            FleetAction::Create | FleetAction::Succeed | FleetAction::Details => continue,
        };
        change(model, wanted, effects);
    }
}

/// The question before an action; none before what loses nothing.
fn question(model: &Model, action: FleetAction, ids: &[SandboxId]) -> Option<Confirm> {
    let what = match ids {
        [one] => name(model, one),
        many => format!("{} sandboxes", many.len()),
    };
    let life = span_words(NEW_LIFE);
    let (them, their, runs, copy, that) = match ids {
        [_] => ("it", "its", "It runs", "The copy lives", "that"),
        _ => ("them", "their", "They run", "The copies live", "each"),
    };
    let (question, verb) = match action {
        FleetAction::Pause => (
            format!("Pause {what}? Memory and processes are kept; {their} panes stay as they are."),
            "pause",
        ),
        FleetAction::Resume => (format!("Resume {what}? {runs} for {life} from now."), "resume"),
        FleetAction::Kill => (format!("Kill {what}? Everything in {them} is lost."), "kill"),
        FleetAction::Fork => (format!("Fork {what}? {copy} for {life}."), "fork"),
        FleetAction::Again => (
            format!("Save {what} and make a new sandbox of {that}? It lives for {life}."),
            "save and make",
        ),
        FleetAction::Extend
        | FleetAction::KeepAlive
        | FleetAction::Snapshot
        | FleetAction::Succeed
        | FleetAction::Details
        | FleetAction::Create => return None,
    };
    // What sleeps or is gone cannot be saved.
    let can_save = action == FleetAction::Kill && can_be_saved(model, ids);
    Some(Confirm {
        question,
        details: details(model, ids),
        verb,
        decision: Decision::Fleet(action, ids.to_vec()),
        saves: if can_save { ids.to_vec() } else { Vec::new() },
    })
}

/// Whether a snapshot can be taken of each of these.
fn can_be_saved(model: &Model, ids: &[SandboxId]) -> bool {
    ids.iter()
        .all(|id| model.workspace.fleet().get(id).is_some_and(Known::is_running))
}

/// The sandbox of the platform that a risky step concerns, if it can be saved before it.
pub(super) fn saved_before(model: &Model, target: Option<&Target>) -> Vec<SandboxId> {
    let id = target.and_then(|target| target.sandbox.clone());
    id.filter(|id| can_be_saved(model, std::slice::from_ref(id)))
        .into_iter()
        .collect()
}

/// Saves sandboxes, and decides something when that is done.
pub(super) fn save_first(model: &mut Model, ids: &[SandboxId], then: Decision, effects: &mut Effects) {
    if ids.is_empty() {
        return deciding::decide(model, then, effects);
    }
    if !model.workspace.fleet_mut().save_first(ids, then, effects) {
        let text = "something is being done with it already — nothing was saved, and nothing else was done";
        tell(model, Severity::Warning, text.to_owned());
    }
}

/// Each sandbox with what is written on it, so that nobody ends the wrong one.
fn details(model: &Model, ids: &[SandboxId]) -> Vec<String> {
    let line = |id: &SandboxId| {
        let metadata = model.workspace.fleet().get(id).map(|known| &known.sandbox.metadata);
        let pairs = metadata
            .into_iter()
            .flatten()
            .map(|(key, value)| format!(" {key}={value}"));
        crate::domain::shorten(&format!("{id}{}", pairs.collect::<String>()), 58)
    };
    let more = ids.len().saturating_sub(SHOWN);
    let mut lines: Vec<String> = ids.iter().take(SHOWN).map(line).collect();
    if more > 0 {
        lines.push(format!("… and {more} more"));
    }
    lines
}

/// Offers what could take the place of a sandbox: one like it, and one of each saved state of it.
fn offer_successors(model: &mut Model, id: &SandboxId) {
    let what = name(model, id);
    let Some(known) = model.workspace.fleet().get(id) else {
        let text = format!("{what}: the platform has not told what it is — look again in a moment");
        return tell(model, Severity::Info, text);
    };
    let order = like(known);
    let mut choices = Vec::new();
    let mut offer = |text: String, template: &str| {
        let order = NewSandbox {
            template: template.to_owned(),
            ..order.clone()
        };
        choices.push(Choice::new(text, Decision::Succeed(id.clone(), Box::new(order))));
    };
    let template = &known.sandbox.template;
    offer(
        format!("a new one of the template {template}, with the same metadata"),
        template.unescaped(),
    );
    let targets = model.workspace.targets_at(id);
    let panes = model
        .workspace
        .sessions()
        .filter(|(_, session)| targets.contains(&session.target));
    let verdicts = panes.filter_map(|(pane, _)| model.workspace.fleet().verdict(pane));
    let mut snapshots: Vec<&RemoteText> = verdicts.flat_map(|verdict| &verdict.snapshots).collect();
    snapshots.dedup();
    for snapshot in snapshots {
        offer(format!("as it was saved in {snapshot}"), snapshot.unescaped());
    }
    if known.is_running() {
        let decision = Decision::Fleet(FleetAction::Again, vec![id.clone()]);
        choices.push(Choice::new("as it is now: saves it first, and shows both", decision));
    }
    let title = format!("In the place of {what}");
    model.overlays.open(Overlay::Chooser(Chooser::one(title, choices)));
}

/// What makes another one like this.
fn like(known: &Known) -> NewSandbox {
    let sandbox = &known.sandbox;
    let whole = sandbox.started.and_then(|started| sandbox.ends?.since(started));
    let metadata = sandbox.metadata.iter();
    NewSandbox {
        timeout: whole.filter(|whole| *whole >= NEW_LIFE).unwrap_or(NEW_LIFE),
        on_timeout: known.on_timeout.clone().unwrap_or(OnTimeout::Kill),
        auto_resume: known.auto_resume.unwrap_or(false),
        internet: known.internet,
        metadata: metadata
            .map(|(key, value)| (key.unescaped().to_owned(), value.unescaped().to_owned()))
            .collect(),
        ..NewSandbox::of(sandbox.template.unescaped())
    }
}

//! When a pane has died: whether there is something to be found out, and what is said when it is.

use std::collections::BTreeSet;

use crate::app::fleet::{Evidence, LastWords, PlatformAnswer, Whereabouts, diagnose};
use crate::app::link::Link;
use crate::app::notices::Severity;
use crate::app::{Effects, Model};
use crate::domain::{PaneId, SandboxId, SandboxState};

use super::fleet::{name, tell};

/// Looks into the end of a pane, if there is something to be found out: a program that ended by itself needs no inquest.
pub(super) fn mourn(model: &mut Model, pane: PaneId, effects: &mut Effects) {
    let Some(session) = model
        .workspace
        .session(pane)
        .filter(|_| model.workspace.fleet().is_there())
    else {
        return;
    };
    let is_odd = match &session.link {
        Link::Ended { status, .. } => status.shell_code() == 137,
        Link::Failed { .. } => session.pid.is_some(),
        _ => false,
    };
    let target = model.workspace.target(session.target).filter(|_| is_odd);
    if let Some(id) = target.and_then(|target| target.sandbox.clone()) {
        model.workspace.fleet_mut().inquire(pane, id, effects);
    }
}

/// Puts together why a pane died, and writes it below what was on it.
pub(super) fn judge(model: &mut Model, pane: PaneId, id: &SandboxId, answer: PlatformAnswer, effects: &mut Effects) {
    let PlatformAnswer::LastWords(mut after) = answer else {
        return;
    };
    let Some(session) = model.workspace.session(pane) else {
        return;
    };
    let exit = match &session.link {
        Link::Ended { status, .. } => Some(status.clone()),
        Link::Failed { .. } => None,
        // It runs again, or is known to sleep: nothing is left to be explained.
        _ => return,
    };
    let known = model.workspace.fleet().get(id);
    let last = known.and_then(|known| known.samples().next_back().copied());
    after.sample = after.sample.or(last);
    let verdict = diagnose(&Evidence {
        exit: exit.as_ref(),
        before: known.map(|known| &known.sandbox),
        on_timeout: known.and_then(|known| known.on_timeout.as_ref()),
        after: &after,
        now: model.now,
    });
    let words = verdict.words.clone();
    if let Some(session) = model.workspace.session_mut(pane) {
        session.emulator.write_mark(&format!("── {words} ──"));
    }
    tell(model, Severity::Warning, format!("{}: {words}", name(model, id)));
    let there: BTreeSet<PaneId> = model.workspace.sessions().map(|(pane, _)| pane).collect();
    let fleet = model.workspace.fleet_mut();
    fleet.note_verdict(pane, verdict, |pane| there.contains(&pane));
    model.workspace.fleet_mut().refresh();
    let LastWords { now_is, .. } = *after;
    let is_asleep = matches!(&now_is, Whereabouts::There(sandbox) if sandbox.state == SandboxState::Paused);
    if is_asleep {
        model.workspace.let_sleep(id, model.now, effects);
    }
}

//! What the status line tells besides the focused pane: asks for the load, follows what takes long, gives it up.

use std::time::Duration;

use crate::app::keeping::KeepRequest;
use crate::app::link::Link;
use crate::app::notices::{Notice, Severity};
use crate::app::status::{FirstHint, LoadWatch};
use crate::app::work::{WorkKey, under_way};
use crate::app::{Action, Answer, Effect, Effects, Model};
use crate::domain::{Failure, RemoteText, TargetId, Ticket};

use super::{joint_run, panel_requests};

/// A newcomer is told where help is.
pub(super) fn begin(model: &mut Model) {
    if model.keeping.options.is_first_run {
        model.status.hint = FirstHint::begin(model.now);
    }
}

/// A user who has used a key of the workbench needs no hint any more, now and at the next start.
pub(super) fn note_action(model: &mut Model, action: Action, effects: &mut Effects) {
    if action != Action::SendPrefix && model.status.hint.dismiss() {
        effects.push(Effect::Keep(KeepRequest::HintSeen));
    }
}

/// Follows what has changed, and asks what is due.
pub(super) fn settle(model: &mut Model, effects: &mut Effects) {
    let (target, now) = (watched(model), model.now);
    model.status.load.tick(target, now, effects);
    if model.status.hint.tick(now) {
        effects.ask_for_frame();
    }
    let keys = under_way(model);
    model.status.work.note(keys, now);
}

/// The sandbox whose load is asked for: the one in front, while its link stands and somebody looks. One of the platform's
/// is never asked: the platform tells its load, and a question could wake it.
fn watched(model: &Model) -> Option<TargetId> {
    let session = model.workspace.focused()?;
    let is_seen = model.host.has_focus && !model.space().is_cramped() && session.link == Link::Live;
    let target = model.workspace.target(session.target).filter(|_| is_seen)?;
    target.sandbox.is_none().then_some(target.id)
}

/// Takes in an answer; hands it back if it was not asked for here.
pub(super) fn answer(
    model: &mut Model,
    ticket: Ticket,
    result: Result<Answer, Failure>,
) -> Option<Result<Answer, Failure>> {
    if !LoadWatch::has_asked(ticket) {
        return Some(result);
    }
    let load = match result {
        Ok(Answer::Metrics(load)) => Ok(load),
        Err(failure) => Err(failure),
        Ok(_) => return None,
    };
    model.status.load.answer(ticket, load, model.now);
    None
}

/// When something here changes by itself, as time since the start.
pub(super) fn next_deadline(model: &Model) -> Option<Duration> {
    let status = &model.status;
    let deadlines = [
        status.load.next_deadline(),
        status.hint.next_deadline(),
        status.work.next_deadline(model.now),
    ];
    deadlines.into_iter().flatten().min()
}

/// Gives up what began last.
pub(super) fn give_up(model: &mut Model, effects: &mut Effects) {
    let Some((key, _)) = model.status.work.latest() else {
        return;
    };
    let told = match key.clone() {
        WorkKey::Copies => {
            panel_requests::stop_copies(model, effects);
            None
        }
        WorkKey::Run => {
            joint_run::stop(model, effects);
            None
        }
        WorkKey::Opening(ticket) => {
            effects.push(Effect::Forget(ticket));
            let address = model.workspace.openings_mut().give_up(ticket);
            address.map(|address| format!("{}: not opened — given up", RemoteText::from(address)))
        }
        WorkKey::Change(ticket) => {
            let change = model.workspace.fleet_mut().give_up_change(ticket);
            change.map(|change| {
                let name = change.sandbox().map(|id| model.workspace.sandbox_name(id));
                let name = name.unwrap_or_else(|| "the new sandbox".to_owned());
                format!("{name}: no longer waited for — the platform may do it all the same, and the list will show it")
            })
        }
    };
    if let Some(text) = told {
        model.notices.tell(Notice::new(Severity::Info, text), model.now);
    }
}

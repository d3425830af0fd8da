//! Doing what an overlay decided, and what needed asking first: closing, leaving, pasting.

use crate::domain::PaneId;

use crate::app::arranging::search;
use crate::app::notices::{Notice, Severity};
use crate::app::overlays::{Decision, Overlay};
use crate::app::questions::before_pasting;
use crate::app::{Action, Effect, Effects, HostRequest, Model};

use super::acting::{act, finish};
use super::{asking, choosing, fleet, joint_run, keeping, outward, panel_requests};
use crate::app::fleet::Change;

pub(super) fn decide(model: &mut Model, decision: Decision, effects: &mut Effects) {
    match decision {
        Decision::Act(action) => act(model, action, effects),
        Decision::Rename(id, name) => {
            if let Some(tab) = model.workspace.tabs_mut().with_id(id) {
                tab.name = name;
            }
        }
        Decision::Search(is_backwards, text) => {
            if let Some(session) = model.workspace.focused_mut() {
                let done = search(session, &text, is_backwards);
                finish(model, done, effects);
            }
        }
        Decision::Follow { link, only_copies } => outward::follow_link(model, &link, only_copies, effects),
        Decision::OpenWeb(address) => effects.push(Effect::Host(HostRequest::OpenWeb(address))),
        Decision::ClosePane(pane) => model.workspace.close_pane(pane, effects),
        Decision::CloseTab(tab) => model.workspace.close_tab(tab, effects),
        Decision::Fleet(action, ids) => asking::carry_out(model, action, ids, effects),
        Decision::SaveFirst(ids, then) => asking::save_first(model, &ids, *then, effects),
        Decision::Succeed(id, order) => fleet::change(model, Change::Succeed(id, order), effects),
        Decision::Create(order) => fleet::change(model, Change::Create(order), effects),
        Decision::Detach => leave(model, effects),
        Decision::Paste(pane, text) => paste_now(model, pane, &text, effects),
        Decision::ShowNumber(number) => {
            let tab = model.workspace.tabs_mut().current_mut();
            if let Some(tab) = tab
                && let Some(pane) = tab.panes.panes().get(number).copied()
            {
                tab.focus(pane);
            }
        }
        Decision::Keep(decision, text) => keeping::decide(model, decision, text, effects),
        Decision::Run(decision, text) => joint_run::decide(model, decision, text, effects),
        Decision::Panel(decision, text) => panel_requests::decide(model, decision, text.as_deref(), effects),
        chosen => choosing::choose(model, chosen, effects),
    }
}

pub(super) fn leave(model: &mut Model, effects: &mut Effects) {
    keeping::save_on_leaving(model, effects);
    model.workspace.detach_all(effects);
    effects.push(Effect::Quit(0));
}

pub(super) fn paste_copied(model: &mut Model, effects: &mut Effects) {
    let text = std::mem::take(&mut model.host.copied);
    if text.is_empty() {
        let notice = Notice::new(Severity::Info, "nothing has been copied yet");
        return model.notices.tell(notice, model.now);
    }
    paste(model, &text, effects);
    model.host.copied = text;
}

pub(super) fn paste(model: &mut Model, text: &str, effects: &mut Effects) {
    if let Some(overlay) = model.overlays.top_mut() {
        return overlay.paste(text);
    }
    if model.panels.sidebar.focused().is_some() {
        return model.panels.paste(text);
    }
    paste_into_focused(model, text, effects);
}

/// Text for the program of the focused pane, after asking where it needs that.
pub(super) fn paste_into_focused(model: &mut Model, text: &str, effects: &mut Effects) {
    let Some(pane) = model.workspace.tabs().focused() else {
        return;
    };
    match before_pasting(&model.workspace, pane, text) {
        Some(confirm) => model.overlays.open(Overlay::Confirm(confirm)),
        None => paste_now(model, pane, text, effects),
    }
}

fn paste_now(model: &mut Model, pane: PaneId, text: &str, effects: &mut Effects) {
    let unlock = model.reader.keys().shown(Action::LockInput).unwrap_or_default();
    model.workspace.broadcast_mut().note_use(model.now);
    for pane in model.workspace.recipients(pane) {
        let Some(session) = model.workspace.session_mut(pane) else {
            continue;
        };
        session.copy = None;
        if session.paste(text, effects) {
            continue;
        }
        let label = session.label.escaped();
        let refusal = if session.input.is_closed() {
            session.input.refuse(&label, &unlock)
        } else {
            let text = format!("{label}: nothing was pasted — no program hears it");
            Some(Notice::new(Severity::Warning, text))
        };
        if let Some(notice) = refusal {
            model.notices.tell(notice, model.now);
        }
    }
}

//! Doing what was asked for by key, palette or click: each action finds the part of the model that it concerns.

use crate::app::action::{CopyAction, ProgramState};
use crate::app::arranging::{Done, arrange_panes, arrange_tabs, attend, look_back};
use crate::app::blocks::act_on_blocks;
use crate::app::caution::confirmation_for;
use crate::app::commands::Given;
use crate::app::fleet::FleetAction;
use crate::app::help_page::help_lines;
use crate::app::notices::{Notice, Severity, copied};
use crate::app::overlays::{Confirm, Decision, Overlay, Scroll};
use crate::app::palette::Palette;
use crate::app::panels::PanelAction;
use crate::app::questions::{before_closing_pane, before_closing_tab, before_leaving};
use crate::app::{Action, Effect, Effects, HostRequest, Model};
use crate::text_entry::TextEntry;

use super::deciding::{decide, paste_copied};
use super::{asking, choosing, joint_run, keeping, outward, panel_requests, status};

pub(super) fn act(model: &mut Model, action: Action, effects: &mut Effects) {
    if panel_requests::act(model, action, effects) || keeping::act(model, action, effects) {
        return;
    }
    if let Action::Fleet(wanted) = action {
        return asking::act(model, wanted, effects);
    }
    if let Action::Run(wanted) = action {
        return joint_run::act(model, wanted);
    }
    if action == Action::Reconnect && asking::is_focus_asleep(model) {
        // Only resuming helps there, and that asks first.
        return asking::act(model, FleetAction::Resume, effects);
    }
    if choosing::open(model, action, effects) {
        return;
    }
    let at = (model.space(), model.now);
    let mut done = arrange_tabs(&mut model.workspace, action);
    if done == Done::NotMine {
        done = arrange_panes(&mut model.workspace, action, at, effects);
    }
    if done == Done::NotMine {
        done = attend(&mut model.workspace, action, model.now);
    }
    if let (Done::NotMine, Some(session)) = (&done, model.workspace.focused_mut()) {
        done = act_on_blocks(session, action);
    }
    if let (Done::NotMine, Some(session)) = (&done, model.workspace.focused_mut()) {
        done = look_back(session, action);
    }
    if done == Done::NotMine {
        return act_here(model, action, effects);
    }
    finish(model, done, effects);
    if action == Action::Search {
        model.overlays.open(Overlay::Search(true, TextEntry::line("")));
    }
}

pub(super) fn finish(model: &mut Model, done: Done, effects: &mut Effects) {
    match done {
        Done::Yes | Done::NotMine => {}
        Done::No(notice) => model.notices.tell(notice, model.now),
        Done::Copied(text) => {
            model.notices.tell(copied(&text), model.now);
            effects.push(Effect::Host(HostRequest::Copy(text.clone())));
            model.host.copied = text;
        }
    }
}

/// The actions that concern more than one part of the model.
fn act_here(model: &mut Model, action: Action, effects: &mut Effects) {
    let situation = model.situation();
    let overlay = match action {
        Action::Help | Action::Panel(PanelAction::Help) => {
            Overlay::Help(Scroll::over(help_lines(model.reader.keys(), &situation).len()))
        }
        Action::Messages => Overlay::Messages(Scroll::over(model.notices.kept().count())),
        Action::Palette => Overlay::Palette(Palette::new(situation, Given::of(&model.workspace))),
        Action::RenameTab => match model.workspace.tabs().current() {
            Some(tab) => Overlay::Rename(tab.id, TextEntry::line(tab.name.as_deref().unwrap_or_default())),
            None => return,
        },
        Action::Copy(CopyAction::SearchForward) => Overlay::Search(false, TextEntry::line("")),
        Action::Copy(CopyAction::SearchBack) => Overlay::Search(true, TextEntry::line("")),
        Action::Copy(CopyAction::RunAgain) => return panel_requests::run_block(model, effects),
        Action::Copy(CopyAction::RunIn) => return panel_requests::ask_where_to_run_block(model),
        Action::ClosePane | Action::CloseTab | Action::Detach => return end(model, action, effects),
        Action::Paste => return paste_copied(model, effects),
        Action::Links => return outward::show_links(model),
        Action::ProgramClipboard => return outward::toggle_program_clipboard(model),
        Action::GiveUp => return status::give_up(model, effects),
        Action::Redraw => return effects.push(Effect::Host(HostRequest::Redraw)),
        Action::Suspend => return effects.push(Effect::Host(HostRequest::Suspend)),
        _ => return act_on_program(model, action, effects),
    };
    model.overlays.open(overlay);
}

fn act_on_program(model: &mut Model, action: Action, effects: &mut Effects) {
    let Some(pane) = model.workspace.tabs().focused() else {
        return;
    };
    let prefix = model.reader.keys().prefix();
    let done = match action {
        Action::SendPrefix => model
            .workspace
            .session_mut(pane)
            .is_some_and(|session| session.type_key(&prefix, effects)),
        Action::Reconnect => model.workspace.reconnect(pane, model.now, effects),
        Action::DropLink => {
            let session = model.workspace.session_mut(pane);
            session.is_some_and(|session| session.give_up(model.now, effects))
        }
        _ => true,
    };
    if !done && let Some(session) = model.workspace.session(pane) {
        let state = match session.link.program_state() {
            ProgramState::Running => "is connected and runs",
            ProgramState::Lost => "is not connected",
            ProgramState::Over => "has ended",
        };
        let text = format!("{}: {} {state} — nothing to do", session.label, session.title());
        model.notices.tell(Notice::new(Severity::Info, text), model.now);
    }
}

/// Closes something, after asking where something would be lost.
fn end(model: &mut Model, action: Action, effects: &mut Effects) {
    let workspace = &model.workspace;
    let Some(tab) = workspace.tabs().current() else {
        return;
    };
    let closes_all = match action {
        Action::ClosePane => workspace.sessions().count() == 1,
        Action::CloseTab => workspace.tabs().list().len() == 1,
        _ => true,
    };
    let unfinished = if closes_all {
        model.panels.unfinished()
    } else {
        Vec::new()
    };
    let (question, decision): (Option<Confirm>, Decision) = match action {
        Action::ClosePane if !unfinished.is_empty() => {
            let decision = Decision::ClosePane(tab.focused());
            (before_leaving(workspace, unfinished, decision.clone()), decision)
        }
        Action::CloseTab if !unfinished.is_empty() => {
            let decision = Decision::CloseTab(tab.id);
            (before_leaving(workspace, unfinished, decision.clone()), decision)
        }
        Action::ClosePane => {
            let pane = tab.focused();
            (before_closing_pane(workspace, pane), Decision::ClosePane(pane))
        }
        Action::CloseTab => (before_closing_tab(workspace, tab), Decision::CloseTab(tab.id)),
        _ => (
            before_leaving(workspace, unfinished, Decision::Detach),
            Decision::Detach,
        ),
    };
    let target = match action {
        Action::ClosePane => workspace.target_of(tab.focused()),
        Action::CloseTab => workspace.guarded_in(tab),
        _ => None,
    };
    match question.map(|confirm| confirmation_for(target, confirm)) {
        Some(overlay) => model.overlays.open(overlay),
        None => decide(model, decision, effects),
    }
}

//! Lists to choose from: opening them, and doing what was chosen.

use crate::app::broadcast::Broadcast;
use crate::app::caution::confirmation_for;
use crate::app::choices::{found_everywhere, pane_words, panes_to_broadcast_to, sandboxes, tabs_to_join, tree};
use crate::app::copy_mode::CopyMode;
use crate::app::notices::{Notice, Severity};
use crate::app::opening::OpenPlace;
use crate::app::overlays::{Decision, Overlay};
use crate::app::questions::{before_closing_pane, before_closing_tab};
use crate::app::{Action, Effects, Model};
use crate::domain::PaneId;
use crate::panes::Axis;
use crate::terminal::{Query, Spot};
use crate::text_entry::TextEntry;

use super::deciding::decide;

/// Opens the list that an action is about. False if it is an action of another kind.
pub(super) fn open(model: &mut Model, action: Action, effects: &mut Effects) -> bool {
    let workspace = &model.workspace;
    let focused = workspace.tabs().focused();
    let overlay = match action {
        Action::SplitRightIn => Overlay::Chooser(sandboxes(workspace, "Split right, in", |target| {
            Decision::OpenIn(target, Some(Axis::Across))
        })),
        Action::SplitBelowIn => Overlay::Chooser(sandboxes(workspace, "Split below, in", |target| {
            Decision::OpenIn(target, Some(Axis::Down))
        })),
        Action::Tree => Overlay::Chooser(tree(workspace)),
        Action::JoinTab => match focused {
            Some(pane) if workspace.tabs().list().len() > 1 => Overlay::Chooser(tabs_to_join(workspace, pane)),
            _ => return tell(model, "there is no other tab to move the pane to"),
        },
        Action::Broadcast => Overlay::Chooser(panes_to_broadcast_to(workspace)),
        Action::SearchAll => Overlay::SearchAll(TextEntry::line("")),
        Action::PaneNumbers => Overlay::Numbers,
        Action::EndBroadcast => {
            let was_on = model.workspace.broadcast_mut().end();
            let text = if was_on {
                "typing goes to one pane again"
            } else {
                "no broadcast is on"
            };
            return tell(model, text);
        }
        Action::LockInput => return lock(model, focused),
        _ => return false,
    };
    effects.ask_for_frame();
    model.overlays.open(overlay);
    true
}

/// Does what was chosen from a list.
pub(super) fn choose(model: &mut Model, decision: Decision, effects: &mut Effects) {
    match decision {
        Decision::OpenIn(target, axis) => {
            let space = model.space();
            if !model.workspace.open_in(target, None, axis, space) {
                tell(
                    model,
                    "there is no room for another pane here — close one or enlarge the window",
                );
            }
        }
        Decision::OpenAddress(address) => {
            let body = model.space().body();
            model.workspace.open_address(&address, OpenPlace::Tab, body, effects);
        }
        Decision::ShowTab(tab) => model.workspace.tabs_mut().show(tab),
        Decision::ShowPane(pane) => model.workspace.show_pane(pane),
        Decision::Join(pane, tab) => {
            let body = model.space().body();
            if !model.workspace.join(pane, tab, body) {
                tell(model, "there is no room for another pane in that tab");
            }
        }
        Decision::ShowMatch(pane, text, line, col) => show_match(model, pane, &text, Spot { line, col }),
        Decision::SearchAll(text) => search_all(model, &text),
        Decision::Broadcast(panes) => begin_broadcast(model, panes),
        Decision::AskRename(tab) => {
            let name = model.workspace.tabs_mut().with_id(tab).and_then(|tab| tab.name.clone());
            let entry = TextEntry::line(name.as_deref().unwrap_or_default());
            model.overlays.open(Overlay::Rename(tab, entry));
        }
        Decision::AskClosePane(pane) => ask_before_closing_pane(model, pane, effects),
        Decision::AskCloseTab(id) => {
            let tab = model.workspace.tabs().list().iter().find(|tab| tab.id == id);
            let confirm = tab.and_then(|tab| before_closing_tab(&model.workspace, tab));
            match confirm {
                Some(confirm) => {
                    let target = tab.and_then(|tab| model.workspace.guarded_in(tab));
                    model.overlays.open(confirmation_for(target, confirm));
                }
                None => decide(model, Decision::CloseTab(id), effects),
            }
        }
        // What is no choice is done where it was decided.
        _ => {}
    }
}

fn ask_before_closing_pane(model: &mut Model, pane: PaneId, effects: &mut Effects) {
    match before_closing_pane(&model.workspace, pane) {
        Some(confirm) => {
            let target = model.workspace.target_of(pane);
            model.overlays.open(confirmation_for(target, confirm));
        }
        None => decide(model, Decision::ClosePane(pane), effects),
    }
}

fn tell(model: &mut Model, text: impl Into<String>) -> bool {
    model.notices.tell(Notice::new(Severity::Info, text), model.now);
    true
}

fn lock(model: &mut Model, pane: Option<PaneId>) -> bool {
    let Some(session) = pane.and_then(|pane| model.workspace.session_mut(pane)) else {
        return true;
    };
    let name = format!("{} · {}", session.label, session.title());
    let text = if !session.input.toggle_lock() {
        format!("{name} is open read-only: it cannot be unlocked")
    } else if session.input.is_closed() {
        format!("{name}: locked — what is typed does not reach it")
    } else {
        format!("{name}: unlocked")
    };
    tell(model, text)
}

fn begin_broadcast(model: &mut Model, panes: Vec<PaneId>) {
    let count = panes.len();
    model.workspace.broadcast_mut().begin(panes, model.now);
    if count < 2 {
        tell(model, "a broadcast needs two panes or more — space marks them");
        return;
    }
    let broadcast: &Broadcast = model.workspace.broadcast();
    let names: Vec<String> = broadcast
        .panes()
        .iter()
        .map(|pane| pane_words(&model.workspace, *pane))
        .collect();
    let end = model.reader.keys().shown(Action::EndBroadcast).unwrap_or_default();
    let text = format!(
        "what is typed goes to {count} panes: {} · {end} ends it",
        names.join(", ")
    );
    model.notices.tell(Notice::new(Severity::Warning, text), model.now);
}

fn search_all(model: &mut Model, text: &str) {
    match found_everywhere(&model.workspace, text) {
        Ok(chooser) if chooser.rows().is_empty() => {
            let text = crate::domain::RemoteText::from(text).escaped();
            tell(model, format!("`{text}` is in no pane, as far as output is kept"));
        }
        Ok(chooser) => model.overlays.open(Overlay::Chooser(chooser)),
        Err(reason) => {
            tell(model, format!("cannot search: {reason}"));
        }
    }
}

/// Goes to the pane and, in copy mode, to the place.
fn show_match(model: &mut Model, pane: PaneId, text: &str, spot: Spot) {
    model.workspace.show_pane(pane);
    let Some(session) = model.workspace.session_mut(pane) else {
        return;
    };
    let Ok(query) = Query::new(text) else { return };
    let emulator = &mut session.emulator;
    let copy = session.copy.get_or_insert_with(|| CopyMode::new(emulator));
    copy.highlight(&query, emulator);
    copy.go_to(spot, emulator);
}

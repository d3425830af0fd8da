//! The one place where the model changes: a message and the time in, effects out.

use std::time::Duration;

use crate::domain::{Failure, FailureKind, Moment, PaneId, RemoteText, SessionId, SessionNews, SessionOrder, Ticket};
use crate::keys::{Chord, Pointer, PointerKind, write_sequence};

use super::arranging::{Done, arrange_panes, arrange_tabs, look_back};
use super::help_page::help_lines;
use super::key_reader::{HINT_DELAY, Reading};
use super::link::Link;
use super::notices::{Notice, Severity};
use super::overlays::{AfterKey, Confirm, Decision, Overlay, Scroll};
use super::palette::Palette;
use super::questions::{before_closing_pane, before_closing_tab, before_leaving, before_pasting};
use super::{Action, Answer, Effect, Effects, HostRequest, Message, Model};
use crate::text_entry::TextEntry;

/// Keys pressed so soon after a program's end were meant for the program.
const AFTER_END: Duration = Duration::from_millis(700);

/// Opens one tab for each target. Called once, before the first message.
pub fn start(model: &mut Model, now: Moment, effects: &mut Effects) {
    model.now = now;
    model.workspace.open_all();
    if model.workspace.targets().is_empty() {
        effects.push(Effect::Quit(0));
    }
    effects.ask_for_frame();
    settle(model, effects);
}

/// Takes in one message.
pub fn update(model: &mut Model, message: Message, now: Moment, effects: &mut Effects) {
    model.now = now;
    match message {
        Message::Session(id, news) => take_news(model, id, news, effects),
        Message::Timer => {
            model.host.wake_at = None;
            effects.ask_for_frame();
        }
        other => {
            effects.ask_for_frame();
            match other {
                Message::Key(chord) => press(model, chord, effects),
                Message::Pointer(pointer) => point(model, pointer, effects),
                Message::Paste(text) => paste(model, &text, effects),
                Message::Resize(size) => model.size = size,
                Message::HostFocus(has_focus) => model.host.has_focus = has_focus,
                Message::Answer(ticket, result) => take_answer(model, ticket, result, effects),
                Message::Shutdown => leave(model, effects),
                Message::Session(..) | Message::Timer => {}
            }
        }
    }
    settle(model, effects);
}

fn take_news(model: &mut Model, id: SessionId, news: SessionNews, effects: &mut Effects) {
    let is_output = matches!(news, SessionNews::Output(_));
    let labels = if is_output {
        model.workspace.tab_labels()
    } else {
        Vec::new()
    };
    let Some((pane, receipt)) = model.workspace.receive(id, news, model.now, effects) else {
        return;
    };
    if receipt.has_rung {
        effects.push(Effect::Host(HostRequest::Bell));
    }
    for notice in receipt.notices {
        model.notices.tell(notice, model.now);
    }
    if let Some(status) = &receipt.ended
        && model.workspace.closes_with(pane, status)
    {
        model.workspace.close_pane(pane, effects);
    }
    // What a hidden pane prints shows nowhere but in its tab's label.
    if !is_output || model.workspace.tabs().is_in_current(pane) || labels != model.workspace.tab_labels() {
        effects.ask_for_frame();
    }
}

fn take_answer(model: &mut Model, ticket: Ticket, result: Result<Answer, Failure>, effects: &mut Effects) {
    // A directory that cannot be known is no news: the pane begins where the sandbox puts it.
    model.workspace.answer(ticket, result.ok(), effects);
}

fn press(model: &mut Model, chord: Chord, effects: &mut Effects) {
    model.notices.dismiss();
    if model.overlays.top().is_some() {
        return press_overlay(model, &chord, effects);
    }
    let is_copying = model.situation().is_copying;
    match model.reader.read(chord, is_copying, model.now) {
        Reading::Action(action) => act(model, action, effects),
        Reading::Pending => {}
        Reading::Unbound(keys) => {
            let is_taken_back = chord.key == crate::keys::Key::Escape || chord == Chord::ctrl('c');
            if !is_taken_back {
                let help = model.reader.keys().shown(Action::Help).unwrap_or_default();
                let text = format!("{} is not bound — {help} shows the keys", write_sequence(&keys));
                model.notices.tell(Notice::new(Severity::Info, text), model.now);
            }
        }
        Reading::Free if is_copying => {}
        Reading::Free => press_free(model, &chord, effects),
    }
}

/// A key that is not the workbench's goes to the program. Where none is left, the keys that help need no prefix.
fn press_free(model: &mut Model, chord: &Chord, effects: &mut Effects) {
    let now = model.now;
    let Some(session) = model.workspace.focused_mut() else {
        return;
    };
    let over_since = match &session.link {
        Link::Ended { at, .. } | Link::Failed { at, .. } => Some(*at),
        _ => None,
    };
    match over_since {
        None => {
            session.type_key(chord, effects);
        }
        Some(at) if now.since(at) < AFTER_END => {}
        Some(_) => {
            if let Some(action @ (Action::Reconnect | Action::ClosePane)) = model.reader.without_prefix(*chord) {
                act(model, action, effects);
            }
        }
    }
}

fn press_overlay(model: &mut Model, chord: &Chord, effects: &mut Effects) {
    let size = model.size;
    let Some(overlay) = model.overlays.top_mut() else {
        return;
    };
    match overlay.press(chord, overlay.rows(size)) {
        AfterKey::Stay => {}
        AfterKey::Close => model.overlays.close(),
        AfterKey::Decide(decision) => {
            model.overlays.close();
            decide(model, decision, effects);
        }
    }
}

fn decide(model: &mut Model, decision: Decision, effects: &mut Effects) {
    match decision {
        Decision::Act(action) => act(model, action, effects),
        Decision::Rename(id, name) => {
            if let Some(tab) = model.workspace.tabs_mut().with_id(id) {
                tab.name = name;
            }
        }
        Decision::ClosePane(pane) => model.workspace.close_pane(pane, effects),
        Decision::CloseTab(tab) => model.workspace.close_tab(tab, effects),
        Decision::Detach => leave(model, effects),
        Decision::Paste(pane, text) => paste_now(model, pane, &text, effects),
    }
}

fn act(model: &mut Model, action: Action, effects: &mut Effects) {
    let at = (model.size, model.now);
    let mut done = arrange_tabs(&mut model.workspace, action);
    if done == Done::NotMine {
        done = arrange_panes(&mut model.workspace, action, at, effects);
    }
    if let (Done::NotMine, Some(session)) = (&done, model.workspace.focused_mut()) {
        done = look_back(session, action);
    }
    match done {
        Done::Yes => {}
        Done::No(notice) => model.notices.tell(notice, model.now),
        Done::NotMine => act_here(model, action, effects),
    }
}

/// The actions that concern more than one part of the model.
fn act_here(model: &mut Model, action: Action, effects: &mut Effects) {
    let situation = model.situation();
    let overlay = match action {
        Action::Help => Overlay::Help(Scroll::over(help_lines(model.reader.keys(), &situation).len())),
        Action::Messages => Overlay::Messages(Scroll::over(model.notices.kept().count())),
        Action::Palette => Overlay::Palette(Palette::new(situation)),
        Action::RenameTab => match model.workspace.tabs().current() {
            Some(tab) => Overlay::Rename(tab.id, TextEntry::line(tab.name.as_deref().unwrap_or_default())),
            None => return,
        },
        Action::ClosePane | Action::CloseTab | Action::Detach => return end(model, action, effects),
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
        Action::DropLink => drop_link(model, pane, effects),
        _ => true,
    };
    if !done && let Some(session) = model.workspace.session(pane) {
        let state = if session.link.is_over() {
            "has ended"
        } else {
            "is connected and runs"
        };
        let text = format!("{}: {} {state} — nothing to do", session.label, session.title());
        model.notices.tell(Notice::new(Severity::Info, text), model.now);
    }
}

/// Gives up a link. The program, if it still runs, is left alone.
fn drop_link(model: &mut Model, pane: PaneId, effects: &mut Effects) -> bool {
    let now = model.now;
    let Some(session) = model
        .workspace
        .session_mut(pane)
        .filter(|session| !session.link.is_over())
    else {
        return false;
    };
    session.order(SessionOrder::Detach, effects);
    let failure = Failure::new(FailureKind::Unreachable, format!("{}: link given up", session.label));
    let failure = match session.pid {
        Some(pid) => failure.because(RemoteText::from(format!("process {pid} may still run there"))),
        None => failure,
    };
    session.link = Link::Failed { failure, at: now };
    true
}

/// Closes something, after asking where something would be lost.
fn end(model: &mut Model, action: Action, effects: &mut Effects) {
    let workspace = &model.workspace;
    let Some(tab) = workspace.tabs().current() else {
        return;
    };
    let (question, decision): (Option<Confirm>, Decision) = match action {
        Action::ClosePane => {
            let pane = tab.focused();
            (before_closing_pane(workspace, pane), Decision::ClosePane(pane))
        }
        Action::CloseTab => (before_closing_tab(workspace, tab), Decision::CloseTab(tab.id)),
        _ => (before_leaving(workspace), Decision::Detach),
    };
    match question {
        Some(confirm) => model.overlays.open(Overlay::Confirm(confirm)),
        None => decide(model, decision, effects),
    }
}

fn leave(model: &mut Model, effects: &mut Effects) {
    model.workspace.detach_all(effects);
    effects.push(Effect::Quit(0));
}

fn paste(model: &mut Model, text: &str, effects: &mut Effects) {
    if let Some(overlay) = model.overlays.top_mut() {
        return overlay.paste(text);
    }
    let Some(pane) = model.workspace.tabs().focused() else {
        return;
    };
    match before_pasting(&model.workspace, pane, text) {
        Some(confirm) => model.overlays.open(Overlay::Confirm(confirm)),
        None => paste_now(model, pane, text, effects),
    }
}

fn paste_now(model: &mut Model, pane: PaneId, text: &str, effects: &mut Effects) {
    let Some(session) = model.workspace.session_mut(pane) else {
        return;
    };
    session.is_copying = false;
    if !session.paste(text, effects) {
        let text = format!("{}: nothing was pasted — no program runs in the pane", session.label);
        model.notices.tell(Notice::new(Severity::Warning, text), model.now);
    }
}

fn point(model: &mut Model, pointer: Pointer, effects: &mut Effects) {
    let size = model.size;
    let Some(overlay) = model.overlays.top_mut() else {
        let map = model.screen_map();
        return model.grip.take(pointer, &map, &mut model.workspace, effects);
    };
    let rows = overlay.rows(size);
    match pointer.kind {
        PointerKind::WheelUp => overlay.scroll(-3, rows),
        PointerKind::WheelDown => overlay.scroll(3, rows),
        PointerKind::Press(_) if !overlay.area(size).contains(pointer.x, pointer.y) => {
            // A click beside it closes what can be had again; a question wants an answer.
            if !matches!(overlay, Overlay::Confirm(_)) {
                model.overlays.close();
            }
        }
        _ => {}
    }
}

/// What follows from any change: sizes, focus, title, and when to wake up next.
fn settle(model: &mut Model, effects: &mut Effects) {
    let now = model.now;
    model.workspace.tick((model.size, now), effects);
    if model.notices.tick(now) {
        effects.ask_for_frame();
    }
    let workspace = &model.workspace;
    model.overlays.forget(|decision| match decision {
        Decision::ClosePane(pane) | Decision::Paste(pane, _) => workspace.session(*pane).is_none(),
        _ => false,
    });
    tell_host(model, effects);
    let hint = model
        .reader
        .pending_since()
        .map(|since| (since.since_start + HINT_DELAY).max(now.since_start));
    let hint = hint.filter(|due| *due > now.since_start);
    let deadlines = [workspace_deadline(model), model.notices.next_deadline(), hint];
    if let Some(next) = deadlines.into_iter().flatten().min() {
        let next = next.max(now.since_start + Duration::from_millis(1));
        if model
            .host
            .wake_at
            .is_none_or(|due| due > next || due <= now.since_start)
        {
            model.host.wake_at = Some(next);
            effects.push(Effect::WakeIn(next.saturating_sub(now.since_start)));
        }
    }
}

fn workspace_deadline(model: &Model) -> Option<Duration> {
    model.workspace.next_deadline(model.now)
}

/// Keeps the window's title and the programs' idea of who has the keyboard up to date.
fn tell_host(model: &mut Model, effects: &mut Effects) {
    let focused = model.workspace.focused();
    let title = focused.map_or_else(
        || "e2b-tui".to_owned(),
        |session| format!("{} · {} — e2b-tui", session.label, session.title()),
    );
    if title != model.host.title {
        effects.push(Effect::Host(HostRequest::Title(title.clone())));
        model.host.title = title;
    }
    let now_focused = focused.map(|session| session.id).filter(|_| model.host.has_focus);
    if now_focused != model.host.focused {
        for (id, has_focus) in [(model.host.focused, false), (now_focused, true)] {
            if let Some(session) = id.and_then(|id| model.workspace.session_with_id(id)) {
                session.focus(has_focus, effects);
            }
        }
        model.host.focused = now_focused;
    }
}

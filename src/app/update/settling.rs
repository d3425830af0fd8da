//! What follows from any change: sizes, focus, title, and when to wake up next.

use std::time::Duration;

use super::{keeping, panel_requests};
use crate::domain::PaneId;

use crate::app::attention::Source;
use crate::app::key_reader::HINT_DELAY;
use crate::app::overlays::Decision;
use crate::app::{Effect, Effects, HostRequest, Model};

/// What follows from any change: sizes, focus, title, and when to wake up next.
pub(super) fn settle(model: &mut Model, effects: &mut Effects) {
    let now = model.now;
    keeping::settle(model, effects);
    model.workspace.tick((model.space(), now), effects);
    model.workspace.keep_within_budget();
    panel_requests::tick(model, effects);
    super::insight::tick(model, effects);
    super::fleet::tick(model, effects);
    super::joint_run::settle(model);
    super::status::settle(model, effects);
    look(model, effects);
    if let Some(notice) = model.workspace.tick_broadcast(now) {
        model.notices.tell(notice, now);
        effects.ask_for_frame();
    }
    if model.notices.tick(now) {
        effects.ask_for_frame();
    }
    let workspace = &model.workspace;
    let focused = workspace.tabs().focused();
    model.overlays.forget(focused, |decision| match decision {
        Decision::ClosePane(pane) | Decision::Paste(pane, _) => workspace.session(*pane).is_none(),
        _ => false,
    });
    tell_host(model, effects);
    let hint = model
        .reader
        .pending_since()
        .map(|since| (since.since_start + HINT_DELAY).max(now.since_start));
    let hint = hint.filter(|due| *due > now.since_start);
    let map = model.screen_map();
    let panels = model.panels.next_deadline(&model.panel_key(&map));
    let deadlines = [
        model.workspace.next_deadline(now),
        model.notices.next_deadline(),
        hint,
        super::fleet::next_deadline(model),
        super::joint_run::next_deadline(model),
        super::status::next_deadline(model),
        model.keeping.next_deadline(),
        panels,
        model.insight.next_deadline(),
    ];
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

/// Keeps the window's title and the programs' idea of who has the keyboard up to date.
fn tell_host(model: &mut Model, effects: &mut Effects) {
    let focused = model.workspace.focused();
    let title = focused.map_or_else(
        || "e2b-tui".to_owned(),
        |session| format!("{} · {} — e2b-tui", session.label, session.title()),
    );
    let title = match model.workspace.attention().count() {
        0 => title,
        count => format!("({count}) {title}"),
    };
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

/// What is in sight has been seen, if anybody sits there. The rest is told to the user's terminal, if it may be.
fn look(model: &mut Model, effects: &mut Effects) {
    if model.host.has_focus {
        let in_sight: Vec<PaneId> = model.screen_map().layout.panes.iter().map(|area| area.pane).collect();
        for pane in in_sight {
            model.workspace.attention_mut().see(Source::Pane(pane));
        }
    }
    let fresh = model.workspace.attention_mut().take_fresh();
    if !model.host.notify {
        return;
    }
    let named = fresh
        .into_iter()
        .map(|(source, words)| format!("{} {words}", model.workspace.name_of(source)));
    let told: Vec<String> = named.collect();
    match told.as_slice() {
        [] => {}
        [one] => effects.push(Effect::Host(HostRequest::Notify(one.clone()))),
        many => effects.push(Effect::Host(HostRequest::Notify(format!(
            "{} things need you",
            many.len()
        )))),
    }
}

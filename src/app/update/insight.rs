//! What goes on inside the sandboxes, as far as `update` is concerned: what panels want is asked for, what comes back is kept,
//! and what is worth the user's attention is told.

use std::time::Duration;

use crate::app::attention::{Concern, Source};
use crate::app::insight::{InsightNews, LimitNews};
use crate::app::notices::{Notice, Severity};
use crate::app::{Answer, Effects, Model};
use crate::domain::{Failure, ManagedProcess, TargetId, Ticket};
use crate::panes::Axis;

/// While the window has no keyboard, nothing is looked at more often.
const IN_THE_BACKGROUND: Duration = Duration::from_secs(5);

/// Asks what is wanted and due.
pub(super) fn tick(model: &mut Model, effects: &mut Effects) {
    let map = model.screen_map();
    let at = model.panel_key(&map);
    let mut wishes = model.panels.wishes(&at);
    let is_compared = model.panels.compares(&at);
    if !model.host.has_focus {
        for wish in wishes.values_mut() {
            wish.every = wish.every.max(IN_THE_BACKGROUND);
        }
    }
    let news = model
        .insight
        .tick((wishes, is_compared), &model.workspace, model.now, effects);
    for news in news {
        hear(model, news);
    }
}

/// Takes an answer in; hands it back if it is somebody else's.
pub(super) fn answer(
    model: &mut Model,
    ticket: Ticket,
    result: Result<Answer, Failure>,
) -> Option<Result<Answer, Failure>> {
    let mut news = Vec::new();
    let around = (&model.workspace, model.now);
    let left = model.insight.answer(ticket, result, around, &mut news);
    for news in news {
        hear(model, news);
    }
    left
}

fn hear(model: &mut Model, news: InsightNews) {
    let attention = model.workspace.attention_mut();
    match news {
        InsightNews::Limit(target, LimitNews::Above(words)) => {
            attention.raise(Source::Target(target), Concern::Threshold(words), model.now);
        }
        InsightNews::Limit(target, LimitNews::Over) => {
            attention.settle(Source::Target(target), |concern| {
                matches!(concern, Concern::Threshold(_))
            });
        }
        InsightNews::ForwardAsleep(forward) => {
            let label = model.workspace.name_of(Source::Target(forward.target));
            let text = format!(
                "{label}: the forward to port {} has ended, because the sandbox is paused",
                forward.port
            );
            model.notices.tell(Notice::new(Severity::Info, text), model.now);
        }
    }
}

/// Opens a pane on a program that envd has started: beside the focused one, or in a tab of its own.
pub(super) fn attach(model: &mut Model, target: TargetId, process: &ManagedProcess) {
    let space = model.space();
    let program = || Some(process.program.clone());
    let workspace = &mut model.workspace;
    let is_open = workspace.open_in(target, program(), Some(Axis::Across), space)
        || workspace.open_in(target, program(), None, space);
    if let Some(session) = workspace.focused_mut().filter(|_| is_open) {
        session.join(process);
        model.panels.sidebar.leave();
    }
}

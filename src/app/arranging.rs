//! Actions that only move tabs, panes and views about. Knows no overlay and no key.

use crate::domain::Moment;
use crate::panes::Axis;
use crate::terminal::Query;

use super::action::CopyAction;
use super::attention::Source;
use super::copy_mode::{AfterCopy, CopyMode};
use super::notices::{Notice, Severity};

use super::session::Session;
use super::session_news::not_found;
use super::space::Space;
use super::workspace::Workspace;
use super::{Action, Effects};

/// What became of an action.
#[derive(Debug, PartialEq)]
pub enum Done {
    /// It is done, or there was nothing to do.
    Yes,
    /// This text was copied.
    Copied(String),
    /// It cannot be done, for this reason.
    No(Notice),
    /// It is an action of another kind.
    NotMine,
}

/// Does an action on tabs.
pub fn arrange_tabs(workspace: &mut Workspace, action: Action) -> Done {
    let tabs = workspace.tabs_mut();
    match action {
        Action::NewTab => workspace.open_tab(),
        Action::NextTab => tabs.show_after(1),
        Action::PreviousTab => tabs.show_before(),
        Action::LastTab if !tabs.show_last() => return refuse("there is no other tab that was shown before"),
        Action::GoToTab(number) if !tabs.show_number(number) => return refuse(format!("there is no tab {number}")),
        Action::LastTab | Action::GoToTab(_) => {}
        _ => return Done::NotMine,
    }
    Done::Yes
}

/// Does an action on the panes of the tab that is shown.
pub fn arrange_panes(
    workspace: &mut Workspace,
    action: Action,
    (space, now): (Space, Moment),
    effects: &mut Effects,
) -> Done {
    let axis = match action {
        Action::SplitRight => Some(Axis::Across),
        Action::SplitBelow => Some(Axis::Down),
        _ => None,
    };
    if let Some(axis) = axis {
        let has_split = workspace.split(axis, (space, now), effects);
        return if has_split {
            Done::Yes
        } else {
            refuse("there is no room for another pane here — close one or enlarge the window")
        };
    }
    if action == Action::BreakOut {
        workspace.break_out();
        return Done::Yes;
    }
    let Some(tab) = workspace.tabs_mut().current_mut() else {
        return Done::NotMine;
    };
    let focused = tab.focused();
    match action {
        Action::Focus(direction) => tab.focus_side(direction, space.body()),
        Action::NextPane => tab.focus_next(),
        Action::LastPane => tab.focus_last(),
        Action::Resize(direction, cells) => {
            tab.panes.resize(focused, direction, cells, space.body());
        }
        Action::Zoom => tab.panes.toggle_zoom(focused),
        Action::SwapPrevious => tab.swap_back(),
        Action::SwapNext => tab.swap(1),
        Action::RotatePanes => tab.panes.rotate(),
        Action::Layout(arrangement) => tab.arrange(arrangement),
        Action::NextLayout => {
            let arrangement = tab.arrange_next();
            return Done::No(Notice::new(Severity::Info, format!("layout: {}", arrangement.name())));
        }
        _ => return Done::NotMine,
    }
    Done::Yes
}

/// Does an action on what the user is to be told.
pub fn attend(workspace: &mut Workspace, action: Action, now: Moment) -> Done {
    let told = |text: String| Done::No(Notice::new(Severity::Info, text));
    if action == Action::NextAttention {
        let words = workspace.go_to_attention();
        return told(words.unwrap_or_else(|| "nothing needs you".to_owned()));
    }
    let Some(pane) = workspace.tabs().focused() else {
        return Done::NotMine;
    };
    let name = workspace.name_of(Source::Pane(pane));
    let attention = workspace.attention_mut();
    let (is_watched, what) = match action {
        Action::WatchActivity => (attention.toggle_activity(pane), "output".to_owned()),
        Action::WatchSilence => {
            let what = format!("silence of {} s", attention.silence_after().as_secs());
            (attention.toggle_silence(pane, now), what)
        }
        _ => return Done::NotMine,
    };
    let watched = if is_watched { "watched" } else { "no longer watched" };
    told(format!("{name}: {watched} for {what}"))
}

/// Does an action that looks at what scrolled away.
pub fn look_back(session: &mut Session, action: Action) -> Done {
    let action = match action {
        Action::CopyMode | Action::Search => None,
        Action::PageBack => Some(CopyAction::PageUp),
        Action::Copy(CopyAction::SearchForward | CopyAction::SearchBack | CopyAction::RunAgain | CopyAction::RunIn) => {
            return Done::NotMine;
        }
        Action::Copy(action) => Some(action),
        _ => return Done::NotMine,
    };
    let emulator = &mut session.emulator;
    let copy = session.copy.get_or_insert_with(|| CopyMode::new(emulator));
    let after = action.map_or(AfterCopy::Stay, |action| copy.act(action, emulator));
    finish_copying(session, after)
}

/// Shows what a pattern that is still being typed finds.
pub fn preview_search(session: &mut Session, text: &str, is_backwards: bool) {
    let emulator = &mut session.emulator;
    let copy = session.copy.get_or_insert_with(|| CopyMode::new(emulator));
    // What is half typed need not be a pattern yet.
    let query = Some(text).filter(|text| !text.is_empty());
    let query = query.and_then(|text| Query::new(text).ok());
    copy.preview(query.as_ref(), is_backwards, emulator);
}

/// Goes back to where the search began.
pub fn give_up_search(session: &mut Session) {
    if let Some(copy) = &mut session.copy {
        copy.give_up_search(&mut session.emulator);
    }
}

/// Looks for a regular expression. The search goes on in copy mode.
pub fn search(session: &mut Session, text: &str, is_backwards: bool) -> Done {
    let query = match Query::new(text) {
        Ok(query) => query,
        Err(reason) => return refuse(format!("cannot search: {reason}")),
    };
    let emulator = &mut session.emulator;
    let copy = session.copy.get_or_insert_with(|| CopyMode::new(emulator));
    let after = copy.search(&query, is_backwards, emulator);
    finish_copying(session, after)
}

/// Does what follows for the session.
pub fn finish_copying(session: &mut Session, after: AfterCopy) -> Done {
    match after {
        AfterCopy::Stay => return Done::Yes,
        AfterCopy::NothingFound => return Done::No(not_found(&session.label)),
        AfterCopy::Leave | AfterCopy::Copied(_) => {}
    }
    session.copy = None;
    session.emulator.scroll_to_bottom();
    match after {
        AfterCopy::Copied(text) if !text.is_empty() => Done::Copied(text),
        _ => Done::Yes,
    }
}

fn refuse(reason: impl Into<String>) -> Done {
    Done::No(Notice::new(Severity::Info, reason))
}

//! The questions that are asked before something is lost. Words only; `update` opens them and does what follows.

use crate::domain::{PaneId, shorten};

use super::caution::Access;
use super::overlays::{Confirm, Decision};
use super::tabs::Tab;
use super::workspace::Workspace;

/// Lines of a paste that are shown before it is sent.
const PREVIEW_LINES: usize = 5;

/// Before a pane is closed; none if nothing runs in it.
pub fn before_closing_pane(workspace: &Workspace, pane: PaneId) -> Option<Confirm> {
    let session = workspace.session(pane)?;
    session.link.has_program().then(|| Confirm {
        question: if session.input.access == Access::ReadOnly {
            format!(
                "Close the pane? {} runs on: {} is read-only.",
                session.title(),
                session.label
            )
        } else {
            format!("End {} on {} and close the pane?", session.title(), session.label)
        },
        details: Vec::new(),
        verb: "end it",
        decision: Decision::ClosePane(pane),
        saves: Vec::new(),
    })
}

/// Before a tab is closed; none if nothing runs in it.
pub fn before_closing_tab(workspace: &Workspace, tab: &Tab) -> Option<Confirm> {
    let sessions = tab.panes.panes().into_iter().filter_map(|pane| workspace.session(pane));
    let running: Vec<String> = sessions
        .filter(|session| session.link.has_program())
        .map(|session| format!("{} on {}", session.title(), session.label))
        .collect();
    let question = match running.as_slice() {
        [] => return None,
        [one] => format!("End {one} and close the tab?"),
        many => format!("End {} programs and close the tab?", many.len()),
    };
    Some(Confirm {
        question,
        details: if running.len() > 1 { shown(running) } else { Vec::new() },
        verb: "end and close",
        decision: Decision::CloseTab(tab.id),
        saves: Vec::new(),
    })
}

/// Before leaving, if programs of the embedded sandbox would end with it, or something of the user's is unfinished.
pub fn before_leaving(workspace: &Workspace, unfinished: Vec<String>, decision: Decision) -> Option<Confirm> {
    let ends_with_us = workspace.sessions().filter(|(_, session)| {
        let target = workspace.target(session.target);
        session.link.has_program() && target.is_some_and(|target| target.is_embedded)
    });
    let ending: Vec<String> = ends_with_us
        .map(|(_, session)| format!("{} on {}", session.title(), session.label))
        .collect();
    let programs = match ending.len() {
        0 => None,
        1 => Some("A program runs in the embedded sandbox and ends".to_owned()),
        many => Some(format!("{many} programs run in the embedded sandbox and end")),
    };
    let question = match (programs, unfinished.is_empty()) {
        (None, true) => return None,
        (Some(programs), true) => format!("{programs} with e2b-tui. Leave?"),
        (None, false) => "What is unfinished is lost. Leave?".to_owned(),
        (Some(programs), false) => format!("{programs} with e2b-tui, and what is unfinished is lost. Leave?"),
    };
    Some(Confirm {
        question,
        details: shown(unfinished.into_iter().chain(ending).collect()),
        verb: "leave",
        decision,
        saves: Vec::new(),
    })
}

/// Before several lines are pasted to a program that would run them one by one; none for a single line.
pub fn before_pasting(workspace: &Workspace, pane: PaneId, text: &str) -> Option<Confirm> {
    let session = workspace.session(pane)?;
    let recipients = workspace.recipients(pane).len();
    let lines: Vec<&str> = text.trim_end_matches(['\r', '\n']).split(['\r', '\n']).collect();
    // In a broadcast one wrong paste hits them all: there it is asked in any case.
    if lines.len() < 2 || (session.takes_paste_whole() && recipients == 1) {
        return None;
    }
    let to = if recipients == 1 {
        format!("{} on {}", session.title(), session.label)
    } else {
        format!("{recipients} panes at once")
    };
    let preview = lines
        .iter()
        .map(|line| crate::domain::RemoteText::from(*line).escaped());
    Some(Confirm {
        question: format!("Paste {} lines to {to}? It may run each line at once.", lines.len()),
        details: shown(preview.collect()),
        verb: "paste",
        decision: Decision::Paste(pane, text.to_owned()),
        saves: Vec::new(),
    })
}

/// The first few lines, and how many more there are.
fn shown(lines: Vec<String>) -> Vec<String> {
    let more = lines.len().saturating_sub(PREVIEW_LINES);
    let mut shown: Vec<String> = lines
        .into_iter()
        .take(PREVIEW_LINES)
        .map(|line| shorten(&line, 58))
        .collect();
    if more > 0 {
        shown.push(format!("… and {more} more"));
    }
    shown
}

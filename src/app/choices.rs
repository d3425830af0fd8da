//! The lists that are chosen from: sandboxes, the tree of tabs and panes, where text was found. Words and decisions
//! only; nothing is done here.

use std::collections::BTreeSet;

use crate::domain::{PaneId, RemoteText, TargetId, shorten};
use crate::terminal::Query;

use super::chooser::{Choice, Chooser};
use super::overlays::Decision;
use super::tabs::Tab;
use super::workspace::Workspace;

/// More places where text was found are not listed.
const MOST_FOUND: usize = 500;
/// The most cells of a line that was found.
const LINE_CELLS: u16 = 160;

/// The sandboxes that are open, each with what choosing it decides.
pub fn sandboxes(workspace: &Workspace, title: &str, decide: impl Fn(TargetId) -> Decision) -> Chooser {
    let targets = workspace.targets().iter();
    let choices = targets.map(|target| Choice::new(target.label.escaped(), decide(target.id)));
    let here = workspace.focused().map(|session| session.target);
    let cursor = workspace.targets().iter().position(|target| Some(target.id) == here);
    let mut chooser = Chooser::one(title, choices.collect());
    chooser.cursor = cursor.unwrap_or(0);
    chooser
}

/// What a pane is called in a list.
pub fn pane_words(workspace: &Workspace, pane: PaneId) -> String {
    let Some(session) = workspace.session(pane) else {
        return String::new();
    };
    let directory = session.directory.as_ref().map(|directory| directory.path().escaped());
    let waiting = workspace
        .attention()
        .of(pane)
        .map(super::attention::Concern::words)
        .next();
    let parts = [Some(session.label.escaped()), Some(session.title()), directory, waiting];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// What a tab is called in a list.
pub fn tab_words(number: usize, tab: &Tab, workspace: &Workspace) -> String {
    let label = super::tab_label::TabLabel::new(number, tab, workspace);
    let count = tab.panes.len();
    let panes = if count == 1 {
        "1 pane".to_owned()
    } else {
        format!("{count} panes")
    };
    format!("{} · {panes}", label.text())
}

/// All tabs with their panes.
pub fn tree(workspace: &Workspace) -> Chooser {
    let mut choices = Vec::new();
    for (index, tab) in workspace.tabs().list().iter().enumerate() {
        choices.push(Choice {
            closing: Some(Decision::AskCloseTab(tab.id)),
            naming: Some(Decision::AskRename(tab.id)),
            ..Choice::new(tab_words(index + 1, tab, workspace), Decision::ShowTab(tab.id)).showing(tab.focused())
        });
        let panes = tab.panes.panes().into_iter().map(|pane| Choice {
            depth: 1,
            closing: Some(Decision::AskClosePane(pane)),
            ..Choice::new(pane_words(workspace, pane), Decision::ShowPane(pane)).showing(pane)
        });
        choices.extend(panes);
    }
    let mut chooser = Chooser::one("Tabs and panes", choices);
    let focused = workspace.tabs().focused();
    let rows = chooser.rows();
    let row = rows
        .iter()
        .position(|(choice, _)| choice.depth == 1 && choice.pane == focused);
    chooser.cursor = row.unwrap_or(0);
    chooser
}

/// The tabs that a pane can be moved to.
pub fn tabs_to_join(workspace: &Workspace, pane: PaneId) -> Chooser {
    let tabs = workspace.tabs().list().iter().enumerate();
    let others = tabs.filter(|(_, tab)| !tab.panes.contains(pane));
    let choices = others.map(|(index, tab)| {
        let text = tab_words(index + 1, tab, workspace);
        Choice::new(text, Decision::Join(pane, tab.id)).showing(tab.focused())
    });
    Chooser::one("Move the pane to tab", choices.collect())
}

/// All panes, to type into several of them at once. Those of the present tab are marked at first.
pub fn panes_to_broadcast_to(workspace: &Workspace) -> Chooser {
    let tabs = workspace.tabs().list().iter().enumerate();
    let choices = tabs.flat_map(|(index, tab)| {
        let panes = tab.panes.panes().into_iter();
        panes.map(move |pane| {
            let text = format!("{} · {}", index + 1, pane_words(workspace, pane));
            Choice::new(text, Decision::ShowPane(pane)).showing(pane)
        })
    });
    let present = workspace
        .tabs()
        .current()
        .map(|tab| tab.panes.panes())
        .unwrap_or_default();
    let marked = if workspace.broadcast().is_on() {
        workspace.broadcast().panes().clone()
    } else {
        BTreeSet::from_iter(present)
    };
    Chooser::several("Type into several panes", choices.collect(), &marked).at(workspace.tabs().focused())
}

/// Every place in any pane where the text is, the newest of each pane first.
pub fn found_everywhere(workspace: &Workspace, text: &str) -> Result<Chooser, String> {
    let query = Query::new(text)?;
    let mut choices = Vec::new();
    let panes = workspace.tabs().list().iter().flat_map(|tab| tab.panes.panes());
    for pane in panes {
        let Some(session) = workspace.session(pane) else {
            continue;
        };
        for (found, line) in session.emulator.found_lines(&query, MOST_FOUND - choices.len()) {
            let line = RemoteText::from(line.trim()).escaped();
            let text_of_row = format!("{} · {}", session.label, shorten(&line, LINE_CELLS));
            let decision = Decision::ShowMatch(pane, text.to_owned(), found.start.line, found.start.col);
            choices.push(Choice::new(text_of_row, decision));
        }
    }
    let count = choices.len();
    let shown = RemoteText::from(text).escaped();
    let title = match count {
        1 => format!("`{shown}` on 1 line"),
        MOST_FOUND => format!("`{shown}` on {MOST_FOUND} lines and more"),
        count => format!("`{shown}` on {count} lines"),
    };
    Ok(Chooser::one(title, choices))
}

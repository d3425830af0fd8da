//! The workspace as it is, as a file would say it. Variables of programs are left out: they may hold secrets.

use crate::app::session::Session;
use crate::app::tabs::Tab;
use crate::app::workspace::Workspace;
use crate::config::{SavedPane, SavedTab, WorkspaceFile};
use crate::domain::{PaneId, SandboxId, parse_metadata};

/// Lines of a pane that are saved, the newest ones.
const SCREEN_LINES: usize = 2_000;

/// What a saved workspace says besides its tabs.
#[derive(Clone, Copy, Debug)]
pub struct SaveOptions<'a> {
    /// The run.
    pub run: Option<&'a str>,
    /// Whether what panes show is saved.
    pub with_screens: bool,
}

impl Workspace {
    /// The workspace as a file.
    pub fn to_file(&self, options: SaveOptions<'_>) -> WorkspaceFile {
        let tabs = self.tabs().list();
        let shown = self.tabs().current().map(|tab| tab.id);
        let shown = tabs.iter().position(|tab| Some(tab.id) == shown);
        WorkspaceFile {
            run: options.run.map(str::to_owned),
            shown: shown.map(|at| at + 1),
            tabs: tabs.iter().map(|tab| self.saved_tab(tab, options)).collect(),
        }
    }

    fn saved_tab(&self, tab: &Tab, options: SaveOptions<'_>) -> SavedTab {
        let panes = tab.panes.panes();
        let focus = panes.iter().position(|pane| *pane == tab.focused());
        SavedTab {
            name: tab.name.clone(),
            layout: Some(tab.panes.notation()),
            focus: focus.map(|at| at + 1),
            panes: panes
                .iter()
                .filter_map(|pane| self.saved_pane(*pane, options))
                .collect(),
        }
    }

    fn saved_pane(&self, pane: PaneId, options: SaveOptions<'_>) -> Option<SavedPane> {
        let session = self.session(pane)?;
        let target = self.target(session.target)?;
        let is_query = target.address.contains('=');
        let id = target.sandbox.as_ref().filter(|_| is_query).map(ToString::to_string);
        let is_usual = session.launch.program.command == target.program.command
            && session.launch.program.args == target.program.args;
        let words = || {
            let words = std::iter::once(&session.launch.program.command).chain(&session.launch.program.args);
            words.cloned().collect()
        };
        let directory = session.directory.as_ref();
        Some(SavedPane {
            target: id.unwrap_or_else(|| target.address.clone()),
            metadata: target.sandbox.as_ref().and_then(|id| self.query_for(id)),
            command: (!is_usual).then(words),
            cwd: directory.map(|directory| directory.path().unescaped().to_owned()),
            pid: session.pid,
            tag: session.launch.program.tag.clone().filter(|_| session.pid.is_some()),
            marks: session.pid.and_then(|_| marks_of(session)),
            screen: options.with_screens.then(|| screen(session)),
        })
    }
}

impl Workspace {
    /// A query that finds sandboxes with the same metadata; none where nothing is written on it, or what cannot stand in
    /// one.
    fn query_for(&self, id: &SandboxId) -> Option<String> {
        let metadata = &self.fleet().get(id)?.sandbox.metadata;
        let pairs = metadata
            .iter()
            .map(|(key, value)| format!("{}={}", key.unescaped(), value.unescaped()));
        let query = pairs.collect::<Vec<_>>().join(",");
        let read = parse_metadata(&query).ok()?;
        let is_same = read.len() == metadata.len()
            && metadata
                .iter()
                .all(|(key, value)| read.get(key.unescaped()).map(String::as_str) == Some(value.unescaped()));
        (is_same && !read.is_empty()).then_some(query)
    }
}

/// What to know of its shell, with the names under which its commands are remembered.
fn marks_of(session: &Session) -> Option<Vec<String>> {
    let mut words = session.emulator.shell_memory()?.to_words();
    let (run, origin) = session.launch.remembered_as()?;
    words.extend([format!("{run:016x}"), origin.to_string()]);
    Some(words)
}

fn screen(session: &Session) -> String {
    let text = session.emulator.colored_text();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(SCREEN_LINES)..].join("\n")
}

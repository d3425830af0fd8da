//! Making tabs and panes from a workspace file: what runs is joined, what is gone says so and can be started again.

use crate::app::Link;
use crate::app::notices::{Notice, Severity};
use crate::app::session::Session;
use crate::app::tabs::Tab;
use crate::app::workspace::Workspace;
use crate::config::{SavedPane, SavedTab, WorkspaceFile};
use crate::domain::{
    CellRect, Failure, FailureKind, Moment, PaneId, ProgramSpec, RemoteText, SessionId, TabId, Target, TargetId,
};
use crate::panes::PaneTree;
use crate::terminal::ShellMemory;

/// A workspace that can be taken up, with the sandboxes that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeUp {
    /// What stands in the file.
    pub file: WorkspaceFile,
    /// What each name in it means.
    pub targets: Vec<TakeUpTarget>,
    /// What is said when the user is asked whether to take it up; not asked without it.
    pub offer: Option<Vec<String>>,
    /// What could not be opened, a line each, safe to show.
    pub left_out: Vec<String>,
}

/// A sandbox of a workspace file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeUpTarget {
    /// As the file names it.
    pub name: String,
    /// The sandboxes: several where the name is a query.
    pub found: Vec<Target>,
}

impl Workspace {
    /// Opens the tabs of a workspace. Answers what there is to be told.
    pub fn take_up(&mut self, plan: TakeUp, body: CellRect, now: Moment) -> Vec<Notice> {
        let mut names: Vec<(String, Vec<TargetId>)> = Vec::new();
        for TakeUpTarget { name, found } in plan.targets {
            let ids = found.iter().map(|target| target.id).collect();
            let fresh = found.into_iter().filter(|target| self.target(target.id).is_none());
            let fresh: Vec<Target> = fresh.collect();
            self.add_targets(fresh);
            names.push((name, ids));
        }
        let mut opened = Vec::new();
        for tab in &plan.file.tabs {
            opened.extend(self.take_up_tab(tab, &names, body, now));
        }
        let shown = plan
            .file
            .shown
            .and_then(|shown| opened.get(shown - 1))
            .or(opened.first());
        if let Some(id) = shown.copied() {
            self.tabs_mut().show(id);
        }
        let told = |line| Notice::new(Severity::Warning, line);
        plan.left_out.into_iter().map(told).collect()
    }

    /// A tab for what the file says, and its number; further ones where a query found more than there is room for.
    fn take_up_tab(
        &mut self,
        saved: &SavedTab,
        names: &[(String, Vec<TargetId>)],
        body: CellRect,
        now: Moment,
    ) -> Option<TabId> {
        let mut panes = Vec::new();
        let mut is_exact = true;
        for pane in &saved.panes {
            let targets = names.iter().find(|(name, _)| *name == pane.target);
            let targets = targets.map(|(_, ids)| ids.as_slice()).unwrap_or_default();
            is_exact &= targets.len() == 1;
            for target in targets {
                panes.extend(self.take_up_pane(pane, *target, now));
            }
        }
        let layout = saved.layout.as_deref().filter(|_| is_exact);
        let tree = layout.and_then(|layout| PaneTree::from_notation(layout, &panes).ok());
        let mut tabs = match (tree, panes.first()) {
            (Some(tree), Some(first)) => {
                let mut tab = Tab::new(TabId(self.fresh()), *first);
                tab.panes = tree;
                vec![tab]
            }
            _ => self.tiled_tabs(&panes, body),
        };
        if let Some(tab) = tabs.first_mut() {
            tab.name.clone_from(&saved.name);
            if let Some(focus) = saved.focus.and_then(|focus| panes.get(focus - 1)) {
                tab.focus(*focus);
            }
        }
        let first = tabs.first().map(|tab| tab.id);
        for tab in tabs {
            self.tabs_mut().add(tab);
        }
        first
    }

    fn take_up_pane(&mut self, saved: &SavedPane, target: TargetId, now: Moment) -> Option<PaneId> {
        let known = self.target(target)?;
        let is_embedded = known.is_embedded;
        let mut program = known.program.clone();
        if let Some([command, args @ ..]) = saved.command.as_deref() {
            let envs = std::mem::take(&mut program.envs);
            program = ProgramSpec::new(command.clone(), args.iter().cloned()).for_terminal();
            program.envs.extend(envs);
        }
        let pane = self.add_session(target, Some(program))?;
        let session = self.session_mut(pane)?;
        if let Some(cwd) = &saved.cwd {
            session.begin_in(RemoteText::from(cwd.as_str()));
        }
        if let Some(screen) = &saved.screen {
            show_again(session, screen, now);
        }
        session.pid = saved.pid;
        if saved.pid.is_some() {
            session.launch.program.tag.clone_from(&saved.tag);
            follow_again(session, saved.marks.as_deref(), now);
        }
        if let Some(pid) = saved.pid.filter(|_| is_embedded) {
            // Starting it anew is for the user: it may be something that is not to be run twice.
            let text = format!(
                "{}: {} (process {pid}) ended with the e2b-tui that it was part of",
                session.label, session.launch.name
            );
            session.link = Link::Failed {
                failure: Failure::new(FailureKind::Gone, text),
                at: now,
            };
        }
        Some(pane)
    }
}

/// Knows the reports of a shell again that another run has started, and goes on remembering its commands as that one did.
fn follow_again(session: &mut Session, words: Option<&[String]>, now: Moment) {
    let Some([words @ .., run, origin]) = words else { return };
    let read = || {
        let memory = ShellMemory::from_words(words)?;
        Some((memory, u64::from_str_radix(run, 16).ok()?, origin.parse().ok()?))
    };
    // Without a run of our own nothing is remembered and no shell is asked to report.
    if let (Some((memory, run, origin)), Some(_)) = (read(), session.launch.run) {
        session.emulator.follow_shell_again(memory, now.since_start);
        session.launch.began_as = Some((run, SessionId(origin)));
    }
}

/// Puts what a pane had shown above what it will show.
fn show_again(session: &mut Session, screen: &str, now: Moment) {
    session
        .emulator
        .feed(screen.replace('\n', "\r\n").as_bytes(), now.since_start);
    session.emulator.feed(b"\x1b[m\r\n", now.since_start);
    // What is read from a file asks nothing and says nothing.
    session.emulator.take_announcements();
    session
        .emulator
        .write_mark(&format!("── taken up {}, output may be missing ──", now.clock()));
}

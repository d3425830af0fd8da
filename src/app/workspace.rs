//! Sandboxes, tabs, panes and the sessions in them: what opens, what closes, what follows from an end.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::{
    CellRect, Moment, PaneId, ProgramSpec, Seed, SessionId, SessionNews, TabId, Target, TargetId, Ticket,
};
use crate::panes::Axis;
use crate::terminal::Limits;

use super::attention::Attention;
use super::command_history::{learn_template, remember};
use super::fleet::Fleet;
use super::launch::Launch;
use super::link::Link;
use super::opening::Openings;
use super::screen_map::tab_layout;
use super::session::{Directory, Session, tag_for};
use super::session_news::Receipt;
use super::space::Space;
use super::tab_label::TabLabel;
use super::tabs::{Tab, Tabs};
use super::{Answer, Effect, Effects, Question};

mod attending;
mod closing;
mod typing;

use attending::note_receipt;
use typing::Typing;

/// How long a split waits for the directory to begin in. Longer would be felt.
const DIRECTORY_WAIT: Duration = Duration::from_millis(400);

/// Everything that is open.
#[derive(Debug)]
pub struct Workspace {
    targets: Vec<Target>,
    tabs: Tabs,
    sessions: BTreeMap<PaneId, Session>,
    attention: Attention,
    pub(super) openings: Openings,
    pub(super) fleet: Box<Fleet>,
    pub(super) metadata_columns: Vec<String>,
    typing: Typing,
    limits: Limits,
    starting: Starting,
    /// What all sessions together may keep of what scrolled away.
    pub(super) scrollback_bytes: usize,
    next_id: u32,
}

/// What programs are started with here.
#[derive(Debug)]
struct Starting {
    /// Where the secrets of shells come from; without it they do not report.
    seed: Option<Seed>,
    /// What begins their labels.
    tag: Option<String>,
}

impl Workspace {
    /// A workspace with nothing open.
    pub fn new(targets: Vec<Target>, limits: Limits, seed: Option<Seed>) -> Self {
        Self {
            targets,
            tabs: Tabs::default(),
            sessions: BTreeMap::new(),
            openings: Openings::default(),
            attention: Attention::default(),
            fleet: Box::default(),
            metadata_columns: Vec::new(),
            typing: Typing::default(),
            limits,
            starting: Starting { seed, tag: None },
            scrollback_bytes: usize::MAX,
            next_id: 1,
        }
    }

    /// Labels every program that is started from now on, so that another run can tell it from its like.
    pub fn set_tag(&mut self, tag: Option<String>) {
        self.starting.tag = tag;
    }

    /// How many lines panes keep that are opened from now on.
    pub fn set_scrollback(&mut self, lines: usize) {
        self.limits.scrollback_lines = lines;
    }

    /// Whether programs of panes that are opened from now on may use the clipboard.
    pub fn set_program_clipboard(&mut self, is_allowed: bool) {
        self.limits.program_clipboard = is_allowed;
    }

    /// The sandboxes.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// The sandbox with this number.
    pub fn target(&self, id: TargetId) -> Option<&Target> {
        self.targets.iter().find(|target| target.id == id)
    }

    /// The tabs.
    pub fn tabs(&self) -> &Tabs {
        &self.tabs
    }

    /// The tabs, to go from one to another or to arrange their panes.
    pub fn tabs_mut(&mut self) -> &mut Tabs {
        &mut self.tabs
    }

    /// The session in a pane.
    pub fn session(&self, pane: PaneId) -> Option<&Session> {
        self.sessions.get(&pane)
    }

    /// The session in a pane, to change it.
    pub fn session_mut(&mut self, pane: PaneId) -> Option<&mut Session> {
        self.sessions.get_mut(&pane)
    }

    /// The session with this number, to change it.
    pub fn session_with_id(&mut self, id: SessionId) -> Option<&mut Session> {
        self.sessions.values_mut().find(|session| session.id == id)
    }

    /// All sessions with their panes.
    pub fn sessions(&self) -> impl Iterator<Item = (PaneId, &Session)> {
        self.sessions.iter().map(|(pane, session)| (*pane, session))
    }

    /// The next session after this one, in turn, that has work left: output which is not on its screen yet, or a search.
    pub fn next_behind(&self, after: SessionId) -> Option<SessionId> {
        let behind = self.sessions.values().filter(|session| session.is_behind());
        let ids = behind.map(|session| session.id);
        // Those that come later sort before those whose turn has been.
        ids.min_by_key(|id| (*id <= after, *id))
    }

    /// The session with this number.
    pub fn session_by_id(&self, id: SessionId) -> Option<&Session> {
        self.sessions.values().find(|session| session.id == id)
    }

    /// The session that has the keyboard.
    pub fn focused(&self) -> Option<&Session> {
        self.session(self.tabs.focused()?)
    }

    /// The session that has the keyboard, to change it.
    pub fn focused_mut(&mut self) -> Option<&mut Session> {
        let pane = self.tabs.focused()?;
        self.session_mut(pane)
    }

    /// What the tab bar says about each tab.
    pub fn tab_labels(&self) -> Vec<TabLabel> {
        let labels = self.tabs.list().iter().enumerate();
        labels.map(|(index, tab)| TabLabel::new(index + 1, tab, self)).collect()
    }

    /// Opens one tab for each sandbox, and shows the first. Sandboxes that one query found share a tab.
    pub fn open_all(&mut self, body: CellRect) {
        let targets: Vec<(TargetId, String)> = self.targets.iter().map(|one| (one.id, one.address.clone())).collect();
        for together in targets.chunk_by(|one, next| one.1 == next.1) {
            let panes: Vec<PaneId> = together
                .iter()
                .filter_map(|(target, _)| self.add_session(*target, None))
                .collect();
            for tab in self.tiled_tabs(&panes, body) {
                self.tabs.add(tab);
            }
        }
    }

    /// All sessions, to change them.
    pub(super) fn sessions_mut(&mut self) -> impl Iterator<Item = &mut Session> {
        self.sessions.values_mut()
    }

    /// Makes sandboxes known that were opened after the start.
    pub(super) fn add_targets(&mut self, targets: Vec<Target>) {
        self.targets.extend(targets);
    }

    /// Opens a tab in the sandbox of the focused pane, and shows it.
    pub fn open_tab(&mut self) {
        let first = self.targets.first().map(|target| target.id);
        let target = self.focused().map(|session| session.target).or(first);
        if let Some(pane) = target.and_then(|target| self.add_session(target, None)) {
            let id = TabId(self.fresh());
            self.tabs.insert(Tab::new(id, pane));
        }
    }

    /// Opens a pane beside the focused one, in the same sandbox and, if it can be known soon, the same directory.
    /// False if there is no room.
    pub fn split(&mut self, axis: Axis, (space, now): (Space, Moment), effects: &mut Effects) -> bool {
        let has_room = self.tabs.current().is_some_and(|tab| tab.can_split(axis, space.body()));
        let Some(from) = self.focused().filter(|_| has_room) else {
            return false;
        };
        let (target, directory) = (from.target, from.directory.clone());
        let pid = from.pid.filter(|_| from.link == Link::Live);
        let Some(pane) = self.add_session(target, None) else {
            return false;
        };
        let ticket = Ticket(u64::from(self.fresh()));
        if let Some(session) = self.sessions.get_mut(&pane) {
            if let Some(directory) = &directory {
                session.begin_in(directory.path().clone());
            }
            // A shell that tells its directory has told the present one; another one has to be asked about.
            if let (Some(pid), None | Some(Directory::BeganIn(_))) = (pid, directory) {
                session.prepare(ticket, now.after(DIRECTORY_WAIT));
                effects.push(Effect::Ask(ticket, target, Question::WorkingDirectory(pid)));
            }
        }
        if let Some(tab) = self.tabs.current_mut() {
            tab.split(axis, pane);
        }
        true
    }

    /// Opens a program in a sandbox: in a tab of its own, or beside the focused pane along an axis. Without a program it
    /// is the sandbox's own shell. False if there is no room, or no such sandbox.
    pub fn open_in(
        &mut self,
        target: TargetId,
        program: Option<ProgramSpec>,
        axis: Option<Axis>,
        space: Space,
    ) -> bool {
        // Without a tab there is nothing to split.
        let axis = axis.filter(|_| self.tabs.current().is_some());
        if let (Some(axis), Some(tab)) = (axis, self.tabs.current())
            && !tab.can_split(axis, space.body())
        {
            return false;
        }
        let Some(pane) = self.add_session(target, program) else {
            return false;
        };
        if let (Some(axis), Some(tab)) = (axis, self.tabs.current_mut()) {
            tab.split(axis, pane);
        } else {
            let id = TabId(self.fresh());
            self.tabs.insert(Tab::new(id, pane));
        }
        true
    }

    /// Shows the tab of a pane and gives the pane the keyboard.
    pub fn show_pane(&mut self, pane: PaneId) {
        if let Some(id) = self.tabs.with_pane(pane).map(|tab| tab.id) {
            self.tabs.show(id);
            if let Some(tab) = self.tabs.with_id(id) {
                tab.focus(pane);
            }
        }
    }

    /// Moves the focused pane to a tab of its own.
    pub fn break_out(&mut self) {
        let Some(tab) = self.tabs.current_mut() else { return };
        let pane = tab.focused();
        if tab.close(pane) {
            let id = TabId(self.fresh());
            self.tabs.insert(Tab::new(id, pane));
        }
    }

    /// Takes in the answer to a question.
    pub fn answer(&mut self, ticket: Ticket, answer: Option<Answer>, effects: &mut Effects) {
        let directory = match answer {
            Some(Answer::WorkingDirectory(directory)) if !directory.is_empty() => Some(directory),
            _ => None,
        };
        for session in self.sessions.values_mut() {
            session.answer_directory(ticket, directory.clone(), effects);
        }
    }

    /// Takes in a session's news. `None` if nobody knows the session any more.
    pub fn receive(
        &mut self,
        id: SessionId,
        news: SessionNews,
        now: Moment,
        effects: &mut Effects,
    ) -> Option<(PaneId, Receipt)> {
        let (pane, session) = self.sessions.iter_mut().find(|(_, session)| session.id == id)?;
        let pane = *pane;
        let before = session.link.program_state();
        learn_template((&self.fleet, &self.targets), session, effects);
        let mut receipt = session.receive(news, now, effects);
        note_receipt((&mut self.attention, session), (pane, before), now, &mut receipt);
        let commands = std::mem::take(&mut receipt.commands);
        remember((pane, session), commands, now, effects);
        if !self.tabs.is_in_current(pane)
            && let Some(tab) = self.tabs.with_pane(pane)
        {
            tab.has_activity |= receipt.has_output;
            tab.has_rung |= receipt.has_rung;
        }
        self.follow_copy(pane, now, effects);
        Some((pane, receipt))
    }

    /// Gives every terminal the size of its pane, opens what waited for that, does what is due.
    pub fn tick(&mut self, (space, now): (Space, Moment), effects: &mut Effects) {
        for tab in self.tabs.list() {
            for area in tab_layout(tab, space).panes {
                if let Some(session) = self.sessions.get_mut(&area.pane) {
                    session.resize(area.content.grid_size(), now, effects);
                }
            }
        }
        self.join_copies(effects);
        for session in self.sessions.values_mut() {
            session.tick(now, effects);
        }
        if self.attention.tick(now) {
            effects.ask_for_frame();
        }
    }

    /// When `tick` wants to be called.
    pub fn next_deadline(&self, now: Moment) -> Option<Duration> {
        let deadlines = self.sessions.values().filter_map(|session| session.next_deadline(now));
        let own = [self.attention.next_deadline(), self.typing.broadcast.next_deadline()];
        deadlines.chain(own.into_iter().flatten()).min()
    }

    /// A session of this program, or of the sandbox's own shell, for a pane that is still to be placed.
    pub(super) fn add_session(&mut self, target: TargetId, program: Option<ProgramSpec>) -> Option<PaneId> {
        let id = self.fresh();
        let target = self.targets.iter().find(|known| known.id == target)?;
        let pane = PaneId(id);
        let program = program.unwrap_or_else(|| target.program.clone());
        let launch = Launch::new(target, program, self.starting.seed.as_ref());
        let mut session = Session::new(SessionId(u64::from(id)), target, launch, self.limits);
        // The program of a file brings its own.
        let tag = self.starting.tag.as_ref().map(|tag| tag_for(tag, session.id));
        session.launch.program.tag = session.launch.program.tag.take().or(tag);
        self.sessions.insert(pane, session);
        Some(pane)
    }

    /// A number for a question.
    pub fn fresh_ticket(&mut self) -> Ticket {
        Ticket(u64::from(self.fresh()))
    }

    /// A number that no pane, tab, session or question has had.
    pub(super) fn fresh(&mut self) -> u32 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }
}

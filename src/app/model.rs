//! The whole state of the workbench. Only `update` changes it; `ui` reads it.

use std::time::Duration;

use crate::domain::{CellRect, GridSize, Moment, SessionId, Target};
use crate::terminal::Limits;

use super::Options;
use super::action::{ProgramState, Situation};
use super::default_keys::KeyMode;
use super::insight::Insight;
use super::joint_run::JointRun;
use super::keeping::Keeping;
use super::key_reader::KeyReader;
use super::notices::Notices;
use super::overlays::Overlays;
use super::panels::{PanelKey, Panels};
use super::pointing::Mouse;
use super::screen_map::ScreenMap;
use super::space::Space;
use super::status::Status;
use super::workspace::Workspace;

/// Everything the workbench knows.
#[derive(Debug)]
pub struct Model {
    /// Sandboxes, tabs, panes, sessions.
    pub(crate) workspace: Workspace,
    /// What goes on inside the sandboxes.
    pub(crate) insight: Box<Insight>,
    /// The sidebar and its panels.
    pub(crate) panels: Panels,
    /// Keys on their way to becoming an action.
    pub(crate) reader: KeyReader,
    /// What lies over the panes.
    pub(crate) overlays: Overlays,
    /// What the user is told in passing.
    pub(crate) notices: Notices,
    /// What is kept on this machine.
    pub(crate) keeping: Keeping,
    /// The last command that was run on many sandboxes.
    pub(crate) run: Option<Box<JointRun>>,
    /// What the status line tells besides.
    pub(crate) status: Status,
    /// The user's own terminal, as far as we know it.
    pub(crate) host: Host,
    /// The screen's size.
    pub(crate) size: GridSize,
    /// The time of the last update.
    pub(crate) now: Moment,
}

/// What we told the user's terminal, and what it told us.
#[derive(Debug)]
pub(crate) struct Host {
    /// What its mouse does.
    pub(crate) mouse: Mouse,
    /// Whether the window has the keyboard.
    pub(crate) has_focus: bool,
    /// What was copied last.
    pub(crate) copied: String,
    /// The window's title as we set it.
    pub(crate) title: String,
    /// Whether it may be asked to tell the user something while nobody looks.
    pub(crate) notify: bool,
    /// The session that was told that it has the keyboard.
    pub(crate) focused: Option<SessionId>,
    /// When the timer that we asked for comes.
    pub(crate) wake_at: Option<Duration>,
}

impl Model {
    /// A workbench for these sandboxes, on a screen of this size. Nothing runs before `start`.
    pub fn new(targets: Vec<Target>, options: Options, size: GridSize) -> Self {
        let limits = Limits {
            scrollback_lines: options.scrollback.lines,
            program_clipboard: options.program_clipboard,
            ..Limits::default()
        };
        let mut workspace = Workspace::new(targets, limits, options.seed);
        workspace.scrollback_bytes = options.scrollback.bytes;
        workspace.attention_mut().set_silence_after(options.worth.silence_after);
        workspace.broadcast_mut().set_idle(options.broadcast_idle);
        workspace.set_guards(options.guards);
        if let Some(platform) = &options.platform {
            workspace.begin_fleet(platform);
        }
        let mut panels = Panels::default();
        panels.set_run_on_enter(options.runs_on_enter);
        Self {
            workspace,
            insight: Box::new(Insight::new(options.worth.limits)),
            panels,
            reader: KeyReader::new(options.keys),
            overlays: Overlays::default(),
            notices: Notices::default(),
            keeping: Keeping::new(options.keeping),
            run: None,
            status: Status::default(),
            host: Host {
                mouse: Mouse::default(),
                has_focus: true,
                copied: String::new(),
                title: String::new(),
                notify: options.notify,
                focused: None,
                wake_at: None,
            },
            size,
            now: Moment::ZERO,
        }
    }

    /// The programs that run on in their sandboxes if e2b-tui ends now, a line each, ready to be shown.
    pub fn left_running(&self) -> Vec<String> {
        self.workspace.left_running()
    }

    /// Where everything is on the screen.
    pub fn screen_map(&self) -> ScreenMap {
        ScreenMap::new(self.space(), &self.panels.sidebar, &self.workspace)
    }

    /// The boxes that lie over the panes, from the lowest to the top.
    pub fn boxes(&self) -> Vec<CellRect> {
        let boxed = self.overlays.stack().iter().filter(|overlay| overlay.has_box());
        boxed.map(|overlay| overlay.area(self.size)).collect()
    }

    /// How the screen is divided.
    pub fn space(&self) -> Space {
        Space {
            size: self.size,
            sidebar: self.panels.sidebar.space(),
        }
    }

    /// What a panel may look at, besides itself.
    pub(crate) fn panel_key<'a>(&'a self, map: &'a ScreenMap) -> PanelKey<'a> {
        PanelKey {
            workspace: &self.workspace,
            insight: &self.insight,
            map,
            now: self.now,
        }
    }

    /// What has the keyboard, as far as keys that are ours care.
    pub fn key_mode(&self) -> KeyMode {
        self.situation().key_mode()
    }

    /// What decides which actions make sense now.
    pub fn situation(&self) -> Situation {
        let session = self.workspace.focused();
        let tab = self.workspace.tabs().current();
        Situation {
            tabs: self.workspace.tabs().list().len(),
            panes: tab.map_or(0, |tab| tab.panes.len()),
            program: session.map_or(ProgramState::Over, |session| session.link.program_state()),
            is_copying: session.is_some_and(|session| session.copy.is_some()),
            panel: self.panels.sidebar.focused(),
        }
    }
}

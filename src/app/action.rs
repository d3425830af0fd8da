//! Everything a user can ask for. The key bar, the help page, the palette, `e2b-tui keys` and the names in the config
//! file all come from here and from the table, so they cannot disagree.

use std::fmt;

use crate::panes::{Arrangement, Direction};

use super::action_table::ALL;
pub use super::copy_action::CopyAction;
use super::default_keys::KeyMode;
use super::fleet::FleetAction;
use super::joint_run::RunAction;
use super::keeping::KeepAction;
use super::panels::{
    FilesAction, HistoryAction, MetricsAction, NetworkAction, PanelAction, PanelKind, ProcessesAction, SandboxesAction,
};

/// One thing to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Type the prefix key itself.
    SendPrefix,
    /// Open a tab in the focused pane's sandbox.
    NewTab,
    /// Show the next tab.
    NextTab,
    /// Show the previous tab.
    PreviousTab,
    /// Show the tab that was shown before.
    LastTab,
    /// Show the tab with this number; the tenth is 0.
    GoToTab(u8),
    /// Give the tab a name.
    RenameTab,
    /// Close the tab with all its panes.
    CloseTab,
    /// A new pane at the right, in the same sandbox and directory.
    SplitRight,
    /// A new pane below, in the same sandbox and directory.
    SplitBelow,
    /// A new pane at the right, in a sandbox to be chosen.
    SplitRightIn,
    /// A new pane below, in a sandbox to be chosen.
    SplitBelowIn,
    /// Choose among all tabs and panes.
    Tree,
    /// Show the panes' numbers; a digit goes there.
    PaneNumbers,
    /// Move the pane to another tab.
    JoinTab,
    /// Put the panes into this layout.
    Layout(Arrangement),
    /// Choose panes that get what is typed, all at once.
    Broadcast,
    /// Type into one pane again.
    EndBroadcast,
    /// Let nothing that is typed reach the pane, or again.
    LockInput,
    /// Look for text in all panes.
    SearchAll,
    /// Go to the pane on that side.
    Focus(Direction),
    /// Go to the next pane.
    NextPane,
    /// Go to the pane that had the keyboard before.
    LastPane,
    /// Move a border of the pane by this many cells.
    Resize(Direction, u16),
    /// Let the pane fill the tab, or show all again.
    Zoom,
    /// Move the pane to a tab of its own.
    BreakOut,
    /// Exchange the pane with the previous one.
    SwapPrevious,
    /// Exchange the pane with the next one.
    SwapNext,
    /// Move every pane one place on.
    RotatePanes,
    /// Put the panes into the next ready-made layout.
    NextLayout,
    /// End the pane's program and close the pane.
    ClosePane,
    /// Try a lost connection again now, or start an ended program again.
    Reconnect,
    /// Give up a link that does not answer; the program runs on.
    DropLink,
    /// Look at what scrolled away.
    CopyMode,
    /// Look at what scrolled away, a page up at once.
    PageBack,
    /// Look for text in what scrolled away.
    Search,
    /// Type what was copied last.
    Paste,
    /// Choose a link that is in view.
    Links,
    /// Let the program put text on the clipboard, or no more.
    ProgramClipboard,
    /// Something in copy mode.
    Copy(CopyAction),
    /// Show a panel and give it the keyboard.
    OpenPanel(PanelKind),
    /// Show or hide the sidebar.
    ToggleSidebar,
    /// Go from the panes to the sidebar, through it and back.
    FocusSidebar,
    /// Something in whatever panel has the keyboard.
    Panel(PanelAction),
    /// Something with the focused pane's sandbox that the platform does.
    Fleet(FleetAction),
    /// Something in the Sandboxes panel.
    Sandboxes(SandboxesAction),
    /// Something in the Files panel.
    Files(FilesAction),
    /// Something in the History panel.
    History(HistoryAction),
    /// Look for a command that was run before.
    FindCommand,
    /// Go to the prompt before.
    PreviousPrompt,
    /// Go to the prompt after.
    NextPrompt,
    /// Copy what the last command printed.
    CopyOutput,
    /// Something in the Processes panel.
    Processes(ProcessesAction),
    /// Something in the Network panel.
    Network(NetworkAction),
    /// Something in the Metrics panel.
    Metrics(MetricsAction),
    /// Choose an action by name.
    Palette,
    /// Show the keys.
    Help,
    /// Go to the next pane that needs attention.
    NextAttention,
    /// Tell when a pane prints something while nobody looks, or no longer.
    WatchActivity,
    /// Tell when a pane has printed nothing for a while, or no longer.
    WatchSilence,
    /// Show the notices of this run.
    Messages,
    /// Something about commands on many sandboxes.
    Run(RunAction),
    /// Something about what is kept: recordings, saved text, workspaces, themes.
    Keep(KeepAction),
    /// Give up what takes long.
    GiveUp,
    /// Paint the screen again.
    Redraw,
    /// Leave the programs running and end.
    Detach,
    /// Stop e2b-tui like any job.
    Suspend,
}

/// The headings that actions are listed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Tabs.
    Tabs,
    /// Panes.
    Panes,
    /// The program in a pane and the link to it.
    Program,
    /// Copy mode.
    CopyMode,
    /// The pane's sandbox, where it is the platform's.
    Sandbox,
    /// Every panel.
    Panel,
    /// One panel.
    OnePanel(PanelKind),
    /// e2b-tui itself.
    Workbench,
}

impl Section {
    /// All of them, in the order of the help page.
    pub const ALL: [Self; 13] = [
        Self::Tabs,
        Self::Panes,
        Self::Program,
        Self::CopyMode,
        Self::Sandbox,
        Self::Workbench,
        Self::Panel,
        Self::OnePanel(PanelKind::Sandboxes),
        Self::OnePanel(PanelKind::Processes),
        Self::OnePanel(PanelKind::Files),
        Self::OnePanel(PanelKind::History),
        Self::OnePanel(PanelKind::Network),
        Self::OnePanel(PanelKind::Metrics),
    ];

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Tabs => "Tabs",
            Self::Panes => "Panes",
            Self::Program => "Program",
            Self::CopyMode => "Copy mode",
            Self::Sandbox => "Sandbox",
            Self::Panel => "In every panel",
            Self::OnePanel(kind) => kind.title(),
            Self::Workbench => "e2b-tui",
        }
    }
}

/// What must be so for an action to make sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// Another tab.
    OtherTab,
    /// Another pane in the tab.
    OtherPane,
    /// A program that takes input.
    Program,
    /// A link that is down, or a program that has ended.
    Trouble,
    /// A link that is there or being tried.
    Link,
    /// That copy mode is on.
    CopyMode,
    /// That a panel has the keyboard.
    AnyPanel,
    /// That this panel has the keyboard.
    Panel(PanelKind),
}

/// Whose keys an action is among.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// Bound everywhere, mostly behind the prefix.
    Everywhere,
    /// Bound in copy mode.
    CopyMode,
    /// Bound in every panel, unless the panel has something else there.
    AnyPanel,
    /// Bound in this panel.
    Panel(PanelKind),
}

impl Home {
    /// Whether it is a panel's.
    pub fn is_of_panels(self) -> bool {
        matches!(self, Self::AnyPanel | Self::Panel(_))
    }
}

/// What an action is called, what it does, and where it is bound.
#[derive(Clone, Debug)]
pub struct ActionInfo {
    /// The action.
    pub action: Action,
    /// Its name in the config file.
    pub name: &'static str,
    /// A few words, for the key bar and the palette.
    pub title: &'static str,
    /// One sentence.
    pub help: &'static str,
    /// Where it is listed. What is listed under copy mode is bound only there.
    pub section: Section,
    /// When it can be asked for.
    pub needs: Needs,
    /// The keys it has unless the user says otherwise.
    pub keys: &'static [&'static str],
}

/// What decides which actions make sense now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Situation {
    /// How many tabs there are.
    pub tabs: usize,
    /// How many panes the tab has.
    pub panes: usize,
    /// How the focused pane's program is doing.
    pub program: ProgramState,
    /// Whether copy mode is on.
    pub is_copying: bool,
    /// The panel that has the keyboard.
    pub panel: Option<PanelKind>,
}

/// How a program is doing, as far as actions care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgramState {
    /// It runs, or is being started.
    Running,
    /// The link to it is down.
    Lost,
    /// It has ended, or never began.
    Over,
}

impl Situation {
    /// What has the keyboard, as far as keys that are ours care.
    pub fn key_mode(&self) -> KeyMode {
        match self.panel {
            Some(kind) => KeyMode::Panel(kind),
            None if self.is_copying => KeyMode::Copy,
            None => KeyMode::Pane,
        }
    }
}

impl CopyAction {
    /// Whether it only moves, so that it can be done several times in a row.
    pub fn is_motion(self) -> bool {
        matches!(
            self,
            Self::Left
                | Self::Right
                | Self::LineDown
                | Self::LineUp
                | Self::WordForward
                | Self::WordBack
                | Self::HalfPageUp
                | Self::HalfPageDown
                | Self::PageUp
                | Self::PageDown
                | Self::NextMatch
                | Self::PreviousMatch
        )
    }
}

impl Action {
    /// Its row in the table.
    pub fn info(self) -> Option<&'static ActionInfo> {
        ALL.iter().find(|info| info.action == self)
    }

    /// The action with this name in the config file.
    pub fn named(name: &str) -> Option<Self> {
        ALL.iter().find(|info| info.name == name).map(|info| info.action)
    }

    /// Every action, in the order of the help page.
    pub fn table() -> &'static [ActionInfo] {
        &ALL
    }

    /// Whose keys it is among.
    pub fn home(self) -> Home {
        match self {
            Self::Copy(_) => Home::CopyMode,
            Self::Panel(_) => Home::AnyPanel,
            Self::Sandboxes(_) => Home::Panel(PanelKind::Sandboxes),
            Self::Files(_) => Home::Panel(PanelKind::Files),
            Self::History(_) => Home::Panel(PanelKind::History),
            Self::Processes(_) => Home::Panel(PanelKind::Processes),
            Self::Network(_) => Home::Panel(PanelKind::Network),
            Self::Metrics(_) => Home::Panel(PanelKind::Metrics),
            _ => Home::Everywhere,
        }
    }

    /// Whether, once done, the last key alone does it again for a moment.
    pub fn is_repeatable(self) -> bool {
        matches!(self, Self::Resize(..))
    }
}

impl ActionInfo {
    /// Whether it makes sense now.
    pub fn is_valid(&self, now: &Situation) -> bool {
        match self.needs {
            Needs::Nothing => true,
            Needs::OtherTab => match self.action {
                Action::GoToTab(number) => now.tabs > 1 && usize::from(number) <= now.tabs,
                _ => now.tabs > 1,
            },
            Needs::OtherPane => now.panes > 1,
            Needs::Program => now.program == ProgramState::Running,
            Needs::Trouble => now.program != ProgramState::Running,
            Needs::Link => now.program != ProgramState::Over,
            Needs::CopyMode => now.is_copying && now.panel.is_none(),
            Needs::AnyPanel => now.panel.is_some(),
            Needs::Panel(kind) => now.panel == Some(kind),
        }
    }
}

impl fmt::Display for Action {
    /// The name in the config file.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.info().map_or("unnamed", |info| info.name))
    }
}

//! What the tab bar says about a tab. The bar's geometry and its drawing both use it.

use crate::domain::{RemoteText, shorten};

use super::attention::Concern;
use super::link::Link;
use super::tabs::Tab;
use super::workspace::Workspace;

/// The longest name in the bar, in cells.
const NAME_CELLS: u16 = 24;

/// A tab's number, name and state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TabLabel {
    /// Its place, from 1.
    pub number: usize,
    /// Its name, safe to show.
    pub name: String,
    /// What is to be known about it, if anything.
    pub mark: Option<TabMark>,
}

/// Something about a tab that deserves a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TabMark {
    /// A link is down.
    Lost,
    /// The sandbox is paused.
    Asleep,
    /// A session could not begin or go on.
    Failed,
    /// A program ended with this code.
    Ended(u8),
    /// The bell rang.
    Bell,
    /// A program has something to say, or a command is done.
    Said,
    /// A watched pane fell silent.
    Silence,
    /// Something was printed.
    Activity,
}

impl TabMark {
    /// The mark in plain characters, each one cell wide; the themes may show another glyph of the same width.
    pub fn plain(self) -> String {
        match self {
            Self::Lost => "~".to_owned(),
            Self::Asleep => "=".to_owned(),
            Self::Failed => "x".to_owned(),
            Self::Ended(code) => format!("x {code}"),
            Self::Bell => "!".to_owned(),
            Self::Said => ">".to_owned(),
            Self::Silence => "_".to_owned(),
            Self::Activity => "*".to_owned(),
        }
    }
}

impl TabLabel {
    /// The label of a tab at this place.
    pub fn new(number: usize, tab: &Tab, workspace: &Workspace) -> Self {
        let own = tab.name.clone().map(|name| RemoteText::from(name).escaped());
        let name = own.or_else(|| workspace.session(tab.focused()).map(|session| session.label.escaped()));
        Self {
            number,
            name: shorten(&name.unwrap_or_default(), NAME_CELLS),
            mark: mark(tab, workspace),
        }
    }

    /// The label in plain characters.
    pub fn text(&self) -> String {
        let mark = self.mark.map(TabMark::plain).unwrap_or_default();
        format!("{} {}{mark}", self.number, self.name)
    }
}

/// The gravest of what is to be known.
fn mark(tab: &Tab, workspace: &Workspace) -> Option<TabMark> {
    let links = tab.panes.panes().into_iter().filter_map(|pane| workspace.session(pane));
    let from_links = links.filter_map(|session| match &session.link {
        Link::Rejoining { .. } => Some((3, TabMark::Lost)),
        Link::Asleep { .. } => Some((0, TabMark::Asleep)),
        Link::Failed { .. } => Some((2, TabMark::Failed)),
        Link::Ended { status, .. } => Some((1, TabMark::Ended(status.shell_code()))),
        _ => None,
    });
    let gravest = from_links.max_by_key(|(gravity, _)| *gravity).map(|(_, mark)| mark);
    gravest
        .or_else(|| tab.has_rung.then_some(TabMark::Bell))
        .or_else(|| waiting(tab, workspace))
        .or_else(|| tab.has_activity.then_some(TabMark::Activity))
}

/// What waits in the queue and is neither a link's state nor a bell, which are known without it.
fn waiting(tab: &Tab, workspace: &Workspace) -> Option<TabMark> {
    let panes = tab.panes.panes();
    let concerns = panes.iter().flat_map(|pane| workspace.attention().of(*pane));
    let marks = concerns.filter_map(|concern| match concern {
        Concern::Notification(_) | Concern::LongCommand { .. } | Concern::Threshold(_) | Concern::LifeEnding(_) => {
            Some((1, TabMark::Said))
        }
        Concern::Silence => Some((0, TabMark::Silence)),
        _ => None,
    });
    marks.max_by_key(|(gravity, _)| *gravity).map(|(_, mark)| mark)
}

//! Which cell of the screen belongs to what. Drawing and the mouse both ask here, so they cannot disagree.

use crate::domain::{CellRect, PaneId, TabId, cell_width};
use crate::panes::{Layout, PaneArea};

use super::panels::{Sidebar, SidebarMap};
use super::space::Space;
use super::tabs::Tab;
use super::workspace::Workspace;

/// The areas of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScreenMap {
    /// The whole screen.
    pub screen: CellRect,
    /// Whether the screen is too small to show everything.
    pub is_cramped: bool,
    /// The row of tabs; empty on a cramped screen.
    pub tab_bar: CellRect,
    /// The tabs that can be seen, from left to right.
    pub tabs: Vec<(TabId, CellRect)>,
    /// Where the panes are.
    pub body: CellRect,
    /// The panels that can be seen.
    pub sidebar: SidebarMap,
    /// The panes that can be seen.
    pub layout: Layout,
    /// The status line; empty if there is a single row.
    pub status: CellRect,
}

/// What is at a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A tab's label.
    Tab(TabId),
    /// The terminal of a pane.
    Pane(PaneArea),
    /// The frame of a pane; of several that share the cell, the one it is the right or lower side of.
    Frame(PaneId),
    /// A panel, with its frame.
    Sidebar,
    /// None of these.
    Elsewhere,
}

impl ScreenMap {
    /// The areas for a screen of this size.
    pub fn new(space: Space, sidebar: &Sidebar, workspace: &Workspace) -> Self {
        let size = space.size;
        let is_cramped = space.is_cramped();
        let screen = CellRect::new(0, 0, size.cols(), size.rows());
        let top = u16::from(!is_cramped);
        let bottom = u16::from(size.rows() > 1);
        let tab_bar = CellRect::new(0, 0, size.cols(), top);
        let layout = workspace.tabs().current().map(|tab| tab_layout(tab, space));
        Self {
            screen,
            is_cramped,
            tab_bar,
            tabs: tab_spans(workspace, tab_bar),
            body: space.body(),
            sidebar: sidebar.map(space.sidebar()),
            layout: layout.unwrap_or_default(),
            status: CellRect::new(0, size.rows() - bottom, size.cols(), bottom),
        }
    }

    /// What is at this cell.
    pub fn at(&self, x: u16, y: u16) -> Place {
        if let Some((tab, _)) = self.tabs.iter().find(|(_, area)| area.contains(x, y)) {
            return Place::Tab(*tab);
        }
        if self.sidebar.at(x, y).is_some() {
            return Place::Sidebar;
        }
        let panes = &self.layout.panes;
        if let Some(area) = panes.iter().find(|area| area.content.contains(x, y)) {
            return Place::Pane(*area);
        }
        let framed = panes.iter().find(|area| area.frame.contains(x, y));
        framed.map_or(Place::Elsewhere, |area| Place::Frame(area.pane))
    }
}

/// Where a tab's panes are, were it shown.
pub fn tab_layout(tab: &Tab, space: Space) -> Layout {
    if space.is_cramped() {
        Layout::bare(tab.panes.zoomed().unwrap_or(tab.focused()), space.body())
    } else {
        Layout::framed(&tab.panes, tab.focused(), space.body())
    }
}

/// Cells at the right of the tab bar that are kept free for saying how many tabs do not fit.
const MORE_CELLS: u16 = 9;

/// The labels that fit, so that the one of the shown tab is among them.
fn tab_spans(workspace: &Workspace, bar: CellRect) -> Vec<(TabId, CellRect)> {
    if bar.is_empty() {
        return Vec::new();
    }
    let tabs = workspace.tabs();
    let labels = workspace.tab_labels();
    let widths: Vec<u16> = labels.iter().map(|label| cell_width(&label.text()) + 2).collect();
    let sum = |widths: &[u16]| widths.iter().map(|width| u32::from(*width)).sum::<u32>();
    let kept_free = if sum(&widths) > u32::from(bar.width) {
        MORE_CELLS
    } else {
        0
    };
    let end = bar.right() - kept_free;
    let shown = tabs.current().map(|tab| tab.id);
    let current = tabs.list().iter().position(|tab| Some(tab.id) == shown).unwrap_or(0);
    let mut first = 0;
    while first < current && sum(&widths[first..=current]) > u32::from(end - bar.x) {
        first += 1;
    }
    let mut x = bar.x;
    let mut spans = Vec::new();
    for (tab, width) in tabs.list().iter().zip(widths).skip(first) {
        // A name that is longer than the bar is cut; one that would only be begun is left to the count of the rest.
        if x + width > end && !spans.is_empty() {
            break;
        }
        let width = width.min(end - x);
        spans.push((tab.id, CellRect::new(x, bar.y, width, 1)));
        x += width;
    }
    spans
}

//! The sidebar: which panels are shown, where, how wide, and which one has the keyboard. Knows no panel's content.

use crate::app::space::{NARROWEST_SIDEBAR, Side, SidebarSpace};
use crate::domain::{CellRect, PaneId, TargetId};

use super::PanelKind;

/// Its width unless the user changes it.
const USUAL_COLS: u16 = 36;
/// Fewer rows than this are not shared by two panels.
const ROWS_FOR_TWO: u16 = 14;

/// How much of the screen the sidebar takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// It is not there.
    #[default]
    Hidden,
    /// It stands beside the panes.
    Beside,
    /// It covers the panes.
    Over,
}

/// What the sidebar shows and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sidebar {
    /// How much of the screen it takes.
    pub extent: Extent,
    /// Where it stands.
    pub side: Side,
    /// Columns that it wants.
    pub cols: u16,
    /// The panel at the top.
    pub upper: PanelKind,
    /// The panel below it, if two are stacked.
    pub lower: Option<PanelKind>,
    /// Whether the lower one is the one that keys go to.
    pub is_lower_chosen: bool,
    /// Whether it has the keyboard.
    pub has_focus: bool,
    /// What it stays at, whatever pane has the keyboard.
    pub pinned: Option<(TargetId, PaneId)>,
    /// How it was before a panel came over everything for a moment.
    pub before: Option<Before>,
}

/// How the sidebar was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before {
    extent: Extent,
    upper: PanelKind,
    is_lower_chosen: bool,
}

impl Default for Sidebar {
    fn default() -> Self {
        Self {
            extent: Extent::Hidden,
            side: Side::Left,
            cols: USUAL_COLS,
            upper: PanelKind::Sandboxes,
            lower: None,
            is_lower_chosen: false,
            has_focus: false,
            pinned: None,
            before: None,
        }
    }
}

/// Where the panels are on the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SidebarMap {
    /// Each panel with its frame, from top to bottom.
    pub panels: Vec<(PanelKind, CellRect)>,
}

/// The parts of one panel inside its frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PanelParts {
    /// The filter's line; empty if it is not shown.
    pub filter: CellRect,
    /// The headings; empty if there are none.
    pub header: CellRect,
    /// The rows.
    pub body: CellRect,
    /// More about one row; empty if there is no such thing.
    pub preview: CellRect,
    /// The last line.
    pub info: CellRect,
}

impl Sidebar {
    /// What it takes of the screen.
    pub fn space(&self) -> SidebarSpace {
        match self.extent {
            Extent::Hidden => SidebarSpace::Hidden,
            Extent::Over => SidebarSpace::Over,
            Extent::Beside => SidebarSpace::Beside {
                side: self.side,
                cols: self.cols,
                has_focus: self.has_focus,
            },
        }
    }

    /// Whether it is there.
    pub fn is_open(&self) -> bool {
        self.extent != Extent::Hidden
    }

    fn show(&mut self) {
        if self.extent == Extent::Hidden {
            self.extent = Extent::Beside;
        }
    }

    /// Lets it cover the panes, or stand beside them again.
    pub fn toggle_over(&mut self) {
        self.before = None;
        self.extent = match self.extent {
            Extent::Over => Extent::Beside,
            Extent::Hidden | Extent::Beside => Extent::Over,
        };
    }

    /// The panel that keys go to while the sidebar has the keyboard.
    pub fn chosen(&self) -> PanelKind {
        self.lower.filter(|_| self.is_lower_chosen).unwrap_or(self.upper)
    }

    /// The panel that has the keyboard.
    pub fn focused(&self) -> Option<PanelKind> {
        (self.is_open() && self.has_focus).then(|| self.chosen())
    }

    /// Whether a panel is shown, were there room.
    pub fn shows(&self, kind: PanelKind) -> bool {
        self.is_open() && (self.upper == kind || self.lower == Some(kind))
    }

    /// Shows a panel and gives it the keyboard.
    pub fn open(&mut self, kind: PanelKind) {
        self.show();
        self.has_focus = true;
        if self.upper == kind || self.lower == Some(kind) {
            self.is_lower_chosen = self.lower == Some(kind);
        } else if let (true, Some(lower)) = (self.is_lower_chosen, &mut self.lower) {
            *lower = kind;
        } else {
            self.upper = kind;
        }
    }

    /// Shows or hides it. Hidden, it has no keyboard.
    pub fn toggle(&mut self) {
        self.before = None;
        self.extent = match self.extent {
            Extent::Hidden => Extent::Beside,
            Extent::Beside | Extent::Over => Extent::Hidden,
        };
        self.has_focus &= self.is_open();
    }

    /// Shows a panel over everything: before anything is open there is nothing else to see.
    pub fn open_over(&mut self, kind: PanelKind) {
        self.open(kind);
        self.extent = Extent::Over;
    }

    /// Shows a panel over everything for a moment: when the keyboard goes back to the panes, all is as before.
    pub fn cover(&mut self, kind: PanelKind) {
        if self.before.is_none() {
            self.before = Some(Before {
                extent: self.extent,
                upper: self.upper,
                is_lower_chosen: self.is_lower_chosen,
            });
        }
        if self.lower != Some(kind) {
            self.is_lower_chosen = false;
        }
        self.open_over(kind);
    }

    /// What was chosen in a list over everything is open now: the list makes room for it.
    pub fn leave_list(&mut self) {
        if self.extent == Extent::Over {
            self.extent = Extent::Hidden;
        }
        self.has_focus = false;
    }

    /// Gives the keyboard to the panes. A sidebar that covers them gives way.
    pub fn leave(&mut self) {
        self.has_focus = false;
        if let Some(before) = self.before.take() {
            self.upper = before.upper;
            self.is_lower_chosen = before.is_lower_chosen;
            self.extent = before.extent;
        }
        if self.extent == Extent::Over {
            self.extent = Extent::Beside;
        }
    }

    /// Goes on: to the lower panel, then to the panes; from the panes to the upper one.
    pub fn go_on(&mut self) {
        if !self.has_focus || !self.is_open() {
            self.show();
            self.has_focus = true;
            self.is_lower_chosen = false;
        } else if self.lower.is_some() && !self.is_lower_chosen {
            self.is_lower_chosen = true;
        } else {
            self.leave();
        }
    }

    /// Stacks a second panel below, or takes it away.
    pub fn toggle_second(&mut self) {
        self.lower = match self.lower {
            Some(lower) => {
                if self.is_lower_chosen {
                    self.upper = lower;
                }
                None
            }
            None => Some(self.upper.next()),
        };
        self.is_lower_chosen = self.lower.is_some();
    }

    /// Moves it to the other side.
    pub fn other_side(&mut self) {
        self.side = match self.side {
            Side::Left => Side::Right,
            Side::Right => Side::Left,
        };
    }

    /// Makes it wider or narrower.
    pub fn widen(&mut self, by: i16) {
        self.cols = self.cols.saturating_add_signed(by).clamp(NARROWEST_SIDEBAR, 400);
    }

    /// Where the panels are in the sidebar's area.
    pub fn map(&self, area: CellRect) -> SidebarMap {
        if area.is_empty() {
            return SidebarMap::default();
        }
        let two = self
            .lower
            .filter(|_| area.height >= ROWS_FOR_TWO && self.extent != Extent::Over);
        let panels = match two {
            // The two share the line between them.
            Some(lower) => {
                let half = area.height / 2;
                let below = CellRect::new(area.x, area.y + half, area.width, area.height - half);
                vec![
                    (self.upper, CellRect::new(area.x, area.y, area.width, half + 1)),
                    (lower, below),
                ]
            }
            None => vec![(self.chosen(), area)],
        };
        SidebarMap { panels }
    }
}

impl SidebarMap {
    /// The panel whose frame has this cell; of two that share a line, the lower one.
    pub fn at(&self, x: u16, y: u16) -> Option<(PanelKind, CellRect)> {
        self.panels.iter().rev().find(|(_, area)| area.contains(x, y)).copied()
    }

    /// The frame of a panel.
    pub fn of(&self, kind: PanelKind) -> Option<CellRect> {
        self.panels
            .iter()
            .find(|(known, _)| *known == kind)
            .map(|(_, area)| *area)
    }
}

impl PanelParts {
    /// The parts of a panel with this frame.
    pub fn new(frame: CellRect, has_filter: bool, has_header: bool) -> Self {
        let inside = if frame.height < 3 || frame.width < 3 {
            frame
        } else {
            frame.inside_frame()
        };
        let line = |y: u16, is_there: bool| CellRect::new(inside.x, y, inside.width, u16::from(is_there));
        let has_filter = has_filter && inside.height >= 2;
        let has_info = inside.height >= 4;
        let has_header = has_header && inside.height >= 6;
        let filter = line(inside.y, has_filter);
        let header = line(filter.bottom(), has_header);
        let top = header.bottom();
        let bottom = inside.bottom() - u16::from(has_info);
        Self {
            filter,
            header,
            body: CellRect::new(inside.x, top, inside.width, bottom.saturating_sub(top)),
            preview: CellRect::default(),
            info: line(bottom, has_info),
        }
    }

    /// Gives the last rows of the body to a preview, with a line between; the body keeps a few.
    #[must_use]
    pub fn with_preview(self, rows: u16) -> Self {
        const FEWEST: u16 = 4;
        let body = self.body;
        let rows = rows.min(body.height.saturating_sub(FEWEST + 1));
        if rows == 0 {
            return self;
        }
        Self {
            body: CellRect::new(body.x, body.y, body.width, body.height - rows - 1),
            preview: CellRect::new(body.x, body.bottom() - rows, body.width, rows),
            ..self
        }
    }
}

/// The letters of the other panels at the right of a frame's upper line, each with its column.
pub fn switches(kind: PanelKind, frame: CellRect) -> Vec<(PanelKind, u16)> {
    let others: Vec<PanelKind> = PanelKind::ALL.into_iter().filter(|other| *other != kind).collect();
    let cells = others.len() as u16 * 2;
    let title = crate::domain::cell_width(kind.title()) + 4;
    if frame.width < cells + title + 3 {
        return Vec::new();
    }
    let first = frame.right() - 1 - cells;
    others.into_iter().zip((first..).step_by(2)).collect()
}

pub(super) fn switch_at(kind: PanelKind, frame: CellRect, (x, y): (u16, u16)) -> Option<PanelKind> {
    let found = switches(kind, frame)
        .into_iter()
        .find(|(_, column)| *column == x && y == frame.y);
    found.map(|(other, _)| other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keyboard_goes_round() {
        let mut sidebar = Sidebar::default();
        assert_eq!(sidebar.focused(), None);
        sidebar.open(PanelKind::Files);
        assert_eq!(sidebar.focused(), Some(PanelKind::Files));
        sidebar.toggle_second();
        assert_eq!(sidebar.focused(), Some(PanelKind::History));
        sidebar.open(PanelKind::Network);
        assert_eq!(
            (sidebar.upper, sidebar.lower),
            (PanelKind::Files, Some(PanelKind::Network))
        );
        sidebar.open(PanelKind::Files);
        sidebar.go_on();
        assert_eq!(sidebar.focused(), Some(PanelKind::Network));
        sidebar.go_on();
        assert!(sidebar.focused().is_none() && sidebar.is_open());
        sidebar.go_on();
        assert_eq!(sidebar.focused(), Some(PanelKind::Files));
        sidebar.toggle();
        assert!(sidebar.focused().is_none() && !sidebar.is_open());
    }

    #[test]
    fn what_covers_everything_for_a_moment_leaves_all_as_it_was() {
        let mut sidebar = Sidebar::default();
        sidebar.cover(PanelKind::History);
        assert_eq!(
            (sidebar.focused(), sidebar.extent),
            (Some(PanelKind::History), Extent::Over)
        );
        sidebar.cover(PanelKind::History);
        sidebar.leave();
        assert_eq!(sidebar, Sidebar::default());
        sidebar.open(PanelKind::Files);
        sidebar.toggle_second();
        sidebar.leave();
        let before = sidebar.clone();
        sidebar.cover(PanelKind::History);
        sidebar.leave();
        assert_eq!(sidebar, before);
    }

    #[test]
    fn parts_cover_the_inside_exactly_at_every_size() {
        for (width, height) in (0..40).flat_map(|width| (0..20).map(move |height| (width, height))) {
            for (has_filter, has_header) in [(false, false), (true, false), (false, true), (true, true)] {
                let frame = CellRect::new(3, 2, width, height);
                let parts = PanelParts::new(frame, has_filter, has_header);
                let all = [parts.filter, parts.header, parts.body, parts.info];
                let rows: u16 = all.iter().map(|part| part.height).sum();
                let inside = if height < 3 || width < 3 {
                    frame
                } else {
                    frame.inside_frame()
                };
                assert_eq!(rows, inside.height, "{frame:?}");
                for part in all.iter().filter(|part| !part.is_empty()) {
                    assert_eq!(part.intersection(inside), *part);
                }
                let with = parts.with_preview(5);
                let line = u16::from(with.preview.height > 0);
                assert_eq!(with.body.height + with.preview.height + line, parts.body.height);
            }
        }
    }
}

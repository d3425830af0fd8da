//! How the screen is divided between the panes and the sidebar. Arithmetic only; knows no tab and no panel.

use crate::domain::{CellRect, GridSize};

/// Below this width the screen is cramped: no tab bar, no frames, one pane.
const COMFORTABLE_COLS: u16 = 40;
/// Below this height the screen is cramped.
const COMFORTABLE_ROWS: u16 = 10;
/// The narrowest sidebar that stands beside panes.
pub const NARROWEST_SIDEBAR: u16 = 20;
/// What a sidebar leaves to the panes.
const PANES_KEEP: u16 = 24;

/// The side of the screen that the sidebar stands at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// Left of the panes.
    #[default]
    Left,
    /// Right of the panes.
    Right,
}

/// How much of the screen the sidebar wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SidebarSpace {
    /// It is hidden.
    Hidden,
    /// So many columns at this side. Where there is no room beside the panes it lies over them while it has the keyboard.
    Beside {
        /// Where it stands.
        side: Side,
        /// Columns that it wants.
        cols: u16,
        /// Whether it has the keyboard.
        has_focus: bool,
    },
    /// It lies over all panes.
    Over,
}

/// The screen's size and what the sidebar takes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// The whole screen.
    pub size: GridSize,
    /// The sidebar.
    pub sidebar: SidebarSpace,
}

impl Space {
    /// A screen without a sidebar.
    pub fn whole(size: GridSize) -> Self {
        Self {
            size,
            sidebar: SidebarSpace::Hidden,
        }
    }

    /// Whether the screen is too small to show everything.
    pub fn is_cramped(self) -> bool {
        self.size.cols() < COMFORTABLE_COLS || self.size.rows() < COMFORTABLE_ROWS
    }

    /// What is between tab bar and status line.
    fn middle(self) -> CellRect {
        let top = u16::from(!self.is_cramped());
        let bottom = u16::from(self.size.rows() > 1);
        CellRect::new(0, top, self.size.cols(), self.size.rows() - top - bottom)
    }

    /// The columns of a sidebar that stands beside the panes, if it does.
    fn beside(self) -> Option<(Side, u16)> {
        match self.sidebar {
            SidebarSpace::Beside { side, cols, .. } if !self.is_cramped() => {
                let most = self.size.cols().saturating_sub(PANES_KEEP);
                (most >= NARROWEST_SIDEBAR).then(|| (side, cols.clamp(NARROWEST_SIDEBAR, most)))
            }
            _ => None,
        }
    }

    /// Where the panes are.
    pub fn body(self) -> CellRect {
        let middle = self.middle();
        match self.beside() {
            Some((Side::Left, cols)) => CellRect::new(cols, middle.y, middle.width - cols, middle.height),
            Some((Side::Right, cols)) => CellRect::new(0, middle.y, middle.width - cols, middle.height),
            None => middle,
        }
    }

    /// Where the sidebar is; empty when it cannot be seen.
    pub fn sidebar(self) -> CellRect {
        let middle = self.middle();
        match (self.beside(), self.sidebar) {
            (Some((Side::Left, cols)), _) => CellRect::new(0, middle.y, cols, middle.height),
            (Some((Side::Right, cols)), _) => CellRect::new(middle.width - cols, middle.y, cols, middle.height),
            (None, SidebarSpace::Over | SidebarSpace::Beside { has_focus: true, .. }) => middle,
            (None, _) => CellRect::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panes_and_sidebar_share_the_middle_exactly() {
        for side in [Side::Left, Side::Right] {
            for (cols, rows, wanted) in [(80, 24, 34), (44, 10, 90), (200, 60, 5), (120, 40, 60)] {
                let sidebar = SidebarSpace::Beside {
                    side,
                    cols: wanted,
                    has_focus: false,
                };
                let space = Space {
                    size: GridSize::new(cols, rows),
                    sidebar,
                };
                let (panes, sidebar) = (space.body(), space.sidebar());
                assert_eq!(panes.width + sidebar.width, cols, "{cols} {wanted}");
                assert_eq!(
                    panes.intersection(sidebar),
                    CellRect {
                        width: 0,
                        ..panes.intersection(sidebar)
                    }
                );
                assert!(sidebar.width >= NARROWEST_SIDEBAR && panes.width >= PANES_KEEP);
                assert_eq!((panes.height, sidebar.height), (rows - 2, rows - 2));
            }
        }
    }

    #[test]
    fn where_there_is_no_room_it_lies_over_the_panes_while_it_has_the_keyboard() {
        for (size, focused) in [((43, 12), true), ((20, 5), true), ((43, 12), false), ((20, 5), false)] {
            let sidebar = SidebarSpace::Beside {
                side: Side::Left,
                cols: 30,
                has_focus: focused,
            };
            let space = Space {
                size: GridSize::new(size.0, size.1),
                sidebar,
            };
            let whole = Space::whole(space.size).body();
            assert_eq!(space.body(), whole, "the panes keep their sizes");
            assert_eq!(space.sidebar(), if focused { whole } else { CellRect::default() });
        }
    }
}

//! Where what lies over the panes is on the screen, and how much of it can be seen. Arithmetic only.

use crate::domain::{CellRect, GridSize};

use super::overlays::{Confirm, Overlay};
use super::space::Space;

impl Overlay {
    /// Where it is drawn on a screen of this size.
    pub fn area(&self, size: GridSize) -> CellRect {
        match self {
            Self::Help(scroll) => centred(size, 76, scroll.lines as u16 + 2),
            Self::Messages(scroll) => centred(size, 100, (scroll.lines.max(1) as u16) + 2),
            Self::Palette(_) => centred(size, 64, 16),
            Self::Rename(..) | Self::Search(..) | Self::SearchAll(_) => centred(size, 44, 3),
            Self::Prompt(_) => centred(size, 64, 3),
            // The letters lie in the pane, wherever its links are: a click anywhere closes them.
            Self::Links(_) => CellRect::new(0, 0, 0, 0),
            Self::Create(_) => centred(size, 72, 11),
            Self::Trial(trial) => centred(size, 40, trial.rows.len() as u16 + 2),
            Self::Chooser(chooser) => {
                let (cells, least) = if chooser.has_preview() { (150, 20) } else { (90, 6) };
                centred(size, cells, (chooser.len() as u16).saturating_add(4).clamp(least, 40))
            }
            Self::Numbers => CellRect::new(0, 0, size.cols(), size.rows()),
            Self::Run(_) => centred(size, 120, size.rows().saturating_sub(2).max(1)),
            Self::Confirm(confirm) => question_area(size, confirm, 4),
            Self::Guarded(guarded) => question_area(size, &guarded.confirm, 6),
        }
    }

    /// Whether it lies in a box, and not among the cells of the panes.
    pub fn has_box(&self) -> bool {
        !matches!(self, Self::Links(_) | Self::Numbers)
    }

    /// How many rows of its list can be seen on a screen of this size.
    pub fn rows(&self, size: GridSize) -> usize {
        if let Self::Run(page) = self {
            return usize::from(page.parts(self.area(size).inside_frame()).body.height);
        }
        let around = if matches!(self, Self::Palette(_) | Self::Chooser(_)) {
            4
        } else {
            2
        };
        usize::from(self.area(size).height.saturating_sub(around))
    }
}

/// A question's lines and what is around them.
fn question_area(size: GridSize, confirm: &Confirm, around: u16) -> CellRect {
    let lines = crate::domain::wrap(&confirm.question, confirm_cells(size)).len() + confirm.details.len();
    centred(size, 64, (lines as u16).saturating_add(around))
}

/// How wide a question's text may be.
pub fn confirm_cells(size: GridSize) -> u16 {
    centred(size, 64, 1).width.saturating_sub(4).max(1)
}

/// A rectangle of at most this size in the middle of the panes' place: tab bar and status line can still be read. On a
/// cramped screen nothing matters more than the question, and it takes all.
fn centred(size: GridSize, width: u16, height: u16) -> CellRect {
    let space = Space::whole(size);
    let room = if space.is_cramped() {
        CellRect::new(0, 0, size.cols(), size.rows())
    } else {
        space.body()
    };
    let width = width.min(room.width);
    let height = height.min(room.height);
    let (x, y) = ((room.width - width) / 2, (room.height - height) / 2);
    CellRect::new(room.x + x, room.y + y, width, height)
}

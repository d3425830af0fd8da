//! Choosing text with the mouse: characters by dragging, words by a double click, lines by a triple click.

use crate::domain::PaneId;
use crate::keys::Pointer;
use crate::panes::PaneArea;
use crate::terminal::{Emulator, SelectionKind, Spot};

use super::arranging::Done;
use super::copy_mode::CopyMode;
use super::workspace::Workspace;

/// A selection that follows the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selecting {
    /// Where.
    pub pane: PaneId,
    kind: SelectionKind,
    /// What the first press chose: a cell, a word or a line. It stays chosen whichever way the mouse goes.
    first: (Spot, Spot),
    /// Copy mode was on before, and goes on.
    was_copying: bool,
}

impl Selecting {
    /// Begins where the mouse is, in the pane's own cells. A single click chooses nothing yet.
    pub fn begin(pane: PaneId, inside: Pointer, clicks: u8, workspace: &mut Workspace) -> Option<Self> {
        let session = workspace.session_mut(pane)?;
        let spot = spot_at(inside, &session.emulator);
        let (kind, first) = match clicks {
            1 => (SelectionKind::Characters, (spot, spot)),
            2 => (SelectionKind::Characters, session.emulator.word_at(spot)),
            _ => (SelectionKind::Lines, whole_line(spot, &session.emulator)),
        };
        let was_copying = session.copy.is_some();
        if let (1, Some(copy)) = (clicks, &mut session.copy) {
            copy.point(spot);
        }
        if clicks > 1 {
            let emulator = &session.emulator;
            let copy = session.copy.get_or_insert_with(|| CopyMode::new(emulator));
            copy.select(kind, first);
        }
        Some(Self {
            pane,
            kind,
            first,
            was_copying,
        })
    }

    /// Follows the mouse; above or below the pane the view moves on.
    pub fn drag(&self, (pointer, inside): (Pointer, Pointer), area: PaneArea, workspace: &mut Workspace) {
        let Some(session) = workspace.session_mut(self.pane) else {
            return;
        };
        if pointer.y < area.content.y {
            session.emulator.scroll_by(1);
        } else if pointer.y >= area.content.bottom() {
            session.emulator.scroll_by(-1);
        }
        let head = spot_at(inside, &session.emulator);
        let (start, end) = self.first;
        let ends = if head < start {
            (end, head)
        } else {
            (start, head.max(end))
        };
        let emulator = &session.emulator;
        let copy = session.copy.get_or_insert_with(|| CopyMode::new(emulator));
        copy.select(self.kind, ends);
    }

    /// The button is released: what is chosen is copied, unless copy mode was on before.
    pub fn finish(self, workspace: &mut Workspace) -> Done {
        let Some(session) = workspace.session_mut(self.pane).filter(|_| !self.was_copying) else {
            return Done::Yes;
        };
        let selection = session.copy.take().and_then(|copy| copy.selection());
        let text = selection.map(|selection| session.emulator.selected_text(&selection));
        text.filter(|text| !text.is_empty()).map_or(Done::Yes, Done::Copied)
    }
}

fn spot_at(inside: Pointer, emulator: &Emulator) -> Spot {
    Spot {
        line: emulator.line_in_row(inside.y),
        col: inside.x,
    }
}

fn whole_line(spot: Spot, emulator: &Emulator) -> (Spot, Spot) {
    let (first, last) = emulator.line_at(spot.line);
    let end = emulator.size().cols() - 1;
    (Spot { line: first, col: 0 }, Spot { line: last, col: end })
}

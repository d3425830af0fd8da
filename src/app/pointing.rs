//! What the mouse does: focus, drag borders, scroll, or reach the program. Hit-testing is the screen map's.

use crate::domain::PaneId;
use crate::keys::{Chord, Key, Pointer, PointerButton, PointerKind};
use crate::panes::{Direction, PaneArea};

use super::Effects;
use super::screen_map::{ScreenMap, Spot};
use super::workspace::Workspace;

/// Lines that one notch of the wheel scrolls, and arrows that it sends to full-screen programs.
const WHEEL_LINES: i32 = 3;

/// What a pressed button holds until it is released.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grip {
    /// Nothing.
    #[default]
    Nothing,
    /// The program in this pane gets all that follows.
    Program(PaneId),
    /// The border at the right of, or below, this pane; where the mouse was last.
    Border(PaneId, Direction, u16),
}

impl Grip {
    /// Takes in one mouse event.
    pub fn take(&mut self, pointer: Pointer, map: &ScreenMap, workspace: &mut Workspace, effects: &mut Effects) {
        match pointer.kind {
            PointerKind::Press(button) => self.press(button, pointer, map, (workspace, effects)),
            PointerKind::Drag(_) | PointerKind::Move => self.follow(pointer, map, workspace, effects),
            PointerKind::Release(_) => {
                self.follow(pointer, map, workspace, effects);
                *self = Self::Nothing;
            }
            PointerKind::WheelUp | PointerKind::WheelDown | PointerKind::WheelLeft | PointerKind::WheelRight => {
                if let Spot::Pane(area) = map.at(pointer.x, pointer.y) {
                    wheel(pointer, area, workspace, effects);
                }
            }
        }
    }

    fn press(
        &mut self,
        button: PointerButton,
        pointer: Pointer,
        map: &ScreenMap,
        (workspace, effects): (&mut Workspace, &mut Effects),
    ) {
        *self = Self::Nothing;
        match map.at(pointer.x, pointer.y) {
            Spot::Tab(tab) => workspace.tabs_mut().show(tab),
            Spot::Pane(area) => {
                focus(workspace, area.pane);
                if let Some(session) = workspace.session_mut(area.pane)
                    && session.point(in_pane(pointer, area), effects)
                {
                    *self = Self::Program(area.pane);
                }
            }
            Spot::Frame(pane) => {
                let titled = map.layout.panes.iter().find(|area| {
                    area.frame.y == pointer.y && pointer.x >= area.frame.x && pointer.x < area.frame.right()
                });
                focus(workspace, titled.map_or(pane, |area| area.pane));
                if button == PointerButton::Left {
                    *self = border_grip(pane, pointer, map);
                }
            }
            Spot::Elsewhere => {}
        }
    }

    /// Moves what is held; without a grip, a moving mouse is for the program below it.
    fn follow(&mut self, pointer: Pointer, map: &ScreenMap, workspace: &mut Workspace, effects: &mut Effects) {
        match *self {
            Self::Program(pane) => {
                if let (Some(area), Some(session)) = (map.layout.of(pane), workspace.session_mut(pane)) {
                    session.point(in_pane(pointer, area), effects);
                }
            }
            Self::Border(pane, side, last) => {
                let at = match side {
                    Direction::Left | Direction::Right => pointer.x,
                    Direction::Up | Direction::Down => pointer.y,
                };
                let towards = match (side, at > last) {
                    (Direction::Left | Direction::Right, true) => Direction::Right,
                    (Direction::Left | Direction::Right, false) => Direction::Left,
                    (_, true) => Direction::Down,
                    (_, false) => Direction::Up,
                };
                if at != last
                    && let Some(tab) = workspace.tabs_mut().with_pane(pane)
                {
                    tab.panes.drag_border(pane, towards, at.abs_diff(last), map.body);
                    *self = Self::Border(pane, side, at);
                }
            }
            Self::Nothing => {
                if let (PointerKind::Move, Spot::Pane(area)) = (pointer.kind, map.at(pointer.x, pointer.y))
                    && let Some(session) = workspace.session_mut(area.pane)
                {
                    session.point(in_pane(pointer, area), effects);
                }
            }
        }
    }
}

/// A border between two panes can be dragged, one at the edge of the tab cannot.
fn border_grip(pane: PaneId, pointer: Pointer, map: &ScreenMap) -> Grip {
    let Some(area) = map.layout.of(pane) else {
        return Grip::Nothing;
    };
    let (right, bottom) = (area.frame.right() - 1, area.frame.bottom() - 1);
    if pointer.x == right && right + 1 < map.body.right() {
        Grip::Border(pane, Direction::Right, pointer.x)
    } else if pointer.y == bottom && bottom + 1 < map.body.bottom() {
        Grip::Border(pane, Direction::Down, pointer.y)
    } else {
        Grip::Nothing
    }
}

fn focus(workspace: &mut Workspace, pane: PaneId) {
    if let Some(tab) = workspace.tabs_mut().current_mut() {
        tab.focus(pane);
    }
}

/// The wheel belongs to a program that asked for the mouse; a full-screen program gets arrows; else the view moves.
fn wheel(pointer: Pointer, area: PaneArea, workspace: &mut Workspace, effects: &mut Effects) {
    let Some(session) = workspace.session_mut(area.pane) else {
        return;
    };
    let is_up = pointer.kind == PointerKind::WheelUp;
    let is_looking_back = session.emulator.scroll_offset() > 0;
    if !is_looking_back && session.point(in_pane(pointer, area), effects) {
        return;
    }
    if !is_up && pointer.kind != PointerKind::WheelDown {
        return;
    }
    if session.emulator.wheel_sends_arrows() && !session.link.is_over() && !session.is_copying {
        let arrow = Chord::plain(if is_up { Key::Up } else { Key::Down });
        for _ in 0..WHEEL_LINES {
            session.type_key(&arrow, effects);
        }
    } else {
        session
            .emulator
            .scroll_by(if is_up { WHEEL_LINES } else { -WHEEL_LINES });
    }
}

/// The same event in the pane's own cells; outside it, at its nearest edge.
fn in_pane(pointer: Pointer, area: PaneArea) -> Pointer {
    let content = area.content;
    let clamp = |at: u16, start: u16, length: u16| at.saturating_sub(start).min(length.saturating_sub(1));
    Pointer {
        x: clamp(pointer.x, content.x, content.width),
        y: clamp(pointer.y, content.y, content.height),
        ..pointer
    }
}

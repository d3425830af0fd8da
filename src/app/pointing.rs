//! What the mouse does: focus, drag borders, select, scroll, or reach the program. Hit-testing is the screen map's.

use std::time::Duration;

use crate::domain::{Moment, PaneId};
use crate::keys::{Chord, Key, Pointer, PointerButton, PointerKind};
use crate::panes::{Direction, PaneArea};

use super::Effects;
use super::arranging::Done;
use super::mouse_selection::Selecting;
use super::panels::Sidebar;
use super::screen_map::{Place, ScreenMap};
use super::space::Side;
use super::workspace::Workspace;

/// Lines that one notch of the wheel scrolls, and arrows that it sends to full-screen programs.
const WHEEL_LINES: i32 = 3;

/// Presses on one cell that follow each other so soon count as a double or triple click.
const CLICK_TIME: Duration = Duration::from_millis(400);

/// What the mouse holds, and what it did last.
#[derive(Debug, Default)]
pub struct Mouse {
    grip: Grip,
    /// Where and when a button was pressed last, and how often in a row.
    clicks: Option<((u16, u16), Moment, u8)>,
}

/// What a pressed button holds until it is released.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Grip {
    /// Nothing.
    #[default]
    Nothing,
    /// The program in this pane gets all that follows.
    Program(PaneId),
    /// The border at the right of, or below, this pane; where the mouse was last.
    Border(PaneId, Direction, u16),
    /// Text is being chosen.
    Selection(Selecting),
    /// The edge of the sidebar.
    SidebarEdge,
}

impl Mouse {
    /// Takes in one mouse event.
    pub fn take(
        &mut self,
        pointer: Pointer,
        (map, now): (&ScreenMap, Moment),
        workspace: &mut Workspace,
        effects: &mut Effects,
    ) -> Done {
        match pointer.kind {
            PointerKind::Press(button) => {
                let clicks = self.count_click(pointer, now);
                self.grip = press((button, clicks), pointer, map, (workspace, effects));
            }
            PointerKind::Drag(_) | PointerKind::Move => self.follow(pointer, map, workspace, effects),
            PointerKind::Release(_) => {
                return match std::mem::take(&mut self.grip) {
                    Grip::Selection(selecting) => selecting.finish(workspace),
                    grip => {
                        Self { grip, clicks: None }.follow(pointer, map, workspace, effects);
                        Done::Yes
                    }
                };
            }
            PointerKind::WheelUp | PointerKind::WheelDown | PointerKind::WheelLeft | PointerKind::WheelRight => {
                if let Place::Pane(area) = map.at(pointer.x, pointer.y) {
                    wheel(pointer, area, workspace, effects);
                }
            }
        }
        Done::Yes
    }

    /// Whether a button holds something until it is released.
    pub fn holds_something(&self) -> bool {
        self.grip != Grip::Nothing
    }

    /// Makes the sidebar wider or narrower while its edge is held. False if the event is another one.
    pub fn drag_sidebar(&mut self, pointer: Pointer, map: &ScreenMap, sidebar: &mut Sidebar) -> bool {
        let area = map.sidebar.panels.iter().map(|(_, frame)| *frame).reduce(|one, _| one);
        let edge = area
            .filter(|area| area.width < map.screen.width)
            .map(|area| match sidebar.side {
                Side::Left => area.right() - 1,
                Side::Right => area.x,
            });
        match (pointer.kind, self.grip) {
            (PointerKind::Press(PointerButton::Left), _)
                if edge == Some(pointer.x) && map.at(pointer.x, pointer.y) == Place::Sidebar =>
            {
                self.grip = Grip::SidebarEdge;
            }
            (PointerKind::Drag(_), Grip::SidebarEdge) => {
                let cols = match sidebar.side {
                    Side::Left => pointer.x + 1,
                    Side::Right => map.screen.right().saturating_sub(pointer.x),
                };
                sidebar.cols = cols;
                sidebar.widen(0);
            }
            (PointerKind::Release(_), Grip::SidebarEdge) => self.grip = Grip::Nothing,
            _ => return false,
        }
        true
    }

    /// How often the same cell was pressed in a row: one, two, three, one, …
    pub fn count_click(&mut self, pointer: Pointer, now: Moment) -> u8 {
        let cell = (pointer.x, pointer.y);
        let count = match self.clicks {
            Some((before, at, count)) if before == cell && now.since(at) <= CLICK_TIME => count % 3 + 1,
            _ => 1,
        };
        self.clicks = Some((cell, now, count));
        count
    }

    /// Moves what is held; without a grip, a moving mouse is for the program below it.
    fn follow(&mut self, pointer: Pointer, map: &ScreenMap, workspace: &mut Workspace, effects: &mut Effects) {
        match &mut self.grip {
            Grip::Program(pane) => {
                if let (Some(area), Some(session)) = (map.layout.of(*pane), workspace.session_mut(*pane)) {
                    session.point(in_pane(pointer, area), effects);
                }
            }
            Grip::Border(pane, side, last) => {
                let is_across = matches!(side, Direction::Left | Direction::Right);
                let at = if is_across { pointer.x } else { pointer.y };
                let towards = match (is_across, at > *last) {
                    (true, true) => Direction::Right,
                    (true, false) => Direction::Left,
                    (false, true) => Direction::Down,
                    (false, false) => Direction::Up,
                };
                if at != *last
                    && let Some(tab) = workspace.tabs_mut().with_pane(*pane)
                {
                    tab.panes.drag_border(*pane, towards, at.abs_diff(*last), map.body);
                    *last = at;
                }
            }
            Grip::Selection(selecting) => {
                if let Some(area) = map.layout.of(selecting.pane) {
                    selecting.drag((pointer, in_pane(pointer, area)), area, workspace);
                }
            }
            Grip::SidebarEdge => {}
            Grip::Nothing => {
                if let (PointerKind::Move, Place::Pane(area)) = (pointer.kind, map.at(pointer.x, pointer.y))
                    && let Some(session) = workspace.session_mut(area.pane)
                {
                    session.point(in_pane(pointer, area), effects);
                }
            }
        }
    }
}

/// What a press does, and what is held from then on.
fn press(
    (button, clicks): (PointerButton, u8),
    pointer: Pointer,
    map: &ScreenMap,
    (workspace, effects): (&mut Workspace, &mut Effects),
) -> Grip {
    match map.at(pointer.x, pointer.y) {
        Place::Tab(tab) => workspace.tabs_mut().show(tab),
        Place::Pane(area) => {
            focus(workspace, area.pane);
            let inside = in_pane(pointer, area);
            let session = workspace.session_mut(area.pane);
            if session.is_some_and(|session| session.copy.is_none() && session.point(inside, effects)) {
                return Grip::Program(area.pane);
            }
            if button == PointerButton::Left {
                return Selecting::begin(area.pane, inside, clicks, workspace).map_or(Grip::Nothing, Grip::Selection);
            }
        }
        Place::Frame(pane) => {
            let is_title =
                |area: &&PaneArea| area.frame.y == pointer.y && (area.frame.x..area.frame.right()).contains(&pointer.x);
            let titled = map.layout.panes.iter().find(is_title);
            focus(workspace, titled.map_or(pane, |area| area.pane));
            if button == PointerButton::Left {
                return border_grip(pane, pointer, map);
            }
        }
        Place::Sidebar | Place::Elsewhere => {}
    }
    Grip::Nothing
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
    if !is_looking_back && session.copy.is_none() && session.point(in_pane(pointer, area), effects) {
        return;
    }
    if !is_up && pointer.kind != PointerKind::WheelDown {
        return;
    }
    if session.emulator.wheel_sends_arrows() && !session.link.is_over() && session.copy.is_none() {
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

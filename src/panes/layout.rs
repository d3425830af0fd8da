//! From a split tree and an area to rectangles, and who is next to whom. Pure arithmetic.
//!
//! Frames share their borders: the tiles cover the area without its last column and row, each pane's frame is its
//! tile and one cell more to the right and below, and what is inside the frame is the pane's content.

use crate::domain::{CellRect, PaneId};

use super::tree::{Axis, Child, Direction, Node, PaneTree};

/// The smallest tile: a border and one cell of content in each direction.
const SMALLEST: u16 = 2;

/// Where one pane is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaneArea {
    /// Which pane.
    pub pane: PaneId,
    /// The rectangle of its frame; neighbours share the cells between them. Equal to `content` without frames.
    pub frame: CellRect,
    /// The cells of its terminal. Never empty, unless the area is.
    pub content: CellRect,
}

/// Where the visible panes of a tab are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The panes that can be seen, from the top left to the bottom right.
    pub panes: Vec<PaneArea>,
}

impl Layout {
    /// The visible panes in `area`, in frames. A zoomed pane, or the focused one where there is no room for all,
    /// takes the whole area.
    pub fn framed(tree: &PaneTree, focused: PaneId, area: CellRect) -> Self {
        if let Some(zoomed) = tree.zoomed() {
            return Self::alone(zoomed, area);
        }
        let tiles = tree.tiles(tile_area(area));
        let fits = tiles
            .iter()
            .all(|(_, tile)| tile.width >= SMALLEST && tile.height >= SMALLEST);
        if !fits {
            return Self::alone(focused, area);
        }
        let panes = tiles.into_iter().map(|(pane, tile)| {
            let frame = CellRect::new(tile.x, tile.y, tile.width + 1, tile.height + 1);
            PaneArea {
                pane,
                frame,
                content: frame.inside_frame(),
            }
        });
        Self { panes: panes.collect() }
    }

    /// One pane without a frame.
    pub fn bare(pane: PaneId, area: CellRect) -> Self {
        Self {
            panes: vec![PaneArea {
                pane,
                frame: area,
                content: area,
            }],
        }
    }

    fn alone(pane: PaneId, area: CellRect) -> Self {
        if area.width < 3 || area.height < 3 {
            return Self::bare(pane, area);
        }
        Self {
            panes: vec![PaneArea {
                pane,
                frame: area,
                content: area.inside_frame(),
            }],
        }
    }

    /// Where this pane is, if it can be seen.
    pub fn of(&self, pane: PaneId) -> Option<PaneArea> {
        self.panes.iter().copied().find(|area| area.pane == pane)
    }

    /// The pane on that side: the one across the middle of the border, else the one that shares most of it. Over the
    /// edge of the tab it goes on at the opposite edge.
    pub fn neighbour(&self, pane: PaneId, side: Direction) -> Option<PaneId> {
        let from = self.of(pane)?.frame;
        let others = || self.panes.iter().filter(move |area| area.pane != pane);
        let adjacent: Vec<_> = others().filter(|area| touches(from, area.frame, side)).collect();
        let candidates = if adjacent.is_empty() {
            let farthest = others().map(|area| far_edge(area.frame, side)).max()?;
            others()
                .filter(|area| far_edge(area.frame, side) == farthest && far_edge(from, side) != farthest)
                .filter(|area| overlap(from, area.frame, side) > 0)
                .collect()
        } else {
            adjacent
        };
        let best = candidates.into_iter().max_by_key(|area| {
            let at_middle = spans_middle(from, area.frame, side);
            (at_middle, overlap(from, area.frame, side))
        });
        best.map(|area| area.pane)
    }
}

impl PaneTree {
    /// The rectangles that cover `area` exactly, one for each pane. Where there is no room some are empty.
    pub fn tiles(&self, area: CellRect) -> Vec<(PaneId, CellRect)> {
        let mut found = Vec::new();
        place(&self.root, area, &mut found);
        found
    }

    /// Whether every pane would keep at least one cell in frames in `area`.
    pub fn fits(&self, area: CellRect) -> bool {
        let tiles = self.tiles(tile_area(area));
        tiles
            .iter()
            .all(|(_, tile)| tile.width >= SMALLEST && tile.height >= SMALLEST)
    }
}

/// The area that tiles cover: the last column and row hold the outer frame's right and bottom side.
pub(super) fn tile_area(area: CellRect) -> CellRect {
    CellRect::new(
        area.x,
        area.y,
        area.width.saturating_sub(1),
        area.height.saturating_sub(1),
    )
}

fn place(node: &Node, area: CellRect, found: &mut Vec<(PaneId, CellRect)>) {
    match node {
        Node::Pane(pane) => found.push((*pane, area)),
        Node::Split(axis, children) => {
            for (child, rect) in children.iter().zip(shares(*axis, children, area)) {
                place(&child.node, rect, found);
            }
        }
    }
}

/// Shares an area out by weight. Cut points are rounded down from the running sum, so nothing is lost or used twice.
pub(super) fn shares(axis: Axis, children: &[Child], area: CellRect) -> Vec<CellRect> {
    let length = match axis {
        Axis::Across => area.width,
        Axis::Down => area.height,
    };
    let total: u64 = children.iter().map(|child| u64::from(child.weight)).sum();
    let mut sum = 0;
    let mut start = 0;
    let mut rects = Vec::with_capacity(children.len());
    for child in children {
        sum += u64::from(child.weight);
        let end = (u64::from(length) * sum / total.max(1)) as u16;
        rects.push(match axis {
            Axis::Across => CellRect::new(area.x + start, area.y, end - start, area.height),
            Axis::Down => CellRect::new(area.x, area.y + start, area.width, end - start),
        });
        start = end;
    }
    rects
}

/// Whether `other` lies directly on that side of `from`; frames share the border cells.
fn touches(from: CellRect, other: CellRect, side: Direction) -> bool {
    let meets = match side {
        Direction::Left => other.right() == from.x + 1,
        Direction::Right => other.x + 1 == from.right(),
        Direction::Up => other.bottom() == from.y + 1,
        Direction::Down => other.y + 1 == from.bottom(),
    };
    meets && overlap(from, other, side) > 0
}

/// The extent along the border: start and end.
fn span(rect: CellRect, side: Direction) -> (u16, u16) {
    match side.axis() {
        Axis::Across => (rect.y, rect.bottom().saturating_sub(1)),
        Axis::Down => (rect.x, rect.right().saturating_sub(1)),
    }
}

fn overlap(one: CellRect, other: CellRect, side: Direction) -> u16 {
    let ((start, end), (other_start, other_end)) = (span(one, side), span(other, side));
    end.min(other_end).saturating_sub(start.max(other_start))
}

fn spans_middle(from: CellRect, other: CellRect, side: Direction) -> bool {
    let (start, end) = span(from, side);
    let middle = start + end.saturating_sub(start + 1) / 2;
    let (other_start, other_end) = span(other, side);
    (other_start..other_end).contains(&middle)
}

/// How far towards the edge opposite to `side` a rectangle reaches: where going over that side continues.
fn far_edge(rect: CellRect, side: Direction) -> i32 {
    match side {
        Direction::Left => i32::from(rect.right()),
        Direction::Right => -i32::from(rect.x),
        Direction::Up => i32::from(rect.bottom()),
        Direction::Down => -i32::from(rect.y),
    }
}

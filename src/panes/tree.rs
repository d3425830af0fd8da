//! The split tree of a tab: which panes there are, in which order, and what share of the room each has.

use crate::domain::{CellRect, PaneId};

use super::layout::{shares, tile_area};

/// Which way a split puts its children.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Axis {
    /// From left to right.
    Across,
    /// From top to bottom.
    Down,
}

/// A side of a pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Towards column 0.
    Left,
    /// Towards the last column.
    Right,
    /// Towards row 0.
    Up,
    /// Towards the last row.
    Down,
}

impl Direction {
    /// The axis it lies on.
    pub fn axis(self) -> Axis {
        match self {
            Self::Left | Self::Right => Axis::Across,
            Self::Up | Self::Down => Axis::Down,
        }
    }

    /// Whether it leads to higher numbers.
    pub fn is_forward(self) -> bool {
        matches!(self, Self::Right | Self::Down)
    }
}

/// The panes of one tab. Never empty: closing the last pane closes the tab, which is for the owner to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaneTree {
    pub(super) root: Node,
    zoomed: Option<PaneId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Pane(PaneId),
    /// At least two children; none of them splits along the same axis.
    Split(Axis, Vec<Child>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Child {
    pub(super) node: Node,
    /// Its share of the room, in relation to its siblings. At least one.
    pub(super) weight: u32,
}

impl PaneTree {
    /// One pane that fills the tab.
    pub fn new(pane: PaneId) -> Self {
        Self {
            root: Node::Pane(pane),
            zoomed: None,
        }
    }

    pub(super) fn from_root(root: Node) -> Self {
        Self { root, zoomed: None }
    }

    /// All panes, from the top left to the bottom right. Never empty.
    pub fn panes(&self) -> Vec<PaneId> {
        let mut found = Vec::new();
        self.root.collect(&mut found);
        found
    }

    /// How many panes there are.
    pub fn len(&self) -> usize {
        self.panes().len()
    }

    /// Whether there is no pane; never.
    pub fn is_empty(&self) -> bool {
        self.panes().is_empty()
    }

    /// Whether this pane is in the tree.
    pub fn contains(&self, pane: PaneId) -> bool {
        self.panes().contains(&pane)
    }

    /// The pane that covers all others for now.
    pub fn zoomed(&self) -> Option<PaneId> {
        self.zoomed
    }

    /// Lets a pane cover all others, or no longer. A pane that is alone, or not in the tree, is not zoomed.
    pub fn toggle_zoom(&mut self, pane: PaneId) {
        let can = self.contains(pane) && self.len() > 1;
        self.zoomed = (self.zoomed.is_none() && can).then_some(pane);
    }

    /// Shows all panes again.
    pub fn unzoom(&mut self) {
        self.zoomed = None;
    }

    /// Puts `new` behind `pane`, each with half of the room. False if `pane` is not there, or `new` is already.
    pub fn split(&mut self, pane: PaneId, axis: Axis, new: PaneId) -> bool {
        if !self.contains(pane) || self.contains(new) {
            return false;
        }
        self.zoomed = None;
        self.root.split(pane, axis, new);
        true
    }

    /// Takes a pane out; its room goes to its siblings. False if it is not there or is the last one.
    pub fn close(&mut self, pane: PaneId) -> bool {
        if !self.contains(pane) || self.len() == 1 {
            return false;
        }
        self.zoomed = None;
        self.root.remove(pane);
        true
    }

    /// Exchanges two panes. False if one of them is not there.
    pub fn swap(&mut self, one: PaneId, other: PaneId) -> bool {
        if !self.contains(one) || !self.contains(other) {
            return false;
        }
        self.zoomed = None;
        self.root.rename(&mut |pane| match pane {
            _ if pane == one => other,
            _ if pane == other => one,
            _ => pane,
        });
        true
    }

    /// Moves every pane one place on, the last to the first; the rectangles stay.
    pub fn rotate(&mut self) {
        let mut panes = self.panes();
        panes.rotate_right(1);
        let mut places = panes.into_iter();
        self.zoomed = None;
        self.root.rename(&mut |pane| places.next().unwrap_or(pane));
    }

    /// Moves the border on this side of the pane by so many cells in the direction, in a tab that fills `area`.
    /// Where the pane has no border on that side, the opposite one moves, as in tmux. False if nothing can move.
    pub fn resize(&mut self, pane: PaneId, direction: Direction, cells: u16, area: CellRect) -> bool {
        let has_border = self.root.has_border(pane, direction);
        self.try_moving(pane, direction, (cells, has_border), area)
    }

    /// Moves the border at the right of the pane, or the one below it, in the direction. False if nothing can move.
    pub fn drag_border(&mut self, pane: PaneId, direction: Direction, cells: u16, area: CellRect) -> bool {
        self.try_moving(pane, direction, (cells, direction.is_forward()), area)
    }

    fn try_moving(&mut self, pane: PaneId, direction: Direction, step: (u16, bool), area: CellRect) -> bool {
        self.zoomed = None;
        let before = self.root.clone();
        let did_fit = self.fits(area);
        let has_moved = self.root.move_border(pane, direction, step, tile_area(area));
        if did_fit && !self.fits(area) {
            self.root = before;
            return false;
        }
        has_moved
    }

    /// Gives all children of every split the same room.
    pub fn balance(&mut self) {
        self.root.balance();
    }
}

impl Node {
    fn collect(&self, found: &mut Vec<PaneId>) {
        match self {
            Self::Pane(pane) => found.push(*pane),
            Self::Split(_, children) => children.iter().for_each(|child| child.node.collect(found)),
        }
    }

    fn contains(&self, pane: PaneId) -> bool {
        match self {
            Self::Pane(here) => *here == pane,
            Self::Split(_, children) => children.iter().any(|child| child.node.contains(pane)),
        }
    }

    pub(super) fn rename(&mut self, name: &mut impl FnMut(PaneId) -> PaneId) {
        match self {
            Self::Pane(pane) => *pane = name(*pane),
            Self::Split(_, children) => children.iter_mut().for_each(|child| child.node.rename(name)),
        }
    }

    fn balance(&mut self) {
        if let Self::Split(_, children) = self {
            for child in children {
                child.weight = 1;
                child.node.balance();
            }
        }
    }

    fn split(&mut self, pane: PaneId, axis: Axis, new: PaneId) {
        let child = |pane, weight| Child {
            node: Self::Pane(pane),
            weight,
        };
        match self {
            Self::Pane(here) if *here == pane => {
                *self = Self::Split(axis, vec![child(pane, 1), child(new, 1)]);
            }
            Self::Pane(_) => {}
            Self::Split(own, children) => {
                let at = children.iter().position(|child| child.node.contains(pane));
                let Some(at) = at else { return };
                if *own == axis && children[at].node == Self::Pane(pane) {
                    // Halves stay whole numbers; cells bound what weights can mean, so they are kept small.
                    if children[at].weight < 2 {
                        for child in children.iter_mut() {
                            child.weight = child.weight.saturating_mul(2).min(1 << 20);
                        }
                    }
                    let half = (children[at].weight / 2).max(1);
                    children[at].weight = (children[at].weight - half).max(1);
                    children.insert(at + 1, child(new, half));
                } else {
                    children[at].node.split(pane, axis, new);
                }
            }
        }
    }

    /// Removes a pane below this node and lifts a child that is left alone.
    fn remove(&mut self, pane: PaneId) {
        let Self::Split(axis, children) = self else {
            return;
        };
        let Some(at) = children.iter().position(|child| child.node.contains(pane)) else {
            return;
        };
        if children[at].node == Self::Pane(pane) {
            let freed = children.remove(at).weight;
            // The room goes to the one before, as a split had taken it from there.
            if let Some(heir) = children.get_mut(at.saturating_sub(1)) {
                heir.weight = heir.weight.saturating_add(freed);
            }
        } else {
            children[at].node.remove(pane);
            lift_same_axis(*axis, children, at);
        }
        if children.len() == 1
            && let Some(only) = children.pop()
        {
            *self = only.node;
        }
    }

    /// Whether some split lets the pane have a sibling on that side.
    fn has_border(&self, pane: PaneId, side: Direction) -> bool {
        let Self::Split(axis, children) = self else {
            return false;
        };
        let Some(at) = children.iter().position(|child| child.node.contains(pane)) else {
            return false;
        };
        let has_sibling = if side.is_forward() {
            at + 1 < children.len()
        } else {
            at > 0
        };
        (*axis == side.axis() && has_sibling) || children[at].node.has_border(pane, side)
    }

    /// Moves the innermost fitting border. `step` is how far, and whether the border is the one on the side of
    /// the direction or, for a pane at the edge, the opposite one.
    fn move_border(&mut self, pane: PaneId, direction: Direction, step: (u16, bool), area: CellRect) -> bool {
        let Self::Split(axis, children) = self else {
            return false;
        };
        let Some(at) = children.iter().position(|child| child.node.contains(pane)) else {
            return false;
        };
        let rects = shares(*axis, children, area);
        if children[at].node.move_border(pane, direction, step, rects[at]) {
            return true;
        }
        let (cells, has_border) = step;
        let border_is_after = direction.is_forward() == has_border;
        let first = if border_is_after { Some(at) } else { at.checked_sub(1) };
        let Some(first) = first.filter(|first| *axis == direction.axis() && first + 1 < children.len()) else {
            return false;
        };
        for (child, rect) in children.iter_mut().zip(&rects) {
            let length = match *axis {
                Axis::Across => rect.width,
                Axis::Down => rect.height,
            };
            child.weight = u32::from(length).max(1);
        }
        let (shrinking, growing) = if direction.is_forward() {
            (first + 1, first)
        } else {
            (first, first + 1)
        };
        let moved = u32::from(cells).min(children[shrinking].weight.saturating_sub(2));
        children[shrinking].weight -= moved;
        children[growing].weight += moved;
        moved > 0
    }
}

/// A split whose child splits the same way takes the grandchildren in, in proportion.
fn lift_same_axis(axis: Axis, children: &mut Vec<Child>, at: usize) {
    let Node::Split(inner, _) = &children[at].node else {
        return;
    };
    if *inner != axis {
        return;
    }
    let Child { node, weight } = children.remove(at);
    if let Node::Split(_, grandchildren) = node {
        let total: u32 = grandchildren.iter().map(|child| child.weight).sum();
        let scale = |own: u32, by: u32| (u64::from(own) * u64::from(by)).min(1 << 20) as u32;
        for child in children.iter_mut() {
            child.weight = scale(child.weight, total).max(1);
        }
        let lifted = grandchildren.into_iter().map(|child| Child {
            weight: scale(child.weight, weight).max(1),
            node: child.node,
        });
        children.splice(at..at, lifted);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::panes::{Arrangement, Layout};

    const AREA: CellRect = CellRect {
        x: 0,
        y: 1,
        width: 81,
        height: 25,
    };

    fn id(number: u32) -> PaneId {
        PaneId(number)
    }

    /// `1 | (2 / 3)`.
    fn three() -> PaneTree {
        let mut tree = PaneTree::new(id(1));
        assert!(tree.split(id(1), Axis::Across, id(2)));
        assert!(tree.split(id(2), Axis::Down, id(3)));
        tree
    }

    fn widths(tree: &PaneTree) -> Vec<(u32, u16)> {
        let tiles = tree.tiles(CellRect::new(0, 0, 80, 24));
        tiles.into_iter().map(|(pane, tile)| (pane.0, tile.width)).collect()
    }

    #[test]
    fn a_split_halves_the_pane_and_leaves_the_others_alone() {
        let mut tree = PaneTree::new(id(1));
        tree.split(id(1), Axis::Across, id(2));
        tree.split(id(2), Axis::Across, id(3));
        assert_eq!(widths(&tree), [(1, 40), (2, 20), (3, 20)]);
        tree.close(id(2));
        assert_eq!(widths(&tree), [(1, 60), (3, 20)]);
        assert!(!tree.split(id(9), Axis::Down, id(4)), "unknown pane");
        assert!(!tree.split(id(1), Axis::Down, id(3)), "known new pane");
    }

    #[test]
    fn closing_lifts_what_is_left_alone() {
        let mut tree = three();
        tree.close(id(1));
        assert_eq!(tree.panes(), [id(2), id(3)]);
        tree.close(id(2));
        assert_eq!(tree, PaneTree::new(id(3)));
        assert!(!tree.close(id(3)), "the last one stays");
    }

    #[test]
    fn resize_moves_the_border_on_that_side_or_the_opposite_one() {
        let cases = [
            (id(1), Direction::Right, [(1, 45), (2, 35), (3, 35)]),
            (id(1), Direction::Left, [(1, 35), (2, 45), (3, 45)]),
            (id(3), Direction::Left, [(1, 35), (2, 45), (3, 45)]),
            (id(3), Direction::Right, [(1, 45), (2, 35), (3, 35)]),
        ];
        for (pane, direction, expected) in cases {
            let mut tree = three();
            assert!(tree.resize(pane, direction, 5, AREA));
            assert_eq!(widths(&tree), expected, "{pane} {direction:?}");
        }
        let mut tree = three();
        assert!(tree.drag_border(id(1), Direction::Left, 3, AREA));
        assert_eq!(widths(&tree), [(1, 37), (2, 43), (3, 43)]);
        assert!(
            !tree.drag_border(id(3), Direction::Left, 3, AREA),
            "the outer border stays"
        );
        assert!(!PaneTree::new(id(1)).resize(id(1), Direction::Up, 1, AREA));
    }

    #[test]
    fn rotate_and_swap_move_panes_between_places() {
        let mut tree = three();
        tree.rotate();
        assert_eq!(tree.panes(), [id(3), id(1), id(2)]);
        tree.swap(id(3), id(2));
        assert_eq!(tree.panes(), [id(2), id(1), id(3)]);
    }

    #[test]
    fn arrangements_keep_every_pane() {
        for count in 1..=9 {
            let mut tree = PaneTree::new(id(1));
            (2..=count).for_each(|number| assert!(tree.split(id(number - 1), Axis::Down, id(number))));
            for arrangement in Arrangement::ALL {
                tree.arrange(arrangement);
                assert_eq!(tree.panes(), (1..=count).map(id).collect::<Vec<_>>(), "{arrangement:?}");
                check(&tree, AREA);
            }
        }
    }

    #[test]
    fn neighbours_are_found_across_borders_and_over_the_edge() {
        let tree = three();
        let layout = Layout::framed(&tree, id(1), AREA);
        let cases = [
            (1, Direction::Right, Some(2)),
            (2, Direction::Left, Some(1)),
            (3, Direction::Left, Some(1)),
            (2, Direction::Down, Some(3)),
            (3, Direction::Down, Some(2)),
            (3, Direction::Right, Some(1)),
            (1, Direction::Up, None),
        ];
        for (from, side, expected) in cases {
            assert_eq!(layout.neighbour(id(from), side), expected.map(id), "{from} {side:?}");
        }
    }

    #[test]
    fn without_room_for_all_only_the_focused_one_is_shown() {
        let tree = three();
        let layout = Layout::framed(&tree, id(3), CellRect::new(0, 0, 4, 9));
        assert_eq!(layout.panes.len(), 1);
        assert_eq!(layout.panes[0].pane, id(3));
        for (width, height) in [(1, 1), (2, 5), (0, 0)] {
            let layout = Layout::framed(&tree, id(1), CellRect::new(0, 0, width, height));
            assert_eq!(layout.panes[0].content, CellRect::new(0, 0, width, height));
        }
    }

    /// Every promise about a tree and its layout.
    fn check(tree: &PaneTree, area: CellRect) {
        check_node(&tree.root);
        let panes = tree.panes();
        let mut distinct = panes.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), panes.len(), "no pane twice");
        assert!(tree.zoomed().is_none_or(|zoomed| panes.contains(&zoomed)));
        let tiles = tree.tiles(area);
        let covered: u32 = tiles.iter().map(|(_, tile)| cells(*tile)).sum();
        assert_eq!(covered, cells(area), "tiles cover the area");
        for (index, (_, tile)) in tiles.iter().enumerate() {
            assert_eq!(tile.intersection(area), *tile, "inside the area");
            for (_, other) in &tiles[index + 1..] {
                assert!(tile.intersection(*other).is_empty(), "no two tiles share a cell");
            }
        }
        check_layout(tree, area);
    }

    fn check_layout(tree: &PaneTree, area: CellRect) {
        for focused in tree.panes() {
            let layout = Layout::framed(tree, focused, area);
            let alone = tree.zoomed().or((!tree.fits(area)).then_some(focused));
            match alone {
                Some(pane) => assert_eq!(layout.panes.iter().map(|area| area.pane).collect::<Vec<_>>(), [pane]),
                None => assert_eq!(layout.panes.len(), tree.len()),
            }
            for (index, one) in layout.panes.iter().enumerate() {
                assert!(!one.content.is_empty(), "a visible pane has room");
                assert_eq!(one.frame.intersection(area), one.frame, "inside the area");
                for other in &layout.panes[index + 1..] {
                    assert!(
                        one.content.intersection(other.frame).is_empty(),
                        "no border inside a pane"
                    );
                }
            }
            for side in [Direction::Left, Direction::Right, Direction::Up, Direction::Down] {
                assert_ne!(layout.neighbour(focused, side), Some(focused));
            }
        }
    }

    fn check_node(node: &Node) {
        let Node::Split(axis, children) = node else { return };
        assert!(children.len() >= 2, "a split splits");
        for child in children {
            assert!(child.weight >= 1);
            if let Node::Split(inner, _) = &child.node {
                assert_ne!(inner, axis, "a split's children split the other way");
            }
            check_node(&child.node);
        }
    }

    fn cells(rect: CellRect) -> u32 {
        u32::from(rect.width) * u32::from(rect.height)
    }

    #[derive(Clone, Debug)]
    enum Step {
        Split(usize, Axis),
        Close(usize),
        Swap(usize, usize),
        Resize(usize, Direction, u16),
        Rotate,
        Zoom(usize),
        Arrange(Arrangement),
        Balance,
    }

    fn any_axis() -> impl Strategy<Value = Axis> {
        proptest::sample::select(vec![Axis::Across, Axis::Down])
    }

    fn any_step() -> impl Strategy<Value = Step> {
        let place = 0..64_usize;
        let sides = vec![Direction::Left, Direction::Right, Direction::Up, Direction::Down];
        prop_oneof![
            5 => (place.clone(), any_axis()).prop_map(|(at, axis)| Step::Split(at, axis)),
            2 => place.clone().prop_map(Step::Close),
            1 => (place.clone(), place.clone()).prop_map(|(one, other)| Step::Swap(one, other)),
            3 => (place.clone(), proptest::sample::select(sides), 0..200_u16)
                .prop_map(|(at, side, cells)| Step::Resize(at, side, cells)),
            1 => Just(Step::Rotate),
            1 => place.prop_map(Step::Zoom),
            1 => proptest::sample::select(Arrangement::ALL.to_vec()).prop_map(Step::Arrange),
            1 => Just(Step::Balance),
        ]
    }

    fn take(tree: &mut PaneTree, step: &Step, new: PaneId, area: CellRect) {
        let panes = tree.panes();
        let pane = |at: &usize| panes[at % panes.len()];
        match step {
            Step::Split(at, axis) => assert!(tree.split(pane(at), *axis, new)),
            Step::Close(at) => assert_eq!(tree.close(pane(at)), panes.len() > 1),
            Step::Swap(one, other) => assert!(tree.swap(pane(one), pane(other))),
            Step::Resize(at, side, cells) => {
                tree.resize(pane(at), *side, *cells, area);
            }
            Step::Rotate => tree.rotate(),
            Step::Zoom(at) => tree.toggle_zoom(pane(at)),
            Step::Arrange(arrangement) => tree.arrange(*arrangement),
            Step::Balance => tree.balance(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

        #[test]
        fn any_sequence_of_steps_leaves_a_whole_tab(
            steps in proptest::collection::vec(any_step(), 1..24),
            width in 1..300_u16,
            height in 1..120_u16,
        ) {
            let area = CellRect::new(3, 2, width, height);
            let mut tree = PaneTree::new(id(0));
            for (index, step) in steps.iter().enumerate() {
                take(&mut tree, step, id(index as u32 + 1), area);
            }
            check(&tree, area);
        }
    }
}

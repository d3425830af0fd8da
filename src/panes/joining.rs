//! Putting two trees side by side, and the same tree for other panes.

use crate::domain::PaneId;

use super::tree::{Axis, Child, Node, PaneTree};

impl PaneTree {
    /// This tree and another one, each with half of the room.
    #[must_use]
    pub fn beside(self, axis: Axis, other: Self) -> Self {
        let mut children = Vec::new();
        for half in [self.root, other.root] {
            match half {
                // Children that split along the same axis would be one split; both halves keep their half.
                Node::Split(along, grandchildren) if along == axis => {
                    let whole: u32 = grandchildren.iter().map(|child| child.weight).sum::<u32>().max(1);
                    let scaled = grandchildren.into_iter().map(|child| Child {
                        weight: (child.weight.saturating_mul(HALF) / whole).max(1),
                        node: child.node,
                    });
                    children.extend(scaled);
                }
                node => children.push(Child { node, weight: HALF }),
            }
        }
        Self::from_root(Node::Split(axis, children))
    }

    /// The same tree with other panes in it; those that get none are left out. None if none is left.
    pub fn renamed(&self, name: impl Fn(PaneId) -> Option<PaneId>) -> Option<Self> {
        rename(&self.root, &name).map(Self::from_root)
    }
}

/// The weight of each half; large, so that shares within it stay what they are.
const HALF: u32 = 10_000;

fn rename(node: &Node, name: &impl Fn(PaneId) -> Option<PaneId>) -> Option<Node> {
    match node {
        Node::Pane(pane) => name(*pane).map(Node::Pane),
        Node::Split(axis, children) => {
            let kept = children.iter().filter_map(|child| {
                Some(Child {
                    node: rename(&child.node, name)?,
                    weight: child.weight,
                })
            });
            let mut kept: Vec<Child> = kept.collect();
            if kept.len() > 1 {
                return Some(flattened(*axis, kept));
            }
            kept.pop().map(|child| child.node)
        }
    }
}

/// A child that was a split of its own and lost its siblings may split along the same axis now.
fn flattened(axis: Axis, children: Vec<Child>) -> Node {
    let mut flat = Vec::new();
    for child in children {
        match child.node {
            Node::Split(along, grandchildren) if along == axis => flat.extend(grandchildren),
            node => flat.push(Child {
                node,
                weight: child.weight,
            }),
        }
    }
    Node::Split(axis, flat)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CellRect;

    #[test]
    fn a_copy_stands_beside_its_original_in_the_same_layout() {
        let mut tree = PaneTree::new(PaneId(1));
        tree.split(PaneId(1), Axis::Across, PaneId(2));
        tree.split(PaneId(2), Axis::Down, PaneId(3));
        let copy = tree.renamed(|pane| (pane != PaneId(1)).then_some(PaneId(pane.0 + 10)));
        let copy = copy.expect("two panes");
        assert_eq!(copy.panes(), [PaneId(12), PaneId(13)]);
        let both = tree.clone().beside(Axis::Across, copy);
        assert_eq!(both.panes(), [1, 2, 3, 12, 13].map(PaneId));
        let tiles = both.tiles(CellRect::new(0, 0, 80, 20));
        let width: u16 = tiles
            .iter()
            .filter(|(pane, _)| pane.0 > 10)
            .map(|(_, tile)| tile.width)
            .max()
            .unwrap_or(0);
        assert!((38..=42).contains(&width), "{tiles:?}");
        assert!(tree.renamed(|_| None).is_none());
    }
}

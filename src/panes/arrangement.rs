//! Ready-made layouts that a tab cycles through, named as tmux names them.

use crate::domain::PaneId;

use super::tree::{Axis, Child, Node, PaneTree};

/// A way to arrange any number of panes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arrangement {
    /// Side by side.
    EvenHorizontal,
    /// One below the other.
    EvenVertical,
    /// One large on top, the others side by side below.
    MainHorizontal,
    /// One large on the left, the others below each other at its right.
    MainVertical,
    /// In rows and columns, as square as it goes.
    Tiled,
}

impl Arrangement {
    /// In the order in which a tab cycles through them.
    pub const ALL: [Self; 5] = [
        Self::EvenHorizontal,
        Self::EvenVertical,
        Self::MainHorizontal,
        Self::MainVertical,
        Self::Tiled,
    ];

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::EvenHorizontal => "even-horizontal",
            Self::EvenVertical => "even-vertical",
            Self::MainHorizontal => "main-horizontal",
            Self::MainVertical => "main-vertical",
            Self::Tiled => "tiled",
        }
    }

    /// The one after it, round and round.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|known| *known == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }
}

impl PaneTree {
    /// Puts the same panes, in the same order, into a ready-made layout.
    pub fn arrange(&mut self, arrangement: Arrangement) {
        let panes = self.panes();
        let node = match arrangement {
            Arrangement::EvenHorizontal => even(Axis::Across, &panes),
            Arrangement::EvenVertical => even(Axis::Down, &panes),
            Arrangement::MainHorizontal => main_and_rest(Axis::Down, &panes),
            Arrangement::MainVertical => main_and_rest(Axis::Across, &panes),
            Arrangement::Tiled => tiled(&panes),
        };
        if let Some(root) = node {
            *self = Self::from_root(root);
        }
    }
}

fn even(axis: Axis, panes: &[PaneId]) -> Option<Node> {
    split(axis, panes.iter().map(|pane| Node::Pane(*pane)).collect(), &[])
}

fn main_and_rest(axis: Axis, panes: &[PaneId]) -> Option<Node> {
    let (main, rest) = panes.split_first()?;
    let across = match axis {
        Axis::Across => Axis::Down,
        Axis::Down => Axis::Across,
    };
    let parts = [Some(Node::Pane(*main)), even(across, rest)];
    split(axis, parts.into_iter().flatten().collect(), &[3, 2])
}

fn tiled(panes: &[PaneId]) -> Option<Node> {
    let columns = (1..=panes.len()).find(|columns| columns * columns >= panes.len())?;
    let rows = panes.chunks(columns).filter_map(|row| even(Axis::Across, row));
    split(Axis::Down, rows.collect(), &[])
}

/// A split of these nodes; one alone needs none. Weights that are not given are one.
fn split(axis: Axis, mut nodes: Vec<Node>, weights: &[u32]) -> Option<Node> {
    if nodes.len() < 2 {
        return nodes.pop();
    }
    let children = nodes.into_iter().enumerate().map(|(index, node)| Child {
        node,
        weight: weights.get(index).copied().unwrap_or(1),
    });
    Some(Node::Split(axis, children.collect()))
}

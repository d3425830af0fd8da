//! A layout as a line of text: panes by number, `{…}` from left to right, `[…]` from top to bottom, `*n` for a share.

use std::fmt::Write as _;

use crate::domain::PaneId;

use super::arrangement::Arrangement;
use super::tree::{Axis, Child, Node, PaneTree};

/// Splits within splits; more than anybody can see.
const DEEPEST: usize = 64;
/// The largest share.
const LARGEST: u32 = 1 << 20;

impl PaneTree {
    /// The layout with each pane's place in reading order as its number, from 1: `{1*2 [2 3]}`.
    pub fn notation(&self) -> String {
        let mut text = String::new();
        write_node(&self.root, &mut 0, &mut text);
        text
    }

    /// The layout that a notation, or the name of a ready-made layout, gives to these panes. The error says what is wrong.
    pub fn from_notation(text: &str, panes: &[PaneId]) -> Result<Self, String> {
        let Some(first) = panes.first() else {
            return Err("there are no panes".to_owned());
        };
        if let Some(arrangement) = Arrangement::ALL.into_iter().find(|known| known.name() == text) {
            let mut tree = Self::new(*first);
            for pane in &panes[1..] {
                tree.split(*first, Axis::Across, *pane);
            }
            tree.arrange_as(panes, arrangement);
            return Ok(tree);
        }
        let mut reader = Reader {
            rest: text.trim(),
            numbers: Vec::new(),
            panes,
        };
        let root = reader.node(0)?;
        if !reader.rest.is_empty() {
            return Err(format!(
                "what means `{}` behind the layout?",
                reader.rest.escape_debug()
            ));
        }
        if reader.numbers.len() != panes.len() {
            return Err(format!(
                "the layout has {} of {} panes",
                reader.numbers.len(),
                panes.len()
            ));
        }
        Ok(Self::from_root(root))
    }

    /// Puts these panes into a ready-made layout in their order.
    fn arrange_as(&mut self, panes: &[PaneId], arrangement: Arrangement) {
        self.arrange(arrangement);
        let mut order = panes.iter();
        self.root.rename(&mut |pane| order.next().copied().unwrap_or(pane));
    }
}

fn write_node(node: &Node, count: &mut usize, text: &mut String) {
    match node {
        Node::Pane(_) => {
            *count += 1;
            let _ = write!(text, "{count}");
        }
        Node::Split(axis, children) => {
            let (open, close) = match axis {
                Axis::Across => ('{', '}'),
                Axis::Down => ('[', ']'),
            };
            text.push(open);
            for (at, child) in children.iter().enumerate() {
                if at > 0 {
                    text.push(' ');
                }
                write_node(&child.node, count, text);
                if child.weight != 1 {
                    let _ = write!(text, "*{}", child.weight);
                }
            }
            text.push(close);
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
    numbers: Vec<usize>,
    panes: &'a [PaneId],
}

impl Reader<'_> {
    fn node(&mut self, depth: usize) -> Result<Node, String> {
        if depth > DEEPEST {
            return Err("the layout is nested too deeply".to_owned());
        }
        for (open, close, axis) in [('{', '}', Axis::Across), ('[', ']', Axis::Down)] {
            if let Some(rest) = self.rest.strip_prefix(open) {
                self.rest = rest.trim_start();
                return self.split(close, axis, depth);
            }
        }
        let number = self.number().ok_or_else(|| {
            let found: String = self.rest.chars().take(8).collect();
            format!("a pane's number, {{ or [ is missing before `{}`", found.escape_debug())
        })?;
        let number = number as usize;
        let pane = number.checked_sub(1).and_then(|at| self.panes.get(at));
        let Some(pane) = pane else {
            return Err(format!("there is no pane {number}"));
        };
        if self.numbers.contains(&number) {
            return Err(format!("pane {number} is there twice"));
        }
        self.numbers.push(number);
        Ok(Node::Pane(*pane))
    }

    fn split(&mut self, close: char, axis: Axis, depth: usize) -> Result<Node, String> {
        let mut children: Vec<Child> = Vec::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix(close) {
                self.rest = rest.trim_start();
                break;
            }
            if self.rest.is_empty() {
                return Err(format!("the layout lacks a {close}"));
            }
            let node = self.node(depth + 1)?;
            let mut weight = 1;
            if let Some(rest) = self.rest.strip_prefix('*') {
                self.rest = rest;
                let share = self.number().filter(|share| (1..=LARGEST).contains(share));
                weight = share.ok_or_else(|| format!("a share is a number from 1 to {LARGEST}"))?;
            }
            if matches!(&node, Node::Split(inner, _) if *inner == axis) {
                return Err("a split within one of the same kind is one split".to_owned());
            }
            self.rest = self.rest.trim_start();
            children.push(Child { node, weight });
        }
        if children.len() < 2 {
            return Err("a split has two panes or more".to_owned());
        }
        Ok(Node::Split(axis, children))
    }

    fn number(&mut self) -> Option<u32> {
        let end = self
            .rest
            .find(|letter: char| !letter.is_ascii_digit())
            .unwrap_or(self.rest.len());
        let number = self.rest[..end].parse().ok()?;
        self.rest = &self.rest[end..];
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn panes(count: u32) -> Vec<PaneId> {
        (1..=count).map(PaneId).collect()
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, part) in [
            ("", "is missing"),
            ("{1 2", "lacks a }"),
            ("{1 2]", "is missing before `]`"),
            ("{1}", "two panes or more"),
            ("{1 1}", "twice"),
            ("{1 3}", "no pane 3"),
            ("{1 0}", "no pane 0"),
            ("1", "1 of 2"),
            ("{1 2} x", "behind the layout"),
            ("{1*0 2}", "a share is"),
            ("{1 2*99999999}", "a share is"),
            ("{{1 2} 2}", "the same kind"),
            ("\u{1b}[31m", "is missing before `\\u{1b}"),
        ] {
            let problem = PaneTree::from_notation(text, &panes(2)).unwrap_err();
            assert!(problem.contains(part), "{text}: {problem}");
        }
        let deep = "[{1 ".repeat(200);
        assert!(PaneTree::from_notation(&deep, &panes(1)).is_err());
        assert!(PaneTree::from_notation("1", &[]).is_err());
    }

    #[test]
    fn ready_made_layouts_have_names() {
        for arrangement in Arrangement::ALL {
            let tree = PaneTree::from_notation(arrangement.name(), &panes(5)).unwrap();
            assert_eq!(tree.panes(), panes(5), "{}", arrangement.name());
        }
        let tree = PaneTree::from_notation("{1*2 [3 2]}", &panes(3)).unwrap();
        assert_eq!(tree.panes(), [PaneId(1), PaneId(3), PaneId(2)]);
        assert_eq!(tree.notation(), "{1*2 [2 3]}", "numbers follow the reading order");
    }

    proptest! {
        #[test]
        fn any_tree_is_written_and_read_again(steps in prop::collection::vec((0_u32..12, any::<bool>()), 0..24)) {
            let mut tree = PaneTree::new(PaneId(1));
            for (next, (at, is_across)) in (2..).zip(steps) {
                let axis = if is_across { Axis::Across } else { Axis::Down };
                let known = tree.panes();
                tree.split(known[at as usize % known.len()], axis, PaneId(next));
            }
            let again = PaneTree::from_notation(&tree.notation(), &tree.panes());
            prop_assert_eq!(again, Ok(tree));
        }
    }
}

//! What sequences of keys are bound to: a trie over chords. Generic over what a binding yields.

use std::collections::BTreeMap;
use std::fmt;

use super::{Chord, write_sequence};

/// Sequences of keys, each bound to one thing. No bound sequence is the beginning of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap<T> {
    root: Branch<T>,
}

type Branch<T> = BTreeMap<Chord, Node<T>>;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node<T> {
    Bound(T),
    Branch(Branch<T>),
}

/// What a sequence of keys means so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup<T> {
    /// It is bound to this.
    Matched(T),
    /// It is the beginning of bound sequences; these keys go on.
    Pending(Vec<(Chord, Next<T>)>),
    /// It means nothing.
    Unbound,
}

/// What one more key would lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next<T> {
    /// To this.
    Bound(T),
    /// To more keys.
    More,
}

/// Why a sequence cannot be bound: another one stands in its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyConflict<T> {
    /// What was to be bound.
    pub wanted: Vec<Chord>,
    /// The sequence in its way: the same, its beginning, or one that it begins.
    pub taken: Vec<Chord>,
    /// What that one is bound to.
    pub by: T,
}

impl<T: fmt::Display> fmt::Display for KeyConflict<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (wanted, taken, by) = (write_sequence(&self.wanted), write_sequence(&self.taken), &self.by);
        if self.wanted == self.taken {
            write!(out, "`{wanted}` is bound to {by} already")
        } else {
            write!(
                out,
                "`{wanted}` cannot be bound beside `{taken}`, which is bound to {by}"
            )
        }
    }
}

impl<T> Default for Keymap<T> {
    fn default() -> Self {
        Self { root: Branch::new() }
    }
}

impl<T: Clone + PartialEq> Keymap<T> {
    /// Binds a sequence. An empty one is never reached and changes nothing.
    pub fn bind(&mut self, keys: &[Chord], to: T) -> Result<(), KeyConflict<T>> {
        if let Some((taken, by)) = self.in_the_way(keys) {
            return Err(KeyConflict {
                wanted: keys.to_vec(),
                taken,
                by,
            });
        }
        let Some((last, before)) = keys.split_last() else {
            return Ok(());
        };
        let mut branch = &mut self.root;
        for key in before {
            let node = branch.entry(*key).or_insert_with(|| Node::Branch(Branch::new()));
            let Node::Branch(deeper) = node else {
                return Ok(());
            };
            branch = deeper;
        }
        branch.insert(*last, Node::Bound(to));
        Ok(())
    }

    /// The bound sequence, if any, that makes it impossible to bind these keys.
    pub fn in_the_way(&self, keys: &[Chord]) -> Option<(Vec<Chord>, T)> {
        let mut branch = &self.root;
        for (index, key) in keys.iter().enumerate() {
            match branch.get(key)? {
                Node::Bound(by) => return Some((keys[..=index].to_vec(), by.clone())),
                Node::Branch(deeper) => branch = deeper,
            }
        }
        let mut found = Vec::new();
        collect(branch, &mut keys.to_vec(), &mut found);
        found.into_iter().next()
    }

    /// Frees a sequence, and with it those that begin with it or that it begins with.
    pub fn unbind(&mut self, keys: &[Chord]) {
        while let Some((taken, _)) = self.in_the_way(keys) {
            remove(&mut self.root, &taken);
        }
    }

    /// Frees every sequence that is bound to this.
    pub fn unbind_all(&mut self, to: &T) {
        for keys in self.keys_for(to) {
            remove(&mut self.root, &keys);
        }
    }

    /// What these keys mean.
    pub fn look_up(&self, keys: &[Chord]) -> Lookup<T> {
        let mut branch = &self.root;
        for (index, key) in keys.iter().enumerate() {
            match branch.get(key) {
                Some(Node::Branch(deeper)) => branch = deeper,
                Some(Node::Bound(to)) if index + 1 == keys.len() => return Lookup::Matched(to.clone()),
                Some(Node::Bound(_)) | None => return Lookup::Unbound,
            }
        }
        let next = branch.iter().map(|(key, node)| match node {
            Node::Bound(to) => (*key, Next::Bound(to.clone())),
            Node::Branch(_) => (*key, Next::More),
        });
        Lookup::Pending(next.collect())
    }

    /// Every bound sequence with what it is bound to, in the order of the keys.
    pub fn bindings(&self) -> Vec<(Vec<Chord>, T)> {
        let mut found = Vec::new();
        collect(&self.root, &mut Vec::new(), &mut found);
        found
    }

    /// The sequences that are bound to this, the shortest first.
    pub fn keys_for(&self, to: &T) -> Vec<Vec<Chord>> {
        let bindings = self.bindings().into_iter();
        let mut keys: Vec<_> = bindings
            .filter(|(_, bound)| bound == to)
            .map(|(keys, _)| keys)
            .collect();
        keys.sort_by_key(Vec::len);
        keys
    }
}

fn collect<T: Clone>(branch: &Branch<T>, before: &mut Vec<Chord>, found: &mut Vec<(Vec<Chord>, T)>) {
    for (key, node) in branch {
        before.push(*key);
        match node {
            Node::Bound(to) => found.push((before.clone(), to.clone())),
            Node::Branch(deeper) => collect(deeper, before, found),
        }
        before.pop();
    }
}

/// Removes one bound sequence and the branches that are empty without it.
fn remove<T>(branch: &mut Branch<T>, keys: &[Chord]) {
    let Some((first, rest)) = keys.split_first() else {
        return;
    };
    if let Some(Node::Branch(deeper)) = branch.get_mut(first)
        && !rest.is_empty()
    {
        remove(deeper, rest);
        if !deeper.is_empty() {
            return;
        }
    }
    branch.remove(first);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys(text: &str) -> Vec<Chord> {
        text.chars().map(Chord::char).collect()
    }

    fn map(bindings: &[(&str, u32)]) -> Keymap<u32> {
        let mut map = Keymap::default();
        for (text, to) in bindings {
            map.bind(&keys(text), *to).expect("no conflict");
        }
        map
    }

    #[test]
    fn keys_match_wait_or_mean_nothing() {
        let map = map(&[("ab", 1), ("ac", 2), ("d", 3), ("aef", 4)]);
        assert_eq!(map.look_up(&keys("d")), Lookup::Matched(3));
        assert_eq!(map.look_up(&keys("ac")), Lookup::Matched(2));
        let next = vec![
            (Chord::char('b'), Next::Bound(1)),
            (Chord::char('c'), Next::Bound(2)),
            (Chord::char('e'), Next::More),
        ];
        assert_eq!(map.look_up(&keys("a")), Lookup::Pending(next));
        for nothing in ["x", "ax", "dd", "aefg"] {
            assert_eq!(map.look_up(&keys(nothing)), Lookup::Unbound, "{nothing}");
        }
    }

    #[test]
    fn conflicts_name_what_stands_in_the_way() {
        let cases = [
            ("ab", "`a b` is bound to 1 already"),
            ("abc", "`a b c` cannot be bound beside `a b`, which is bound to 1"),
            ("a", "`a` cannot be bound beside `a b`, which is bound to 1"),
        ];
        for (text, message) in cases {
            let mut map = map(&[("ab", 1)]);
            let conflict = map.bind(&keys(text), 2).expect_err(text);
            assert_eq!(conflict.to_string(), message);
            map.unbind(&keys(text));
            assert_eq!(map.bind(&keys(text), 2), Ok(()), "free after unbinding {text}");
            assert_eq!(map.bindings(), vec![(keys(text), 2)]);
        }
    }

    #[test]
    fn the_reverse_map_puts_the_shortest_first() {
        let mut map = map(&[("ab", 1), ("c", 1), ("d", 2)]);
        assert_eq!(map.keys_for(&1), vec![keys("c"), keys("ab")]);
        map.unbind_all(&1);
        assert_eq!(map.bindings(), vec![(keys("d"), 2)]);
    }

    proptest! {
        #[test]
        fn no_bound_sequence_begins_another(
            wanted in proptest::collection::vec(("[abc]{1,4}", 0..9_u32), 1..30),
            freed in proptest::collection::vec("[abc]{1,4}", 0..5),
        ) {
            let mut map = Keymap::default();
            for (text, to) in &wanted {
                let _ = map.bind(&keys(text), *to);
            }
            for text in &freed {
                map.unbind(&keys(text));
                prop_assert_eq!(map.in_the_way(&keys(text)), None);
            }
            let bound = map.bindings();
            for (one, to) in &bound {
                prop_assert_eq!(map.look_up(one), Lookup::Matched(*to));
                for (other, _) in &bound {
                    prop_assert!(one == other || !other.starts_with(one));
                }
            }
        }
    }
}

//! The cursor, the marks and the rows in sight of one list.

use std::collections::BTreeSet;

use super::Filter;

/// A list's state; its rows are somebody else's. `K` tells a row from every other one for as long as it lives.
#[derive(Clone, Debug)]
pub struct List<K> {
    /// What narrows it.
    pub filter: Filter,
    cursor: Option<K>,
    index: usize,
    offset: usize,
    len: usize,
    rows: usize,
    marks: BTreeSet<K>,
}

/// A way to move the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Motion {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// Half of what is in sight up.
    HalfPageUp,
    /// Half of what is in sight down.
    HalfPageDown,
    /// As many rows as are in sight up.
    PageUp,
    /// As many rows as are in sight down.
    PageDown,
    /// To the first row.
    Top,
    /// To the last row.
    Bottom,
}

impl Motion {
    /// Where it leads from `index` when so many rows are in sight; no farther than to `last`.
    pub fn moved(self, index: usize, rows: usize, last: usize) -> usize {
        let half = (rows / 2).max(1);
        match self {
            Self::Up => index.saturating_sub(1),
            Self::Down => index.saturating_add(1),
            Self::HalfPageUp => index.saturating_sub(half),
            Self::HalfPageDown => index.saturating_add(half),
            Self::PageUp => index.saturating_sub(rows),
            Self::PageDown => index.saturating_add(rows),
            Self::Top => 0,
            Self::Bottom => last,
        }
        .min(last)
    }
}

impl<K> Default for List<K> {
    fn default() -> Self {
        Self {
            filter: Filter::default(),
            cursor: None,
            index: 0,
            offset: 0,
            len: 0,
            rows: 1,
            marks: BTreeSet::new(),
        }
    }
}

impl<K: Clone + Ord> List<K> {
    /// Takes in the rows as they are shown now, after filter and sort, and how many are in sight. The cursor stays on its
    /// key; if that is gone, on its place.
    pub fn arrange(&mut self, keys: &[K], rows: usize) {
        self.len = keys.len();
        self.rows = rows.max(1);
        if let Some(cursor) = &self.cursor
            && keys.get(self.index) != Some(cursor)
        {
            self.index = keys.iter().position(|key| key == cursor).unwrap_or(self.index);
        }
        self.put(self.index, keys);
    }

    /// Drops the marks of rows that are gone for good (not of those that a filter hides).
    pub fn forget_marks(&mut self, lives: impl Fn(&K) -> bool) {
        self.marks.retain(lives);
    }

    /// The key that the cursor is on.
    pub fn cursor(&self) -> Option<&K> {
        self.cursor.as_ref()
    }

    /// The row that the cursor is on.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The first row in sight.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The rows in sight.
    pub fn in_sight(&self) -> std::ops::Range<usize> {
        self.offset..(self.offset + self.rows).min(self.len)
    }

    /// How many rows there are, after the filter.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Moves the cursor.
    pub fn go(&mut self, motion: Motion, keys: &[K]) {
        let to = motion.moved(self.index, self.rows, keys.len().saturating_sub(1));
        self.put(to, keys);
    }

    /// Puts the cursor on a row; on the last one if there are not so many.
    pub fn put(&mut self, index: usize, keys: &[K]) {
        self.index = index.min(keys.len().saturating_sub(1));
        self.cursor = keys.get(self.index).cloned();
        let last_offset = keys.len().saturating_sub(self.rows);
        let lowest = self.index.saturating_sub(self.rows.saturating_sub(1));
        self.offset = self.offset.clamp(lowest, self.index.max(lowest)).min(last_offset);
    }

    /// Puts the cursor on the row with this key as soon as there is one.
    pub fn put_on(&mut self, key: K, keys: &[K]) {
        let index = keys.iter().position(|known| *known == key);
        self.cursor = Some(key);
        if let Some(index) = index {
            self.put(index, keys);
        }
    }

    /// Marks the row under the cursor, or takes its mark away, and goes on to the next row.
    pub fn toggle_mark(&mut self, keys: &[K]) {
        if let Some(key) = self.cursor.clone() {
            if !self.marks.remove(&key) {
                self.marks.insert(key);
            }
            self.go(Motion::Down, keys);
        }
    }

    /// Takes all marks away. False if there were none.
    pub fn clear_marks(&mut self) -> bool {
        !std::mem::take(&mut self.marks).is_empty()
    }

    /// Whether a row is marked.
    pub fn is_marked(&self, key: &K) -> bool {
        self.marks.contains(key)
    }

    /// The marked keys in their own order.
    pub fn marks(&self) -> impl ExactSizeIterator<Item = &K> {
        self.marks.iter()
    }

    /// What an action is for: the marked rows, or the one under the cursor.
    pub fn chosen(&self) -> Vec<K> {
        if self.marks.is_empty() {
            self.cursor.iter().cloned().collect()
        } else {
            self.marks.iter().cloned().collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_stays_on_its_key() {
        let mut list = List::default();
        list.arrange(&[1, 2, 3, 4, 5], 3);
        list.go(Motion::Down, &[1, 2, 3, 4, 5]);
        list.arrange(&[9, 8, 1, 2], 3);
        assert_eq!((list.cursor(), list.index(), list.offset()), (Some(&2), 3, 1));
        list.arrange(&[9, 8], 3);
        assert_eq!(list.cursor(), Some(&8), "gone: the nearest place");
        list.arrange(&[], 3);
        assert_eq!((list.cursor(), list.is_empty()), (None, true));
        list.arrange(&[7], 3);
        assert_eq!(list.cursor(), Some(&7));
    }

    #[test]
    fn the_cursor_is_always_in_sight() {
        let keys: Vec<u32> = (0..100).collect();
        let mut list = List::default();
        list.arrange(&keys, 10);
        let motions = [
            (Motion::PageDown, 10),
            (Motion::Bottom, 99),
            (Motion::HalfPageUp, 94),
            (Motion::Top, 0),
            (Motion::HalfPageDown, 5),
            (Motion::Up, 4),
            (Motion::PageUp, 0),
        ];
        for (motion, expected) in motions {
            list.go(motion, &keys);
            assert_eq!(list.index(), expected, "{motion:?}");
            assert!(list.in_sight().contains(&list.index()), "{motion:?}");
        }
        list.go(Motion::Bottom, &keys);
        list.arrange(&keys, 40);
        assert_eq!(list.in_sight(), 60..100, "no empty rows below the last one");
    }

    #[test]
    fn marks_are_chosen_before_the_cursor() {
        let keys = ["a", "b", "c"];
        let mut list = List::default();
        list.arrange(&keys, 3);
        assert_eq!(list.chosen(), ["a"]);
        list.toggle_mark(&keys);
        list.toggle_mark(&keys);
        assert_eq!((list.chosen(), list.cursor()), (vec!["a", "b"], Some(&"c")));
        list.forget_marks(|key| *key != "a");
        assert_eq!(list.chosen(), ["b"]);
        assert!(list.clear_marks() && !list.clear_marks());
    }
}

//! Which commands still have their place, and which have their output folded away. Knows nothing of how that looks.

use super::marks::CommandMarks;

impl CommandMarks {
    /// Forgets the places of what is no longer kept.
    pub(in crate::terminal) fn forget_before(&mut self, oldest: u64) {
        self.blocks.forget_before(oldest);
    }

    /// Folds the output of a command, or unfolds it. False if there is nothing to fold.
    pub(in crate::terminal) fn fold(&mut self, number: u64, is_folded: bool, oldest: u64) -> bool {
        let Some(block) = self.blocks.find_mut(number) else {
            return false;
        };
        let can_be = block.lines.and_then(|lines| lines.foldable(oldest)).is_some();
        block.is_folded = is_folded && can_be;
        can_be || !is_folded
    }

    /// The lines of all that is folded, from the oldest to the newest, each with the number of its command.
    pub(in crate::terminal) fn folded(&self, oldest: u64) -> impl Iterator<Item = (u64, (u64, u64))> {
        let folded = self.blocks.list().iter().filter(|block| block.is_folded);
        folded.filter_map(move |block| Some((block.number, block.lines?.foldable(oldest)?)))
    }
}

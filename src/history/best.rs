//! Keeps the best of many. Knows nothing of what they are.

/// The best of many, without keeping the many.
#[derive(Debug)]
pub(super) struct Best {
    pub(super) most: usize,
    kept: Vec<((u16, u64), u32)>,
    /// What is not better than this is not among the best.
    bar: (u16, u64),
}

impl Best {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            kept: Vec::new(),
            bar: (0, 0),
        }
    }

    pub(super) fn offer(&mut self, rank: (u16, u64), number: u32) {
        if rank <= self.bar {
            return;
        }
        self.kept.push((rank, number));
        if self.kept.len() >= self.most * 4 {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if self.kept.len() > self.most {
            self.kept
                .select_nth_unstable_by(self.most - 1, |one, other| other.cmp(one));
            self.kept.truncate(self.most);
            self.bar = self.kept.iter().map(|(rank, _)| *rank).min().unwrap_or_default();
        }
    }

    /// Measures those that are the best so far in another way.
    pub(super) fn rank_anew(&mut self, mut rank_of: impl FnMut(u32) -> Option<u16>) {
        self.cut();
        for ((rank, _), number) in &mut self.kept {
            *rank = rank_of(*number).unwrap_or(*rank);
        }
        self.bar = (0, 0);
    }

    pub(super) fn count(&self) -> usize {
        self.kept.len()
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (rank, number) in other.kept {
            self.offer(rank, number);
        }
    }

    pub(super) fn sorted(mut self) -> Vec<u32> {
        self.cut();
        self.kept.sort_unstable_by(|one, other| other.cmp(one));
        self.kept.into_iter().map(|(_, number)| number).collect()
    }
}

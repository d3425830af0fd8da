//! Bytes of the fuzzer, taken from the front as what is needed; behind their end everything is zero.

/// What is left of the input.
pub struct Taken<'a>(pub &'a [u8]);

impl<'a> Taken<'a> {
    pub fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        let byte = usize::from(self.byte());
        if end <= 256 {
            byte % end
        } else {
            (byte << 8 | usize::from(self.byte())) % end
        }
    }

    pub fn one_of<T: Copy>(&mut self, choice: &[T]) -> T {
        choice[self.below(choice.len())]
    }

    pub fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }
}

//! The list that `update` writes its effects to, and whether the screen has changed.

use super::Effect;

/// What one update, or several, asked for.
#[derive(Debug, Default)]
pub struct Effects {
    list: Vec<Effect>,
    needs_frame: bool,
}

impl Effects {
    /// Adds one, after those that are there.
    pub fn push(&mut self, effect: Effect) {
        self.list.push(effect);
    }

    /// Says that the screen no longer shows what it should.
    pub fn ask_for_frame(&mut self) {
        self.needs_frame = true;
    }

    /// Takes the effects out, in the order in which they are to be done.
    pub fn take(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.list)
    }

    /// Whether the screen is to be drawn. Asking forgets it.
    pub fn take_frame_request(&mut self) -> bool {
        std::mem::take(&mut self.needs_frame)
    }
}

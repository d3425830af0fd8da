//! What the program asked of the keyboard beyond the classic modes: kitty's stacks of flags and xterm's modifyOtherKeys.

use crate::terminal::input_bytes::KittyFlags;

/// Deeper stacks drop their oldest entry.
const DEEPEST: usize = 16;

/// Keyboard protocol state; each screen has a stack of its own.
#[derive(Clone, Debug)]
pub(super) struct Keyboard {
    stacks: [Vec<u8>; 2],
    /// 0, 1 or 2.
    pub modify_other_keys: u8,
}

impl Default for Keyboard {
    fn default() -> Self {
        Self {
            stacks: [vec![0], vec![0]],
            modify_other_keys: 0,
        }
    }
}

impl Keyboard {
    /// The flags that are on for a screen.
    pub(super) fn flags(&self, is_alternate: bool) -> KittyFlags {
        KittyFlags(self.stacks[usize::from(is_alternate)].last().copied().unwrap_or(0))
    }

    /// Changes the flags in use: 1 replaces, 2 adds, 3 takes away.
    pub(super) fn set(&mut self, is_alternate: bool, flags: u16, how: u16) {
        let wanted = supported(flags);
        if let Some(flags) = self.stacks[usize::from(is_alternate)].last_mut() {
            match how {
                2 => *flags |= wanted,
                3 => *flags &= !wanted,
                _ => *flags = wanted,
            }
        }
    }

    /// Puts new flags above the ones in use.
    pub(super) fn push(&mut self, is_alternate: bool, flags: u16) {
        let stack = &mut self.stacks[usize::from(is_alternate)];
        if stack.len() > DEEPEST {
            stack.remove(1);
        }
        stack.push(supported(flags));
    }

    /// Goes back to earlier flags.
    pub(super) fn pop(&mut self, is_alternate: bool, count: u16) {
        let stack = &mut self.stacks[usize::from(is_alternate)];
        let left = stack.len().saturating_sub(usize::from(count));
        stack.truncate(left.max(1));
        if left == 0 {
            stack[0] = 0;
        }
    }
}

fn supported(flags: u16) -> u8 {
    flags as u8 & KittyFlags::SUPPORTED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_screen_has_its_own_stack() {
        let mut keyboard = Keyboard::default();
        keyboard.push(false, 0xff);
        assert_eq!(keyboard.flags(false), KittyFlags(KittyFlags::SUPPORTED));
        assert_eq!(keyboard.flags(true), KittyFlags(0));
        keyboard.set(false, 8, 3);
        assert_eq!(keyboard.flags(false), KittyFlags(17));
        keyboard.pop(false, 1);
        assert_eq!(keyboard.flags(false), KittyFlags(0));
        keyboard.set(false, 1, 1);
        keyboard.pop(false, 9);
        assert_eq!(keyboard.flags(false), KittyFlags(0));
    }

    #[test]
    fn a_stack_does_not_grow_for_ever() {
        let mut keyboard = Keyboard::default();
        for _ in 0..1000 {
            keyboard.push(true, 1);
        }
        keyboard.pop(true, 16);
        assert_eq!(keyboard.flags(true), KittyFlags(0));
    }
}

//! What the mouse did, in screen cells.

use super::Modifiers;

/// Which button.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PointerButton {
    /// The main one.
    Left,
    /// The wheel pressed.
    Middle,
    /// The other one.
    Right,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PointerKind {
    /// A button went down.
    Press(PointerButton),
    /// A button went up.
    Release(PointerButton),
    /// Moved with a button down.
    Drag(PointerButton),
    /// Moved.
    Move,
    /// The wheel, one notch away from the user.
    WheelUp,
    /// The wheel, one notch towards the user.
    WheelDown,
    /// The wheel tilted left.
    WheelLeft,
    /// The wheel tilted right.
    WheelRight,
}

/// One mouse event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pointer {
    /// What happened.
    pub kind: PointerKind,
    /// Column of the screen, from 0.
    pub x: u16,
    /// Row of the screen, from 0.
    pub y: u16,
    /// What was held.
    pub modifiers: Modifiers,
}

//! Mouse events as bytes for the program, under the modes that it set.

use crate::keys::{Modifiers, Pointer, PointerButton, PointerKind};

/// What the program wants to hear of the mouse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum MouseTracking {
    /// Nothing.
    #[default]
    Off,
    /// Presses only (mode 9).
    Press,
    /// Presses and releases (mode 1000).
    PressRelease,
    /// And motion with a button down (mode 1002).
    ButtonMotion,
    /// And all motion (mode 1003).
    AnyMotion,
}

/// How it wants to hear it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum MouseEncoding {
    /// One byte per number; cells beyond 223 cannot be told.
    #[default]
    Bytes,
    /// Numbers as UTF-8 (mode 1005).
    Utf8,
    /// Decimal with button up told apart (mode 1006).
    Sgr,
    /// Decimal, the older way (mode 1015).
    Urxvt,
}

/// The bytes for one event in pane coordinates, if the program wants to hear of it and can be told.
pub(super) fn pointer_bytes(pointer: Pointer, tracking: MouseTracking, encoding: MouseEncoding) -> Option<Vec<u8>> {
    if !is_wanted(pointer.kind, tracking) {
        return None;
    }
    let (button, is_release) = button_code(pointer.kind);
    // The oldest mode knows no modifiers.
    let held = if tracking == MouseTracking::Press {
        0
    } else {
        modifier_code(pointer.modifiers)
    };
    let col = u32::from(pointer.x) + 1;
    let row = u32::from(pointer.y) + 1;
    // Only the decimal form with its own final letter can say which button went up.
    let code = held + if is_release { 3 } else { button };
    match encoding {
        MouseEncoding::Sgr => {
            let last = if is_release { 'm' } else { 'M' };
            Some(format!("\x1b[<{};{col};{row}{last}", button + held).into_bytes())
        }
        MouseEncoding::Urxvt => Some(format!("\x1b[{};{col};{row}M", code + 32).into_bytes()),
        MouseEncoding::Utf8 => {
            let letters = numbers(code, col, row, 2015, char::from_u32)?;
            Some(format!("\x1b[M{}", String::from_iter(letters)).into_bytes())
        }
        MouseEncoding::Bytes => {
            let numbers = numbers(code, col, row, 223, |number| u8::try_from(number).ok())?;
            Some([b"\x1b[M".as_slice(), &numbers].concat())
        }
    }
}

/// Button, column and row, each moved behind the control characters; `None` when a cell lies beyond the encoding.
fn numbers<T>(code: u32, col: u32, row: u32, most: u32, one: impl Fn(u32) -> Option<T>) -> Option<Vec<T>> {
    if col > most || row > most {
        return None;
    }
    [code, col, row].into_iter().map(|number| one(number + 32)).collect()
}

fn is_wanted(kind: PointerKind, tracking: MouseTracking) -> bool {
    let least = match kind {
        PointerKind::Press(_) => MouseTracking::Press,
        PointerKind::WheelUp
        | PointerKind::WheelDown
        | PointerKind::WheelLeft
        | PointerKind::WheelRight
        | PointerKind::Release(_) => MouseTracking::PressRelease,
        PointerKind::Drag(_) => MouseTracking::ButtonMotion,
        PointerKind::Move => MouseTracking::AnyMotion,
    };
    tracking >= least
}

/// The number of the event, and whether it is a button going up.
fn button_code(kind: PointerKind) -> (u32, bool) {
    let number = |button| match button {
        PointerButton::Left => 0,
        PointerButton::Middle => 1,
        PointerButton::Right => 2,
    };
    match kind {
        PointerKind::Press(button) => (number(button), false),
        PointerKind::Release(button) => (number(button), true),
        PointerKind::Drag(button) => (32 + number(button), false),
        PointerKind::Move => (32 + 3, false),
        PointerKind::WheelUp => (64, false),
        PointerKind::WheelDown => (65, false),
        PointerKind::WheelLeft => (66, false),
        PointerKind::WheelRight => (67, false),
    }
}

fn modifier_code(held: Modifiers) -> u32 {
    4 * u32::from(held.shift) + 8 * u32::from(held.alt) + 16 * u32::from(held.ctrl)
}

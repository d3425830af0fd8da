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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(kind: PointerKind, x: u16, y: u16) -> Pointer {
        Pointer {
            kind,
            x,
            y,
            modifiers: Modifiers::NONE,
        }
    }

    fn sent(pointer: Pointer, tracking: MouseTracking, encoding: MouseEncoding) -> Option<String> {
        pointer_bytes(pointer, tracking, encoding).map(|bytes| bytes.iter().map(|byte| char::from(*byte)).collect())
    }

    #[test]
    fn every_encoding_of_a_press_and_a_release() {
        let press = at(PointerKind::Press(PointerButton::Right), 4, 9);
        let release = at(PointerKind::Release(PointerButton::Right), 4, 9);
        for (encoding, down, up) in [
            (MouseEncoding::Bytes, "\x1b[M\"%*", "\x1b[M#%*"),
            (MouseEncoding::Utf8, "\x1b[M\"%*", "\x1b[M#%*"),
            (MouseEncoding::Sgr, "\x1b[<2;5;10M", "\x1b[<2;5;10m"),
            (MouseEncoding::Urxvt, "\x1b[34;5;10M", "\x1b[35;5;10M"),
        ] {
            let tracking = MouseTracking::PressRelease;
            assert_eq!(sent(press, tracking, encoding).as_deref(), Some(down), "{encoding:?}");
            assert_eq!(sent(release, tracking, encoding).as_deref(), Some(up), "{encoding:?}");
        }
    }

    #[test]
    fn each_kind_of_tracking_wants_more() {
        let left = PointerButton::Left;
        let kinds = [
            (PointerKind::Press(left), MouseTracking::Press),
            (PointerKind::Release(left), MouseTracking::PressRelease),
            (PointerKind::WheelUp, MouseTracking::PressRelease),
            (PointerKind::Drag(left), MouseTracking::ButtonMotion),
            (PointerKind::Move, MouseTracking::AnyMotion),
        ];
        for tracking in [
            MouseTracking::Off,
            MouseTracking::Press,
            MouseTracking::PressRelease,
            MouseTracking::ButtonMotion,
            MouseTracking::AnyMotion,
        ] {
            for (kind, least) in kinds {
                let is_sent = sent(at(kind, 0, 0), tracking, MouseEncoding::Sgr).is_some();
                assert_eq!(is_sent, tracking >= least, "{kind:?} under {tracking:?}");
            }
        }
    }

    #[test]
    fn motion_wheel_and_modifiers() {
        for (kind, code) in [
            (PointerKind::Drag(PointerButton::Middle), 33),
            (PointerKind::Move, 35),
            (PointerKind::WheelUp, 64),
            (PointerKind::WheelDown, 65),
            (PointerKind::WheelLeft, 66),
            (PointerKind::WheelRight, 67),
        ] {
            let expected = format!("\x1b[<{code};1;1M");
            let all = MouseTracking::AnyMotion;
            assert_eq!(sent(at(kind, 0, 0), all, MouseEncoding::Sgr), Some(expected));
        }
        let mut press = at(PointerKind::Press(PointerButton::Left), 0, 0);
        press.modifiers = Modifiers {
            ctrl: true,
            alt: true,
            shift: true,
            logo: false,
        };
        let normal = MouseTracking::PressRelease;
        assert_eq!(
            sent(press, normal, MouseEncoding::Sgr).as_deref(),
            Some("\x1b[<28;1;1M")
        );
        assert_eq!(
            sent(press, MouseTracking::Press, MouseEncoding::Sgr).as_deref(),
            Some("\x1b[<0;1;1M")
        );
    }

    #[test]
    fn cells_that_cannot_be_told_are_not() {
        let far = at(PointerKind::Press(PointerButton::Left), 223, 0);
        let normal = MouseTracking::PressRelease;
        assert_eq!(sent(far, normal, MouseEncoding::Bytes), None);
        let near = at(PointerKind::Press(PointerButton::Left), 222, 0);
        assert_eq!(
            sent(near, normal, MouseEncoding::Bytes).as_deref(),
            Some("\x1b[M \u{ff}!")
        );
        assert_eq!(
            pointer_bytes(far, normal, MouseEncoding::Utf8),
            Some("\x1b[M \u{100}!".into())
        );
    }
}

//! One key press with its modifiers, and how it is written: `ctrl-a`, `alt-shift-left`, `f5`.

use std::fmt;

/// Which key. Letters carry their case: `A` is `Char('A')`, with `shift` left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// A key that prints.
    Char(char),
    /// Return.
    Enter,
    /// Tab; back-tab is this with `shift`.
    Tab,
    /// The key that deletes to the left.
    Backspace,
    /// Escape.
    Escape,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Insert.
    Insert,
    /// Delete to the right.
    Delete,
    /// A function key, from 1.
    F(u8),
    /// A key of the number block that stands for a character in application mode: `0`–`9 + - * / . = ,` and `\r` for Enter.
    Keypad(char),
    /// The menu key.
    Menu,
}

/// Which modifier keys were held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are independent: any subset can be held"
)]
pub struct Modifiers {
    /// Control.
    pub ctrl: bool,
    /// Alt, or Option.
    pub alt: bool,
    /// Shift, where the character does not already say so.
    pub shift: bool,
    /// Super, Windows or Command; only hosts with the kitty protocol report it.
    pub logo: bool,
}

impl Modifiers {
    /// None held.
    pub const NONE: Self = Self {
        ctrl: false,
        alt: false,
        shift: false,
        logo: false,
    };

    /// Those that are in either.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            ctrl: self.ctrl || other.ctrl,
            alt: self.alt || other.alt,
            shift: self.shift || other.shift,
            logo: self.logo || other.logo,
        }
    }
}

/// One key press.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Chord {
    /// The key.
    pub key: Key,
    /// What was held with it.
    pub modifiers: Modifiers,
}

impl Chord {
    /// A key alone.
    pub const fn plain(key: Key) -> Self {
        Self {
            key,
            modifiers: Modifiers::NONE,
        }
    }

    /// A character alone.
    pub const fn char(letter: char) -> Self {
        Self::plain(Key::Char(letter))
    }

    /// A character with control.
    pub const fn ctrl(letter: char) -> Self {
        Self {
            key: Key::Char(letter),
            modifiers: Modifiers {
                ctrl: true,
                ..Modifiers::NONE
            },
        }
    }

    /// A character with alt.
    pub const fn alt(letter: char) -> Self {
        Self {
            key: Key::Char(letter),
            modifiers: Modifiers {
                alt: true,
                ..Modifiers::NONE
            },
        }
    }

    /// The shortest form that is still understood: `^B` for control and a letter, else as printed.
    pub fn short(self) -> String {
        match self.key {
            Key::Char(letter) if letter.is_ascii_lowercase() && self.modifiers == Self::ctrl(letter).modifiers => {
                format!("^{}", letter.to_ascii_uppercase())
            }
            _ => self.to_string(),
        }
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = self.modifiers;
        for (is_held, name) in [
            (held.ctrl, "ctrl-"),
            (held.alt, "alt-"),
            (held.shift, "shift-"),
            (held.logo, "super-"),
        ] {
            if is_held {
                out.write_str(name)?;
            }
        }
        match self.key {
            Key::Char(' ') => out.write_str("space"),
            Key::Char(letter) => write!(out, "{letter}"),
            Key::F(number) => write!(out, "f{number}"),
            Key::Keypad('\r') => out.write_str("keypad-enter"),
            Key::Keypad(letter) => write!(out, "keypad-{letter}"),
            named => {
                let name = NAMED_KEYS
                    .iter()
                    .find_map(|(key, name)| (*key == named).then_some(*name));
                out.write_str(name.unwrap_or("unknown"))
            }
        }
    }
}

/// Keys that have a name of their own.
pub(super) const NAMED_KEYS: [(Key, &str); 15] = [
    (Key::Enter, "enter"),
    (Key::Tab, "tab"),
    (Key::Backspace, "backspace"),
    (Key::Escape, "esc"),
    (Key::Up, "up"),
    (Key::Down, "down"),
    (Key::Left, "left"),
    (Key::Right, "right"),
    (Key::Home, "home"),
    (Key::End, "end"),
    (Key::PageUp, "pageup"),
    (Key::PageDown, "pagedown"),
    (Key::Insert, "insert"),
    (Key::Delete, "delete"),
    (Key::Menu, "menu"),
];

//! What needs more than a yes, and what is not to be touched at all: guarded and read-only sandboxes, locked panes.

use crate::domain::Target;
use crate::keys::{Chord, Key};

use super::notices::{Notice, Severity};
use super::overlays::{AfterKey, Confirm, Overlay};
use crate::text_entry::TextEntry;

/// Whether what the user types reaches a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// It does.
    #[default]
    Open,
    /// The user has locked the pane.
    Locked,
    /// The sandbox was opened to be looked at only.
    ReadOnly,
}

/// The way from the keyboard to one program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InputGate {
    /// Whether it is open.
    pub access: Access,
    /// Whether the user has typed something to the program.
    pub was_used: bool,
    /// Whether the user was told that it is closed.
    was_told: bool,
}

impl InputGate {
    /// The gate to a program in this sandbox.
    pub fn of(target: &Target) -> Self {
        let access = if target.care.is_read_only {
            Access::ReadOnly
        } else {
            Access::Open
        };
        Self {
            access,
            ..Self::default()
        }
    }

    /// Whether nothing passes.
    pub fn is_closed(&self) -> bool {
        self.access != Access::Open
    }

    /// Locks or unlocks. False if it is not for the user to open.
    pub fn toggle_lock(&mut self) -> bool {
        self.was_told = false;
        self.access = match self.access {
            Access::Open => Access::Locked,
            Access::Locked => Access::Open,
            Access::ReadOnly => return false,
        };
        true
    }

    /// Why nothing passes, said once; `unlock` are the keys that open a lock.
    pub fn refuse(&mut self, label: &str, unlock: &str) -> Option<Notice> {
        if self.was_told {
            return None;
        }
        let text = match self.access {
            Access::Open => return None,
            Access::Locked => format!("{label}: this pane is locked — nothing is typed · {unlock} unlocks"),
            Access::ReadOnly => format!("{label} is open read-only — no key, paste or kill reaches it"),
        };
        self.was_told = true;
        Some(Notice::new(Severity::Warning, text))
    }

    /// What the frame says of it.
    pub fn words(&self) -> Option<&'static str> {
        match self.access {
            Access::Open => None,
            Access::Locked => Some("locked"),
            Access::ReadOnly => Some("read-only"),
        }
    }
}

/// A question whose yes is the name of what it is about, typed.
#[derive(Clone, Debug)]
pub struct Guarded {
    /// The question.
    pub confirm: Confirm,
    /// What is to be typed.
    pub name: String,
    /// What was typed so far.
    pub entry: TextEntry,
    /// Whether the sandboxes are saved before.
    pub saves_first: bool,
}

impl Guarded {
    /// Takes in a key: the name and Enter are the yes, Tab says whether everything is saved before.
    pub fn press(&mut self, chord: &Chord) -> AfterKey {
        match chord.key {
            Key::Enter if self.entry.text().trim() != self.name => {}
            Key::Enter if self.saves_first => return AfterKey::Decide(self.confirm.after_saving()),
            Key::Enter => return AfterKey::Decide(self.confirm.decision.clone()),
            Key::Tab if !self.confirm.saves.is_empty() => self.saves_first = !self.saves_first,
            _ => {
                self.entry.press(chord);
            }
        }
        AfterKey::Stay
    }
}

/// The question before something that cannot be undone: with a yes, or harder where a guard rule of the user's matches
/// the sandbox. Everything destructive asks through this.
pub fn confirmation_for(target: Option<&Target>, confirm: Confirm) -> Overlay {
    let guard = target.and_then(|target| Some((target.label.escaped(), target.care.guard.clone()?)));
    guarded_confirmation(guard, confirm)
}

/// The same for what may not be open here: with what is to be typed, and the rule in words.
pub fn guarded_confirmation(guard: Option<(String, String)>, mut confirm: Confirm) -> Overlay {
    let Some((name, rule)) = guard else {
        return Overlay::Confirm(confirm);
    };
    confirm.details.push(format!("{name} is guarded ({rule})."));
    Overlay::Guarded(Guarded {
        confirm,
        name,
        entry: TextEntry::line(""),
        saves_first: false,
    })
}

/// Why nothing may be changed in a sandbox that is open read-only; none if it may.
pub fn refusal_for(target: Option<&Target>) -> Option<Notice> {
    let target = target.filter(|target| target.care.is_read_only)?;
    let text = format!("{} is open read-only — nothing is changed there", target.label);
    Some(Notice::new(Severity::Warning, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ProgramSpec, TargetId};

    #[test]
    fn a_lock_is_told_once_and_opens_again() {
        let mut gate = InputGate::default();
        assert_eq!(gate.refuse("api", "^B g l"), None);
        assert!(gate.toggle_lock() && gate.is_closed());
        assert!(gate.refuse("api", "^B g l").is_some());
        assert_eq!(gate.refuse("api", "^B g l"), None);
        assert!(gate.toggle_lock() && !gate.is_closed());
        let mut target = Target::new(TargetId(1), "api", ProgramSpec::default());
        assert_eq!(refusal_for(Some(&target)), None);
        target.care.is_read_only = true;
        assert!(!InputGate::of(&target).toggle_lock());
        assert!(refusal_for(Some(&target)).is_some());
    }
}

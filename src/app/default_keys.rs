//! Which keys do what: the table's defaults with the user's changes, resolved once.

use crate::keys::{Chord, Keymap, Lookup, nearest_name, read_sequence, write_sequence};

use super::Action;
use super::action::{Home, Section};
use super::panels::PanelKind;

/// A change of the user's: the action's name, and all keys it is to have instead of its defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyChange {
    /// The action, by its name in the config file.
    pub action: String,
    /// Sequences such as `prefix c` or `f2`. None: the action has no keys.
    pub keys: Vec<String>,
}

/// What is wrong with one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyProblem {
    /// The change, by its place in the list.
    pub change: usize,
    /// One sentence.
    pub message: String,
}

/// What has the keyboard, as far as keys that are ours care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyMode {
    /// A program in a pane: all keys are its own but what is bound everywhere.
    Pane,
    /// Copy mode.
    Copy,
    /// A panel.
    Panel(PanelKind),
}

/// Every key that does something, in panes, in copy mode and in panels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundKeys {
    prefix: Chord,
    panes: Keymap<Action>,
    copy: Keymap<Action>,
    /// What all panels share.
    any_panel: Keymap<Action>,
    /// Each panel's keys, by its place; once shared, with those of all panels and those that are bound everywhere.
    of_panel: [Keymap<Action>; PanelKind::ALL.len()],
    /// In the order of the table, or of the user's list: the first keys of an action are those that are shown.
    listed: Vec<(Action, Vec<Chord>)>,
}

impl BoundKeys {
    /// The defaults behind this prefix.
    pub fn defaults(prefix: Chord) -> Self {
        let mut keys = Self {
            prefix,
            panes: Keymap::default(),
            copy: Keymap::default(),
            any_panel: Keymap::default(),
            of_panel: std::array::from_fn(|_| Keymap::default()),
            listed: Vec::new(),
        };
        for info in Action::table() {
            for written in info.keys {
                if let Ok(sequence) = read_sequence(written, prefix) {
                    // Where two rows want the same keys (a prefix that is a key of its own), the first one has them.
                    let _ = keys.bind(info.action, sequence);
                }
            }
        }
        keys.share_prefix();
        keys
    }

    /// The defaults with the user's changes. All problems at once.
    pub fn with_changes(prefix: Chord, changes: &[KeyChange]) -> Result<Self, Vec<KeyProblem>> {
        let mut keys = Self::defaults(prefix);
        let mut problems = Vec::new();
        let mut wanted: Vec<(usize, Action, Vec<Chord>)> = Vec::new();
        for (index, change) in changes.iter().enumerate() {
            let mut report = |message| problems.push(KeyProblem { change: index, message });
            let Some(action) = Action::named(&change.action) else {
                report(unknown_action(&change.action));
                continue;
            };
            keys.map_of(action).unbind_all(&action);
            for written in &change.keys {
                match read_sequence(written, prefix) {
                    Ok(sequence) => wanted.push((index, action, sequence)),
                    Err(error) => report(error.to_string()),
                }
            }
        }
        for (_, action, sequence) in &wanted {
            keys.map_of(*action).unbind(sequence);
        }
        for (change, action, sequence) in wanted {
            if let Err(message) = keys.bind(action, sequence) {
                problems.push(KeyProblem { change, message });
            }
        }
        keys.share_prefix();
        problems.sort_by_key(|problem| problem.change);
        if problems.is_empty() { Ok(keys) } else { Err(problems) }
    }

    /// The prefix key.
    pub fn prefix(&self) -> Chord {
        self.prefix
    }

    /// What keys mean.
    pub fn map(&self, mode: KeyMode) -> &Keymap<Action> {
        match mode {
            KeyMode::Pane => &self.panes,
            KeyMode::Copy => &self.copy,
            KeyMode::Panel(kind) => &self.of_panel[kind.place()],
        }
    }

    /// The map that an action is bound in.
    fn map_at_home(&self, action: Action) -> &Keymap<Action> {
        match action.home() {
            Home::Everywhere => &self.panes,
            Home::CopyMode => &self.copy,
            Home::AnyPanel => &self.any_panel,
            Home::Panel(kind) => &self.of_panel[kind.place()],
        }
    }

    /// The first keys of an action as they are shown, such as `^B c`.
    pub fn shown(&self, action: Action) -> Option<String> {
        self.all_shown(action).into_iter().next()
    }

    /// The key of an action behind the prefix, alone: for panes whose program takes no keys any more.
    pub fn shown_without_prefix(&self, action: Action) -> Option<String> {
        let behind_prefix = self.sequences(action).find_map(|keys| match keys {
            [prefix, key] if *prefix == self.prefix => Some(key.short()),
            _ => None,
        });
        behind_prefix.or_else(|| self.shown(action))
    }

    /// All keys of an action as they are shown, in the order in which they were given.
    pub fn all_shown(&self, action: Action) -> Vec<String> {
        self.sequences(action).map(write_sequence).collect()
    }

    fn sequences(&self, action: Action) -> impl Iterator<Item = &[Chord]> {
        let map = self.map_at_home(action);
        let of_action = self.listed.iter().filter(move |(listed, _)| *listed == action);
        of_action
            .map(|(_, keys)| keys.as_slice())
            .filter(move |keys| map.look_up(keys) == Lookup::Matched(action))
    }

    fn bind(&mut self, action: Action, keys: Vec<Chord>) -> Result<(), String> {
        self.map_of(action)
            .bind(&keys, action)
            .map_err(|conflict| conflict.to_string())?;
        self.listed.retain(|known| *known != (action, keys.clone()));
        self.listed.push((action, keys));
        Ok(())
    }

    fn map_of(&mut self, action: Action) -> &mut Keymap<Action> {
        match action.home() {
            Home::Everywhere => &mut self.panes,
            Home::CopyMode => &mut self.copy,
            Home::AnyPanel => &mut self.any_panel,
            Home::Panel(kind) => &mut self.of_panel[kind.place()],
        }
    }

    /// What is bound everywhere works in copy mode, too, in front of copy mode's own keys; in a panel behind its own and
    /// those of all panels.
    fn share_prefix(&mut self) {
        let own = std::mem::take(&mut self.copy);
        self.copy = self.panes.clone();
        for (keys, action) in own.bindings() {
            let _ = self.copy.bind(&keys, action);
        }
        for map in &mut self.of_panel {
            for (keys, action) in self.any_panel.bindings().into_iter().chain(self.panes.bindings()) {
                let _ = map.bind(&keys, action);
            }
        }
    }
}

impl Default for BoundKeys {
    fn default() -> Self {
        Self::defaults(Chord::ctrl('b'))
    }
}

fn unknown_action(name: &str) -> String {
    let shown = name.escape_debug();
    match nearest_name(name, Action::table().iter().map(|info| info.name)) {
        Some(nearest) => format!("`{shown}` is no action: did you mean `{nearest}`?"),
        None => format!("`{shown}` is no action: `e2b-tui keys` lists them"),
    }
}

/// One line of the key table as `e2b-tui keys` prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// The heading it stands under.
    pub section: &'static str,
    /// The keys, the preferred ones first; none if the action is unbound.
    pub keys: Vec<String>,
    /// The action's name in the config file.
    pub name: &'static str,
    /// One sentence.
    pub help: &'static str,
}

/// The whole key table, in the order of the help page.
pub fn key_table(keys: &BoundKeys) -> Vec<KeyRow> {
    let row = |info: &'static super::action::ActionInfo| KeyRow {
        section: info.section.title(),
        keys: keys.all_shown(info.action),
        name: info.name,
        help: info.help,
    };
    let in_order = Section::ALL
        .into_iter()
        .flat_map(|section| Action::table().iter().filter(move |info| info.section == section));
    in_order.map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(action: &str, keys: &[&str]) -> KeyChange {
        KeyChange {
            action: action.to_owned(),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        }
    }

    fn read(text: &str) -> Vec<Chord> {
        read_sequence(text, Chord::ctrl('b')).expect("keys")
    }

    #[test]
    fn every_action_is_named_once_and_bound_without_conflict() {
        let keys = BoundKeys::default();
        let mut names: Vec<_> = Action::table().iter().map(|info| info.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Action::table().len());
        for info in Action::table() {
            assert_eq!(Action::named(info.name), Some(info.action));
            assert_eq!(info.action.to_string(), info.name);
            assert!(info.help.len() <= 54, "the help page has no more room: {}", info.help);
            let clashing = ["prefix", "ctrl-b"];
            let expected = info.keys.iter().filter(|key| !clashing.contains(key)).count();
            assert_eq!(keys.all_shown(info.action).len(), expected, "{}", info.name);
        }
    }

    #[test]
    fn tmux_hands_find_their_keys() {
        let keys = BoundKeys::default();
        let hand = "c % \" n p l 0 1 9 left h z x d : ? , & o ; space { } ! [ R .";
        for key in hand.split(' ') {
            let found = keys.map(KeyMode::Pane).look_up(&read(&format!("prefix {key}")));
            assert!(matches!(found, Lookup::Matched(_)), "{key}");
        }
    }

    #[test]
    fn changes_replace_defaults_and_take_keys_from_others() {
        let changes = [change("new-tab", &["f2", "prefix x"]), change("zoom-pane", &[])];
        let keys = BoundKeys::with_changes(Chord::ctrl('b'), &changes).expect("no problem");
        assert_eq!(keys.all_shown(Action::NewTab), ["f2", "^B x"]);
        assert_eq!(keys.shown(Action::ClosePane), None, "it lost its only key");
        assert_eq!(keys.shown(Action::Zoom), None);
        assert_eq!(
            keys.map(KeyMode::Copy).look_up(&read("f2")),
            Lookup::Matched(Action::NewTab)
        );
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let changes = [
            change("new-tabb", &["f2"]),
            change("help", &["f1", "ctrl-pgupp"]),
            change("detach", &["f1"]),
            change("zoom-pane", &["f1 z"]),
        ];
        let problems = BoundKeys::with_changes(Chord::ctrl('b'), &changes).expect_err("problems");
        let told: Vec<_> = problems.iter().map(|p| (p.change, p.message.as_str())).collect();
        assert_eq!(
            told,
            [
                (0, "`new-tabb` is no action: did you mean `new-tab`?"),
                (1, "`ctrl-pgupp` is no key: did you mean `ctrl-pgup`?"),
                (2, "`f1` is bound to help already"),
                (3, "`f1 z` cannot be bound beside `f1`, which is bound to help"),
            ]
        );
    }

    #[test]
    fn another_prefix_moves_everything_behind_it() {
        let keys = BoundKeys::defaults(Chord::ctrl('a'));
        assert_eq!(keys.shown(Action::Help).as_deref(), Some("^A ?"));
        assert_eq!(
            keys.all_shown(Action::Copy(super::super::action::CopyAction::PageUp))
                .len(),
            2
        );
        let table = key_table(&keys);
        assert_eq!(table.len(), Action::table().len());
    }
}

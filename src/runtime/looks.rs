//! Which theme is shown: the one that is set, until the user chooses another. Knows no file.

use std::collections::BTreeMap;

use crate::theme::Theme;

/// All themes and the one that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looks {
    themes: BTreeMap<String, Theme>,
    /// The one that the settings name.
    set: String,
    shown: String,
    theme: Theme,
}

impl Looks {
    /// These themes; the one of this name is shown, or the dark one if there is none.
    pub fn new(themes: BTreeMap<String, Theme>, set: impl Into<String>) -> Self {
        let set = set.into();
        let theme = themes.get(&set).cloned().unwrap_or_else(Theme::dark);
        Self {
            themes,
            shown: set.clone(),
            set,
            theme,
        }
    }

    /// The one that is shown.
    pub fn theme(&self) -> &Theme {
        &self.theme
    }

    /// Shows the theme of this name; false if there is none.
    pub fn choose(&mut self, name: &str) -> bool {
        let Some(theme) = self.themes.get(name) else {
            return false;
        };
        self.theme.clone_from(theme);
        name.clone_into(&mut self.shown);
        true
    }

    /// Takes in new settings. What the user chose stays, as long as the settings name the same theme as before.
    pub fn renew(&mut self, new: Self) {
        let shown = if new.set == self.set {
            std::mem::take(&mut self.shown)
        } else {
            new.set.clone()
        };
        *self = new;
        self.choose(&shown);
    }
}

impl From<Theme> for Looks {
    /// This theme and no other.
    fn from(theme: Theme) -> Self {
        Self {
            themes: BTreeMap::new(),
            set: String::new(),
            shown: String::new(),
            theme,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(set: &str) -> Looks {
        let named = |name: &str| (name.to_owned(), Theme::named(name).unwrap());
        Looks::new(["dark", "light", "mono"].into_iter().map(named).collect(), set)
    }

    #[test]
    fn a_choice_outlasts_other_changes_and_gives_way_to_a_new_setting() {
        let mut shown = looks("dark");
        assert!(shown.choose("light") && !shown.choose("pink"));
        shown.renew(looks("dark"));
        assert_eq!(shown.theme(), &Theme::light());
        shown.renew(looks("mono"));
        assert_eq!(shown.theme(), &Theme::mono());
    }
}

//! A theme as the user writes it: a built-in one to begin with, and colours for some roles. Knows no styles.

use std::fmt::Write as _;

use crate::domain::Paint;

use super::document::{ConfigError, Document, Section};

/// What stands in a theme file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThemeFile {
    /// The built-in theme that has the colours that are not named here.
    pub base: String,
    /// Colours by the name of their role.
    pub colors: Vec<ThemeColor>,
}

/// One line of `[colors]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThemeColor {
    /// The role's name.
    pub role: String,
    /// Its colour.
    pub paint: Paint,
}

impl ThemeFile {
    /// Reads the text of a file that is shown as `file` in errors. `bases` and `roles` are the names that are known.
    pub fn parse(text: &str, file: &str, (bases, roles): (&[&str], &[&str])) -> Result<Self, ConfigError> {
        let (mut document, table) = Document::parse(text);
        let top = Section::top(&table);
        document.check_keys(&top, &["base", "colors"]);
        let base = document.one_of(&top, "base", bases);
        let mut colors = Vec::new();
        if let Some(section) = document.table(&top, "colors") {
            document.check_keys(&section, roles);
            for role in roles {
                if let Some(paint) = document.parsed(&section, role) {
                    let role = (*role).to_owned();
                    colors.push(ThemeColor { role, paint });
                }
            }
        }
        let problems = document.finish();
        if problems.is_empty() {
            return Ok(Self {
                base: base.unwrap_or_else(|| "dark".to_owned()),
                colors,
            });
        }
        Err(ConfigError {
            file: file.to_owned(),
            problems,
        })
    }
}

/// A sample of a theme file: every role with its colour in the theme that is the base without another one.
pub fn theme_sample_text(bases: &[&str], roles: &[(&str, Paint)]) -> String {
    let mut text = format!(
        "# A theme of your own. Put it as NAME.toml into the folder `themes` beside the config file and set theme = \"NAME\",\n\
         # or choose it with the action `choose-theme`. A file that changes is read again at once.\n\n\
         # Whose colours are taken where none is named here: {}.\n#base = \"dark\"\n\n\
         # A colour is #rrggbb, a number of the 256, default, or black, red, green, yellow, blue, magenta, cyan, white,\n\
         # with bright- in front for the light ones. A terminal that knows fewer colours gets the nearest ones.\n#[colors]\n",
        bases.join(", ")
    );
    for (role, paint) in roles {
        let _ = writeln!(text, "#{role} = \"{paint}\"");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: (&[&str], &[&str]) = (&["dark", "light"], &["accent", "bad"]);

    #[test]
    fn every_mistake_is_reported_at_its_line() {
        let text = "bass = 1\nbase = \"pink\"\n[colors]\nacent = \"red\"\nbad = \"reddish\"\naccent = 7\n";
        let problems = ThemeFile::parse(text, "t", KNOWN).unwrap_err().to_string();
        let expected = "t:1: unknown key `bass` — did you mean `base`?\n\
             t:2: `base` cannot be `pink`: use dark, light\n\
             t:4: unknown key `acent` in [colors] — did you mean `accent`?\n\
             t:5: `colors.bad`: `reddish` is no colour: ";
        assert!(problems.starts_with(expected), "{problems}");
        assert!(
            problems.ends_with("t:6: `colors.accent` must be a text in quotes, not of type integer"),
            "{problems}"
        );
    }

    #[test]
    fn what_is_left_out_is_left_to_the_base() {
        let theme = ThemeFile::parse("[colors]\nbad = \"#ff0000\"\n", "t", KNOWN).unwrap();
        assert_eq!(theme.base, "dark");
        assert_eq!(theme.colors.len(), 1);
        assert_eq!(theme.colors[0].paint, Paint::Rgb(255, 0, 0));
    }
}

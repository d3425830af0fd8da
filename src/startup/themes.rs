//! The themes of this run: the built-in ones and those of the user's own, read from the folder beside the config file.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use crate::config::{ConfigError, ThemeFile, theme_sample_text};
use crate::domain::{Failure, FailureKind, Paint, RemoteText};
use crate::theme::{Role, Shades, Theme};

/// No theme file is larger; what is, is something else.
const LARGEST: u64 = 256 * 1024;

/// The themes in a folder by their names, with all mistakes of all files. No folder, no themes.
pub(super) fn own_themes(folder: &Path) -> Result<BTreeMap<String, Theme>, Failure> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(BTreeMap::new());
        }
        Err(error) => return Err(unreadable(folder, &error.to_string())),
    };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let mut themes = BTreeMap::new();
    let mut problems: Vec<String> = Vec::new();
    for path in paths {
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        match read(&path, name) {
            Ok(theme) => {
                themes.insert(name.to_owned(), theme);
            }
            Err(failure) => problems.push(failure.to_string()),
        }
    }
    if problems.is_empty() {
        return Ok(themes);
    }
    Err(Failure::new(FailureKind::Usage, problems.join("\n")))
}

fn read(path: &Path, name: &str) -> Result<Theme, Failure> {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_".contains(letter);
    if name.is_empty() || name == "auto" || Theme::NAMES.contains(&name) || !name.chars().all(is_plain) {
        return Err(unreadable(
            path,
            "its name must be of letters, digits, - and _, and not that of a built-in theme",
        ));
    }
    let size = fs::metadata(path).map_err(|error| unreadable(path, &error.to_string()))?;
    if !size.is_file() || size.len() > LARGEST {
        return Err(unreadable(path, "it is no text file of a theme's size"));
    }
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error.to_string()))?;
    let shown = RemoteText::new(path.display().to_string()).escaped();
    Ok(theme_of(&text, &shown)?)
}

fn unreadable(path: &Path, why: &str) -> Failure {
    let shown = RemoteText::new(path.display().to_string());
    Failure::new(FailureKind::Usage, format!("cannot take a theme from {shown}")).because(why.to_owned())
}

/// The theme that a text describes.
fn theme_of(text: &str, file: &str) -> Result<Theme, ConfigError> {
    let roles = Role::ALL.map(|(_, name)| name);
    let bases = bases();
    let file = ThemeFile::parse(text, file, (&bases, &roles))?;
    let mut shades = Shades::named(&file.base).unwrap_or_else(Shades::dark);
    for color in file.colors {
        if let Some(role) = Role::named(&color.role) {
            shades.set(role, color.paint);
        }
    }
    Ok(Theme::colored(&shades))
}

/// The built-in themes that have colours.
fn bases() -> Vec<&'static str> {
    let names = Theme::NAMES.into_iter();
    names.filter(|name| Shades::named(name).is_some()).collect()
}

/// A sample theme file: every role with its colour in the dark theme.
pub fn theme_sample() -> String {
    let dark = Shades::dark();
    let roles: Vec<(&str, Paint)> = Role::ALL
        .into_iter()
        .map(|(role, name)| (name, dark.get(role)))
        .collect();
    theme_sample_text(&bases(), &roles)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_themes_are_read_and_every_mistake_is_said() {
        let folder = tempfile::tempdir().unwrap();
        assert!(own_themes(&folder.path().join("none")).unwrap().is_empty());
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("mine.toml", "base = \"light\"\n[colors]\naccent = \"#102030\"\n");
        write("notes.txt", "not a theme");
        let themes = own_themes(folder.path()).unwrap();
        assert_eq!(themes.keys().collect::<Vec<_>>(), ["mine"]);
        let (mine, light) = (&themes["mine"], Theme::light());
        assert!(mine.accent != light.accent && mine.bar == light.bar);
        write("dark.toml", "");
        write("bad.toml", "[colors]\naccent = \"reddish\"\nx = 1\n");
        let problems = own_themes(folder.path()).unwrap_err().to_string();
        assert_eq!(problems.lines().count(), 3, "{problems}");
        assert!(
            problems.contains("bad.toml:2: ") && problems.contains("dark.toml: its name"),
            "{problems}"
        );
    }

    #[test]
    fn the_sample_switched_on_is_the_dark_theme() {
        let text: String = theme_sample()
            .lines()
            .map(|line| {
                line.strip_prefix('#')
                    .filter(|rest| !rest.starts_with(' '))
                    .unwrap_or(line)
            })
            .flat_map(|line| [line, "\n"])
            .collect();
        assert_eq!(theme_of(&text, "t").unwrap(), Theme::dark());
    }
}

//! Settings and folders of this run, found and read once.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::config::{ConfigFile, Flags, Settings};
use crate::domain::{Failure, FailureKind, RemoteText};

use super::themes::own_themes;
use super::{Folders, start_log};
use crate::theme::Theme;

/// What a command knows before it begins.
#[derive(Clone, Debug)]
pub struct Context {
    /// Every setting.
    pub settings: Settings,
    /// What the command line said.
    pub flags: Flags,
    /// Our folders; `None` for a user without a home.
    pub folders: Option<Folders>,
    /// The config file that was asked for or is looked for.
    pub config_file: Option<PathBuf>,
    /// Whether that file exists.
    pub config_exists: bool,
    /// The user's own themes by their names.
    pub own_themes: BTreeMap<String, Theme>,
}

impl Context {
    /// Finds the folders and reads the config file: the one that is named, which must exist, or the usual one.
    pub fn load(named: Option<&Path>, flags: Flags) -> Result<Self, Failure> {
        let folders = Folders::find();
        let usual = folders.as_ref().map(Folders::config_file);
        let config_file = named.map(Path::to_owned).or(usual);
        Self::read((folders, config_file), named.is_some(), flags)
    }

    /// Reads the same files again. A config file that has gone says nothing.
    pub fn read_again(&self) -> Result<Self, Failure> {
        let places = (self.folders.clone(), self.config_file.clone());
        Self::read(places, false, self.flags.clone())
    }

    fn read(
        (folders, config_file): (Option<Folders>, Option<PathBuf>),
        must_exist: bool,
        flags: Flags,
    ) -> Result<Self, Failure> {
        let text = match &config_file {
            Some(path) => read_config(path, must_exist)?,
            None => None,
        };
        let config_exists = text.is_some();
        let themes_folder = themes_folder(config_file.as_deref());
        // A broken theme must not hide what is wrong with the config file, nor the other way round.
        let own_themes = themes_folder.map_or(Ok(BTreeMap::new()), |folder| own_themes(&folder));
        let names: Vec<String> = own_themes.iter().flat_map(BTreeMap::keys).cloned().collect();
        let shown = config_file
            .as_deref()
            .map(|path| path.display().to_string())
            .unwrap_or_default();
        let shown = RemoteText::new(shown).escaped();
        let file = ConfigFile::parse_with(&text.unwrap_or_default(), &shown, &names).map_err(Failure::from);
        let (file, own_themes) = match (file, own_themes) {
            (Ok(file), Ok(themes)) => (file, themes),
            (Err(one), Err(other)) => return Err(Failure::new(FailureKind::Usage, format!("{one}\n{other}"))),
            (Err(failure), _) | (_, Err(failure)) => return Err(failure),
        };
        let settings = Settings::resolve(file, &flags, variable);
        Ok(Self {
            settings,
            flags,
            folders,
            config_file,
            config_exists,
            own_themes,
        })
    }

    /// The folders that hold what is read again when it changes.
    pub fn watched_folders(&self) -> Vec<PathBuf> {
        let config = self.config_file.as_deref();
        let beside = config.and_then(Path::parent).map(|folder| {
            if folder.as_os_str().is_empty() {
                PathBuf::from(".")
            } else {
                folder.to_owned()
            }
        });
        beside.into_iter().chain(themes_folder(config)).collect()
    }

    /// Every theme by its name, with the frames that are set.
    pub fn themes(&self) -> BTreeMap<String, Theme> {
        let built_in = Theme::NAMES
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), Theme::named(name)?)));
        let own = self
            .own_themes
            .iter()
            .map(|(name, theme)| (name.clone(), theme.clone()));
        let framed = |(name, theme): (String, Theme)| {
            let is_ascii = self.settings.look.ascii;
            (name, if is_ascii { theme.with_ascii_borders() } else { theme })
        };
        built_in.chain(own).map(framed).collect()
    }

    /// Begins to log. Work goes on without a log if there can be none.
    pub fn start_log(&self) {
        if let Some(folders) = &self.folders
            && let Err(error) = start_log(&folders.log_file(), self.settings.log)
        {
            // There is no log to say it in, and nothing that was asked for has failed.
            let _ = error;
        }
    }

    /// A path from the config file: `~/` is home, and what is not absolute begins at the file's folder.
    pub fn path_in_config(&self, text: &str) -> PathBuf {
        if let Some(rest) = text.strip_prefix("~/")
            && let Some(home) = directories::BaseDirs::new()
        {
            return home.home_dir().join(rest);
        }
        let folder = self.config_file.as_deref().and_then(Path::parent);
        folder.map_or_else(|| PathBuf::from(text), |folder| folder.join(text))
    }
}

fn themes_folder(config_file: Option<&Path>) -> Option<PathBuf> {
    Some(config_file?.parent()?.join("themes"))
}

/// No settings are longer than this: it is another kind of file.
const CONFIG_LIMIT: u64 = 1 << 20;

/// The text of a config file; `None` if it does not exist and need not.
fn read_config(path: &Path, must_exist: bool) -> Result<Option<String>, Failure> {
    let shown = RemoteText::new(path.display().to_string());
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(CONFIG_LIMIT + 1).read_to_end(&mut bytes));
    if let Err(error) = read {
        let is_missing = matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
        if is_missing && !must_exist {
            return Ok(None);
        }
        let summary = format!("cannot read the config file {shown}");
        return Err(Failure::new(FailureKind::Usage, summary).because(error.to_string()));
    }
    if bytes.len() as u64 > CONFIG_LIMIT {
        let summary = format!("the config file {shown} is longer than {CONFIG_LIMIT} bytes");
        return Err(Failure::new(FailureKind::Usage, summary).hint("is it another kind of file?"));
    }
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..good].split(|byte| *byte == b'\n').count();
        let text = format!("{shown}:{line}: there is a byte that is no UTF-8 — save the file as UTF-8");
        Failure::new(FailureKind::Usage, text)
    })
}

/// An environment variable, if it is set to readable text.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

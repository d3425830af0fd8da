//! Settings and folders of this run, found and read once.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::config::{ConfigFile, Flags, Settings};
use crate::domain::{Failure, FailureKind, RemoteText};

use super::{Folders, start_log};

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
}

impl Context {
    /// Finds the folders and reads the config file: the one that is named, which must exist, or the usual one.
    pub fn load(named: Option<&Path>, flags: Flags) -> Result<Self, Failure> {
        let folders = Folders::find();
        let usual = folders.as_ref().map(Folders::config_file);
        let config_file = named.map(Path::to_owned).or(usual);
        let text = match &config_file {
            Some(path) => read_config(path, named.is_some())?,
            None => None,
        };
        let config_exists = text.is_some();
        let shown = config_file
            .as_deref()
            .map(|path| path.display().to_string())
            .unwrap_or_default();
        let file = ConfigFile::parse(&text.unwrap_or_default(), &RemoteText::new(shown).escaped())?;
        let settings = Settings::resolve(file, &flags, variable);
        Ok(Self {
            settings,
            flags,
            folders,
            config_file,
            config_exists,
        })
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

/// The text of a config file; `None` if it does not exist and need not.
fn read_config(path: &Path, must_exist: bool) -> Result<Option<String>, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !must_exist => Ok(None),
        Err(error) => Err(Failure::new(
            FailureKind::Usage,
            format!(
                "cannot read the config file {}",
                RemoteText::new(path.display().to_string())
            ),
        )
        .because(error.to_string())),
    }
}

/// An environment variable, if it is set to readable text.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

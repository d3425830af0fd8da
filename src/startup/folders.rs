//! Where our files are. Makes none of them.

use std::path::PathBuf;

use directories::ProjectDirs;

/// The folders of this user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    /// Where `config.toml` is looked for.
    pub config: PathBuf,
    /// What lasts: the working folders of named local sandboxes.
    pub data: PathBuf,
    /// What may be lost: logs and token files.
    pub state: PathBuf,
    /// What can be made again.
    pub cache: PathBuf,
}

impl Folders {
    /// The folders that this system keeps such files in; `None` for a user without a home. Makes none of them.
    pub fn find() -> Option<Self> {
        let folders = ProjectDirs::from("", "", "e2b-tui")?;
        Some(Self {
            config: folders.config_dir().to_owned(),
            data: folders.data_local_dir().to_owned(),
            state: folders.state_dir().unwrap_or(folders.data_local_dir()).to_owned(),
            cache: folders.cache_dir().to_owned(),
        })
    }

    /// The config file, whether it exists or not.
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// Where themes of the user's own are looked for.
    pub fn themes(&self) -> PathBuf {
        self.config.join("themes")
    }

    /// Where recordings go that are given no place.
    pub fn recordings(&self) -> PathBuf {
        self.state.join("recordings")
    }

    /// Where saved text goes that is given no place.
    pub fn saved(&self) -> PathBuf {
        self.state.join("saved")
    }

    /// The file that says that a newcomer's hint was seen.
    pub fn hint_seen(&self) -> PathBuf {
        self.state.join("hint-seen")
    }

    /// Where workspaces are.
    pub fn workspaces(&self) -> PathBuf {
        self.state.join("workspaces")
    }

    /// Where it is noted what transfers have not finished in sandboxes.
    pub fn unfinished(&self) -> PathBuf {
        self.state.join("unfinished")
    }

    /// The store of commands, whether it exists or not.
    pub fn history_file(&self) -> PathBuf {
        self.data.join("history").join("history.db")
    }

    /// The log file, whether it exists or not.
    pub fn log_file(&self) -> PathBuf {
        self.state.join("e2b-tui.log")
    }
}

//! Commands that were run in panes, as they are remembered on the user's own side.

use std::time::Duration;

use super::{RemoteText, Timestamp};

/// The number of a command, different from that of every other command of every run of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandKey {
    /// A random number of the run.
    pub run: u64,
    /// Counts within it.
    pub number: u64,
}

/// Where commands are run.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandPlace {
    /// The sandbox's ID; what the user calls it, if it has none.
    pub sandbox: RemoteText,
    /// What the user calls it.
    pub alias: RemoteText,
    /// The template it was made of, if that is known.
    pub template: Option<RemoteText>,
    /// The user of the sandbox, if one was chosen.
    pub user: Option<RemoteText>,
    /// What names it on a command line: a host, an ID, a name.
    pub host: RemoteText,
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandRecord {
    /// Its number.
    pub key: CommandKey,
    /// What was run.
    pub text: RemoteText,
    /// Where.
    pub place: CommandPlace,
    /// In which directory, if that is known.
    pub directory: Option<RemoteText>,
    /// In which shell: the same for all commands of one pane's program.
    pub session: String,
    /// In which pane.
    pub pane: u32,
    /// When, by our own clock.
    pub started: Timestamp,
    /// Its exit code, 128 and more for a signal; `None` while it runs, or if nobody said.
    pub status: Option<i32>,
    /// How long it took; `None` while it runs.
    pub took: Option<Duration>,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandEnd {
    /// Which.
    pub key: CommandKey,
    /// Its exit code, if anybody said.
    pub status: Option<i32>,
    /// How long it took.
    pub took: Duration,
}

/// The number of a command in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(pub i64);

/// A command as the store has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptCommand {
    /// Its number in the store.
    pub id: CommandId,
    /// The command.
    pub record: CommandRecord,
    /// Whether it is kept when others are forgotten for their age.
    pub is_pinned: bool,
}

/// Of which commands one speaks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CommandScope {
    /// All.
    #[default]
    Everywhere,
    /// Those of one shell.
    Session(String),
    /// Those of one sandbox.
    Sandbox(String),
    /// Those of all sandboxes of one template.
    Template(String),
}

/// What to look for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandQuery {
    /// Words, each of which must be there, if need be with letters between. Nothing: the newest.
    pub text: String,
    /// Where.
    pub scope: CommandScope,
    /// Only those that failed.
    pub is_failed_only: bool,
    /// Only those of this directory.
    pub directory: Option<String>,
    /// Only those from then on.
    pub since: Option<Timestamp>,
    /// No more than this.
    pub limit: usize,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandPage {
    /// The best first; among equals the newest. Each text once.
    pub found: Vec<KeptCommand>,
    /// How many different texts there are in the scope.
    pub searched: usize,
    /// Whether the store is still being read, so that older commands are missing.
    pub is_loading: bool,
    /// What is wrong with the store, if something is.
    pub trouble: Option<String>,
}

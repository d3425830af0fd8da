//! Values of options: what they can be and how they are read.

use std::collections::BTreeMap;

use clap::ValueEnum;

use crate::domain::{SandboxState, Timestamp, parse_metadata};
use crate::platform::LogLevel;

/// How to print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Pretty,
    /// For programs.
    Json,
}

/// In which order to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Order {
    /// The oldest first.
    Asc,
    /// The newest first.
    Desc,
}

/// What happens when a life is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TimeoutAction {
    /// It is killed.
    #[default]
    Kill,
    /// It is paused.
    Pause,
}

/// Metadata as given on the command line.
pub type Pairs = BTreeMap<String, String>;

/// `running` or `paused`.
pub(super) fn state(text: &str) -> Result<SandboxState, String> {
    match text {
        "running" => Ok(SandboxState::Running),
        "paused" => Ok(SandboxState::Paused),
        _ => Err("a state is running or paused".to_owned()),
    }
}

/// `key=value,key=value`.
pub(super) fn metadata(text: &str) -> Result<Pairs, String> {
    parse_metadata(text)
}

/// A date.
pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).ok_or_else(|| "write it as 2026-11-23T12:00:00Z".to_owned())
}

/// A level of the log, in letters of either size.
pub(super) fn level(text: &str) -> Result<LogLevel, String> {
    LogLevel::ALL
        .into_iter()
        .find(|level| level.name().eq_ignore_ascii_case(text))
        .ok_or_else(|| "a level is debug, info, warn or error".to_owned())
}

//! What `history` can be told.

use std::path::PathBuf;
use std::time::SystemTime;

use clap::{Args, Subcommand, ValueHint};
use regex::Regex;

use super::super::arguments::GeneralFlags;
use super::super::sandboxes::parse_span;
use crate::domain::{CommandQuery, CommandScope, Timestamp};
use crate::history::Format;

/// Arguments of `history`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct HistoryArguments {
    /// What to do. Without a word: list.
    #[command(subcommand)]
    pub(super) what: Option<HistoryCommand>,
    /// What to list.
    #[command(flatten)]
    pub(super) list: ListArguments,
}

impl HistoryArguments {
    /// What every command knows.
    pub(in super::super) fn general(&self) -> &GeneralFlags {
        match &self.what {
            None => &self.list.general,
            Some(HistoryCommand::List(of)) => &of.general,
            Some(HistoryCommand::Search(of)) => &of.list.general,
            Some(HistoryCommand::Stats(of)) => &of.general,
            Some(HistoryCommand::Import(of)) => &of.general,
            Some(HistoryCommand::Export(of)) => &of.general,
            Some(HistoryCommand::Forget(of)) => &of.general,
        }
    }
}

/// What to do with remembered commands.
#[derive(Debug, Subcommand)]
pub(super) enum HistoryCommand {
    /// Print commands, the newest last.
    #[command(visible_alias = "ls")]
    List(ListArguments),
    /// Print the commands that fit best, the best first, each text once. Exit code 3 if none does.
    Search(SearchArguments),
    /// Print how much there is, and what was run most.
    Stats(StatsArguments),
    /// Take in the history file of a shell, atuin's export, or our own. What is known already is not taken in twice.
    Import(ImportArguments),
    /// Print all as JSON, a command a line, as `import` reads it.
    Export(ExportArguments),
    /// Forget commands for good; asks first.
    Forget(ForgetArguments),
}

/// Of which commands to speak.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Filters {
    /// Only those of this sandbox: its ID, or what it was called.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["template", "shell"])]
    pub(super) sandbox: Option<String>,
    /// Only those of sandboxes of this template.
    #[arg(long, value_name = "NAME", conflicts_with = "shell")]
    pub(super) template: Option<String>,
    /// Only those of one shell, as `session` of --json names it.
    #[arg(long, value_name = "SESSION")]
    pub(super) shell: Option<String>,
    /// Only those that failed.
    #[arg(long)]
    pub(super) failed: bool,
    /// Only those of this directory.
    #[arg(long, value_name = "DIR")]
    pub(super) directory: Option<String>,
    /// Only those since then: 90m, 12h, 7d, or a date as 2026-11-23T12:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub(super) since: Option<Timestamp>,
}

impl Filters {
    /// Whether they leave anything out.
    pub(super) fn is_any(&self) -> bool {
        self.query(0) != CommandQuery::default()
    }

    /// As a query without words.
    pub(super) fn query(&self, limit: usize) -> CommandQuery {
        let scope = match (&self.sandbox, &self.template, &self.shell) {
            (Some(name), _, _) => CommandScope::Sandbox(name.clone()),
            (_, Some(name), _) => CommandScope::Template(name.clone()),
            (_, _, Some(name)) => CommandScope::Session(name.clone()),
            _ => CommandScope::Everywhere,
        };
        CommandQuery {
            text: String::new(),
            scope,
            is_failed_only: self.failed,
            directory: self.directory.clone(),
            since: self.since,
            limit,
        }
    }
}

/// Arguments of `list`.
#[derive(Debug, Args)]
pub(super) struct ListArguments {
    /// Of which commands.
    #[command(flatten)]
    pub(super) filters: Filters,
    /// So many at most; 0: all.
    #[arg(short, long, value_name = "COUNT", default_value_t = 100)]
    pub(super) limit: usize,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
    /// What every command knows.
    #[command(flatten)]
    pub(super) general: GeneralFlags,
}

/// Arguments of `search`.
#[derive(Debug, Args)]
pub(super) struct SearchArguments {
    /// Words that must be there, if need be with letters between.
    #[arg(value_name = "WORD", required = true)]
    pub(super) words: Vec<String>,
    /// Where to look, and how to print.
    #[command(flatten)]
    pub(super) list: ListArguments,
}

/// Arguments of `stats`.
#[derive(Debug, Args)]
pub(super) struct StatsArguments {
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
    /// What every command knows.
    #[command(flatten)]
    pub(super) general: GeneralFlags,
}

/// Arguments of `import`.
#[derive(Debug, Args)]
pub(super) struct ImportArguments {
    /// The file; - is standard input. For atuin: the output of `atuin history list`.
    #[arg(value_hint = ValueHint::FilePath)]
    pub(super) file: PathBuf,
    /// Whose file it is: bash, zsh, fish, atuin or e2b-tui. Without it, what it looks like.
    #[arg(short, long, value_name = "FORMAT", value_parser = format)]
    pub(super) format: Option<Format>,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
    /// What every command knows.
    #[command(flatten)]
    pub(super) general: GeneralFlags,
}

/// Arguments of `export`.
#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    /// Of which commands.
    #[command(flatten)]
    pub(super) filters: Filters,
    /// It prints JSON in any case.
    #[arg(long)]
    pub(super) json: bool,
    /// What every command knows.
    #[command(flatten)]
    pub(super) general: GeneralFlags,
}

/// Arguments of `forget`.
#[derive(Debug, Args)]
pub(super) struct ForgetArguments {
    /// The commands, by the numbers that `list` prints.
    #[arg(value_name = "ID", conflicts_with_all = ["matching", "all", "sandbox", "template", "shell", "failed", "directory", "since"])]
    pub(super) ids: Vec<i64>,
    /// Those that this regular expression matches, within the filters.
    #[arg(long, value_name = "REGEX", value_parser = pattern)]
    pub(super) matching: Option<Regex>,
    /// Of which commands.
    #[command(flatten)]
    pub(super) filters: Filters,
    /// All commands of all sandboxes.
    #[arg(long, conflicts_with_all = ["matching", "sandbox", "template", "shell", "failed", "directory", "since"])]
    pub(super) all: bool,
    /// Do not ask.
    #[arg(short, long)]
    pub(super) yes: bool,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
    /// What every command knows.
    #[command(flatten)]
    pub(super) general: GeneralFlags,
}

fn since(text: &str) -> Result<Timestamp, String> {
    if let Some(date) = Timestamp::parse(text) {
        return Ok(date);
    }
    let span = parse_span(text).map_err(|_| {
        format!(
            "`{}` is no time: write 90m, 12h, 7d, or 2026-11-23T12:00:00Z",
            text.escape_debug()
        )
    })?;
    let then = SystemTime::now().checked_sub(span);
    Ok(then.map_or_else(Timestamp::default, Timestamp::from))
}

fn format(text: &str) -> Result<Format, String> {
    let found = Format::ALL.into_iter().find(|(_, name)| *name == text);
    found.map(|(format, _)| format).ok_or_else(|| {
        let names: Vec<&str> = Format::ALL.into_iter().map(|(_, name)| name).collect();
        format!("a format is one of {}", names.join(", "))
    })
}

fn pattern(text: &str) -> Result<Regex, String> {
    Regex::new(text).map_err(|error| format!("it is no regular expression: {error}"))
}

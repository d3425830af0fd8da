//! `config` and `keys`: what is set, as text.

use std::fmt::Write as _;
use std::path::Path;

use crate::app::{BoundKeys, KeyChange, KeyRow, key_table};
use crate::config::{ConfigError, Problem, Settings, effective_text, sample_text};
use crate::domain::{Failure, FailureKind};
use crate::startup::Context;

use super::arguments::{ConfigArguments, ConfigPage};
use super::output;
use super::run::with_settings;

/// Prints one of the pages of `config`. The path and the sample need no readable config.
pub(super) fn print_config(arguments: &ConfigArguments) -> u8 {
    match arguments.page {
        ConfigPage::Sample => output::print(&sample_text()),
        ConfigPage::Path => print_path(arguments),
        ConfigPage::Effective => with_settings(&arguments.general, |context| {
            Ok(output::print(&effective_text(&context.settings)))
        }),
    }
}

fn print_path(arguments: &ConfigArguments) -> u8 {
    let usual = crate::startup::Folders::find().map(|folders| folders.config_file());
    match arguments.general.config.clone().or(usual) {
        Some(path) => output::print(&format!("{}\n", path.display())),
        None => output::report(
            &Failure::new(
                FailureKind::NotFound,
                "this user has no home, so there is no usual config file",
            )
            .hint("name one with --config"),
        ),
    }
}

/// Prints every action with its keys, under headings.
pub(super) fn print_keys(context: &Context) -> Result<u8, Failure> {
    let keys = bound_keys(&context.settings, context.config_file.as_deref())?;
    let rows = key_table(&keys);
    let width = |of: fn(&KeyRow) -> String| rows.iter().map(|row| of(row).chars().count()).max().unwrap_or(0);
    let shown_keys = |row: &KeyRow| row.keys.join(", ");
    let (key_width, name_width) = (width(shown_keys), width(|row| row.name.to_owned()));
    let mut text = format!("The prefix is {}.\n", keys.prefix());
    let mut section = "";
    for row in &rows {
        if row.section != section {
            section = row.section;
            let _ = write!(text, "\n{section}\n");
        }
        let (keys, name, help) = (shown_keys(row), row.name, row.help);
        let _ = writeln!(text, "  {keys:key_width$}  {name:name_width$}  {help}");
    }
    Ok(output::print(&text))
}

/// The keys in force; what is wrong with the changes is said with the lines they stand on.
pub(super) fn bound_keys(settings: &Settings, file: Option<&Path>) -> Result<BoundKeys, Failure> {
    let changes: Vec<KeyChange> = settings
        .keys
        .iter()
        .map(|binding| KeyChange {
            action: binding.action.clone(),
            keys: binding.keys.clone(),
        })
        .collect();
    BoundKeys::with_changes(settings.prefix, &changes).map_err(|problems| {
        let line_of = |change: usize| settings.keys.get(change).map_or(0, |binding| binding.line);
        let problems = problems.into_iter().map(|problem| Problem {
            line: line_of(problem.change),
            text: problem.message,
        });
        let error = ConfigError {
            file: file.map(|path| path.display().to_string()).unwrap_or_default(),
            problems: problems.collect(),
        };
        error.into()
    })
}

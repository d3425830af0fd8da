//! A TOML text read key by key, with every problem collected and given its line. Does not know which keys there are.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::domain::{Failure, FailureKind};
use crate::keys::nearest_name;

/// One thing that is wrong with a config file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub text: String,
}

/// All that is wrong with a config file. `Display` gives one line for each problem: `file:line: text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file, as it is to be shown.
    pub file: String,
    /// At least one, by line.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                out.write_str("\n")?;
            }
            write!(out, "{}:{}: {}", self.file, problem.line, problem.text)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(FailureKind::Usage, error.to_string())
    }
}

/// A text being read.
pub(super) struct Document<'i> {
    text: &'i str,
    problems: Vec<Problem>,
    /// How many of the first ones say that it is no TOML.
    broken: usize,
}

/// One table of it.
#[derive(Clone)]
pub(super) struct Section<'t, 'i> {
    table: &'t DeTable<'i>,
    /// Its path, empty for the top.
    name: String,
}

impl<'i> Document<'i> {
    /// Parses a text. What cannot be parsed becomes problems; the rest is there to be read.
    pub(super) fn parse(text: &'i str) -> (Self, Spanned<DeTable<'i>>) {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut document = Self {
            text,
            problems: Vec::new(),
            broken: errors.len(),
        };
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            document.report(&span, format!("not valid TOML: {}", error.message()));
        }
        (document, table)
    }

    /// Notes a problem at a place in the text.
    pub(super) fn report(&mut self, span: &Range<usize>, text: impl Into<String>) {
        let line = self.line_of(span);
        self.problems.push(Problem {
            line,
            text: text.into(),
        });
    }

    /// The line that a place in the text is on, from 1.
    pub(super) fn line_of(&self, span: &Range<usize>) -> usize {
        let before = self.text.as_bytes().iter().take(span.start);
        1 + before.filter(|byte| **byte == b'\n').count()
    }

    /// All problems by line, one for each line: what follows from the first would only confuse. So would what is read into
    /// a text that is no TOML.
    pub(super) fn finish(mut self) -> Vec<Problem> {
        if self.broken > 0 {
            self.problems.truncate(self.broken);
        }
        self.problems.sort_by_key(|problem| problem.line);
        self.problems.dedup_by_key(|problem| problem.line);
        self.problems
    }

    /// Reports every key of the section that is not among `known`.
    pub(super) fn check_keys(&mut self, section: &Section<'_, 'i>, known: &[&str]) {
        for key in section.table.keys() {
            let written: &str = key.get_ref();
            if known.contains(&written) {
                continue;
            }
            let shown = written.escape_debug();
            let place = if section.name.is_empty() {
                String::new()
            } else {
                format!(" in [{}]", section.name)
            };
            let advice = match nearest_name(written, known.iter().copied()) {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("known are {}", known.join(", ")),
            };
            self.report(&key.span(), format!("unknown key `{shown}`{place} — {advice}"));
        }
    }

    /// A text.
    pub(super) fn string(&mut self, section: &Section<'_, 'i>, key: &str) -> Option<String> {
        let value = section.table.get(key)?;
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.report_type(section, key, value, "a text in quotes");
        }
        text.map(str::to_owned)
    }

    /// A text that `T` can be made of; its error becomes the problem.
    pub(super) fn parsed<T>(&mut self, section: &Section<'_, 'i>, key: &str) -> Option<T>
    where
        T: FromStr<Err: fmt::Display>,
    {
        let text = self.string(section, key)?;
        let span = section.table.get(key)?.span();
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.report(&span, format!("`{}`: {error}", section.path_of(key)));
                None
            }
        }
    }

    /// One of a few texts.
    pub(super) fn one_of(&mut self, section: &Section<'_, 'i>, key: &str, known: &[&str]) -> Option<String> {
        let text = self.string(section, key)?;
        if known.contains(&text.as_str()) {
            return Some(text);
        }
        let span = section.table.get(key)?.span();
        let shown = text.escape_debug();
        let text = format!(
            "`{}` cannot be `{shown}`: use {}",
            section.path_of(key),
            known.join(", ")
        );
        self.report(&span, text);
        None
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, section: &Section<'_, 'i>, key: &str) -> Option<bool> {
        let value = section.table.get(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.report_type(section, key, value, "true or false");
        }
        flag
    }

    /// A whole number within limits.
    pub(super) fn number(&mut self, section: &Section<'_, 'i>, key: &str, limits: Range<usize>) -> Option<usize> {
        let value = section.table.get(key)?;
        let number = value.get_ref().as_integer().and_then(|number| {
            let digits = number.as_str();
            usize::from_str_radix(digits, number.radix()).ok()
        });
        let number = number.filter(|number| limits.contains(number));
        if number.is_none() {
            let (path, first, last) = (section.path_of(key), limits.start, limits.end - 1);
            let text = format!("`{path}` must be a whole number from {first} to {last}");
            self.report(&value.span(), text);
        }
        number
    }

    /// A list of texts; a single text counts as a list of one.
    pub(super) fn strings(&mut self, section: &Section<'_, 'i>, key: &str) -> Option<Vec<String>> {
        let value = section.table.get(key)?;
        let list = match value.get_ref() {
            DeValue::String(text) => Some(vec![text.to_string()]),
            DeValue::Array(items) => items
                .iter()
                .map(|item| item.get_ref().as_str().map(str::to_owned))
                .collect(),
            _ => None,
        };
        if list.is_none() {
            self.report_type(section, key, value, "a list of texts");
        }
        list
    }

    /// A table in the section.
    pub(super) fn table<'t>(&mut self, section: &Section<'t, 'i>, key: &str) -> Option<Section<'t, 'i>> {
        let value = section.table.get(key)?;
        let Some(table) = value.get_ref().as_table() else {
            self.report_type(section, key, value, "a table");
            return None;
        };
        Some(Section {
            table,
            name: section.path_of(key),
        })
    }

    /// The tables of a list of tables, each with its place.
    pub(super) fn tables<'t>(&mut self, section: &Section<'t, 'i>, key: &str) -> Vec<(Section<'t, 'i>, Range<usize>)> {
        let Some(value) = section.table.get(key) else {
            return Vec::new();
        };
        let DeValue::Array(items) = value.get_ref() else {
            self.report_type(section, key, value, "a list of tables");
            return Vec::new();
        };
        let mut found = Vec::new();
        for item in items {
            match item.get_ref().as_table() {
                Some(table) => {
                    let name = section.path_of(key);
                    found.push((Section { table, name }, item.span()));
                }
                None => self.report_type(section, key, item, "a list of tables"),
            }
        }
        found
    }

    /// Whether this is a table with nothing in it.
    #[expect(clippy::unused_self, reason = "a section is always asked through its document")]
    pub(super) fn is_empty(&self, section: &Section<'_, 'i>, key: &str) -> bool {
        let table = section.table.get(key).and_then(|value| value.get_ref().as_table());
        table.is_some_and(|table| table.keys().next().is_none())
    }

    fn report_type(&mut self, section: &Section<'_, 'i>, key: &str, value: &Spanned<DeValue<'i>>, wanted: &str) {
        let found = value.get_ref().type_str();
        let path = section.path_of(key);
        self.report(&value.span(), format!("`{path}` must be {wanted}, not of type {found}"));
    }
}

impl<'t, 'i> Section<'t, 'i> {
    /// The outermost table.
    pub(super) fn top(table: &'t Spanned<DeTable<'i>>) -> Self {
        Self {
            table: table.get_ref(),
            name: String::new(),
        }
    }

    /// The keys in it with their places.
    pub(super) fn keys(&self) -> impl Iterator<Item = (String, Range<usize>)> + use<'t, 'i> {
        let table = self.table;
        table.keys().map(|key| (key.get_ref().to_string(), key.span()))
    }

    fn path_of(&self, key: &str) -> String {
        let key = key.escape_debug();
        if self.name.is_empty() {
            key.to_string()
        } else {
            format!("{}.{key}", self.name)
        }
    }
}

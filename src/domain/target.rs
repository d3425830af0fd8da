//! One sandbox as the workbench names it.

use std::collections::BTreeMap;
use std::fmt;

use super::{ProgramSpec, RemoteText, SandboxId, TargetId};

/// A colour that the user gave to a sandbox, so that panes of different sandboxes are told apart at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tint {
    /// Red.
    Red,
    /// Yellow.
    Yellow,
    /// Green.
    Green,
    /// Cyan.
    Cyan,
    /// Blue.
    Blue,
    /// Magenta.
    Magenta,
}

impl Tint {
    /// All of them with their names in the config file.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Red, "red"),
        (Self::Yellow, "yellow"),
        (Self::Green, "green"),
        (Self::Cyan, "cyan"),
        (Self::Blue, "blue"),
        (Self::Magenta, "magenta"),
    ];
}

/// One sandbox that is open in the workbench.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its number.
    pub id: TargetId,
    /// What the user calls it: a name, an ID or an address.
    pub label: RemoteText,
    /// What names it on a command line, so that it can be opened again. Targets that were found together have the same.
    pub address: String,
    /// Its ID, where the platform knows it.
    pub sandbox: Option<SandboxId>,
    /// A remark for its frames, such as `runs on this machine, not isolated`.
    pub note: Option<String>,
    /// The colour of its label.
    pub tint: Option<Tint>,
    /// The user that programs run as; the sandbox's default without one.
    pub user: Option<RemoteText>,
    /// What runs in a new pane, unless something else is asked for.
    pub program: ProgramSpec,
    /// What `program` is called in titles, when its command line does not say it well (a script that picks a shell).
    pub program_name: Option<String>,
    /// Which shell `program` is, if it is to report its prompts and commands: a path, a name, or `auto`.
    pub reporting_shell: Option<String>,
    /// Whether its programs end when e2b-tui ends, because the sandbox is part of it.
    pub is_embedded: bool,
    /// What has to be minded with it.
    pub care: Care,
}

/// A rule of the user's: what destroys something in a sandbox that has all of these asks harder. `name` stands for what
/// the sandbox is called, every other key for its metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuardRule(pub BTreeMap<String, String>);

impl GuardRule {
    /// Whether it holds for a sandbox of this name with this metadata.
    pub fn matches(&self, name: &str, metadata: &BTreeMap<RemoteText, RemoteText>) -> bool {
        let has = |(key, value): (&String, &String)| match key.as_str() {
            "name" => name == value,
            key => metadata
                .get(&RemoteText::from(key))
                .is_some_and(|found| found.unescaped() == value),
        };
        !self.0.is_empty() && self.0.iter().all(has)
    }

    /// The first of the rules that holds, in words.
    pub fn first_of(rules: &[Self], name: &str, metadata: &BTreeMap<RemoteText, RemoteText>) -> Option<String> {
        rules
            .iter()
            .find(|rule| rule.matches(name, metadata))
            .map(ToString::to_string)
    }
}

impl fmt::Display for GuardRule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (key, value)) in self.0.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            write!(out, "{comma}{}={}", key.escape_debug(), value.escape_debug())?;
        }
        Ok(())
    }
}

/// What has to be minded with a sandbox, because the user said so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Care {
    /// It is only to be looked at.
    pub is_read_only: bool,
    /// The rule, in words, by which what destroys something asks harder.
    pub guard: Option<String>,
    /// What is written on it, as far as it was known when it was opened; rules go by it.
    pub metadata: BTreeMap<RemoteText, RemoteText>,
}

impl Target {
    /// A target with nothing set but what must be.
    pub fn new(id: TargetId, label: impl Into<RemoteText>, program: ProgramSpec) -> Self {
        let label = label.into();
        Self {
            id,
            address: label.unescaped().to_owned(),
            label,
            sandbox: None,
            note: None,
            tint: None,
            user: None,
            program,
            program_name: None,
            reporting_shell: None,
            is_embedded: false,
            care: Care::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_holds_where_all_of_it_does() {
        let pairs = |pairs: &[(&str, &str)]| {
            let pairs = pairs
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
            GuardRule(pairs.collect())
        };
        let metadata = BTreeMap::from([("env".into(), "prod".into()), ("role".into(), "api".into())]);
        let rule = pairs(&[("env", "prod"), ("role", "api")]);
        assert!(rule.matches("x", &metadata));
        assert_eq!(rule.to_string(), "env=prod,role=api");
        assert!(!pairs(&[("env", "prod"), ("role", "web")]).matches("x", &metadata));
        assert!(pairs(&[("name", "db")]).matches("db", &BTreeMap::new()));
        assert!(!pairs(&[]).matches("db", &metadata), "an empty rule guards nothing");
    }
}

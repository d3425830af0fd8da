//! A workspace as a file: tabs, their layout, and what runs in their panes. Saved by the program, or written by hand:
//! strict, with every mistake reported at its line.

use std::fmt::Write as _;

use crate::domain::{PaneId, Pid};
use crate::panes::PaneTree;

use super::document::{ConfigError, Document, Section};
use super::sample::{list, quoted};

/// More panes than this are a mistake.
const MOST_PANES: usize = 512;

/// What stands in a workspace file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkspaceFile {
    /// The run that saved it; none if somebody wrote it.
    pub run: Option<String>,
    /// The tab that is shown, from 1.
    pub shown: Option<usize>,
    /// At least one.
    pub tabs: Vec<SavedTab>,
}

/// One `[[tabs]]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedTab {
    /// The name that the user gave it.
    pub name: Option<String>,
    /// How its panes are arranged, as `PaneTree::from_notation` reads it; tiled without one.
    pub layout: Option<String>,
    /// The pane that has the keyboard, from 1.
    pub focus: Option<usize>,
    /// At least one.
    pub panes: Vec<SavedPane>,
}

/// One `[[tabs.panes]]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedPane {
    /// The sandbox, as on the command line. A query by metadata that finds several gives a pane to each.
    pub target: String,
    /// What is written on the sandbox, as a query by metadata: when it is gone, the one that has the same takes its place.
    pub metadata: Option<String>,
    /// What runs in it; the sandbox's shell without one.
    pub command: Option<Vec<String>>,
    /// Where it began, or was last.
    pub cwd: Option<String>,
    /// Its process, if it ran when it was saved.
    pub pid: Option<Pid>,
    /// The label that tells that process from a later one with the same number.
    pub tag: Option<String>,
    /// By what its shell's reports are known again, if it reports: secrets.
    pub marks: Option<Vec<String>>,
    /// What the pane showed, if the user lets that be saved.
    pub screen: Option<String>,
}

impl WorkspaceFile {
    /// Reads the text of a file that is shown as `file` in errors.
    pub fn parse(text: &str, file: &str) -> Result<Self, ConfigError> {
        let (mut document, table) = Document::parse(text);
        let top = Section::top(&table);
        document.check_keys(&top, &["run", "shown", "tabs"]);
        let mut workspace = Self {
            run: document.string(&top, "run"),
            shown: document.number(&top, "shown", 1..MOST_PANES),
            tabs: Vec::new(),
        };
        for (section, span) in document.tables(&top, "tabs") {
            let tab = tab(&mut document, &section);
            if tab.panes.is_empty() {
                document.report(&span, "a tab needs at least one [[tabs.panes]]");
            }
            workspace.tabs.push(tab);
        }
        if workspace.tabs.is_empty() {
            document.report(&(0..0), "a workspace needs at least one [[tabs]]");
        }
        let problems = document.finish();
        if problems.is_empty() {
            return Ok(workspace);
        }
        Err(ConfigError {
            file: file.to_owned(),
            problems,
        })
    }

    /// The text of a file that says the same.
    pub fn text(&self) -> String {
        let mut text = String::from("# A workspace of e2b-tui: `e2b-tui -w` opens it.\n");
        let mut line = |key: &str, value: String| {
            let _ = writeln!(text, "{key} = {value}");
        };
        if let Some(run) = &self.run {
            line("run", quoted(run));
        }
        if let Some(shown) = self.shown {
            line("shown", shown.to_string());
        }
        for tab in &self.tabs {
            let _ = writeln!(text, "\n[[tabs]]");
            for (key, value) in [("name", &tab.name), ("layout", &tab.layout)] {
                if let Some(value) = value {
                    let _ = writeln!(text, "{key} = {}", quoted(value));
                }
            }
            if let Some(focus) = tab.focus {
                let _ = writeln!(text, "focus = {focus}");
            }
            for pane in &tab.panes {
                pane.write(&mut text);
            }
        }
        text
    }

    /// The sandboxes that it names, each once, in their order.
    pub fn targets(&self) -> Vec<&str> {
        let mut found = Vec::new();
        for pane in self.panes() {
            if !found.contains(&pane.target.as_str()) {
                found.push(pane.target.as_str());
            }
        }
        found
    }

    /// All panes of all tabs.
    pub fn panes(&self) -> impl Iterator<Item = &SavedPane> {
        self.tabs.iter().flat_map(|tab| &tab.panes)
    }
}

impl SavedPane {
    fn write(&self, text: &mut String) {
        let _ = writeln!(text, "\n[[tabs.panes]]\ntarget = {}", quoted(&self.target));
        if let Some(command) = &self.command {
            let _ = writeln!(text, "command = {}", list(command));
        }
        if let Some(marks) = &self.marks {
            let _ = writeln!(text, "marks = {}", list(marks));
        }
        if let Some(pid) = self.pid {
            let _ = writeln!(text, "pid = {pid}");
        }
        if let Some(metadata) = &self.metadata {
            let _ = writeln!(text, "metadata = {}", quoted(metadata));
        }
        for (key, value) in [("cwd", &self.cwd), ("tag", &self.tag), ("screen", &self.screen)] {
            if let Some(value) = value {
                let _ = writeln!(text, "{key} = {}", quoted(value));
            }
        }
    }
}

fn tab<'i>(document: &mut Document<'i>, section: &Section<'_, 'i>) -> SavedTab {
    document.check_keys(section, &["name", "layout", "focus", "panes"]);
    let mut tab = SavedTab {
        name: document.string(section, "name"),
        layout: document.string(section, "layout"),
        focus: document.number(section, "focus", 1..MOST_PANES),
        panes: Vec::new(),
    };
    for (section, span) in document.tables(section, "panes") {
        let pane = pane(document, &section);
        if pane.target.is_empty() {
            document.report(&span, "a pane needs its `target`");
        }
        tab.panes.push(pane);
    }
    let numbered: Vec<PaneId> = (1..).take(tab.panes.len()).map(PaneId).collect();
    if let Some(layout) = tab.layout.as_deref().filter(|_| !numbered.is_empty())
        && let Err(problem) = PaneTree::from_notation(layout, &numbered)
        && let Some((_, span)) = section.keys().find(|(name, _)| name == "layout")
    {
        document.report(&span, format!("`layout`: {problem}"));
    }
    tab
}

fn pane<'i>(document: &mut Document<'i>, section: &Section<'_, 'i>) -> SavedPane {
    document.check_keys(
        section,
        &["target", "metadata", "command", "cwd", "pid", "tag", "marks", "screen"],
    );
    let command = document.strings(section, "command");
    if command
        .as_ref()
        .is_some_and(|words| words.first().is_none_or(String::is_empty))
        && let Some((_, span)) = section.keys().find(|(name, _)| name == "command")
    {
        document.report(&span, "`command` names no program: write it as [\"htop\"]");
    }
    let pid = document.number(section, "pid", 1..u32::MAX as usize);
    SavedPane {
        target: document.string(section, "target").unwrap_or_default(),
        metadata: document.string(section, "metadata"),
        command,
        cwd: document.string(section, "cwd"),
        pid: pid.map(|pid| Pid(pid as u32)),
        tag: document.string(section, "tag"),
        marks: document.strings(section, "marks"),
        screen: document.string(section, "screen"),
    }
}

/// A sample of a workspace file, as a user writes it.
pub const WORKSPACE_SAMPLE: &str = "\
# A workspace: tabs, panes and what runs in them. `e2b-tui -w FILE` opens it; as NAME.toml in the folder that
# `e2b-tui workspaces` prints, `e2b-tui -w NAME` does. A name that is not known is an error.

# The tab that is shown at first.
#shown = 1

[[tabs]]
name = \"api\"
# How the panes lie: { } from left to right, [ ] from top to bottom, *2 for twice the room; or one of even-horizontal,
# even-vertical, main-horizontal, main-vertical, tiled.
layout = \"{1*2 [2 3]}\"
# The pane that has the keyboard.
focus = 1

# A sandbox is named as on the command line: by a name of the config, by its ID, by its address, or by metadata:
# then every running sandbox that has it gets a pane.
[[tabs.panes]]
target = \"local\"

[[tabs.panes]]
target = \"local\"
command = [\"top\"]

# When the sandbox is gone, the running one with this metadata takes its place.
[[tabs.panes]]
target = \"local\"
#metadata = \"name=api,env=test\"
cwd = \"/tmp\"
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_read_again() {
        let pane = SavedPane {
            target: "role=api".to_owned(),
            metadata: Some("name=a \"b\",role=api".to_owned()),
            command: Some(vec![
                "sh".to_owned(),
                "-c".to_owned(),
                "a \"b\"\n\u{1b}[0m\\".to_owned(),
            ]),
            cwd: Some("/tmp/日本".to_owned()),
            pid: Some(Pid(412)),
            tag: Some("e2b-tui-1-2".to_owned()),
            marks: Some(vec!["1".to_owned(), String::new(), "bash \"5\"".to_owned()]),
            screen: Some("\u{1b}[31mred\u{1b}[m\r\n\ttab\u{7f}\u{85}".to_owned()),
        };
        let tab = |panes: Vec<SavedPane>| SavedTab {
            name: Some("ä".to_owned()),
            layout: Some("{1 2*3}".to_owned()),
            focus: Some(2),
            panes,
        };
        let workspace = WorkspaceFile {
            run: Some("abc".to_owned()),
            shown: Some(2),
            tabs: vec![
                tab(vec![
                    pane.clone(),
                    SavedPane {
                        target: "x".to_owned(),
                        ..SavedPane::default()
                    }
                ]);
                2
            ],
        };
        assert_eq!(WorkspaceFile::parse(&workspace.text(), "w"), Ok(workspace.clone()));
        assert_eq!(workspace.targets(), ["role=api", "x"]);
        assert!(
            !workspace.text().contains('\u{1b}'),
            "nothing in the file acts on a terminal"
        );
    }

    #[test]
    fn the_sample_is_a_workspace() {
        let sample = WorkspaceFile::parse(WORKSPACE_SAMPLE, "w").unwrap();
        assert_eq!((sample.tabs.len(), sample.tabs[0].panes.len()), (1, 3));
    }

    #[test]
    fn every_mistake_is_reported_at_its_line() {
        let text = "shwn = 1\n[[tabs]]\nlayout = \"{1 2\"\n[[tabs.panes]]\ntarget = \"a\"\npid = -4\n[[tabs.panes]]\ncwd = 7\n\
                    [[tabs]]\nname = \"empty\"\n";
        let problems = WorkspaceFile::parse(text, "w").unwrap_err().to_string();
        assert_eq!(
            problems,
            "w:1: unknown key `shwn` — did you mean `shown`?\n\
             w:3: `layout`: the layout lacks a }\n\
             w:6: `tabs.panes.pid` must be a whole number from 1 to 4294967294\n\
             w:7: a pane needs its `target`\n\
             w:8: `tabs.panes.cwd` must be a text in quotes, not of type integer\n\
             w:9: a tab needs at least one [[tabs.panes]]"
        );
        assert!(
            WorkspaceFile::parse("", "w")
                .unwrap_err()
                .to_string()
                .contains("at least one [[tabs]]")
        );
        assert!(
            WorkspaceFile::parse("tabs = 3", "w")
                .unwrap_err()
                .to_string()
                .contains("must be a list of tables")
        );
    }
}

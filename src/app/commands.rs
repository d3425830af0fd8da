//! Commands that take an argument, for the palette: `rename-tab NAME`, `split-right SANDBOX`, `resize-left 10`. Which
//! there are, what can be given to each, and what that decides.

use crate::domain::{PaneId, TabId, TargetId};
use crate::panes::{Arrangement, Axis, Direction};

use super::Action;
use super::choices::tab_words;
use super::joint_run::RunDecision;
use super::list::Sieve;
use super::overlays::Decision;
use super::workspace::Workspace;

/// What a command is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Argument {
    /// Any text.
    Text,
    /// A number of cells.
    Cells,
    /// A tab, by its number or name.
    Tab,
    /// A pane of the tab, by its number.
    Pane,
    /// A sandbox that is open.
    Sandbox,
    /// A ready-made layout.
    Layout,
}

/// One command: its name, what it is given and what that is called, and what it does in a few words.
struct Command(&'static str, Argument, &'static str, &'static str);

const COMMANDS: [Command; 16] = [
    Command("rename-tab", Argument::Text, "NAME", "Rename tab to"),
    Command("go-to-tab", Argument::Tab, "TAB", "Go to tab"),
    Command("go-to-pane", Argument::Pane, "NUMBER", "Go to pane"),
    Command("new-tab", Argument::Sandbox, "SANDBOX", "New tab in"),
    Command("split-right", Argument::Sandbox, "SANDBOX", "Split right in"),
    Command("split-below", Argument::Sandbox, "SANDBOX", "Split below in"),
    Command("join-tab", Argument::Tab, "TAB", "Move the pane to tab"),
    Command("layout", Argument::Layout, "LAYOUT", "Layout"),
    Command("resize-left", Argument::Cells, "CELLS", "Resize left by"),
    Command("resize-right", Argument::Cells, "CELLS", "Resize right by"),
    Command("resize-up", Argument::Cells, "CELLS", "Resize up by"),
    Command("resize-down", Argument::Cells, "CELLS", "Resize down by"),
    Command("search", Argument::Text, "TEXT", "Search for"),
    Command("search-all", Argument::Text, "TEXT", "Search all panes for"),
    Command("open", Argument::Text, "TARGET", "Open"),
    Command("run", Argument::Text, "COMMAND", "Run on sandboxes:"),
];

/// What can be given to commands now.
#[derive(Clone, Debug, Default)]
pub struct Given {
    tabs: Vec<(TabId, String)>,
    panes: Vec<(PaneId, String)>,
    sandboxes: Vec<(TargetId, String)>,
    tab: Option<TabId>,
    pane: Option<PaneId>,
}

/// A command with its argument, ready to be done, or a command that still wants one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// In words.
    pub text: String,
    /// The line that says it.
    pub line: String,
    /// What it does; none if the argument is missing.
    pub decision: Option<Decision>,
}

impl Given {
    /// What there is in the workbench.
    pub fn of(workspace: &Workspace) -> Self {
        let tabs = workspace.tabs().list().iter().enumerate();
        let panes = workspace
            .tabs()
            .current()
            .map(|tab| tab.panes.panes())
            .unwrap_or_default();
        let pane_words = |pane| super::choices::pane_words(workspace, pane);
        Self {
            tabs: tabs
                .map(|(index, tab)| (tab.id, tab_words(index + 1, tab, workspace)))
                .collect(),
            panes: panes.into_iter().map(|pane| (pane, pane_words(pane))).collect(),
            sandboxes: workspace
                .targets()
                .iter()
                .map(|target| (target.id, target.label.escaped()))
                .collect(),
            tab: workspace.tabs().current().map(|tab| tab.id),
            pane: workspace.tabs().focused(),
        }
    }

    /// What the line can mean: the arguments of the command that it begins with, or the commands that it may become.
    pub fn fill(&self, line: &str) -> Vec<Filled> {
        let known = line.split_once(' ').and_then(|(name, rest)| {
            let command = COMMANDS.iter().find(|command| command.0 == name)?;
            Some((command, rest.trim()))
        });
        if let Some((command, rest)) = known {
            return self.arguments(command, rest);
        }
        if line.is_empty() {
            return Vec::new();
        }
        let mut sieve = Sieve::new(line);
        let fitting = COMMANDS
            .iter()
            .filter(|command| sieve.keeps(&format!("{} {}", command.3, command.0)));
        let open = |command: &Command| Filled {
            text: format!("{} {} …", command.3, command.2),
            line: format!("{} ", command.0),
            decision: None,
        };
        fitting.map(open).collect()
    }

    fn arguments(&self, command: &Command, rest: &str) -> Vec<Filled> {
        let filled = |shown: &str, written: &str, decision: Decision| Filled {
            text: format!("{} {shown}", command.3),
            line: format!("{} {written}", command.0),
            decision: Some(decision),
        };
        let mut sieve = Sieve::new(rest);
        match command.1 {
            Argument::Text if rest.is_empty() => Vec::new(),
            Argument::Text => {
                let decision = self.with_text(command.0, rest);
                decision
                    .map(|decision| filled(rest, rest, decision))
                    .into_iter()
                    .collect()
            }
            Argument::Cells => {
                let cells = rest.parse().ok().filter(|cells| (1..=500_u16).contains(cells));
                let decision = cells.and_then(|cells| resize(command.0, cells));
                decision
                    .map(|decision| filled(rest, rest, decision))
                    .into_iter()
                    .collect()
            }
            Argument::Tab => {
                let tabs = self.tabs.iter().filter(|(_, words)| fits(&mut sieve, rest, words));
                let decide = |id| match (command.0, self.pane) {
                    ("join-tab", Some(pane)) => Decision::Join(pane, id),
                    _ => Decision::ShowTab(id),
                };
                tabs.map(|(id, words)| filled(words, words, decide(*id))).collect()
            }
            Argument::Pane => {
                let panes = self.panes.iter().enumerate();
                let panes = panes.map(|(number, (_, words))| (number, format!("{number} {words}")));
                let fitting = panes.filter(|(_, words)| fits(&mut sieve, rest, words));
                fitting
                    .map(|(number, words)| filled(&words, &words, Decision::ShowNumber(number)))
                    .collect()
            }
            Argument::Sandbox => {
                let sandboxes = self.sandboxes.iter().filter(|(_, label)| sieve.keeps(label));
                let axis = match command.0 {
                    "split-right" => Some(Axis::Across),
                    "split-below" => Some(Axis::Down),
                    _ => None,
                };
                sandboxes
                    .map(|(id, label)| filled(label, label, Decision::OpenIn(*id, axis)))
                    .collect()
            }
            Argument::Layout => {
                let layouts = Arrangement::ALL.into_iter().filter(|layout| sieve.keeps(layout.name()));
                let decide = |layout| Decision::Act(Action::Layout(layout));
                layouts
                    .map(|layout| filled(layout.name(), layout.name(), decide(layout)))
                    .collect()
            }
        }
    }

    fn with_text(&self, command: &str, text: &str) -> Option<Decision> {
        Some(match command {
            "rename-tab" => Decision::Rename(self.tab?, Some(text.to_owned())),
            "search" => Decision::Search(true, text.to_owned()),
            "search-all" => Decision::SearchAll(text.to_owned()),
            // It is asked once more, because nothing here names the sandboxes.
            "run" => Decision::Run(RunDecision::AskFor(text.to_owned()), None),
            _ => Decision::OpenAddress(text.to_owned()),
        })
    }
}

/// A number must be the number in front; anything else may be anywhere.
fn fits(sieve: &mut Sieve, typed: &str, words: &str) -> bool {
    if typed.parse::<usize>().is_ok() {
        words.split(' ').next() == Some(typed)
    } else {
        sieve.keeps(words)
    }
}

fn resize(command: &str, cells: u16) -> Option<Decision> {
    let direction = match command {
        "resize-left" => Direction::Left,
        "resize-right" => Direction::Right,
        "resize-up" => Direction::Up,
        "resize-down" => Direction::Down,
        _ => return None,
    };
    Some(Decision::Act(Action::Resize(direction, cells)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given() -> Given {
        Given {
            tabs: vec![
                (TabId(1), "1 api · 2 panes".to_owned()),
                (TabId(2), "2 web · 1 pane".to_owned()),
            ],
            panes: vec![
                (PaneId(1), "api · bash".to_owned()),
                (PaneId(5), "api · htop".to_owned()),
            ],
            sandboxes: vec![(TargetId(0), "api".to_owned()), (TargetId(1), "worker".to_owned())],
            tab: Some(TabId(1)),
            pane: Some(PaneId(5)),
        }
    }

    #[test]
    fn arguments_are_completed_and_become_decisions() {
        let cases = [
            (
                "rename-tab my web",
                Decision::Rename(TabId(1), Some("my web".to_owned())),
            ),
            ("go-to-tab 2", Decision::ShowTab(TabId(2))),
            ("go-to-tab we", Decision::ShowTab(TabId(2))),
            ("go-to-pane htop", Decision::ShowNumber(1)),
            ("split-right wrk", Decision::OpenIn(TargetId(1), Some(Axis::Across))),
            ("new-tab api", Decision::OpenIn(TargetId(0), None)),
            ("join-tab 2", Decision::Join(PaneId(5), TabId(2))),
            ("layout tiled", Decision::Act(Action::Layout(Arrangement::Tiled))),
            ("resize-left 10", Decision::Act(Action::Resize(Direction::Left, 10))),
            ("search-all oops", Decision::SearchAll("oops".to_owned())),
            (
                "run uname -a",
                Decision::Run(RunDecision::AskFor("uname -a".to_owned()), None),
            ),
            ("open role=api", Decision::OpenAddress("role=api".to_owned())),
        ];
        for (line, decision) in cases {
            let filled = given().fill(line);
            assert_eq!(
                filled.first().and_then(|filled| filled.decision.clone()),
                Some(decision),
                "{line}"
            );
        }
        for line in [
            "",
            "resize-left x",
            "resize-left 0",
            "resize-left 70000",
            "rename-tab ",
            "go-to-tab 9",
        ] {
            assert_eq!(given().fill(line), [], "{line}");
        }
        assert_eq!(given().fill("split-below ").len(), 2, "all sandboxes");
    }

    #[test]
    fn a_command_without_its_argument_asks_for_it() {
        let filled = given().fill("layo");
        assert_eq!((filled[0].line.as_str(), &filled[0].decision), ("layout ", &None));
    }
}

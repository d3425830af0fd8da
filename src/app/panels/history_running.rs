//! Running a remembered command in other sandboxes.

use crate::app::notices::Severity;
use crate::domain::ProgramSpec;

use super::outcome::{Outcome, Request};
use super::panel::Around;

/// Runs a command in sandboxes, each in a tab of its own.
pub(super) fn run_in(command: &str, names: &str, around: &Around, outcome: &mut Outcome) {
    const RUNNER: &str = "command -v bash >/dev/null 2>&1 && exec bash -lc \"$1\"; exec sh -lc \"$1\"";
    let wanted: Vec<&str> = names.split([' ', ',']).filter(|name| !name.is_empty()).collect();
    let is_wanted = |label: &str| wanted.contains(&"all") || wanted.contains(&label);
    let targets = around.workspace.targets().iter();
    let found: Vec<_> = targets.filter(|target| is_wanted(target.label.unescaped())).collect();
    if found.is_empty() {
        return outcome.tell(
            Severity::Info,
            format!("no open sandbox is called {}", names.escape_debug()),
        );
    }
    for target in found {
        let program = ProgramSpec::new("/bin/sh", ["-c", RUNNER, "run", command]).for_terminal();
        outcome.request(Request::Open {
            target: target.id,
            program: Some(Box::new(program)),
            in_tab: true,
        });
    }
}

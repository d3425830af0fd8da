//! On which sandboxes a command is to run, and what is decided about that.

use crate::app::workspace::Workspace;
use crate::domain::{Target, TargetId, shorten};

/// Cells of a question's title that are for names.
const TITLE_CELLS: u16 = 56;

/// One sandbox that a command is to run on, open or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whom {
    /// What it is called; safe to show.
    pub label: String,
    /// What opens it.
    pub address: String,
    /// Under which number it is open.
    pub target: Option<TargetId>,
    /// Whether it sleeps: opening does not wake it, so nothing can run there.
    pub is_asleep: bool,
}

/// What is decided about a command on many sandboxes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunDecision {
    /// Ask on which sandboxes this command is to run, naming them.
    AskFor(String),
    /// Run the command that was asked for on these.
    On(Vec<Whom>),
    /// Run this command on these, although one of them is guarded.
    Surely(Vec<Whom>, String),
    /// End it where it still runs.
    Stop,
    /// Put this text on the clipboard.
    Copy(String),
}

impl Whom {
    /// One that is open.
    pub fn open(target: &Target) -> Self {
        Self {
            label: target.label.escaped(),
            address: target.address.clone(),
            target: Some(target.id),
            is_asleep: false,
        }
    }
}

/// Every sandbox that has a pane.
pub fn open_sandboxes(workspace: &Workspace) -> Vec<Whom> {
    let has_pane = |target: &&Target| workspace.sessions().any(|(_, session)| session.target == target.id);
    workspace.targets().iter().filter(has_pane).map(Whom::open).collect()
}

/// The question for a command names everybody it is for.
pub fn question_title(whom: &[Whom]) -> String {
    let names: Vec<&str> = whom.iter().map(|whom| whom.label.as_str()).collect();
    let names = names.join(", ");
    let title = match whom {
        [_] => format!("Run in {names}"),
        many => format!("Run in {} sandboxes: {names}", many.len()),
    };
    shorten(&title, TITLE_CELLS)
}

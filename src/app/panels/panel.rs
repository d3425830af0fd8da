//! What every panel can do. The defaults are those of a panel that shows a list and asks nothing.

use std::sync::Arc;
use std::time::Duration;

use crate::app::insight::{Insight, LookState};
use crate::app::list::Filter;
use crate::app::workspace::Workspace;
use crate::app::{Action, Answer};
use crate::domain::{CellRect, Failure, GridSize, Moment, Observation, PaneId, ProcessKey, Sight, TargetId, Ticket};
use crate::keys::Chord;

use super::outcome::{Outcome, PanelDecision};
use super::view::{PanelView, Span};

/// What a panel may look at: everything that is open, and what it follows.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// Sandboxes, tabs, panes, sessions.
    pub workspace: &'a Workspace,
    /// The sandbox that it follows, or is pinned to.
    pub target: Option<TargetId>,
    /// What is known of what goes on inside the sandboxes.
    pub insight: &'a Insight,
    /// The pane that it follows: the focused one, or the one it was pinned at.
    pub pane: Option<PaneId>,
    /// The time.
    pub now: Moment,
    /// The cells that its body has: rows in sight and columns.
    pub size: GridSize,
    /// The cells that its preview has.
    pub preview: CellRect,
    /// Whether it can be seen.
    pub is_visible: bool,
    /// Whether it has the keyboard.
    pub has_focus: bool,
}

impl<'a> Around<'a> {
    /// What was seen in the sandbox that it follows, and how that goes.
    pub fn look(&self) -> Option<&'a LookState> {
        self.insight.look(self.target?)
    }

    /// The last look into the sandbox that it follows.
    pub fn seen(&self) -> Option<&'a Arc<Observation>> {
        self.look()?.seen()
    }

    /// What the sandbox that it follows is called.
    pub fn subject(&self) -> String {
        let target = self.target.and_then(|id| self.workspace.target(id));
        target.map(|target| target.label.escaped()).unwrap_or_default()
    }

    /// Rows of its body.
    pub fn rows(&self) -> usize {
        usize::from(self.size.rows())
    }
}

/// What one panel may point another one at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pointed {
    /// A process.
    Process(ProcessKey),
    /// The sockets of a process.
    SocketsOf(ProcessKey),
}

/// A panel's state and behaviour.
pub trait Panel {
    /// What is to be shown. Called for each frame: only rows in sight are made, nothing is sorted or filtered here.
    fn view(&self, around: &Around) -> PanelView;

    /// Does an action of its own, or one that all panels have (`Action::Panel`). False if it means nothing here.
    fn act(&mut self, action: Action, around: &Around, outcome: &mut Outcome) -> bool;

    /// Called after every message, before drawing: follows what has changed around it, keeps its list arranged, asks
    /// what is due. Must be cheap when nothing has changed.
    fn tick(&mut self, around: &Around, outcome: &mut Outcome);

    /// What it wants to be seen of the sandbox that it follows, as long as it can be seen itself. What comes of it is in
    /// `Around::look`.
    fn wish(&self) -> Option<Sight> {
        None
    }

    /// Shows what another panel points at.
    fn point_at(&mut self, _what: Pointed) {}

    /// When `tick` wants to be called, as time since the start, if nothing else happens.
    fn next_deadline(&self, _around: &Around) -> Option<Duration> {
        None
    }

    /// Takes in the answer to a question. Hands it back if it is not its own.
    fn answer(
        &mut self,
        _ticket: Ticket,
        result: Result<Answer, Failure>,
        _around: &Around,
        _outcome: &mut Outcome,
    ) -> Option<Result<Answer, Failure>> {
        Some(result)
    }

    /// Does what was asked about; `text` is what the user typed, if text was asked for.
    fn decide(&mut self, _decision: PanelDecision, _text: Option<&str>, _around: &Around, _outcome: &mut Outcome) {}

    /// Its filter, if it has one now: the shared key `/` and typed keys go there.
    fn filter(&self) -> Option<&Filter> {
        None
    }

    /// Its filter, to change it.
    fn filter_mut(&mut self) -> Option<&mut Filter> {
        None
    }

    /// Whether Enter in its filter opens at once what the cursor is on.
    fn opens_from_filter(&self) -> bool {
        false
    }

    /// Takes in a key while its filter is being typed, before the filter does. False if it is only text.
    fn press_in_filter(&mut self, _chord: &Chord, _around: &Around, _outcome: &mut Outcome) -> bool {
        false
    }

    /// More about the row under the cursor, where there is room for it.
    fn preview(&self, _around: &Around) -> Vec<Vec<Span>> {
        Vec::new()
    }

    /// How many of so many rows its preview takes.
    fn preview_rows(&self, _rows: u16) -> u16 {
        0
    }

    /// Takes in a key that no action has; for text of its own. False if it means nothing.
    fn press(&mut self, _chord: &Chord, _around: &Around, _outcome: &mut Outcome) -> bool {
        false
    }

    /// Whether every key goes to `press`, as when text is being edited; the prefix stays the workbench's.
    fn takes_keys(&self) -> bool {
        false
    }

    /// Takes in pasted text.
    fn paste(&mut self, text: &str) {
        if let Some(filter) = self.filter_mut().filter(|filter| filter.is_typing()) {
            filter.paste(text);
        }
    }

    /// A click on the body's row, counted from the first one in sight; twice opens.
    fn click(&mut self, row: usize, clicks: u8, around: &Around, outcome: &mut Outcome);

    /// Whether its body begins with a row of headings, given its size.
    fn has_header(&self) -> bool {
        true
    }

    /// The actions that are worth a hint in the status line, the most useful first.
    fn hints(&self) -> &'static [Action] {
        &[]
    }
}

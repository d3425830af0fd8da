//! What a panel asks for: effects for the world, requests for the rest of the workbench. Plain data.

use crate::app::fleet::FleetAction;
use crate::app::joint_run::Whom;
use crate::app::notices::{Notice, Severity};
use crate::app::opening::OpenPlace;
use crate::app::{Effect, Effects, Question};
use crate::domain::{
    CommandId, CommandQuery, ManagedProcess, PaneId, ProcessKey, ProgramSpec, SandboxId, Signal, TargetId, Ticket,
    WebAddress,
};

use super::PanelKind;
use super::files::FilesDecision;
use super::history_forgetting::Doomed;
use super::panel::Pointed;

/// Where a panel puts what it asks for.
#[derive(Debug)]
pub struct Outcome<'a> {
    /// Effects for the world.
    pub effects: &'a mut Effects,
    /// What the workbench is asked to do, in order.
    pub requests: Vec<Request>,
    next_ticket: &'a mut u64,
}

/// What a panel wants from the rest of the workbench.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Tell the user.
    Tell(Notice),
    /// Put text on the clipboard.
    Copy(String),
    /// Give the keyboard to a pane, and show its tab.
    FocusPane(PaneId),
    /// Close a pane and end its program.
    ClosePane(PaneId),
    /// Open a program in a sandbox, in a new tab or beside the focused pane.
    Open {
        /// The sandbox.
        target: TargetId,
        /// What runs; none: the sandbox's own shell.
        program: Option<Box<ProgramSpec>>,
        /// Whether it gets a tab of its own.
        in_tab: bool,
    },
    /// Run a command in the focused pane's shell.
    Run(String),
    /// Show a pane with this line of its terminal in view.
    ShowLine(PaneId, u64),
    /// Type text into the focused pane, as if pasted; nothing is run by that.
    Type(String),
    /// Ask before something is lost; `y` brings the decision back to the panel.
    Confirm {
        /// What would happen, to what.
        question: String,
        /// More about it, a line each.
        details: Vec<String>,
        /// What `y` does, in a word.
        verb: &'static str,
        /// What comes back.
        decision: PanelDecision,
        /// The sandbox that it concerns: a guard rule of the user's may ask harder.
        target: Option<TargetId>,
    },
    /// Ask for a line of text; it comes back with the decision.
    Prompt {
        /// What is asked for.
        title: String,
        /// What stands there already.
        text: String,
        /// What comes back with the text.
        decision: PanelDecision,
    },
    /// Something about the platform's sandboxes.
    Fleet(FleetRequest),
    /// Ask for a command, and run it on these.
    RunOn(Vec<Whom>),
    /// Show another panel, and give it the keyboard.
    Show(PanelKind),
    /// The same, and what it is to show.
    PointAt(PanelKind, Pointed),
    /// Let a port of this machine lead to this port of the sandbox.
    Forward(TargetId, u16),
    /// End that.
    EndForward(Ticket),
    /// Open a page in the user's browser. The user has been asked.
    OpenWeb(WebAddress),
    /// Look into a sandbox as soon as possible.
    LookNow(TargetId),
    /// Open a pane on a program that envd has started and that runs already.
    Attach(TargetId, Box<ManagedProcess>),
    /// Give the keyboard back to the panes.
    Leave,
}

/// What a panel wants about the platform's sandboxes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FleetRequest {
    /// Open what a TARGET names.
    Open(String, OpenPlace),
    /// Ask the platform to do this with these sandboxes; where something is lost the user is asked first.
    Do(FleetAction, Vec<SandboxId>),
    /// Which sandboxes are in sight in a list; none while no list is shown.
    Watch(Option<Vec<SandboxId>>),
    /// Read the list of sandboxes anew.
    Read,
}

/// What was asked about, for the panel that asked. Each panel has its own kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PanelDecision {
    /// Of the Files panel.
    Files(FilesDecision),
    /// Of the Sandboxes panel: close the panes of this sandbox.
    ClosePanes(TargetId),
    /// Of the History panel: forget these commands.
    ForgetCommands(Vec<CommandId>),
    /// Of the History panel: forget those of the query that match what is typed.
    ForgetPattern(Box<CommandQuery>),
    /// Of the History panel: forget these, if what is typed is what has to be.
    ForgetMatching(Box<Doomed>),
    /// Of the History panel: run this command in the sandboxes that are named.
    RunCommand(String),
    /// Of the Processes panel: send this signal to these.
    Signal(Signal, Vec<ProcessKey>),
    /// Of the Processes panel: send the signal that is named to these.
    NameSignal(Vec<ProcessKey>),
    /// Of the Processes panel: give these the priority that is named.
    Renice(Vec<ProcessKey>),
    /// Of the Network panel: open this page in the browser.
    OpenPort(WebAddress),
    /// Of the Processes panel: follow the open file that is named.
    Follow(ProcessKey),
}

impl PanelDecision {
    /// The panel that asked.
    pub fn panel(&self) -> PanelKind {
        match self {
            Self::Files(_) => PanelKind::Files,
            Self::ClosePanes(_) => PanelKind::Sandboxes,
            Self::ForgetCommands(_) | Self::ForgetPattern(_) | Self::ForgetMatching(_) | Self::RunCommand(_) => {
                PanelKind::History
            }
            Self::OpenPort(_) => PanelKind::Network,
            Self::Signal(..) | Self::NameSignal(_) | Self::Renice(_) | Self::Follow(_) => PanelKind::Processes,
        }
    }
}

/// Tickets of panels are told from those of panes by their size.
const FIRST_TICKET: u64 = 1 << 40;

/// Whether a panel has asked under this ticket.
pub fn is_ticket_of_panels(ticket: Ticket) -> bool {
    ticket.0 >= FIRST_TICKET
}

impl<'a> Outcome<'a> {
    /// Nothing asked for yet. `next_ticket` counts the tickets of all panels.
    pub fn new(effects: &'a mut Effects, next_ticket: &'a mut u64) -> Self {
        Self {
            effects,
            requests: Vec::new(),
            next_ticket,
        }
    }

    /// A ticket that no question has had.
    pub fn ticket(&mut self) -> Ticket {
        *self.next_ticket = (*self.next_ticket).max(FIRST_TICKET) + 1;
        Ticket(*self.next_ticket)
    }

    /// Asks a sandbox.
    pub fn ask(&mut self, target: TargetId, question: Question) -> Ticket {
        let ticket = self.ticket();
        self.effects.push(Effect::Ask(ticket, target, question));
        ticket
    }

    /// Asks the rest of the workbench for something.
    pub fn request(&mut self, request: Request) {
        self.requests.push(request);
    }

    /// Tells the user something in passing.
    pub fn tell(&mut self, severity: Severity, text: impl Into<String>) {
        self.requests.push(Request::Tell(Notice::new(severity, text)));
    }
}

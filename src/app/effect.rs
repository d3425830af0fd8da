//! Everything the workbench can ask of the world: plain data, comparable in tests.

use std::sync::Arc;
use std::time::Duration;

use super::keeping::KeepRequest;
use super::panels::{FilesAnswer, FilesQuestion};
use crate::domain::{
    CommandEnd, CommandId, CommandPage, CommandQuery, CommandRecord, Pid, ProgramSpec, RemoteText, RunAnswer,
    SessionId, SessionOrder, SystemMetrics, Target, TargetId, Ticket, WebAddress,
};

use super::fleet::{PlatformAnswer, PlatformQuestion};
use super::looking::{LookAnswer, LookQuestion, PortAnswer, PortQuestion};

/// One thing to be done outside. Doing it never blocks the loop; what comes of it returns as a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Something for one session.
    Session(SessionId, SessionOrder),
    /// A question to one sandbox; the answer comes back under the same ticket.
    Ask(Ticket, TargetId, Question),
    /// A question to the platform, or a change there; the answer comes back under the same ticket.
    Platform(Ticket, PlatformQuestion),
    /// Nobody waits for the answers to this question any more; what it does ends.
    Forget(Ticket),
    /// Open what this TARGET names; what was opened comes back under the same ticket. Opening wakes nothing and changes
    /// no life.
    OpenTarget(Ticket, String),
    /// Something for the store of commands. What is asked for comes back under its ticket.
    History(HistoryOrder),
    /// Something for the user's own terminal.
    Host(HostRequest),
    /// Something to be kept on this machine.
    Keep(KeepRequest),
    /// Send `Message::Timer` after this time, or sooner if one is due already.
    WakeIn(Duration),
    /// End the program with this exit code. Sessions that are still open keep running in their sandboxes.
    Quit(u8),
}

/// What one may want of the store of commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryOrder {
    /// Remember this command, which begins.
    Begin(CommandRecord),
    /// Remember how it ended.
    End(CommandEnd),
    /// Search; of several searches that wait only the last one is answered.
    Search(Ticket, CommandQuery),
    /// Forget these commands.
    Forget(Vec<CommandId>),
    /// Count those of a query, whose text and limit do not count, that a regular expression matches, if there is one.
    Count(Ticket, CommandQuery, Option<String>),
    /// Forget the same ones; how many they were comes back.
    ForgetMatching(Ticket, CommandQuery, Option<String>),
    /// This sandbox, whose commands are remembered, was made of this template.
    Template {
        /// Its ID.
        sandbox: RemoteText,
        /// The template's name.
        template: RemoteText,
    },
    /// Keep these commands when others are forgotten for their age, or no longer.
    Pin(Vec<CommandId>, bool),
}

/// What one may ask a sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// The directory that a process is in, so that a split can begin there.
    WorkingDirectory(Pid),
    /// Load and space.
    Metrics,
    /// Something about files.
    Files(FilesQuestion),
    /// Processes, sockets, load.
    Look(LookQuestion),
    /// Run this command to its end. When nobody waits for the answer any more it is killed.
    Run(Box<ProgramSpec>),
    /// A port of the sandbox.
    Port(PortQuestion),
}

/// What was answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// To `Question::WorkingDirectory`.
    WorkingDirectory(RemoteText),
    /// To `Question::Metrics`.
    Metrics(SystemMetrics),
    /// To `Question::Look`.
    Look(LookAnswer),
    /// To `Question::Port`.
    Port(PortAnswer),
    /// To `Effect::Platform`.
    Platform(PlatformAnswer),
    /// To `Question::Files`.
    Files(FilesAnswer),
    /// To `Question::Run`.
    Ran(Box<RunAnswer>),
    /// To `HistoryOrder::Search`.
    Commands(CommandPage),
    /// To `HistoryOrder::Count` and `HistoryOrder::ForgetMatching`.
    CommandCount(usize),
    /// To `HostRequest::Edit`.
    Edited(Edited),
    /// To `Effect::OpenTarget`: one sandbox, or several that a query found.
    Opened(Vec<Target>),
}

/// What one may ask of the user's terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostRequest {
    /// Put text on the clipboard.
    Copy(String),
    /// Open a page in the user's browser. The user has been asked.
    OpenWeb(WebAddress),
    /// Name the window. The text is ours and already safe.
    Title(String),
    /// Ring.
    Bell,
    /// Show this to the user although the window may be out of sight. Safe to show.
    Notify(String),
    /// Let the user's own editor have the terminal. What becomes of it comes back under the ticket.
    Edit(Ticket, EditRequest),
    /// Stop like any job on ctrl-z, and paint everything again when continued.
    Suspend,
    /// Take the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Paint everything again.
    Redraw,
}

/// What the user's own editor is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditRequest {
    /// Edit this text, which is a file of this name.
    Begin(RemoteText, Arc<[u8]>),
    /// Go on where it was stopped under this ticket.
    GoOn(Ticket),
}

/// What became of an editor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edited {
    /// It ended and left this text.
    Left(Vec<u8>),
    /// It ended otherwise than it should, for this reason, and left this text.
    Broken(Vec<u8>, String),
    /// It was stopped; this is its name.
    Stopped(String),
}

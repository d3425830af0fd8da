//! Everything that can wake the workbench. Closed: nothing else reaches it.

use crate::app::{Answer, Kept};
use crate::domain::{Failure, GridSize, SessionId, SessionNews, Ticket};
use crate::keys::{Chord, Pointer};

/// One thing that happened outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// A key went down.
    Key(Chord),
    /// The mouse did something.
    Pointer(Pointer),
    /// Text came in one piece through the host's bracketed paste.
    Paste(String),
    /// The screen has this size now.
    Resize(GridSize),
    /// The host window got or lost the keyboard.
    HostFocus(bool),
    /// A session has news.
    Session(SessionId, SessionNews),
    /// There is time to go on with output that a session has received and that is not on its screen yet.
    CatchUp(SessionId),
    /// A question was answered, or failed.
    Answer(Ticket, Result<Answer, Failure>),
    /// Something outside is not as it should be, or is again: a sentence for the user.
    Trouble(String),
    /// The time that was asked for with `Effect::WakeIn` has come.
    Timer,
    /// Something came of what is kept on this machine, or changed there.
    Kept(Kept),
    /// The program is asked to end from outside (SIGTERM, SIGHUP, terminal gone): detach and leave.
    Shutdown,
}

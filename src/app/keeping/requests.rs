//! What one may ask to be kept, and what comes of it.

use std::time::Duration;

use crate::app::Options;
use crate::domain::{CastHeader, PaneId, SessionId};

/// Something to be done with what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeepAction {
    /// Record the pane, or stop.
    Record,
    /// Record the pane to a file of the user's choice.
    RecordTo,
    /// Write what the pane has shown to a file.
    SaveText,
    /// The same with its colours.
    SaveColoredText,
    /// Save the workspace under a name.
    SaveWorkspace,
    /// Choose a theme.
    ChooseTheme,
}

/// What was decided in an overlay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeepDecision {
    /// Record the pane to the file that is given as text.
    RecordTo(PaneId),
    /// Write what the pane has shown, with colours or without, to the file that is given as text.
    SaveText(PaneId, bool),
    /// Save the workspace under the name that is given as text.
    SaveWorkspace,
    /// Show this theme.
    Theme(String),
    /// Take up the workspace that was offered.
    TakeUp,
}

/// One thing for whoever keeps files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeepRequest {
    /// Begin a recording.
    Record(Box<RecordOrder>),
    /// End a recording.
    StopRecording(SessionId),
    /// Write text to a file that must not exist: the one that is named, or one of this name in our folder.
    SaveText {
        /// What it is of, for the name of the file.
        name: String,
        /// The file, as the user wrote it.
        path: Option<String>,
        /// The text.
        text: String,
    },
    /// Replace a workspace. The last one of another run is put aside, unless it was taken up in this run.
    SaveWorkspace {
        /// Its name; the last workspace without one.
        name: Option<String>,
        /// The file's text.
        text: String,
        /// Whether the user waits to hear of it.
        is_asked_for: bool,
    },
    /// Forget the last workspace, if this run saved it: nothing of it is left.
    ForgetLast,
    /// Show this theme.
    Theme(String),
    /// The user needs no hint at the next start.
    HintSeen,
}

/// What is to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordOrder {
    /// The session.
    pub session: SessionId,
    /// What it is of, for the name of the file.
    pub name: String,
    /// The file, as the user wrote it; one in our folder without it.
    pub path: Option<String>,
    /// The recording's first line.
    pub header: CastHeader,
    /// Output that brings about what the screen shows.
    pub screen: String,
}

/// What was to be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SavedThing {
    /// Text of a pane.
    Text,
    /// A workspace under a name.
    Workspace,
    /// The workspace as it is, so that it can be taken up.
    LastWorkspace,
    /// That the first hint was seen.
    Hint,
}

/// What comes of it, and what has changed in files. Paths and errors are not yet safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The settings were read again; these are in force now, and what is named is with the next start.
    Settings(Box<Options>, Vec<&'static str>),
    /// The settings were read again and are wrong; those before stay in force.
    SettingsRefused(String),
    /// A recording is being written to this file.
    RecordingBegan(SessionId, String),
    /// A recording is complete.
    RecordingEnded {
        /// The session.
        session: SessionId,
        /// The file.
        path: String,
        /// How long it is.
        length: Duration,
        /// Bytes of output that are not in it.
        lost: usize,
    },
    /// A recording could not begin or go on.
    RecordingFailed {
        /// The session.
        session: SessionId,
        /// The file.
        path: String,
        /// Why.
        error: String,
    },
    /// Something was saved to this file.
    Saved(SavedThing, String),
    /// Something could not be saved to this file.
    NotSaved {
        /// What.
        thing: SavedThing,
        /// The file.
        path: String,
        /// Why.
        error: String,
    },
}

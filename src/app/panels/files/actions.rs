//! The actions of the Files panel, with their keys. Data only.

use crate::app::action::{Action, ActionInfo, Needs, Section};
use crate::app::action_table::row;
use crate::app::panels::PanelKind;

/// One thing to do in the Files panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FilesAction {
    /// Show or hide what begins with a dot.
    Hidden,
    /// Begin at the folder above.
    Above,
    /// Begin at the folder under the cursor.
    BeginHere,
    /// Follow the shell's folder again.
    Follow,
    /// Make an empty file.
    NewFile,
    /// Make a folder.
    NewFolder,
    /// Give another name or place.
    Move,
    /// Copy inside the sandbox.
    Duplicate,
    /// Delete.
    Delete,
    /// Copy to this machine.
    Download,
    /// Copy from this machine.
    Upload,
    /// Show the copies under way.
    Copies,
    /// Let the chosen copy stand still or go on; the list not shown, all of them.
    PauseCopy,
    /// Stop the chosen copy.
    StopCopy,
    /// Stop the copies under way.
    StopCopies,
    /// Compare sums of both sides from now on, or no longer.
    CompareSums,
    /// Edit it with the user's own editor, on this machine.
    Edit,
    /// Edit it here, in the panel.
    EditHere,
    /// Edit it there, with the sandbox's own editor.
    EditThere,
    /// Type the path into the shell.
    InsertPath,
    /// Open a shell in the folder.
    ShellHere,
    /// Show only what changed a short while ago.
    Recent,
}

const fn own(
    action: FilesAction,
    words: (&'static str, &'static str, &'static str),
    keys: &'static [&'static str],
) -> ActionInfo {
    let kind = PanelKind::Files;
    row(
        Action::Files(action),
        words,
        (Section::OnePanel(kind), Needs::Panel(kind)),
        keys,
    )
}

/// Their rows of the action table.
#[rustfmt::skip]
pub const FILES_ACTIONS: &[ActionInfo] = &[
    own(FilesAction::Hidden, ("files-hidden", "Hidden files", "Shows or hides what begins with a dot."), &["."]),
    own(FilesAction::Above, ("files-above", "Folder above", "Begins at the folder above."), &["-", "backspace"]),
    own(FilesAction::BeginHere, ("files-begin-here", "Begin here", "Begins at the folder under the cursor."), &["o"]),
    own(FilesAction::Follow, ("files-follow", "Follow the shell", "Follows the shell's folder again."), &["f"]),
    own(FilesAction::NewFile, ("files-new", "New file", "Makes an empty file."), &["a"]),
    own(FilesAction::NewFolder, ("files-new-folder", "New folder", "Makes a folder, with those above it."), &["A"]),
    own(FilesAction::Move, ("files-move", "Rename", "Another name or place for the row, or what is marked."), &["m"]),
    own(FilesAction::Duplicate, ("files-copy", "Copy", "Copies it inside the sandbox, or to NAME:PATH."), &["c"]),
    own(FilesAction::Delete, ("files-delete", "Delete", "Deletes what is marked, or the row; asks first."), &["d"]),
    own(FilesAction::Download, ("files-download", "Download", "Copies what is marked, or the row, to this machine."), &["D"]),
    own(FilesAction::Upload, ("files-upload", "Upload", "Copies a file or folder from here into the folder."), &["U"]),
    own(FilesAction::Copies, ("files-copies", "Copies under way", "Shows uploads and downloads."), &["T"]),
    own(FilesAction::PauseCopy, ("files-pause-copy", "Pause copy", "Lets a copy stand still, or go on."), &["p"]),
    own(FilesAction::StopCopy, ("files-stop-copy", "Stop copy", "Stops the chosen copy."), &["x"]),
    own(FilesAction::CompareSums, ("files-compare-sums", "Compare sums", "Compares SHA-256 sums of what is copied, or no longer."), &["C"]),
    own(FilesAction::StopCopies, ("files-stop-copies", "Stop copies", "Stops the uploads and downloads under way."), &["X"]),
    own(FilesAction::Edit, ("files-edit", "Edit", "Opens it in your own editor: $VISUAL, $EDITOR or vi."), &["e"]),
    own(FilesAction::EditHere, ("files-edit-here", "Edit here", "Edits a short text in the panel."), &["E"]),
    own(FilesAction::EditThere, ("files-edit-there", "Edit there", "Opens it in the sandbox's own editor, in a new tab."), &["ctrl-e"]),
    own(FilesAction::InsertPath, ("files-insert-path", "Insert path", "Types the path into the shell, quoted."), &["i"]),
    own(FilesAction::ShellHere, ("files-shell-here", "Shell here", "Opens a shell in the folder, in a new tab."), &["t"]),
    own(FilesAction::Recent, ("files-recent", "Changed recently", "Shows what changed in the last 5 minutes, or all."), &["R"]),
];

//! What a program in a terminal said to its terminal besides text: questions that we answer, and announcements.

use bytes::Bytes;

use crate::domain::RemoteText;

/// One thing for the outside, in the order it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Announcement {
    /// Bytes to type to the program: an answer from our fixed list.
    Reply(Bytes),
    /// The title changed; `Emulator::title` has it too.
    Title(RemoteText),
    /// The bell rang, once or more since the last call.
    Bell,
    /// The shell says which directory it is in, as a path.
    Directory(RemoteText),
    /// The program wants this text on the clipboard. Nothing happens unless the user allows it.
    ClipboardWrite(RemoteText),
    /// The program wants to tell the user something.
    Notify {
        /// Empty when the program gave none.
        title: RemoteText,
        /// The message.
        body: RemoteText,
    },
}

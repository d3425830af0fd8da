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
    /// The program puts this text on the clipboard, as the user has allowed.
    ClipboardWrite(RemoteText),
    /// The program wanted to put text on the clipboard and may not. Said once.
    ClipboardRefused,
    /// The program wants to tell the user something.
    Notify {
        /// Empty when the program gave none.
        title: RemoteText,
        /// The message.
        body: RemoteText,
    },
    /// The shell marks its prompt, or a command's beginning or end.
    Prompt {
        /// What was marked.
        mark: PromptMark,
        /// At which line, counted from the terminal's first one.
        line: u64,
    },
}

/// A mark that shells put into their output (OSC 133). Any program can fake one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromptMark {
    /// Here the prompt begins.
    PromptStart,
    /// Here the prompt ends, and what is typed begins.
    InputStart,
    /// Here the output of a command begins.
    OutputStart,
    /// Here it ends, with this exit code if the shell said so.
    CommandEnd(Option<i32>),
}

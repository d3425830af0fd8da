//! Text on the user's clipboard, by way of the terminal or of a program. Writing only: what is on it is never asked for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::tools::{Tool, clipboard_tool};

/// The most bytes that a terminal is asked to put on a clipboard at once: terminals drop longer sequences, some without
/// a word.
pub const CLIPBOARD_LIMIT: usize = 100 * 1024;
/// The most bytes that a program is given for it.
pub const NATIVE_CLIPBOARD_LIMIT: usize = 8 << 20;

/// How text gets on the clipboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClipboardWay {
    /// Not at all: the user does not want it.
    Off,
    /// By the terminal (OSC 52).
    Terminal,
    /// By this program.
    Tool(Tool),
    /// By a program, and there is none.
    NoTool,
}

impl ClipboardWay {
    /// The machine's own way, whatever the terminal can do.
    pub fn native(variable: impl Fn(&str) -> Option<String>) -> Self {
        clipboard_tool(variable).map_or(Self::NoTool, Self::Tool)
    }

    /// A program if the user sits at this machine and has one, else the terminal.
    pub fn best(variable: impl Fn(&str) -> Option<String>) -> Self {
        let is_remote = ["SSH_CONNECTION", "SSH_TTY"]
            .into_iter()
            .any(|name| variable(name).is_some_and(|value| !value.is_empty()));
        if is_remote {
            return Self::Terminal;
        }
        clipboard_tool(variable).map_or(Self::Terminal, Self::Tool)
    }
}

/// The sequence (OSC 52) that puts `text` on the clipboard, or `None` if it is longer than `CLIPBOARD_LIMIT`.
pub fn clipboard_sequence(text: &str) -> Option<String> {
    (text.len() <= CLIPBOARD_LIMIT).then(|| format!("\x1b]52;c;{}\x1b\\", STANDARD.encode(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_text_can_end_the_sequence() {
        let sequence = clipboard_sequence("a\x1b\\\x07b").unwrap();
        let inside = &sequence["\x1b]52;c;".len()..sequence.len() - 2];
        assert!(
            inside
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
        );
    }

    #[test]
    fn too_much_is_refused_as_a_whole() {
        assert!(clipboard_sequence(&"x".repeat(CLIPBOARD_LIMIT)).is_some());
        assert!(clipboard_sequence(&"x".repeat(CLIPBOARD_LIMIT + 1)).is_none());
    }

    #[test]
    fn over_ssh_the_terminal_is_the_one_that_knows_the_users_clipboard() {
        let remote = |name: &str| (name == "SSH_TTY" || name == "DISPLAY").then(|| "x".to_owned());
        assert_eq!(ClipboardWay::best(remote), ClipboardWay::Terminal);
        assert_eq!(ClipboardWay::best(|_| None), ClipboardWay::Terminal);
        assert_eq!(ClipboardWay::native(|_| None), ClipboardWay::NoTool);
    }
}

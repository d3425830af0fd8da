//! Text on the user's clipboard, by way of the terminal. Writing only: what is on it is never asked for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The most bytes that are put on a clipboard at once: terminals drop longer sequences, some without a word.
pub const CLIPBOARD_LIMIT: usize = 100 * 1024;

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
}

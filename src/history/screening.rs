//! What of a command is kept, if anything: blanks in front and patterns keep it out, secrets are taken out of it.

use regex::RegexSet;

use super::redact::redact;

/// Longer commands are not kept: what is cut could not be run again.
const MOST_BYTES: usize = 128 * 1024;

/// Decides what is kept.
#[derive(Clone, Debug, Default)]
pub struct Screen {
    ignored: RegexSet,
}

impl Screen {
    /// One that ignores what these patterns match. A pattern that is none ignores nothing; the config has refused it.
    pub fn new(patterns: &[String]) -> Self {
        Self {
            ignored: RegexSet::new(patterns).unwrap_or_default(),
        }
    }

    /// The text as it is kept; `None` if it is not.
    pub fn admit(&self, text: &str) -> Option<String> {
        let is_forgotten = text.trim().is_empty() || text.starts_with(char::is_whitespace);
        if is_forgotten || text.len() > MOST_BYTES || self.ignored.is_match(text) {
            return None;
        }
        // NUL would end the text for some readers of the file.
        Some(redact(text).replace('\0', "\u{fffd}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_patterns_keep_commands_out() {
        let screen = Screen::new(&["^pwd$".to_owned(), "secret-tool".to_owned()]);
        assert_eq!(screen.admit("ls").as_deref(), Some("ls"));
        for text in [" ls", "\tls", "", "pwd", "a | secret-tool x"] {
            assert_eq!(screen.admit(text), None, "{text}");
        }
        assert_eq!(screen.admit("mysql -phunter2").as_deref(), Some("mysql -p[redacted]"));
    }
}

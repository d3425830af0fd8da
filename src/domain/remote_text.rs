//! Text that came from a sandbox. It reaches a screen, a log or an error only in its escaped form.

use std::fmt::{self, Write};

/// A name, path, title, message or other string that a sandbox chose.
///
/// `Display` prints the escaped form: control characters, text-direction marks, zero-width and tag characters
/// become visible (`\u{202e}`), so a name can neither move the cursor nor pretend to be another name.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RemoteText(String);

impl RemoteText {
    /// Marks a string as chosen by a sandbox.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The same from bytes; what is not UTF-8 becomes U+FFFD.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(String::from_utf8_lossy(bytes).into_owned())
    }

    /// The text as it came, for sending it back to where it came from and for comparing. Never for showing.
    pub fn unescaped(&self) -> &str {
        &self.0
    }

    /// The text as it may be shown.
    pub fn escaped(&self) -> String {
        self.to_string()
    }

    /// Whether the text shows exactly as it is: nothing in it acts on a terminal or hides.
    pub fn is_plain(&self) -> bool {
        !self.0.chars().any(is_unsafe_to_show)
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for RemoteText {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for RemoteText {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl fmt::Display for RemoteText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '\n' => out.write_str("\\n")?,
                '\r' => out.write_str("\\r")?,
                '\t' => out.write_str("\\t")?,
                _ if is_unsafe_to_show(letter) => write!(out, "\\u{{{:x}}}", u32::from(letter))?,
                _ => out.write_char(letter)?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for RemoteText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "\"{self}\"")
    }
}

/// Whether a character acts on the text around it, or cannot be seen, instead of showing itself.
fn is_unsafe_to_show(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            // Soft hyphen, combining grapheme joiner, Arabic letter mark, Hangul and Khmer fillers, Mongolian selectors.
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            // Zero-width characters, direction marks and overrides, line and paragraph separators, invisible operators.
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            // Variation selectors, byte order mark, half-width filler, interlinear annotation.
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            // Musical and shorthand format controls, tags and more variation selectors, private use.
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmless_text_is_left_alone() {
        for text in ["plain", "größe", "日本語.txt", "a b", "e\u{301}", "🙂"] {
            assert_eq!(RemoteText::new(text).to_string(), text);
        }
    }

    #[test]
    fn acting_and_invisible_characters_become_visible() {
        let cases = [
            ("a\x1b[2Jb", "a\\u{1b}[2Jb"),
            ("a\nb\r\t", "a\\nb\\r\\t"),
            ("c\u{9b}1m", "c\\u{9b}1m"),
            ("exe\u{202e}gpj", "exe\\u{202e}gpj"),
            ("a\u{200b}b", "a\\u{200b}b"),
            ("\u{e0041}", "\\u{e0041}"),
            ("\u{feff}x\u{7f}", "\\u{feff}x\\u{7f}"),
        ];
        for (raw, shown) in cases {
            assert_eq!(RemoteText::new(raw).to_string(), shown);
            assert_eq!(format!("{:?}", RemoteText::new(raw)), format!("\"{shown}\""));
        }
    }
}

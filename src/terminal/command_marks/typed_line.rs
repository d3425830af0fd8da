//! The keys of one line, for shells that cannot tell what they run: what stands on the screen counts only if it is
//! what was typed. Keys alone never make a command, since a program may be asking for a password.

/// A longer line is not followed.
const MOST_BYTES: usize = 8 * 1024;

/// Whether what was typed explains what is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    /// Nothing but plain letters so far.
    Plain,
    /// Keys that edit: only a shell with a line editor shows the outcome.
    Edited,
    /// Keys that may make anything of it.
    Unsure,
}

/// What was typed since the prompt.
#[derive(Debug)]
pub(super) struct TypedLine {
    bytes: Vec<u8>,
    content: Content,
    is_entered: bool,
}

impl Default for TypedLine {
    fn default() -> Self {
        Self {
            bytes: Vec::new(),
            content: Content::Plain,
            is_entered: false,
        }
    }
}

impl TypedLine {
    /// Takes what was typed. After Enter nothing counts before the next prompt.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.is_entered {
                return;
            }
            match byte {
                b'\r' | b'\n' => self.is_entered = true,
                0x08 | 0x7f => self.rub_out(),
                0x03 | 0x04 | 0x16 | 0x1a => self.content = Content::Unsure,
                0x00..=0x1f if self.content == Content::Plain => self.content = Content::Edited,
                0x00..=0x1f => {}
                _ if self.bytes.len() >= MOST_BYTES => self.content = Content::Unsure,
                byte => self.bytes.push(*byte),
            }
        }
    }

    fn rub_out(&mut self) {
        while let Some(byte) = self.bytes.pop() {
            // The bytes of one character go together.
            if byte & 0xc0 != 0x80 {
                break;
            }
        }
    }

    /// Whether Enter was pressed.
    pub(super) fn is_entered(&self) -> bool {
        self.is_entered
    }

    /// Whether a line on the screen is what was entered.
    pub(super) fn explains(&self, shown: &str, has_line_editor: bool) -> bool {
        match self.content {
            Content::Plain => String::from_utf8_lossy(&self.bytes).trim_end() == shown.trim_end(),
            Content::Edited => has_line_editor,
            Content::Unsure => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> TypedLine {
        let mut line = TypedLine::default();
        line.push(text.as_bytes());
        line
    }

    #[test]
    fn only_what_was_typed_explains_what_is_seen() {
        assert!(typed("lz\x7fs é\x7f\r").explains("ls", false));
        assert!(!typed("ls\r").explains("rm", true));
        assert!(!typed("\x1b[A\r").explains("ls", false));
        assert!(typed("\x1b[A\r").explains("ls", true));
        assert!(!typed("ls\x16\x1b\r").explains("ls", true));
        assert!(!typed("ls").is_entered());
        assert!(typed("ls\rpassword").explains("ls", false));
    }
}

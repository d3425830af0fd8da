//! The escapes of the raw shell, as in ssh: `~` at the start of a line, then one key. Pure.

/// What a piece of typing comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// For the shell.
    Bytes(Vec<u8>),
    /// `~.`: leave.
    Leave,
    /// `~` and ctrl-z: stop like any job.
    Suspend,
    /// `~?`: say which escapes there are.
    Help,
}

/// What `~?` prints.
pub(super) const HELP: &str = "~.  leave    ~^Z  suspend    ~~  type ~    ~?  this";

/// Reads typing and finds the escapes in it, across any cut.
#[derive(Debug)]
pub(super) struct ShellEscapes {
    is_at_start: bool,
    has_tilde: bool,
}

impl ShellEscapes {
    /// At the start of a line.
    pub(super) fn new() -> Self {
        Self {
            is_at_start: true,
            has_tilde: false,
        }
    }

    /// Takes in what was typed. A `~` at the start of a line is held back until the next key says what it means.
    pub(super) fn read(&mut self, typed: &[u8]) -> Vec<Typed> {
        let mut found = Vec::new();
        let mut bytes = Vec::new();
        for &byte in typed {
            let was_tilde = std::mem::take(&mut self.has_tilde);
            let escape = match byte {
                b'.' => Some(Typed::Leave),
                b'?' => Some(Typed::Help),
                0x1a => Some(Typed::Suspend),
                _ => None,
            };
            match escape {
                Some(escape) if was_tilde => {
                    if !bytes.is_empty() {
                        found.push(Typed::Bytes(std::mem::take(&mut bytes)));
                    }
                    found.push(escape);
                    self.is_at_start = true;
                    continue;
                }
                _ if was_tilde => {
                    bytes.push(b'~');
                    self.is_at_start = false;
                    if byte == b'~' {
                        continue;
                    }
                }
                _ if byte == b'~' && self.is_at_start => {
                    self.has_tilde = true;
                    continue;
                }
                _ => {}
            }
            bytes.push(byte);
            self.is_at_start = matches!(byte, b'\r' | b'\n');
        }
        if !bytes.is_empty() {
            found.push(Typed::Bytes(bytes));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Typed {
        Typed::Bytes(text.as_bytes().to_vec())
    }

    #[test]
    fn an_escape_stands_at_the_start_of_a_line() {
        for (typed, expected) in [
            ("~.", vec![Typed::Leave]),
            ("ls\r~.", vec![bytes("ls\r"), Typed::Leave]),
            ("ls ~.", vec![bytes("ls ~.")]),
            ("~~.", vec![bytes("~.")]),
            ("~a", vec![bytes("~a")]),
            ("~?x", vec![Typed::Help, bytes("x")]),
            ("~\u{1a}", vec![Typed::Suspend]),
            ("~\r~.", vec![bytes("~\r"), Typed::Leave]),
            ("~", vec![]),
        ] {
            assert_eq!(ShellEscapes::new().read(typed.as_bytes()), expected, "{typed:?}");
        }
    }

    #[test]
    fn a_cut_anywhere_changes_nothing() {
        let typed = b"a\r~b\r~~c\r~?d~.\r~.";
        let whole = ShellEscapes::new().read(typed);
        for cut in 0..typed.len() {
            let mut escapes = ShellEscapes::new();
            let mut parts = escapes.read(&typed[..cut]);
            parts.extend(escapes.read(&typed[cut..]));
            assert_eq!(joined(parts), joined(whole.clone()), "cut at {cut}");
        }
    }

    fn joined(parts: Vec<Typed>) -> Vec<Typed> {
        let mut joined: Vec<Typed> = Vec::new();
        for part in parts {
            match (joined.last_mut(), part) {
                (Some(Typed::Bytes(before)), Typed::Bytes(more)) => before.extend(more),
                (_, part) => joined.push(part),
            }
        }
        joined
    }
}

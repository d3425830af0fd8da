//! Reads one report of a shell. What does not carry the secrets of this terminal, or is not well formed, is none.

use percent_encoding::percent_decode;

use crate::domain::RemoteText;

/// The secrets by which reports of this terminal's shell are known.
#[derive(Clone, PartialEq, Eq)]
pub struct MarkKeys {
    /// In every report that says something: 32 hexadecimal digits.
    pub nonce: String,
    /// In the marks that stand in the prompt, which a user may print: another 32.
    pub token: String,
}

impl std::fmt::Debug for MarkKeys {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("MarkKeys(..)")
    }
}

/// How much a shell can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Prompt, exact text, directory, exit code.
    Full,
    /// Only that a command begins; how it ended comes with the next one.
    BeforeCommand,
    /// Prompt and exit code. The text is read from the screen.
    Screen,
}

/// How far a shell vouches for the text of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// It is the text.
    Sure,
    /// It may be the text of the command before.
    Unsure,
    /// Several lines of the shell's list, each with its number in front.
    Listed,
    /// Not to be kept, and not sent.
    Withheld,
}

/// A command begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) seq: u64,
    /// Which of the commands that were typed as one piece, from 0.
    pub(super) sub: u64,
    /// How the one before it ended.
    pub(super) previous: Option<i32>,
    /// The shell's clock, in microseconds.
    pub(super) at: Option<u64>,
    pub(super) trust: Trust,
    pub(super) is_truncated: bool,
    pub(super) directory: Option<RemoteText>,
    pub(super) text: String,
}

/// What a shell says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Report {
    /// It is ready to report.
    Ready {
        tier: Tier,
        shell: String,
        user: RemoteText,
    },
    /// A prompt begins.
    Prompt { seq: u64, directory: RemoteText },
    /// What is typed begins here.
    Input,
    /// A prompt for one more line of the same command begins.
    Continuation,
    /// A command begins.
    Start(Start),
    /// It ended.
    End {
        seq: u64,
        status: i32,
        at: Option<u64>,
        took_ms: Option<u64>,
    },
    /// It ended, and a prompt begins.
    PromptAfter {
        status: i32,
        seq: u64,
        directory: RemoteText,
    },
}

impl Report {
    /// Reads one.
    pub(super) fn parse(bytes: &[u8], keys: &MarkKeys) -> Option<Self> {
        let (kind, rest) = split(bytes)?;
        if matches!(kind, b"B" | b"P") {
            let is_ours = rest == keys.token.as_bytes();
            let report = if kind == b"B" { Self::Input } else { Self::Continuation };
            return is_ours.then_some(report);
        }
        let (nonce, rest) = split(rest)?;
        if nonce != keys.nonce.as_bytes() {
            return None;
        }
        match kind {
            b"R" => ready(rest),
            b"A" => {
                let (seq, directory) = split(rest)?;
                Some(Self::Prompt {
                    seq: number(seq)?,
                    directory: RemoteText::new(decoded(directory)),
                })
            }
            b"C" => start(rest).map(Self::Start),
            b"D" => end(rest),
            b"Q" => {
                let [status, seq, directory] = fields(rest)?;
                Some(Self::PromptAfter {
                    status: number(status)?,
                    seq: number(seq)?,
                    directory: RemoteText::from_bytes(directory),
                })
            }
            _ => None,
        }
    }
}

fn ready(rest: &[u8]) -> Option<Report> {
    let [version, tier, shell, _pid, user] = fields(rest)?;
    if version != b"1" {
        return None;
    }
    let tier = match tier {
        b"full" => Tier::Full,
        b"ps0" => Tier::BeforeCommand,
        b"sh" => Tier::Screen,
        _ => return None,
    };
    let shell = String::from_utf8_lossy(shell).chars().take(64).collect();
    let user = String::from_utf8_lossy(user).chars().take(64).collect::<String>();
    Some(Report::Ready {
        tier,
        shell,
        user: user.into(),
    })
}

fn start(rest: &[u8]) -> Option<Start> {
    let [seq, sub, previous, at, flag, length, directory, text] = fields(rest)?;
    let text = decoded(text);
    let length: usize = number(length)?;
    let trust = match flag {
        b"s" | b"t" => Trust::Sure,
        b"q" => Trust::Unsure,
        b"m" => Trust::Listed,
        b"i" | b"x" => Trust::Withheld,
        _ => return None,
    };
    Some(Start {
        seq: number(seq)?,
        sub: number(sub)?,
        previous: number(previous),
        at: number(at),
        trust,
        is_truncated: flag == b"t" || length > text.len(),
        directory: (!directory.is_empty()).then(|| RemoteText::new(decoded(directory))),
        text,
    })
}

fn end(rest: &[u8]) -> Option<Report> {
    let [seq, status, at, took] = fields(rest)?;
    Some(Report::End {
        seq: number(seq)?,
        status: number(status)?,
        at: number(at),
        took_ms: number(took),
    })
}

fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|byte| *byte == b';')?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

/// So many fields; the last one has all that is left.
fn fields<const COUNT: usize>(bytes: &[u8]) -> Option<[&[u8]; COUNT]> {
    let parts: Vec<&[u8]> = bytes.splitn(COUNT, |byte| *byte == b';').collect();
    parts.try_into().ok()
}

fn number<N: std::str::FromStr>(bytes: &[u8]) -> Option<N> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

fn decoded(bytes: &[u8]) -> String {
    percent_decode(bytes).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> MarkKeys {
        MarkKeys {
            nonce: "n1".into(),
            token: "t1".into(),
        }
    }

    fn parsed(text: &str) -> Option<Report> {
        Report::parse(text.as_bytes(), &keys())
    }

    #[test]
    fn well_formed_reports_with_the_secret_are_read() {
        assert_eq!(
            parsed("A;n1;3;/a%3Bb%25%0A"),
            Some(Report::Prompt {
                seq: 3,
                directory: "/a;b%\n".into()
            })
        );
        let Some(Report::Start(start)) = parsed("C;n1;3;1;7;12;s;4;/tmp;a;b%3Bc") else {
            panic!("no start");
        };
        assert_eq!(
            (start.text.as_str(), start.previous, start.at),
            ("a;b;c", Some(7), Some(12))
        );
        assert!(!start.is_truncated);
        assert_eq!(
            parsed("Q;n1;130;9;/a;b"),
            Some(Report::PromptAfter {
                status: 130,
                seq: 9,
                directory: "/a;b".into()
            })
        );
        assert_eq!(parsed("B;t1"), Some(Report::Input));
        assert!(matches!(
            parsed("R;n1;1;full;zsh 5.9;77;me"),
            Some(Report::Ready { tier: Tier::Full, user, .. }) if user == "me".into()
        ));
    }

    #[test]
    fn everything_else_is_none() {
        for text in [
            "",
            "A",
            "A;n2;3;/",
            "A;n1;x;/",
            "A;t1;3;/",
            "B;n1",
            "P;",
            "C;n1;3;0;;;z;0;;",
            "C;n1;3",
            "D;n1;1;x;;",
            "D;n1;1",
            "R;n1;2;full;x;1",
            "R;n1;1;root;x;1",
            "Z;n1;1",
            "A;n1;-1;/",
            "A;n1;99999999999999999999;/",
        ] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}

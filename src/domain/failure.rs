//! An error as people see it: what happened, why, and what can be done.

use std::fmt;
use std::time::Duration;

use super::RemoteText;

/// What kind of thing went wrong. Each has its own word, glyph and exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The request itself makes no sense: wrong flag, config error, malformed target.
    Usage,
    /// The sandbox, process, file or folder does not exist.
    NotFound,
    /// Wrong or missing credential, unknown user, not permitted.
    Denied,
    /// No connection, or it broke: DNS, refused, reset, TLS, timed out.
    Unreachable,
    /// Something answered, but it is not envd or does not keep to its protocol.
    NotEnvd,
    /// The sandbox was reached before and has ended, expired or is paused.
    Gone,
    /// Reached, but it will not serve now: rate limit, still pausing, no space.
    Busy,
    /// The sandbox understood and refused: bad argument, wrong state.
    Refused,
    /// A fault of the sandbox's daemon or of ours.
    Internal,
}

impl FailureKind {
    /// The exit code of a command that ends by this.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Usage => 2,
            Self::NotFound | Self::Gone => 3,
            Self::Denied => 4,
            Self::Unreachable | Self::NotEnvd | Self::Busy => 5,
            Self::Refused | Self::Internal => 1,
        }
    }

    /// Whether the same request may succeed later without anybody changing it.
    pub fn may_pass(self) -> bool {
        matches!(self, Self::Unreachable | Self::Busy | Self::Internal)
    }
}

/// One failure. `Display` gives one line: `summary: cause — hint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind it is; decisions hang on this alone.
    pub kind: FailureKind,
    /// What happened, to what; our own words.
    pub summary: String,
    /// Why, in the words of whoever said so.
    pub cause: Option<RemoteText>,
    /// What the user can do now.
    pub hint: Option<String>,
    /// How long whoever refused asks us to wait before the next try.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// A failure with nothing known but what happened.
    pub fn new(kind: FailureKind, summary: impl Into<String>) -> Self {
        Self {
            kind,
            summary: summary.into(),
            cause: None,
            hint: None,
            retry_after: None,
        }
    }

    /// Adds the reason; an empty one is left out.
    #[must_use]
    pub fn because(mut self, cause: impl Into<RemoteText>) -> Self {
        let cause = cause.into();
        self.cause = (!cause.is_empty()).then_some(cause);
        self
    }

    /// Adds what can be done.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.summary)?;
        if let Some(cause) = &self.cause {
            write!(out, ": {cause}")?;
        }
        if let Some(hint) = &self.hint {
            write!(out, " — {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_says_what_why_and_what_to_do() {
        let failure = Failure::new(FailureKind::Unreachable, "cannot reach 10.0.0.5:49983")
            .because("connection refused\n")
            .hint("is envd running there?");
        assert_eq!(
            failure.to_string(),
            "cannot reach 10.0.0.5:49983: connection refused\\n — is envd running there?"
        );
        assert_eq!(Failure::new(FailureKind::Busy, "busy").because("").cause, None);
    }
}

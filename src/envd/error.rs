//! What can go wrong between us and one envd: one kind for decisions, one sentence for people. Knows no tonic status and no
//! HTTP reply; `refusal.rs` reads those.

use std::fmt;
use std::time::Duration;

use crate::domain::{Failure, FailureKind, RemoteText};

/// What kind of thing went wrong. Every broken, refused or nonsensical answer is exactly one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EnvdErrorKind {
    /// The address or a header value that we were given makes no sense. Nothing was sent.
    Usage,
    /// No connection: unknown host, refused, no route. Nothing was sent.
    Unreachable,
    /// The server's certificate does not convince us. No request was sent.
    Untrusted,
    /// The connection broke before the answer was complete. What was asked may have been done.
    Lost,
    /// No answer within the time limit. What was asked may have been done.
    TimedOut,
    /// Something answered that is not envd, or does not keep to its protocol.
    NotEnvd,
    /// Wrong or missing token, unknown user, not permitted.
    Denied,
    /// No such process, path or watcher.
    NotFound,
    /// A program that we followed ended while the link was down, and how it ended is no longer known.
    EndedUnseen,
    /// The edge knows of no running sandbox by this name: killed, expired, or paused.
    Gone,
    /// The sandbox runs, but its daemon does not answer.
    Down,
    /// Too many requests, still pausing, overloaded.
    Busy,
    /// No space left in the sandbox.
    NoSpace,
    /// It exists already.
    Exists,
    /// The sandbox understood and refused: bad path, missing folder, wrong state.
    Invalid,
    /// This daemon cannot do that.
    Unsupported,
    /// The time that we gave it is over.
    Expired,
    /// The sandbox gave up on the call; so it says of a process whose end it did not keep.
    Canceled,
    /// A fault inside the daemon.
    Internal,
}

impl EnvdErrorKind {
    /// Whether a later try may go better without anybody changing anything.
    pub fn may_pass(self) -> bool {
        matches!(
            self,
            Self::Unreachable
                | Self::Untrusted
                | Self::Lost
                | Self::TimedOut
                | Self::Down
                | Self::Busy
                | Self::Canceled
                | Self::Internal
        )
    }

    /// Whether it is sure that the sandbox did not act on the request.
    pub fn nothing_was_done(self) -> bool {
        !matches!(
            self,
            Self::Lost | Self::TimedOut | Self::Down | Self::Expired | Self::Canceled | Self::Internal | Self::NotEnvd
        )
    }

    fn failure_kind(self) -> FailureKind {
        match self {
            Self::Usage => FailureKind::Usage,
            Self::Unreachable | Self::Untrusted | Self::Lost | Self::TimedOut | Self::Down | Self::Canceled => {
                FailureKind::Unreachable
            }
            Self::NotEnvd => FailureKind::NotEnvd,
            Self::Denied => FailureKind::Denied,
            Self::NotFound => FailureKind::NotFound,
            Self::Gone | Self::EndedUnseen => FailureKind::Gone,
            Self::Busy | Self::NoSpace => FailureKind::Busy,
            Self::Exists | Self::Invalid | Self::Unsupported | Self::Expired => FailureKind::Refused,
            Self::Internal => FailureKind::Internal,
        }
    }
}

/// One failed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvdError(Box<Parts>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    kind: EnvdErrorKind,
    cause: RemoteText,
    hint: Option<&'static str>,
    retry_after: Option<Duration>,
    /// What we were about, as in "cannot …".
    doing: Option<String>,
    /// Whom we asked.
    endpoint: Option<String>,
}

impl EnvdError {
    /// An error of this kind with its reason, which may be empty.
    pub fn new(kind: EnvdErrorKind, cause: impl Into<RemoteText>) -> Self {
        Self(Box::new(Parts {
            kind,
            cause: cause.into(),
            hint: None,
            retry_after: None,
            doing: None,
            endpoint: None,
        }))
    }

    /// What kind it is; decisions hang on this alone.
    pub fn kind(&self) -> EnvdErrorKind {
        self.0.kind
    }

    /// How long the server asked us to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Why, in the words of whoever said so. May be empty.
    pub fn cause(&self) -> &RemoteText {
        &self.0.cause
    }

    /// Adds what can be done, unless something better is there already.
    #[must_use]
    pub(super) fn hint(mut self, hint: &'static str) -> Self {
        self.0.hint.get_or_insert(hint);
        self
    }

    #[must_use]
    pub(super) fn wait(mut self, time: Option<Duration>) -> Self {
        self.0.retry_after = time;
        self
    }

    /// Adds what we were about (`start bash`) and whom we asked. The first to know wins.
    #[must_use]
    pub(super) fn during(mut self, doing: &str, endpoint: &str) -> Self {
        self.0.doing.get_or_insert_with(|| doing.to_owned());
        self.0.endpoint.get_or_insert_with(|| endpoint.to_owned());
        self
    }

    fn summary(&self) -> String {
        let endpoint = self.0.endpoint.as_deref().unwrap_or("the sandbox");
        let doing = self.0.doing.as_deref().unwrap_or("do that");
        match self.0.kind {
            EnvdErrorKind::Usage => "this target cannot be used".to_owned(),
            EnvdErrorKind::Unreachable => format!("cannot reach {endpoint}"),
            EnvdErrorKind::Untrusted => format!("cannot trust {endpoint}"),
            EnvdErrorKind::Lost | EnvdErrorKind::Canceled => format!("the connection to {endpoint} broke"),
            EnvdErrorKind::TimedOut => format!("{endpoint} did not answer in time"),
            EnvdErrorKind::NotEnvd => format!("{endpoint} does not answer like envd"),
            EnvdErrorKind::Denied => format!("{endpoint} denied access"),
            EnvdErrorKind::Gone => format!("no sandbox is running behind {endpoint}"),
            EnvdErrorKind::Down => format!("the sandbox behind {endpoint} runs, but its daemon does not answer"),
            EnvdErrorKind::Busy => format!("{endpoint} is busy"),
            EnvdErrorKind::EndedUnseen => "the program ended while the connection was down".to_owned(),
            EnvdErrorKind::Expired => format!("cannot {doing}: its time is over"),
            EnvdErrorKind::NotFound
            | EnvdErrorKind::NoSpace
            | EnvdErrorKind::Exists
            | EnvdErrorKind::Invalid
            | EnvdErrorKind::Unsupported
            | EnvdErrorKind::Internal => format!("cannot {doing}"),
        }
    }

    fn default_hint(&self) -> Option<&'static str> {
        Some(match self.0.kind {
            EnvdErrorKind::Unreachable => "check the address, and that the sandbox runs",
            EnvdErrorKind::Untrusted => "if it has a certificate of your own, name its authority with `ca_file`",
            EnvdErrorKind::NotEnvd => "check the address and the port (envd listens on 49983)",
            EnvdErrorKind::Denied => "check the access token and the user",
            EnvdErrorKind::Gone => "it was killed, has expired, or is paused",
            EnvdErrorKind::NoSpace => "make room in the sandbox",
            EnvdErrorKind::Unsupported => "its envd may be too old for this",
            _ => return None,
        })
    }
}

impl From<EnvdError> for Failure {
    fn from(error: EnvdError) -> Self {
        let mut failure = Failure::new(error.0.kind.failure_kind(), error.summary()).because(error.0.cause.clone());
        failure.hint = error.0.hint.or_else(|| error.default_hint()).map(str::to_owned);
        failure
    }
}

impl fmt::Display for EnvdError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", Failure::from(self.clone()))
    }
}

// No `source`: a caller must not find a transport error inside and draw its own conclusions from it.
impl std::error::Error for EnvdError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_what_why_and_what_to_do() {
        let error = EnvdError::new(EnvdErrorKind::Unreachable, "connection refused").during("start bash", "http://h:1");
        assert_eq!(
            Failure::from(error).to_string(),
            "cannot reach http://h:1: connection refused — check the address, and that the sandbox runs"
        );
        let error = EnvdError::new(EnvdErrorKind::Invalid, "cwd '/x' does not exist")
            .during("start bash", "http://h:1")
            .during("something later", "elsewhere");
        assert_eq!(error.to_string(), "cannot start bash: cwd '/x' does not exist");
    }

    #[test]
    fn remote_words_are_escaped() {
        let error = EnvdError::new(EnvdErrorKind::Invalid, "a\x1b[2J");
        assert!(!error.to_string().contains('\x1b'));
    }
}

//! What can go wrong between us and the platform: one kind for decisions, one sentence for people.

use std::fmt;
use std::time::Duration;

use crate::domain::{Failure, FailureKind, RemoteText};

/// What kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlatformErrorKind {
    /// A setting or an argument makes no sense. Nothing was sent.
    Usage,
    /// There is no API key, or it cannot be one. Nothing was sent.
    NoKey,
    /// No connection: unknown host, refused, no route. Nothing was sent.
    Unreachable,
    /// The server's certificate does not convince us. Nothing was sent.
    Untrusted,
    /// The connection broke before the answer was complete. What was asked may have been done.
    Lost,
    /// No answer within the time limit. What was asked may have been done.
    TimedOut,
    /// Something answered that is not the platform, or that sends us elsewhere.
    NotPlatform,
    /// The key is unknown, or the team may not do that.
    Denied,
    /// No such sandbox, template or snapshot, or it belongs to somebody else.
    NotFound,
    /// The sandbox is in a state in which that cannot be done.
    Conflict,
    /// The sandbox is paused, so that nobody can speak to it. Only an explicit resume wakes it.
    Paused,
    /// Too many requests or too many sandboxes.
    Limited,
    /// The platform has no room or is overloaded.
    Busy,
    /// The platform understood and refused.
    Refused,
    /// A fault inside the platform, or of ours.
    Internal,
}

impl PlatformErrorKind {
    /// Whether it is sure that nothing changed by the request.
    pub fn nothing_was_done(self) -> bool {
        !matches!(
            self,
            Self::Lost | Self::TimedOut | Self::Busy | Self::NotPlatform | Self::Internal
        )
    }

    fn failure_kind(self) -> FailureKind {
        match self {
            Self::Usage => FailureKind::Usage,
            Self::NoKey | Self::Denied => FailureKind::Denied,
            Self::Unreachable | Self::Untrusted | Self::Lost | Self::TimedOut => FailureKind::Unreachable,
            Self::NotPlatform => FailureKind::NotEnvd,
            Self::NotFound => FailureKind::NotFound,
            Self::Paused => FailureKind::Gone,
            Self::Limited | Self::Busy => FailureKind::Busy,
            Self::Conflict | Self::Refused => FailureKind::Refused,
            Self::Internal => FailureKind::Internal,
        }
    }

    fn usual_hint(self) -> Option<&'static str> {
        Some(match self {
            Self::NoKey => "set E2B_API_KEY, or log in with the official `e2b auth login`",
            Self::Denied => "check E2B_API_KEY: it may be mistyped, revoked, or of another team",
            Self::Unreachable => "check the network, and E2B_API_URL and E2B_DOMAIN if they are set",
            Self::Untrusted => "if the platform has an authority of its own, name its certificate with --ca-file",
            Self::NotPlatform => "check E2B_API_URL and E2B_DOMAIN",
            Self::Lost | Self::TimedOut => "what was asked may have been done: look with `e2b-tui info`",
            Self::Busy => "try again in a moment",
            _ => return None,
        })
    }
}

/// One failed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformError(Box<Parts>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    kind: PlatformErrorKind,
    cause: RemoteText,
    hint: Option<String>,
    retry_after: Option<Duration>,
    doing: Option<String>,
}

impl PlatformError {
    /// An error of this kind with its reason, which may be empty.
    pub fn new(kind: PlatformErrorKind, cause: impl Into<RemoteText>) -> Self {
        Self(Box::new(Parts {
            kind,
            cause: cause.into(),
            hint: None,
            retry_after: None,
            doing: None,
        }))
    }

    /// What kind it is; decisions hang on this alone.
    pub fn kind(&self) -> PlatformErrorKind {
        self.0.kind
    }

    /// Why, in the words of whoever said so. May be empty.
    pub fn cause(&self) -> &RemoteText {
        &self.0.cause
    }

    /// How long the platform asked us to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Adds what can be done, unless something better is there already.
    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint.get_or_insert(hint.into());
        self
    }

    /// Adds how long to wait.
    #[must_use]
    pub(super) fn wait(mut self, time: Option<Duration>) -> Self {
        self.0.retry_after = time;
        self
    }

    /// Adds what we were about, as in "cannot …". The first to know wins.
    #[must_use]
    pub(super) fn during(mut self, doing: &str) -> Self {
        self.0.doing.get_or_insert_with(|| doing.to_owned());
        self
    }
}

impl From<PlatformError> for Failure {
    fn from(error: PlatformError) -> Self {
        let Parts {
            kind,
            cause,
            hint,
            retry_after,
            doing,
        } = *error.0;
        let doing = doing.unwrap_or_else(|| "ask the platform".to_owned());
        let mut failure = Self::new(kind.failure_kind(), format!("cannot {doing}")).because(cause);
        failure.retry_after = retry_after;
        let waiting = retry_after.map(|time| format!("try again in {} s", time.as_secs().max(1)));
        match hint.or(waiting).or(kind.usual_hint().map(str::to_owned)) {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl fmt::Display for PlatformError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", Failure::from(self.clone()))
    }
}

impl std::error::Error for PlatformError {}

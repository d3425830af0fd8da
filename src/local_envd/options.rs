//! How an embedded sandbox is asked for, and why it could not start. Knows nothing of sockets or processes.

use std::fmt::{self, Write};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::domain::Secret;

/// Who may call the server.
#[derive(Clone, Debug)]
pub enum Access {
    /// Only who sends this token as `X-Access-Token`, or a signature made with it to `/files`.
    Token(Secret),
    /// Whoever reaches the port on this machine: for official SDKs in debug mode, which send no token. The checks
    /// that keep web pages out (`Host`, `Origin`) stay.
    Open,
}

/// What an embedded sandbox is like.
#[derive(Clone, Debug)]
pub struct LocalEnvdOptions {
    /// The port on 127.0.0.1; 0 takes any free one.
    pub port: u16,
    /// Who may call.
    pub access: Access,
    /// Where commands and empty paths start; the user's home without one.
    pub working_folder: Option<PathBuf>,
    /// The user of calls that name none; the user of this process without one.
    pub default_user: Option<String>,
    /// How long the exit of a process can still be asked for.
    pub exit_retention: Duration,
}

impl Default for LocalEnvdOptions {
    /// A random port, a fresh token, the home of the user who runs this. Should the system have no randomness to
    /// give, the token is empty, and an empty token is refused at start.
    fn default() -> Self {
        Self {
            port: 0,
            access: Access::Token(random_token().unwrap_or_else(|_| Secret::new(""))),
            working_folder: None,
            default_user: None,
            exit_retention: Duration::from_secs(30),
        }
    }
}

/// Why there is no server.
#[derive(Debug)]
pub enum LocalEnvdError {
    /// The system gave no random bytes.
    NoRandomness(getrandom::Error),
    /// The token to ask for is empty.
    EmptyToken,
    /// The port is taken or not permitted.
    CannotListen {
        /// The port that was asked for.
        port: u16,
        /// What the system said.
        cause: io::Error,
    },
    /// The user of this process, or the default user, has no account here.
    UnknownUser(String),
    /// The working folder is no folder.
    NoWorkingFolder(PathBuf),
}

impl fmt::Display for LocalEnvdError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRandomness(cause) => write!(out, "cannot make a token: the system gave no random bytes ({cause})"),
            Self::EmptyToken => out.write_str("the access token is empty: give one, or leave it out for a random one"),
            Self::CannotListen { port, cause } => write!(
                out,
                "cannot listen on 127.0.0.1:{port}: {cause}; choose another port, or 0 for any free one"
            ),
            Self::UnknownUser(name) => write!(out, "user `{name}` has no account on this machine; name another one"),
            Self::NoWorkingFolder(path) => {
                write!(
                    out,
                    "the working folder {} is not a folder; create it or name another one",
                    path.display()
                )
            }
        }
    }
}

impl std::error::Error for LocalEnvdError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::CannotListen { cause, .. } => Some(cause),
            _ => None,
        }
    }
}

/// A fresh token: 256 bits from the system as 64 hexadecimal digits.
pub fn random_token() -> Result<Secret, LocalEnvdError> {
    let mut bytes = zeroize::Zeroizing::new([0_u8; 32]);
    getrandom::fill(&mut *bytes).map_err(LocalEnvdError::NoRandomness)?;
    let mut text = String::with_capacity(64);
    for byte in *bytes {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(Secret::new(text))
}

/// `length` letters and digits, for ids that need to be unique but not secret.
pub(super) fn random_id(length: usize) -> Result<String, LocalEnvdError> {
    const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut bytes = vec![0_u8; length];
    getrandom::fill(&mut bytes).map_err(LocalEnvdError::NoRandomness)?;
    Ok(bytes
        .into_iter()
        .map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_and_never_the_same() {
        let tokens = [random_token().unwrap(), random_token().unwrap()];
        for token in &tokens {
            assert_eq!(token.expose().len(), 64);
            assert!(token.expose().bytes().all(|digit| digit.is_ascii_hexdigit()));
        }
        assert_ne!(tokens[0].expose(), tokens[1].expose());
    }

    #[test]
    fn the_default_asks_for_a_token() {
        let Access::Token(token) = LocalEnvdOptions::default().access else {
            panic!("open by default");
        };
        assert_eq!(token.expose().len(), 64);
    }
}

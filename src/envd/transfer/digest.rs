//! SHA-256 of content on both sides. The sandbox sums up with its own `sha256sum`, which every image with coreutils or
//! busybox has; nothing is installed.

use std::fmt::{self, Write};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::time::timeout;

use super::super::client::EnvdClient;
use super::super::error::{EnvdError, EnvdErrorKind};
use super::super::process_stream::ProcessEvent;
use super::super::processes::ProcessIo;
use crate::domain::{ExitStatus, ProgramSpec, RemoteText};

/// Even a slow machine sums up a terabyte in this time.
const LONGEST: Duration = Duration::from_secs(3600);
/// No more is read of what a program of the sandbox says.
const OUTPUT_LIMIT: usize = 64 << 10;

/// The SHA-256 of some content. `Display` gives it as 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// From the first word of a line of `sha256sum`; a backslash in front says that the name behind it is escaped.
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('\\').unwrap_or(text).get(..64)?;
        let mut bytes = [0; 32];
        for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
            *byte = u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl From<Sha256> for Fingerprint {
    fn from(sum: Sha256) -> Self {
        Self(sum.finalize().into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(64);
        for byte in self.0 {
            write!(text, "{byte:02x}")?;
        }
        out.write_str(&text)
    }
}

/// The sum of a file in the sandbox, by its absolute path.
pub async fn remote_digest(client: &EnvdClient, path: &str) -> Result<Fingerprint, EnvdError> {
    let said = run_to_end(client, "sha256sum", [path]).await?;
    Fingerprint::parse(&said)
        .ok_or_else(|| EnvdError::new(EnvdErrorKind::Unsupported, "its sha256sum answers with something else"))
}

/// Gives a file in the sandbox permissions, by its absolute path.
pub(super) async fn set_mode(client: &EnvdClient, path: &str, mode: u32) -> Result<(), EnvdError> {
    let mode = format!("{:o}", mode & 0o777);
    run_to_end(client, "chmod", [mode.as_str(), path]).await.map(drop)
}

/// Runs a program to its end. No shell reads the words, and a path that begins with a slash is no option.
pub async fn run_to_end<const N: usize>(
    client: &EnvdClient,
    command: &str,
    words: [&str; N],
) -> Result<String, EnvdError> {
    let program = ProgramSpec::new(command, words.map(str::to_owned));
    let mut stream = client.start(&program, ProcessIo::Pipes { stdin: false }).await?;
    let mut output = Vec::new();
    let mut complaint = Vec::new();
    let work = async {
        while let Some(event) = stream.next().await? {
            match event {
                ProcessEvent::Stdout(bytes) if output.len() < OUTPUT_LIMIT => output.extend_from_slice(&bytes),
                ProcessEvent::Stderr(bytes) if complaint.len() < OUTPUT_LIMIT => complaint.extend_from_slice(&bytes),
                ProcessEvent::Ended(status) => return Ok(Some(status)),
                _ => {}
            }
        }
        Ok(None)
    };
    let ended: Result<Option<ExitStatus>, EnvdError> = timeout(LONGEST, work).await.unwrap_or_else(|_| {
        Err(EnvdError::new(
            EnvdErrorKind::TimedOut,
            format!("{command} does not end"),
        ))
    });
    match ended? {
        Some(status) if status.shell_code() == 0 => Ok(String::from_utf8_lossy(&output).into_owned()),
        _ => {
            let complaint = RemoteText::from_bytes(complaint.trim_ascii());
            Err(EnvdError::new(EnvdErrorKind::Unsupported, complaint)
                .during(&format!("run {command}"), client.endpoint_name()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_sha256sum_are_read() {
        let sum = Fingerprint::of(b"x");
        assert_eq!(Fingerprint::parse(&format!("{sum}  /x\n")), Some(sum));
        assert_eq!(Fingerprint::parse(&format!("\\{sum}  /x\\n\n")), Some(sum));
        assert_eq!(Fingerprint::parse("sha256sum: /x: No such file"), None);
        assert_eq!(Fingerprint::parse(&"é".repeat(64)), None);
    }
}

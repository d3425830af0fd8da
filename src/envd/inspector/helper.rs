//! One running helper: questions in, answers out, in order. It ends on `q`, and by envd's hand when its lease is over.

use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, timeout};

use super::reply::{BadReply, Replies};
use super::script;
use crate::domain::Pid;
use crate::envd::error::{EnvdError, EnvdErrorKind};
use crate::envd::{EnvdClient, ProcessEvent, ProcessIo, ProcessStream};

/// An answer that takes longer does not come any more.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// A helper that runs. Dropping it leaves it to its lease.
pub(super) struct Helper {
    client: EnvdClient,
    stream: ProcessStream,
    replies: Replies,
    /// When it began, before its lease did.
    since: Instant,
    has_answered: bool,
}

impl Helper {
    /// Starts one that envd kills after `lease`, whatever becomes of us.
    pub(super) async fn start(client: &EnvdClient, shell: &[String], lease: Duration) -> Result<Self, EnvdError> {
        let since = Instant::now();
        let io = ProcessIo::Pipes { stdin: true };
        let stream = client
            .start_leased(&script::program(shell), io, lease)
            .await
            .map_err(|error| match error.kind() {
                // So it says when it cannot start the shell that starts every command.
                EnvdErrorKind::Invalid if error.to_string().contains("/bin/sh") => no_shell(),
                _ => error,
            })?;
        Ok(Self {
            client: client.clone(),
            stream,
            replies: Replies::default(),
            since,
            has_answered: false,
        })
    }

    /// Its number.
    pub(super) fn pid(&self) -> Pid {
        self.stream.pid()
    }

    /// How long it has been running.
    pub(super) fn age(&self) -> Duration {
        self.since.elapsed()
    }

    /// How many bytes it has sent so far.
    pub(super) fn received(&self) -> usize {
        self.replies.received()
    }

    /// Asks several things at once and waits for all answers, in the order of the questions.
    pub(super) async fn ask(&mut self, questions: &[String]) -> Result<Vec<Vec<u8>>, EnvdError> {
        let marks: Vec<String> = questions.iter().map(|_| mark()).collect::<Result<_, _>>()?;
        let mut lines = String::new();
        for (mark, question) in marks.iter().zip(questions) {
            let _ = writeln!(lines, "{mark} {question}");
        }
        let asking = async {
            // More than a pipe holds is taken as the helper reads, and it reads on only when its answers are taken: so both at once.
            let writing = self.client.send_stdin(self.stream.pid(), Bytes::from(lines));
            let reading = read_answers(&mut self.stream, &mut self.replies, &marks);
            let (written, answers) = tokio::join!(writing, reading);
            match (written, answers) {
                (_, Ok(answers)) => Ok(answers),
                // Why it does not listen any more says more than that it does not.
                (Err(error), Err(_)) if !is_ended(&error) => Err(error),
                (_, Err(error)) => Err(error),
            }
        };
        let answers = timeout(ANSWER_LIMIT, asking).await.unwrap_or_else(|_| {
            let text = format!("the helper did not answer within {} s", ANSWER_LIMIT.as_secs());
            Err(EnvdError::new(EnvdErrorKind::TimedOut, text))
        });
        match answers {
            Err(error) if error.kind() == EnvdErrorKind::EndedUnseen && !self.has_answered => Err(no_shell()),
            answers => {
                self.has_answered |= answers.is_ok();
                answers.map_err(|error| self.client.told("look at processes", error))
            }
        }
    }

    /// Lets it end. Without an answer nothing is lost: its lease ends it as well.
    pub(super) async fn end(self) {
        let farewell = self.client.send_stdin(self.stream.pid(), Bytes::from_static(b"- q\n"));
        if let Ok(Err(error)) = timeout(Duration::from_secs(2), farewell).await {
            tracing::debug!(%error, "a helper could not be told to end");
        }
    }
}

/// Whether an error only says that the process is not there any more.
fn is_ended(error: &EnvdError) -> bool {
    matches!(
        error.kind(),
        EnvdErrorKind::NotFound | EnvdErrorKind::Internal | EnvdErrorKind::Invalid
    )
}

async fn read_answers(
    stream: &mut ProcessStream,
    replies: &mut Replies,
    marks: &[String],
) -> Result<Vec<Vec<u8>>, EnvdError> {
    let mut answers = Vec::with_capacity(marks.len());
    for mark in marks {
        let answer = loop {
            if let Some(answer) = replies.take(mark) {
                break answer;
            }
            match stream.next().await? {
                Some(ProcessEvent::Stdout(bytes)) => replies.push(&bytes),
                // It says nothing there; envd's wrapper does when there is no shell.
                Some(ProcessEvent::Stderr(_) | ProcessEvent::Terminal(_) | ProcessEvent::KeepAlive) => {}
                Some(ProcessEvent::Ended(status)) => {
                    let text = format!("the helper ended: {status}");
                    return Err(EnvdError::new(EnvdErrorKind::EndedUnseen, text));
                }
                None => return Err(EnvdError::new(EnvdErrorKind::EndedUnseen, "the helper has ended")),
            }
        };
        answers.push(answer.map_err(|fault| {
            EnvdError::new(
                EnvdErrorKind::Invalid,
                match fault {
                    BadReply::TooLong => "the answer is longer than it can be",
                    BadReply::Damaged => "the answer is damaged",
                },
            )
        })?);
    }
    Ok(answers)
}

/// A word that nobody in the sandbox can know before it is used.
fn mark() -> Result<String, EnvdError> {
    let number = getrandom::u64().map_err(|error| EnvdError::new(EnvdErrorKind::Internal, error.to_string()))?;
    Ok(format!("{number:016x}"))
}

fn no_shell() -> EnvdError {
    EnvdError::new(EnvdErrorKind::Unsupported, "its /bin/sh does not run")
        .hint("processes and sockets are read through /bin/sh: without one only the files can be looked at")
}

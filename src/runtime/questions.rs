//! Questions to sandboxes, each answered in a task of its own.

use std::time::Duration;

use tokio::time::timeout;

use crate::app::{Answer, Question};
use crate::domain::{Failure, FailureKind, Pid};
use crate::envd::EnvdClient;

/// An answer that takes longer is of no use any more.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// Asks and waits for the answer.
pub(super) async fn answer(client: Option<EnvdClient>, question: Question) -> Result<Answer, Failure> {
    let Some(client) = client else {
        return Err(Failure::new(
            FailureKind::Internal,
            "a question went to a sandbox that is not open",
        ));
    };
    let asking = async {
        match question {
            Question::WorkingDirectory(pid) => working_directory(&client, pid).await,
            // Answered elsewhere, as often as they ask for.
            Question::Files(_) => Err(Failure::new(
                FailureKind::Internal,
                "a question about files went astray",
            )),
            Question::Look(_) | Question::Port(_) | Question::Run(_) => {
                Err(Failure::new(FailureKind::Internal, "a question went to the wrong desk"))
            }
            Question::Metrics => Ok(Answer::Metrics(client.metrics().await?)),
        }
    };
    timeout(ANSWER_LIMIT, asking).await.unwrap_or_else(|_| {
        let summary = format!("{} did not answer in time", client.endpoint_name());
        Err(Failure::new(FailureKind::Unreachable, summary))
    })
}

/// The kernel shows a process's directory as a link, and envd resolves links: no program has to be started for it.
async fn working_directory(client: &EnvdClient, pid: Pid) -> Result<Answer, Failure> {
    let entry = client.stat(&format!("/proc/{pid}/cwd")).await?;
    match entry.symlink_target {
        Some(target) => Ok(Answer::WorkingDirectory(target)),
        None => Err(Failure::new(
            FailureKind::NotFound,
            format!("the directory of process {pid} is not known"),
        )),
    }
}

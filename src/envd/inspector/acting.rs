//! What can be done to processes: signals and priorities. Each is done to the process that is meant, or to nobody: its number
//! alone may belong to another one by now.

use std::collections::HashSet;

use super::eye::Inspector;
use crate::domain::{ActionOutcome, Pid, ProcessKey, Signal, TerminalSignal};
use crate::envd::error::{EnvdError, EnvdErrorKind};

impl Inspector {
    /// Sends a signal to each, if it still is the process that is meant. TERM and KILL go through envd to what envd started;
    /// everything else through the helper.
    pub async fn signal(
        &mut self,
        signal: Signal,
        processes: &[ProcessKey],
    ) -> Result<Vec<(ProcessKey, ActionOutcome)>, EnvdError> {
        self.check_helper().await?;
        let by_envd = match signal {
            Signal::TERM => Some(TerminalSignal::Terminate),
            Signal::KILL => Some(TerminalSignal::Kill),
            _ => None,
        };
        let mut outcomes = Vec::new();
        let mut others = processes.to_vec();
        if let Some(by_envd) = by_envd {
            let managed: HashSet<Pid> = self
                .client
                .list_processes()
                .await?
                .into_iter()
                .map(|one| one.pid)
                .collect();
            let owned: Vec<ProcessKey>;
            (owned, others) = processes.iter().copied().partition(|key| managed.contains(&key.pid));
            // Signal 0 does nothing: it only asks whether the process still is the same.
            for (key, outcome) in self.act("k 0", &owned).await? {
                let outcome = match outcome {
                    ActionOutcome::Done | ActionOutcome::Refused => self.signal_by_envd(key, by_envd).await?,
                    other => other,
                };
                outcomes.push((key, outcome));
            }
        }
        outcomes.extend(self.act(&format!("k {}", signal.name()), &others).await?);
        Ok(outcomes)
    }

    async fn signal_by_envd(&self, key: ProcessKey, signal: TerminalSignal) -> Result<ActionOutcome, EnvdError> {
        match self.client.signal(key.pid, signal).await {
            Ok(()) => Ok(ActionOutcome::Done),
            Err(error) if error.kind() == EnvdErrorKind::NotFound => Ok(ActionOutcome::Gone),
            Err(error) if error.kind() == EnvdErrorKind::Internal => Ok(ActionOutcome::Refused),
            Err(error) => Err(error),
        }
    }

    /// Sets the priority of each, from -20 (goes first) to 19 (goes last).
    pub async fn renice(
        &mut self,
        nice: i32,
        processes: &[ProcessKey],
    ) -> Result<Vec<(ProcessKey, ActionOutcome)>, EnvdError> {
        self.check_helper().await?;
        self.act(&format!("n {}", nice.clamp(-20, 19)), processes).await
    }

    async fn act(
        &mut self,
        what: &str,
        processes: &[ProcessKey],
    ) -> Result<Vec<(ProcessKey, ActionOutcome)>, EnvdError> {
        if processes.is_empty() {
            return Ok(Vec::new());
        }
        let words: Vec<String> = processes
            .iter()
            .map(|key| format!("{},{}", key.pid, key.started))
            .collect();
        let answers = self.ask(&[format!("{what} {}", words.join(" "))]).await?;
        let text = answers
            .first()
            .map(|text| String::from_utf8_lossy(text))
            .unwrap_or_default();
        if text.trim() == "missing" {
            return Err(EnvdError::new(
                EnvdErrorKind::Unsupported,
                "the sandbox has no `renice`",
            ));
        }
        let outcome = |key: &ProcessKey, word: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(word)?.strip_prefix(' '));
            let outcome = match line {
                Some("done") => ActionOutcome::Done,
                Some("gone") => ActionOutcome::Gone,
                Some("other") => ActionOutcome::Replaced,
                _ => ActionOutcome::Refused,
            };
            (*key, outcome)
        };
        Ok(processes
            .iter()
            .zip(&words)
            .map(|(key, word)| outcome(key, word))
            .collect())
    }
}

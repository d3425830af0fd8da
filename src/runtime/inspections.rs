//! One who looks into each sandbox that somebody looks at: questions in order, and nothing left running there when nobody
//! has asked for a while.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::app::{Answer, LookAnswer, LookQuestion, Message};
use crate::domain::{Failure, FailureKind, TargetId, Ticket};
use crate::envd::{EnvdClient, Inspector};

use super::effect_runner::Arrival;

/// After so long without a question the helper in the sandbox is told to end.
const PATIENCE: Duration = Duration::from_secs(10);
/// Questions to one sandbox that may wait.
const QUESTIONS: usize = 16;

type Asked = (Ticket, LookQuestion);

/// Those who look, by sandbox.
#[derive(Default)]
pub(super) struct Inspections {
    desks: BTreeMap<TargetId, mpsc::Sender<Asked>>,
    working: JoinSet<()>,
}

impl Inspections {
    /// Passes a question on; the first one to a sandbox makes somebody look.
    pub(super) fn ask(
        &mut self,
        (ticket, question): Asked,
        target: TargetId,
        client: Option<EnvdClient>,
        answers: &mpsc::Sender<Arrival>,
    ) {
        let working = &mut self.working;
        let desk = self.desks.entry(target).or_insert_with(|| {
            let (sender, questions) = mpsc::channel(QUESTIONS);
            working.spawn(work(client, questions, answers.clone()));
            sender
        });
        if desk.try_send((ticket, question)).is_err() {
            let answers = answers.clone();
            let failure = Failure::new(FailureKind::Busy, "too many questions to this sandbox are waiting");
            working.spawn(async move {
                let _ = answers
                    .send(Arrival::Message(Message::Answer(ticket, Err(failure))))
                    .await;
            });
        }
        while self.working.try_join_next().is_some() {}
    }

    /// Lets all of them end what runs in their sandboxes.
    pub(super) async fn leave(&mut self) {
        self.desks.clear();
        while self.working.join_next().await.is_some() {}
    }
}

async fn work(client: Option<EnvdClient>, mut questions: mpsc::Receiver<Asked>, answers: mpsc::Sender<Arrival>) {
    let Some(client) = client else { return };
    let mut inspector = match Inspector::new(&client) {
        Ok(inspector) => inspector,
        Err(error) => {
            tracing::warn!(%error, "nobody can look into this sandbox");
            return;
        }
    };
    loop {
        let next = if let Ok(next) = timeout(PATIENCE, questions.recv()).await {
            next
        } else {
            inspector.rest().await;
            questions.recv().await
        };
        let Some((ticket, question)) = next else { break };
        let answer = answer(&client, &mut inspector, question).await.map(Answer::Look);
        let _ = answers.send(Arrival::Message(Message::Answer(ticket, answer))).await;
    }
    inspector.rest().await;
}

async fn answer(client: &EnvdClient, inspector: &mut Inspector, question: LookQuestion) -> Result<LookAnswer, Failure> {
    Ok(match question {
        LookQuestion::Look(sight) => {
            let seen = inspector.look(sight).await?;
            let managed = if sight.has_processes() {
                client.list_processes().await?
            } else {
                Vec::new()
            };
            LookAnswer::Seen(Arc::new(seen), managed)
        }
        LookQuestion::Details { process, environment } => {
            LookAnswer::Details(Box::new(inspector.details(process, environment).await?))
        }
        LookQuestion::Signal(signal, processes) => LookAnswer::Done(inspector.signal(signal, &processes).await?),
        LookQuestion::Renice(nice, processes) => LookAnswer::Done(inspector.renice(nice, &processes).await?),
    })
}

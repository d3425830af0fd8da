//! Commands that the workbench runs in many sandboxes, each in a task of its own, until they end or are given up.

use std::collections::BTreeMap;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::app::{Answer, Message};
use crate::domain::{ProgramSpec, RunAnswer, Ticket};
use crate::envd::EnvdClient;

use super::commands::run_command;
use super::effect_runner::Arrival;

/// Those that are under way.
#[derive(Default)]
pub(super) struct JointRuns {
    given_up: BTreeMap<Ticket, watch::Sender<bool>>,
    running: JoinSet<()>,
}

impl JointRuns {
    /// Runs a command; what comes of it is answered under the ticket.
    pub(super) fn begin(
        &mut self,
        ticket: Ticket,
        (client, program): (Option<EnvdClient>, ProgramSpec),
        answers: &mpsc::Sender<Arrival>,
    ) {
        let (order, given_up) = watch::channel(false);
        self.given_up.retain(|_, order| order.receiver_count() > 0);
        self.given_up.insert(ticket, order);
        let answers = answers.clone();
        self.running.spawn(async move {
            let answer = match client {
                Some(client) => run_command(&client, program, given_up).await,
                None => RunAnswer::failed("this sandbox is not open"),
            };
            let answer = Message::Answer(ticket, Ok(Answer::Ran(Box::new(answer))));
            // Nobody listens any more when the program is ending.
            let _ = answers.send(Arrival::Message(answer)).await;
        });
        while self.running.try_join_next().is_some() {}
    }

    /// Ends a command, if it is one; its answer says so.
    pub(super) fn give_up(&mut self, ticket: Ticket) {
        if let Some(order) = self.given_up.remove(&ticket) {
            order.send_replace(true);
        }
    }

    /// Ends all of them, and waits for that.
    pub(super) async fn leave(&mut self) {
        for order in self.given_up.values() {
            order.send_replace(true);
        }
        while self.running.join_next().await.is_some() {}
    }
}

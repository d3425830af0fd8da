//! Ports of this machine that lead to ports of sandboxes: which there are and how they are doing. Who carries the bytes is not
//! known here.

use core::net::SocketAddr;
use std::collections::BTreeMap;

use crate::app::link::Link;
use crate::app::looking::{ForwardNews, PortAnswer, PortQuestion};
use crate::app::workspace::Workspace;
use crate::app::{Answer, Effect, Effects, Question};
use crate::domain::{Failure, ForwardTraffic, RemoteText, TargetId, Ticket};

/// Tickets of forwards are told from all others by their size.
const FIRST_TICKET: u64 = 1 << 43;

/// How a forward is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForwardState {
    /// A port of this machine is being taken.
    Opening,
    /// It takes connections.
    Open {
        /// Where, on this machine.
        at: SocketAddr,
        /// Where they lead.
        to: RemoteText,
        /// What went through.
        traffic: ForwardTraffic,
    },
    /// It cannot be, or ended.
    Failed(Failure),
}

/// One port of this machine that leads into a sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// The sandbox.
    pub target: TargetId,
    /// Its port.
    pub port: u16,
    /// How it is doing.
    pub state: ForwardState,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Forwards {
    of: BTreeMap<Ticket, Forward>,
    tickets: u64,
    /// Counts up with everything that a list would show.
    version: u64,
}

impl Forwards {
    /// Those of a sandbox, the oldest first.
    pub fn of(&self, target: TargetId) -> impl Iterator<Item = (Ticket, &Forward)> {
        let all = self.of.iter().map(|(ticket, forward)| (*ticket, forward));
        all.filter(move |(_, forward)| forward.target == target)
    }

    /// One of them.
    pub fn get(&self, id: Ticket) -> Option<&Forward> {
        self.of.get(&id)
    }

    /// Changes with everything that a list would show.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Lets a port of this machine lead to this one. A second one to the same port is none; a failed one gives way.
    pub fn begin(&mut self, target: TargetId, port: u16, effects: &mut Effects) {
        let same = self
            .of
            .iter()
            .find(|(_, one)| one.target == target && one.port == port)
            .map(|(id, one)| (*id, matches!(one.state, ForwardState::Failed(_))));
        match same {
            Some((_, false)) => return,
            Some((id, true)) => {
                self.of.remove(&id);
            }
            None => {}
        }
        self.tickets = self.tickets.max(FIRST_TICKET) + 1;
        let id = Ticket(self.tickets);
        let question = Question::Port(PortQuestion::Forward(port));
        effects.push(Effect::Ask(id, target, question));
        let state = ForwardState::Opening;
        self.of.insert(id, Forward { target, port, state });
        self.version += 1;
    }

    /// Ends one, and every connection through it.
    pub fn end(&mut self, id: Ticket, effects: &mut Effects) {
        if self.of.remove(&id).is_some() {
            effects.push(Effect::Forget(id));
            self.version += 1;
        }
    }

    /// Ends those into sandboxes that sleep: what goes through them might wake the sandbox. Which they were.
    pub(super) fn end_asleep(&mut self, workspace: &Workspace, effects: &mut Effects) -> Vec<Forward> {
        let is_asleep = |target: TargetId| {
            let mut sessions = workspace.sessions().filter(|(_, session)| session.target == target);
            sessions.any(|(_, session)| matches!(session.link, Link::Asleep { .. }))
        };
        let asleep = self.of.iter().filter(|(_, forward)| is_asleep(forward.target));
        let ids: Vec<Ticket> = asleep.map(|(id, _)| *id).collect();
        let ended = ids.iter().filter_map(|id| self.of.get(id).cloned()).collect();
        for id in ids {
            self.end(id, effects);
        }
        ended
    }

    /// Takes news in; hands them back if they are somebody else's.
    pub(super) fn answer(
        &mut self,
        ticket: Ticket,
        result: Result<Answer, Failure>,
    ) -> Option<Result<Answer, Failure>> {
        let Some(forward) = self.of.get_mut(&ticket) else {
            return Some(result);
        };
        self.version += 1;
        match (result, &mut forward.state) {
            (Ok(Answer::Port(PortAnswer::Forward(ForwardNews::Open { at, to }))), state) => {
                let traffic = ForwardTraffic::default();
                *state = ForwardState::Open { at, to, traffic };
            }
            (Ok(Answer::Port(PortAnswer::Forward(ForwardNews::Traffic(news)))), ForwardState::Open { traffic, .. }) => {
                *traffic = news;
            }
            (Err(failure), state) => *state = ForwardState::Failed(failure),
            (Ok(other), _) => return Some(Ok(other)),
        }
        None
    }
}

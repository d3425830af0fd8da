//! The panel's state: which sockets are shown, where the cursor is, and what was asked about a port.

use crate::app::list::{Filter, List};
use crate::app::notices::Severity;
use crate::app::panels::PanelKind;
use crate::app::panels::actions::PanelAction;
use crate::app::panels::look_words;
use crate::app::panels::outcome::{Outcome, PanelDecision, Request};
use crate::app::panels::panel::{Around, Panel, Pointed};
use crate::app::panels::view::{Body, PanelView, Row, Span, Table, Tone};
use crate::app::{Action, Answer, ForwardState, PortAnswer, PortQuestion, Question};
use crate::domain::{Failure, Observation, ProcessKey, Sight, Socket, TargetId, Ticket, WebAddress};

use super::NetworkAction;
use super::rows::{self, RowKey};

/// What rows were arranged for: all sockets or not, of one process or not, the filter, which look, which forwards.
type Arranged = (bool, Option<ProcessKey>, String, u64, u64);

/// The panel's state.
#[derive(Debug, Default)]
pub struct Network {
    target: Option<TargetId>,
    list: List<RowKey>,
    shows_all: bool,
    /// Only the sockets of this one.
    only: Option<ProcessKey>,
    keys: Vec<RowKey>,
    /// Where in the look each row stands that is a socket.
    places: Vec<Option<usize>>,
    arranged: Option<Arranged>,
    /// What was asked about a port, and what is to be done with the address.
    asked: Option<(Ticket, NetworkAction)>,
}

impl Network {
    fn arrange(&mut self, around: &Around) {
        let Some((look, seen)) = around.look().and_then(|look| Some((look, look.seen()?))) else {
            self.keys.clear();
            self.places.clear();
            self.arranged = None;
            self.list.arrange(&[], around.rows());
            return;
        };
        let filter = self.list.filter.entry().text().to_owned();
        let forwards = &around.insight.forwards;
        let wanted = (self.shows_all, self.only, filter, look.count(), forwards.version());
        if self.arranged.as_ref() != Some(&wanted)
            && let Some(sockets) = &seen.sockets
        {
            let is_there = |key: &ProcessKey| seen.process(key.pid).is_some_and(|process| process.key == *key);
            self.only = self.only.filter(is_there);
            let mut sieve = self.list.filter.sieve();
            let kept = sockets
                .iter()
                .enumerate()
                .filter(|(_, socket)| match self.only {
                    Some(key) => socket.holders.contains(&key.pid),
                    None => self.shows_all || (socket.is_listener() && socket.local().is_some()),
                })
                .filter(|(_, socket)| sieve.is_open() || sieve.keeps(&rows::line(socket, seen)));
            let mut rows: Vec<(RowKey, Option<usize>)> =
                kept.map(|(place, socket)| (RowKey::of(socket), Some(place))).collect();
            let own = forwards.of(self.target.unwrap_or(TargetId(0)));
            rows.extend(own.map(|(id, _)| (RowKey::Forward(id), None)));
            rows.sort();
            (self.keys, self.places) = rows.into_iter().unzip();
            self.arranged = Some(wanted);
        }
        self.list.arrange(&self.keys, around.rows());
    }

    fn socket<'a>(&self, index: usize, seen: &'a Observation) -> Option<&'a Socket> {
        seen.sockets.as_ref()?.get((*self.places.get(index)?)?)
    }

    fn chosen<'a>(&self, around: &Around<'a>) -> Option<&'a Socket> {
        self.socket(self.list.index(), around.seen()?)
    }

    fn row(&self, index: usize, seen: &Observation, around: &Around) -> Option<Row> {
        let row = match self.keys.get(index)? {
            RowKey::Forward(id) => rows::forward_row(around.insight.forwards.get(*id)?),
            RowKey::Socket(..) => rows::socket_row(self.socket(index, seen)?, seen),
        };
        Some(Row {
            is_chosen: index == self.list.index(),
            ..row
        })
    }

    /// The port that the cursor is on: that of a listener, of this side of a connection, or of a forward.
    fn port(&self, around: &Around) -> Option<u16> {
        match self.list.cursor()? {
            RowKey::Forward(id) => around.insight.forwards.get(*id).map(|forward| forward.port),
            RowKey::Socket(..) => self.chosen(around)?.local().map(|local| local.port()),
        }
    }

    /// The forward that the cursor is on, or that leads to the port that it is on.
    fn forward(&self, around: &Around) -> Option<Ticket> {
        if let RowKey::Forward(id) = self.list.cursor()? {
            return Some(*id);
        }
        let port = self.port(around)?;
        let mut all = around.insight.forwards.of(around.target?);
        all.find(|(_, forward)| forward.port == port).map(|(id, _)| id)
    }

    /// The process that holds the socket under the cursor; the first of several.
    fn holder(&self, around: &Around) -> Option<ProcessKey> {
        let pid = self.chosen(around)?.holders.first()?;
        around.seen()?.process(*pid).map(|process| process.key)
    }

    fn show_holder(&self, around: &Around, outcome: &mut Outcome) {
        let request = match self.holder(around) {
            Some(key) => Request::PointAt(PanelKind::Processes, Pointed::Process(key)),
            None => return outcome.tell(Severity::Info, "no process that may be looked at holds this socket"),
        };
        outcome.request(request);
    }

    fn act_on_port(&mut self, action: NetworkAction, around: &Around, outcome: &mut Outcome) {
        let Some((port, target)) = self.port(around).zip(around.target) else {
            return outcome.tell(Severity::Info, "this row has no port");
        };
        if action == NetworkAction::Forward {
            outcome.request(Request::Forward(target, port));
        } else {
            let ticket = outcome.ask(target, Question::Port(PortQuestion::Address(port)));
            self.asked = Some((ticket, action));
        }
    }

    fn act_on_network(&mut self, action: NetworkAction, around: &Around, outcome: &mut Outcome) {
        match action {
            NetworkAction::All => self.shows_all = !self.shows_all,
            NetworkAction::OfProcess => {
                self.only = match self.only {
                    Some(_) => None,
                    None => self.holder(around),
                };
            }
            NetworkAction::EndForward => match self.forward(around) {
                Some(id) => outcome.request(Request::EndForward(id)),
                None => outcome.tell(Severity::Info, "no forward leads to this row's port"),
            },
            NetworkAction::CopyAddress | NetworkAction::OpenAddress | NetworkAction::Forward => {
                self.act_on_port(action, around, outcome);
            }
        }
    }

    fn copied(&self, around: &Around) -> Option<String> {
        match self.list.cursor()? {
            RowKey::Forward(id) => match &around.insight.forwards.get(*id)?.state {
                ForwardState::Open { at, .. } => Some(format!("http://{at}")),
                _ => None,
            },
            RowKey::Socket(..) => self.chosen(around).map(rows::local),
        }
    }

    fn info(&self, around: &Around) -> Vec<Span> {
        let mut info: Vec<Span> = look_words::trouble(around).into_iter().collect();
        let sockets = self.places.iter().flatten().count();
        let kind = match (self.only, self.shows_all) {
            (None, false) => "listener",
            _ => "socket",
        };
        let plural = if sockets == 1 { "" } else { "s" };
        info.push(Span::faint(format!("{sockets} {kind}{plural}")));
        if let Some(only) = self.only {
            info.push(Span::new(format!(" of {only}"), Tone::Accent));
        }
        info.extend(rows::rates(around));
        info
    }
}

fn take_address(action: NetworkAction, result: Result<Answer, Failure>, around: &Around, outcome: &mut Outcome) {
    let address = match result {
        Ok(Answer::Port(PortAnswer::Address(address))) => address,
        Ok(_) => return,
        Err(failure) => return outcome.tell(Severity::Warning, failure.to_string()),
    };
    if action == NetworkAction::CopyAddress {
        return outcome.request(Request::Copy(address));
    }
    match WebAddress::parse(&address) {
        Ok(address) => outcome.request(Request::Confirm {
            question: format!("Open {address} in your browser?"),
            details: Vec::new(),
            verb: "open",
            decision: PanelDecision::OpenPort(address),
            // It destroys nothing.
            target: None,
        }),
        Err(why) => outcome.tell(Severity::Warning, format!("{} is not opened: {why}", around.subject())),
    }
}

impl Panel for Network {
    fn view(&self, around: &Around) -> PanelView {
        let Some(seen) = around.seen().filter(|seen| seen.sockets.is_some()) else {
            return look_words::nothing(around);
        };
        let body = if self.keys.is_empty() {
            Body::Nothing(match (self.list.filter.is_shown(), self.only) {
                (true, _) => "No socket fits.".to_owned(),
                (false, Some(key)) => format!("Process {key} holds no socket."),
                (false, None) if self.shows_all => "There are no sockets.".to_owned(),
                (false, None) => "Nobody listens here.".to_owned(),
            })
        } else {
            let rows = self.list.in_sight();
            Body::Table(Table {
                columns: rows::columns(),
                rows: rows.filter_map(|index| self.row(index, seen, around)).collect(),
                above: self.list.offset(),
                total: self.list.len(),
            })
        };
        PanelView {
            subject: around.subject(),
            body,
            info: self.info(around),
        }
    }

    fn act(&mut self, action: Action, around: &Around, outcome: &mut Outcome) -> bool {
        match action {
            Action::Panel(PanelAction::Go(motion)) => self.list.go(motion, &self.keys),
            Action::Panel(PanelAction::Refresh) => outcome.requests.extend(around.target.map(Request::LookNow)),
            Action::Panel(PanelAction::Copy) => outcome.requests.extend(self.copied(around).map(Request::Copy)),
            Action::Panel(PanelAction::Open) => self.show_holder(around, outcome),
            Action::Panel(PanelAction::Back) => return self.only.take().is_some(),
            Action::Network(action) => self.act_on_network(action, around, outcome),
            _ => return false,
        }
        true
    }

    fn tick(&mut self, around: &Around, _outcome: &mut Outcome) {
        if !around.is_visible {
            return;
        }
        if self.target != around.target {
            self.only = self.only.filter(|_| self.target.is_none());
            self.target = around.target;
            self.arranged = None;
        }
        self.arrange(around);
    }

    fn wish(&self) -> Option<Sight> {
        Some(Sight::Sockets)
    }

    fn point_at(&mut self, what: Pointed) {
        if let Pointed::SocketsOf(key) = what {
            self.list.filter.clear();
            self.only = Some(key);
            // It is a process of whatever sandbox is followed then.
            self.target = None;
            self.arranged = None;
        }
    }

    fn answer(
        &mut self,
        ticket: Ticket,
        result: Result<Answer, Failure>,
        around: &Around,
        outcome: &mut Outcome,
    ) -> Option<Result<Answer, Failure>> {
        let Some((_, action)) = self.asked.take_if(|(asked, _)| *asked == ticket) else {
            return Some(result);
        };
        take_address(action, result, around, outcome);
        None
    }

    fn decide(&mut self, decision: PanelDecision, _text: Option<&str>, _around: &Around, outcome: &mut Outcome) {
        if let PanelDecision::OpenPort(address) = decision {
            outcome.request(Request::OpenWeb(address));
        }
    }

    fn filter(&self) -> Option<&Filter> {
        Some(&self.list.filter)
    }

    fn filter_mut(&mut self) -> Option<&mut Filter> {
        Some(&mut self.list.filter)
    }

    fn click(&mut self, row: usize, clicks: u8, around: &Around, outcome: &mut Outcome) {
        self.list.put(self.list.offset() + row, &self.keys);
        if clicks == 2 {
            self.show_holder(around, outcome);
        }
    }

    fn hints(&self) -> &'static [Action] {
        &[
            Action::Panel(PanelAction::Open),
            Action::Network(NetworkAction::All),
            Action::Network(NetworkAction::CopyAddress),
            Action::Network(NetworkAction::Forward),
        ]
    }
}

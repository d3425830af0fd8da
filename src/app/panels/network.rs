//! The Network panel: who listens where, which connections there are and whose they are.

use std::time::Duration;

use crate::app::Answer;
use crate::app::action::{Action, ActionInfo, Needs, Section};
use crate::app::action_table::row;
use crate::app::list::{Filter, List};
use crate::domain::{Failure, Observation, Pid, Socket, SocketEnds, Ticket, short_bytes};

use super::PanelKind;
use super::actions::PanelAction;
use super::look_state::LookState;
use super::outcome::{Outcome, Request};
use super::panel::{Around, Panel};
use super::view::{Align, Body, Column, PanelView, Row, Span, Table, Tone, Width};

/// One thing to do in the Network panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NetworkAction {
    /// Connections and unix sockets as well, or listeners alone.
    All,
}

/// Its rows of the action table.
#[rustfmt::skip]
pub const NETWORK_ACTIONS: &[ActionInfo] = &[row(
    Action::Network(NetworkAction::All),
    ("network-all", "All", "Shows connections as well, or listeners alone."),
    (Section::OnePanel(PanelKind::Network), Needs::Panel(PanelKind::Network)),
    &["a"],
)];

/// Tells a socket from every other one: listeners first, by port.
type SocketKey = (bool, u16, SocketEnds, u64);

/// The panel's state.
#[derive(Debug, Default)]
pub struct Network {
    look: LookState,
    list: List<SocketKey>,
    shows_all: bool,
    keys: Vec<SocketKey>,
    /// Where in the look each row stands.
    places: Vec<usize>,
    arranged: Option<(bool, String, Duration)>,
}

fn key(socket: &Socket) -> SocketKey {
    let port = socket.local().map_or(u16::MAX, |local| local.port());
    (!socket.is_listener(), port, socket.ends.clone(), socket.inode)
}

fn local(socket: &Socket) -> String {
    match &socket.ends {
        SocketEnds::Internet { local, .. } => local.to_string(),
        SocketEnds::Unix(path) => path.as_ref().map_or("(no name)".to_owned(), ToString::to_string),
    }
}

fn holders(socket: &Socket, seen: &Observation) -> String {
    let one = |pid: &Pid| {
        let name = seen.process(*pid).map(|process| process.name.escaped());
        format!("{pid} {}", name.unwrap_or_default())
    };
    socket.holders.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn line(socket: &Socket, seen: &Observation) -> String {
    let peer = socket.peer().map(|peer| format!(" {peer}")).unwrap_or_default();
    let (protocol, state) = (socket.protocol, socket.state.word());
    format!("{protocol} {state} {}{peer} {}", local(socket), holders(socket, seen))
}

impl Network {
    fn arrange(&mut self, rows: usize) {
        let Some(seen) = self.look.seen() else {
            self.keys.clear();
            self.places.clear();
            self.arranged = None;
            self.list.arrange(&[], rows);
            return;
        };
        let wanted = (
            self.shows_all,
            self.list.filter.entry().text().to_owned(),
            seen.load.uptime,
        );
        if self.arranged.as_ref() != Some(&wanted) {
            let mut sieve = self.list.filter.sieve();
            let sockets = seen.sockets.iter().flatten().enumerate();
            let mut kept: Vec<(SocketKey, usize)> = sockets
                .filter(|(_, socket)| self.shows_all || (socket.is_listener() && socket.local().is_some()))
                .filter(|(_, socket)| sieve.is_open() || sieve.keeps(&line(socket, seen)))
                .map(|(place, socket)| (key(socket), place))
                .collect();
            kept.sort();
            (self.keys, self.places) = kept.into_iter().unzip();
            self.arranged = Some(wanted);
        }
        self.list.arrange(&self.keys, rows);
    }

    fn chosen(&self) -> Option<&Socket> {
        let place = self.places.get(self.list.index())?;
        self.look.seen()?.sockets.as_ref()?.get(*place)
    }

    fn row(&self, index: usize, seen: &Observation) -> Option<Row> {
        let socket = seen.sockets.as_ref()?.get(*self.places.get(index)?)?;
        let tone = match (socket.is_listener(), socket.is_open_to_others()) {
            (true, true) => Tone::Good,
            (true, false) => Tone::Plain,
            _ => Tone::Faint,
        };
        let peer = socket.peer().map(|peer| peer.to_string()).unwrap_or_default();
        let queues = match (socket.receive_queue, socket.send_queue) {
            (0, 0) => String::new(),
            (receive, send) => format!("{receive}/{send}"),
        };
        Some(Row {
            cells: vec![
                vec![Span::faint(socket.protocol.name())],
                vec![Span::new(local(socket), tone)],
                vec![Span::plain(peer)],
                vec![Span::faint(socket.state.word())],
                vec![Span::plain(queues)],
                vec![Span::plain(holders(socket, seen))],
            ],
            is_chosen: index == self.list.index(),
            is_marked: false,
        })
    }

    fn rates(&self, seen: &Observation) -> Option<Span> {
        let before = self.look.before.as_ref()?;
        let rate = |interface: &crate::domain::Interface| {
            let rate = seen.load.interface_rate(&interface.name, &before.load)?;
            let (inward, outward) = (short_bytes(rate.inward as u64), short_bytes(rate.outward as u64));
            Some(format!("{} {inward}/s in {outward}/s out", interface.name))
        };
        let rates: Vec<String> = seen.load.interfaces.iter().filter_map(rate).collect();
        Some(Span::faint(format!(" · {}", rates.join(" · "))))
    }
}

impl Panel for Network {
    fn view(&self, around: &Around) -> PanelView {
        let target = self.look.target().and_then(|id| around.workspace.target(id));
        let subject = target.map(|target| target.label.escaped()).unwrap_or_default();
        let Some(seen) = self.look.seen().filter(|_| self.look.target() == around.target) else {
            return PanelView {
                subject,
                body: Body::Nothing(self.look.nothing()),
                ..PanelView::default()
            };
        };
        let count = if self.shows_all { "sockets" } else { "listeners" };
        let info = self.look.trouble(around).into_iter();
        let info = info
            .chain([Span::faint(format!("{} {count}", self.keys.len()))])
            .chain(self.rates(seen));
        let body = if self.keys.is_empty() {
            Body::Nothing("Nobody listens here.".to_owned())
        } else {
            Body::Table(Table {
                columns: vec![
                    Column::new("proto", Width::Cells(5), Align::Left).from(40),
                    Column::new("local", Width::Rest, Align::Left),
                    Column::new("peer", Width::Rest, Align::Left).from(76),
                    Column::new("state", Width::Cells(11), Align::Left).from(60),
                    Column::new("queues", Width::Cells(9), Align::Right).from(90),
                    Column::new("process", Width::Rest, Align::Left),
                ],
                rows: self.list.in_sight().filter_map(|index| self.row(index, seen)).collect(),
                above: self.list.offset(),
                total: self.list.len(),
            })
        };
        PanelView {
            subject,
            body,
            info: info.collect(),
        }
    }

    fn act(&mut self, action: Action, _around: &Around, outcome: &mut Outcome) -> bool {
        match action {
            Action::Panel(PanelAction::Go(motion)) => self.list.go(motion, &self.keys),
            Action::Panel(PanelAction::Refresh) => self.look.want(),
            Action::Panel(PanelAction::Copy) => {
                let text = self.chosen().map(local);
                outcome.requests.extend(text.map(Request::Copy));
            }
            Action::Network(NetworkAction::All) => self.shows_all = !self.shows_all,
            _ => return false,
        }
        true
    }

    fn tick(&mut self, around: &Around, outcome: &mut Outcome) {
        self.look.tick(around, true, outcome);
        if around.is_visible {
            self.arrange(usize::from(around.size.rows()));
        }
    }

    fn next_deadline(&self, around: &Around) -> Option<Duration> {
        self.look.next_deadline(around)
    }

    fn answer(
        &mut self,
        ticket: Ticket,
        result: Result<Answer, Failure>,
        around: &Around,
        _outcome: &mut Outcome,
    ) -> Option<Result<Answer, Failure>> {
        self.look.answer(ticket, result, around)
    }

    fn filter(&self) -> Option<&Filter> {
        Some(&self.list.filter)
    }

    fn filter_mut(&mut self) -> Option<&mut Filter> {
        Some(&mut self.list.filter)
    }

    fn click(&mut self, row: usize, _clicks: u8, _around: &Around, _outcome: &mut Outcome) {
        self.list.put(self.list.offset() + row, &self.keys);
    }

    fn hints(&self) -> &'static [Action] {
        &[Action::Panel(PanelAction::Copy), Action::Network(NetworkAction::All)]
    }
}

//! What a socket and a forward look like in the list, and which rows there are in which order.

use crate::app::insight::{Forward, ForwardState};
use crate::app::panels::panel::Around;
use crate::app::panels::view::{Align, Column, Row, Span, Tone, Width};
use crate::domain::{Failure, Observation, Pid, Socket, SocketEnds, Ticket, short_bytes};

/// Tells a row from every other one: forwards first, then listeners by port, then the rest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowKey {
    /// A port of this machine that leads into the sandbox.
    Forward(Ticket),
    /// A socket: whether it is no listener, its port, its ends, its number.
    Socket(bool, u16, SocketEnds, u64),
}

impl RowKey {
    /// The row of a socket.
    pub fn of(socket: &Socket) -> Self {
        let port = socket.local().map_or(u16::MAX, |local| local.port());
        Self::Socket(!socket.is_listener(), port, socket.ends.clone(), socket.inode)
    }
}

pub(super) fn local(socket: &Socket) -> String {
    match &socket.ends {
        SocketEnds::Internet { local, .. } => local.to_string(),
        SocketEnds::Unix(path) => path.as_ref().map_or("(no name)".to_owned(), ToString::to_string),
    }
}

pub(super) fn holders(socket: &Socket, seen: &Observation) -> String {
    let one = |pid: &Pid| {
        let name = seen.process(*pid).map(|process| process.name.escaped());
        format!("{pid} {}", name.unwrap_or_default())
    };
    socket.holders.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What a filter looks at.
pub(super) fn line(socket: &Socket, seen: &Observation) -> String {
    let peer = socket.peer().map(|peer| format!(" {peer}")).unwrap_or_default();
    let (protocol, state) = (socket.protocol, socket.state.word());
    format!("{protocol} {state} {}{peer} {}", local(socket), holders(socket, seen))
}

pub(super) fn columns() -> Vec<Column> {
    vec![
        Column::new("proto", Width::Cells(5), Align::Left).from(40),
        Column::new("local", Width::Rest, Align::Left),
        Column::new("peer", Width::Rest, Align::Left).from(76),
        Column::new("state", Width::Cells(12), Align::Left).from(60),
        Column::new("queues", Width::Cells(13), Align::Right).from(96),
        Column::new("process", Width::Rest, Align::Left),
    ]
}

pub(super) fn socket_row(socket: &Socket, seen: &Observation) -> Row {
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
    Row::new(vec![
        vec![Span::faint(socket.protocol.name())],
        vec![Span::new(local(socket), tone)],
        vec![Span::plain(peer)],
        vec![Span::faint(socket.state.word())],
        vec![Span::plain(queues)],
        vec![Span::plain(holders(socket, seen))],
    ])
}

pub(super) fn forward_row(forward: &Forward) -> Row {
    let port = forward.port;
    let mut cells = vec![vec![Span::new("fwd", Tone::Accent)]];
    cells.extend(match &forward.state {
        ForwardState::Opening => vec![
            vec![Span::plain(format!("→ {port}"))],
            Vec::new(),
            vec![Span::faint("opening")],
            Vec::new(),
            Vec::new(),
        ],
        ForwardState::Open { at, to, traffic } => {
            let about = match &traffic.failure {
                Some(failure) => Span::new(failure.escaped(), Tone::Bad),
                None => Span::faint(format!("{} open, {} in all", traffic.open, traffic.total)),
            };
            let (inward, outward) = (short_bytes(traffic.inward), short_bytes(traffic.outward));
            vec![
                vec![Span::new(format!("{at} → {port}"), Tone::Accent)],
                vec![Span::plain(to.escaped())],
                vec![Span::new("forwarding", Tone::Good)],
                vec![Span::plain(format!("{inward}/{outward}"))],
                vec![about],
            ]
        }
        ForwardState::Failed(failure) => vec![
            vec![Span::plain(format!("→ {port}"))],
            Vec::new(),
            vec![Span::new("failed", Tone::Bad)],
            Vec::new(),
            vec![Span::new(why(failure), Tone::Bad)],
        ],
    });
    Row::new(cells)
}

/// Why it failed. What failed, the row itself says.
fn why(failure: &Failure) -> String {
    let cause = failure.cause.as_ref();
    cause.map_or_else(|| failure.to_string(), ToString::to_string)
}

/// What goes over each interface.
pub(super) fn rates(around: &Around) -> Option<Span> {
    let seen = around.seen()?;
    let before = around.look()?.before()?;
    let rate = |interface: &crate::domain::Interface| {
        let rate = seen.load.interface_rate(&interface.name, &before.load)?;
        let (inward, outward) = (short_bytes(rate.inward as u64), short_bytes(rate.outward as u64));
        Some(format!("{} {inward}/s in {outward}/s out", interface.name))
    };
    // What goes outside first.
    let (inside, outside): (Vec<_>, Vec<_>) = seen
        .load
        .interfaces
        .iter()
        .partition(|interface| interface.name.unescaped() == "lo");
    let rates: Vec<String> = outside.into_iter().chain(inside).filter_map(rate).collect();
    (!rates.is_empty()).then(|| Span::faint(format!(" · {}", rates.join(" · "))))
}

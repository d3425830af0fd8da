//! What a process looks like in the list, and what is said of what was done to some.

use std::time::Duration;

use crate::app::list::List;
use crate::app::notices::Severity;
use crate::app::{Answer, LookAnswer, Session};
use crate::domain::{
    ActionOutcome, Failure, Moment, Observation, PaneId, Process, ProcessKey, ProcessKind, ProcessState, short_bytes,
    short_span,
};

use crate::app::panels::outcome::Outcome;
use crate::app::panels::panel::Around;
use crate::app::panels::view::{Align, Column, Row, Span, Table, Tone, Width};

use super::order::{Manner, Placed, SortBy};

/// A tree is indented no further than this.
const DEEPEST: u16 = 12;

/// The rows in sight.
pub fn table(
    (placed, manner): (&[Placed], Manner),
    seen: &Observation,
    list: &List<ProcessKey>,
    around: &Around,
) -> Table {
    let row = |placed: &Placed| {
        let process = seen.process(placed.key.pid)?;
        Some(Row {
            cells: cells((process, placed.depth), seen, around),
            is_chosen: list.cursor() == Some(&placed.key),
            is_marked: list.is_marked(&placed.key),
        })
    };
    let title = |sort: SortBy, title: &str| match (manner.sort == sort, manner.is_reversed) {
        (false, _) => title.to_owned(),
        (true, false) => format!("{title}↓"),
        (true, true) => format!("{title}↑"),
    };
    Table {
        columns: vec![
            Column::new(title(SortBy::Pid, "pid"), Width::Cells(7), Align::Right),
            Column::new("ppid", Width::Cells(7), Align::Right).from(104),
            Column::new("user", Width::Cells(8), Align::Left).from(70),
            Column::new("s", Width::Cells(1), Align::Left).from(30),
            Column::new(title(SortBy::Cpu, "cpu%"), Width::Cells(5), Align::Right),
            Column::new(title(SortBy::Memory, "rss"), Width::Cells(5), Align::Right).from(34),
            Column::new("thr", Width::Cells(4), Align::Right).from(90),
            Column::new("start", Width::Cells(8), Align::Right).from(116),
            Column::new("time", Width::Cells(6), Align::Right).from(56),
            Column::new(title(SortBy::Command, "command"), Width::Rest, Align::Left),
        ],
        rows: placed.iter().filter_map(row).collect(),
        above: list.offset(),
        total: list.len(),
    }
}

fn cells((process, depth): (&Process, u16), seen: &Observation, around: &Around) -> Vec<Vec<Span>> {
    let state = match process.state {
        ProcessState::Running => Tone::Good,
        ProcessState::Zombie | ProcessState::Dead => Tone::Bad,
        ProcessState::DiskWait | ProcessState::Stopped | ProcessState::Traced => Tone::Warning,
        _ => Tone::Faint,
    };
    let cpu = around.look().and_then(|look| look.cpu().get(&process.key).copied());
    let cpu_tone = match cpu {
        Some(share) if share >= 80.0 => Tone::Bad,
        Some(share) if share >= 20.0 => Tone::Warning,
        Some(share) if share > 0.0 => Tone::Plain,
        _ => Tone::Faint,
    };
    let mut command = Vec::new();
    if depth > 0 {
        command.push(Span::faint(format!(
            "{}└ ",
            "  ".repeat(usize::from(depth.min(DEEPEST) - 1))
        )));
    }
    if let Some(mark) = mark(process, around) {
        command.push(Span::new(mark, Tone::Accent));
    }
    let tone = if process.kind == ProcessKind::Program {
        Tone::Plain
    } else {
        Tone::Faint
    };
    command.push(Span::new(process.title(), tone));
    let owner = process.owner.as_ref().map_or("?".to_owned(), ToString::to_string);
    vec![
        vec![Span::faint(process.key.pid.to_string())],
        vec![Span::faint(process.parent.to_string())],
        vec![Span::plain(owner)],
        vec![Span::new(process.state.letter().to_string(), state)],
        vec![Span::new(
            cpu.map_or("–".to_owned(), |share| format!("{share:.0}")),
            cpu_tone,
        )],
        vec![Span::plain(short_bytes(process.resident))],
        vec![Span::faint(process.threads.to_string())],
        vec![Span::faint(start(seen.age(process.key), around.now))],
        vec![Span::faint(short_span(seen.age(process.key)))],
        command,
    ]
}

/// `%2` for the program of pane 2, `*` for another that envd has started.
fn mark(process: &Process, around: &Around) -> Option<String> {
    if let Some(pane) = pane_of(process.key, around) {
        return Some(format!("{} ", pane_name(pane, around)));
    }
    let is_managed = around.look().and_then(|look| look.managed(process.key.pid)).is_some();
    is_managed.then(|| "* ".to_owned())
}

/// When it began, by our clock: the time of the day, or how many days ago.
pub fn start(age: u64, now: Moment) -> String {
    let began = now.wall.checked_sub(Duration::from_secs(age));
    match (age / 86_400, began) {
        (0, Some(wall)) => Moment { wall, ..now }.clock().to_string(),
        (days, _) => format!("{days}d ago"),
    }
}

/// The pane whose program this is.
pub fn pane_of(key: ProcessKey, around: &Around) -> Option<PaneId> {
    let is_its = |session: &Session| Some(session.target) == around.target && session.pid == Some(key.pid);
    let mut sessions = around.workspace.sessions();
    let found = sessions.find(|(_, session)| is_its(session) && !session.link.is_over());
    found.map(|(pane, _)| pane)
}

/// What a pane is called: `%0` by the number that it has among those of the shown tab, `%2.0` if it is in tab 2.
pub fn pane_name(pane: PaneId, around: &Around) -> String {
    let tabs = around.workspace.tabs();
    let mut places = tabs.list().iter().enumerate().filter_map(|(tab, of)| {
        let number = of.panes.panes().iter().position(|here| *here == pane)?;
        Some((tab + 1, number))
    });
    match places.next() {
        Some((_, number)) if tabs.is_in_current(pane) => format!("%{number}"),
        Some((tab, number)) => format!("%{tab}.{number}"),
        None => String::new(),
    }
}

/// For the last line.
pub fn summary(shown: usize, seen: &Observation) -> Span {
    let [one, ..] = seen.load.averages;
    Span::faint(format!("{shown} of {} · load {one:.2}", seen.processes.len()))
}

/// What became of an order, in a sentence.
pub fn tell(result: Result<Answer, Failure>, outcome: &mut Outcome) {
    let outcomes = match result {
        Ok(Answer::Look(LookAnswer::Done(outcomes))) => outcomes,
        Ok(_) => return,
        Err(failure) => return outcome.tell(Severity::Error, failure.to_string()),
    };
    let count = |wanted| outcomes.iter().filter(|(_, outcome)| *outcome == wanted).count();
    let parts = [
        (count(ActionOutcome::Done), "done"),
        (count(ActionOutcome::Gone), "had ended"),
        (
            count(ActionOutcome::Replaced),
            "left alone: the number belongs to another process now",
        ),
        (count(ActionOutcome::Refused), "not permitted"),
    ];
    let words: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let is_good = parts[2].0 + parts[3].0 == 0;
    let severity = if is_good { Severity::Info } else { Severity::Warning };
    outcome.tell(severity, format!("processes: {}", words.join(", ")));
}

//! What a process looks like in the list, and what is said of what was done to some.

use crate::app::list::List;
use crate::app::notices::Severity;
use crate::domain::{
    ActionOutcome, Observation, Process, ProcessKey, ProcessKind, ProcessState, short_bytes, short_span,
};

use super::look_state::LookState;
use super::outcome::Outcome;
use super::panel::Around;
use super::process_order::{Manner, Placed, SortBy};
use super::view::{Align, Column, Row, Span, Table, Tone, Width};

/// A tree is indented no further than this.
const DEEPEST: u16 = 12;

/// The rows in sight.
pub fn table(
    (placed, manner): (&[Placed], Manner),
    seen: &Observation,
    (look, list): (&LookState, &List<ProcessKey>),
    around: &Around,
) -> Table {
    let row = |placed: &Placed| {
        let process = seen.process(placed.key.pid)?;
        Some(Row {
            cells: cells((process, placed.depth), seen, look, around),
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
            Column::new("user", Width::Cells(8), Align::Left).from(70),
            Column::new("s", Width::Cells(1), Align::Left).from(30),
            Column::new(title(SortBy::Cpu, "cpu%"), Width::Cells(5), Align::Right),
            Column::new(title(SortBy::Memory, "rss"), Width::Cells(5), Align::Right).from(34),
            Column::new("thr", Width::Cells(4), Align::Right).from(90),
            Column::new("time", Width::Cells(6), Align::Right).from(56),
            Column::new(title(SortBy::Command, "command"), Width::Rest, Align::Left),
        ],
        rows: placed.iter().filter_map(row).collect(),
        above: list.offset(),
        total: list.len(),
    }
}

fn cells((process, depth): (&Process, u16), seen: &Observation, look: &LookState, around: &Around) -> Vec<Vec<Span>> {
    let state = match process.state {
        ProcessState::Running => Tone::Good,
        ProcessState::Zombie | ProcessState::Dead => Tone::Bad,
        ProcessState::DiskWait | ProcessState::Stopped | ProcessState::Traced => Tone::Warning,
        _ => Tone::Faint,
    };
    let cpu = look.cpu.get(&process.key).copied();
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
    if let Some(mark) = mark(process, look, around) {
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
        vec![Span::plain(owner)],
        vec![Span::new(process.state.letter().to_string(), state)],
        vec![Span::new(
            cpu.map_or("–".to_owned(), |share| format!("{share:.0}")),
            cpu_tone,
        )],
        vec![Span::plain(short_bytes(process.resident))],
        vec![Span::faint(process.threads.to_string())],
        vec![Span::faint(short_span(seen.age(process.key)))],
        command,
    ]
}

/// `%3` for the program of pane 3, `*` for another that envd has started.
fn mark(process: &Process, look: &LookState, around: &Around) -> Option<String> {
    let is_its =
        |session: &crate::app::Session| Some(session.target) == look.target() && session.pid == Some(process.key.pid);
    let mut sessions = around.workspace.sessions();
    if let Some((pane, _)) = sessions.find(|(_, session)| is_its(session)) {
        return Some(format!("%{pane} "));
    }
    look.is_managed(process.key.pid).then(|| "* ".to_owned())
}

/// For the last line.
pub fn summary(shown: usize, seen: &Observation) -> Span {
    let [one, ..] = seen.load.averages;
    Span::faint(format!("{shown} of {} · load {one:.2}", seen.processes.len()))
}

/// What became of an order, in a sentence.
pub fn tell(outcomes: &[(ProcessKey, ActionOutcome)], outcome: &mut Outcome) {
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

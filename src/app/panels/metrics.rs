//! The Metrics panel: processors, memory, pressure, disks and network of the sandbox, with what they were since it is looked
//! at.

use std::collections::VecDeque;
use std::time::Duration;

use crate::app::{Action, Answer};
use crate::domain::{Failure, Observation, Ticket, short_bytes, short_span};

use super::actions::PanelAction;
use super::look_state::LookState;
use super::outcome::Outcome;
use super::panel::{Around, Panel};
use super::view::{Body, PanelView, Span, Tone};

/// So many looks are remembered.
const REMEMBERED: usize = 1800;
/// The eight heights of a mark.
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// What one look said, in the order of the lines.
type Values = [Option<f64>; 8];

/// The panel's state.
#[derive(Debug, Default)]
pub struct Metrics {
    look: LookState,
    history: VecDeque<Values>,
    taken: Option<Duration>,
}

fn values(seen: &Observation, before: Option<&Observation>) -> Values {
    let load = &seen.load;
    let then = before.map(|before| &before.load);
    let stall = |stall: Option<crate::domain::Stall>| stall.map(|stall| f64::from(stall.some10));
    let disk = then.and_then(|then| load.disk_rate(then));
    let network = then.and_then(|then| load.network_rate(then));
    let memory = (load.memory.total > 0).then(|| 100.0 * load.memory.used() as f64 / load.memory.total as f64);
    [
        then.and_then(|then| load.cpu.percent_since(&then.cpu)).map(f64::from),
        memory,
        load.averages.first().map(|average| f64::from(*average)),
        stall(load.pressure.cpu),
        stall(load.pressure.memory),
        stall(load.pressure.io),
        disk.map(|rate| rate.inward + rate.outward),
        network.map(|rate| rate.inward + rate.outward),
    ]
}

/// The name of each line, what its value means, and the value that fills the height; none: the highest that was.
const LINES: [(&str, Unit, Option<f64>); 8] = [
    ("cpu", Unit::Percent, Some(100.0)),
    ("memory", Unit::Percent, Some(100.0)),
    ("load", Unit::Number, None),
    ("waits cpu", Unit::Percent, Some(100.0)),
    ("waits mem", Unit::Percent, Some(100.0)),
    ("waits io", Unit::Percent, Some(100.0)),
    ("disk", Unit::Bytes, None),
    ("network", Unit::Bytes, None),
];

#[derive(Clone, Copy)]
enum Unit {
    Percent,
    Number,
    Bytes,
}

impl Unit {
    fn text(self, value: Option<f64>) -> String {
        match (self, value) {
            (_, None) => "–".to_owned(),
            (Self::Percent, Some(value)) => format!("{value:.0}%"),
            (Self::Number, Some(value)) => format!("{value:.2}"),
            (Self::Bytes, Some(value)) => format!("{}/s", short_bytes(value as u64)),
        }
    }

    fn tone(self, value: Option<f64>) -> Tone {
        match (self, value) {
            (Self::Percent, Some(value)) if value >= 90.0 => Tone::Bad,
            (Self::Percent, Some(value)) if value >= 75.0 => Tone::Warning,
            (_, None) => Tone::Faint,
            _ => Tone::Plain,
        }
    }
}

/// One mark for each value, as high as it is beside `full`.
fn spark(values: &[Option<f64>], full: f64) -> String {
    let mark = |value: &Option<f64>| match value {
        None => ' ',
        Some(value) => {
            let height = (value / full.max(f64::MIN_POSITIVE) * 8.0) as usize;
            HEIGHTS.get(height.min(7)).copied().unwrap_or(' ')
        }
    };
    values.iter().map(mark).collect()
}

impl Metrics {
    fn lines(&self, seen: &Observation, cols: usize) -> Vec<Vec<Span>> {
        let load = &seen.load;
        let now = self.history.back().copied().unwrap_or_default();
        let room = cols.saturating_sub(20).max(1);
        let mut lines = Vec::new();
        for (index, (name, unit, full)) in LINES.into_iter().enumerate() {
            let skipped = self.history.len().saturating_sub(room);
            let past: Vec<Option<f64>> = self
                .history
                .iter()
                .skip(skipped)
                .map(|values| values.get(index).copied().flatten())
                .collect();
            let full = full.unwrap_or_else(|| past.iter().flatten().copied().fold(0.0, f64::max));
            let value = now.get(index).copied().flatten();
            lines.push(vec![
                Span::faint(format!("{name:<10}")),
                Span::new(format!("{:>8} ", unit.text(value)), unit.tone(value)),
                Span::new(spark(&past, full), Tone::Accent),
            ]);
        }
        lines.push(Vec::new());
        let memory = &load.memory;
        for (name, value) in [
            ("up", short_span(load.uptime.as_secs())),
            ("processors", load.cpu.count.to_string()),
            (
                "memory",
                format!("{} of {}", short_bytes(memory.used()), short_bytes(memory.total)),
            ),
            ("cache", short_bytes(memory.cached)),
            (
                "swap",
                format!(
                    "{} free of {}",
                    short_bytes(memory.swap_free),
                    short_bytes(memory.swap_total)
                ),
            ),
            ("processes", seen.processes.len().to_string()),
        ] {
            lines.push(vec![Span::faint(format!("{name:<11}")), Span::plain(value)]);
        }
        lines
    }
}

impl Panel for Metrics {
    fn view(&self, around: &Around) -> PanelView {
        let target = self.look.target().and_then(|id| around.workspace.target(id));
        let subject = target.map(|target| target.label.escaped()).unwrap_or_default();
        let seen = self.look.seen().filter(|_| self.look.target() == around.target);
        let body = match seen {
            None => Body::Nothing(self.look.nothing()),
            Some(seen) => {
                let mut lines = self.lines(seen, usize::from(around.size.cols()));
                let total = lines.len();
                lines.truncate(usize::from(around.size.rows()));
                Body::Page { lines, above: 0, total }
            }
        };
        PanelView {
            subject,
            body,
            info: self.look.trouble(around).into_iter().collect(),
        }
    }

    fn act(&mut self, action: Action, _around: &Around, _outcome: &mut Outcome) -> bool {
        if action == Action::Panel(PanelAction::Refresh) {
            self.look.want();
            return true;
        }
        false
    }

    fn tick(&mut self, around: &Around, outcome: &mut Outcome) {
        if self.look.tick(around, false, outcome) {
            self.history.clear();
            self.taken = None;
        }
        if let Some(seen) = self.look.seen().filter(|seen| Some(seen.load.uptime) != self.taken) {
            self.history.push_back(values(seen, self.look.before.as_deref()));
            if self.history.len() > REMEMBERED {
                self.history.pop_front();
            }
            self.taken = Some(seen.load.uptime);
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

    fn click(&mut self, _row: usize, _clicks: u8, _around: &Around, _outcome: &mut Outcome) {}

    fn has_header(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_as_high_as_their_values() {
        let past = [None, Some(0.0), Some(50.0), Some(100.0), Some(500.0)];
        assert_eq!(spark(&past, 100.0), " ▁▅██");
        assert_eq!(spark(&[Some(0.0)], 0.0), "▁");
    }
}

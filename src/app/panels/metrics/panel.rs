//! The panel's state: which span of time is shown, of one sandbox or of all.

use std::time::Duration;

use crate::app::Action;
use crate::app::insight::{Gauge, Measure};
use crate::app::list::{List, Motion};
use crate::app::panels::actions::PanelAction;
use crate::app::panels::look_words;
use crate::app::panels::outcome::{Outcome, Request};
use crate::app::panels::panel::{Around, Panel};
use crate::app::panels::view::{Body, PanelView, Row, Span, Table, Tone};
use crate::domain::{Sight, TargetId};

use super::MetricsAction;
use super::lines;

/// The spans of time that can be shown, in minutes; behind them comes the whole session.
const SPANS: [u64; 5] = [1, 5, 15, 60, 240];
/// The one that is shown at first.
const USUAL: usize = 1;

/// The panel's state.
#[derive(Debug)]
pub struct Metrics {
    span: usize,
    compares: bool,
    list: List<TargetId>,
    keys: Vec<TargetId>,
    above: usize,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            span: USUAL,
            compares: false,
            list: List::default(),
            keys: Vec::new(),
            above: 0,
        }
    }
}

impl Metrics {
    fn span(&self, around: &Around) -> Duration {
        match SPANS.get(self.span) {
            Some(minutes) => Duration::from_secs(60 * minutes),
            // Whole minutes, so that what is shown does not shift with every second.
            None => Duration::from_secs(60 * (around.now.since_start.as_secs() / 60 + 1)),
        }
    }

    fn zoom(&mut self, action: MetricsAction) {
        match action {
            MetricsAction::Compare => self.compares = !self.compares,
            MetricsAction::Nearer => self.span = self.span.saturating_sub(1),
            MetricsAction::Farther => self.span = (self.span + 1).min(SPANS.len()),
        }
    }

    fn go(&mut self, motion: Motion, around: &Around) {
        if self.compares {
            return self.list.go(motion, &self.keys);
        }
        let total = around
            .target
            .map_or(0, |target| lines::lines(target, self.span(around), around).len());
        let last = total.saturating_sub(around.rows());
        self.above = match motion {
            Motion::Up | Motion::HalfPageUp | Motion::PageUp => self.above.saturating_sub(1),
            Motion::Down | Motion::HalfPageDown | Motion::PageDown => self.above + 1,
            Motion::Top => 0,
            Motion::Bottom => last,
        }
        .min(last);
    }

    /// Gives the keyboard to a pane of the sandbox that the cursor is on.
    fn open(&self, around: &Around, outcome: &mut Outcome) -> bool {
        let Some(target) = self.list.cursor().filter(|_| self.compares) else {
            return false;
        };
        let mut sessions = around.workspace.sessions();
        let found = sessions.find(|(_, session)| session.target == *target);
        outcome.requests.extend(found.map(|(pane, _)| Request::FocusPane(pane)));
        found.is_some()
    }

    fn compared(&self, around: &Around) -> Body {
        let row = |target: &TargetId| {
            Some(Row {
                is_chosen: self.list.cursor() == Some(target),
                ..lines::row(*target, self.span(around), around)?
            })
        };
        let in_sight = self.keys.get(self.list.in_sight()).unwrap_or_default();
        if in_sight.is_empty() {
            return Body::Nothing("No sandbox is open.".to_owned());
        }
        Body::Table(Table {
            columns: lines::columns(),
            rows: in_sight.iter().filter_map(row).collect(),
            above: self.list.offset(),
            total: self.list.len(),
        })
    }

    fn info(&self, around: &Around) -> Vec<Span> {
        let mut info: Vec<Span> = look_words::trouble(around).into_iter().collect();
        info.push(Span::faint(match SPANS.get(self.span) {
            Some(_) => format!("last {}", lines::span_words(self.span(around))),
            None => "the whole session".to_owned(),
        }));
        let limits = &around.insight.watch;
        let above = Measure::ALL.iter();
        let count = around.target.map_or(0, |target| {
            above.filter(|measure| limits.is_above(target, **measure)).count()
        });
        if count > 0 {
            info.push(Span::new(format!(" · {count} above the limit"), Tone::Bad));
        }
        info
    }
}

impl Panel for Metrics {
    fn view(&self, around: &Around) -> PanelView {
        let body = match around.target {
            _ if self.compares => self.compared(around),
            Some(target) if around.insight.gauges.of(target).is_some_and(Gauge::has_samples) => {
                let lines = lines::lines(target, self.span(around), around);
                Body::Page {
                    above: self.above,
                    total: lines.len(),
                    lines: lines.into_iter().skip(self.above).take(around.rows()).collect(),
                }
            }
            _ => return look_words::nothing(around),
        };
        PanelView {
            subject: if self.compares { String::new() } else { around.subject() },
            body,
            info: self.info(around),
        }
    }

    fn act(&mut self, action: Action, around: &Around, outcome: &mut Outcome) -> bool {
        match action {
            Action::Panel(PanelAction::Go(motion)) => self.go(motion, around),
            Action::Panel(PanelAction::Refresh) => outcome.requests.extend(around.target.map(Request::LookNow)),
            Action::Panel(PanelAction::Open) => return self.open(around, outcome),
            Action::Panel(PanelAction::Back) => return std::mem::take(&mut self.compares),
            Action::Metrics(action) => self.zoom(action),
            _ => return false,
        }
        true
    }

    fn tick(&mut self, around: &Around, _outcome: &mut Outcome) {
        if around.is_visible {
            self.keys = around.workspace.targets().iter().map(|target| target.id).collect();
            self.list.arrange(&self.keys, around.rows());
        }
    }

    fn wish(&self) -> Option<Sight> {
        Some(Sight::Load)
    }

    fn click(&mut self, row: usize, clicks: u8, around: &Around, outcome: &mut Outcome) {
        if self.compares {
            self.list.put(self.list.offset() + row, &self.keys);
            if clicks == 2 {
                self.open(around, outcome);
            }
        }
    }

    fn has_header(&self) -> bool {
        self.compares
    }

    fn hints(&self) -> &'static [Action] {
        &[
            Action::Metrics(MetricsAction::Compare),
            Action::Metrics(MetricsAction::Nearer),
            Action::Metrics(MetricsAction::Farther),
        ]
    }
}

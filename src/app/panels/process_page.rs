//! The page about one process. Values of variables stay hidden until the user wants
//! to see them.

use crate::app::list::Motion;
use crate::app::{Answer, LookAnswer, LookQuestion, Question};
use crate::domain::{Fact, Failure, ProcessDetails, ProcessKey, RemoteText, TargetId, Ticket, short_bytes};

use super::outcome::Outcome;
use super::panel::Around;
use super::view::{Body, PanelView, Span, Tone};

/// The page's state.
#[derive(Debug)]
pub struct ProcessPage {
    key: ProcessKey,
    ticket: Option<Ticket>,
    shows_values: bool,
    lines: Vec<Vec<Span>>,
    failure: Option<Failure>,
    above: usize,
}

impl ProcessPage {
    /// A page that has to ask first.
    pub fn new(key: ProcessKey) -> Self {
        Self {
            key,
            ticket: None,
            shows_values: false,
            lines: Vec::new(),
            failure: None,
            above: 0,
        }
    }

    /// Shows values, or hides them.
    pub fn toggle_values(&mut self) {
        self.shows_values = !self.shows_values;
        self.ticket = None;
        self.lines.clear();
    }

    /// Scrolls; `rows` are in sight.
    pub fn go(&mut self, motion: Motion, rows: usize) {
        let last = self.lines.len().saturating_sub(rows);
        self.above = match motion {
            Motion::Up => self.above.saturating_sub(1),
            Motion::Down => self.above + 1,
            Motion::HalfPageUp => self.above.saturating_sub(rows / 2),
            Motion::HalfPageDown => self.above + rows / 2,
            Motion::PageUp => self.above.saturating_sub(rows),
            Motion::PageDown => self.above + rows,
            Motion::Top => 0,
            Motion::Bottom => last,
        }
        .min(last);
    }

    /// Asks once.
    pub fn tick(&mut self, target: TargetId, outcome: &mut Outcome) {
        if self.ticket.is_none() && self.failure.is_none() {
            let question = LookQuestion::Details {
                process: self.key,
                environment: true,
            };
            self.ticket = Some(outcome.ask(target, Question::Look(question)));
        }
    }

    /// Takes its answer in; hands another one back.
    pub fn answer(&mut self, ticket: Ticket, result: Result<Answer, Failure>) -> Option<Result<Answer, Failure>> {
        if self.ticket != Some(ticket) {
            return Some(result);
        }
        match result {
            Ok(Answer::Look(LookAnswer::Details(details))) => self.lines = lines(&details, self.shows_values),
            Ok(other) => return Some(Ok(other)),
            Err(failure) => self.failure = Some(failure),
        }
        None
    }

    /// The lines in sight.
    pub fn view(&self, subject: &str, around: &Around) -> PanelView {
        let body = match &self.failure {
            Some(failure) => Body::Nothing(failure.to_string()),
            None if self.lines.is_empty() => Body::Nothing("Looking…".to_owned()),
            None => Body::Page {
                lines: self
                    .lines
                    .iter()
                    .skip(self.above)
                    .take(usize::from(around.size.rows()))
                    .cloned()
                    .collect(),
                above: self.above,
                total: self.lines.len(),
            },
        };
        PanelView {
            subject: format!("{subject} · {}", self.key),
            body,
            info: vec![Span::faint("Esc back")],
        }
    }
}

fn lines(details: &ProcessDetails, shows_values: bool) -> Vec<Vec<Span>> {
    let process = &details.process;
    let mut lines = Vec::new();
    heading(&mut lines, "Process");
    let owner = process.owner.as_ref().map_or("unknown".to_owned(), ToString::to_string);
    for (name, value) in [
        ("pid", process.key.pid.to_string()),
        ("parent", process.parent.to_string()),
        ("user", owner),
        ("state", process.state.word().to_owned()),
        ("threads", process.threads.to_string()),
        ("memory", short_bytes(process.resident)),
        ("command", details.command.to_string()),
    ] {
        pair(&mut lines, name, value);
    }
    let places = &details.places;
    for (name, place) in [
        ("directory", &places.directory),
        ("program", &places.executable),
        ("root", &places.root),
    ] {
        pair(
            &mut lines,
            name,
            place.as_ref().map_or("may not be seen".to_owned(), RemoteText::escaped),
        );
    }
    heading(&mut lines, "Open files");
    match &details.files {
        Some(files) => files
            .iter()
            .for_each(|file| pair(&mut lines, &file.descriptor.to_string(), file.target.escaped())),
        None => pair(&mut lines, "", "may not be seen".to_owned()),
    }
    environment(&mut lines, details, shows_values);
    for (title, facts) in [
        ("Memory", &details.memory),
        ("Scheduling", &details.scheduling),
        ("Input and output", &details.input_output),
        ("Identity", &details.identity),
    ] {
        heading(&mut lines, title);
        for Fact { name, value } in facts {
            pair(&mut lines, &name.escaped(), value.escaped());
        }
    }
    heading(&mut lines, "Limits");
    for limit in &details.limits {
        pair(
            &mut lines,
            &limit.name.escaped(),
            format!("{} of {} {}", limit.soft, limit.hard, limit.unit),
        );
    }
    heading(&mut lines, "Control groups");
    for group in &details.groups {
        pair(&mut lines, "", group.escaped());
    }
    lines
}

fn environment(lines: &mut Vec<Vec<Span>>, details: &ProcessDetails, shows_values: bool) {
    heading(lines, "Environment");
    for variable in details.environment.iter().flatten() {
        let value = if shows_values {
            RemoteText::new(variable.value.expose()).escaped()
        } else {
            "•••".to_owned()
        };
        pair(lines, &variable.name.escaped(), value);
    }
}

fn heading(lines: &mut Vec<Vec<Span>>, title: &str) {
    if !lines.is_empty() {
        lines.push(Vec::new());
    }
    lines.push(vec![Span::new(title, Tone::Accent)]);
}

fn pair(lines: &mut Vec<Vec<Span>>, name: &str, value: String) {
    lines.push(vec![Span::faint(format!("{name:<12} ")), Span::plain(value)]);
}

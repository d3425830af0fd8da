//! The page about one sandbox of the platform: everything that is known of it, and below that its log, which is followed
//! while the page is seen. Reading a log wakes nothing.

use std::time::Duration;

use crate::app::fleet::{Known, LogLine, PlatformAnswer, PlatformQuestion, Presence, Verdict, span_words};
use crate::app::list::{Filter, Motion};
use crate::app::refresh::Refresh;
use crate::app::{Answer, Effect};
use crate::domain::{Failure, OnTimeout, SandboxId, Ticket, Timestamp, short_bytes, wrap};

use super::outcome::Outcome;
use super::panel::Around;
use super::view::{Body, PanelView, Span, Tone};

/// Between two questions whether there is more in the log.
const POLL: Duration = Duration::from_secs(2);
/// Lines of the log that are kept, the newest ones.
const KEPT_LINES: usize = 5_000;

/// The page's state.
#[derive(Debug)]
pub struct SandboxPage {
    /// The sandbox.
    pub id: SandboxId,
    /// What narrows the log.
    pub filter: Filter,
    refresh: Refresh<()>,
    log: Vec<LogLine>,
    /// Facts and lines of the log, as wide as the panel.
    rows: Vec<Vec<Span>>,
    /// The log's part of them, and what it was made for.
    log_rows: Vec<Vec<Span>>,
    made_for: Option<(usize, u16, String)>,
    /// Counts up with every change of the log.
    version: usize,
    above: usize,
    /// Whether the end stays in sight.
    follows: bool,
    /// Whether the user came from a pane, and goes back there.
    pub is_from_pane: bool,
}

impl SandboxPage {
    /// A page that has to ask first.
    pub fn new(id: SandboxId, is_from_pane: bool) -> Self {
        Self {
            id,
            filter: Filter::default(),
            refresh: Refresh::default(),
            log: Vec::new(),
            rows: Vec::new(),
            log_rows: Vec::new(),
            made_for: None,
            version: 0,
            above: 0,
            follows: true,
            is_from_pane,
        }
    }

    /// Asks for what is new at once.
    pub fn want(&mut self) {
        self.refresh.want();
    }

    /// Scrolls; `rows` are in sight. At the end the page follows what comes.
    pub fn go(&mut self, motion: Motion, rows: usize) {
        let last = self.rows.len().saturating_sub(rows);
        self.above = motion.moved(self.above, rows, last);
        self.follows = self.above == last;
    }

    /// The log as text.
    pub fn text(&self) -> String {
        self.log.iter().map(|line| in_words(line) + "\n").collect()
    }

    /// Asks when it is time, and brings the rows up to date.
    pub fn tick(&mut self, around: &Around, outcome: &mut Outcome) {
        if self.refresh.is_due(POLL, around.now) {
            let ticket = outcome.ticket();
            let since = self.log.last().map(|line| line.time);
            let question = PlatformQuestion::Log(self.id.clone(), since);
            outcome.effects.push(Effect::Platform(ticket, question));
            self.refresh.ask(ticket, around.now);
        }
        let cells = around.size.cols();
        let wanted = (self.version, cells, self.filter.entry().text().to_owned());
        if self.made_for.as_ref() != Some(&wanted) {
            self.made_for = Some(wanted);
            self.log_rows = self.log_rows(cells);
        }
        self.rows = facts(&self.id, around);
        self.rows.push(Vec::new());
        self.rows.extend(self.log_rows.iter().cloned());
        let last = self.rows.len().saturating_sub(usize::from(around.size.rows()));
        self.above = if self.follows { last } else { self.above.min(last) };
    }

    /// When `tick` wants to be called.
    pub fn next_deadline(&self) -> Option<Duration> {
        self.refresh.next_due(POLL)
    }

    /// Takes its answer in; hands another one back.
    pub fn answer(
        &mut self,
        ticket: Ticket,
        result: Result<Answer, Failure>,
        around: &Around,
    ) -> Option<Result<Answer, Failure>> {
        if !self.refresh.waits_for(ticket) {
            return Some(result);
        }
        let result = match result {
            Ok(Answer::Platform(PlatformAnswer::Log(lines))) => {
                self.take(lines);
                Ok(())
            }
            Ok(other) => return Some(Ok(other)),
            Err(failure) => Err(failure),
        };
        self.refresh.answer(ticket, result, around.now);
        None
    }

    /// Adds lines. The answer begins with the last moment that is known: its lines come twice.
    fn take(&mut self, mut lines: Vec<LogLine>) {
        let Some(last) = self.log.last().map(|line| line.time) else {
            self.log = lines;
            self.version += 1;
            return;
        };
        let mut known: Vec<LogLine> = self
            .log
            .iter()
            .rev()
            .take_while(|line| line.time == last)
            .cloned()
            .collect();
        lines.retain(|line| match known.iter().position(|one| one == line) {
            Some(at) => {
                known.swap_remove(at);
                false
            }
            None => line.time >= last,
        });
        if lines.is_empty() {
            return;
        }
        self.log.extend(lines);
        self.log.drain(..self.log.len().saturating_sub(KEPT_LINES));
        self.version += 1;
    }

    fn log_rows(&self, cells: u16) -> Vec<Vec<Span>> {
        let mut sieve = self.filter.sieve();
        let mut rows = Vec::new();
        for line in &self.log {
            let text = in_words(line);
            if !sieve.keeps(&text) {
                continue;
            }
            let tone = match line.level.unescaped().to_ascii_lowercase().as_str() {
                "error" | "fatal" => Tone::Bad,
                "warn" | "warning" => Tone::Warning,
                "debug" | "trace" => Tone::Faint,
                _ => Tone::Plain,
            };
            let wrapped = wrap(&text, cells.max(1));
            rows.extend(wrapped.into_iter().map(|row| vec![Span::new(row, tone)]));
        }
        rows
    }

    /// The lines in sight.
    pub fn view(&self, around: &Around) -> PanelView {
        let known = around.workspace.fleet().get(&self.id);
        let subject = known.map_or_else(|| self.id.to_string(), Known::name);
        let lines = self.rows.iter().skip(self.above).take(usize::from(around.size.rows()));
        let body = Body::Page {
            lines: lines.cloned().collect(),
            above: self.above,
            total: self.rows.len(),
        };
        let mut info = vec![Span::faint(format!("{} log lines", self.log.len()))];
        match self.refresh.failure() {
            Some(failure) => info.push(Span::new(format!(" · {failure}"), Tone::Warning)),
            None if self.follows => info.push(Span::faint(" · following")),
            None => info.push(Span::faint(" · G follows")),
        }
        info.push(Span::faint(" · Esc back"));
        PanelView { subject, body, info }
    }
}

/// A line of the log: time, level, message.
fn in_words(line: &LogLine) -> String {
    let time = line.time.to_string();
    let time = time.get(11..19).unwrap_or(&time);
    format!("{time} {:5} {}", line.level.escaped(), line.message.escaped())
}

/// Everything that is known of a sandbox, a line each.
fn facts(id: &SandboxId, around: &Around) -> Vec<Vec<Span>> {
    let mut rows = Vec::new();
    let mut add = |name: &str, value: String| {
        let room = around.size.cols().saturating_sub(13).max(8);
        for (at, line) in wrap(&value, room).into_iter().enumerate() {
            let name = if at == 0 { name } else { "" };
            rows.push(vec![Span::faint(format!("{name:12} ")), Span::plain(line)]);
        }
    };
    add("id", id.to_string());
    if let Some(known) = around.workspace.fleet().get(id) {
        for (name, value) in known_facts(known, around) {
            add(name, value);
        }
        for (key, value) in &known.sandbox.metadata {
            add("metadata", format!("{key}={value}"));
        }
    }
    if around.workspace.fleet().is_kept_alive(id) {
        add("kept alive", "by e2b-tui, while it runs".to_owned());
    }
    if let Some(verdict) = verdict(id, around) {
        add("why", verdict.words.clone());
        for (name, value) in &verdict.facts {
            add(name, value.clone());
        }
        for snapshot in &verdict.snapshots {
            add("snapshot", snapshot.escaped());
        }
    }
    rows
}

fn known_facts(known: &Known, around: &Around) -> Vec<(&'static str, String)> {
    let sandbox = &known.sandbox;
    let now = Timestamp::from(around.now.wall);
    let with_age = |time: Timestamp| match now.since(time) {
        Some(span) => format!("{time} ({} ago)", span_words(span)),
        None => format!("{time} (in {})", span_words(time.since(now).unwrap_or_default())),
    };
    let state = match known.presence() {
        Presence::Gone(at) => format!("gone, since about {}", at.clock()),
        _ => sandbox.state.to_string(),
    };
    let on_timeout = known.on_timeout.as_ref().map(|then| match then {
        OnTimeout::Kill => "it is killed".to_owned(),
        OnTimeout::Pause => "it is paused".to_owned(),
        OnTimeout::Other(other) => other.escaped(),
    });
    let resumes = known
        .auto_resume
        .map(|wakes| if wakes { "traffic wakes it" } else { "only you wake it" });
    let sample = known.samples().next_back().map(|sample| {
        let memory = sample.memory_used as f64 / sample.memory_total.max(1) as f64 * 100.0;
        let at = with_age(Timestamp::from_unix_millis(sample.timestamp.saturating_mul(1000)));
        format!("cpu {:.0}%, memory {memory:.0}%, at {at}", sample.cpu_used_percent)
    });
    let (cpus, memory, disk) = (sandbox.cpu_count, sandbox.memory_mb << 20, sandbox.disk_mb << 20);
    let size = format!(
        "{cpus} CPUs, {} memory, {} disk",
        short_bytes(memory),
        short_bytes(disk)
    );
    let facts = [
        ("alias", sandbox.alias.as_ref().map(crate::domain::RemoteText::escaped)),
        ("template", Some(sandbox.template.escaped())),
        ("state", Some(format!("{state}, as of {}", known.heard_at.clock()))),
        ("started", sandbox.started.map(with_age)),
        ("ends", sandbox.ends.map(with_age)),
        ("then", on_timeout),
        ("if paused", resumes.map(str::to_owned)),
        ("last sample", sample),
        ("size", Some(size)),
        ("envd", Some(sandbox.envd_version.escaped())),
    ];
    facts
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

/// What was found out about the end of a pane in it.
fn verdict<'a>(id: &SandboxId, around: &Around<'a>) -> Option<&'a Verdict> {
    let targets = around.workspace.targets_at(id);
    let panes = around.workspace.sessions();
    let mut panes = panes.filter(|(_, session)| targets.contains(&session.target));
    panes.find_map(|(pane, _)| around.workspace.fleet().verdict(pane))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(millis: i64, text: &str) -> LogLine {
        LogLine {
            time: Timestamp::from_unix_millis(millis),
            level: "info".into(),
            message: text.into(),
        }
    }

    #[test]
    fn lines_that_come_twice_are_shown_once_and_equal_ones_as_often_as_they_were_written() {
        let mut page = SandboxPage::new("i1".parse().unwrap(), false);
        page.take(vec![line(1, "a"), line(2, "b"), line(2, "b")]);
        page.take(vec![line(2, "b"), line(2, "b"), line(2, "c"), line(3, "d")]);
        page.take(vec![line(3, "d")]);
        page.take(vec![line(3, "d"), line(3, "d")]);
        let seen: Vec<&str> = page.log.iter().map(|line| line.message.unescaped()).collect();
        assert_eq!(seen, ["a", "b", "b", "c", "d", "d"]);
    }

    #[test]
    fn a_hostile_line_is_one_line_of_safe_text() {
        let text = in_words(&line(3_723_000, "\u{1b}[2J\u{202e}evil\nnext"));
        assert!(text.starts_with("01:02:03 info  "), "{text}");
        assert!(!text.contains(['\u{1b}', '\n', '\u{202e}']), "{text}");
    }
}

//! How a sandbox looks in a list: name, state, load, life left, metadata, link. Only rows in sight are made.

use std::time::Duration;

use crate::app::fleet::{Fleet, Known, Presence, span_words};
use crate::app::link::Link;
use crate::app::list::List;
use crate::app::workspace::Workspace;
use crate::domain::{Moment, PaneId, RemoteText, SystemMetrics};

use super::panel::Around;
use super::sandbox_order::{Only, SandboxKey, SortBy};
use super::view::{Align, Body, Column, Row, Span, Table, Tone, Width};

/// Samples in a spark.
const SPARK: usize = 8;
/// Cells of the life bar.
const BAR: usize = 6;
/// In a panel of fewer columns loads and lives are numbers.
const NARROW: u16 = 42;

/// The rows in sight, or why there are none.
pub fn body(list: &List<SandboxKey>, keys: &[SandboxKey], sort: (SortBy, bool), around: &Around) -> Body {
    let in_sight = keys.get(list.in_sight()).unwrap_or_default();
    if in_sight.is_empty() {
        return Body::Nothing("No sandbox is like that.".to_owned());
    }
    let rows = in_sight.iter().map(|key| Row {
        cells: cells(key, around),
        is_chosen: list.cursor() == Some(key),
        is_marked: list.is_marked(key),
    });
    Body::Table(Table {
        rows: rows.collect(),
        columns: columns(sort, around),
        above: list.offset(),
        total: list.len(),
    })
}

/// Whether there is room for numbers only, without sparks and bars: what the platform says of load and life goes before the
/// count of panes then. Where it says nothing there is nothing to make room for.
fn is_narrow(around: &Around) -> bool {
    around.size.cols() < NARROW && around.workspace.fleet().all().len() > 0
}

fn columns((sort, is_reversed): (SortBy, bool), around: &Around) -> Vec<Column> {
    let workspace = around.workspace;
    let (load, life, panes_from) = if is_narrow(around) {
        ((4, 34), (7, 30), NARROW)
    } else {
        ((SPARK as u16 + 5, 58), (BAR as u16 + 8, NARROW), 0)
    };
    let title = |text: &str, by: SortBy| match (sort == by, is_reversed) {
        (true, false) => format!("{text} ▾"),
        (true, true) => format!("{text} ▴"),
        (false, _) => text.to_owned(),
    };
    let mut columns = vec![
        Column::new(title("name", SortBy::Name), Width::Rest, Align::Left),
        Column::new("state", Width::Cells(9), Align::Left).from(26),
        Column::new(title("cpu", SortBy::Load), Width::Cells(load.0), Align::Right).from(load.1),
        Column::new("mem", Width::Cells(SPARK as u16 + 5), Align::Right).from(86),
        Column::new(title("life", SortBy::Life), Width::Cells(life.0), Align::Left).from(life.1),
        Column::new(title("age", SortBy::Age), Width::Cells(8), Align::Right).from(72),
        Column::new("id", Width::Cells(21), Align::Left).from(110),
        Column::new("template", Width::Cells(16), Align::Left).from(132),
        Column::new("envd", Width::Cells(8), Align::Left).from(144),
    ];
    for key in workspace.metadata_columns() {
        columns.push(Column::new(RemoteText::from(key.as_str()).escaped(), Width::Cells(12), Align::Left).from(98));
    }
    columns.push(Column::new("metadata", Width::Rest, Align::Left).from(100));
    columns.push(Column::new("trip", Width::Cells(7), Align::Right).from(64));
    columns.push(Column::new("panes", Width::Cells(5), Align::Right).from(panes_from));
    columns
}

fn cells(key: &SandboxKey, around: &Around) -> Vec<Vec<Span>> {
    let workspace = around.workspace;
    let target = key.target(workspace);
    let panes = key.panes(workspace);
    let known = key.sandbox().and_then(|id| workspace.fleet().get(id));
    let (state, tone) = state(key, known, &panes, workspace);
    let tint = target.and_then(|target| target.tint);
    let shown_name = match (target, known, key) {
        // A target that is called by its ID is better known by its name.
        (Some(target), Some(known), _) if target.label.unescaped() == known.sandbox.id.as_str() => known.name(),
        (Some(target), ..) => target.label.escaped(),
        (None, Some(known), _) => known.name(),
        (None, None, SandboxKey::Local) => "local".to_owned(),
        (None, None, _) => key.address(workspace),
    };
    let trips = panes.iter().filter_map(|pane| workspace.session(*pane)?.round_trip);
    let trip = trips
        .min()
        .map(|trip| format!("{} ms", trip.as_millis()))
        .unwrap_or_default();
    let now = around.now;
    // The number stands last.
    let most = if is_narrow(around) { 1 } else { usize::MAX };
    let last = |mut spans: Vec<Span>| spans.split_off(spans.len().saturating_sub(most));
    let column = |read: &dyn Fn(&Known) -> Vec<Span>| known.map(read).unwrap_or_default();
    let mut cells = vec![
        vec![Span::new(shown_name, Tone::Of(tint))],
        vec![Span::new(state, tone)],
        column(&|known| last(load(known, now, |sample| f64::from(sample.cpu_used_percent) / 100.0))),
        column(&|known| last(load(known, now, memory_share))),
        column(&|known| last(life(known, workspace.fleet(), now))),
        column(&|known| vec![Span::faint(known.run_time(now).map(span_words).unwrap_or_default())]),
        column(&|known| vec![Span::faint(known.sandbox.id.to_string())]),
        column(&|known| vec![Span::faint(known.sandbox.template.escaped())]),
        column(&|known| vec![Span::faint(known.sandbox.envd_version.escaped())]),
    ];
    for wanted in workspace.metadata_columns() {
        let value = |known: &Known| {
            known
                .sandbox
                .metadata
                .get(&wanted.as_str().into())
                .map(RemoteText::escaped)
        };
        cells.push(vec![Span::plain(known.and_then(value).unwrap_or_default())]);
    }
    let metadata = match (known, key) {
        (Some(known), _) => metadata(known, workspace.metadata_columns()),
        (None, SandboxKey::Local) => "runs on this machine, not isolated".to_owned(),
        (None, _) => target.and_then(|target| target.note.clone()).unwrap_or_default(),
    };
    cells.push(vec![Span::faint(metadata)]);
    cells.push(vec![Span::faint(trip)]);
    let count = if panes.is_empty() {
        String::new()
    } else {
        panes.len().to_string()
    };
    cells.push(vec![Span::plain(count)]);
    cells
}

fn metadata(known: &Known, columns: &[String]) -> String {
    let others = known.sandbox.metadata.iter();
    // Its name stands in front already.
    let others =
        others.filter(|(key, _)| key.unescaped() != "name" && !columns.iter().any(|column| column == key.unescaped()));
    others
        .map(|(key, value)| format!("{key}={value}"))
        .collect::<Vec<_>>()
        .join(" ")
}

fn memory_share(sample: &SystemMetrics) -> f64 {
    sample.memory_used as f64 / sample.memory_total.max(1) as f64
}

/// A spark and the last value. Samples that are old are faint.
fn load(known: &Known, now: Moment, share: impl Fn(&SystemMetrics) -> f64) -> Vec<Span> {
    const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let Some(last) = known.samples().next_back().filter(|_| known.is_running()) else {
        return Vec::new();
    };
    let skipped = known.samples().len().saturating_sub(SPARK);
    let level = |sample| STEPS[((share(sample).clamp(0.0, 1.0) * 7.99) as usize).min(7)];
    let spark: String = known.samples().skip(skipped).map(level).collect();
    let value = share(last);
    let now_seconds = crate::domain::Timestamp::from(now.wall).unix_seconds();
    let tone = if now_seconds - last.timestamp > 60 {
        Tone::Faint
    } else if value >= 0.9 {
        Tone::Bad
    } else if value >= 0.7 {
        Tone::Warning
    } else {
        Tone::Plain
    };
    vec![
        Span::new(spark, tone),
        Span::new(format!(" {:3.0}%", value * 100.0), tone),
    ]
}

/// A bar of what is left of the life, and how long that is. Of a paused one: since when it sleeps.
fn life(known: &Known, fleet: &Fleet, now: Moment) -> Vec<Span> {
    if known.presence() == Presence::Paused {
        let since = known
            .sandbox
            .ends
            .and_then(|ends| crate::domain::Timestamp::from(now.wall).since(ends));
        return vec![Span::faint(
            since
                .map(|since| format!("for {}", span_words(since)))
                .unwrap_or_default(),
        )];
    }
    let Some(left) = known.life_left(now) else {
        return Vec::new();
    };
    let tone = if left < Duration::from_secs(60) {
        Tone::Bad
    } else if left < Duration::from_secs(300) {
        Tone::Warning
    } else {
        Tone::Good
    };
    let share = known.life_share(now).unwrap_or(1.0);
    let full = ((share * BAR as f64).ceil() as usize).min(BAR);
    let kept = if fleet.is_kept_alive(&known.sandbox.id) {
        "+"
    } else {
        " "
    };
    vec![
        Span::new("█".repeat(full), tone),
        Span::faint("░".repeat(BAR - full)),
        Span::new(format!("{kept}{}", span_words(left)), tone),
    ]
}

/// How a sandbox is, in a word: what is being done with it, what the platform says, how its links are.
fn state(key: &SandboxKey, known: Option<&Known>, panes: &[PaneId], workspace: &Workspace) -> (String, Tone) {
    let change = key.sandbox().and_then(|id| workspace.fleet().change_of(id));
    if let Some(change) = change {
        return (change.progress().to_owned(), Tone::Accent);
    }
    let is_opening = workspace
        .openings()
        .addresses()
        .any(|address| address == key.address(workspace));
    if is_opening {
        return ("opening".to_owned(), Tone::Accent);
    }
    match known.map(Known::presence) {
        Some(Presence::Paused) => return ("paused".to_owned(), Tone::Faint),
        Some(Presence::Gone(_)) => return ("gone".to_owned(), Tone::Bad),
        Some(Presence::Strange) => {
            let word = known.map(|known| known.sandbox.state.to_string());
            return (word.unwrap_or_default(), Tone::Warning);
        }
        Some(Presence::Running) | None => {}
    }
    let links = panes.iter().filter_map(|pane| workspace.session(*pane));
    let graded = links.map(|session| match &session.link {
        Link::Rejoining { .. } => (4, "lost", Tone::Warning),
        Link::Asleep { .. } => (3, "paused", Tone::Faint),
        Link::Live => (2, "live", Tone::Good),
        Link::Preparing { .. } | Link::Opening => (1, "starting", Tone::Plain),
        Link::Ended { .. } | Link::Failed { .. } => (0, "ended", Tone::Faint),
    });
    let gravest = graded.max_by_key(|(grade, ..)| *grade);
    let (word, tone) = match (gravest, known) {
        (Some((_, word, tone)), _) => (word, tone),
        (None, Some(_)) => ("running", Tone::Good),
        (None, None) if *key == SandboxKey::Local => ("embedded", Tone::Faint),
        (None, None) => ("no panes", Tone::Faint),
    };
    (word.to_owned(), tone)
}

/// How many there are, how old that is, and why there is nothing newer.
pub fn info(keys: &[SandboxKey], only: Only, around: &Around) -> Vec<Span> {
    let fleet = around.workspace.fleet();
    let mut info = vec![Span::faint(format!("{} shown", keys.len()))];
    if !fleet.is_there() {
        return info;
    }
    let running = fleet.all().filter(|known| known.is_running()).count();
    info = vec![Span::faint(format!(
        "{} shown · {running} running of {}",
        keys.len(),
        fleet.all().len()
    ))];
    if let Some(words) = only.words() {
        info.insert(0, Span::new(format!("{words} · "), Tone::Accent));
    }
    match (fleet.failure(), fleet.listed_at()) {
        (Some(failure), _) => info.push(Span::new(format!(" · {failure}"), Tone::Warning)),
        (None, None) => info.push(Span::new(" · reading the list…", Tone::Accent)),
        (None, Some(at)) => {
            let age = around.now.since(at);
            if age > Duration::from_secs(60) {
                info.push(Span::faint(format!(" · {} old", span_words(age))));
            }
        }
    }
    info
}

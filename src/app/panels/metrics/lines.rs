//! How measures look: values in words, sparks of a span of time, the lines about one sandbox, the row of each.

use std::time::Duration;

use crate::app::insight::{Gauge, Measure};
use crate::app::panels::panel::Around;
use crate::app::panels::view::{Align, Column, Row, Span, Tone, Width};
use crate::domain::{Observation, SystemMetrics, TargetId, short_bytes, short_span};

/// The eight heights of a mark.
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Values that were measured longer ago are not of now.
const FRESH: Duration = Duration::from_secs(30);
/// Cells in front of a spark: name and value.
const BEFORE_SPARK: usize = 21;
/// Cells of a spark in a row that compares.
pub(super) const SPARK: usize = 10;

/// A value in a few characters.
pub(super) fn words(measure: Measure, value: Option<f32>) -> String {
    let Some(value) = value else { return "–".to_owned() };
    match measure {
        Measure::Load => format!("{value:.2}"),
        Measure::DiskIn | Measure::DiskOut | Measure::NetworkIn | Measure::NetworkOut => {
            format!("{}/s", short_bytes(value.max(0.0) as u64))
        }
        _ => format!("{value:.0}%"),
    }
}

/// The value that fills the height; none: the highest that was.
fn full(measure: Measure) -> Option<f32> {
    match measure {
        Measure::Load | Measure::DiskIn | Measure::DiskOut | Measure::NetworkIn | Measure::NetworkOut => None,
        _ => Some(100.0),
    }
}

/// One mark for each value, as high as it is beside the fullest.
pub(super) fn spark(measure: Measure, values: &[Option<f32>]) -> String {
    let highest = values.iter().flatten().copied().fold(0.0, f32::max);
    let full = full(measure).unwrap_or(highest).max(f32::MIN_POSITIVE);
    let mark = |value: &Option<f32>| match value {
        None => ' ',
        Some(value) => {
            let height = (value / full * 8.0) as usize;
            HEIGHTS.get(height.min(7)).copied().unwrap_or(' ')
        }
    };
    values.iter().map(mark).collect()
}

/// A value with its mark where it is above its limit.
fn value(target: TargetId, measure: Measure, gauge: &Gauge, around: &Around) -> (String, Tone) {
    let now = gauge.now(measure, FRESH, around.now);
    let limit = around.insight.limits.of(measure);
    let tone = match (now, limit) {
        _ if around.insight.watch.is_above(target, measure) => Tone::Bad,
        (Some(now), Some(limit)) if now >= limit => Tone::Warning,
        (None, _) => Tone::Faint,
        _ => Tone::Plain,
    };
    let mark = if tone == Tone::Bad { "!" } else { "" };
    (format!("{mark}{}", words(measure, now)), tone)
}

/// The lines about one sandbox, with what was over a span of time.
pub(super) fn lines(target: TargetId, span: Duration, around: &Around) -> Vec<Vec<Span>> {
    let Some(gauge) = around.insight.gauges.of(target) else {
        return Vec::new();
    };
    let columns = usize::from(around.size.cols()).saturating_sub(BEFORE_SPARK).max(1);
    let line = |measure: Measure| {
        let (text, tone) = value(target, measure, gauge, around);
        let past = gauge.columns(measure, (span, columns), around.now);
        vec![
            Span::faint(format!("{:<11}", measure.name())),
            Span::new(format!("{text:>9} "), tone),
            Span::new(spark(measure, &past), Tone::Accent),
        ]
    };
    let mut lines: Vec<Vec<Span>> = Measure::ALL.into_iter().map(line).collect();
    lines.push(axis(span, columns));
    lines.push(Vec::new());
    let facts = around.seen().map(|seen| facts(seen)).unwrap_or_default();
    let space = gauge.account().map(space).into_iter().flatten();
    for (name, value) in facts.into_iter().chain(space) {
        lines.push(vec![Span::faint(format!("{name:<11}")), Span::plain(value)]);
    }
    lines
}

/// Below the sparks: how long ago, at the left and at the right.
fn axis(span: Duration, columns: usize) -> Vec<Span> {
    let left = format!("-{}", span_words(span));
    let gap = columns.saturating_sub(left.len() + 3);
    vec![Span::faint(format!(
        "{}{left}{}now",
        " ".repeat(BEFORE_SPARK),
        " ".repeat(gap)
    ))]
}

/// A span as people say it.
pub(super) fn span_words(span: Duration) -> String {
    match span.as_secs() {
        seconds if seconds % 3600 == 0 => format!("{} h", seconds / 3600),
        seconds @ ..3600 if seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => short_span(seconds),
    }
}

fn facts(seen: &Observation) -> Vec<(&'static str, String)> {
    let load = &seen.load;
    let memory = &load.memory;
    let [one, five, fifteen] = load.averages;
    let of = |part: u64, whole: u64| format!("{} of {}", short_bytes(part), short_bytes(whole));
    let mut facts = vec![
        ("up", short_span(load.uptime.as_secs())),
        ("processors", load.cpu.count.to_string()),
        ("load", format!("{one:.2} {five:.2} {fifteen:.2}")),
        ("memory", of(memory.used(), memory.total)),
        ("cache", short_bytes(memory.cached)),
        (
            "swap",
            of(memory.swap_total.saturating_sub(memory.swap_free), memory.swap_total),
        ),
    ];
    if !seen.processes.is_empty() {
        facts.push(("processes", seen.processes.len().to_string()));
    }
    facts
}

fn space(account: &SystemMetrics) -> Vec<(&'static str, String)> {
    let (used, total) = (short_bytes(account.disk_used), short_bytes(account.disk_total));
    vec![("disk /", format!("{used} of {total}"))]
}

/// Headings of the rows that compare.
pub(super) fn columns() -> Vec<Column> {
    let spark = Width::Cells(SPARK as u16 + 6);
    vec![
        Column::new("sandbox", Width::Rest, Align::Left),
        Column::new("cpu", Width::Cells(5), Align::Right),
        Column::new("", spark, Align::Left).from(64),
        Column::new("mem", Width::Cells(5), Align::Right),
        Column::new("", spark, Align::Left).from(84),
        Column::new("cache", Width::Cells(5), Align::Right).from(44),
        Column::new("disk", Width::Cells(5), Align::Right),
        Column::new("load", Width::Cells(6), Align::Right).from(56),
        Column::new("net in", Width::Cells(8), Align::Right).from(100),
        Column::new("net out", Width::Cells(8), Align::Right).from(110),
    ]
}

/// The row of one sandbox. Where envd tells nothing, the platform may have.
pub(super) fn row(target: TargetId, span: Duration, around: &Around) -> Option<Row> {
    let known = around.workspace.target(target)?;
    let nothing = Gauge::default();
    let gauge = around.insight.gauges.of(target).unwrap_or(&nothing);
    let elsewhere = known.sandbox.as_ref().and_then(|id| around.workspace.fleet().get(id));
    let elsewhere = elsewhere.and_then(|known| known.samples().next_back());
    let cell = |measure: Measure| {
        let (text, tone) = value(target, measure, gauge, around);
        let from_platform = elsewhere.and_then(|sample| of_account(measure, sample));
        vec![match from_platform.filter(|_| text == "–") {
            Some(value) => Span::faint(words(measure, Some(value))),
            None => Span::new(text, tone),
        }]
    };
    let sparks = |measure: Measure| {
        let past = gauge.columns(measure, (span, SPARK + 6), around.now);
        vec![Span::new(spark(measure, &past), Tone::Accent)]
    };
    Some(Row::new(vec![
        vec![Span::new(known.label.escaped(), Tone::Of(known.tint))],
        cell(Measure::Cpu),
        sparks(Measure::Cpu),
        cell(Measure::Memory),
        sparks(Measure::Memory),
        cell(Measure::Cache),
        cell(Measure::Space),
        cell(Measure::Load),
        cell(Measure::NetworkIn),
        cell(Measure::NetworkOut),
    ]))
}

fn of_account(measure: Measure, account: &SystemMetrics) -> Option<f32> {
    let percent = |part: u64, whole: u64| (whole > 0).then(|| (100.0 * part as f64 / whole as f64) as f32);
    match measure {
        Measure::Cpu => Some(account.cpu_used_percent),
        Measure::Memory => percent(account.memory_used, account.memory_total),
        Measure::Cache => percent(account.memory_cache?, account.memory_total),
        Measure::Space => percent(account.disk_used, account.disk_total),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_as_high_as_their_values() {
        let past = [None, Some(0.0), Some(50.0), Some(100.0), Some(500.0)];
        assert_eq!(spark(Measure::Cpu, &past), " ▁▅██");
        assert_eq!(spark(Measure::NetworkIn, &past), " ▁▁▂█", "beside the highest");
        assert_eq!(spark(Measure::DiskIn, &[Some(0.0)]), "▁");
    }

    #[test]
    fn spans_are_said_as_people_do() {
        for (seconds, text) in [(60, "1 min"), (3600, "1 h"), (14_400, "4 h"), (61, "1m01")] {
            assert_eq!(span_words(Duration::from_secs(seconds)), text);
        }
    }
}

//! How remembered commands look: a row each, and a line about the chosen one.

use std::time::Duration;

use crate::app::list::List;
use crate::domain::{CommandId, KeptCommand, Moment, RemoteText, Timestamp};

use super::view::{Align, Column, Row, Span, Table, Tone, Width};

/// The rows in sight.
pub(super) fn table(found: &[KeptCommand], list: &List<CommandId>, now: Moment) -> Table {
    let rows = found[list.in_sight()].iter().map(|command| Row {
        cells: vec![
            vec![exit(command)],
            vec![Span::plain(command.record.text.escaped())],
            vec![Span::faint(command.record.place.alias.escaped())],
            vec![Span::faint(age(command, now))],
        ],
        is_chosen: list.cursor() == Some(&command.id),
        is_marked: list.is_marked(&command.id),
    });
    Table {
        columns: vec![
            Column::new("", Width::Cells(4), Align::Right),
            Column::new("command", Width::Rest, Align::Left),
            Column::new("sandbox", Width::Cells(12), Align::Left).from(50),
            Column::new("ago", Width::Cells(4), Align::Right).from(30),
        ],
        rows: rows.collect(),
        above: list.offset(),
        total: list.len(),
    }
}

/// How it ended, in a few cells.
pub(super) fn exit(command: &KeptCommand) -> Span {
    let pin = if command.is_pinned { "•" } else { "" };
    match (command.record.status, command.record.took) {
        (Some(0), _) => Span::new(format!("{pin}✓"), Tone::Good),
        (Some(status), _) => Span::new(format!("{pin}{status}"), Tone::Bad),
        (None, None) => Span::faint(format!("{pin}…")),
        (None, Some(_)) => Span::faint(format!("{pin}?")),
    }
}

fn age(command: &KeptCommand, now: Moment) -> String {
    let age = Timestamp::from(now.wall)
        .since(command.record.started)
        .unwrap_or_default();
    let seconds = age.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h", seconds / 3_600),
        86_400..31_536_000 => format!("{}d", seconds / 86_400),
        _ => format!("{}y", seconds / 31_536_000),
    }
}

/// How long a command took, in few letters.
pub fn short_time(took: Duration) -> String {
    let millis = took.as_millis();
    match millis {
        0..1_000 => format!("{millis}ms"),
        1_000..60_000 => format!("{}.{}s", millis / 1_000, millis % 1_000 / 100),
        60_000..3_600_000 => format!("{}m{:02}s", millis / 60_000, millis / 1_000 % 60),
        _ => format!("{}h{:02}m", millis / 3_600_000, millis / 60_000 % 60),
    }
}

/// A line about one command.
pub(super) fn about(command: &KeptCommand, now: Moment, has_output: bool) -> Vec<Span> {
    let record = &command.record;
    let mut parts = vec![record.place.alias.escaped()];
    parts.extend(record.place.user.as_ref().map(RemoteText::escaped));
    parts.extend(record.directory.as_ref().map(RemoteText::escaped));
    parts.extend(record.took.map(short_time));
    parts.push(format!("{} ago", age(command, now)));
    if has_output {
        parts.push("output kept".to_owned());
    }
    vec![exit(command), Span::faint(format!(" {}", parts.join(" · ")))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        for (millis, text) in [
            (0, "0ms"),
            (999, "999ms"),
            (1_250, "1.2s"),
            (61_000, "1m01s"),
            (3_660_000, "1h01m"),
        ] {
            assert_eq!(short_time(Duration::from_millis(millis)), text);
        }
    }
}

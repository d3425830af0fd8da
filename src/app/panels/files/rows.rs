//! How entries look as rows: names with what they are, sizes, modes, owners, times. Every name escaped.

use std::time::{Duration, SystemTime};

use crate::app::panels::view::{Align, Column, Row, Span, Tone, Width};
use crate::domain::{Bytes, FileEntry, FileKind, Moment, Timestamp};

use super::tree::{Arrangement, Order};

/// What changed within this time is marked.
const JUST_NOW: Duration = Duration::from_secs(300);

pub(super) fn columns(by: Arrangement) -> Vec<Column> {
    let title = |name: &str, order: Order| match (by.order == order, by.is_reversed) {
        (true, true) => format!("{name}▴"),
        (true, false) => format!("{name}▾"),
        (false, _) => name.to_owned(),
    };
    vec![
        Column::new(title("name", Order::Name), Width::Rest, Align::Left),
        Column::new(title("size", Order::Size), Width::Cells(6), Align::Right).from(24),
        Column::new("mode", Width::Cells(10), Align::Left).from(56),
        Column::new("owner", Width::Cells(8), Align::Left).from(68),
        Column::new(title("changed", Order::Time), Width::Cells(16), Align::Left).from(48),
    ]
}

/// The row of an entry. `is_open` says whether it is a folder whose content is shown.
pub(super) fn row(entry: &FileEntry, depth: u16, is_open: bool, now: Moment) -> Row {
    let is_folder = entry.kind == FileKind::Directory;
    let sign = match (is_folder, is_open) {
        (true, true) => "▾ ",
        (true, false) => "▸ ",
        (false, _) => "  ",
    };
    let mut name = vec![
        Span::faint(format!("{}{sign}", "  ".repeat(usize::from(depth)))),
        Span::new(entry.name.escaped(), tone(entry, now)),
    ];
    match &entry.symlink_target {
        Some(_) if entry.is_broken_link() => name.push(Span::new(" → leads nowhere", Tone::Bad)),
        Some(target) => name.push(Span::faint(format!(" → {target}"))),
        None if is_folder => name.push(Span::faint("/")),
        None => {}
    }
    let unknown = || "?".to_owned();
    let size = match entry.size {
        Some(_) if is_folder => String::new(),
        Some(size) => Bytes(size).to_string(),
        None => unknown(),
    };
    Row::new(vec![
        name,
        vec![Span::plain(size)],
        vec![Span::faint(entry.permissions.clone().unwrap_or_else(unknown))],
        vec![Span::faint(
            entry.owner.as_ref().map_or_else(unknown, ToString::to_string),
        )],
        vec![Span::faint(
            entry.modified.map_or_else(unknown, |time| local_time(time, now)),
        )],
    ])
}

fn tone(entry: &FileEntry, now: Moment) -> Tone {
    let is_program = entry.kind == FileKind::File && entry.mode.is_some_and(|mode| mode & 0o111 != 0);
    match entry.kind {
        _ if entry.is_broken_link() => Tone::Bad,
        _ if is_recent(entry, now) => Tone::Warning,
        FileKind::Directory => Tone::Accent,
        FileKind::Other => Tone::Faint,
        FileKind::File if is_program => Tone::Good,
        FileKind::File => Tone::Plain,
    }
}

/// Whether a file was written a short while ago, by the clocks of both sides.
pub(super) fn is_recent(entry: &FileEntry, now: Moment) -> bool {
    let age = entry.modified.and_then(|time| now.wall.duration_since(time).ok());
    entry.kind == FileKind::File && age.is_some_and(|age| age < JUST_NOW)
}

/// `2026-11-23 12:18`, by the clock of this machine.
fn local_time(time: SystemTime, now: Moment) -> String {
    let millis = Timestamp::from(time).unix_millis() + i64::from(now.utc_offset) * 1000;
    let text = Timestamp::from_unix_millis(millis).to_string();
    let (Some(date), Some(clock)) = (text.get(..10), text.get(11..16)) else {
        return text;
    };
    format!("{date} {clock}")
}

//! What is in an archive, as lines like those of `ls -l`. Pure; every name escaped.

use crate::app::panels::view::{Span, Tone};
use crate::domain::Bytes;

use super::questions::{ArchiveEntry, ArchiveList};

/// A line for each entry.
pub(super) fn archive_lines(list: &ArchiveList) -> Vec<Vec<Span>> {
    let mut lines: Vec<Vec<Span>> = list.entries.iter().map(line).collect();
    if list.entries.is_empty() {
        lines.push(vec![Span::faint("The archive is empty.")]);
    }
    if list.is_cut {
        lines.push(vec![Span::new("… more is not listed", Tone::Warning)]);
    }
    lines
}

fn line(entry: &ArchiveEntry) -> Vec<Span> {
    let tone = match entry.kind {
        'd' => Tone::Accent,
        '-' if entry.mode.is_some_and(|mode| mode & 0o111 != 0) => Tone::Good,
        '-' => Tone::Plain,
        _ => Tone::Faint,
    };
    let size = format!("{:>6}", Bytes(entry.size));
    let mut spans = vec![
        Span::faint(format!("{} {size} {:<16} ", mode(entry), entry.modified)),
        Span::new(entry.name.escaped(), tone),
    ];
    if let Some(link) = &entry.link {
        spans.push(Span::faint(format!(" → {link}")));
    }
    spans
}

/// Kind and permissions; question marks where the archive does not say.
fn mode(entry: &ArchiveEntry) -> String {
    let bits = |mode: u32| {
        let letter = |at: u32| match at % 3 {
            0 => 'r',
            1 => 'w',
            _ => 'x',
        };
        (0..9)
            .map(|at| if mode >> (8 - at) & 1 == 1 { letter(at) } else { '-' })
            .collect()
    };
    let rights: String = entry.mode.map_or_else(|| "?????????".to_owned(), bits);
    format!("{}{rights}", entry.kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_a_line_that_acts_on_nothing() {
        let entry = ArchiveEntry {
            kind: 'l',
            mode: Some(0o4751),
            size: 1434,
            modified: "2026-01-02 03:04".to_owned(),
            name: "../\x1b]0;x".into(),
            link: Some("/etc\n".into()),
        };
        let list = ArchiveList {
            kind: "tar",
            entries: vec![entry],
            is_cut: true,
        };
        let lines = archive_lines(&list);
        let text: Vec<String> = lines
            .iter()
            .map(|line| line.iter().map(|span| span.text.as_str()).collect())
            .collect();
        assert_eq!(
            text,
            [
                "lrwxr-x--x   1.4K 2026-01-02 03:04 ../\\u{1b}]0;x → /etc\\n",
                "… more is not listed"
            ]
        );
    }
}

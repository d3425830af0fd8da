//! What the Files panel shows: the tree as rows, and the line below. Only rows in sight are made.

use crate::app::panels::panel::Around;
use crate::app::panels::view::{Body, PanelView, Row, Span, Table, Tone};
use crate::app::refresh::Refresh;

use super::panel::Files;
use super::rows;

impl Files {
    pub(super) fn view_copies(&self, around: &Around) -> PanelView {
        let lines = self.copies.lines();
        let (total, rows) = (lines.len(), usize::from(around.size.rows()).max(1));
        let last = total.saturating_sub(rows);
        let above = self.copies.chosen_line().min(last);
        let body = if lines.is_empty() {
            Body::Nothing("Nothing is being copied.".to_owned())
        } else {
            Body::Page {
                lines: lines.into_iter().skip(above).take(rows).collect(),
                above,
                total,
            }
        };
        PanelView {
            subject: "copies".to_owned(),
            body,
            info: vec![Span::faint("p pauses · x stops · X stops all")],
        }
    }

    pub(super) fn info(&self, around: &Around) -> Vec<Span> {
        let Some(tree) = self.tree() else { return Vec::new() };
        let mut info = Vec::new();
        if let Some(copies) = self.copies.brief() {
            info.push(Span::new(format!("⇅ {copies} · "), Tone::Accent));
        }
        for name in self.editing.stopped() {
            info.push(Span::new(
                format!("{name}: editor stopped, e goes on · "),
                Tone::Warning,
            ));
        }
        info.push(Span::faint(format!("{} rows", self.shown.lines.len())));
        let left_out: usize = tree
            .folders()
            .filter_map(Refresh::value)
            .map(|listing| listing.left_out)
            .sum();
        if left_out > 0 {
            info.push(Span::new(format!(" · {left_out} more are not shown"), Tone::Warning));
        }
        let failed = tree.folders().find(|folder| folder.failure().is_some());
        if let Some((failure, age)) = failed.and_then(|folder| Some((folder.failure()?, folder.age(around.now)?))) {
            info.push(Span::new(format!(" · {} s old: {failure}", age.as_secs()), Tone::Bad));
        }
        if self.copies.are_compared {
            info.push(Span::new(" · sums compared", Tone::Accent));
        }
        if self.arrangement.is_recent_only {
            info.push(Span::new(" · recent", Tone::Accent));
        }
        info.push(Span::faint(if self.watch.is_live() { " · live" } else { "" }));
        info
    }

    pub(super) fn table(&self, around: &Around) -> Body {
        let Some(tree) = self.tree() else {
            return Body::Nothing("The shell's folder is not known yet.".to_owned());
        };
        if self.shown.lines.is_empty() {
            let root = tree.folder(tree.root());
            return Body::Nothing(match root.map(|root| (root.value(), root.failure())) {
                Some((None, Some(failure))) => failure.to_string(),
                Some((None, None)) | None => "Reading …".to_owned(),
                Some(_) if self.arrangement.is_recent_only => "Nothing changed in the last five minutes.".to_owned(),
                Some(_) if self.list.filter.is_shown() => "No name fits.".to_owned(),
                Some((Some(listing), _)) if listing.entries.is_empty() => "The folder is empty.".to_owned(),
                Some(_) => "Everything in this folder is hidden.".to_owned(),
            });
        }
        let in_sight = self.list.in_sight();
        let rows = self.shown.lines[in_sight.clone()]
            .iter()
            .zip(&self.shown.keys[in_sight])
            .filter_map(|(line, key)| {
                let row = rows::row(tree.entry(line)?, line.depth, tree.is_open(key), around.now);
                Some(Row {
                    is_chosen: self.list.cursor() == Some(key),
                    is_marked: self.list.is_marked(key),
                    ..row
                })
            });
        Body::Table(Table {
            columns: rows::columns(self.arrangement),
            rows: rows.collect(),
            above: self.list.offset(),
            total: self.list.len(),
        })
    }
}

//! The page that shows a file: a piece of it at a time, as text or in hexadecimal. Knows no sandbox.

use std::time::Duration;

use crate::app::list::Motion;
use crate::app::panels::view::{Body, PanelView, Span, Tone};
use crate::app::refresh::Refresh;
use crate::domain::{Bytes, Failure, GridSize, Moment, Ticket};

use super::archive_page::archive_lines;
use super::picture_page::picture_lines;
use super::questions::{FilesQuestion, Look, Piece, name_of};
use super::text_page::{hex_lines, is_text, text_lines};

/// As much of a file is read at once.
const PIECE: u64 = 64 << 10;
/// It is asked for once, and anew only on request.
const NEVER: Duration = Duration::from_secs(1 << 32);

/// A file that is looked into.
#[derive(Clone, Debug)]
pub(super) struct FilePage {
    pub(super) path: String,
    from: u64,
    piece: Refresh<Piece>,
    /// Whether bytes are shown although it is text, or the other way round.
    is_turned: bool,
    lines: Vec<Vec<Span>>,
    is_hex: bool,
    size: GridSize,
    top: usize,
    left: usize,
    rows: usize,
}

impl FilePage {
    pub(super) fn new(path: String) -> Self {
        Self {
            path,
            from: 0,
            piece: Refresh::default(),
            is_turned: false,
            lines: Vec::new(),
            is_hex: false,
            size: GridSize::default(),
            top: 0,
            left: 0,
            rows: 1,
        }
    }

    /// What is to be asked now, if anything.
    pub(super) fn wanted(&self) -> Option<FilesQuestion> {
        let is_wanted = self.piece.next_due(NEVER) == Some(Duration::ZERO);
        is_wanted.then(|| FilesQuestion::Read {
            path: self.path.clone(),
            from: self.from,
            most: PIECE,
        })
    }

    pub(super) fn asked(&mut self, ticket: Ticket, now: Moment) {
        self.piece.ask(ticket, now);
    }

    /// Takes in a piece. False if it is another's.
    pub(super) fn answer(&mut self, ticket: Ticket, result: Result<Piece, Failure>, now: Moment) -> bool {
        let is_mine = self.piece.answer(ticket, result, now);
        if is_mine {
            self.arrange();
        }
        is_mine
    }

    pub(super) fn waits_for(&self, ticket: Ticket) -> bool {
        self.piece.waits_for(ticket)
    }

    pub(super) fn refresh(&mut self) {
        self.piece.want();
    }

    /// The other way to show it.
    pub(super) fn turn(&mut self) {
        self.is_turned = !self.is_turned;
        self.top = 0;
        self.arrange();
    }

    /// The panel's size; hexadecimal lines depend on it.
    pub(super) fn fit(&mut self, size: GridSize) {
        self.rows = usize::from(size.rows());
        if self.size != size {
            self.size = size;
            self.arrange();
        }
        // Without lines, the end of a piece that is still to come may be meant.
        if !self.lines.is_empty() {
            self.top = self.top.min(self.lines.len().saturating_sub(self.rows));
        }
    }

    fn arrange(&mut self) {
        let Some(piece) = self.piece.value() else { return };
        if let (Look::Picture { pixels, width, .. }, false) = (&piece.look, self.is_turned) {
            self.is_hex = false;
            self.lines = picture_lines(pixels, *width, self.size);
            return;
        }
        if let (Look::Archive(list), false) = (&piece.look, self.is_turned) {
            self.is_hex = false;
            self.lines = archive_lines(list);
            return;
        }
        let is_bytes = !is_text(&piece.bytes);
        self.is_hex = is_bytes || self.is_turned;
        // Bytes that are no picture can be looked at as text as well, whatever comes of it.
        if is_bytes && self.is_turned && !is_whole(&piece.look) {
            self.is_hex = false;
        }
        self.lines = if self.is_hex {
            hex_lines(piece.from, &piece.bytes, self.size.cols())
        } else {
            text_lines(&piece.bytes, &piece.look)
        };
    }

    /// Moves over the lines, and from piece to piece at both ends.
    pub(super) fn go(&mut self, motion: Motion) {
        let last = self.lines.len().saturating_sub(self.rows);
        let total = self.piece.value().and_then(|piece| piece.total);
        let read = self.piece.value().map_or(0, |piece| piece.bytes.len() as u64);
        let is_whole = !self.is_turned && self.piece.value().is_some_and(|piece| is_whole(&piece.look));
        let has_more = !is_whole && total.is_none_or(|total| self.from + read < total) && read >= PIECE;
        match motion {
            Motion::Up | Motion::HalfPageUp | Motion::PageUp if self.top == 0 && self.from > 0 => {
                self.read_from(self.from.saturating_sub(PIECE));
                self.top = usize::MAX / 2;
                return;
            }
            Motion::Down | Motion::HalfPageDown | Motion::PageDown if self.top >= last && has_more => {
                self.read_from(self.from + PIECE);
                self.top = 0;
                return;
            }
            Motion::Top if self.from > 0 => self.read_from(0),
            Motion::Bottom if has_more => {
                if let Some(total) = total {
                    self.read_from(total.saturating_sub(1) / PIECE * PIECE);
                    self.top = usize::MAX / 2;
                    return;
                }
            }
            _ => {}
        }
        self.top = motion.moved(self.top, self.rows, last);
    }

    pub(super) fn aside(&mut self, to_right: bool) {
        self.left = if to_right {
            (self.left + 8).min(2_000)
        } else {
            self.left.saturating_sub(8)
        };
    }

    fn read_from(&mut self, from: u64) {
        if from != self.from {
            self.from = from;
            self.piece = Refresh::default();
            self.lines = Vec::new();
        }
    }

    pub(super) fn view(&self) -> PanelView {
        let body = match (self.piece.value(), self.piece.failure()) {
            (None, Some(failure)) => Body::Nothing(failure.to_string()),
            (None, None) => Body::Nothing("Reading …".to_owned()),
            (Some(piece), _) if piece.bytes.is_empty() => Body::Nothing("The file is empty.".to_owned()),
            (Some(_), _) => {
                let top = self.top.min(self.lines.len().saturating_sub(self.rows));
                let end = (top + self.rows).min(self.lines.len());
                Body::Page {
                    lines: self.lines[top..end].iter().map(|line| skip(line, self.left)).collect(),
                    above: top,
                    total: self.lines.len(),
                }
            }
        };
        let total = self.piece.value().and_then(|piece| piece.total);
        let kind = match self.piece.value().map(|piece| &piece.look) {
            _ if self.is_hex => "bytes".to_owned(),
            Some(Look::Picture {
                size: (width, height), ..
            }) => format!("picture {width}×{height}"),
            Some(Look::Archive(list)) if !self.is_turned => format!("{}, {} entries", list.kind, list.entries.len()),
            _ => "text".to_owned(),
        };
        let mut info = vec![Span::faint(kind)];
        let shows_whole = !self.is_turned && self.piece.value().is_some_and(|piece| is_whole(&piece.look));
        if let Some(total) = total {
            let end = self.from + self.piece.value().map_or(0, |piece| piece.bytes.len() as u64);
            let part = if !shows_whole && (self.from > 0 || end < total) {
                format!(" · {}–{} of {}", Bytes(self.from), Bytes(end), Bytes(total))
            } else {
                format!(" · {}", Bytes(total))
            };
            info.push(Span::faint(part));
        }
        if let (Some(_), Some(failure)) = (self.piece.value(), self.piece.failure()) {
            info.push(Span::new(format!(" {failure}"), Tone::Bad));
        }
        PanelView {
            subject: name_of(&self.path).escaped(),
            body,
            info,
        }
    }
}

/// Whether this shows the whole file, however little of it was read.
fn is_whole(look: &Look) -> bool {
    matches!(look, Look::Picture { .. } | Look::Archive(_))
}

/// A line without its first letters.
fn skip(line: &[Span], mut letters: usize) -> Vec<Span> {
    let mut rest = Vec::new();
    for span in line {
        let count = span.text.chars().count();
        rest.push(Span::new(
            span.text.chars().skip(letters).collect::<String>(),
            span.tone,
        ));
        letters = letters.saturating_sub(count);
    }
    rest
}

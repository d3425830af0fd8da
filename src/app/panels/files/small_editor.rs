//! The small editor: a short text that is edited in the panel. Knows no sandbox; what is to be saved it hands out.

use std::sync::Arc;

use crate::app::panels::view::{Body, PanelView, Span, Tone};
use crate::domain::{Failure, GridSize, RemoteText, TargetId, Ticket, cell_width};
use crate::keys::{Chord, Key};
use crate::text_entry::TextBox;

use super::questions::name_of;
use super::text_page::is_text;

/// Larger texts are for a larger editor.
const LARGEST: usize = 512 << 10;
const MOST_LINES: usize = 20_000;
/// A tab leads to the next multiple of it.
const TAB: u16 = 8;

/// What it is at.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    Writing,
    /// It asks whether to save before it goes.
    Asking,
    /// It waits for the file to be written, and may go then.
    Saving {
        ticket: Ticket,
        then_leaves: bool,
        /// What is being written.
        text: Arc<[u8]>,
    },
}

/// What is to be done after a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AfterEditorKey {
    Stay,
    /// Save; whether it goes when that is done.
    Save(bool),
    Leave,
}

/// A text that is edited.
#[derive(Clone, Debug)]
pub(super) struct SmallEditor {
    pub(super) target: TargetId,
    pub(super) path: String,
    /// What the file held when it was read or written last.
    pub(super) original: Arc<[u8]>,
    text: TextBox,
    /// Whether its lines end as on Windows.
    has_returns: bool,
    is_changed: bool,
    stage: Stage,
    failure: Option<Failure>,
    size: GridSize,
    top: usize,
    left: u16,
}

impl SmallEditor {
    /// One on this content; why not, if it cannot be edited here.
    pub(super) fn new(target: TargetId, path: String, content: Arc<[u8]>) -> Result<Self, &'static str> {
        if content.len() > LARGEST {
            return Err("it is larger than 512 KiB");
        }
        let text = std::str::from_utf8(&content).ok().filter(|_| is_text(&content));
        let text = text.ok_or("it is no text, or not UTF-8")?;
        if text.split('\n').count() > MOST_LINES {
            return Err("it has more than 20,000 lines");
        }
        let has_returns = text.contains("\r\n") && text.matches('\n').count() == text.matches("\r\n").count();
        let text = if has_returns {
            TextBox::new(&text.replace("\r\n", "\n"))
        } else {
            TextBox::new(text)
        };
        Ok(Self {
            target,
            path,
            original: content,
            text,
            has_returns,
            is_changed: false,
            stage: Stage::Writing,
            failure: None,
            size: GridSize::default(),
            top: 0,
            left: 0,
        })
    }

    /// Whether something would be lost with it.
    pub(super) fn is_changed(&self) -> bool {
        self.is_changed
    }

    /// What is to be written.
    pub(super) fn content(&self) -> Arc<[u8]> {
        let text = self.text.text();
        let text = if self.has_returns {
            text.replace('\n', "\r\n")
        } else {
            text
        };
        text.into_bytes().into()
    }

    /// Takes in a key.
    pub(super) fn press(&mut self, chord: &Chord) -> AfterEditorKey {
        let is_ctrl = |letter| *chord == Chord::ctrl(letter);
        let leaves = chord.key == Key::Escape || is_ctrl('q');
        match &self.stage {
            // What is typed now would not be what is written.
            Stage::Saving { .. } => return AfterEditorKey::Stay,
            Stage::Asking => {
                self.stage = Stage::Writing;
                match chord.key {
                    Key::Char('s') => return AfterEditorKey::Save(true),
                    Key::Char('x') => return AfterEditorKey::Leave,
                    _ => {}
                }
            }
            Stage::Writing if is_ctrl('s') => return AfterEditorKey::Save(false),
            Stage::Writing if leaves && self.is_changed => self.stage = Stage::Asking,
            Stage::Writing if leaves => return AfterEditorKey::Leave,
            Stage::Writing => {
                let rows = usize::from(self.size.rows()).max(1);
                self.is_changed |= self.text.press(chord, rows);
            }
        }
        AfterEditorKey::Stay
    }

    pub(super) fn paste(&mut self, text: &str) {
        if self.stage == Stage::Writing {
            self.is_changed |= self.text.paste(text);
        }
    }

    /// It is being written.
    pub(super) fn saving(&mut self, ticket: Ticket, then_leaves: bool, text: Arc<[u8]>) {
        self.failure = None;
        self.stage = Stage::Saving {
            ticket,
            then_leaves,
            text,
        };
    }

    pub(super) fn waits_for(&self, ticket: Ticket) -> bool {
        matches!(self.stage, Stage::Saving { ticket: asked, .. } if asked == ticket)
    }

    /// It was written, or not. True if it may go now.
    pub(super) fn saved(&mut self, result: Result<(), Failure>) -> bool {
        let Stage::Saving { then_leaves, text, .. } = std::mem::replace(&mut self.stage, Stage::Writing) else {
            return false;
        };
        match result {
            Ok(()) => {
                self.original = text;
                self.is_changed = false;
                then_leaves
            }
            Err(failure) => {
                self.failure = Some(failure);
                false
            }
        }
    }

    /// Keeps the cursor in sight.
    pub(super) fn fit(&mut self, size: GridSize) {
        self.size = size;
        let (row, column) = self.text.cursor();
        let rows = usize::from(size.rows()).max(1);
        self.top = self.top.min(row).max((row + 1).saturating_sub(rows));
        let line = self.text.lines().get(row).map_or("", String::as_str);
        let before: u16 = cells(line).take(column).map(|cell| cell.width).sum();
        self.left = self.left.min(before).max((before + 2).saturating_sub(size.cols()));
    }

    pub(super) fn view(&self) -> PanelView {
        let (row, column) = self.text.cursor();
        let rows = usize::from(self.size.rows());
        let all = self.text.lines();
        let in_sight = self.top..(self.top + rows).min(all.len());
        let lines = in_sight.clone().zip(&all[in_sight]).map(|(number, line)| {
            let cursor = (number == row).then_some(column);
            shown(line, (self.left, self.size.cols()), cursor)
        });
        PanelView {
            subject: name_of(&self.path).escaped(),
            body: Body::Page {
                lines: lines.collect(),
                above: self.top,
                total: all.len(),
            },
            info: self.info(row, column),
        }
    }

    fn info(&self, row: usize, column: usize) -> Vec<Span> {
        let warn = |text: &str| vec![Span::new(text, Tone::Warning)];
        match (&self.stage, &self.failure) {
            (Stage::Asking, _) => warn("not saved: s saves · x throws away · esc goes on"),
            (Stage::Saving { .. }, _) => warn("writing …"),
            (Stage::Writing, Some(failure)) => vec![Span::new(format!("not saved: {failure}"), Tone::Bad)],
            (Stage::Writing, None) => {
                let mut info = Vec::new();
                if self.is_changed {
                    info.push(Span::new("changed · ", Tone::Warning));
                }
                let place = format!("{}:{} · ctrl-s saves · esc leaves", row + 1, column + 1);
                info.push(Span::faint(place));
                info
            }
        }
    }
}

/// How one character is shown.
struct Cell {
    text: String,
    width: u16,
}

/// The characters of a line as they are shown: tabs made wide, what acts on a terminal made visible.
fn cells(line: &str) -> impl Iterator<Item = Cell> {
    let mut at = 0;
    line.chars().map(move |letter| {
        let text = match letter {
            '\t' => " ".repeat(usize::from(TAB - at % TAB)),
            ' '..='~' => letter.to_string(),
            _ => RemoteText::new(letter.to_string()).escaped(),
        };
        let width = if text.len() == 1 { 1 } else { cell_width(&text) };
        at += width;
        Cell { text, width }
    })
}

/// The part of a line from a column on, the cursor in it.
fn shown(line: &str, (left, cols): (u16, u16), cursor: Option<usize>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut at = 0;
    let end = Cell {
        text: " ".to_owned(),
        width: 1,
    };
    let count = line.chars().count();
    let with_end = cells(line).chain(cursor.filter(|cursor| *cursor >= count).map(|_| end));
    for (number, cell) in with_end.enumerate() {
        let from = at;
        at += cell.width;
        if from < left {
            continue;
        }
        if from >= left + cols {
            break;
        }
        match spans.last_mut() {
            _ if cursor == Some(number) => spans.push(Span::new(cell.text, Tone::Cursor)),
            Some(last) if last.tone == Tone::Plain => last.text.push_str(&cell.text),
            _ => spans.push(Span::plain(cell.text)),
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn editor(content: &[u8]) -> SmallEditor {
        let mut editor = SmallEditor::new(TargetId(1), "/a/b".into(), content.into()).unwrap();
        editor.fit(GridSize::new(20, 3));
        editor
    }

    fn press(editor: &mut SmallEditor, keys: &str) -> Vec<AfterEditorKey> {
        let press = |key: &str| {
            let after = editor.press(&key.parse().unwrap());
            editor.fit(GridSize::new(20, 3));
            after
        };
        keys.split_whitespace().map(press).collect()
    }

    fn text(editor: &SmallEditor) -> Vec<String> {
        let Body::Page { lines, .. } = editor.view().body else {
            panic!("no page");
        };
        let line = |line: &Vec<Span>| line.iter().map(|span| span.text.as_str()).collect();
        lines.iter().map(line).collect()
    }

    #[test]
    fn what_is_not_touched_stays_as_it_was() {
        for content in [&b""[..], b"a\r\nb\r\n", b"a\r\nb\n", b"\xc3\xa9\n\n", b"x"] {
            assert_eq!(&*editor(content).content(), content);
        }
        let mut with_returns = editor(b"a\r\nb\r\n");
        press(&mut with_returns, "x enter");
        assert_eq!(&*with_returns.content(), b"x\r\na\r\nb\r\n");
        for bad in [
            &b"a\0b"[..],
            b"\xff\xfe\n",
            &vec![b'x'; LARGEST + 1],
            &vec![b'\n'; MOST_LINES],
        ] {
            assert!(SmallEditor::new(TargetId(1), "/x".into(), bad.into()).is_err());
        }
    }

    #[test]
    fn it_asks_before_a_change_is_lost() {
        use AfterEditorKey::{Leave, Save, Stay};
        assert_eq!(press(&mut editor(b"a"), "esc"), [Leave]);
        assert_eq!(
            press(&mut editor(b"a"), "x esc esc y esc x"),
            [Stay, Stay, Stay, Stay, Stay, Leave]
        );
        assert_eq!(press(&mut editor(b"a"), "x ctrl-q s"), [Stay, Stay, Save(true)]);
        let mut saving = editor(b"a");
        assert_eq!(press(&mut saving, "x ctrl-s"), [Stay, Save(false)]);
        saving.saving(Ticket(5), false, saving.content());
        assert_eq!(press(&mut saving, "y esc"), [Stay, Stay]);
        assert!(saving.waits_for(Ticket(5)) && !saving.saved(Ok(())));
        assert_eq!(press(&mut saving, "esc"), [Leave]);
        assert_eq!(&*saving.original, b"xa");
    }

    #[test]
    fn lines_are_safe_and_the_cursor_is_in_sight() {
        let mut page = editor(b"a\tb\n\x1b[2J\n3\n4\n5 is a long line indeed, it is");
        assert_eq!(text(&page), ["a       b", "\\u{1b}[2J", "3"]);
        press(&mut page, "down down down down end");
        assert_eq!(text(&page)[2], "line indeed, it is ");
        press(&mut page, "home");
        assert_eq!(text(&page), ["3", "4", "5 is a long line ind"]);
    }
}

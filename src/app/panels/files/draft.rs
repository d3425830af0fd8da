//! A text that was edited and is not saved: why, what can be done with it, and how it differs from what is there. Nothing is
//! lost before the user has said so. Pure.

use std::sync::Arc;

use crate::app::panels::view::{Body, PanelView, Span, Tone};
use crate::domain::{Failure, GridSize, RemoteText, TargetId, Ticket, wrap};
use crate::keys::{Chord, Key};

use super::questions::{DiffSide, Difference, SaveWay, name_of};

/// Why a text is not saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The file is not as it was when it was read.
    Differs(Difference),
    /// It could not be written.
    Failed(Failure),
    /// The editor did not end as it should; in words.
    Doubtful(String),
}

/// What it is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Choosing,
    /// It waits for a second key before the text is gone.
    ThrowingAway,
    Saving(Ticket),
}

/// What is to be done after a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AfterDraftKey {
    Stay,
    Save(SaveWay),
    ThrowAway,
    Scroll(isize),
}

/// A text that is not saved.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) target: TargetId,
    pub(super) path: String,
    pub(super) original: Arc<[u8]>,
    pub(super) text: Arc<[u8]>,
    why: Why,
    stage: Stage,
}

impl Draft {
    pub(super) fn new(target: TargetId, path: String, (original, text): (Arc<[u8]>, Arc<[u8]>), why: Why) -> Self {
        Self {
            target,
            path,
            original,
            text,
            why,
            stage: Stage::Choosing,
        }
    }

    /// Takes in a key.
    pub(super) fn press(&mut self, chord: &Chord) -> AfterDraftKey {
        if matches!(self.stage, Stage::Saving(_)) {
            return AfterDraftKey::Stay;
        }
        let was_asked = std::mem::replace(&mut self.stage, Stage::Choosing) == Stage::ThrowingAway;
        let differs = matches!(self.why, Why::Differs(_));
        match chord.key {
            _ if chord.modifiers.ctrl || chord.modifiers.alt => AfterDraftKey::Stay,
            Key::Char('x') if was_asked => AfterDraftKey::ThrowAway,
            Key::Char('x') => {
                self.stage = Stage::ThrowingAway;
                AfterDraftKey::Stay
            }
            Key::Char('o') if differs => AfterDraftKey::Save(SaveWay::Anyway),
            Key::Char('s') if !differs => AfterDraftKey::Save(SaveWay::IfStill(Arc::clone(&self.original))),
            Key::Char('b') => AfterDraftKey::Save(SaveWay::Beside),
            Key::Char('j') | Key::Down => AfterDraftKey::Scroll(1),
            Key::Char('k') | Key::Up => AfterDraftKey::Scroll(-1),
            Key::PageDown | Key::Char(' ') => AfterDraftKey::Scroll(10),
            Key::PageUp => AfterDraftKey::Scroll(-10),
            _ => AfterDraftKey::Stay,
        }
    }

    pub(super) fn saving(&mut self, ticket: Ticket) {
        self.stage = Stage::Saving(ticket);
    }

    pub(super) fn waits_for(&self, ticket: Ticket) -> bool {
        self.stage == Stage::Saving(ticket)
    }

    /// It was not saved this time either.
    pub(super) fn not_saved(&mut self, why: Why) {
        self.why = why;
        self.stage = Stage::Choosing;
    }

    /// All lines: what happened, what can be done, and both texts compared.
    pub(super) fn lines(&self, cols: u16) -> Vec<Vec<Span>> {
        let name = name_of(&self.path);
        let (what, first) = match &self.why {
            Why::Differs(Difference { is_gone: true, .. }) => (
                format!("{name} was deleted while you edited it."),
                ('o', "write it again"),
            ),
            Why::Differs(_) => (
                format!("{name} was changed there while you edited it."),
                ('o', "overwrite what is there with mine"),
            ),
            Why::Failed(failure) => (format!("{name} is not saved: {failure}"), ('s', "try again")),
            Why::Doubtful(words) => (format!("{name} is not saved: {words}"), ('s', "save what it left")),
        };
        let what = wrap(&what, cols.max(1)).into_iter();
        let mut lines: Vec<Vec<Span>> = what.map(|line| vec![Span::new(line, Tone::Warning)]).collect();
        lines.push(Vec::new());
        let choice =
            |(letter, words): (char, &str)| vec![Span::new(format!(" {letter} "), Tone::Accent), Span::plain(words)];
        lines.push(choice(first));
        lines.push(choice(('b', "keep both: mine goes beside it")));
        lines.push(choice(('x', "throw mine away")));
        lines.push(Vec::new());
        if let Why::Differs(difference) = &self.why {
            lines.extend(difference.lines.iter().map(|(side, text)| diff_line(*side, text)));
        }
        lines
    }

    pub(super) fn view(&self, top: usize, size: GridSize) -> PanelView {
        let (lines, rows) = (self.lines(size.cols()), usize::from(size.rows()));
        let total = lines.len();
        let info = match self.stage {
            Stage::Choosing => Span::new("not saved", Tone::Warning),
            Stage::ThrowingAway => Span::new("x again throws your text away · any other key keeps it", Tone::Bad),
            Stage::Saving(_) => Span::new("writing …", Tone::Warning),
        };
        PanelView {
            subject: name_of(&self.path).escaped(),
            body: Body::Page {
                lines: lines.into_iter().skip(top).take(rows).collect(),
                above: top,
                total,
            },
            info: vec![info],
        }
    }
}

fn diff_line(side: DiffSide, text: &RemoteText) -> Vec<Span> {
    let text = RemoteText::new(text.unescaped().replace('\t', "    ")).escaped();
    match side {
        DiffSide::Both => vec![Span::plain(format!("  {text}"))],
        DiffSide::Theirs => vec![Span::new(format!("- {text}"), Tone::Bad)],
        DiffSide::Mine => vec![Span::new(format!("+ {text}"), Tone::Good)],
        DiffSide::Words => vec![Span::faint(format!("  {text}"))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_by_one_key() {
        let original: Arc<[u8]> = b"a".as_slice().into();
        let texts = (Arc::clone(&original), b"b".as_slice().into());
        let mut draft = Draft::new(TargetId(1), "/a".into(), texts, Why::Differs(Difference::default()));
        let mut press = |key: &str| draft.press(&key.parse().unwrap());
        for (key, expected) in [
            ("esc", AfterDraftKey::Stay),
            ("s", AfterDraftKey::Stay),
            ("x", AfterDraftKey::Stay),
            ("esc", AfterDraftKey::Stay),
            ("x", AfterDraftKey::Stay),
            ("x", AfterDraftKey::ThrowAway),
            ("b", AfterDraftKey::Save(SaveWay::Beside)),
            ("o", AfterDraftKey::Save(SaveWay::Anyway)),
        ] {
            assert_eq!(press(key), expected, "{key}");
        }
        draft.not_saved(Why::Doubtful("vi ended with exit code 1".into()));
        let mut press = |key: &str| draft.press(&key.parse().unwrap());
        assert_eq!(press("o"), AfterDraftKey::Stay);
        assert_eq!(press("s"), AfterDraftKey::Save(SaveWay::IfStill(original)));
    }
}

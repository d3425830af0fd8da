//! The Files panel itself: which folder is shown, what it asks for, and where answers and actions go.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::app::action::Action;
use crate::app::effect::{Answer, Question};
use crate::app::list::{Filter, List};
use crate::app::panels::PanelAction;
use crate::app::panels::outcome::{Outcome, PanelDecision, Request};
use crate::app::panels::panel::{Around, Panel};
use crate::app::panels::view::PanelView;
use crate::domain::{Failure, FileEntry, TargetId, Ticket, TransferRules};
use crate::keys::Chord;

use super::actions::FilesAction;
use super::copies::Copies;
use super::deciding::{Deed, FilesDecision};
use super::editing::Editing;
use super::page::FilePage;
use super::questions::{FilesAnswer, FilesQuestion, SaveWay};
use super::small_editor::SmallEditor;
use super::taking::relayed;
use super::tree::{Arrangement, Line, Listing, Tree};
use super::watching::{Following, Watch};

/// How often a folder is asked for: where changes are told, where they are not, and where it is large.
const LIVE: Duration = Duration::from_secs(60);
const UNWATCHED: Duration = Duration::from_secs(3);
const LARGE: Duration = Duration::from_secs(20);
const LARGE_FROM: usize = 2_000;

/// What is shown in the place of the tree.
#[derive(Clone, Debug)]
pub(super) enum Page {
    File(Box<FilePage>),
    /// The copies.
    Copies,
    /// A text that is edited here.
    Editor(Box<SmallEditor>),
    /// The first text that could not be saved as it should, from this line on.
    Draft(usize),
}

impl Page {
    /// Whether it holds a text of the user's, or asks about one: it does not go by itself, and keys are its own.
    pub(super) fn holds_text(&self) -> bool {
        matches!(self, Self::Editor(_) | Self::Draft(_))
    }
}

/// The panel's state.
#[derive(Debug, Default)]
pub struct Files {
    pub(super) list: List<String>,
    pub(super) shown: Shown,
    pub(super) trees: BTreeMap<TargetId, Tree>,
    pub(super) target: Option<TargetId>,
    pub(super) arrangement: Arrangement,
    pub(super) following: Following,
    pub(super) watch: Watch,
    pub(super) page: Option<Page>,
    pub(super) copies: Copies,
    pub(super) deeds: BTreeMap<Ticket, Deed>,
    pub(super) editing: Editing,
}

/// The rows, in their order.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub(super) lines: Vec<Line>,
    /// Their paths.
    pub(super) keys: Vec<String>,
    /// What they were made of: the filter's text; none if they must be made again.
    pub(super) made_of: Option<String>,
}

impl Files {
    /// How far the uploads and downloads are; none if there are none.
    pub fn copies_in_brief(&self) -> Option<String> {
        self.copies.brief()
    }

    pub(super) fn tree(&self) -> Option<&Tree> {
        self.trees.get(&self.target?)
    }

    pub(super) fn tree_mut(&mut self) -> Option<&mut Tree> {
        self.trees.get_mut(&self.target?)
    }

    pub(super) fn line(&self) -> Option<&Line> {
        self.shown.lines.get(self.list.index())
    }

    pub(super) fn entry(&self) -> Option<&FileEntry> {
        self.tree()?.entry(self.line()?)
    }

    /// The folder that new things go into: the one under the cursor if it is open, else the one that the entry is in.
    pub(super) fn folder(&self) -> Option<String> {
        let tree = self.tree()?;
        let under = self.list.cursor().filter(|path| tree.is_open(path)).cloned();
        let around = || self.line().map(|line| tree.folder_of(line));
        under.or_else(around).or_else(|| Some(tree.root().to_owned()))
    }

    pub(super) fn begin_at(&mut self, root: &str) {
        if let Some(target) = self.target {
            self.trees.entry(target).or_default().begin_at(root);
            self.shown.made_of = None;
        }
    }

    fn follow_around(&mut self, around: &Around, outcome: &mut Outcome) {
        if self.target != around.target {
            self.target = around.target;
            self.page.take_if(|page| !page.holds_text());
            self.shown.made_of = None;
            self.list.clear_marks();
        }
        if self.following.is_on
            && let Some(folder) = self.following.folder(around, outcome)
            && self.tree().is_none_or(|tree| tree.root() != folder.unescaped())
        {
            self.begin_at(folder.unescaped());
        }
    }

    /// Asks for what is due: the watch, the folders, the piece of the file that is looked at.
    fn ask(&mut self, around: &Around, outcome: &mut Outcome) {
        let Some(target) = self.target else { return };
        if let Some(Page::File(page)) = &mut self.page
            && let Some(question) = page.wanted()
        {
            let ticket = outcome.ask(target, Question::Files(question));
            page.asked(ticket, around.now);
        }
        let is_live = self.watch.is_live();
        let Some(tree) = self.trees.get_mut(&target) else {
            return;
        };
        self.watch.follow(target, tree.root(), around.now, outcome);
        for (path, folder) in tree.folders_mut() {
            if folder.is_due(interval(folder.value(), is_live), around.now) {
                let ticket = outcome.ask(target, Question::Files(FilesQuestion::List(path.clone())));
                folder.ask(ticket, around.now);
            }
        }
    }

    fn arrange(&mut self, around: &Around) {
        let text = self.list.filter.entry().text();
        if self.shown.made_of.as_deref() != Some(text) {
            let text = text.to_owned();
            let mut sieve = self.list.filter.sieve();
            let (lines, keys) = match self.tree() {
                Some(tree) => {
                    let lines = tree.lines(self.arrangement, around.now, &mut sieve);
                    let keys = lines.iter().map(|line| tree.path_of(line)).collect();
                    (lines, keys)
                }
                None => (Vec::new(), Vec::new()),
            };
            (self.shown.lines, self.shown.keys) = (lines, keys);
            self.shown.made_of = Some(text);
        }
        self.list.arrange(&self.shown.keys, usize::from(around.size.rows()));
    }
}

pub(super) fn interval(listing: Option<&Listing>, is_live: bool) -> Duration {
    match listing {
        _ if is_live => LIVE,
        Some(listing) if listing.entries.len() >= LARGE_FROM => LARGE,
        _ => UNWATCHED,
    }
}

impl Panel for Files {
    fn view(&self, around: &Around) -> PanelView {
        match &self.page {
            Some(Page::File(page)) => page.view(),
            Some(Page::Editor(page)) => page.view(),
            Some(Page::Draft(top)) => self.editing.view_draft(*top, around.size),
            Some(Page::Copies) => self.view_copies(around),
            None => PanelView {
                subject: self
                    .tree()
                    .map(|tree| crate::domain::RemoteText::new(tree.root()).escaped())
                    .unwrap_or_default(),
                body: self.table(around),
                info: self.info(around),
            },
        }
    }

    fn act(&mut self, action: Action, around: &Around, outcome: &mut Outcome) -> bool {
        match action {
            Action::Panel(action) => {
                self.act_on_page(action) || self.page.is_none() && self.act_on_list(action, outcome)
            }
            Action::Files(action) => {
                self.act_here(action, around, outcome);
                true
            }
            _ => false,
        }
    }

    fn tick(&mut self, around: &Around, outcome: &mut Outcome) {
        self.show_drafts();
        if !around.is_visible {
            return self.watch.stop(outcome);
        }
        self.follow_around(around, outcome);
        self.ask(around, outcome);
        self.arrange(around);
        match &mut self.page {
            Some(Page::File(page)) => page.fit(around.size),
            Some(Page::Editor(page)) => page.fit(around.size),
            _ => {}
        }
    }

    fn next_deadline(&self, around: &Around) -> Option<Duration> {
        if !around.is_visible {
            return None;
        }
        let is_live = self.watch.is_live();
        let folders = self.tree().into_iter().flat_map(Tree::folders);
        let folders = folders.filter_map(|folder| folder.next_due(interval(folder.value(), is_live)));
        let shell = self.following.next_due().filter(|_| self.following.is_on);
        folders.chain(shell).min()
    }

    fn answer(
        &mut self,
        ticket: Ticket,
        result: Result<Answer, Failure>,
        around: &Around,
        outcome: &mut Outcome,
    ) -> Option<Result<Answer, Failure>> {
        if self.following.waits_for(ticket) {
            let folder = result.and_then(|answer| match answer {
                Answer::WorkingDirectory(folder) => Ok(folder),
                _ => Err(Failure::new(crate::domain::FailureKind::Internal, "another answer")),
            });
            self.following.answer(ticket, folder, around.now);
        } else if self.watch.is_mine(ticket) {
            match result {
                Ok(Answer::Files(FilesAnswer::Changed(changes))) => self.take_changes(changes, around),
                _ => self.watch.heard(false, around.now),
            }
        } else if self.copies.running().any(|copy| copy.ticket == ticket) {
            self.take_copy(ticket, result, around, outcome);
        } else if self.waits_for_text(ticket) {
            self.take_text(ticket, result, outcome);
        } else if let Some(deed) = self.deeds.remove(&ticket) {
            self.finish(&deed, result, outcome);
        } else if let Some(Page::File(page)) = self
            .page
            .as_mut()
            .filter(|page| matches!(page, Page::File(file) if file.waits_for(ticket)))
        {
            let piece = result.and_then(|answer| match answer {
                Answer::Files(FilesAnswer::Read(piece)) => Ok(piece),
                _ => Err(Failure::new(crate::domain::FailureKind::Internal, "another answer")),
            });
            page.answer(ticket, piece, around.now);
        } else if self.trees.values().any(|tree| tree.waits_for(ticket)) {
            self.take_listing(ticket, result, around);
        } else {
            return Some(result);
        }
        None
    }

    fn decide(&mut self, decision: PanelDecision, text: Option<&str>, around: &Around, outcome: &mut Outcome) {
        let PanelDecision::Files(decision) = decision else {
            return;
        };
        if decision == FilesDecision::OverwriteDraft {
            return self.save_draft(SaveWay::Anyway, outcome);
        }
        let rules = TransferRules {
            recursive: true,
            checksum: self.copies.are_compared,
            ..TransferRules::default()
        };
        match relayed(&decision, text, rules, around) {
            Some(Ok(deed)) => self.begin(deed, outcome),
            Some(Err(notice)) => outcome.request(Request::Tell(notice)),
            None => {
                for deed in decision.deeds(text, rules) {
                    self.begin(deed, outcome);
                }
            }
        }
    }

    fn filter(&self) -> Option<&Filter> {
        self.page.is_none().then_some(&self.list.filter)
    }

    fn filter_mut(&mut self) -> Option<&mut Filter> {
        self.page.is_none().then_some(&mut self.list.filter)
    }

    fn takes_keys(&self) -> bool {
        self.page.as_ref().is_some_and(Page::holds_text)
    }

    fn press(&mut self, chord: &Chord, around: &Around, outcome: &mut Outcome) -> bool {
        self.press_on_text(chord, around, outcome)
    }

    fn paste(&mut self, text: &str) {
        match &mut self.page {
            Some(Page::Editor(page)) => page.paste(text),
            _ => {
                if let Some(filter) = self.filter_mut().filter(|filter| filter.is_typing()) {
                    filter.paste(text);
                }
            }
        }
    }

    fn click(&mut self, row: usize, clicks: u8, _around: &Around, _outcome: &mut Outcome) {
        if self.page.is_none() {
            self.list.put(self.list.offset() + row, &self.shown.keys);
            if clicks == 2 {
                self.open();
            }
        }
    }

    fn has_header(&self) -> bool {
        self.page.is_none()
    }

    fn hints(&self) -> &'static [Action] {
        if self.takes_keys() {
            return &[];
        }
        &[
            Action::Panel(PanelAction::Open),
            Action::Files(FilesAction::Download),
            Action::Files(FilesAction::Upload),
            Action::Files(FilesAction::Hidden),
        ]
    }
}

//! Editing files: fetched whole, edited by the user's own editor or in the panel, and written back only if the file is
//! still what it was. Knows no editor and no link.

use std::sync::Arc;

use crate::app::caution::refusal_for;
use crate::app::effect::{Answer, EditRequest, Edited, Effect, HostRequest, Question};
use crate::app::notices::Severity;
use crate::app::panels::outcome::{Outcome, PanelDecision, Request};
use crate::app::panels::panel::Around;
use crate::app::panels::view::PanelView;
use crate::domain::{Failure, FailureKind, GridSize, RemoteText, TargetId, Ticket};
use crate::keys::Chord;

use super::deciding::FilesDecision;
use super::draft::{AfterDraftKey, Draft, Why};
use super::panel::{Files, Page};
use super::questions::{FilesAnswer, FilesQuestion, SaveWay, above, name_of};
use super::small_editor::{AfterEditorKey, SmallEditor};

/// What a file is edited with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hand {
    /// The user's own editor.
    Own,
    /// The panel.
    Here,
}

/// One file on its way to an editor or back.
#[derive(Clone, Debug)]
struct Job {
    ticket: Ticket,
    target: TargetId,
    path: String,
    stage: Stage,
}

#[derive(Clone, Debug)]
enum Stage {
    Fetching(Hand),
    /// The user's own editor has it, or it was stopped.
    Outside {
        original: Arc<[u8]>,
        is_stopped: bool,
    },
    Saving {
        original: Arc<[u8]>,
        text: Arc<[u8]>,
    },
}

/// What is being edited outside the panel, and what could not be saved.
#[derive(Debug, Default)]
pub(super) struct Editing {
    jobs: Vec<Job>,
    drafts: Vec<Draft>,
}

impl Editing {
    pub(super) fn view_draft(&self, top: usize, size: GridSize) -> PanelView {
        self.drafts
            .first()
            .map(|draft| draft.view(top, size))
            .unwrap_or_default()
    }

    fn add(&mut self, ticket: Ticket, (target, path): (TargetId, String), stage: Stage) {
        self.jobs.push(Job {
            ticket,
            target,
            path,
            stage,
        });
    }

    /// The editors that were stopped, by name of the file.
    pub(super) fn stopped(&self) -> impl Iterator<Item = RemoteText> {
        let is_stopped = |job: &&Job| matches!(job.stage, Stage::Outside { is_stopped: true, .. });
        self.jobs.iter().filter(is_stopped).map(|job| name_of(&job.path))
    }
}

fn content(result: Result<Answer, Failure>) -> Result<FilesAnswer, Failure> {
    match result? {
        Answer::Files(answer) => Ok(answer),
        _ => Err(Failure::new(FailureKind::Internal, "another answer")),
    }
}

impl Files {
    /// What would be lost if the program ended now, a line each.
    pub fn unfinished(&self) -> Vec<String> {
        let is_out = |job: &&Job| !matches!(job.stage, Stage::Fetching(_));
        let mut names: Vec<RemoteText> = self
            .editing
            .jobs
            .iter()
            .filter(is_out)
            .map(|job| name_of(&job.path))
            .collect();
        names.extend(self.editing.drafts.iter().map(|draft| name_of(&draft.path)));
        if let Some(Page::Editor(page)) = self
            .page
            .as_ref()
            .filter(|page| matches!(page, Page::Editor(page) if page.is_changed()))
        {
            names.push(name_of(&page.path));
        }
        let copies = self.copies.running().map(|copy| format!("copy {}", copy.title));
        let texts = names.into_iter().map(|name| format!("{name}: its text is not saved"));
        texts.chain(copies).collect()
    }

    /// Begins to edit a file, or goes on where its editor was stopped.
    pub(super) fn edit(&mut self, target: TargetId, path: String, hand: Hand, outcome: &mut Outcome) {
        let is_same = |job: &Job| job.target == target && job.path == path;
        if let Some(at) = self.editing.jobs.iter().position(is_same) {
            let Stage::Outside { is_stopped, .. } = &mut self.editing.jobs[at].stage else {
                return;
            };
            if std::mem::take(is_stopped) {
                let ticket = outcome.ticket();
                let old = std::mem::replace(&mut self.editing.jobs[at].ticket, ticket);
                let request = HostRequest::Edit(ticket, EditRequest::GoOn(old));
                outcome.effects.push(Effect::Host(request));
            }
            return;
        }
        let ticket = outcome.ask(target, Question::Files(FilesQuestion::Fetch(path.clone())));
        self.editing.add(ticket, (target, path), Stage::Fetching(hand));
    }

    /// A text that could not be saved comes first, as soon as no other is being edited.
    pub(super) fn show_drafts(&mut self) {
        let is_free = !self.page.as_ref().is_some_and(Page::holds_text);
        if is_free && !self.editing.drafts.is_empty() {
            self.page = Some(Page::Draft(0));
        }
    }

    pub(super) fn waits_for_text(&self, ticket: Ticket) -> bool {
        self.editing.jobs.iter().any(|job| job.ticket == ticket)
            || self.editing.drafts.iter().any(|draft| draft.waits_for(ticket))
            || matches!(&self.page, Some(Page::Editor(page)) if page.waits_for(ticket))
    }

    /// Takes in what was fetched, edited or written.
    pub(super) fn take_text(&mut self, ticket: Ticket, result: Result<Answer, Failure>, outcome: &mut Outcome) {
        if let Some(at) = self.editing.jobs.iter().position(|job| job.ticket == ticket) {
            let job = self.editing.jobs.remove(at);
            self.take_job(job, result, outcome);
        } else if let Some(at) = self.editing.drafts.iter().position(|draft| draft.waits_for(ticket)) {
            let why = match content(result) {
                Ok(FilesAnswer::Saved(path)) => {
                    let draft = self.editing.drafts.remove(at);
                    self.page.take_if(|page| matches!(page, Page::Draft(_)));
                    return self.say_saved(draft.target, &path, outcome);
                }
                Ok(FilesAnswer::Differs(difference)) => Why::Differs(difference),
                Ok(_) => return,
                Err(failure) => Why::Failed(failure),
            };
            self.editing.drafts[at].not_saved(why);
        } else if let Some(Page::Editor(page)) = &mut self.page {
            let (target, text) = (page.target, page.content());
            match content(result) {
                Ok(FilesAnswer::Saved(path)) => {
                    if page.saved(Ok(())) {
                        self.page = None;
                    }
                    self.say_saved(target, &path, outcome);
                }
                Ok(FilesAnswer::Differs(difference)) => {
                    let texts = (Arc::clone(&page.original), text);
                    let draft = Draft::new(target, page.path.clone(), texts, Why::Differs(difference));
                    self.editing.drafts.insert(0, draft);
                    self.page = Some(Page::Draft(0));
                }
                Ok(_) => {}
                Err(failure) => _ = page.saved(Err(failure)),
            }
        }
    }

    fn say_saved(&mut self, target: TargetId, path: &str, outcome: &mut Outcome) {
        outcome.tell(Severity::Info, format!("{} is saved", RemoteText::new(path)));
        if let Some(tree) = self.trees.get_mut(&target) {
            tree.want(above(path));
        }
    }

    fn take_job(&mut self, job: Job, result: Result<Answer, Failure>, outcome: &mut Outcome) {
        let name = name_of(&job.path);
        let (ticket, target, path) = (job.ticket, job.target, job.path);
        match (job.stage, result) {
            (Stage::Fetching(hand), Ok(Answer::Files(FilesAnswer::Fetched(content)))) => {
                self.hand_over(hand, (target, path), content, outcome);
            }
            (Stage::Outside { original, .. }, Ok(Answer::Edited(edited))) => {
                self.take_edited((ticket, target, path), original, edited, outcome);
            }
            (Stage::Saving { original, text }, result) => {
                let why = match content(result) {
                    Ok(FilesAnswer::Saved(path)) => return self.say_saved(target, &path, outcome),
                    Ok(FilesAnswer::Differs(difference)) => Why::Differs(difference),
                    Ok(_) => Why::Failed(Failure::new(FailureKind::Internal, "another answer")),
                    Err(failure) => Why::Failed(failure),
                };
                let draft = Draft::new(target, path, (original, text), why);
                self.editing.drafts.push(draft);
            }
            (_, Err(failure)) => outcome.tell(Severity::Warning, format!("{name}: {failure}")),
            (_, Ok(_)) => {}
        }
    }

    fn hand_over(&mut self, hand: Hand, of: (TargetId, String), content: Arc<[u8]>, outcome: &mut Outcome) {
        let (target, path) = of;
        let name = name_of(&path);
        match hand {
            Hand::Own => {
                let ticket = outcome.ticket();
                let request = EditRequest::Begin(name, Arc::clone(&content));
                outcome.effects.push(Effect::Host(HostRequest::Edit(ticket, request)));
                let stage = Stage::Outside {
                    original: content,
                    is_stopped: false,
                };
                self.editing.add(ticket, (target, path), stage);
            }
            Hand::Here if self.page.as_ref().is_some_and(Page::holds_text) => {}
            Hand::Here => match SmallEditor::new(target, path, content) {
                Ok(page) => self.page = Some(Page::Editor(Box::new(page))),
                Err(why) => {
                    let text = format!("{name} is not edited here: {why} — e opens it in your own editor");
                    outcome.tell(Severity::Warning, text);
                }
            },
        }
    }

    fn take_edited(
        &mut self,
        of: (Ticket, TargetId, String),
        original: Arc<[u8]>,
        edited: Edited,
        outcome: &mut Outcome,
    ) {
        let (ticket, target, path) = of;
        let name = name_of(&path);
        match edited {
            Edited::Stopped(editor) => {
                let text = format!("{editor} is stopped; e on {name} goes on with it");
                outcome.tell(Severity::Warning, text);
                let stage = Stage::Outside {
                    original,
                    is_stopped: true,
                };
                // Under the same ticket, by which its editor is known.
                self.editing.add(ticket, (target, path), stage);
            }
            Edited::Left(text) if text == *original => {
                outcome.tell(Severity::Info, format!("{name} was not changed"));
            }
            Edited::Left(text) => {
                let text: Arc<[u8]> = text.into();
                let question = FilesQuestion::Save {
                    path: path.clone(),
                    text: Arc::clone(&text),
                    way: SaveWay::IfStill(Arc::clone(&original)),
                };
                let ticket = outcome.ask(target, Question::Files(question));
                self.editing
                    .add(ticket, (target, path), Stage::Saving { original, text });
            }
            Edited::Broken(text, words) if text == *original => {
                outcome.tell(Severity::Warning, format!("{name} was not changed: {words}"));
            }
            Edited::Broken(text, words) => {
                let draft = Draft::new(target, path, (original, text.into()), Why::Doubtful(words));
                self.editing.drafts.push(draft);
            }
        }
    }

    /// A key on a page that holds a text. False if there is none.
    pub(super) fn press_on_text(&mut self, chord: &Chord, around: &Around, outcome: &mut Outcome) -> bool {
        match &mut self.page {
            Some(Page::Editor(page)) => match page.press(chord) {
                AfterEditorKey::Stay => {}
                AfterEditorKey::Leave => self.page = None,
                AfterEditorKey::Save(then_leaves) => {
                    let target = around.workspace.target(page.target);
                    if let Some(notice) = refusal_for(target) {
                        outcome.request(Request::Tell(notice));
                        return true;
                    }
                    let text = page.content();
                    let question = FilesQuestion::Save {
                        path: page.path.clone(),
                        text: Arc::clone(&text),
                        way: SaveWay::IfStill(Arc::clone(&page.original)),
                    };
                    let ticket = outcome.ask(page.target, Question::Files(question));
                    page.saving(ticket, then_leaves, text);
                }
            },
            Some(Page::Draft(top)) => {
                let Some(draft) = self.editing.drafts.first_mut() else {
                    self.page = None;
                    return true;
                };
                match draft.press(chord) {
                    AfterDraftKey::Stay => {}
                    AfterDraftKey::Scroll(by) => {
                        let last = draft
                            .lines(around.size.cols())
                            .len()
                            .saturating_sub(usize::from(around.size.rows()));
                        *top = top.saturating_add_signed(by).min(last);
                    }
                    AfterDraftKey::ThrowAway => {
                        self.editing.drafts.remove(0);
                        self.page = None;
                    }
                    AfterDraftKey::Save(way) => self.choose_way(way, around, outcome),
                }
            }
            _ => return false,
        }
        true
    }

    /// In a guarded sandbox, what others wrote is not overwritten by one key.
    fn choose_way(&mut self, way: SaveWay, around: &Around, outcome: &mut Outcome) {
        let Some(draft) = self.editing.drafts.first() else {
            return;
        };
        let target = around.workspace.target(draft.target);
        if way == SaveWay::Anyway && target.is_some_and(|target| target.care.guard.is_some()) {
            return outcome.request(Request::Confirm {
                question: format!("Overwrite {}?", name_of(&draft.path)),
                details: vec!["What was written there meanwhile is lost.".to_owned()],
                verb: "overwrite",
                decision: PanelDecision::Files(FilesDecision::OverwriteDraft),
                target: Some(draft.target),
            });
        }
        self.save_draft(way, outcome);
    }

    /// Saves the first text that is not saved.
    pub(super) fn save_draft(&mut self, way: SaveWay, outcome: &mut Outcome) {
        let Some(draft) = self.editing.drafts.first_mut() else {
            return;
        };
        let question = FilesQuestion::Save {
            path: draft.path.clone(),
            text: Arc::clone(&draft.text),
            way,
        };
        let ticket = outcome.ask(draft.target, Question::Files(question));
        draft.saving(ticket);
    }
}

//! What the keys do in the Files panel. Knows no answer.

use crate::app::caution::refusal_for;
use crate::app::effect::Question;
use crate::app::list::Motion;
use crate::app::notices::Severity;
use crate::app::panels::PanelAction;
use crate::app::panels::outcome::{Outcome, Request};
use crate::app::panels::panel::Around;
use crate::domain::{FileKind, ProgramSpec, Steering, TransferOrder};

use super::actions::FilesAction;
use super::deciding::{Deed, FilesDecision, shell_word};
use super::editing::Hand;
use super::page::FilePage;
use super::panel::{Files, Page};
use super::questions::{FilesQuestion, above};

/// The sandbox's own editor on a file. The path is an argument: no shell reads it.
fn editor(path: String, folder: Option<String>) -> ProgramSpec {
    let words = ["-c", "exec ${VISUAL:-${EDITOR:-vi}} \"$1\"", "edit"];
    let words = words.into_iter().map(str::to_owned).chain([path]);
    let mut program = ProgramSpec::new("/bin/sh", words);
    program.cwd = folder;
    program
}

impl Files {
    /// A shared action on the page that is shown. False if it goes to the list.
    pub(super) fn act_on_page(&mut self, action: PanelAction) -> bool {
        let Some(page) = &mut self.page else { return false };
        match (page, action) {
            (_, PanelAction::Back) => self.page = None,
            (Page::File(file), PanelAction::Go(motion)) => file.go(motion),
            (Page::File(file), PanelAction::Open) => file.turn(),
            (Page::File(file), PanelAction::Refresh) => file.refresh(),
            (Page::File(file), PanelAction::Expand) => file.aside(true),
            (Page::File(file), PanelAction::Collapse) => file.aside(false),
            (Page::Copies, PanelAction::Go(motion)) => self.copies.choose(motion),
            _ => return false,
        }
        true
    }

    pub(super) fn act_on_list(&mut self, action: PanelAction, outcome: &mut Outcome) -> bool {
        match action {
            PanelAction::Go(motion) => self.list.go(motion, &self.shown.keys),
            PanelAction::Expand => self.expand(),
            PanelAction::Collapse => self.collapse(),
            PanelAction::Open => self.open(),
            PanelAction::Mark => self.list.toggle_mark(&self.shown.keys),
            PanelAction::Unmark => _ = self.list.clear_marks(),
            PanelAction::Back => return self.list.clear_marks(),
            PanelAction::Sort => {
                self.arrangement.order = self.arrangement.order.next();
                self.shown.made_of = None;
            }
            PanelAction::Reverse => {
                self.arrangement.is_reversed = !self.arrangement.is_reversed;
                self.shown.made_of = None;
            }
            PanelAction::Refresh => {
                if let Some(tree) = self.tree_mut() {
                    tree.want_all();
                }
            }
            PanelAction::Copy => outcome.requests.extend(self.list.cursor().cloned().map(Request::Copy)),
            _ => return false,
        }
        true
    }

    pub(super) fn act_here(&mut self, action: FilesAction, around: &Around, outcome: &mut Outcome) {
        match action {
            FilesAction::Hidden => {
                self.arrangement.shows_hidden = !self.arrangement.shows_hidden;
                self.shown.made_of = None;
            }
            FilesAction::Recent => {
                self.arrangement.is_recent_only = !self.arrangement.is_recent_only;
                self.shown.made_of = None;
            }
            FilesAction::Follow => self.following.is_on = true,
            FilesAction::Above | FilesAction::BeginHere => self.go_elsewhere(action),
            FilesAction::Copies => {
                self.page = match self.page {
                    Some(Page::Copies) => None,
                    _ => Some(Page::Copies),
                };
            }
            FilesAction::PauseCopy => self.steer(matches!(self.page, Some(Page::Copies)), Steering::Paused, outcome),
            FilesAction::StopCopy => self.steer(true, Steering::Stopped, outcome),
            FilesAction::StopCopies => self.steer(false, Steering::Stopped, outcome),
            FilesAction::CompareSums => self.copies.are_compared = !self.copies.are_compared,
            _ => self.act_on_entry(action, around, outcome),
        }
    }

    pub(super) fn go_elsewhere(&mut self, action: FilesAction) {
        let Some(root) = self.tree().map(|tree| tree.root().to_owned()) else {
            return;
        };
        let to = match (action, self.entry()) {
            (FilesAction::Above, _) => above(&root).to_owned(),
            (_, Some(entry)) if entry.kind == FileKind::Directory => {
                self.list.cursor().cloned().unwrap_or(root.clone())
            }
            _ => self.folder().unwrap_or_else(|| root.clone()),
        };
        self.following.is_on = false;
        self.begin_at(&to);
        if action == FilesAction::Above {
            self.list.put_on(root, &self.shown.keys);
        }
    }

    pub(super) fn act_on_entry(&mut self, action: FilesAction, around: &Around, outcome: &mut Outcome) {
        let Some(target) = self.target.and_then(|target| around.workspace.target(target)) else {
            return;
        };
        let only_looks = matches!(
            action,
            FilesAction::Download | FilesAction::InsertPath | FilesAction::ShellHere
        );
        if let Some(notice) = refusal_for(Some(target)).filter(|_| !only_looks) {
            return outcome.request(Request::Tell(notice));
        }
        let (id, cursor, folder) = (target.id, self.list.cursor().cloned(), self.folder());
        let chosen = self.list.chosen();
        let request = match (action, cursor, folder) {
            (FilesAction::NewFile, _, Some(folder)) => FilesDecision::MakeFile(id, folder).prompt(),
            (FilesAction::NewFolder, _, Some(folder)) => FilesDecision::MakeFolder(id, folder).prompt(),
            (FilesAction::Upload, _, Some(folder)) => FilesDecision::Upload(id, folder).prompt(),
            (FilesAction::Move, Some(_), _) => FilesDecision::Move(id, chosen).prompt(),
            (FilesAction::Duplicate, Some(_), _) => FilesDecision::Copy(id, chosen).prompt(),
            (FilesAction::Download, Some(_), _) => FilesDecision::Download(id, chosen).prompt(),
            (FilesAction::Delete, Some(_), _) => FilesDecision::confirm(id, chosen, &target.label),
            (FilesAction::InsertPath, Some(_), _) => {
                let words: Option<Vec<String>> = chosen.iter().map(|path| shell_word(path)).collect();
                let Some(words) = words else {
                    let text = "not typed: its name holds control characters — rename it first";
                    return outcome.tell(Severity::Warning, text);
                };
                Request::Type(format!("{} ", words.join(" ")))
            }
            (FilesAction::Edit, Some(path), _) => return self.edit(id, path, Hand::Own, outcome),
            (FilesAction::EditHere, Some(path), _) => return self.edit(id, path, Hand::Here, outcome),
            (FilesAction::EditThere, Some(path), folder) => Request::Open {
                target: id,
                program: Some(Box::new(editor(path, folder))),
                in_tab: true,
            },
            (FilesAction::ShellHere, _, Some(folder)) => {
                let mut program = target.program.clone();
                program.cwd = Some(folder);
                Request::Open {
                    target: id,
                    program: Some(Box::new(program)),
                    in_tab: true,
                }
            }
            _ => return,
        };
        outcome.request(request);
    }

    pub(super) fn expand(&mut self) {
        let Some(path) = self.list.cursor().cloned() else {
            return;
        };
        if self.entry().is_none_or(|entry| entry.kind != FileKind::Directory) {
            return;
        }
        let Some(tree) = self.tree_mut() else { return };
        if tree.is_open(&path) {
            self.list.go(Motion::Down, &self.shown.keys);
        } else {
            tree.open(&path);
            self.shown.made_of = None;
        }
    }

    pub(super) fn collapse(&mut self) {
        let Some(path) = self.list.cursor().cloned() else {
            return;
        };
        let Some(tree) = self.tree_mut() else { return };
        if tree.close(&path) {
            self.shown.made_of = None;
        } else {
            self.list.put_on(above(&path).to_owned(), &self.shown.keys);
            let gone = !self.shown.keys.iter().any(|key| Some(key) == self.list.cursor());
            if gone {
                self.list.put(0, &self.shown.keys);
            }
        }
    }

    pub(super) fn open(&mut self) {
        let Some(path) = self.list.cursor().cloned() else {
            return;
        };
        let is_folder = self.entry().is_some_and(|entry| entry.kind == FileKind::Directory);
        let is_open = self.tree().is_some_and(|tree| tree.is_open(&path));
        match (is_folder, is_open) {
            (true, true) => self.collapse(),
            (true, false) => self.expand(),
            (false, _) => self.page = Some(Page::File(Box::new(FilePage::new(path)))),
        }
    }

    pub(super) fn begin(&mut self, deed: Deed, outcome: &mut Outcome) {
        let ticket = outcome.ask(deed.target, Question::Files(deed.question.clone()));
        let changes = match &deed.question {
            FilesQuestion::Transfer(TransferOrder::Upload { to, .. }, _) => Some(to.clone()),
            FilesQuestion::Transfer(..) | FilesQuestion::Relay { .. } => None,
            _ => return drop(self.deeds.insert(ticket, deed)),
        };
        self.copies.begin(ticket, deed, changes);
        if !self.page.as_ref().is_some_and(Page::holds_text) {
            self.page = Some(Page::Copies);
        }
    }

    fn steer(&mut self, is_chosen_only: bool, steering: Steering, outcome: &mut Outcome) {
        for (target, ticket, steering) in self.copies.steer(is_chosen_only, steering) {
            outcome.ask(target, Question::Files(FilesQuestion::Steer(ticket, steering)));
        }
    }
}

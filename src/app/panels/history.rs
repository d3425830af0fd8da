//! The History panel: the commands of all panes and of all runs, found as one types. The store answers; the panel asks it
//! whenever what is wanted is another than before, and now and then for what has been run since.

use std::time::Duration;

use crate::app::action::Action;
use crate::app::list::{Filter, List};
use crate::app::notices::Severity;
use crate::app::{Answer, Effect, HistoryOrder};
use crate::domain::{CommandId, CommandPage, CommandPlace, CommandQuery, Failure, KeptCommand, Moment, Ticket};
use crate::keys::Chord;

use super::actions::PanelAction;
use super::history_actions::HistoryAction;
use super::history_forgetting::{Doomed, Forgetting};
use super::history_narrowing::Narrowing;
use super::history_preview::{block_of, preview, preview_rows};
use super::history_rows::{about, table};
use super::history_running::run_in;
use super::outcome::{Outcome, PanelDecision, Request};
use super::panel::{Around, Panel};
use super::view::{Body, PanelView, Span, Tone};

/// So many commands are asked for.
const MOST: usize = 300;
/// What has been run meanwhile is looked for so often, while the panel can be seen.
const AGAIN: Duration = Duration::from_secs(2);
/// What is asked before a command is run elsewhere.
pub const WHERE_TO_RUN: &str = "Run in these sandboxes (names with blanks between, or all)";
/// What stands in the place of secrets. A command with it cannot be run as it is.
const REDACTED: &str = "[redacted]";

/// The panel's state.
#[derive(Debug, Default)]
pub struct History {
    list: List<CommandId>,
    narrowing: Narrowing,
    forgetting: Forgetting,
    /// Whether Enter runs what is chosen.
    pub(super) runs_on_enter: bool,
    asked: Option<(Ticket, CommandQuery, Moment)>,
    page: CommandPage,
    failure: Option<Failure>,
}

impl History {
    /// Begins to type into the filter, with everything else as it was.
    pub fn begin(&mut self) {
        self.list.filter.begin();
    }

    fn wanted(&self, around: &Around) -> CommandQuery {
        self.narrowing.query(self.list.filter.entry().text(), MOST, around)
    }

    fn chosen(&self) -> Vec<&KeptCommand> {
        let ids = self.list.chosen();
        self.page
            .found
            .iter()
            .filter(|command| ids.contains(&command.id))
            .collect()
    }

    fn under_cursor(&self) -> Option<&KeptCommand> {
        let id = self.list.cursor()?;
        self.page.found.iter().find(|command| command.id == *id)
    }

    fn ids(&self) -> Vec<CommandId> {
        self.page.found.iter().map(|command| command.id).collect()
    }

    /// Puts a command into the shell, or runs it there.
    fn put(&mut self, is_run: bool, around: &Around, outcome: &mut Outcome) {
        let Some(command) = self.under_cursor() else { return };
        let text = command.record.text.unescaped().to_owned();
        if is_run && text.contains(REDACTED) {
            return outcome.tell(
                Severity::Info,
                "a secret was taken out of this command: put it into the shell with enter, and complete it there",
            );
        }
        if around.pane.is_none() {
            return outcome.tell(Severity::Info, "there is no shell to put it into");
        }
        self.list.filter.clear();
        outcome.request(if is_run {
            Request::Run(text)
        } else {
            Request::Type(text)
        });
    }

    fn ask_to_forget(&self, outcome: &mut Outcome) {
        let chosen = self.chosen();
        let Some(first) = chosen.first() else { return };
        let question = match chosen.len() {
            1 => format!("Forget this command? {}", first.record.text),
            count => format!("Forget {count} commands?"),
        };
        outcome.request(Request::Confirm {
            question,
            details: Vec::new(),
            verb: "forget",
            decision: PanelDecision::ForgetCommands(chosen.iter().map(|command| command.id).collect()),
            target: None,
        });
    }

    fn pin(&mut self, outcome: &mut Outcome) {
        let chosen = self.chosen();
        let is_pinned = chosen.iter().any(|command| !command.is_pinned);
        let ids: Vec<CommandId> = chosen.iter().map(|command| command.id).collect();
        if ids.is_empty() {
            return;
        }
        for command in self.page.found.iter_mut().filter(|command| ids.contains(&command.id)) {
            command.is_pinned = is_pinned;
        }
        outcome.effects.push(Effect::History(HistoryOrder::Pin(ids, is_pinned)));
    }

    /// Goes to where the command's output stands, if it is still there.
    fn show_output(&self, around: &Around, outcome: &mut Outcome) {
        let Some(command) = self.under_cursor() else { return };
        match block_of(command, around).and_then(|(pane, _, block)| Some((pane, block.lines?))) {
            Some((pane, lines)) => outcome.request(Request::ShowLine(pane, lines.prompt)),
            None => outcome.tell(Severity::Info, "its output is no longer kept in any pane"),
        }
    }

    fn ask_where_to_run(&self, outcome: &mut Outcome) {
        let Some(command) = self.under_cursor() else { return };
        let text = command.record.text.unescaped().to_owned();
        if text.contains(REDACTED) {
            return outcome.tell(
                Severity::Info,
                "a secret was taken out of this command: it cannot be run as it is",
            );
        }
        outcome.request(Request::Prompt {
            title: WHERE_TO_RUN.to_owned(),
            text: "all".to_owned(),
            decision: PanelDecision::RunCommand(text),
        });
    }

    fn act_own(&mut self, action: HistoryAction, around: &Around, outcome: &mut Outcome) {
        match action {
            HistoryAction::Run => self.put(true, around, outcome),
            HistoryAction::RunIn => self.ask_where_to_run(outcome),
            HistoryAction::Scope => self.narrowing.turn_scope(),
            HistoryAction::FailedOnly => self.narrowing.is_failed_only ^= true,
            HistoryAction::HereOnly => self.narrowing.is_here_only ^= true,
            HistoryAction::Time => self.narrowing.turn_span(),
            HistoryAction::ForgetMatching => outcome.request(Request::Prompt {
                title: format!("Forget what a regular expression matches ({})", self.narrowing.words()),
                text: String::new(),
                decision: PanelDecision::ForgetPattern(Box::new(self.narrowing.query("", 0, around))),
            }),
            HistoryAction::ForgetSandbox => {
                let place = self.place(around).cloned();
                self.forgetting.begin_sandbox(place.as_ref(), outcome);
            }
            HistoryAction::ForgetAll => self.forgetting.begin(Doomed::all(), outcome),
            HistoryAction::Forget => self.ask_to_forget(outcome),
            HistoryAction::Pin => self.pin(outcome),
            HistoryAction::Output => self.show_output(around, outcome),
        }
    }

    /// Where the command under the cursor was run, else what the panel follows.
    fn place<'a>(&'a self, around: &Around<'a>) -> Option<&'a CommandPlace> {
        let followed = || Some(&around.workspace.session(around.pane?)?.launch.place);
        let place = self.under_cursor().map(|command| &command.record.place);
        place.or_else(followed)
    }
}

impl Panel for History {
    fn view(&self, around: &Around) -> PanelView {
        let mut info = vec![Span::faint(format!(
            "{} of {}{}",
            self.page.found.len(),
            self.page.searched,
            if self.page.is_loading { ", reading on" } else { "" },
        ))];
        let body = if let Some(failure) = &self.failure {
            Body::Nothing(failure.to_string())
        } else if let Some(trouble) = &self.page.trouble {
            Body::Nothing(trouble.clone())
        } else if self.page.found.is_empty() {
            Body::Nothing("No command is remembered that fits. What is run in shells that report is kept.".to_owned())
        } else {
            Body::Table(table(&self.page.found, &self.list, around.now))
        };
        let is_previewed = around.preview.height > 0;
        if self.list.filter.is_typing() && is_previewed {
            info.push(Span::faint(
                " · ctrl-r scope · ctrl-f failed · ctrl-d here · ctrl-t time",
            ));
        } else if let Some(command) = self.under_cursor().filter(|_| !is_previewed) {
            info = about(command, around.now, block_of(command, around).is_some());
        }
        if self.page.is_loading {
            info.push(Span::new(" reading on", Tone::Warning));
        }
        PanelView {
            subject: self.narrowing.words(),
            body,
            info,
        }
    }

    fn act(&mut self, action: Action, around: &Around, outcome: &mut Outcome) -> bool {
        match action {
            Action::Panel(PanelAction::Go(motion)) => self.list.go(motion, &self.ids()),
            Action::Panel(PanelAction::Mark) => self.list.toggle_mark(&self.ids()),
            Action::Panel(PanelAction::Unmark) => {
                self.list.clear_marks();
            }
            Action::Panel(PanelAction::Back) => return self.list.clear_marks(),
            Action::Panel(PanelAction::Open) => self.put(self.runs_on_enter, around, outcome),
            Action::Panel(PanelAction::Refresh) => self.asked = None,
            Action::Panel(PanelAction::Copy) => {
                let texts: Vec<&str> = self
                    .chosen()
                    .iter()
                    .map(|command| command.record.text.unescaped())
                    .collect();
                if !texts.is_empty() {
                    outcome.request(Request::Copy(texts.join("\n")));
                }
            }
            Action::History(action) => self.act_own(action, around, outcome),
            _ => return false,
        }
        true
    }

    fn tick(&mut self, around: &Around, outcome: &mut Outcome) {
        self.list.arrange(&self.ids(), usize::from(around.size.rows()));
        if !around.is_visible {
            self.asked = None;
            return;
        }
        let wanted = self.wanted(around);
        let is_due = self
            .asked
            .as_ref()
            .is_none_or(|(_, query, at)| *query != wanted || around.now.since(*at) >= AGAIN);
        if is_due {
            let ticket = outcome.ticket();
            let order = HistoryOrder::Search(ticket, wanted.clone());
            outcome.effects.push(Effect::History(order));
            self.asked = Some((ticket, wanted, around.now));
        }
    }

    fn next_deadline(&self, around: &Around) -> Option<Duration> {
        let (_, _, at) = self.asked.as_ref().filter(|_| around.is_visible)?;
        Some(at.since_start + AGAIN)
    }

    fn answer(
        &mut self,
        ticket: Ticket,
        result: Result<Answer, Failure>,
        around: &Around,
        outcome: &mut Outcome,
    ) -> Option<Result<Answer, Failure>> {
        let is_own = self.asked.as_ref().is_some_and(|(asked, ..)| *asked == ticket);
        if self.forgetting.waits_for(ticket) {
            self.forgetting.answer(result, outcome);
            self.asked = None;
            return None;
        }
        match result {
            Ok(Answer::Commands(page)) => {
                // An older answer than the last question is none.
                if is_own {
                    self.page = page;
                    self.failure = None;
                    self.list.arrange(&self.ids(), usize::from(around.size.rows()));
                }
            }
            Err(failure) if is_own => self.failure = Some(failure),
            other => return Some(other),
        }
        None
    }

    fn decide(&mut self, decision: PanelDecision, text: Option<&str>, around: &Around, outcome: &mut Outcome) {
        match decision {
            PanelDecision::ForgetCommands(ids) => {
                self.page.found.retain(|command| !ids.contains(&command.id));
                self.list.clear_marks();
                outcome.effects.push(Effect::History(HistoryOrder::Forget(ids)));
            }
            PanelDecision::ForgetPattern(query) => {
                self.forgetting.begin_pattern(*query, text.unwrap_or_default(), outcome);
            }
            PanelDecision::ForgetMatching(doomed) => self.forgetting.decide(*doomed, text, outcome),
            PanelDecision::RunCommand(command) => run_in(&command, text.unwrap_or_default(), around, outcome),
            _ => {}
        }
    }

    fn filter(&self) -> Option<&Filter> {
        Some(&self.list.filter)
    }

    fn filter_mut(&mut self) -> Option<&mut Filter> {
        Some(&mut self.list.filter)
    }

    fn opens_from_filter(&self) -> bool {
        true
    }

    fn press_in_filter(&mut self, chord: &Chord, around: &Around, outcome: &mut Outcome) -> bool {
        // As where `ctrl-r` comes from: what narrows has keys beside the text.
        let action = match chord {
            chord if *chord == Chord::ctrl('r') => HistoryAction::Scope,
            chord if *chord == Chord::ctrl('f') => HistoryAction::FailedOnly,
            chord if *chord == Chord::ctrl('d') => HistoryAction::HereOnly,
            chord if *chord == Chord::ctrl('t') => HistoryAction::Time,
            _ => return false,
        };
        self.act_own(action, around, outcome);
        true
    }

    fn preview(&self, around: &Around) -> Vec<Vec<Span>> {
        let cells = (around.preview.width, around.preview.height);
        let command = self.under_cursor();
        command.map_or_else(Vec::new, |command| preview(command, cells, around))
    }

    fn preview_rows(&self, rows: u16) -> u16 {
        preview_rows(rows)
    }

    fn click(&mut self, row: usize, clicks: u8, around: &Around, outcome: &mut Outcome) {
        self.list.put(self.list.offset() + row, &self.ids());
        if clicks == 2 {
            self.put(false, around, outcome);
        }
    }

    fn hints(&self) -> &'static [Action] {
        &[
            Action::Panel(PanelAction::Open),
            Action::Panel(PanelAction::Filter),
            Action::History(HistoryAction::Scope),
            Action::History(HistoryAction::FailedOnly),
        ]
    }
}

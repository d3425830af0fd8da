//! The History panel: the commands of all panes and of all runs, found as one types. The store answers; the panel asks it
//! whenever what is wanted is another than before, and now and then for what has been run since.

use std::time::Duration;

use crate::app::action::Action;
use crate::app::command_history::session_name;
use crate::app::list::{Filter, List};
use crate::app::notices::Severity;
use crate::app::{Answer, Effect, HistoryOrder};
use crate::domain::{
    CommandId, CommandPage, CommandQuery, CommandScope, Failure, KeptCommand, Moment, PaneId, Ticket, Timestamp,
};

use super::actions::PanelAction;
use super::history_actions::HistoryAction;
use super::history_rows::{about, table};
use super::history_running::run_in;
use super::outcome::{Outcome, PanelDecision, Request};
use super::panel::{Around, Panel};
use super::view::{Body, PanelView, Span, Tone};

/// So many commands are asked for.
const MOST: usize = 300;
/// What has been run meanwhile is looked for so often, while the panel can be seen.
const AGAIN: Duration = Duration::from_secs(2);
/// What stands in the place of secrets. A command with it cannot be run as it is.
const REDACTED: &str = "[redacted]";

/// Of which commands the list is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ScopeChoice {
    #[default]
    Everywhere,
    Sandbox,
    Template,
    Shell,
}

/// What narrows the list besides the scope.
#[derive(Clone, Copy, Debug, Default)]
struct Only {
    failed: bool,
    here: bool,
    today: bool,
}

/// The panel's state.
#[derive(Debug, Default)]
pub struct History {
    list: List<CommandId>,
    scope: ScopeChoice,
    only: Only,
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
        let session = around.pane.and_then(|pane| around.workspace.session(pane));
        let place = session.map(|session| &session.launch.place);
        let scope = match self.scope {
            ScopeChoice::Everywhere => None,
            ScopeChoice::Sandbox => place.map(|place| CommandScope::Sandbox(place.sandbox.unescaped().to_owned())),
            ScopeChoice::Template => place
                .and_then(|place| place.template.as_ref())
                .map(|template| CommandScope::Template(template.unescaped().to_owned())),
            ScopeChoice::Shell => session.and_then(session_name).map(CommandScope::Session),
        };
        let directory = session.and_then(|session| session.directory.as_ref());
        let directory = directory.map(|directory| directory.path().unescaped().to_owned());
        CommandQuery {
            text: self.list.filter.entry().text().to_owned(),
            scope: scope.unwrap_or_default(),
            is_failed_only: self.only.failed,
            directory: directory.filter(|_| self.only.here),
            since: self.only.today.then(|| day_before(around.now)),
            limit: MOST,
        }
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
        match place_of(command, around) {
            Some((pane, line)) => outcome.request(Request::ShowLine(pane, line)),
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
            title: "Run in these sandboxes (names with blanks between, or all)".to_owned(),
            text: "all".to_owned(),
            decision: PanelDecision::RunCommand(text),
        });
    }

    fn act_own(&mut self, action: HistoryAction, around: &Around, outcome: &mut Outcome) {
        match action {
            HistoryAction::Run => self.put(true, around, outcome),
            HistoryAction::RunIn => self.ask_where_to_run(outcome),
            HistoryAction::Scope => {
                self.scope = match self.scope {
                    ScopeChoice::Everywhere => ScopeChoice::Sandbox,
                    ScopeChoice::Sandbox => ScopeChoice::Template,
                    ScopeChoice::Template => ScopeChoice::Shell,
                    ScopeChoice::Shell => ScopeChoice::Everywhere,
                }
            }
            HistoryAction::FailedOnly => self.only.failed = !self.only.failed,
            HistoryAction::HereOnly => self.only.here = !self.only.here,
            HistoryAction::TodayOnly => self.only.today = !self.only.today,
            HistoryAction::Forget => self.ask_to_forget(outcome),
            HistoryAction::Pin => self.pin(outcome),
            HistoryAction::Output => self.show_output(around, outcome),
        }
    }

    /// What narrows the list, in words.
    fn narrowed(&self) -> String {
        let scope = match self.scope {
            ScopeChoice::Everywhere => "all",
            ScopeChoice::Sandbox => "this sandbox",
            ScopeChoice::Template => "this template",
            ScopeChoice::Shell => "this shell",
        };
        let mut words = vec![scope];
        words.extend(self.only.failed.then_some("failed"));
        words.extend(self.only.here.then_some("here"));
        words.extend(self.only.today.then_some("24 h"));
        words.join(" · ")
    }
}

/// Where a command's output stands.
fn place_of(command: &KeptCommand, around: &Around) -> Option<(PaneId, u64)> {
    let is_its = |name: Option<String>| name.as_ref() == Some(&command.record.session);
    let mut sessions = around.workspace.sessions();
    let (pane, session) = sessions.find(|(_, session)| is_its(session_name(session)))?;
    let number = command.record.key.number & 0xffff_ffff;
    let block = session.emulator.commands().find(|block| block.number == number)?;
    let lines = block
        .lines
        .filter(|lines| lines.prompt >= session.emulator.oldest_line())?;
    Some((pane, lines.prompt))
}

fn day_before(now: Moment) -> Timestamp {
    // To the minute: otherwise each look would be another question.
    let minutes = Timestamp::from(now.wall).unix_seconds() / 60 - 24 * 60;
    Timestamp::from_unix_millis(minutes * 60_000)
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
        if let Some(command) = self.under_cursor() {
            info = about(command, around.now, place_of(command, around).is_some());
        }
        if self.page.is_loading {
            info.push(Span::new(" reading on", Tone::Warning));
        }
        PanelView {
            subject: self.narrowed(),
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
        _outcome: &mut Outcome,
    ) -> Option<Result<Answer, Failure>> {
        let is_own = self.asked.as_ref().is_some_and(|(asked, ..)| *asked == ticket);
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

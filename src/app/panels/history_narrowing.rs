//! What narrows the list of commands besides typed words: the scope, failures, the directory, time. Knows no list.

use crate::app::command_history::session_name;
use crate::domain::{CommandQuery, CommandScope, Moment, Timestamp};

use super::panel::Around;

/// Of which commands the list is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ScopeChoice {
    #[default]
    Everywhere,
    Sandbox,
    Template,
    Shell,
}

/// How far back the list goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Span {
    #[default]
    Ever,
    Hour,
    Day,
    Week,
    Month,
}

/// All that narrows the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Narrowing {
    pub(super) scope: ScopeChoice,
    pub(super) span: Span,
    pub(super) is_failed_only: bool,
    pub(super) is_here_only: bool,
}

impl Span {
    fn minutes(self) -> Option<i64> {
        match self {
            Self::Ever => None,
            Self::Hour => Some(60),
            Self::Day => Some(24 * 60),
            Self::Week => Some(7 * 24 * 60),
            Self::Month => Some(30 * 24 * 60),
        }
    }

    fn words(self) -> Option<&'static str> {
        match self {
            Self::Ever => None,
            Self::Hour => Some("1 h"),
            Self::Day => Some("24 h"),
            Self::Week => Some("7 days"),
            Self::Month => Some("30 days"),
        }
    }
}

impl Narrowing {
    /// The next scope.
    pub(super) fn turn_scope(&mut self) {
        self.scope = match self.scope {
            ScopeChoice::Everywhere => ScopeChoice::Sandbox,
            ScopeChoice::Sandbox => ScopeChoice::Template,
            ScopeChoice::Template => ScopeChoice::Shell,
            ScopeChoice::Shell => ScopeChoice::Everywhere,
        };
    }

    /// The next span.
    pub(super) fn turn_span(&mut self) {
        self.span = match self.span {
            Span::Ever => Span::Hour,
            Span::Hour => Span::Day,
            Span::Day => Span::Week,
            Span::Week => Span::Month,
            Span::Month => Span::Ever,
        };
    }

    /// In words.
    pub(super) fn words(self) -> String {
        let scope = match self.scope {
            ScopeChoice::Everywhere => "all",
            ScopeChoice::Sandbox => "this sandbox",
            ScopeChoice::Template => "this template",
            ScopeChoice::Shell => "this shell",
        };
        let mut words = vec![scope];
        words.extend(self.is_failed_only.then_some("failed"));
        words.extend(self.is_here_only.then_some("here"));
        words.extend(self.span.words());
        words.join(" · ")
    }

    /// As a query about what the panel follows.
    pub(super) fn query(self, text: &str, limit: usize, around: &Around) -> CommandQuery {
        let session = around.pane.and_then(|pane| around.workspace.session(pane));
        let place = session.map(|session| &session.launch.place);
        let scope = match self.scope {
            ScopeChoice::Everywhere => None,
            ScopeChoice::Sandbox => place.map(|place| CommandScope::Sandbox(place.sandbox.unescaped().to_owned())),
            // Of no template nothing is known: an empty name finds nothing instead of everything.
            ScopeChoice::Template => place
                .map(|place| place.template.as_ref())
                .map(|template| template.map_or("", |template| template.unescaped()))
                .map(|template| CommandScope::Template(template.to_owned())),
            ScopeChoice::Shell => session.and_then(session_name).map(CommandScope::Session),
        };
        let directory = session.and_then(|session| session.directory.as_ref());
        let directory = directory.map(|directory| directory.path().unescaped().to_owned());
        CommandQuery {
            text: text.to_owned(),
            scope: scope.unwrap_or_default(),
            is_failed_only: self.is_failed_only,
            directory: directory.filter(|_| self.is_here_only),
            since: self.span.minutes().map(|minutes| before(around.now, minutes)),
            limit,
        }
    }
}

/// So many minutes ago, to the minute: otherwise each look would be another question.
fn before(now: Moment, minutes: i64) -> Timestamp {
    let now = Timestamp::from(now.wall).unix_seconds() / 60;
    Timestamp::from_unix_millis((now - minutes) * 60_000)
}

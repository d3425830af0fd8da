//! Forgetting many commands at once: by pattern, of a sandbox, all. First the store says how many they are, then the user
//! is asked, then they go.

use crate::app::notices::Severity;
use crate::app::{Answer, Effect, HistoryOrder};
use crate::domain::{CommandPlace, CommandQuery, CommandScope, Failure, Ticket};

use super::outcome::{Outcome, PanelDecision, Request};

/// Which commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doomed {
    /// Those of this query, whose text and limit do not count.
    pub query: CommandQuery,
    /// Those that this regular expression matches, if there is one.
    pub pattern: Option<String>,
    /// What they are, in words that follow a number of commands.
    pub words: String,
    /// What has to be typed; without it a key is enough.
    pub password: Option<String>,
}

impl Doomed {
    /// All that there are.
    pub(super) fn all() -> Self {
        Self {
            query: CommandQuery::default(),
            pattern: None,
            words: "of all sandboxes".to_owned(),
            password: Some("all".to_owned()),
        }
    }
}

/// What is waited for.
#[derive(Debug, Default)]
pub(super) enum Forgetting {
    /// Nothing.
    #[default]
    Idle,
    /// To hear how many they are.
    Counting(Ticket, Doomed),
    /// To hear that they are gone.
    Going(Ticket),
}

impl Forgetting {
    /// Asks how many they are.
    pub(super) fn begin(&mut self, doomed: Doomed, outcome: &mut Outcome) {
        let ticket = outcome.ticket();
        let order = HistoryOrder::Count(ticket, doomed.query.clone(), doomed.pattern.clone());
        outcome.effects.push(Effect::History(order));
        *self = Self::Counting(ticket, doomed);
    }

    /// Asks how many commands of a sandbox there are.
    pub(super) fn begin_sandbox(&mut self, place: Option<&CommandPlace>, outcome: &mut Outcome) {
        let Some(place) = place else { return };
        let doomed = Doomed {
            query: CommandQuery {
                scope: CommandScope::Sandbox(place.sandbox.unescaped().to_owned()),
                ..CommandQuery::default()
            },
            pattern: None,
            words: format!("of {}", place.alias),
            password: Some(place.alias.escaped()),
        };
        self.begin(doomed, outcome);
    }

    /// Asks how many of a query match a pattern.
    pub(super) fn begin_pattern(&mut self, query: CommandQuery, pattern: &str, outcome: &mut Outcome) {
        if pattern.is_empty() {
            return;
        }
        let doomed = Doomed {
            query,
            pattern: Some(pattern.to_owned()),
            words: format!("that match {}", pattern.escape_debug()),
            password: None,
        };
        self.begin(doomed, outcome);
    }

    /// The user has answered.
    pub(super) fn decide(&mut self, doomed: Doomed, text: Option<&str>, outcome: &mut Outcome) {
        let password = doomed.password.as_deref();
        if password.is_none_or(|word| text.map(str::trim) == Some(word)) {
            self.go_on(doomed, outcome);
        } else {
            outcome.tell(Severity::Info, "nothing was forgotten");
        }
    }

    /// Forgets them.
    fn go_on(&mut self, doomed: Doomed, outcome: &mut Outcome) {
        let ticket = outcome.ticket();
        let order = HistoryOrder::ForgetMatching(ticket, doomed.query, doomed.pattern);
        outcome.effects.push(Effect::History(order));
        *self = Self::Going(ticket);
    }

    /// Whether it waits for this answer.
    pub(super) fn waits_for(&self, ticket: Ticket) -> bool {
        match self {
            Self::Idle => false,
            Self::Counting(asked, _) | Self::Going(asked) => *asked == ticket,
        }
    }

    /// Takes in an answer: how many would go, or how many went.
    pub(super) fn answer(&mut self, result: Result<Answer, Failure>, outcome: &mut Outcome) {
        let count = match result {
            Ok(Answer::CommandCount(count)) => count,
            Ok(_) => return,
            Err(failure) => {
                *self = Self::Idle;
                return outcome.tell(Severity::Error, failure.to_string());
            }
        };
        let number = match count {
            1 => "1 command".to_owned(),
            count => format!("{count} commands"),
        };
        match std::mem::take(self) {
            Self::Idle => {}
            Self::Going(_) => outcome.tell(Severity::Info, format!("{number} forgotten")),
            Self::Counting(_, doomed) if count == 0 => {
                outcome.tell(Severity::Info, format!("no command is remembered {}", doomed.words));
            }
            Self::Counting(_, doomed) => {
                let question = format!("Forget {number} {}?", doomed.words);
                outcome.request(match &doomed.password {
                    None => Request::Confirm {
                        question,
                        details: Vec::new(),
                        verb: "forget",
                        decision: PanelDecision::ForgetMatching(Box::new(doomed)),
                        target: None,
                    },
                    Some(password) => Request::Prompt {
                        title: format!("{question} Type {password} to do so"),
                        text: String::new(),
                        decision: PanelDecision::ForgetMatching(Box::new(doomed)),
                    },
                });
            }
        }
    }
}

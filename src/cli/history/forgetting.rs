//! `history forget`: asks, and forgets for good.

use std::fmt::Write as _;
use std::io::{self, BufRead, IsTerminal, Write};

use serde_json::json;

use crate::domain::{CommandId, CommandQuery, Failure, FailureKind, RemoteText};
use crate::history::Forget;
use crate::startup::Context;

use super::super::output;
use super::super::sandboxes::json_text;
use super::arguments::ForgetArguments;
use super::dispatch::archive;

/// Forgets what is named, after a question.
pub(super) fn forget(context: &Context, of: &ForgetArguments) -> Result<u8, Failure> {
    let which = which(of)?;
    let mut archive = archive(context)?;
    let count = match &archive {
        Some(archive) => archive.count(&which).map_err(|error| error.to_failure())?,
        None => 0,
    };
    let Some(archive) = archive.as_mut().filter(|_| count > 0) else {
        return Err(Failure::new(FailureKind::NotFound, "no such command is remembered"));
    };
    if !of.yes && !is_agreed(&words(of, count), if of.all { "all" } else { "yes" })? {
        output::complain("nothing was forgotten");
        return Ok(FailureKind::Refused.exit_code());
    }
    let count = archive.forget(&which).map_err(|error| error.to_failure())?;
    if of.json {
        return Ok(output::print(&json_text(&json!({ "forgotten": count }))));
    }
    Ok(output::print(&format!("{} forgotten\n", commands(count))))
}

fn which(of: &ForgetArguments) -> Result<Forget, Failure> {
    if !of.ids.is_empty() {
        return Ok(Forget::These(of.ids.iter().copied().map(CommandId).collect()));
    }
    if of.all {
        return Ok(Forget::Matching(CommandQuery::default(), None));
    }
    if of.matching.is_none() && !of.filters.is_any() {
        return Err(Failure::new(FailureKind::Usage, "it is not said what to forget")
            .hint("name IDs, a filter such as --sandbox NAME, --matching REGEX, or --all"));
    }
    Ok(Forget::Matching(of.filters.query(usize::MAX), of.matching.clone()))
}

fn commands(count: usize) -> String {
    match count {
        1 => "1 command".to_owned(),
        count => format!("{count} commands"),
    }
}

fn words(of: &ForgetArguments, count: usize) -> String {
    let mut words = format!("Forget {}", commands(count));
    if of.all {
        words.push_str(", all that there are");
    }
    if let Some(name) = &of.filters.sandbox {
        let _ = write!(words, " of sandbox {}", RemoteText::from(name.as_str()));
    }
    if let Some(pattern) = &of.matching {
        let _ = write!(words, " matching {}", RemoteText::from(pattern.as_str()));
    }
    words
}

/// Asks where somebody can answer; where nobody can, it must have been said before.
fn is_agreed(question: &str, wanted: &str) -> Result<bool, Failure> {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(
            Failure::new(FailureKind::Usage, format!("{question}: there is nobody to ask"))
                .hint("say --yes if that is what you want"),
        );
    }
    let mut screen = io::stderr().lock();
    let _ = write!(screen, "{question} for good? Type {wanted}: ").and_then(|()| screen.flush());
    let mut answer = String::new();
    let _ = io::stdin().lock().read_line(&mut answer);
    Ok(answer.trim() == wanted)
}

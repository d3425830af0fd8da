//! A pane's state in words: what its frame and its banner say. Words only; `pane` draws them.

use crate::app::{Action, BoundKeys, Directory, FleetAction, Link, Session, Verdict, seconds_until};
use crate::domain::{Moment, RemoteText, Target, cell_width};

/// The title of a pane in at most so many cells: sandbox · program or title · directory. The remark goes first where
/// there is no room, then the directory.
pub fn title(session: &Session, target: Option<&Target>, cells: u16) -> String {
    let label = session.label.escaped();
    let note = target.and_then(|target| target.note.as_ref());
    let program = session.title();
    let directory = session
        .directory
        .as_ref()
        .map(|directory| short_directory(directory, target));
    let noted = note.map(|note| format!("{label} — {note}"));
    let mut tries: Vec<Vec<String>> = Vec::new();
    if let Some(noted) = noted {
        tries.push(
            [Some(noted), Some(program.clone()), directory.clone()]
                .into_iter()
                .flatten()
                .collect(),
        );
    }
    tries.push(
        [Some(label.clone()), Some(program.clone()), directory]
            .into_iter()
            .flatten()
            .collect(),
    );
    tries.push(vec![label, program]);
    let mut shown = tries.iter().map(|parts| parts.join(" · "));
    let fitting = shown.clone().find(|title| cell_width(title) <= cells);
    fitting.or_else(|| shown.next_back()).unwrap_or_default()
}

/// A directory as people write it: the user's home is `~`, where we can know it.
pub fn short_directory(directory: &Directory, target: Option<&Target>) -> String {
    let path = directory.path().unescaped();
    let user = target
        .and_then(|target| target.user.as_ref())
        .map(RemoteText::unescaped);
    let home = match user {
        Some("root") => Some("/root".to_owned()),
        Some(user) => Some(format!("/home/{user}")),
        None => None,
    };
    let below_home = home.and_then(|home| {
        let rest = path.strip_prefix(&home)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| format!("~{rest}"))
    });
    RemoteText::from(below_home.unwrap_or_else(|| path.to_owned())).escaped()
}

/// What a pane says over its last lines while its program does not run or cannot be reached; with why, where that was
/// found out, and the keys for what can be done.
pub fn banner(session: &Session, verdict: Option<&Verdict>, keys: &BoundKeys, now: Moment) -> Option<String> {
    let alone = |action| keys.shown_without_prefix(action).unwrap_or_default();
    let (again, close) = (alone(Action::Reconnect), alone(Action::ClosePane));
    match &session.link {
        Link::Preparing { .. } | Link::Opening | Link::Live => None,
        Link::Rejoining { .. } => Some(rejoining(session, (&again, &close), now)),
        Link::Asleep { since } => {
            let why = verdict
                .map(|verdict| format!(" ({})", verdict.words))
                .unwrap_or_default();
            let what = format!("paused since {}{why}; this is its last screen", since.clock());
            let details = alone(Action::Fleet(FleetAction::Details));
            let keys = [(&again, "resume"), (&details, "details"), (&close, "close")];
            Some(offer(session, &what, &keys))
        }
        Link::Ended { .. } | Link::Failed { .. } => Some(over(session, verdict, keys)),
    }
}

/// The same for a link that is tried again.
fn rejoining(session: &Session, (again, close): (&str, &str), now: Moment) -> String {
    let Link::Rejoining {
        attempt,
        retry_at,
        failure,
        ..
    } = &session.link
    else {
        return String::new();
    };
    let cause = failure
        .cause
        .as_ref()
        .map(|cause| format!(" ({cause})"))
        .unwrap_or_default();
    let when = match seconds_until(*retry_at, now) {
        0 => "trying again now".to_owned(),
        seconds => format!("trying again in {seconds} s"),
    };
    let try_number = if *attempt > 1 {
        format!(", try {attempt}")
    } else {
        String::new()
    };
    let (label, summary) = (&session.label, &failure.summary);
    format!("{label}: {summary}{cause} — {when}{try_number} · {again} now · {close} close")
}

/// The same for a program that is over.
fn over(session: &Session, verdict: Option<&Verdict>, keys: &BoundKeys) -> String {
    let alone = |action| keys.shown_without_prefix(action).unwrap_or_default();
    let (again, close) = (alone(Action::Reconnect), alone(Action::ClosePane));
    let other = alone(Action::Fleet(FleetAction::Succeed));
    let details = alone(Action::Fleet(FleetAction::Details));
    let what = match &session.link {
        Link::Ended { status, .. } => {
            let title = RemoteText::from(session.launch.name.as_str());
            let why = verdict.map(|verdict| format!(", {}", verdict.words));
            format!("{title} ended: {status}{}", why.unwrap_or_default())
        }
        Link::Failed { failure, .. } if verdict.is_none() => {
            return format!("{failure} — {again} try again · {close} close");
        }
        _ => verdict.map(|verdict| verdict.words.clone()).unwrap_or_default(),
    };
    let again_words = if matches!(session.link, Link::Ended { .. }) {
        "start again"
    } else {
        "try again"
    };
    match verdict {
        None => offer(session, &what, &[(&again, again_words), (&close, "close")]),
        Some(verdict) if verdict.is_gone => {
            let keys = [
                (&other, "another in its place"),
                (&details, "details"),
                (&close, "close"),
            ];
            offer(session, &what, &keys)
        }
        Some(_) => {
            let (again, other) = ((&again, again_words), (&other, "another"));
            offer(
                session,
                &what,
                &[again, other, (&details, "details"), (&close, "close")],
            )
        }
    }
}

/// What is the matter with a pane, and what can be done: keys with what they do.
fn offer(session: &Session, what: &str, keys: &[(&String, &str)]) -> String {
    let keys = keys.iter().map(|(key, does)| format!("{key} {does}"));
    format!("{}: {what} — {}", session.label, keys.collect::<Vec<_>>().join(" · "))
}

/// The state in a few words, for frames and the status line, where it is not simply running.
pub fn state_words(session: &Session, now: Moment) -> Option<String> {
    match &session.link {
        Link::Live => session.reports.is_missing().then(|| "no shell integration".to_owned()),
        Link::Preparing { .. } | Link::Opening => Some("starting…".to_owned()),
        Link::Rejoining { retry_at, .. } => Some(match seconds_until(*retry_at, now) {
            0 => "lost, trying again".to_owned(),
            seconds => format!("lost, again in {seconds} s"),
        }),
        Link::Asleep { since } => Some(format!("paused, as of {}", since.clock())),
        Link::Ended { status, .. } if status.exited => Some(format!("exit {}", status.code)),
        Link::Ended { status, .. } => Some(status.to_string()),
        Link::Failed { .. } => Some("failed".to_owned()),
    }
}

//! Questions to the platform, each answered in a task of its own. Looking changes nothing; only a `Change` does.

use std::time::Duration;

use crate::app::{Change, Changed, Health, LastWords, LogLine, PlatformAnswer, PlatformQuestion, Whereabouts};
use crate::domain::{
    Failure, FailureKind, NewSandbox, OnTimeout, RemoteText, SandboxDetail, SandboxFacts, SandboxId, SandboxState,
    Timestamp,
};
use crate::envd::EnvdClient;
use crate::platform::{
    LogDirection, LogEntry, LogQuery, PlatformClient, PlatformError, PlatformErrorKind, SandboxFilter,
};

/// Lines of a log that are read when something has ended.
const LAST_LINES: usize = 20;
/// Lines of a log that are read at once.
const PAGE_LINES: usize = 1000;
/// An envd that answers does so sooner.
const HEALTH_LIMIT: Duration = Duration::from_secs(5);

/// Asks and waits for the answer.
pub(super) async fn answer(
    client: Option<PlatformClient>,
    question: PlatformQuestion,
) -> Result<PlatformAnswer, Failure> {
    let Some(client) = client else {
        return Err(Failure::new(FailureKind::Denied, "there is no platform to ask")
            .hint("set E2B_API_KEY, or log in with the official `e2b auth login`"));
    };
    // The workbench asks again by itself, and says when.
    let once = client.without_retries();
    match question {
        PlatformQuestion::Page(next) => {
            let page = once.list_page(&SandboxFilter::default(), next).await?;
            Ok(PlatformAnswer::Page {
                sandboxes: page.items,
                next: page.next,
            })
        }
        PlatformQuestion::Samples(ids) => Ok(PlatformAnswer::Samples(once.latest_metrics(&ids).await?)),
        PlatformQuestion::Look(id) => Ok(PlatformAnswer::Facts(Box::new(once.get(&id).await?.into()))),
        PlatformQuestion::Templates => Ok(PlatformAnswer::Templates(names(&client).await?)),
        PlatformQuestion::LastWords(id) => Ok(PlatformAnswer::LastWords(Box::new(last_words(&once, &id).await))),
        PlatformQuestion::Log(id, since) => Ok(PlatformAnswer::Log(log(&once, &id, since).await?)),
        PlatformQuestion::Change(change) => Ok(PlatformAnswer::Changed(make(&client, change).await?)),
    }
}

async fn make(client: &PlatformClient, change: Change) -> Result<Changed, Failure> {
    match change {
        Change::Create(order) | Change::Succeed(_, order) => Ok(Changed::Made(client.create(&order).await?.id)),
        Change::Pause(id) => client
            .pause(&id, true)
            .await
            .map(|()| Changed::Done)
            .map_err(Failure::from),
        Change::Resume(id, life) => {
            client.connect(&id, life).await?;
            Ok(state_of(client, &id).await)
        }
        Change::Extend(id, life) => {
            client.extend(&id, life).await?;
            Ok(state_of(client, &id).await)
        }
        Change::Kill(id) => client.kill(&id).await.map(|()| Changed::Done).map_err(Failure::from),
        Change::Fork(id, life) => {
            let outcome = client.fork(&id, 1, life).await?.into_iter().next();
            match outcome {
                Some(copy) => Ok(Changed::Made(copy?.id)),
                None => Err(Failure::new(FailureKind::Internal, format!("cannot fork {id}"))
                    .because("the platform says neither which copy it made nor why it made none")),
            }
        }
        Change::Again(id, life) => {
            // Looked at first: what is made of a snapshot has its files and programs, and nothing that is written on it.
            let facts = SandboxFacts::from(client.get(&id).await?);
            let snapshot = client.create_snapshot(&id, None).await?.id;
            let order = like(&facts, snapshot.unescaped(), life);
            let made = client.create(&order).await.map_err(|error| {
                let failure = Failure::from(error);
                let hint = format!("the snapshot {snapshot} is there: make a sandbox of it later");
                failure.hint(hint)
            })?;
            Ok(Changed::Made(made.id))
        }
        Change::Snapshot(id) => Ok(Changed::Saved(client.create_snapshot(&id, None).await?.id)),
    }
}

/// A sandbox of this template that has what was ordered for another one.
fn like(facts: &SandboxFacts, template: &str, life: Duration) -> NewSandbox {
    let metadata = facts.sandbox.metadata.iter();
    NewSandbox {
        timeout: life,
        on_timeout: facts.on_timeout.clone().unwrap_or(OnTimeout::Kill),
        auto_resume: facts.auto_resume.unwrap_or(false),
        internet: facts.internet,
        metadata: metadata
            .map(|(key, value)| (key.unescaped().to_owned(), value.unescaped().to_owned()))
            .collect(),
        ..NewSandbox::of(template)
    }
}

/// How a sandbox is after a change. The change was made, whether this can be known or not.
async fn state_of(client: &PlatformClient, id: &SandboxId) -> Changed {
    match client.get(id).await {
        Ok(detail) => Changed::Now(Box::new(detail.into())),
        Err(error) => {
            tracing::warn!(%error, "changed, and not looked at afterwards");
            Changed::Done
        }
    }
}

/// What a sandbox can be made of: the templates' names, or their IDs where they have none, and snapshots.
async fn names(client: &PlatformClient) -> Result<Vec<RemoteText>, PlatformError> {
    let (templates, snapshots) = tokio::join!(client.templates(), client.snapshots(None, None, Some(100)));
    let mut names: Vec<RemoteText> = Vec::new();
    for template in templates? {
        if template.names.is_empty() {
            names.push(template.id);
        } else {
            names.extend(template.names);
        }
    }
    match snapshots {
        Ok(snapshots) => names.extend(snapshots.into_iter().map(|snapshot| snapshot.id)),
        Err(error) => tracing::warn!(%error, "snapshots are left out"),
    }
    Ok(names)
}

/// Lines of a log, the oldest first: the newest ones, or those from a time on.
async fn log(client: &PlatformClient, id: &SandboxId, since: Option<Timestamp>) -> Result<Vec<LogLine>, PlatformError> {
    let direction = if since.is_some() {
        LogDirection::Forward
    } else {
        LogDirection::Backward
    };
    let query = LogQuery {
        from: since,
        direction,
        limit: Some(PAGE_LINES),
        ..LogQuery::default()
    };
    let mut lines: Vec<LogLine> = client.logs(id, &query).await?.into_iter().map(log_line).collect();
    if since.is_none() {
        lines.reverse();
    }
    Ok(lines)
}

fn log_line(entry: LogEntry) -> LogLine {
    LogLine {
        time: entry.time,
        level: entry.level,
        message: entry.message,
    }
}

/// What the platform last recorded of a sandbox; nothing where it says nothing.
async fn last_words(client: &PlatformClient, id: &SandboxId) -> LastWords {
    let query = LogQuery {
        limit: Some(LAST_LINES),
        ..LogQuery::default()
    };
    let (detail, lines, samples, snapshots) = tokio::join!(
        client.get(id),
        client.logs(id, &query),
        client.metrics(id, None, None),
        client.snapshots(Some(id), None, Some(PAGE_LINES)),
    );
    let (now_is, health) = match detail {
        Ok(detail) => {
            let health = health(client, &detail).await;
            (Whereabouts::There(Box::new(detail.sandbox)), health)
        }
        Err(error) if error.kind() == PlatformErrorKind::NotFound => (Whereabouts::Gone, Health::NotAsked),
        Err(_) => (Whereabouts::Unknown, Health::NotAsked),
    };
    let mut log: Vec<LogLine> = match lines {
        Ok(lines) => lines.into_iter().map(log_line).collect(),
        Err(error) => {
            tracing::info!(%error, "no last lines");
            Vec::new()
        }
    };
    log.reverse();
    let snapshots = snapshots.unwrap_or_default();
    LastWords {
        now_is,
        health,
        log,
        sample: samples.ok().and_then(|samples| samples.last().copied()),
        snapshots: snapshots.into_iter().map(|snapshot| snapshot.id).collect(),
    }
}

/// Whether the envd of a sandbox that runs answers. One that sleeps is not asked: that could wake it.
async fn health(client: &PlatformClient, detail: &SandboxDetail) -> Health {
    if detail.sandbox.state != SandboxState::Running {
        return Health::NotAsked;
    }
    let endpoint = client.settings().endpoint(&detail.sandbox.id, &detail.access);
    let envd = endpoint.map_err(Failure::from);
    let envd = envd.and_then(|endpoint| EnvdClient::new(&endpoint).map_err(Failure::from));
    let silent = |failure: Failure| {
        let why = failure.cause.unwrap_or_else(|| RemoteText::from(failure.summary));
        Health::Silent(why)
    };
    match envd {
        Err(failure) => silent(failure),
        Ok(envd) => match envd.health_within(HEALTH_LIMIT).await {
            Ok(_) => Health::Answers,
            Err(error) => silent(error.into()),
        },
    }
}

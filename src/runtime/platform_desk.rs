//! Questions to the platform, each answered in a task of its own. Looking changes nothing; only a `Change` does.

use crate::app::{Change, Changed, LogLine, PlatformAnswer, PlatformQuestion, Whereabouts};
use crate::domain::{Failure, FailureKind, NewSandbox, RemoteText, SandboxId};
use crate::platform::{LogQuery, PlatformClient, PlatformError, PlatformErrorKind, SandboxFilter};

/// Lines of a log that are read when something has ended.
const LAST_LINES: usize = 20;

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
        PlatformQuestion::LastWords(id) => Ok(last_words(&once, &id).await),
        PlatformQuestion::Change(change) => Ok(PlatformAnswer::Changed(make(&client, change).await?)),
    }
}

async fn make(client: &PlatformClient, change: Change) -> Result<Changed, Failure> {
    match change {
        Change::Create(order) => Ok(Changed::Made(client.create(&order).await?.id)),
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
            let snapshot = client.create_snapshot(&id, None).await?.id;
            let order = NewSandbox {
                timeout: life,
                ..NewSandbox::of(snapshot.unescaped())
            };
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

/// What the platform last recorded of a sandbox; nothing where it says nothing.
async fn last_words(client: &PlatformClient, id: &SandboxId) -> PlatformAnswer {
    let query = LogQuery {
        limit: Some(LAST_LINES),
        ..LogQuery::default()
    };
    let (detail, lines, samples) =
        tokio::join!(client.get(id), client.logs(id, &query), client.metrics(id, None, None));
    let now_is = match detail {
        Ok(detail) => Whereabouts::There(Box::new(detail.sandbox)),
        Err(error) if error.kind() == PlatformErrorKind::NotFound => Whereabouts::Gone,
        Err(_) => Whereabouts::Unknown,
    };
    let mut log: Vec<LogLine> = match lines {
        Ok(lines) => {
            let line = |entry: crate::platform::LogEntry| LogLine {
                time: entry.time,
                level: entry.level,
                message: entry.message,
            };
            lines.into_iter().map(line).collect()
        }
        Err(error) => {
            tracing::info!(%error, "no last lines");
            Vec::new()
        }
    };
    log.reverse();
    let sample = samples.ok().and_then(|samples| samples.last().copied());
    PlatformAnswer::LastWords { now_is, log, sample }
}

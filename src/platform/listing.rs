//! What there is: sandboxes, snapshots and templates, page by page. Changes nothing.

use std::collections::BTreeSet;

use crate::domain::{RemoteText, Sandbox, SandboxId, SandboxState, Timestamp};

use super::client::sandbox;
use super::connection::Call;
use super::metadata::encode;
use super::record::Record;
use super::reply::not_platform;
use super::{MetadataQuery, PlatformClient, PlatformError};

/// The most that one page may hold.
const PAGE: usize = 100;
/// A list of more pages than this is a fault of the platform, not a list.
const MOST_PAGES: usize = 10_000;

/// In which order a list comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StartOrder {
    /// The last started first.
    #[default]
    NewestFirst,
    /// The first started first.
    OldestFirst,
}

/// Which sandboxes to list.
#[derive(Clone, Debug, Default)]
pub struct SandboxFilter {
    /// In one of these states; in any, if empty.
    pub states: Vec<SandboxState>,
    /// With all of these pairs.
    pub metadata: MetadataQuery,
    /// Made of this template, by ID or name.
    pub template: Option<String>,
    /// Started at this time or later.
    pub started_after: Option<Timestamp>,
    /// The order.
    pub order: StartOrder,
    /// At most so many; all, if `None`.
    pub limit: Option<usize>,
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next one begins, if there is one.
    pub next: Option<String>,
    /// How many running sandboxes the filter finds on all pages, if the platform says so.
    pub total_running: Option<u64>,
}

/// A saved state of a sandbox: a template that new ones can be made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Its ID, with `:` and perhaps `/` in it.
    pub id: RemoteText,
    /// Its names.
    pub names: Vec<RemoteText>,
}

/// What sandboxes are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its ID.
    pub id: RemoteText,
    /// Its names, with their namespace.
    pub names: Vec<RemoteText>,
    /// Processors of a sandbox made of it.
    pub cpu_count: u64,
    /// Memory of a sandbox made of it, in MiB.
    pub memory_mb: u64,
    /// Whether others may use it.
    pub is_public: bool,
    /// How its last build went: `ready`, `building`, `waiting`, `error` or a word that we do not know.
    pub build_status: RemoteText,
    /// The version of its envd.
    pub envd_version: RemoteText,
    /// When it changed.
    pub updated: Option<Timestamp>,
}

impl PlatformClient {
    /// One page of sandboxes, from the beginning or from where an earlier page said.
    pub async fn list_page(
        &self,
        filter: &SandboxFilter,
        next: Option<String>,
    ) -> Result<Page<Sandbox>, PlatformError> {
        let metadata = (!filter.metadata.0.is_empty()).then(|| filter.metadata.encoded());
        let states: Vec<String> = filter.states.iter().map(ToString::to_string).collect();
        let order = match filter.order {
            StartOrder::NewestFirst => None,
            StartOrder::OldestFirst => Some("asc".to_owned()),
        };
        let call = Call::get("/v2/sandboxes", "list sandboxes")
            .with("state", (!states.is_empty()).then(|| states.join(",")))
            .with("metadata", metadata)
            .with("template", filter.template.clone())
            .with("startedAfter", filter.started_after.map(|date| date.to_string()))
            .with("order", order);
        self.page(call, page_size(filter.limit), next, sandbox).await
    }

    /// All sandboxes that the filter finds, page after page. One that changed pages meanwhile is listed once.
    pub async fn list(&self, filter: &SandboxFilter) -> Result<Vec<Sandbox>, PlatformError> {
        let mut seen = BTreeSet::new();
        let mut all = to_the_end(filter.limit, |next| self.list_page(filter, next)).await?;
        all.retain(|sandbox| seen.insert(sandbox.id.clone()));
        Ok(all)
    }

    /// Snapshots, of one sandbox or of all, with this name or any.
    pub async fn snapshots(
        &self,
        of: Option<&SandboxId>,
        name: Option<&str>,
        limit: Option<usize>,
    ) -> Result<Vec<Snapshot>, PlatformError> {
        to_the_end(limit, |next| {
            let call = Call::get("/snapshots", "list snapshots")
                .with("sandboxID", of.map(ToString::to_string))
                .with("name", name.map(str::to_owned));
            self.page(call, page_size(limit), next, snapshot)
        })
        .await
    }

    /// Saves the state of a running sandbox, which goes on afterwards.
    pub async fn create_snapshot(&self, id: &SandboxId, name: Option<&str>) -> Result<Snapshot, PlatformError> {
        let doing = format!("take a snapshot of {id}");
        let body = match name {
            Some(name) => serde_json::json!({ "name": name }),
            None => serde_json::json!({}),
        };
        let call = Call::post(format!("/sandboxes/{id}/snapshots"), body, doing.clone());
        let reply = self.connection.send(call).await?;
        reply.one(snapshot).map_err(|error| error.during(&doing))
    }

    /// Deletes a snapshot by its ID. The same call would delete a template, so an ID without `:` is refused.
    pub async fn delete_snapshot(&self, id: &str) -> Result<(), PlatformError> {
        let doing = format!("delete the snapshot {}", RemoteText::from(id));
        if !id.contains(':') || id.len() > 512 {
            let text = "the ID of a snapshot is a template, a colon and a tag";
            return Err(PlatformError::new(super::PlatformErrorKind::Usage, text)
                .during(&doing)
                .hint("`e2b-tui snapshot list` shows them"));
        }
        let call = Call::delete(format!("/templates/{}", encode(id)), doing);
        self.connection.send(call).await.map(drop)
    }

    /// All templates of the team.
    pub async fn templates(&self) -> Result<Vec<Template>, PlatformError> {
        to_the_end(None, |next| {
            let call = Call::get("/v2/templates", "list templates");
            self.page(call, PAGE, next, template)
        })
        .await
    }

    async fn page<T>(
        &self,
        call: Call,
        size: usize,
        next: Option<String>,
        read: fn(Record<'_>) -> Option<T>,
    ) -> Result<Page<T>, PlatformError> {
        let call = call.with("limit", Some(size.to_string())).with("nextToken", next);
        let reply = self.connection.send(call).await?;
        Ok(Page {
            items: reply.many(read).map_err(|error| error.during("read a list"))?,
            next: reply.header("x-next-token").map(str::to_owned),
            total_running: reply.header("x-total-running").and_then(|text| text.parse().ok()),
        })
    }
}

fn page_size(limit: Option<usize>) -> usize {
    limit.unwrap_or(PAGE).clamp(1, PAGE)
}

/// Reads pages until the last, or until there is enough.
async fn to_the_end<T, F>(limit: Option<usize>, page: impl Fn(Option<String>) -> F) -> Result<Vec<T>, PlatformError>
where
    F: Future<Output = Result<Page<T>, PlatformError>>,
{
    let limit = limit.unwrap_or(usize::MAX);
    let mut all = Vec::new();
    let mut seen = BTreeSet::new();
    let mut next = None;
    for _ in 0..MOST_PAGES {
        let mut found = page(next).await?;
        all.append(&mut found.items);
        match found.next {
            Some(token) if all.len() < limit => {
                if !seen.insert(token.clone()) {
                    return Err(not_platform("its list goes in circles").during("read a list"));
                }
                next = Some(token);
            }
            _ => {
                all.truncate(limit);
                return Ok(all);
            }
        }
    }
    Err(not_platform("its list has no end").during("read a list"))
}

fn snapshot(record: Record<'_>) -> Option<Snapshot> {
    Some(Snapshot {
        id: record.text("snapshotID")?,
        names: record.list("names"),
    })
}

fn template(record: Record<'_>) -> Option<Template> {
    let mut names = record.list("names");
    if names.is_empty() {
        names = record.list("aliases");
    }
    Some(Template {
        id: record.text("templateID")?,
        names,
        cpu_count: record.count("cpuCount").unwrap_or(0),
        memory_mb: record.count("memoryMB").unwrap_or(0),
        is_public: record.flag("public").unwrap_or(false),
        build_status: record.text("buildStatus").unwrap_or_default(),
        envd_version: record.text("envdVersion").unwrap_or_default(),
        updated: record.date("updatedAt"),
    })
}

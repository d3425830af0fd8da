//! Finding the workspace that a start takes up: the one that is named, or the last one if something of it still runs.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;

use crate::app::{TakeUp, TakeUpTarget};
use crate::config::{SavedPane, WorkspaceFile};
use crate::domain::{Failure, FailureKind, ManagedProcess, RemoteText, Target, TargetId};
use crate::envd::EnvdClient;
use crate::runtime::workspace_path;
use crate::startup::{Context, OpenSandbox, Sandboxes};

use super::output;

/// Looking whether something of the last workspace still runs may hold up the start for so long.
const LOOK_LIMIT: Duration = Duration::from_millis(1500);
/// No workspace file is larger, screens included.
const LARGEST: u64 = 256 << 20;
/// The workspace that was left last.
const LAST: &str = "last";

/// A workspace with its sandboxes opened.
pub(super) struct Found {
    pub(super) plan: TakeUp,
    pub(super) clients: BTreeMap<TargetId, EnvdClient>,
}

/// Turns an open sandbox into what the workbench knows of it.
pub(super) type MakeTarget<'a> = &'a dyn Fn(TargetId, OpenSandbox) -> Target;

/// What is open already; it is not opened twice.
pub(super) struct Known<'a> {
    pub(super) targets: &'a [Target],
    pub(super) clients: &'a BTreeMap<TargetId, EnvdClient>,
    pub(super) make: MakeTarget<'a>,
}

/// The workspace of this name or file.
pub(super) async fn named(
    (context, sandboxes): (&Context, &mut Sandboxes),
    name: &str,
    known: &Known<'_>,
) -> Result<Found, Failure> {
    let path = path_of(context, name)?;
    let file = read(&path)?.ok_or_else(|| {
        let shown = RemoteText::new(path.display().to_string());
        Failure::new(FailureKind::NotFound, format!("there is no workspace {shown}"))
            .hint("`e2b-tui workspaces` lists those that are saved")
    })?;
    let found = open(sandboxes, file, known).await;
    if found.clients.is_empty() {
        let reasons = found.plan.left_out.join("\n");
        return Err(Failure::new(
            FailureKind::Unreachable,
            format!("nothing of this workspace can be opened\n{reasons}"),
        ));
    }
    Ok(found)
}

/// The workspace that was left last, if programs of it still run outside of this machine's e2b-tui.
pub(super) async fn last((context, sandboxes): (&Context, &mut Sandboxes), known: &Known<'_>) -> Option<Found> {
    let path = path_of(context, LAST).ok()?;
    let file = match read(&path) {
        Ok(file) => file?,
        Err(failure) => {
            tracing::warn!(%failure, "the last workspace is not offered");
            return None;
        }
    };
    // What ran in an embedded sandbox ended with it.
    let may_run = |pane: &SavedPane| pane.pid.is_some() && !is_local(&pane.target);
    if !file.panes().any(may_run) {
        return None;
    }
    let looking = async {
        let mut found = open(sandboxes, file, known).await;
        let lines = what_runs(&found).await;
        found.plan.offer = Some(lines);
        found
    };
    let found = timeout(LOOK_LIMIT, looking).await.ok()?;
    let is_empty = found.plan.offer.as_ref().is_none_or(Vec::is_empty);
    (!is_empty).then_some(found)
}

fn is_local(target: &str) -> bool {
    target == "local" || target.starts_with("local:")
}

/// Whether a workspace is named by its file.
pub(super) fn is_path(name: &str) -> bool {
    name.contains('/') || Path::new(name).extension().is_some_and(|extension| extension == "toml")
}

fn path_of(context: &Context, name: &str) -> Result<PathBuf, Failure> {
    let folder = context.folders.as_ref().map(crate::startup::Folders::workspaces);
    match folder {
        Some(folder) => Ok(workspace_path(&folder, name)),
        None if is_path(name) => Ok(PathBuf::from(name)),
        None => Err(
            Failure::new(FailureKind::Usage, "this user has no home, so no workspace has a name").hint("name its file"),
        ),
    }
}

/// The workspace in a file; `None` if there is no such file.
fn read(path: &Path) -> Result<Option<WorkspaceFile>, Failure> {
    let shown = RemoteText::new(path.display().to_string()).escaped();
    let refuse =
        |why: String| Failure::new(FailureKind::Usage, format!("cannot read the workspace {shown}")).because(why);
    match fs::metadata(path) {
        Ok(found) if !found.is_file() || found.len() > LARGEST => {
            return Err(refuse("it is no file of a workspace's size".to_owned()));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        _ => {}
    }
    let text = fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
    Ok(Some(WorkspaceFile::parse(&text, &shown)?))
}

/// Opens every sandbox that a workspace names. One that cannot be opened is left out and told of.
async fn open(sandboxes: &mut Sandboxes, mut file: WorkspaceFile, known: &Known<'_>) -> Found {
    let mut plan = TakeUp {
        targets: Vec::new(),
        offer: None,
        left_out: Vec::new(),
        file: WorkspaceFile::default(),
    };
    let mut clients = known.clients.clone();
    let mut id = known.targets.len() as u32;
    let names: Vec<String> = file.targets().into_iter().map(str::to_owned).collect();
    for name in names.iter().map(String::as_str) {
        let is_open = |target: &&Target| target.address == name;
        let found: Vec<Target> = known.targets.iter().filter(is_open).cloned().collect();
        if !found.is_empty() {
            let name = name.to_owned();
            plan.targets.push(TakeUpTarget { name, found });
            continue;
        }
        let mut opened = sandboxes.open_later(name).await;
        if let Err(failure) = &opened
            && failure.kind == FailureKind::NotFound
            && let Some(successor) = successor(sandboxes, &mut file, name).await
        {
            let (label, name) = (RemoteText::from(&*successor.label), RemoteText::from(name));
            plan.left_out.push(format!(
                "{name} is gone: {label} has the same metadata and takes its place"
            ));
            opened = Ok(vec![successor]);
        }
        let opened = opened.and_then(|open| {
            let with_client = |sandbox: OpenSandbox| Ok((EnvdClient::new(&sandbox.endpoint)?, sandbox));
            open.into_iter().map(with_client).collect::<Result<Vec<_>, Failure>>()
        });
        match opened {
            Ok(open) => {
                let mut found = Vec::new();
                for (client, sandbox) in open {
                    clients.insert(TargetId(id), client);
                    found.push((known.make)(TargetId(id), sandbox));
                    id += 1;
                }
                let name = name.to_owned();
                plan.targets.push(TakeUpTarget { name, found });
            }
            Err(failure) => {
                let name = RemoteText::from(name);
                plan.left_out.push(format!("{name} is left out: {failure}"));
            }
        }
    }
    plan.file = file;
    Found { plan, clients }
}

/// The running sandbox with the metadata that a gone one had; none unless it is the only one. Nothing of the gone one runs
/// in it, so its panes join no process.
async fn successor(sandboxes: &mut Sandboxes, file: &mut WorkspaceFile, name: &str) -> Option<OpenSandbox> {
    let query = file.panes().find(|pane| pane.target == name)?.metadata.clone()?;
    let mut found = match sandboxes.open_later(&query).await {
        Ok(found) => found,
        Err(failure) => {
            tracing::info!(%failure, "nothing takes the place of what is gone");
            return None;
        }
    };
    if found.len() != 1 {
        tracing::info!(count = found.len(), "several could take the place of what is gone");
        return None;
    }
    let panes = file.tabs.iter_mut().flat_map(|tab| &mut tab.panes);
    for pane in panes.filter(|pane| pane.target == name) {
        (pane.pid, pane.tag) = (None, None);
    }
    found.pop()
}

/// A line for each pane whose program still runs.
async fn what_runs(found: &Found) -> Vec<String> {
    let looks = found.plan.targets.iter().filter_map(|target| {
        let [one] = target.found.as_slice() else { return None };
        let client = found.clients.get(&one.id)?;
        Some(async move {
            (
                target.name.as_str(),
                one,
                client.list_processes().await.unwrap_or_default(),
            )
        })
    });
    let looks = join_all(looks).await;
    let mut lines = Vec::new();
    for pane in found.plan.file.panes() {
        let look = looks.iter().find(|(name, _, _)| *name == pane.target);
        if let Some((_, target, listed)) = look
            && let Some(process) = listed.iter().find(|process| is_of(process, pane))
        {
            let directory = pane.cwd.as_deref().map(|cwd| format!(" in {}", RemoteText::from(cwd)));
            let name = match (&pane.command, &target.program_name) {
                (None, Some(name)) => RemoteText::from(name.as_str()),
                _ => RemoteText::from(process.program.short_name()),
            };
            let (label, pid) = (&target.label, process.pid);
            lines.push(format!(
                "{label}: {name} (process {pid}){}",
                directory.unwrap_or_default()
            ));
        }
    }
    lines
}

/// Whether this process is the one that ran in the pane: the same number, and the label that one run of ours gave it. What it
/// was started with says less: a shell that reports is started with secrets.
fn is_of(process: &ManagedProcess, pane: &SavedPane) -> bool {
    Some(process.pid) == pane.pid && pane.tag.is_some() && process.program.tag == pane.tag
}

/// Prints the workspaces that are saved, and where.
pub(super) fn print_workspaces(context: &Context) -> Result<u8, Failure> {
    let folder = context.folders.as_ref().map(crate::startup::Folders::workspaces);
    let folder = folder.ok_or_else(|| {
        Failure::new(
            FailureKind::NotFound,
            "this user has no home, so no workspaces are saved",
        )
    })?;
    let mut lines = Vec::new();
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default()
            .to_owned();
        if path.extension().is_none_or(|extension| extension != "toml") || name.starts_with('.') {
            continue;
        }
        let name = RemoteText::from(name);
        lines.push(match read(&path) {
            Ok(Some(file)) => {
                let targets: Vec<String> = file
                    .targets()
                    .into_iter()
                    .map(|name| RemoteText::from(name).escaped())
                    .collect();
                let (tabs, panes) = (file.tabs.len(), file.panes().count());
                format!("{name}  {tabs} tabs, {panes} panes: {}", targets.join(", "))
            }
            Ok(None) => continue,
            Err(failure) => format!("{name}  unreadable: {failure}"),
        });
    }
    lines.sort();
    let shown = RemoteText::new(folder.display().to_string());
    let mut text = format!("In {shown}:\n");
    if lines.is_empty() {
        text.push_str("none yet; the action `save-workspace` saves one\n");
    }
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    Ok(output::print(&text))
}

//! Which rows the Sandboxes panel has and in which order. Arranged anew only when something in it has changed: there may be
//! thousands.

use crate::app::fleet::{Known, Presence};
use crate::app::joint_run::Whom;
use crate::app::list::Filter;
use crate::app::opening::OpenPlace;
use crate::app::workspace::Workspace;
use crate::domain::{PaneId, SandboxId, Target, TargetId};

use super::outcome::{FleetRequest, Request};

/// One row: what tells a sandbox from all others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SandboxKey {
    /// One that is open and that the platform does not tell of.
    Open(TargetId),
    /// The embedded sandbox, which is not open.
    Local,
    /// One that the platform tells of, open or not.
    OnPlatform(SandboxId),
}

impl SandboxKey {
    /// Its ID on the platform.
    pub fn sandbox(&self) -> Option<&SandboxId> {
        match self {
            Self::OnPlatform(id) => Some(id),
            Self::Open(_) | Self::Local => None,
        }
    }

    /// The target under which it is open.
    pub fn target<'a>(&self, workspace: &'a Workspace) -> Option<&'a Target> {
        match self {
            Self::Open(target) => workspace.target(*target),
            Self::Local => None,
            Self::OnPlatform(id) => {
                let mut targets = workspace.targets().iter();
                targets.find(|target| target.sandbox.as_ref() == Some(id))
            }
        }
    }

    /// Its panes.
    pub fn panes(&self, workspace: &Workspace) -> Vec<PaneId> {
        let targets: Vec<TargetId> = match self {
            Self::Open(target) => vec![*target],
            Self::Local => Vec::new(),
            Self::OnPlatform(id) => workspace.targets_at(id),
        };
        let sessions = workspace
            .sessions()
            .filter(|(_, session)| targets.contains(&session.target));
        sessions.map(|(pane, _)| pane).collect()
    }

    /// What opens it.
    pub fn address(&self, workspace: &Workspace) -> String {
        match self {
            Self::Open(_) => self
                .target(workspace)
                .map(|target| target.address.clone())
                .unwrap_or_default(),
            Self::Local => "local".to_owned(),
            Self::OnPlatform(id) => id.to_string(),
        }
    }

    /// How to ask for a pane in it.
    pub fn open_request(&self, workspace: &Workspace, is_beside: bool) -> Request {
        if let Some(target) = self.target(workspace) {
            return Request::Open {
                target: target.id,
                program: None,
                in_tab: !is_beside,
            };
        }
        let pane = workspace.tabs().focused().filter(|_| is_beside);
        let place = pane.map_or(OpenPlace::Tab, |pane| {
            OpenPlace::Beside(pane, crate::panes::Axis::Across)
        });
        Request::Fleet(FleetRequest::Open(self.address(workspace), place))
    }

    /// Who it is, for a command that is to run there.
    pub fn whom(&self, workspace: &Workspace) -> Whom {
        let target = self.target(workspace);
        let known = self.sandbox().and_then(|id| workspace.fleet().get(id));
        let label = match (target, known) {
            (Some(target), _) => target.label.escaped(),
            (None, Some(known)) => known.name(),
            (None, None) => self.address(workspace),
        };
        Whom {
            label,
            address: self.address(workspace),
            target: target.map(|target| target.id),
            is_asleep: self.is_asleep(workspace),
        }
    }

    /// Whether it sleeps, as far as we know.
    pub fn is_asleep(&self, workspace: &Workspace) -> bool {
        let known = self.sandbox().and_then(|id| workspace.fleet().get(id));
        known.is_some_and(|known| known.presence() == Presence::Paused)
    }

    /// Whether there is such a row, whatever the filter says.
    pub fn exists(&self, workspace: &Workspace) -> bool {
        match self {
            Self::Open(target) => workspace.target(*target).is_some(),
            Self::Local => true,
            Self::OnPlatform(id) => workspace.fleet().get(id).is_some(),
        }
    }
}

/// Which sandboxes are listed at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Only {
    /// All.
    #[default]
    All,
    /// Those that run.
    Running,
    /// Those that sleep.
    Paused,
}

impl Only {
    /// The one after it, round and round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::All => Self::Running,
            Self::Running => Self::Paused,
            Self::Paused => Self::All,
        }
    }

    /// What is listed, where that is not everything.
    pub fn words(self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Running => Some("running only"),
            Self::Paused => Some("paused only"),
        }
    }

    fn keeps(self, known: &Known) -> bool {
        match self {
            Self::All => true,
            Self::Running => known.presence() == Presence::Running,
            Self::Paused => known.presence() == Presence::Paused,
        }
    }
}

/// What rows are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    /// The last started first.
    #[default]
    Age,
    /// By name.
    Name,
    /// The busiest first.
    Load,
    /// The one that ends next first.
    Life,
}

impl SortBy {
    /// The one after it, round and round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Age => Self::Name,
            Self::Name => Self::Load,
            Self::Load => Self::Life,
            Self::Life => Self::Age,
        }
    }
}

/// What rows are arranged for: the state of the fleet, how many are open, the filter, the order and what is left out.
type Wanted = (u64, usize, String, (SortBy, bool, Only));

/// The rows in their order, and what they were arranged for.
#[derive(Debug, Default)]
pub struct Arranged {
    /// The rows.
    pub keys: Vec<SandboxKey>,
    arranged_for: Option<Wanted>,
}

impl Arranged {
    /// Brings the rows up to date, if there is anything to do. Whether something else is looked for than before: then the
    /// best of what was found stands at the top.
    pub fn arrange(
        &mut self,
        workspace: &Workspace,
        filter: &Filter,
        (sort, is_reversed, only): (SortBy, bool, Only),
    ) -> bool {
        let fleet = workspace.fleet();
        let text = filter.entry().text();
        let state = (
            fleet.version(),
            workspace.targets().len(),
            text.to_owned(),
            (sort, is_reversed, only),
        );
        if self.arranged_for.as_ref() == Some(&state) {
            return false;
        }
        let before = self.arranged_for.as_ref().map_or("", |(_, _, text, _)| text);
        let is_narrowed = !text.is_empty() && text != before;
        self.arranged_for = Some(state);
        let mut sieve = filter.sieve();
        let open = workspace.targets().iter();
        let open = open.filter(|target| target.sandbox.as_ref().is_none_or(|id| fleet.get(id).is_none()));
        let mut keys: Vec<SandboxKey> = open
            .filter(|target| sieve.keeps(&target.label.escaped()))
            .map(|target| SandboxKey::Open(target.id))
            .collect();
        let mut known: Vec<(u32, &Known)> = fleet
            .all()
            .filter(|known| only.keeps(known))
            .filter_map(|known| Some((sieve.score(&search_text(known, workspace))?, known)))
            .collect();
        known.sort_by(|(one_score, one), (other_score, other)| {
            let by_sort = compare(one, other, sort);
            let by_sort = if is_reversed { by_sort.reverse() } else { by_sort };
            other_score
                .cmp(one_score)
                .then(by_sort)
                .then_with(|| one.sandbox.id.cmp(&other.sandbox.id))
        });
        keys.extend(
            known
                .into_iter()
                .map(|(_, known)| SandboxKey::OnPlatform(known.sandbox.id.clone())),
        );
        let has_local = workspace.targets().iter().any(|target| target.address == "local");
        if !has_local && only == Only::All && sieve.keeps("local") {
            keys.push(SandboxKey::Local);
        }
        self.keys = keys;
        is_narrowed
    }
}

/// What a search looks in: name, ID, template, metadata and state.
fn search_text(known: &Known, workspace: &Workspace) -> String {
    let sandbox = &known.sandbox;
    let mut text = sandbox.id.to_string();
    let mut add = |part: &str| {
        text.push(' ');
        text.push_str(part);
    };
    for target in workspace
        .targets()
        .iter()
        .filter(|target| target.sandbox.as_ref() == Some(&sandbox.id))
    {
        add(target.label.unescaped());
    }
    sandbox.alias.iter().for_each(|alias| add(alias.unescaped()));
    add(sandbox.template.unescaped());
    add(&sandbox.state.to_string());
    for (key, value) in &sandbox.metadata {
        add(&format!("{}={}", key.unescaped(), value.unescaped()));
    }
    text
}

fn compare(one: &Known, other: &Known, sort: SortBy) -> std::cmp::Ordering {
    let load = |known: &Known| {
        known
            .samples()
            .next_back()
            .map_or(-1.0, |sample| sample.cpu_used_percent)
    };
    let ends = |known: &Known| known.sandbox.ends.filter(|_| known.is_running());
    match sort {
        SortBy::Age => other.sandbox.started.cmp(&one.sandbox.started),
        SortBy::Name => one.name().cmp(&other.name()),
        SortBy::Load => load(other).total_cmp(&load(one)),
        // Those without an end come last.
        SortBy::Life => (ends(one).is_none(), ends(one)).cmp(&(ends(other).is_none(), ends(other))),
    }
}

//! The eye that we have in one sandbox: it starts a helper when somebody looks, renews it before its lease is over, and puts
//! together what it says.

use std::collections::HashSet;
use std::time::Duration;

use super::constant_facts::ConstantFacts;
use super::helper::Helper;
use super::proc_stat::{self, ProcStat};
use super::reply::parts;
use super::socket_holders::{self, SocketHolders};
use super::users::Users;
use super::{details, proc_net, proc_system};
use crate::domain::{
    Observation, Pid, Process, ProcessDetails, ProcessKey, ProcessKind, Sight, Socket, TICKS_PER_SECOND,
};
use crate::envd::EnvdClient;
use crate::envd::error::{EnvdError, EnvdErrorKind};

/// After this time envd ends a helper, whatever became of us.
pub const LEASE: Duration = Duration::from_secs(30);
/// In the sandbox everybody may be looked at as this user, if we may become it.
const ALL_SEEING: &str = "root";
/// Files that everybody can read, always the same, and that no program would write: one of them stands between others.
const BOUNDARIES: [&str; 2] = ["/proc/sys/kernel/random/boot_id", "/proc/version"];
/// So many batches of new processes are asked about in one look; the rest follows with the next.
const BATCHES_A_LOOK: usize = 16;

/// Looks into one sandbox.
pub struct Inspector {
    pub(super) client: EnvdClient,
    /// The client as the user who sees everything; `None` once the sandbox has said no.
    all_seeing: Option<EnvdClient>,
    lease: Duration,
    /// The shell of the helper with its options; `/bin/sh` if there is none.
    shell: Vec<String>,
    helper: Option<Helper>,
    /// Whether the last one did not answer.
    has_failed: bool,
    /// Helpers that were told to end and may still be listed.
    former: HashSet<Pid>,
    place: Place,
    facts: ConstantFacts,
    holders: SocketHolders,
}

/// What does not change as long as the sandbox runs.
#[derive(Debug, Default)]
struct Place {
    boundary_file: &'static str,
    boundary: Vec<u8>,
    page: u64,
    users: Users,
}

impl Inspector {
    /// One that has not looked yet. Nothing runs in the sandbox before it does.
    pub fn new(client: &EnvdClient) -> Result<Self, EnvdError> {
        Ok(Self {
            client: client.clone(),
            all_seeing: Some(client.in_the_name_of(ALL_SEEING)?),
            lease: LEASE,
            shell: Vec::new(),
            helper: None,
            has_failed: false,
            former: HashSet::new(),
            place: Place::default(),
            facts: ConstantFacts::default(),
            holders: SocketHolders::default(),
        })
    }

    /// The same with another lease, at least a second.
    #[must_use]
    pub fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease.max(Duration::from_secs(1));
        self
    }

    /// The same with another shell than `/bin/sh`: the program and what stands in front of `-c`.
    #[must_use]
    pub fn with_shell(mut self, words: &[&str]) -> Self {
        self.shell = words.iter().map(|word| (*word).to_owned()).collect();
        self
    }

    /// Looks.
    pub async fn look(&mut self, sight: Sight) -> Result<Observation, EnvdError> {
        self.check_helper().await?;
        let before = self.received();
        let mut questions = vec![self.overview(sight)];
        if sight.has_sockets() {
            questions.push(listing(&proc_net::FILES, self.place.boundary_file));
        }
        let answers = self.ask(&questions).await?;
        let answer = |index: usize| answers.get(index).map(Vec::as_slice).unwrap_or_default();
        let texts = parts(answer(0), &self.place.boundary);
        let (system, stats) = texts.split_at(texts.len().min(proc_system::FILES.len()));
        let load = proc_system::read(system);
        let (mut processes, mut sockets) = (Vec::new(), None);
        if sight.has_processes() {
            let stats = proc_stat::read_all(stats.first().copied().unwrap_or_default());
            if stats.is_empty() {
                return Err(EnvdError::new(
                    EnvdErrorKind::Unsupported,
                    "the sandbox shows no processes in /proc, or more than one command can name",
                ));
            }
            let now = load.uptime.as_millis() as u64 * TICKS_PER_SECOND / 1000;
            self.learn(&stats, now).await?;
            self.former.retain(|pid| stats.iter().any(|stat| stat.key.pid == *pid));
            if sight.has_sockets() {
                let mut found = proc_net::read(&parts(answer(1), &self.place.boundary));
                self.find_holders(&mut found, &stats).await?;
                sockets = Some(found);
            }
            processes = self.put_together(stats);
        }
        let wire_bytes = self.received() - before;
        Ok(Observation {
            load,
            processes,
            sockets,
            wire_bytes,
        })
    }

    /// Everything about one process.
    pub async fn details(&mut self, key: ProcessKey, with_environment: bool) -> Result<ProcessDetails, EnvdError> {
        self.check_helper().await?;
        let questions = details::questions(key.pid, self.place.boundary_file, with_environment);
        let answers = self.ask(&questions).await?;
        let mut found = details::read(&answers, &self.place.boundary);
        let stat = found.stat.take().filter(|stat| stat.key == key);
        let Some(process) = self.put_together(stat.into_iter().collect()).pop() else {
            let text = format!("process {key} has ended");
            return Err(EnvdError::new(EnvdErrorKind::NotFound, text));
        };
        Ok(found.into_details(process))
    }

    /// Lets nothing of ours run in the sandbox any more. The next look begins anew.
    pub async fn rest(&mut self) {
        if let Some(helper) = self.helper.take() {
            self.former.insert(helper.pid());
            // Telling it might wake a sandbox that was put to sleep meanwhile. There its lease ends it.
            if self.client.may_knock().await.is_ok() {
                helper.end().await;
            }
        }
    }

    /// The number of the helper, while one runs.
    pub fn helper(&self) -> Option<Pid> {
        self.helper.as_ref().map(Helper::pid)
    }

    fn received(&self) -> usize {
        self.helper.as_ref().map_or(0, Helper::received)
    }

    /// Makes sure that a helper runs whose lease is not over soon.
    pub(super) async fn check_helper(&mut self) -> Result<(), EnvdError> {
        let is_old = |helper: &Helper| helper.age() > self.lease * 2 / 3;
        if self.helper.as_ref().is_some_and(|helper| !is_old(helper)) {
            return Ok(());
        }
        if self.has_failed {
            // The answer may have stayed away because the sandbox sleeps. Another helper would wake it.
            self.client.may_knock().await?;
            self.has_failed = false;
        }
        let fresh = self.start_helper().await?;
        if let Some(old) = self.helper.replace(fresh) {
            self.former.insert(old.pid());
            old.end().await;
        }
        if self.place.boundary.is_empty() {
            self.learn_place().await?;
        }
        Ok(())
    }

    async fn start_helper(&mut self) -> Result<Helper, EnvdError> {
        if let Some(client) = &self.all_seeing {
            match Helper::start(client, &self.shell, self.lease).await {
                Err(error) if error.kind() == EnvdErrorKind::Denied => self.all_seeing = None,
                started => return started,
            }
        }
        Helper::start(&self.client, &self.shell, self.lease).await
    }

    async fn learn_place(&mut self) -> Result<(), EnvdError> {
        let questions = [
            format!("c {}", BOUNDARIES[0]),
            format!("c {}", BOUNDARIES[1]),
            "t 65536 /etc/passwd".to_owned(),
            "t 4000 /proc/self/smaps".to_owned(),
        ];
        let answers = self.ask(&questions).await?;
        let answer = |index: usize| answers.get(index).map(Vec::as_slice).unwrap_or_default();
        let boundary = BOUNDARIES
            .into_iter()
            .enumerate()
            .find(|(index, _)| answer(*index).len() > 8);
        let Some((index, boundary_file)) = boundary else {
            return Err(EnvdError::new(EnvdErrorKind::Unsupported, "the sandbox has no /proc"));
        };
        let boundary = answer(index).to_vec();
        let users = Users::read(answer(2));
        let page = page_size(answer(3));
        self.place = Place {
            boundary_file,
            boundary,
            page,
            users,
        };
        Ok(())
    }

    /// After an answer that did not come, the helper is left to its lease and the next look starts another.
    pub(super) async fn ask(&mut self, questions: &[String]) -> Result<Vec<Vec<u8>>, EnvdError> {
        let Some(helper) = &mut self.helper else {
            return Err(EnvdError::new(EnvdErrorKind::Internal, "no helper runs"));
        };
        let answers = helper.ask(questions).await;
        if answers.is_err()
            && let Some(helper) = self.helper.take()
        {
            self.former.insert(helper.pid());
            self.has_failed = true;
        }
        answers
    }

    fn overview(&self, sight: Sight) -> String {
        let system = listing(&proc_system::FILES, self.place.boundary_file);
        let processes = if sight.has_processes() {
            " /proc/[0-9]*/stat"
        } else {
            ""
        };
        system + processes
    }

    async fn learn(&mut self, stats: &[ProcStat], now: u64) -> Result<(), EnvdError> {
        let mut waiting = self.facts.wanted(stats, now);
        waiting.truncate(BATCHES_A_LOOK);
        while let Some(batch) = waiting.pop() {
            let answers = self.ask(&batch.questions(self.place.boundary_file)).await?;
            if let [commands, statuses] = answers.as_slice() {
                waiting.extend(
                    self.facts
                        .learn(&batch, [commands, statuses], &self.place.boundary, now),
                );
            }
        }
        Ok(())
    }

    async fn find_holders(&mut self, sockets: &mut [Socket], stats: &[ProcStat]) -> Result<(), EnvdError> {
        let alive = stats.iter().map(|stat| stat.key.pid).collect();
        if self.holders.are_old(sockets, &alive) {
            let answers = self.ask(&[socket_holders::QUESTION.to_owned()]).await?;
            self.holders = SocketHolders::read(answers.first().map(Vec::as_slice).unwrap_or_default(), sockets);
        }
        self.holders.tell(sockets, &alive);
        Ok(())
    }

    fn put_together(&self, stats: Vec<ProcStat>) -> Vec<Process> {
        let ours = self.ours(&stats);
        stats
            .into_iter()
            .map(|stat| {
                let known = self.facts.of(stat.key);
                let uid = known.and_then(|known| known.uid);
                Process {
                    kind: if ours.contains(&stat.key.pid) {
                        ProcessKind::Ours
                    } else if stat.is_kernel {
                        ProcessKind::Kernel
                    } else {
                        ProcessKind::Program
                    },
                    key: stat.key,
                    parent: stat.parent,
                    name: stat.name,
                    command: known.map(|known| known.command.clone()),
                    owner: uid.map(|uid| self.place.users.owner(uid)),
                    state: stat.state,
                    cpu_ticks: stat.cpu_ticks,
                    resident: stat.resident_pages.saturating_mul(self.place.page),
                    threads: stat.threads,
                    nice: stat.nice,
                }
            })
            .collect()
    }

    /// The helpers, old and new, and what they started.
    fn ours(&self, stats: &[ProcStat]) -> HashSet<Pid> {
        let mut ours: HashSet<Pid> = self.former.iter().copied().chain(self.helper()).collect();
        // A helper's children have higher numbers than it, except when numbers start over: then the second round finds them.
        for _ in 0..2 {
            for stat in stats {
                if ours.contains(&stat.parent) {
                    ours.insert(stat.key.pid);
                }
            }
        }
        ours
    }
}

/// A question for whole files with a boundary behind each.
fn listing(files: &[&str], boundary_file: &str) -> String {
    let words: Vec<String> = files.iter().map(|file| format!("{file} {boundary_file}")).collect();
    format!("c {}", words.join(" "))
}

/// In bytes, from the map of any process. Almost everywhere 4096.
fn page_size(smaps: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(smaps);
    let line = text.lines().find_map(|line| line.strip_prefix("KernelPageSize:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.map_or(4096, |kibibytes| kibibytes * 1024)
}

//! What one look into a sandbox saw, and what two looks say about the time between them.

use std::collections::{BTreeMap, HashMap};

use super::{Pid, Process, ProcessKey, Socket, SystemLoad, TICKS_PER_SECOND};

/// What a look is to show besides the load of the sandbox as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sight {
    /// Nothing: the cheapest look.
    #[default]
    Load,
    /// The processes.
    Processes,
    /// The processes, and the sockets with those who hold them.
    Sockets,
}

impl Sight {
    /// Whether processes are to be seen.
    pub fn has_processes(self) -> bool {
        self != Self::Load
    }

    /// Whether sockets are to be seen.
    pub fn has_sockets(self) -> bool {
        self == Self::Sockets
    }

    /// What shows all that both show.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Sockets, _) | (_, Self::Sockets) => Self::Sockets,
            (Self::Processes, _) | (_, Self::Processes) => Self::Processes,
            (Self::Load, Self::Load) => Self::Load,
        }
    }

    /// Whether it shows all that the other one does.
    pub fn shows(self, other: Self) -> bool {
        self.and(other) == self
    }
}

/// What one look saw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observation {
    /// The sandbox as a whole.
    pub load: SystemLoad,
    /// Its processes by number, ours included; empty if they were not asked for.
    pub processes: Vec<Process>,
    /// Its sockets, if they were asked for.
    pub sockets: Option<Vec<Socket>>,
    /// How many bytes came over the wire for it.
    pub wire_bytes: usize,
}

impl Observation {
    /// The process with this number.
    pub fn process(&self, pid: Pid) -> Option<&Process> {
        self.processes
            .binary_search_by_key(&pid, |process| process.key.pid)
            .ok()
            .and_then(|index| self.processes.get(index))
    }

    /// What each process used of one processor since `before`, in percent: more than 100 with several threads. A process that
    /// began since then counts from its beginning. Empty if no time has passed.
    pub fn cpu_since(&self, before: &Self) -> HashMap<ProcessKey, f32> {
        let Some(time) = self.load.since(&before.load) else {
            return HashMap::new();
        };
        let ticks = time.as_secs_f32() * TICKS_PER_SECOND as f32;
        let then: HashMap<ProcessKey, u64> = before
            .processes
            .iter()
            .map(|process| (process.key, process.cpu_ticks))
            .collect();
        let used = |process: &Process| {
            let then = then.get(&process.key).copied().unwrap_or(0);
            (
                process.key,
                100.0 * process.cpu_ticks.saturating_sub(then) as f32 / ticks,
            )
        };
        self.processes.iter().map(used).collect()
    }

    /// How long a process has been running, in seconds.
    pub fn age(&self, key: ProcessKey) -> u64 {
        self.load
            .uptime
            .as_secs()
            .saturating_sub(key.started / TICKS_PER_SECOND)
    }

    /// The children of every process, by the number of the parent; in order of their numbers.
    pub fn children(&self) -> BTreeMap<Pid, Vec<&Process>> {
        let mut children: BTreeMap<Pid, Vec<&Process>> = BTreeMap::new();
        for process in &self.processes {
            children.entry(process.parent).or_default().push(process);
        }
        children
    }

    /// A process with everything below it, children before their parents: in this order a tree is ended without anybody
    /// being taken over by another. Whoever cannot be found is left out.
    pub fn tree_below(&self, root: ProcessKey) -> Vec<ProcessKey> {
        let children = self.children();
        let mut found = Vec::new();
        let mut seen = std::collections::HashSet::new();
        let mut waiting = vec![root.pid];
        while let Some(pid) = waiting.pop() {
            let Some(process) = self.process(pid) else { continue };
            // Parents read at different moments could form a ring.
            if (pid == root.pid && process.key != root) || !seen.insert(pid) {
                continue;
            }
            found.push(process.key);
            waiting.extend(children.get(&pid).into_iter().flatten().map(|child| child.key.pid));
        }
        found.reverse();
        found
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::{ProcessKind, ProcessState};

    fn process(pid: u32, parent: u32, started: u64, cpu_ticks: u64) -> Process {
        Process {
            key: ProcessKey { pid: Pid(pid), started },
            parent: Pid(parent),
            name: "x".into(),
            command: None,
            owner: None,
            state: ProcessState::Sleeping,
            cpu_ticks,
            resident: 0,
            threads: 1,
            nice: 0,
            kind: ProcessKind::Program,
        }
    }

    fn seen(seconds: u64, processes: Vec<Process>) -> Observation {
        Observation {
            load: SystemLoad {
                uptime: Duration::from_secs(seconds),
                ..SystemLoad::default()
            },
            processes,
            ..Observation::default()
        }
    }

    #[test]
    fn processor_shares_count_the_interval_alone_and_know_a_number_used_again() {
        let before = seen(100, vec![process(1, 0, 0, 5000), process(2, 1, 10, 800)]);
        let after = seen(
            102,
            vec![
                process(1, 0, 0, 5100),
                process(2, 1, 10_100, 20),
                process(3, 1, 10_150, 50),
            ],
        );
        let shares = after.cpu_since(&before);
        let share = |pid: usize| shares[&after.processes[pid - 1].key];
        assert_eq!((share(1), share(2), share(3)), (50.0, 10.0, 25.0));
        assert!(after.cpu_since(&after).is_empty());
        assert_eq!(after.age(after.processes[1].key), 1);
    }

    #[test]
    fn a_tree_comes_children_first_and_survives_rings() {
        let look = seen(
            1,
            vec![
                process(1, 0, 1, 0),
                process(2, 1, 2, 0),
                process(3, 2, 3, 0),
                process(4, 1, 4, 0),
            ],
        );
        let pids = |root: usize| -> Vec<u32> {
            let tree = look.tree_below(look.processes[root - 1].key);
            tree.iter().map(|key| key.pid.0).collect()
        };
        assert_eq!(pids(2), [3, 2]);
        assert_eq!(pids(1).last(), Some(&1));
        assert_eq!(pids(1).len(), 4);
        let other = ProcessKey {
            pid: Pid(2),
            started: 99,
        };
        assert_eq!(look.tree_below(other), [], "another process has the number by now");
        let ring = seen(1, vec![process(5, 6, 1, 0), process(6, 5, 2, 0)]);
        assert_eq!(ring.tree_below(ring.processes[0].key).len(), 2);
    }
}

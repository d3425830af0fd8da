//! In which order processes are shown, and how deep: a tree or a flat list, sorted, narrowed, as a whole or below one.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::app::insight::Shares;
use crate::app::list::Sieve;
use crate::domain::{Observation, Pid, Process, ProcessKey, ProcessKind};

/// What processes are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    /// Their numbers.
    #[default]
    Pid,
    /// What they use of a processor.
    Cpu,
    /// What they have in RAM.
    Memory,
    /// Their command lines.
    Command,
}

impl SortBy {
    /// The next column.
    pub fn next(self) -> Self {
        match self {
            Self::Pid => Self::Cpu,
            Self::Cpu => Self::Memory,
            Self::Memory => Self::Command,
            Self::Command => Self::Pid,
        }
    }
}

/// How they are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// What they are sorted by; in a tree, those of one parent.
    pub sort: SortBy,
    /// The other way round.
    pub is_reversed: bool,
    /// Without a tree.
    pub is_flat: bool,
    /// With the kernel's threads and our own helper.
    pub shows_all: bool,
    /// Only this one and what is below it.
    pub root: Option<ProcessKey>,
}

/// A row: which process, and how far it is indented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The process.
    pub key: ProcessKey,
    /// How many parents stand above it.
    pub depth: u16,
}

/// Puts them in order. A filter keeps the parents of what it keeps. As command lines are long, nearly every one has the letters
/// of a word somewhere: where some hold the word itself, only those are kept.
pub fn arrange(seen: &Observation, cpu: &Shares, manner: Manner, filter: &str) -> Vec<Placed> {
    let is_plain = !filter.is_empty() && !filter.starts_with(['!', '=']);
    if is_plain {
        let placed = arrange_by(seen, cpu, manner, &mut Sieve::new(&format!("={filter}")));
        if !placed.is_empty() {
            return placed;
        }
    }
    arrange_by(seen, cpu, manner, &mut Sieve::new(filter))
}

fn arrange_by(seen: &Observation, cpu: &Shares, manner: Manner, sieve: &mut Sieve) -> Vec<Placed> {
    let is_chosen = |process: &&Process| manner.shows_all || process.kind == ProcessKind::Program;
    let mut all: Vec<&Process> = seen.processes.iter().filter(is_chosen).collect();
    if let Some(root) = manner.root {
        let below: HashSet<ProcessKey> = seen.tree_below(root).into_iter().collect();
        all.retain(|process| below.contains(&process.key));
    }
    if manner.is_flat {
        let share = |process: &Process| cpu.get(&process.key).copied().unwrap_or(0.0);
        sort(&mut all, manner, share, |process| process.resident);
    } else {
        let share = |process: &Process| cpu.get(&process.key).map_or(0, |share| (share * 1000.0) as u64);
        let (shares, sizes) = (of_trees(&all, share), of_trees(&all, |process| process.resident));
        let of = |most: &HashMap<Pid, u64>, process: &Process| most.get(&process.key.pid).copied().unwrap_or(0);
        sort(
            &mut all,
            manner,
            |process| of(&shares, process) as f32,
            |process| of(&sizes, process),
        );
    }
    let is_open = sieve.is_open();
    let mut keeps = |process: &Process| is_open || sieve.keeps(&format!("{} {}", process.key.pid, process.title()));
    if manner.is_flat {
        let kept = all.into_iter().filter(|process| keeps(process));
        return kept
            .map(|process| Placed {
                key: process.key,
                depth: 0,
            })
            .collect();
    }
    let there: HashMap<Pid, &Process> = all.iter().map(|process| (process.key.pid, *process)).collect();
    let mut kept = HashSet::new();
    for process in &all {
        let mut next = keeps(process).then_some(*process);
        // Whoever is in already has its parents in as well: so rings end, too.
        while let Some(one) = next.filter(|one| kept.insert(one.key.pid)) {
            next = there.get(&one.parent).copied();
        }
    }
    all.retain(|process| kept.contains(&process.key.pid));
    as_tree(&all, &there)
}

/// The highest value in each tree, by its root: so the branch with the process that is looked for comes first.
fn of_trees(all: &[&Process], value: impl Fn(&Process) -> u64) -> HashMap<Pid, u64> {
    let there: HashMap<Pid, &Process> = all.iter().map(|process| (process.key.pid, *process)).collect();
    let mut highest_first: Vec<&Process> = all.to_vec();
    highest_first.sort_by_key(|process| std::cmp::Reverse(value(process)));
    let mut most = HashMap::with_capacity(all.len());
    for process in highest_first {
        let own = value(process);
        let mut next = Some(process);
        // Whoever has a value already has a higher one, and so have those above: rings end as well.
        while let Some(one) = next.filter(|one| !most.contains_key(&one.key.pid)) {
            most.insert(one.key.pid, own);
            next = there.get(&one.parent).copied();
        }
    }
    most
}

fn sort(all: &mut [&Process], manner: Manner, share: impl Fn(&Process) -> f32, size: impl Fn(&Process) -> u64) {
    match manner.sort {
        SortBy::Pid => all.sort_by_key(|process| process.key.pid),
        SortBy::Cpu => all.sort_by(|one, other| share(other).total_cmp(&share(one))),
        SortBy::Memory => all.sort_by_key(|process| std::cmp::Reverse(size(process))),
        SortBy::Command => all.sort_by_cached_key(|process| process.title()),
    }
    if manner.is_reversed {
        all.reverse();
    }
}

fn as_tree(all: &[&Process], there: &HashMap<Pid, &Process>) -> Vec<Placed> {
    let mut children: BTreeMap<Pid, Vec<&Process>> = BTreeMap::new();
    let mut waiting = Vec::new();
    for process in all.iter().rev() {
        if there.contains_key(&process.parent) && process.parent != process.key.pid {
            children.entry(process.parent).or_default().push(process);
        } else {
            waiting.push((*process, 0));
        }
    }
    let mut placed = Vec::with_capacity(all.len());
    let mut seen = HashSet::new();
    while let Some((process, depth)) = waiting.pop() {
        if !seen.insert(process.key.pid) {
            continue;
        }
        placed.push(Placed {
            key: process.key,
            depth,
        });
        let below = children.get(&process.key.pid).into_iter().flatten();
        waiting.extend(below.map(|child| (*child, depth.saturating_add(1))));
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ProcessState;

    fn seen(rows: &[(u32, u32, &str)]) -> Observation {
        let process = |(pid, parent, name): &(u32, u32, &str)| Process {
            key: ProcessKey {
                pid: Pid(*pid),
                started: 1,
            },
            parent: Pid(*parent),
            name: (*name).into(),
            command: None,
            owner: None,
            state: ProcessState::Sleeping,
            cpu_ticks: 0,
            resident: u64::from(*pid),
            threads: 1,
            nice: 0,
            kind: if *name == "kthreadd" {
                ProcessKind::Kernel
            } else {
                ProcessKind::Program
            },
        };
        Observation {
            processes: rows.iter().map(process).collect(),
            ..Observation::default()
        }
    }

    fn shown(manner: Manner, filter: &str) -> Vec<(u32, u16)> {
        let look = seen(&[
            (1, 0, "init"),
            (2, 0, "kthreadd"),
            (3, 1, "bash"),
            (4, 3, "cargo"),
            (5, 1, "sshd"),
        ]);
        let placed = arrange(&look, &Shares::new(), manner, filter);
        placed.iter().map(|row| (row.key.pid.0, row.depth)).collect()
    }

    #[test]
    fn trees_and_lists_are_put_in_order() {
        let manner = Manner::default();
        assert_eq!(shown(manner, ""), [(1, 0), (3, 1), (4, 2), (5, 1)]);
        assert_eq!(shown(manner, "=cargo"), [(1, 0), (3, 1), (4, 2)], "parents stay");
        assert_eq!(
            shown(
                Manner {
                    is_flat: true,
                    ..manner
                },
                "=cargo"
            ),
            [(4, 0)]
        );
        let by_memory = Manner {
            sort: SortBy::Memory,
            ..manner
        };
        assert_eq!(shown(by_memory, ""), [(1, 0), (5, 1), (3, 1), (4, 2)]);
        assert_eq!(
            shown(manner, "cg"),
            [(1, 0), (3, 1), (4, 2)],
            "letters in order are enough"
        );
        assert_eq!(shown(manner, "sh"), [(1, 0), (3, 1), (5, 1)], "bash and sshd hold it");
        assert_eq!(
            shown(
                Manner {
                    shows_all: true,
                    ..manner
                },
                ""
            )
            .len(),
            5
        );
        let root = Some(ProcessKey {
            pid: Pid(3),
            started: 1,
        });
        assert_eq!(shown(Manner { root, ..manner }, ""), [(3, 0), (4, 1)]);
    }

    #[test]
    fn the_branch_with_the_runaway_comes_first() {
        let look = seen(&[
            (1, 0, "init"),
            (2, 1, "calm"),
            (3, 1, "shell"),
            (4, 3, "worker"),
            (5, 4, "runaway"),
        ]);
        let cpu: Shares = look
            .processes
            .iter()
            .map(|one| (one.key, if one.key.pid == Pid(5) { 99.0 } else { 1.0 }))
            .collect();
        let manner = Manner {
            sort: SortBy::Cpu,
            ..Manner::default()
        };
        let placed = arrange(&look, &cpu, manner, "");
        let order: Vec<u32> = placed.iter().map(|row| row.key.pid.0).collect();
        assert_eq!(order, [1, 3, 4, 5, 2]);
    }

    #[test]
    fn fifty_thousand_are_put_in_order_however_deep() {
        let wide: Vec<(u32, u32, &str)> = (1..=50_000).map(|pid| (pid, pid / 2, "x")).collect();
        let deep: Vec<(u32, u32, &str)> = (1..=50_000).map(|pid| (pid, pid - 1, "x")).collect();
        for rows in [wide, deep] {
            for sort in [SortBy::Pid, SortBy::Cpu, SortBy::Memory, SortBy::Command] {
                let manner = Manner {
                    sort,
                    ..Manner::default()
                };
                let placed = arrange(&seen(&rows), &Shares::new(), manner, "x");
                assert_eq!(placed.len(), 50_000);
            }
        }
    }
}

//! Which processes hold which socket: from the open files of all of them, so it is looked up only when something is new.

use std::collections::{HashMap, HashSet};

use super::link_list;
use crate::domain::{OpenFile, Pid, Socket};

/// What tells it.
pub(super) const QUESTION: &str = "l /proc/[0-9]*/fd";
/// It is looked up anew at the latest after so many looks.
const LOOKS_BETWEEN: u32 = 5;

/// What was found when it was last looked up.
#[derive(Debug, Default)]
pub(super) struct SocketHolders {
    of: HashMap<u64, Vec<Pid>>,
    looks_since: u32,
    /// Sockets that were looked for and that nobody holds whom we may look at.
    unclaimed: HashSet<u64>,
}

impl SocketHolders {
    /// Reads the answer. `sockets` are those that were looked for.
    pub(super) fn read(answer: &[u8], sockets: &[Socket]) -> Self {
        let mut of: HashMap<u64, Vec<Pid>> = HashMap::new();
        for (pid, files) in link_list::read(answer).descriptors {
            for inode in files.iter().filter_map(OpenFile::socket) {
                of.entry(inode).or_default().push(pid);
            }
        }
        for pids in of.values_mut() {
            pids.sort();
            pids.dedup();
        }
        let unclaimed = sockets.iter().map(|socket| socket.inode);
        Self {
            unclaimed: unclaimed.filter(|inode| !of.contains_key(inode)).collect(),
            of,
            looks_since: 0,
        }
    }

    /// Whether it has to be looked up again: a socket is new, or lost all its holders, or it is long ago.
    pub(super) fn are_old(&mut self, sockets: &[Socket], alive: &HashSet<Pid>) -> bool {
        self.looks_since += 1;
        let is_open = |socket: &Socket| {
            let held = self.of.get(&socket.inode);
            let is_held = held.is_some_and(|pids| pids.iter().any(|pid| alive.contains(pid)));
            socket.inode != 0 && !is_held && !self.unclaimed.contains(&socket.inode)
        };
        self.looks_since > LOOKS_BETWEEN || sockets.iter().any(is_open)
    }

    /// Writes the holders that still live to their sockets.
    pub(super) fn tell(&self, sockets: &mut [Socket], alive: &HashSet<Pid>) {
        for socket in sockets {
            if let Some(pids) = self.of.get(&socket.inode) {
                socket.holders = pids.iter().copied().filter(|pid| alive.contains(pid)).collect();
            }
        }
    }
}

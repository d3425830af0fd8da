//! `[limits]`: when measures of a sandbox are worth telling.

use super::document::{Document, Section};

/// The keys of `[limits]`.
const KEYS: [&str; 4] = ["cpu", "memory", "disk", "seconds"];

/// What stands in `[limits]`. `None` is what it does not mention.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LimitsTable {
    /// Processors at work, in percent; 0: no limit.
    pub cpu: Option<usize>,
    /// Memory in use, in percent; 0: no limit.
    pub memory: Option<usize>,
    /// Space in use, in percent; 0: no limit.
    pub disk: Option<usize>,
    /// How long it must last.
    pub seconds: Option<usize>,
}

impl LimitsTable {
    /// What holds where nothing is mentioned: processors, memory, space, seconds.
    pub const USUAL: [usize; 4] = [95, 90, 90, 30];

    /// What holds: processors, memory and space in percent, and how many seconds they must be above that.
    pub fn in_force(&self) -> [usize; 4] {
        let [cpu, memory, disk, seconds] = Self::USUAL;
        [
            self.cpu.unwrap_or(cpu),
            self.memory.unwrap_or(memory),
            self.disk.unwrap_or(disk),
            self.seconds.unwrap_or(seconds),
        ]
    }
}

pub(super) fn limits<'i>(document: &mut Document<'i>, top: &Section<'_, 'i>) -> LimitsTable {
    let Some(table) = document.table(top, "limits") else {
        return LimitsTable::default();
    };
    document.check_keys(&table, &KEYS);
    LimitsTable {
        cpu: document.number(&table, "cpu", 0..101),
        memory: document.number(&table, "memory", 0..101),
        disk: document.number(&table, "disk", 0..101),
        seconds: document.number(&table, "seconds", 0..3_601),
    }
}

//! What the machine is busy with, as `/metrics` reports it (`envd-wire.md` 6.1). Linux only: other systems say so.

use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// The load since the last question about it, by whomever.
#[derive(Debug)]
pub(super) struct CpuMeter {
    last: Mutex<CpuTime>,
}

/// Time spent since the machine started, in the kernel's ticks, over all cores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct CpuTime {
    busy: u64,
    total: u64,
}

impl Default for CpuMeter {
    /// Counts from now on.
    fn default() -> Self {
        Self {
            last: Mutex::new(cpu_time().unwrap_or_default()),
        }
    }
}

impl CpuMeter {
    /// Percent of all cores, 0 to 100, two decimals.
    fn used_percent(&self) -> Option<f64> {
        let now = cpu_time()?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let percent = now.percent_since(*last);
        *last = now;
        Some(percent)
    }
}

impl CpuTime {
    fn percent_since(self, earlier: Self) -> f64 {
        let total = self.total.saturating_sub(earlier.total);
        let busy = self.busy.saturating_sub(earlier.busy);
        if total == 0 {
            return 0.0;
        }
        let percent = busy as f64 / total as f64 * 100.0;
        (percent.min(100.0) * 100.0).round() / 100.0
    }

    /// Reads the first line of `/proc/stat`. Waiting for the disk is idling; time of guests is in that of users.
    fn read(stat: &str) -> Option<Self> {
        let line = stat.lines().next()?.strip_prefix("cpu ")?;
        let times: Vec<u64> = line
            .split_ascii_whitespace()
            .filter_map(|field| field.parse().ok())
            .collect();
        let total = times.iter().take(8).sum();
        let idle = times.get(3)? + times.get(4)?;
        Some(Self {
            busy: u64::saturating_sub(total, idle),
            total,
        })
    }
}

fn cpu_time() -> Option<CpuTime> {
    CpuTime::read(&std::fs::read_to_string("/proc/stat").ok()?)
}

/// Bytes of memory: all, used, page cache.
fn memory(meminfo: &str) -> Option<(u64, u64, u64)> {
    let field = |name: &str| {
        let line = meminfo
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kibibytes * 1024)
    };
    let total = field("MemTotal")?;
    let used = total.saturating_sub(field("MemAvailable")?);
    Some((
        total,
        used,
        field("Cached")? + field("SReclaimable").unwrap_or_default(),
    ))
}

/// All figures, or none where the system does not tell.
pub(super) fn measure(cpu: &CpuMeter, unix_seconds: u64) -> Option<Value> {
    let (mem_total, mem_used, mem_cache) = memory(&std::fs::read_to_string("/proc/meminfo").ok()?)?;
    let disk = nix::sys::statvfs::statvfs("/").ok()?;
    let block = disk.fragment_size();
    Some(serde_json::json!({
        "ts": unix_seconds,
        "cpu_count": online_cpus(),
        "cpu_used_pct": cpu.used_percent()?,
        "mem_total_mib": mem_total >> 20,
        "mem_used_mib": mem_used >> 20,
        "mem_total": mem_total,
        "mem_used": mem_used,
        "mem_cache": mem_cache,
        "disk_used": disk.blocks().saturating_sub(disk.blocks_available()) * block,
        "disk_total": disk.blocks() * block,
    }))
}

fn online_cpus() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_is_what_was_not_idle_since_the_last_question() {
        let earlier = CpuTime::read("cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1 2 3\n").unwrap();
        assert_eq!(earlier, CpuTime { busy: 150, total: 1000 });
        let later = CpuTime::read("cpu  150 0 80 850 70 0 0 0 99 0\n").unwrap();
        assert!((later.percent_since(earlier) - 53.33).abs() < 0.001);
        assert!(earlier.percent_since(later).abs() < f64::EPSILON);
    }

    #[test]
    fn memory_is_read_from_kibibytes() {
        let meminfo = "MemTotal:  1000 kB\nMemFree: 1 kB\nMemAvailable: 400 kB\nCached: 30 kB\nSReclaimable: 5 kB\n";
        assert_eq!(memory(meminfo), Some((1_024_000, 614_400, 35_840)));
        assert_eq!(memory("MemTotal: 5\n"), None);
    }
}

//! The files of `/proc` about the sandbox as a whole. All of them are written by the kernel, line by line.

use std::time::Duration;

use crate::domain::{CpuTicks, Disk, Interface, Memory, Pressure, RemoteText, Stall, SystemLoad};

/// The files in the order in which [`read`] wants their texts.
pub(super) const FILES: [&str; 9] = [
    "/proc/uptime",
    "/proc/loadavg",
    "/proc/stat",
    "/proc/meminfo",
    "/proc/diskstats",
    "/proc/net/dev",
    "/proc/pressure/cpu",
    "/proc/pressure/memory",
    "/proc/pressure/io",
];

/// The kernel counts disks in units of this many bytes, whatever the disk does.
const SECTOR: u64 = 512;

/// What they say. What is missing counts as not known, or as nothing.
pub(super) fn read(texts: &[&[u8]]) -> SystemLoad {
    let lossy: Vec<String> = texts
        .iter()
        .map(|text| String::from_utf8_lossy(text).into_owned())
        .collect();
    let text = |index: usize| lossy.get(index).map_or("", String::as_str);
    SystemLoad {
        uptime: Duration::try_from_secs_f64(first_number(text(0)).unwrap_or(0.0)).unwrap_or_default(),
        averages: averages(text(1)),
        cpu: cpu(text(2)),
        booted: value_of(text(2), "btime").unwrap_or(0),
        memory: memory(text(3)),
        disks: text(4).lines().filter_map(disk).collect(),
        interfaces: text(5).lines().filter_map(interface).collect(),
        pressure: Pressure {
            cpu: stall(text(6)),
            memory: stall(text(7)),
            io: stall(text(8)),
        },
    }
}

fn first_number(text: &str) -> Option<f64> {
    text.split_whitespace().next()?.parse().ok()
}

fn averages(text: &str) -> [f32; 3] {
    let mut words = text.split_whitespace().map(|word| word.parse().unwrap_or(0.0));
    std::array::from_fn(|_| words.next().unwrap_or(0.0))
}

/// The number behind a word at the beginning of a line.
fn value_of(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        (words.next()?.trim_end_matches(':') == name).then(|| words.next()?.parse().ok())?
    })
}

fn cpu(text: &str) -> CpuTicks {
    let mut sum = CpuTicks::default();
    for line in text.lines().filter(|line| line.starts_with("cpu")) {
        let Some((name, numbers)) = line.split_once(' ') else {
            continue;
        };
        if name != "cpu" {
            sum.count += 1;
            continue;
        }
        // user nice system idle iowait irq softirq steal; what guests use is in `user` already.
        let ticks: Vec<u64> = numbers
            .split_whitespace()
            .take(8)
            .filter_map(|word| word.parse().ok())
            .collect();
        sum.total = ticks.iter().sum();
        sum.busy = sum.total - ticks.iter().skip(3).take(2).sum::<u64>();
    }
    sum
}

fn memory(text: &str) -> Memory {
    let bytes = |name| value_of(text, name).map(|kibibytes| kibibytes * 1024);
    let free = bytes("MemFree").unwrap_or(0);
    let cached = bytes("Cached").unwrap_or(0) + bytes("Buffers").unwrap_or(0);
    Memory {
        total: bytes("MemTotal").unwrap_or(0),
        available: bytes("MemAvailable").unwrap_or(free + cached),
        cached,
        swap_total: bytes("SwapTotal").unwrap_or(0),
        swap_free: bytes("SwapFree").unwrap_or(0),
    }
}

fn disk(line: &str) -> Option<Disk> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let count = |index: usize| words.get(index)?.parse::<u64>().ok();
    let name = *words.get(2)?;
    let disk = Disk {
        name: RemoteText::new(name),
        read: count(5)?.saturating_mul(SECTOR),
        written: count(9)?.saturating_mul(SECTOR),
        busy: count(12)?,
    };
    // Disks in memory are none, and what went through a part went through its disk.
    let is_memory = ["ram", "loop", "zram"].iter().any(|kind| name.starts_with(kind));
    (!is_memory && !is_partition(name)).then_some(disk)
}

/// `sda1`, `nvme0n1p2`, `mmcblk0p1`; not `nvme0n1`, `vda`, `dm-0`, `md127`.
fn is_partition(name: &str) -> bool {
    let stem = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    if stem.len() == name.len() {
        return false;
    }
    match stem.strip_suffix('p') {
        Some(disk) if disk.ends_with(|letter: char| letter.is_ascii_digit()) => true,
        _ => ["sd", "vd", "hd", "xvd"].iter().any(|kind| {
            stem.strip_prefix(kind)
                .is_some_and(|letters| !letters.is_empty() && letters.bytes().all(|byte| byte.is_ascii_lowercase()))
        }),
    }
}

fn interface(line: &str) -> Option<Interface> {
    // The name may be stuck to its first number; it holds no blank and, but for aliases, no colon.
    let (name, numbers) = line.rsplit_once(':')?;
    let numbers: Vec<u64> = numbers
        .split_whitespace()
        .map(|word| word.parse().ok())
        .collect::<Option<_>>()?;
    let count = |index: usize| numbers.get(index).copied();
    Some(Interface {
        name: RemoteText::new(name.trim()),
        received: count(0)?,
        packets_in: count(1)?,
        sent: count(8)?,
        packets_out: count(9)?,
        faults: count(2)? + count(3)? + count(10)? + count(11)?,
    })
}

fn stall(text: &str) -> Option<Stall> {
    let value = |kind: &str, span: &str| -> Option<f32> {
        let line = text.lines().find(|line| line.split(' ').next() == Some(kind))?;
        let word = line
            .split(' ')
            .find_map(|word| word.strip_prefix(span)?.strip_prefix('='))?;
        word.parse().ok()
    };
    Some(Stall {
        some10: value("some", "avg10")?,
        some60: value("some", "avg60")?,
        full10: value("full", "avg10").unwrap_or(0.0),
        full60: value("full", "avg60").unwrap_or(0.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_read() {
        let load = read(&[
            b"1000.25 1999.00\n",
            b"0.50 1.25 2.00 1/79 1234\n",
            b"cpu  100 10 40 800 50 0 5 5 7 0\ncpu0 1 1 1 1\ncpu1 1 1 1 1\nintr 5 0 0\nbtime 1700000000\n",
            b"MemTotal:  1000 kB\nMemFree:  100 kB\nMemAvailable:  600 kB\nBuffers: 10 kB\nCached: 90 kB\nSwapTotal: 50 kB\nSwapFree: 20 kB\n",
            b" 254 0 vda 10 0 20 5 30 0 40 6 0 77 9\n 254 1 vda1 1 0 2 5 3 0 4 6 0 7 9\n 7 0 loop0 1 0 2 5 3 0 4 6 0 7 9\n 259 0 nvme0n1 1 0 4 0 0 0 8 0 0 3 0\n",
            b"Inter-|   Receive  |  Transmit\n face |bytes packets\n    lo: 10 1 0 0 0 0 0 0 10 1 0 0 0 0 0 0\n  eth0:500 5 1 2 0 0 0 0 600 6 3 4 0 0 0 0\n",
            b"some avg10=1.50 avg60=2.50 avg300=0.00 total=5\n",
            b"some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=3.00 avg60=4.00 avg300=0.00 total=0\n",
            b"",
        ]);
        assert_eq!(load.uptime, Duration::from_millis(1_000_250));
        assert_eq!((load.averages, load.booted), ([0.5, 1.25, 2.0], 1_700_000_000));
        assert_eq!((load.cpu.count, load.cpu.busy, load.cpu.total), (2, 160, 1010));
        assert_eq!((load.memory.used(), load.memory.cached), (400 * 1024, 100 * 1024));
        let disks: Vec<(String, u64, u64)> = load
            .disks
            .iter()
            .map(|disk| (disk.name.escaped(), disk.read, disk.written))
            .collect();
        assert_eq!(
            disks,
            [
                ("vda".to_owned(), 20 * 512, 40 * 512),
                ("nvme0n1".to_owned(), 4 * 512, 8 * 512)
            ]
        );
        let names: Vec<String> = load.interfaces.iter().map(|one| one.name.escaped()).collect();
        assert_eq!(names, ["lo", "eth0"]);
        assert_eq!((load.interfaces[1].sent, load.interfaces[1].faults), (600, 10));
        assert_eq!(
            load.pressure.cpu.map(|stall| (stall.some10, stall.full10)),
            Some((1.5, 0.0))
        );
        assert_eq!(load.pressure.memory.map(|stall| stall.full60), Some(4.0));
        assert_eq!(load.pressure.io, None);
    }

    #[test]
    fn nothing_and_nonsense_are_survived() {
        assert_eq!(read(&[]), SystemLoad::default());
        let wrong: [&[u8]; 9] = [
            b"-1e99 x",
            b"\xff",
            b"cpu",
            b":",
            b"a b",
            b":::",
            b"some",
            b"some avg10=x",
            b"\n\n",
        ];
        let _ = read(&wrong);
    }

    #[test]
    fn parts_of_disks_are_told_from_disks() {
        for part in ["sda1", "vdb12", "xvda1", "nvme0n1p1", "mmcblk0p2"] {
            assert!(is_partition(part), "{part}");
        }
        for disk in ["sda", "vdb", "nvme0n1", "mmcblk0", "dm-0", "md127", "sr0", "nbd0"] {
            assert!(!is_partition(disk), "{disk}");
        }
    }
}

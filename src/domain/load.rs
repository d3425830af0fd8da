//! What a sandbox as a whole is busy with: processors, memory, pressure, disks, network. Counters as the kernel keeps them,
//! and rates between two of them.

use std::time::Duration;

use super::RemoteText;

/// Processor time of all processors together since the sandbox booted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuTicks {
    /// How many processors.
    pub count: u32,
    /// Ticks with work.
    pub busy: u64,
    /// All ticks, waiting included.
    pub total: u64,
}

impl CpuTicks {
    /// 0–100 over all processors since `before`; `None` without time between.
    pub fn percent_since(&self, before: &Self) -> Option<f32> {
        let total = self.total.checked_sub(before.total).filter(|total| *total > 0)?;
        Some(100.0 * self.busy.saturating_sub(before.busy) as f32 / total as f32)
    }
}

/// Memory in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// What there is.
    pub total: u64,
    /// What programs could still get, caches given up for them.
    pub available: u64,
    /// What holds pages of files.
    pub cached: u64,
    /// Swap there is.
    pub swap_total: u64,
    /// Swap not in use.
    pub swap_free: u64,
}

impl Memory {
    /// What is in use.
    pub fn used(&self) -> u64 {
        self.total.saturating_sub(self.available)
    }
}

/// For which part of the time programs had to wait for something, 0–100.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stall {
    /// At least one had to wait, over the last 10 s.
    pub some10: f32,
    /// At least one had to wait, over the last 60 s.
    pub some60: f32,
    /// All had to wait, over the last 10 s.
    pub full10: f32,
    /// All had to wait, over the last 60 s.
    pub full60: f32,
}

/// What programs had to wait for. Kernels without that account show none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pressure {
    /// For a processor.
    pub cpu: Option<Stall>,
    /// For memory.
    pub memory: Option<Stall>,
    /// For disks.
    pub io: Option<Stall>,
}

/// What went through one disk since the sandbox booted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    /// Its name, such as `vda`.
    pub name: RemoteText,
    /// Bytes read.
    pub read: u64,
    /// Bytes written.
    pub written: u64,
    /// Milliseconds with work.
    pub busy: u64,
}

/// What went through one network interface since the sandbox booted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its name, such as `eth0`.
    pub name: RemoteText,
    /// Bytes received.
    pub received: u64,
    /// Bytes sent.
    pub sent: u64,
    /// Packets received.
    pub packets_in: u64,
    /// Packets sent.
    pub packets_out: u64,
    /// Packets that were wrong or thrown away, both ways.
    pub faults: u64,
}

/// All of it at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SystemLoad {
    /// How long the sandbox has been up, by its own clock: the time of this look.
    pub uptime: Duration,
    /// When it booted, in seconds since 1970 by its clock.
    pub booted: u64,
    /// How many programs wanted a processor, over 1, 5 and 15 minutes.
    pub averages: [f32; 3],
    /// Processor time.
    pub cpu: CpuTicks,
    /// Memory.
    pub memory: Memory,
    /// What had to wait.
    pub pressure: Pressure,
    /// Every disk, partitions left out.
    pub disks: Vec<Disk>,
    /// Every network interface.
    pub interfaces: Vec<Interface>,
}

/// Bytes per second in and out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Throughput {
    /// Read or received.
    pub inward: f64,
    /// Written or sent.
    pub outward: f64,
}

impl SystemLoad {
    /// The time since `before`; `None` if none has passed, or if the sandbox booted anew.
    pub fn since(&self, before: &Self) -> Option<Duration> {
        self.uptime.checked_sub(before.uptime).filter(|time| !time.is_zero())
    }

    /// What went over one interface per second since `before`.
    pub fn interface_rate(&self, name: &RemoteText, before: &Self) -> Option<Throughput> {
        let find = |load: &Self| load.interfaces.iter().find(|one| one.name == *name).cloned();
        let (now, then) = (find(self)?, find(before)?);
        self.rate(before, [(now.received, then.received), (now.sent, then.sent)])
    }

    /// What went over all interfaces but the one inside, per second since `before`.
    pub fn network_rate(&self, before: &Self) -> Option<Throughput> {
        let sum = |load: &Self| {
            let outside = load.interfaces.iter().filter(|one| one.name.unescaped() != "lo");
            outside.fold((0, 0), |(received, sent), one| {
                (received + one.received, sent + one.sent)
            })
        };
        let (now, then) = (sum(self), sum(before));
        self.rate(before, [(now.0, then.0), (now.1, then.1)])
    }

    /// What went to and from all disks per second since `before`.
    pub fn disk_rate(&self, before: &Self) -> Option<Throughput> {
        let sum = |load: &Self| {
            load.disks.iter().fold((0, 0), |(read, written), disk| {
                (read + disk.read, written + disk.written)
            })
        };
        let (now, then) = (sum(self), sum(before));
        self.rate(before, [(now.0, then.0), (now.1, then.1)])
    }

    fn rate(&self, before: &Self, [inward, outward]: [(u64, u64); 2]) -> Option<Throughput> {
        let seconds = self.since(before)?.as_secs_f64();
        // A counter that went back was reset, as when an interface comes anew: then nothing is known.
        let rate = |(now, then): (u64, u64)| now.checked_sub(then).map(|bytes| bytes as f64 / seconds);
        Some(Throughput {
            inward: rate(inward)?,
            outward: rate(outward)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(seconds: u64, received: u64, sent: u64) -> SystemLoad {
        let interface = |name: &str, received, sent| Interface {
            name: name.into(),
            received,
            sent,
            packets_in: 0,
            packets_out: 0,
            faults: 0,
        };
        SystemLoad {
            uptime: Duration::from_secs(seconds),
            interfaces: vec![interface("lo", 9999 * seconds, 1), interface("eth0", received, sent)],
            ..SystemLoad::default()
        }
    }

    #[test]
    fn rates_are_per_second_and_unknown_where_a_counter_went_back() {
        let (before, after) = (load(10, 1000, 0), load(14, 3000, 400));
        let rate = after.network_rate(&before);
        assert_eq!(
            rate,
            Some(Throughput {
                inward: 500.0,
                outward: 100.0
            })
        );
        assert_eq!(after.interface_rate(&"eth0".into(), &before), rate);
        assert_eq!(after.interface_rate(&"eth1".into(), &before), None);
        assert_eq!(load(20, 10, 0).network_rate(&after), None, "reset");
        assert_eq!(before.network_rate(&after), None, "booted anew");
        assert_eq!(after.network_rate(&after), None, "no time between");
    }

    #[test]
    fn processor_use_is_a_share_of_all_ticks() {
        let before = CpuTicks {
            count: 2,
            busy: 100,
            total: 1000,
        };
        let after = CpuTicks {
            count: 2,
            busy: 150,
            total: 1200,
        };
        assert_eq!(after.percent_since(&before), Some(25.0));
        assert_eq!(after.percent_since(&after), None);
    }
}

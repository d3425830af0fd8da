//! What the sandboxes were busy with since the workbench runs: one row of samples each, from looks and from envd's own
//! account. Older samples are thinned out, none is dropped.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::app::refresh::Refresh;
use crate::domain::{Moment, Observation, Stall, SystemMetrics, TargetId};

/// So many samples are kept of one sandbox: then the older half is thinned out.
const MOST: usize = 8_192;

/// Something that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Processors at work, in percent of all.
    Cpu,
    /// Memory in use, in percent.
    Memory,
    /// Memory that holds files, in percent.
    Cache,
    /// Space in use on `/`, in percent.
    Space,
    /// Programs that want a processor.
    Load,
    /// Time in which some program waited for a processor, in percent.
    WaitsCpu,
    /// The same for memory.
    WaitsMemory,
    /// The same for disks.
    WaitsDisk,
    /// Read from disks, in bytes per second.
    DiskIn,
    /// Written to disks.
    DiskOut,
    /// Received from outside.
    NetworkIn,
    /// Sent outside.
    NetworkOut,
}

impl Measure {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 12] = [
        Self::Cpu,
        Self::Memory,
        Self::Cache,
        Self::Space,
        Self::Load,
        Self::WaitsCpu,
        Self::WaitsMemory,
        Self::WaitsDisk,
        Self::DiskIn,
        Self::DiskOut,
        Self::NetworkIn,
        Self::NetworkOut,
    ];

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Cache => "cache",
            Self::Space => "disk",
            Self::Load => "load",
            Self::WaitsCpu => "waits cpu",
            Self::WaitsMemory => "waits mem",
            Self::WaitsDisk => "waits disk",
            Self::DiskIn => "disk in",
            Self::DiskOut => "disk out",
            Self::NetworkIn => "net in",
            Self::NetworkOut => "net out",
        }
    }

    fn place(self) -> usize {
        self as usize
    }
}

/// What was measured at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When, as time since the start.
    pub at: Duration,
    values: [Option<f32>; Measure::ALL.len()],
}

impl Sample {
    fn new(at: Duration, values: impl IntoIterator<Item = (Measure, Option<f32>)>) -> Self {
        let mut sample = Self {
            at,
            values: [None; Measure::ALL.len()],
        };
        for (measure, value) in values {
            if let Some(place) = sample.values.get_mut(measure.place()) {
                *place = value.filter(|value| value.is_finite());
            }
        }
        sample
    }

    /// One value.
    pub fn value(&self, measure: Measure) -> Option<f32> {
        self.values.get(measure.place()).copied().flatten()
    }

    /// The higher values of two, since columns show the highest, too.
    fn merged(self, later: Self) -> Self {
        let pairs = self.values.into_iter().zip(later.values);
        let mut values = [None; Measure::ALL.len()];
        for (place, pair) in values.iter_mut().zip(pairs) {
            *place = match pair {
                (Some(one), Some(other)) => Some(f32::max(one, other)),
                (one, other) => one.or(other),
            };
        }
        Self { at: self.at, values }
    }
}

/// What is known of one sandbox.
#[derive(Debug, Default)]
pub struct Gauge {
    samples: VecDeque<Sample>,
    /// What envd says.
    pub(super) account: Refresh<SystemMetrics>,
    /// The look that the last sample is of.
    look: Option<u64>,
}

impl Gauge {
    /// The samples, the oldest first.
    pub fn samples(&self) -> impl DoubleEndedIterator<Item = &Sample> + ExactSizeIterator {
        self.samples.iter()
    }

    /// Whether anything was ever measured.
    pub fn has_samples(&self) -> bool {
        !self.samples.is_empty()
    }

    /// What envd said last.
    pub fn account(&self) -> Option<&SystemMetrics> {
        self.account.value()
    }

    /// The last known value, if it is not older than `span`.
    pub fn now(&self, measure: Measure, span: Duration, now: Moment) -> Option<f32> {
        let fresh = self.samples.iter().rev();
        let mut fresh = fresh.take_while(|sample| sample.at + span >= now.since_start);
        fresh.find_map(|sample| sample.value(measure))
    }

    /// The values of a span that ends now, in so many columns: the highest of each, none where nothing was measured.
    pub fn columns(&self, measure: Measure, (span, columns): (Duration, usize), now: Moment) -> Vec<Option<f32>> {
        let mut found: Vec<Option<f32>> = vec![None; columns];
        let begin = now.since_start.as_secs_f64() - span.as_secs_f64();
        let width = span.as_secs_f64() / columns.max(1) as f64;
        for sample in self.samples.iter().rev() {
            let column = (sample.at.as_secs_f64() - begin) / width;
            if column < 0.0 {
                break;
            }
            let Some(value) = sample.value(measure) else { continue };
            if let Some(place) = found.get_mut((column as usize).min(columns.saturating_sub(1))) {
                *place = Some(place.map_or(value, |other| other.max(value)));
            }
        }
        found
    }

    fn push(&mut self, sample: Sample) {
        self.samples.push_back(sample);
        if self.samples.len() > MOST {
            self.thin_out(sample.at);
        }
    }

    /// Keeps one sample of each of some equal parts of the session in place of the older half. Halving that again and again
    /// would leave holes of hours at its beginning.
    fn thin_out(&mut self, now: Duration) {
        let newer = self.samples.split_off(MOST / 2);
        let older = std::mem::take(&mut self.samples);
        let begin = older.front().map_or(Duration::ZERO, |first| first.at);
        let part = now.saturating_sub(begin).as_nanos() / (MOST as u128 / 4) + 1;
        let part_of = |sample: &Sample| sample.at.saturating_sub(begin).as_nanos() / part;
        for sample in older {
            match self.samples.back_mut() {
                Some(last) if part_of(last) == part_of(&sample) => *last = last.merged(sample),
                _ => self.samples.push_back(sample),
            }
        }
        self.samples.extend(newer);
    }

    /// Takes a look in, once.
    pub(super) fn see(&mut self, (count, seen): (u64, &Observation), before: Option<&Observation>, now: Moment) {
        if self.look.replace(count) == Some(count) {
            return;
        }
        let (load, then) = (&seen.load, before.map(|before| &before.load));
        let waits = |stall: Option<Stall>| stall.map(|stall| stall.some10);
        let disk = then.and_then(|then| load.disk_rate(then));
        let network = then.and_then(|then| load.network_rate(then));
        self.push(Sample::new(
            now.since_start,
            [
                (Measure::Cpu, then.and_then(|then| load.cpu.percent_since(&then.cpu))),
                (Measure::Memory, percent(load.memory.used(), load.memory.total)),
                (Measure::Cache, percent(load.memory.cached, load.memory.total)),
                (Measure::Load, load.averages.first().copied()),
                (Measure::WaitsCpu, waits(load.pressure.cpu)),
                (Measure::WaitsMemory, waits(load.pressure.memory)),
                (Measure::WaitsDisk, waits(load.pressure.io)),
                (Measure::DiskIn, disk.map(|rate| rate.inward as f32)),
                (Measure::DiskOut, disk.map(|rate| rate.outward as f32)),
                (Measure::NetworkIn, network.map(|rate| rate.inward as f32)),
                (Measure::NetworkOut, network.map(|rate| rate.outward as f32)),
            ],
        ));
    }

    /// Takes envd's own account in.
    pub(super) fn hear(&mut self, account: &SystemMetrics, now: Moment) {
        self.push(Sample::new(
            now.since_start,
            [
                (Measure::Cpu, Some(account.cpu_used_percent)),
                (Measure::Memory, percent(account.memory_used, account.memory_total)),
                (
                    Measure::Cache,
                    account
                        .memory_cache
                        .and_then(|cache| percent(cache, account.memory_total)),
                ),
                (Measure::Space, percent(account.disk_used, account.disk_total)),
            ],
        ));
    }
}

fn percent(part: u64, whole: u64) -> Option<f32> {
    (whole > 0).then(|| (100.0 * part as f64 / whole as f64) as f32)
}

/// All of them.
#[derive(Debug, Default)]
pub struct Gauges {
    pub(super) of: BTreeMap<TargetId, Gauge>,
}

impl Gauges {
    /// Those of a sandbox.
    pub fn of(&self, target: TargetId) -> Option<&Gauge> {
        self.of.get(&target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::ZERO.after(Duration::from_secs(seconds))
    }

    fn account(cpu: f32) -> SystemMetrics {
        SystemMetrics {
            cpu_used_percent: cpu,
            memory_total: 100,
            memory_used: 50,
            ..SystemMetrics::default()
        }
    }

    #[test]
    fn a_span_is_shown_in_columns_with_gaps_where_nothing_was_measured() {
        let mut gauge = Gauge::default();
        for (second, cpu) in [(0, 10.0), (10, 20.0), (11, 90.0), (35, 30.0)] {
            gauge.hear(&account(cpu), at(second));
        }
        let span = (Duration::from_secs(40), 4);
        let columns = gauge.columns(Measure::Cpu, span, at(40));
        assert_eq!(columns, [Some(10.0), Some(90.0), None, Some(30.0)]);
        let nearer = gauge.columns(Measure::Cpu, (Duration::from_secs(10), 2), at(40));
        assert_eq!(nearer, [None, Some(30.0)]);
        assert_eq!(gauge.now(Measure::Cpu, Duration::from_secs(5), at(40)), Some(30.0));
        assert_eq!(gauge.now(Measure::Cpu, Duration::from_secs(4), at(40)), None, "too old");
        assert_eq!(
            gauge.now(Measure::Space, Duration::from_secs(60), at(40)),
            None,
            "unknown"
        );
    }

    #[test]
    fn a_long_session_is_kept_whole_in_bounded_memory() {
        let mut gauge = Gauge::default();
        let day = 24 * 3600;
        for second in 0..day {
            gauge.hear(&account(if second == 5 { 99.0 } else { 1.0 }), at(second));
        }
        assert!(gauge.samples().len() <= MOST);
        assert_eq!(gauge.samples().next().map(|first| first.at), Some(Duration::ZERO));
        let span = (Duration::from_secs(day), 24);
        let hours = gauge.columns(Measure::Memory, span, at(day));
        assert!(hours.iter().all(|value| *value == Some(50.0)), "{hours:?}");
        let peaks = gauge.columns(Measure::Cpu, span, at(day));
        assert_eq!(&peaks[..2], [Some(99.0), Some(1.0)]);
    }

    #[test]
    fn a_look_counts_once() {
        let mut gauge = Gauge::default();
        let seen = Observation::default();
        for _ in 0..3 {
            gauge.see((7, &seen), None, at(1));
        }
        gauge.see((8, &seen), None, at(2));
        assert_eq!(gauge.samples().len(), 2);
    }
}

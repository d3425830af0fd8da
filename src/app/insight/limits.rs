//! When a measure is worth telling: it has been above its limit for a while. Told once, and again only after it was well
//! below.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::{Moment, TargetId};

use super::gauges::{Gauge, Measure};

/// A measure that went below its limit by so much is over.
const WELL_BELOW: f32 = 5.0;
/// What was measured longer ago says nothing of now.
const FRESH: Duration = Duration::from_secs(45);

/// Limits in percent; 0 is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Processors at work.
    pub cpu: u8,
    /// Memory in use.
    pub memory: u8,
    /// Space in use on `/`.
    pub disk: u8,
    /// How long it must last.
    pub lasting: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            cpu: 95,
            memory: 90,
            disk: 90,
            lasting: Duration::from_secs(30),
        }
    }
}

impl Limits {
    /// What is limited, and how.
    fn all(&self) -> [(Measure, u8); 3] {
        [
            (Measure::Cpu, self.cpu),
            (Measure::Memory, self.memory),
            (Measure::Space, self.disk),
        ]
    }

    /// The limit of a measure, if it has one.
    pub fn of(&self, measure: Measure) -> Option<f32> {
        let limit = self.all().into_iter().find(|(limited, _)| *limited == measure);
        limit.filter(|(_, limit)| *limit > 0).map(|(_, limit)| f32::from(limit))
    }

    /// Whether there is any.
    pub fn are_some(&self) -> bool {
        self.all().iter().any(|(_, limit)| *limit > 0)
    }
}

/// How a measure stands to its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It is above since then.
    Above(Duration),
    /// It was told.
    Told,
}

/// What happened to a sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitNews {
    /// A measure has been above its limit for long enough; in words.
    Above(String),
    /// No measure is above its limit any more.
    Over,
}

/// How the measures of all sandboxes stand to their limits.
#[derive(Debug, Default)]
pub struct Watch {
    standing: BTreeMap<(TargetId, Measure), Standing>,
}

impl Watch {
    /// Whether a measure of a sandbox is above its limit for long enough.
    pub fn is_above(&self, target: TargetId, measure: Measure) -> bool {
        self.standing.get(&(target, measure)) == Some(&Standing::Told)
    }

    /// Looks at a sandbox.
    pub fn look(&mut self, target: TargetId, gauge: &Gauge, limits: &Limits, now: Moment) -> Option<LimitNews> {
        let was_above = self.has_told(target);
        let mut told = Vec::new();
        for (measure, _) in limits.all() {
            let value = gauge.now(measure, FRESH, now);
            let key = (target, measure);
            let (Some(value), Some(limit)) = (value, limits.of(measure)) else {
                self.standing.remove(&key);
                continue;
            };
            let standing = match self.standing.get(&key) {
                Some(Standing::Told) if value >= limit - WELL_BELOW => Some(Standing::Told),
                Some(Standing::Told) => None,
                _ if value < limit => None,
                Some(Standing::Above(since)) if now.since_start >= *since + limits.lasting => {
                    told.push(format!("{} {value:.0}%", measure.name()));
                    Some(Standing::Told)
                }
                Some(above) => Some(*above),
                None => Some(Standing::Above(now.since_start)),
            };
            match standing {
                Some(standing) => drop(self.standing.insert(key, standing)),
                None => drop(self.standing.remove(&key)),
            }
        }
        if !told.is_empty() {
            let seconds = limits.lasting.as_secs();
            return Some(LimitNews::Above(format!("{} for {seconds} s", told.join(", "))));
        }
        (was_above && !self.has_told(target)).then_some(LimitNews::Over)
    }

    fn has_told(&self, target: TargetId) -> bool {
        Measure::ALL.iter().any(|measure| self.is_above(target, *measure))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SystemMetrics;

    #[test]
    fn what_lasts_is_told_once_and_again_after_it_was_well_below() {
        let mut watch = Watch::default();
        let mut gauge = Gauge::default();
        let mut told = Vec::new();
        let values = [
            99.0, 99.0, 10.0, 96.0, 97.0, 98.0, 99.0, 93.0, 96.0, 50.0, 97.0, 97.0, 97.0, 97.0,
        ];
        for (index, cpu) in values.into_iter().enumerate() {
            let now = Moment::ZERO.after(Duration::from_secs(15 * index as u64));
            let account = SystemMetrics {
                cpu_used_percent: cpu,
                ..SystemMetrics::default()
            };
            gauge.hear(&account, now);
            if let Some(news) = watch.look(TargetId(1), &gauge, &Limits::default(), now) {
                told.push((index, news));
            }
        }
        let above = |text: &str| LimitNews::Above(text.to_owned());
        assert_eq!(
            told,
            [
                (5, above("cpu 98% for 30 s")),
                (9, LimitNews::Over),
                (12, above("cpu 97% for 30 s"))
            ]
        );
    }

    #[test]
    fn no_limit_is_no_limit_and_what_is_not_known_is_not_told() {
        let mut watch = Watch::default();
        let mut gauge = Gauge::default();
        let none = Limits {
            cpu: 0,
            memory: 0,
            disk: 0,
            ..Limits::default()
        };
        assert!(!none.are_some() && Limits::default().are_some());
        for second in 0..100 {
            let now = Moment::ZERO.after(Duration::from_secs(second));
            let account = SystemMetrics {
                cpu_used_percent: 100.0,
                ..SystemMetrics::default()
            };
            gauge.hear(&account, now);
            assert_eq!(watch.look(TargetId(1), &gauge, &none, now), None);
        }
        let later = Moment::ZERO.after(Duration::from_secs(1000));
        assert_eq!(watch.look(TargetId(1), &gauge, &Limits::default(), later), None);
    }
}

//! Copying files between this machine and a sandbox, as everybody speaks of it: what to copy, how far it is, how it ended.
//! Knows neither disk nor wire.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::{Failure, RemoteText};

/// What to copy, and which way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferOrder {
    /// From the sandbox to this machine.
    Download {
        /// Paths in the sandbox, as envd takes them.
        from: Vec<String>,
        /// A folder to copy into, or the new name of the one thing that is copied.
        to: PathBuf,
    },
    /// From this machine to the sandbox.
    Upload {
        /// Paths on this machine.
        from: Vec<PathBuf>,
        /// A folder to copy into, or the new name of the one thing that is copied.
        to: String,
    },
    /// From a sandbox to a sandbox, through this machine but not over its disk.
    Relay {
        /// Paths in the one sandbox.
        from: Vec<String>,
        /// A folder of the other, or the new name of the one thing that is copied.
        to: String,
    },
}

/// What a running transfer is to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Steering {
    /// Go on.
    #[default]
    Going,
    /// Stand still, and keep what has come so far.
    Paused,
    /// End before the end.
    Stopped,
}

/// What is allowed while copying, and how much at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransferRules {
    /// Folders, too, with everything in them.
    pub recursive: bool,
    /// Replace files that are there already.
    pub overwrite: bool,
    /// Compare the content on both sides before a file gets its name.
    pub checksum: bool,
    /// So many files at the same time, which is also the number of connections.
    pub parallel: usize,
}

impl Default for TransferRules {
    fn default() -> Self {
        Self {
            recursive: false,
            overwrite: false,
            checksum: false,
            parallel: 6,
        }
    }
}

/// How far it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransferProgress {
    /// Files that are in place.
    pub files_done: u64,
    /// Files found so far.
    pub files_found: u64,
    /// Bytes of content that are over, those of unfinished files included.
    pub bytes_done: u64,
    /// Bytes of the files found so far, as far as their size is known.
    pub bytes_found: u64,
    /// Whether folders are still being looked through, so that more may be found.
    pub is_looking: bool,
    /// The file that was begun last.
    pub current: RemoteText,
}

/// One thing that did not go as asked, about one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferNote {
    /// The path on the side that is copied from.
    pub path: RemoteText,
    /// How bad it is.
    pub weight: NoteWeight,
    /// What and why.
    pub failure: Failure,
}

/// How bad a note is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteWeight {
    /// It was copied; there is something to know about it.
    Remark,
    /// It was left out as a rule: a link, a device.
    Skipped,
    /// It should have been copied and was not.
    Failed,
}

/// How it ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransferSummary {
    /// Files that are in place.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Entries left out as a rule.
    pub skipped: u64,
    /// Entries that should have been copied and were not.
    pub failed: u64,
    /// Those of them whose names were taken already.
    pub taken: u64,
    /// How often a broken link was taken up again in the middle of a file.
    pub resumed: u64,
    /// Whether it was stopped before its end.
    pub is_cancelled: bool,
}

/// What a running transfer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferNews {
    /// How far it is; a few times a second.
    Progress(TransferProgress),
    /// Something did not go as asked.
    Note(TransferNote),
    /// It is over; the last news.
    Finished(TransferSummary),
}

/// Bytes for people: `999 B`, `1.4K`, `23M`, `1.1G`; at most five columns up to the end of the scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0 as f64;
        let mut unit = 'B';
        for next in ['K', 'M', 'G', 'T', 'P'] {
            if rest < 999.5 {
                break;
            }
            rest /= 1024.0;
            unit = next;
        }
        let text = match unit {
            'B' => format!("{}B", self.0),
            _ if rest < 9.95 => format!("{rest:.1}{unit}"),
            _ => format!("{rest:.0}{unit}"),
        };
        out.pad(&text)
    }
}

/// Bytes in a second over the last few seconds.
#[derive(Clone, Debug, Default)]
pub struct Rate {
    samples: Vec<(Duration, u64)>,
}

impl Rate {
    const WINDOW: Duration = Duration::from_secs(4);

    /// Notes how many bytes were over at a time, both counted from the beginning.
    pub fn note(&mut self, at: Duration, bytes: u64) {
        // Of the samples that are too old the last one stays: the window begins there.
        while self.samples.get(1).is_some_and(|(time, _)| *time + Self::WINDOW < at) {
            self.samples.remove(0);
        }
        self.samples.push((at, bytes));
    }

    /// The rate, once there is something to compare.
    pub fn per_second(&self) -> Option<u64> {
        let ((start, before), (end, after)) = (self.samples.first()?, self.samples.last()?);
        let seconds = end.checked_sub(*start)?.as_secs_f64();
        (seconds > 0.05).then(|| (after.saturating_sub(*before) as f64 / seconds) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        for (bytes, shown) in [
            (0, "0B"),
            (999, "999B"),
            (1000, "1.0K"),
            (1434, "1.4K"),
            (10 << 10, "10K"),
            (1 << 20, "1.0M"),
            (1023 << 20, "1.0G"),
            (u64::MAX, "16384P"),
        ] {
            assert_eq!(Bytes(bytes).to_string(), shown);
        }
        assert_eq!(format!("{:>6}", Bytes(5)), "    5B");
    }

    #[test]
    fn a_rate_forgets_what_is_long_ago() {
        let mut rate = Rate::default();
        assert_eq!(rate.per_second(), None);
        rate.note(Duration::ZERO, 0);
        rate.note(Duration::from_secs(1), 1000);
        assert_eq!(rate.per_second(), Some(1000));
        for second in 2..20 {
            rate.note(Duration::from_secs(second), 1000);
        }
        assert_eq!(rate.per_second(), Some(0));
    }
}

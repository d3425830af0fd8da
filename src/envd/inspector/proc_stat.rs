//! `/proc/PID/stat`, many of them one after the other. A name in them may hold anything: blanks, newlines, parentheses, bytes
//! that are no text.

use crate::domain::{Pid, ProcessKey, ProcessState, RemoteText};

/// The kernel's names for its own threads are not longer than this, those of programs not longer than that.
const NAME_LIMIT: usize = 64;
const PROGRAM_NAME_LIMIT: usize = 15;
/// Fields behind the name that every kernel since 2.6 writes.
const FIELDS: usize = 37;
/// The flag of a thread of the kernel, and that of a process that runs what its parent ran.
const KERNEL_THREAD: u64 = 0x0020_0000;
const NO_EXEC_YET: u64 = 0x40;

/// What one such file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProcStat {
    pub(super) key: ProcessKey,
    pub(super) parent: Pid,
    pub(super) name: RemoteText,
    pub(super) state: ProcessState,
    pub(super) cpu_ticks: u64,
    pub(super) resident_pages: u64,
    pub(super) threads: u32,
    pub(super) nice: i32,
    pub(super) is_kernel: bool,
    /// Changes when the process begins to run another program.
    pub(super) program: ProgramMark,
}

/// What changes with the program that a process runs: then its command line is another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProgramMark {
    name: RemoteText,
    has_executed: bool,
    /// Where its arguments begin and end; both 0 for whom we may not look at.
    arguments: (u64, u64),
}

/// Reads all of them. What cannot be read is skipped up to where the next one begins.
pub(super) fn read_all(text: &[u8]) -> Vec<ProcStat> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some((stat, length)) = read_one(rest) {
            found.push(stat);
            rest = rest.get(length..).unwrap_or_default();
        } else {
            let next = rest
                .iter()
                .position(|byte| *byte == b'\n')
                .map_or(rest.len(), |at| at + 1);
            rest = rest.get(next..).unwrap_or_default();
        }
    }
    // One number twice: whoever forged that is not believed, and the list stays in order.
    found.sort_by_key(|stat| stat.key.pid);
    found.dedup_by_key(|stat| stat.key.pid);
    found
}

/// Reads the one at the beginning, and how long it is.
fn read_one(text: &[u8]) -> Option<(ProcStat, usize)> {
    let open = text.iter().take(12).position(|byte| *byte == b'(')?;
    let pid = number(text.get(..open)?.strip_suffix(b" ")?)?;
    let name_at = open + 1;
    // The name ends at the parenthesis behind which nothing but numbers stands up to the end of the line. A name is too short
    // to hold such a line itself.
    let within = text.get(name_at..text.len().min(name_at + NAME_LIMIT + 1))?;
    let closes = within.iter().enumerate().filter(|(_, byte)| **byte == b')');
    for close in closes.map(|(at, _)| name_at + at) {
        let behind = text.get(close + 1..)?;
        let end = behind.iter().position(|byte| *byte == b'\n').unwrap_or(behind.len());
        if let Some(stat) = read_fields(pid, text.get(name_at..close)?, behind.get(..end)?) {
            let length = (close + 1 + end + 1).min(text.len());
            return Some((stat, length));
        }
    }
    None
}

fn read_fields(pid: u32, name: &[u8], fields: &[u8]) -> Option<ProcStat> {
    let fields = std::str::from_utf8(fields).ok()?.strip_prefix(' ')?;
    let (state, numbers) = fields.split_once(' ')?;
    let mut letters = state.chars();
    let letter = letters.next().filter(char::is_ascii_alphabetic)?;
    if letters.next().is_some() {
        return None;
    }
    // Some fields are signed, some use all 64 bits.
    let numbers: Vec<i128> = numbers
        .split(' ')
        .map(|word| word.parse().ok())
        .collect::<Option<_>>()?;
    if numbers.len() < FIELDS {
        return None;
    }
    // The first of these is field 4 of the manual page.
    let field = |number: usize| numbers.get(number - 4).copied().unwrap_or(0);
    let count = |number: usize| u64::try_from(field(number)).unwrap_or(0);
    let flags = count(9);
    if name.len() > PROGRAM_NAME_LIMIT && flags & KERNEL_THREAD == 0 {
        return None;
    }
    let name = RemoteText::from_bytes(name);
    Some(ProcStat {
        key: ProcessKey {
            pid: Pid(pid),
            started: count(22),
        },
        parent: Pid(u32::try_from(field(4)).unwrap_or(0)),
        state: ProcessState::from_letter(letter),
        cpu_ticks: count(14) + count(15),
        resident_pages: count(24),
        threads: u32::try_from(field(20)).unwrap_or(0),
        nice: i32::try_from(field(19)).unwrap_or(0),
        is_kernel: flags & KERNEL_THREAD != 0,
        program: ProgramMark {
            name: name.clone(),
            has_executed: flags & NO_EXEC_YET == 0,
            arguments: (count(48), count(49)),
        },
        name,
    })
}

/// A number without a sign.
pub(super) fn number<T: std::str::FromStr>(bytes: &[u8]) -> Option<T> {
    let text = std::str::from_utf8(bytes).ok()?;
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEHIND: &str = "S 1 42 42 34816 50 4194304 100 0 2 0 30 12 7 5 25 5 3 0 98765 1000000 250 \
                          18446744073709551615 1 2 3 4 5 0 0 65536 3686404 1 0 0 17 1 0 0 0 0 0 9 9 9 140 150 1 2 0";

    fn record(pid: u32, name: &[u8]) -> Vec<u8> {
        let mut text = format!("{pid} (").into_bytes();
        text.extend(name);
        text.extend(format!(") {BEHIND}\n").into_bytes());
        text
    }

    #[test]
    fn fields_stand_where_the_manual_page_says() {
        let all = read_all(&record(42, b"bash"));
        let stat = &all[0];
        assert_eq!((stat.key.pid, stat.key.started), (Pid(42), 98765));
        assert_eq!((stat.parent, stat.state), (Pid(1), ProcessState::Sleeping));
        assert_eq!(stat.cpu_ticks, 42);
        assert_eq!((stat.threads, stat.nice, stat.resident_pages), (3, 5, 250));
        assert!(!stat.is_kernel && stat.program.has_executed);
        assert_eq!(stat.program.arguments, (140, 150));
    }

    #[test]
    fn names_may_hold_anything() {
        let names: [&[u8]; 10] = [
            b"",
            b")",
            b"a) R 1 2",
            b"x\n7 (y) S 1 1 1",
            b"((((((",
            b"tab\tand \x1b[2J",
            b"\xff\xfe\x80",
            b"name with space",
            b"\n",
            b") S 1 1 1 1 1 1",
        ];
        let mut text = Vec::new();
        for (index, name) in names.iter().enumerate() {
            text.extend(record(index as u32 + 1, name));
        }
        let all = read_all(&text);
        assert_eq!(all.len(), names.len());
        for (stat, name) in all.iter().zip(names) {
            assert_eq!(stat.name, RemoteText::from_bytes(name));
            assert_eq!(stat.key.started, 98765);
        }
    }

    #[test]
    fn what_cannot_be_read_costs_nothing_else() {
        let mut text = b"nonsense\n99999999999 (x) S 1\n5 (cut) S 1 2 3\n".to_vec();
        text.extend(record(7, b"good"));
        text.extend(record(7, b"again"));
        text.extend(b"8 (no end");
        let all = read_all(&text);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].name, "good".into());
        assert!(read_all(b"").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            let _ = read_all(&bytes);
        }
    }
}

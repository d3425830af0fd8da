//! What `ls -ln` says about links: where they lead. Names in its text may be chosen by anybody; those of descriptors are
//! numbers.

use std::collections::HashMap;

use crate::domain::{OpenFile, Pid, RemoteText};

use super::proc_stat::number;

/// The links of one answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Links {
    /// Such as `/proc/1/cwd`, with what it leads to.
    pub(super) named: Vec<(RemoteText, RemoteText)>,
    /// The open files of each process whose folder was listed.
    pub(super) descriptors: HashMap<Pid, Vec<OpenFile>>,
}

/// Reads the answer.
pub(super) fn read(text: &[u8]) -> Links {
    let mut links = Links::default();
    let mut folder = None;
    let mut faked = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        if let Some(pid) = heading(line) {
            folder = Some(pid);
            // A folder is listed once. A second time, somebody wrote its heading into the name of a file.
            if links.descriptors.insert(pid, Vec::new()).is_some() {
                faked.push(pid);
            }
            continue;
        }
        let Some((name, target)) = link(line) else { continue };
        match folder {
            None => links
                .named
                .push((RemoteText::from_bytes(name), RemoteText::from_bytes(target))),
            Some(pid) => {
                if let (Some(descriptor), Some(files)) = (number(name), links.descriptors.get_mut(&pid)) {
                    files.push(OpenFile {
                        descriptor,
                        target: RemoteText::from_bytes(target),
                    });
                }
            }
        }
    }
    for pid in faked {
        links.descriptors.remove(&pid);
    }
    for files in links.descriptors.values_mut() {
        files.sort_by_key(|file| file.descriptor);
    }
    links
}

/// `/proc/12/fd:`
fn heading(line: &[u8]) -> Option<Pid> {
    number(line.strip_prefix(b"/proc/")?.strip_suffix(b"/fd:")?).map(Pid)
}

/// `lrwx------ 1 0 0 64 Nov 25 16:00 3 -> target`: the name is the word before the first arrow. Names that we ask for hold no
/// blanks, and nothing before them is theirs to choose; how many words a date has, each `ls` decides for itself.
fn link(line: &[u8]) -> Option<(&[u8], &[u8])> {
    if line.first() != Some(&b'l') {
        return None;
    }
    let arrow = super::reply::find(line, b" -> ")?;
    let name = line.get(..arrow)?.rsplit(|byte| *byte == b' ').next()?;
    Some((name, line.get(arrow + 4..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read_and_headings_twice_are_not_believed() {
        let text = b"lrwxrwxrwx 1 0 0 0 Nov 25 16:00 /proc/7/cwd -> /a -> b\n\n/proc/7/fd:\ntotal 0\n\
            lrwx------    1 0    0    64 Nov 25 16:00 10 -> socket:[123]\n\
            lrwx------ 1 0 0 64 Nov  5  2023 2 -> /dev/null\n\n/proc/8/fd:\ntotal 0\n\
            l-wx------ 1 0 0 64 2026-11-25 16:00 1 -> x -> y\n/proc/9/fd:\n\n/proc/9/fd:\ntotal 0\n";
        let links = read(text);
        assert_eq!(links.named, [("/proc/7/cwd".into(), "/a -> b".into())]);
        let files = &links.descriptors[&Pid(7)];
        assert_eq!(files.iter().map(|file| file.descriptor).collect::<Vec<_>>(), [2, 10]);
        assert_eq!((files[1].socket(), files[0].is_path()), (Some(123), true));
        assert_eq!(links.descriptors[&Pid(8)][0].target, "x -> y".into());
        assert!(links.descriptors.contains_key(&Pid(8)) && !links.descriptors.contains_key(&Pid(9)));
    }
}

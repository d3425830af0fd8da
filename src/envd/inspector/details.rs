//! Everything about one process, out of the files of its folder in `/proc`.

use super::constant_facts::command_line;
use super::link_list::{self, Links};
use super::proc_stat::{self, ProcStat};
use super::reply::parts;
use crate::domain::{CommandLine, Fact, Limit, Pid, Places, Process, ProcessDetails, RemoteText, Secret, Variable};

/// The most that is sent of a command line, and of an environment.
const TEXT_LIMIT: usize = 128 * 1024;

/// Files that the kernel writes, in the order in which [`read`] wants them.
const FILES: [&str; 9] = [
    "stat",
    "status",
    "limits",
    "cgroup",
    "smaps_rollup",
    "schedstat",
    "oom_score",
    "oom_score_adj",
    "io",
];

/// What to ask. The environment is asked only if it is wanted: it may hold secrets.
pub(super) fn questions(pid: Pid, boundary_file: &str, with_environment: bool) -> Vec<String> {
    let files: Vec<String> = FILES
        .iter()
        .map(|file| format!("/proc/{pid}/{file} {boundary_file}"))
        .collect();
    let mut questions = vec![
        format!("c {}", files.join(" ")),
        format!("t {TEXT_LIMIT} /proc/{pid}/cmdline"),
        format!("l /proc/{pid}/cwd /proc/{pid}/exe /proc/{pid}/root /proc/{pid}/fd"),
    ];
    if with_environment {
        questions.push(format!("t {TEXT_LIMIT} /proc/{pid}/environ"));
    }
    questions
}

/// What the answers say besides what the list knows.
pub(super) struct Found {
    /// Which process they are about; `None` if there is none with this number.
    pub(super) stat: Option<ProcStat>,
    texts: Vec<String>,
    command: CommandLine,
    links: Links,
    environment: Option<Vec<Variable>>,
}

/// Reads the answers.
pub(super) fn read(answers: &[Vec<u8>], boundary: &[u8]) -> Found {
    let answer = |index: usize| answers.get(index).map(Vec::as_slice).unwrap_or_default();
    let files = parts(answer(0), boundary);
    let stat = files.first().and_then(|stat| proc_stat::read_all(stat).pop());
    Found {
        stat,
        texts: files
            .iter()
            .map(|text| String::from_utf8_lossy(text).into_owned())
            .collect(),
        command: command_line(answer(1), TEXT_LIMIT),
        links: link_list::read(answer(2)),
        environment: answers
            .get(3)
            .filter(|text| !text.is_empty())
            .map(|text| environment(text)),
    }
}

impl Found {
    /// Puts it all together.
    pub(super) fn into_details(mut self, process: Process) -> ProcessDetails {
        let pid = process.key.pid;
        let text = |index: usize| self.texts.get(index).map_or("", String::as_str);
        let status = facts(text(1));
        let pick = |names: &[&str]| -> Vec<Fact> {
            let wanted = |fact: &&Fact| names.iter().any(|name| fact.name.unescaped().starts_with(name));
            status.iter().filter(wanted).cloned().collect()
        };
        let mut memory = pick(&["Vm", "Rss", "HugetlbPages"]);
        memory.extend(
            facts(text(4))
                .into_iter()
                .filter(|fact| !fact.name.unescaped().contains('-')),
        );
        let mut scheduling = vec![fact("Nice", &process.nice.to_string())];
        scheduling.extend(pick(&["voluntary", "nonvoluntary", "Cpus_allowed_list", "Threads"]));
        scheduling.extend(waited(text(5)));
        for (index, name) in [(6, "OOM score"), (7, "OOM adjustment")] {
            let value = text(index).trim();
            if !value.is_empty() {
                scheduling.push(fact(name, value));
            }
        }
        ProcessDetails {
            limits: limits(text(2)),
            groups: text(3).lines().map(RemoteText::from).collect(),
            memory,
            scheduling,
            identity: pick(&[
                "Uid",
                "Gid",
                "Groups",
                "Umask",
                "Tgid",
                "NSpid",
                "TracerPid",
                "Cap",
                "Sig",
                "Seccomp",
                "NoNewPrivs",
            ]),
            input_output: facts(text(8)),
            places: self.places(pid),
            command: self.command,
            environment: self.environment,
            files: self.links.descriptors.remove(&pid),
            process,
        }
    }

    fn places(&self, pid: Pid) -> Places {
        let place = |name: &str| {
            let path = RemoteText::new(format!("/proc/{pid}/{name}"));
            let link = self.links.named.iter().find(|(link, _)| *link == path);
            link.map(|(_, target)| target.clone())
        };
        Places {
            directory: place("cwd"),
            executable: place("exe"),
            root: place("root"),
        }
    }
}

fn fact(name: &str, value: &str) -> Fact {
    Fact {
        name: name.into(),
        value: value.into(),
    }
}

/// `Name: value`, one a line.
fn facts(text: &str) -> Vec<Fact> {
    let pair = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some(fact(name, &value.split_whitespace().collect::<Vec<_>>().join(" ")))
    };
    text.lines().filter_map(pair).collect()
}

/// `schedstat`: nanoseconds on a processor, nanoseconds waiting for one, turns.
fn waited(text: &str) -> Option<Fact> {
    let nanoseconds: u64 = text.split_whitespace().nth(1)?.parse().ok()?;
    Some(fact(
        "Waited for a processor",
        &format!("{:.2} s", nanoseconds as f64 / 1e9),
    ))
}

/// Columns of fixed width: the name, then two values and a unit.
fn limits(text: &str) -> Vec<Limit> {
    let limit = |line: &str| {
        let (name, rest) = line.split_at_checked(26)?;
        let mut words = rest.split_whitespace();
        Some(Limit {
            name: name.trim().into(),
            soft: words.next()?.into(),
            hard: words.next()?.into(),
            unit: words.next().unwrap_or("").into(),
        })
    };
    text.lines().skip(1).filter_map(limit).collect()
}

/// `NAME=value`, each ended by NUL. What has no `=` is no variable.
fn environment(text: &[u8]) -> Vec<Variable> {
    text.split(|byte| *byte == 0)
        .filter_map(|pair| {
            let at = pair.iter().position(|byte| *byte == b'=')?;
            let (name, value) = pair.split_at(at);
            Some(Variable {
                name: RemoteText::from_bytes(name),
                value: Secret::new(String::from_utf8_lossy(value.get(1..)?).into_owned()),
            })
        })
        .collect()
}

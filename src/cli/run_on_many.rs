//! `run`: one command on many sandboxes at once; equal answers are told once.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use crate::domain::{ExitStatus, Failure, FailureKind, Pid, ProgramSpec, RemoteText, TerminalSignal};
use crate::envd::{EnvdClient, ProcessEvent, ProcessIo};
use crate::runtime::EndSignals;
use crate::startup::{Context, OpenSandbox, Sandboxes};

use super::arguments::RunArguments;
use super::output;
use super::sandboxes::json_text;

/// More output of one sandbox than this is not kept: it is read on, and said to be cut.
const OUTPUT_LIMIT: usize = 4 << 20;

/// What one sandbox answered. The order puts what went well first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    /// The command ended with this code.
    Ended(u8),
    /// It could not be run, or was not seen to end.
    Failed(String),
}

/// Equal for all sandboxes of a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Answer {
    verdict: Verdict,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    is_cut: bool,
}

/// Runs it everywhere. Answers 0 if it went well everywhere, else 1.
pub(super) async fn run(context: &Context, of: RunArguments) -> Result<u8, Failure> {
    let mut signals = EndSignals::listen()?;
    let mut sandboxes = Sandboxes::new(context);
    let open = tokio::select! {
        open = sandboxes.open_all(&of.targets) => open?,
        signal = signals.next() => return Ok(signal.exit_code()),
    };
    for warning in open.iter().filter_map(|sandbox| sandbox.warning.as_ref()) {
        output::complain(&format!("warning: {warning}"));
    }
    let mut words = of.program.into_iter();
    let mut program = ProgramSpec::new(words.next().unwrap_or_default(), words);
    program.envs.clone_from(&context.flags.envs);
    let running = stream::iter(open)
        .map(|sandbox| answer(sandbox, program.clone()))
        .buffer_unordered(of.parallel.into())
        .collect::<Vec<_>>();
    // Dropping the work kills what was started.
    let answers = tokio::select! {
        answers = running => answers,
        signal = signals.next() => return Ok(signal.exit_code()),
    };
    sandboxes.stop().await;
    let groups = group(answers);
    let code = u8::from(groups.keys().any(|answer| answer.verdict != Verdict::Ended(0)));
    let printed = if of.json {
        output::print(&json_text(&as_json(&groups)))
    } else {
        print(&groups)
    };
    Ok(code.max(printed))
}

/// A command that is killed if it is given up.
struct Started {
    client: EnvdClient,
    pid: Pid,
    has_ended: bool,
}

impl Drop for Started {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        let (client, pid) = (self.client.clone(), self.pid);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            // Also on the way out after ctrl-c: the call is small, and the runtime goes on for a moment.
            let killing = runtime.spawn(async move { client.signal(pid, TerminalSignal::Kill).await });
            drop(killing);
        }
    }
}

async fn answer(sandbox: OpenSandbox, mut program: ProgramSpec) -> (String, Answer) {
    let mut answer = Answer {
        verdict: Verdict::Ended(0),
        stdout: Vec::new(),
        stderr: Vec::new(),
        is_cut: false,
    };
    program.cwd.clone_from(&sandbox.cwd);
    answer.verdict = match follow(&sandbox, &program, &mut answer).await {
        Ok(status) => Verdict::Ended(status.shell_code()),
        Err(failure) => Verdict::Failed(failure.to_string()),
    };
    (sandbox.label, answer)
}

async fn follow(sandbox: &OpenSandbox, program: &ProgramSpec, answer: &mut Answer) -> Result<ExitStatus, Failure> {
    let client = EnvdClient::new(&sandbox.endpoint)?;
    let mut stream = client.start(program, ProcessIo::Pipes { stdin: false }).await?;
    let mut started = Started {
        pid: stream.pid(),
        client,
        has_ended: false,
    };
    loop {
        let (bytes, kept) = match stream.next().await? {
            Some(ProcessEvent::Stdout(bytes) | ProcessEvent::Terminal(bytes)) => (bytes, &mut answer.stdout),
            Some(ProcessEvent::Stderr(bytes)) => (bytes, &mut answer.stderr),
            Some(ProcessEvent::KeepAlive) => continue,
            Some(ProcessEvent::Ended(status)) => {
                started.has_ended = true;
                return Ok(status);
            }
            None => {
                return Err(Failure::new(
                    FailureKind::Internal,
                    "the command ended without a status",
                ));
            }
        };
        let room = OUTPUT_LIMIT.saturating_sub(kept.len());
        answer.is_cut |= bytes.len() > room;
        kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

/// The sandboxes of each answer.
fn group(answers: Vec<(String, Answer)>) -> BTreeMap<Answer, Vec<String>> {
    let mut groups: BTreeMap<Answer, Vec<String>> = BTreeMap::new();
    for (label, answer) in answers {
        groups.entry(answer).or_default().push(label);
    }
    for labels in groups.values_mut() {
        labels.sort();
    }
    groups
}

fn print(groups: &BTreeMap<Answer, Vec<String>>) -> u8 {
    for (index, (answer, labels)) in groups.iter().enumerate() {
        let gap = if index == 0 { "" } else { "\n" };
        let code = output::print(&format!("{gap}{}\n{}", heading(answer, labels), body(answer)));
        if code != 0 {
            return code;
        }
    }
    0
}

fn heading(answer: &Answer, labels: &[String]) -> String {
    let verdict = match &answer.verdict {
        Verdict::Ended(code) => format!("exit {code}"),
        Verdict::Failed(failure) => failure.clone(),
    };
    let count = match labels.len() {
        1 => String::new(),
        count => format!("{count} sandboxes: "),
    };
    let cut = if answer.is_cut { " (output cut)" } else { "" };
    let labels = RemoteText::from(labels.join(", "));
    format!("== {count}{labels} == {verdict}{cut}")
}

/// Both streams, each with its end of line. On a terminal nothing in it can act; a pipe gets the text as it is.
fn body(answer: &Answer) -> String {
    let is_terminal = io::stdout().is_terminal();
    let mut text = String::new();
    for part in [&answer.stdout, &answer.stderr] {
        let part = String::from_utf8_lossy(part);
        for line in part.lines() {
            if is_terminal {
                let cells = line.split('\t').map(|cell| RemoteText::from(cell).escaped());
                text.push_str(&cells.collect::<Vec<_>>().join("\t"));
            } else {
                text.push_str(line);
            }
            text.push('\n');
        }
    }
    text
}

fn as_json(groups: &BTreeMap<Answer, Vec<String>>) -> Value {
    let values = groups.iter().map(|(answer, labels)| {
        let (code, problem) = match &answer.verdict {
            Verdict::Ended(code) => (Some(code), None),
            Verdict::Failed(failure) => (None, Some(failure)),
        };
        json!({
            "targets": labels,
            "exitCode": code,
            "problem": problem,
            "stdout": String::from_utf8_lossy(&answer.stdout),
            "stderr": String::from_utf8_lossy(&answer.stderr),
            "outputCut": answer.is_cut,
        })
    });
    values.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(code: u8, stdout: &str) -> Answer {
        Answer {
            verdict: Verdict::Ended(code),
            stdout: stdout.into(),
            stderr: Vec::new(),
            is_cut: false,
        }
    }

    #[test]
    fn equal_answers_are_one_group_and_good_ones_come_first() {
        let groups = group(vec![
            ("c".to_owned(), ended(1, "x")),
            ("b".to_owned(), ended(0, "x")),
            ("a".to_owned(), ended(0, "x")),
            ("d".to_owned(), ended(0, "y")),
        ]);
        let told: Vec<(Vec<String>, u8)> = groups
            .into_iter()
            .map(|(answer, labels)| (labels, answer.stdout[0]))
            .collect();
        let labels = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(told, [(labels("a b"), b'x'), (labels("d"), b'y'), (labels("c"), b'x')]);
    }
}

//! `run`: one command on many sandboxes at once; equal answers are told once.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::domain::{ExitStatus, Failure, FailureKind, Pid, ProgramSpec, RemoteText, TerminalSignal};
use crate::envd::{EnvdClient, ProcessEvent, ProcessIo};
use crate::runtime::EndSignals;
use crate::startup::{Context, OpenSandbox, Sandboxes};

use super::arguments::RunArguments;
use super::output;
use super::sandboxes::json_text;

/// More output of one sandbox than this is not kept: it is read on, and said to be cut.
const OUTPUT_LIMIT: usize = 4 << 20;
/// Ending the commands after ctrl-c takes no longer than this.
const KILL_LIMIT: Duration = Duration::from_secs(2);

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
    let (order, given_up) = watch::channel(false);
    let running = stream::iter(open)
        .map(|sandbox| answer(sandbox, program.clone(), given_up.clone()))
        .buffer_unordered(of.parallel.into())
        .collect::<Vec<_>>();
    tokio::pin!(running);
    let answers = tokio::select! {
        answers = &mut running => answers,
        signal = signals.next() => {
            // A closed window detaches: what runs in the sandboxes runs on.
            if !signal.is_hangup() {
                order.send_replace(true);
                if timeout(KILL_LIMIT, running).await.is_err() {
                    output::complain("not every sandbox answered: the command may run on in some");
                }
            }
            return Ok(signal.exit_code());
        }
    };
    sandboxes.stop().await;
    let groups = group(answers);
    let code = u8::from(groups.keys().any(|answer| answer.verdict != Verdict::Ended(0)));
    let printed = if of.json {
        output::print(&json_text(&as_json(&groups)))
    } else {
        print(&groups, of.diff)
    };
    Ok(code.max(printed))
}

async fn answer(sandbox: OpenSandbox, mut program: ProgramSpec, given_up: watch::Receiver<bool>) -> (String, Answer) {
    let mut answer = Answer {
        verdict: Verdict::Ended(0),
        stdout: Vec::new(),
        stderr: Vec::new(),
        is_cut: false,
    };
    program.cwd.clone_from(&sandbox.cwd);
    answer.verdict = match follow(&sandbox, &program, given_up, &mut answer).await {
        Ok(status) => Verdict::Ended(status.shell_code()),
        Err(failure) => Verdict::Failed(failure.to_string()),
    };
    (sandbox.label, answer)
}

async fn follow(
    sandbox: &OpenSandbox,
    program: &ProgramSpec,
    mut given_up: watch::Receiver<bool>,
    answer: &mut Answer,
) -> Result<ExitStatus, Failure> {
    // Those that were still waiting for their turn are not begun any more.
    if *given_up.borrow() {
        return Err(interrupted());
    }
    let client = EnvdClient::new(&sandbox.endpoint)?;
    // Not cut short: a command that is just being started could not be found again to be killed.
    let mut stream = client.start(program, ProcessIo::Pipes { stdin: false }).await?;
    let pid = stream.pid();
    loop {
        let event = tokio::select! {
            biased;
            () = until_given_up(&mut given_up) => Err(interrupted()),
            event = stream.next() => event.map_err(Failure::from),
        };
        let event = match event {
            Ok(event) => event,
            Err(failure) => {
                kill(&client, pid).await;
                return Err(failure);
            }
        };
        let (bytes, kept) = match event {
            Some(ProcessEvent::Stdout(bytes) | ProcessEvent::Terminal(bytes)) => (bytes, &mut answer.stdout),
            Some(ProcessEvent::Stderr(bytes)) => (bytes, &mut answer.stderr),
            Some(ProcessEvent::KeepAlive) => continue,
            Some(ProcessEvent::Ended(status)) => return Ok(status),
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

fn interrupted() -> Failure {
    Failure::new(FailureKind::Internal, "the command was given up")
}

/// Waits for the order to give up.
async fn until_given_up(given_up: &mut watch::Receiver<bool>) {
    if given_up.wait_for(|is_so| *is_so).await.is_err() {
        // Nobody is left to give the order.
        std::future::pending::<()>().await;
    }
}

/// Ends a command that nobody follows any longer.
async fn kill(client: &EnvdClient, pid: Pid) {
    match timeout(KILL_LIMIT, client.signal(pid, TerminalSignal::Kill)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::info!(%error, "a command was not killed"),
        Err(_) => tracing::info!(%pid, "a command was not killed in time"),
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

/// Prints every answer once; odd ones as what differs from the most common one, if that is wanted.
fn print(groups: &BTreeMap<Answer, Vec<String>>, with_diff: bool) -> u8 {
    let usual = most_common(groups).filter(|_| with_diff);
    for (index, (answer, labels)) in groups.iter().enumerate() {
        let gap = if index == 0 { "" } else { "\n" };
        let text = match usual {
            Some(usual) if usual != answer => difference(&body(usual), &body(answer)),
            _ => body(answer),
        };
        let code = output::print(&format!("{gap}{}\n{text}", heading(answer, labels)));
        if code != 0 {
            return code;
        }
    }
    0
}

/// The answer that most sandboxes gave; of several with the same number the best.
fn most_common(groups: &BTreeMap<Answer, Vec<String>>) -> Option<&Answer> {
    let sizes = groups.iter().map(|(answer, labels)| (labels.len(), answer));
    sizes.rev().max_by_key(|(size, _)| *size).map(|(_, answer)| answer)
}

/// Lines that only one of them has, with three lines around them.
fn difference(usual: &str, odd: &str) -> String {
    if usual == odd {
        return "(the same output)\n".to_owned();
    }
    let lines = similar::TextDiff::from_lines(usual, odd);
    lines.unified_diff().context_radius(3).to_string()
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
    fn odd_answers_are_told_by_what_differs_from_the_most_common_one() {
        let groups = group(vec![
            ("a".to_owned(), ended(0, "1\n2\n3\n")),
            ("b".to_owned(), ended(1, "1\n2\n4\n")),
            ("c".to_owned(), ended(1, "1\n2\n4\n")),
        ]);
        let usual = most_common(&groups).unwrap();
        assert_eq!(usual.verdict, Verdict::Ended(1));
        let odd = groups.keys().next().unwrap();
        let told = difference(&body(usual), &body(odd));
        assert!(
            told.contains("\n-4\n") && told.contains("\n+3\n") && told.contains("\n 2\n"),
            "{told}"
        );
        assert_eq!(difference("x\n", "x\n"), "(the same output)\n");
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

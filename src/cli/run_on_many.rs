//! `run`: one command on many sandboxes at once; equal answers are told once.

use std::io::{self, IsTerminal};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::domain::{Failure, ProgramSpec, RunAnswer, RunGroups, RunVerdict, run_difference, run_labels};
use crate::envd::EnvdClient;
use crate::runtime::{EndSignals, run_command};
use crate::startup::{Context, OpenSandbox, Sandboxes};

use super::arguments::RunArguments;
use super::output;
use super::sandboxes::json_text;

/// Ending the commands after ctrl-c takes no longer than this.
const KILL_LIMIT: Duration = Duration::from_secs(3);

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
    let groups = RunGroups::of(answers);
    let code = u8::from(!groups.is_success());
    let printed = if of.json {
        output::print(&json_text(&as_json(&groups)))
    } else {
        print(&groups, of.diff)
    };
    Ok(code.max(printed))
}

async fn answer(
    sandbox: OpenSandbox,
    mut program: ProgramSpec,
    given_up: watch::Receiver<bool>,
) -> (String, RunAnswer) {
    program.cwd.clone_from(&sandbox.cwd);
    let answer = match EnvdClient::new(&sandbox.endpoint) {
        Ok(client) => run_command(&client, program, given_up).await,
        Err(error) => RunAnswer::failed(Failure::from(error).to_string()),
    };
    (sandbox.label, answer)
}

/// Prints every answer once; odd ones as what differs from the most common one, if that is wanted. On a terminal nothing
/// in it can act; a pipe gets the text as it is.
fn print(groups: &RunGroups, with_diff: bool) -> u8 {
    let is_terminal = io::stdout().is_terminal();
    let usual = groups.usual().filter(|_| with_diff);
    for (index, (answer, labels)) in groups.iter().enumerate() {
        let gap = if index == 0 { "" } else { "\n" };
        let own = answer.lines(is_terminal);
        let lines = match usual {
            Some(usual) if usual != answer => told_apart(&usual.lines(is_terminal), own),
            _ => own,
        };
        let text: String = lines.into_iter().map(|line| line + "\n").collect();
        let heading = format!("== {} == {}", run_labels(labels), answer.verdict_words());
        let code = output::print(&format!("{gap}{heading}\n{text}"));
        if code != 0 {
            return code;
        }
    }
    0
}

/// An odd answer by what differs from the usual one; whole, where that cannot be said.
fn told_apart(usual: &[String], own: Vec<String>) -> Vec<String> {
    if usual == own {
        return vec!["(the same output)".to_owned()];
    }
    match run_difference(usual, &own) {
        Some(lines) => lines
            .into_iter()
            .map(|(kind, text)| format!("{}{text}", kind.sign()))
            .collect(),
        None => own,
    }
}

fn as_json(groups: &RunGroups) -> Value {
    let values = groups.iter().map(|(answer, labels)| {
        let (code, problem) = match &answer.verdict {
            RunVerdict::Ended(code) => (Some(code), None),
            RunVerdict::Failed(failure) => (None, Some(failure)),
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

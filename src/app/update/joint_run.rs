//! One command on many sandboxes: who is asked, what is refused, what is shown of the answers.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::app::caution::guarded_confirmation;
use crate::app::joint_run::{JointRun, PartState, RunAction, RunDecision, Whom, open_sandboxes, question_title};
use crate::app::notices::{Notice, Severity, copied};
use crate::app::overlays::{Confirm, Decision, Overlay, Prompt};
use crate::app::{Action, Answer, Effect, Effects, HostRequest, Model, Question};
use crate::domain::{Failure, ProgramSpec, RunAnswer, Target, Ticket};

/// Does an action about commands on many sandboxes.
pub(super) fn act(model: &mut Model, action: RunAction) {
    match action {
        RunAction::Ask => ask(model, chosen(model), ""),
        RunAction::Show if model.run.is_some() => model.overlays.open(Overlay::Run(Box::default())),
        RunAction::Show => {
            let keys = model
                .reader
                .keys()
                .shown(Action::Run(RunAction::Ask))
                .unwrap_or_default();
            tell(
                model,
                Severity::Info,
                format!("nothing was run on sandboxes yet — {keys} asks for a command"),
            );
        }
    }
}

/// Those that are marked in the list of sandboxes, else all that are open.
fn chosen(model: &Model) -> Vec<Whom> {
    let marked = model.panels.marked_sandboxes(&model.workspace);
    if marked.is_empty() {
        open_sandboxes(&model.workspace)
    } else {
        marked
    }
}

/// Asks for the command, naming everybody it is for.
pub(super) fn ask(model: &mut Model, whom: Vec<Whom>, command: &str) {
    if whom.is_empty() {
        return tell(
            model,
            Severity::Info,
            "no sandbox is open or marked — nothing to run on".to_owned(),
        );
    }
    if model.run.as_ref().is_some_and(|run| !run.is_over()) {
        tell(
            model,
            Severity::Info,
            "the last command still runs on some sandboxes — ctrl-c ends it".to_owned(),
        );
        return model.overlays.open(Overlay::Run(Box::default()));
    }
    let title = question_title(&whom);
    let prompt = Prompt::new(title, command, Decision::Run(RunDecision::On(whom), None));
    model.overlays.open(Overlay::Prompt(prompt));
}

/// Does what was decided.
pub(super) fn decide(model: &mut Model, decision: RunDecision, text: Option<String>, effects: &mut Effects) {
    match decision {
        RunDecision::AskFor(command) => ask(model, chosen(model), &command),
        RunDecision::On(whom) => {
            let command = text.unwrap_or_default().trim().to_owned();
            if !command.is_empty() {
                begin_unless_guarded(model, whom, command, effects);
            }
        }
        RunDecision::Surely(whom, command) => {
            begin(model, &whom, command, effects);
            if let Some(run) = &mut model.run {
                run.was_confirmed = true;
            }
        }
        RunDecision::Stop => stop(model, effects),
        RunDecision::Copy(text) => {
            model.notices.tell(copied(&text), model.now);
            effects.push(Effect::Host(HostRequest::Copy(text.clone())));
            model.host.copied = text;
        }
    }
}

/// A guarded sandbox wants its name typed first.
fn begin_unless_guarded(model: &mut Model, whom: Vec<Whom>, command: String, effects: &mut Effects) {
    let guards: Vec<(String, String)> = whom.iter().filter_map(|whom| guard_of(model, whom)).collect();
    let Some(first) = guards.first().cloned() else {
        return begin(model, &whom, command, effects);
    };
    let shown = crate::domain::RemoteText::from(&*command).escaped();
    let others = guards
        .iter()
        .skip(1)
        .map(|(name, rule)| format!("{name} is guarded ({rule})."));
    let confirm = Confirm {
        question: format!("Run `{shown}` in {} sandboxes?", whom.len()),
        details: others.collect(),
        verb: "run it",
        decision: Decision::Run(RunDecision::Surely(whom, command), None),
        saves: Vec::new(),
    };
    model.overlays.open(guarded_confirmation(Some(first), confirm));
}

fn guard_of(model: &Model, whom: &Whom) -> Option<(String, String)> {
    let target = whom.target.and_then(|target| model.workspace.target(target));
    let guard = target.and_then(|target| Some((target.label.escaped(), target.care.guard.clone()?)));
    guard.or_else(|| model.workspace.guard_of(&[whom.address.parse().ok()?]))
}

fn begin(model: &mut Model, whom: &[Whom], command: String, effects: &mut Effects) {
    let mut parts = Vec::new();
    for whom in whom {
        let target = whom.target.and_then(|target| model.workspace.target(target)).cloned();
        let state = match target {
            _ if whom.is_asleep => refused("it is paused, and running does not wake it — resume it first"),
            Some(target) => begin_in(model, &target, &command, effects),
            None => {
                let ticket = model.workspace.fresh_ticket();
                effects.push(Effect::OpenTarget(ticket, whom.address.clone()));
                PartState::Opening(ticket)
            }
        };
        parts.push((whom.label.clone(), state));
    }
    model.run = Some(Box::new(JointRun::begin(command, parts, model.now)));
    model.overlays.open(Overlay::Run(Box::default()));
}

fn refused(why: &str) -> PartState {
    PartState::Done(std::sync::Arc::new(RunAnswer::failed(why)))
}

/// Through a shell, so that pipes and variables mean what they do in a terminal.
fn begin_in(model: &mut Model, target: &Target, command: &str, effects: &mut Effects) -> PartState {
    if target.care.is_read_only {
        return refused("it is open read-only: nothing is run there");
    }
    let envs: BTreeMap<String, String> = target
        .program
        .envs
        .iter()
        .filter(|(name, _)| !["TERM", "COLORTERM"].contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let program = ProgramSpec {
        cwd: target.program.cwd.clone(),
        envs,
        ..ProgramSpec::new("/bin/sh", ["-c", command])
    };
    let ticket = model.workspace.fresh_ticket();
    effects.push(Effect::Ask(ticket, target.id, Question::Run(Box::new(program))));
    PartState::Running(ticket)
}

/// Takes in what a sandbox answers, or that it is open; hands back what nobody here has asked for.
pub(super) fn answer(
    model: &mut Model,
    ticket: Ticket,
    result: Result<Answer, Failure>,
    effects: &mut Effects,
) -> Option<Result<Answer, Failure>> {
    let now = model.now;
    let Some(mut run) = model
        .run
        .take_if(|run| run.is_opening(ticket) || run.is_running(ticket))
    else {
        return Some(result);
    };
    match result {
        Ok(Answer::Opened(targets)) => {
            model.workspace.add_targets(targets.clone());
            let parts = targets.iter().map(|target| {
                // What it is called and what it has is known only now.
                let state = if target.care.guard.is_some() && !run.was_confirmed {
                    refused("it is guarded, which was not known before it was open — run it again to be asked")
                } else {
                    begin_in(model, target, &run.command, effects)
                };
                (target.label.escaped(), state)
            });
            let parts = parts.collect();
            run.opened(ticket, parts, now);
        }
        Ok(Answer::Ran(answer)) => run.answered(ticket, *answer, now),
        Ok(_) => {}
        Err(failure) => run.answered(ticket, RunAnswer::failed(failure.to_string()), now),
    }
    model.run = Some(run);
    None
}

/// Ends the command where it still runs.
pub(super) fn stop(model: &mut Model, effects: &mut Effects) {
    let now = model.now;
    if let Some(run) = &mut model.run {
        for ticket in run.tickets() {
            effects.push(Effect::Forget(ticket));
        }
        run.give_up_openings(now);
    }
}

/// Lets the page follow the run, and tells the end of one that nobody looks at.
pub(super) fn settle(model: &mut Model) {
    let Some(run) = &mut model.run else { return };
    let mut is_looked_at = false;
    for overlay in model.overlays.stack_mut() {
        if let Overlay::Run(page) = overlay {
            page.refresh(run);
            is_looked_at = true;
        }
    }
    if let Some((is_good, text)) = run.take_news()
        && !is_looked_at
    {
        let keys = model
            .reader
            .keys()
            .shown(Action::Run(RunAction::Show))
            .unwrap_or_default();
        let severity = if is_good { Severity::Info } else { Severity::Warning };
        tell(model, severity, format!("{text} · {keys} shows them"));
    }
}

/// When the time that a running command has taken is to be shown anew, as time since the start.
pub(super) fn next_deadline(model: &Model) -> Option<Duration> {
    let run = model.run.as_ref().filter(|run| !run.is_over())?;
    let seconds = run.duration(model.now).as_secs() + 1;
    Some(run.began().since_start + Duration::from_secs(seconds))
}

fn tell(model: &mut Model, severity: Severity, text: String) {
    model.notices.tell(Notice::new(severity, text), model.now);
}

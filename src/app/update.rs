//! The one place where the model changes: a message and the time in, effects out. What follows is in the folder.

use std::time::Duration;

use bytes::Bytes;

use crate::domain::{Failure, Moment, SessionId, SessionNews, Ticket};
use crate::keys::{Chord, Pointer, PointerKind, write_sequence};

use super::arranging::{give_up_search, preview_search as preview};
use super::default_keys::KeyMode;
use super::fleet::FleetAction;
use super::key_reader::Reading;
use super::notices::{Notice, Severity};
use super::overlays::{AfterKey, Overlay};
use super::panels::{PanelKind, is_ticket_of_panels};
use super::{Action, Answer, Effect, Effects, HostRequest, Message, Model};

mod acting;
mod asking;
mod choosing;
mod deciding;
mod fleet;
mod insight;
mod joint_run;
mod keeping;
mod mourning;
mod outward;
mod panel_requests;
mod settling;
mod status;

use acting::{act, finish};
use deciding::{decide, leave, paste};
use settling::settle;

/// Keys pressed so soon after a program's end were meant for the program.
const AFTER_END: Duration = Duration::from_millis(700);

/// Opens one tab for each target. Called once, before the first message.
pub fn start(model: &mut Model, now: Moment, effects: &mut Effects) {
    model.now = now;
    status::begin(model);
    if !keeping::begin(model) {
        model.workspace.open_all(model.space().body());
    }
    let has_something = !model.workspace.targets().is_empty() || model.keeping.options.take_up.is_some();
    if !has_something {
        // Nothing was named: the list of sandboxes is where to begin, if there is one.
        if model.workspace.fleet().is_there() {
            model.panels.sidebar.open_over(PanelKind::Sandboxes);
        } else {
            effects.push(Effect::Quit(0));
        }
    }
    effects.ask_for_frame();
    settle(model, effects);
}

/// Takes in one message.
pub fn update(model: &mut Model, message: Message, now: Moment, effects: &mut Effects) {
    model.now = now;
    match message {
        Message::Session(id, news) => take_news(model, id, news, effects),
        // Nothing new has come, and the rest is as with output that has.
        Message::CatchUp(id) => take_news(model, id, SessionNews::Output(Bytes::new()), effects),
        Message::Timer => {
            model.host.wake_at = None;
            effects.ask_for_frame();
        }
        other => {
            effects.ask_for_frame();
            match other {
                Message::Key(chord) => press(model, chord, effects),
                Message::Pointer(pointer) => point(model, pointer, effects),
                Message::Paste(text) => paste(model, &text, effects),
                Message::Resize(size) => model.size = size,
                Message::HostFocus(has_focus) => model.host.has_focus = has_focus,
                Message::Answer(ticket, result) => take_answer(model, ticket, result, effects),
                Message::Kept(kept) => keeping::hear(model, kept, effects),
                Message::Trouble(text) => model.notices.tell(Notice::new(Severity::Warning, text), model.now),
                Message::Shutdown => leave(model, effects),
                Message::Session(..) | Message::CatchUp(_) | Message::Timer => {}
            }
        }
    }
    settle(model, effects);
}

fn take_news(model: &mut Model, id: SessionId, news: SessionNews, effects: &mut Effects) {
    let is_output = matches!(news, SessionNews::Output(_));
    let labels = if is_output {
        model.workspace.tab_labels()
    } else {
        Vec::new()
    };
    let Some((pane, receipt)) = model.workspace.receive(id, news, model.now, effects) else {
        return;
    };
    if receipt.has_rung {
        effects.push(Effect::Host(HostRequest::Bell));
    }
    if let Some(text) = &receipt.clipboard {
        outward::take_program_clipboard(model, pane, text, effects);
    }
    for notice in receipt.notices {
        model.notices.tell(notice, model.now);
    }
    // With the last pane the program would end, and with it what the user has not saved.
    let is_last = model.workspace.sessions().count() == 1;
    if let Some(status) = &receipt.ended
        && model.workspace.closes_with(pane, status)
        && (!is_last || model.panels.unfinished().is_empty())
    {
        model.workspace.close_pane(pane, effects);
    }
    if !is_output {
        mourning::mourn(model, pane, effects);
    }
    // What a hidden pane prints shows nowhere but in its tab's label.
    if !is_output || model.workspace.tabs().is_in_current(pane) || labels != model.workspace.tab_labels() {
        effects.ask_for_frame();
    }
}

fn take_answer(model: &mut Model, ticket: Ticket, result: Result<Answer, Failure>, effects: &mut Effects) {
    let Some(result) = status::answer(model, ticket, result)
        .and_then(|result| joint_run::answer(model, ticket, result, effects))
        .and_then(|result| fleet::answer(model, ticket, result, effects))
    else {
        return;
    };
    let Some(result) = insight::answer(model, ticket, result) else {
        return;
    };
    let opened = match &result {
        Ok(Answer::Opened(targets)) => Some(Ok(targets.clone())),
        Ok(_) => None,
        Err(failure) => Some(Err(failure.clone())),
    };
    if let Some(opened) = opened
        && let Some(told) = model.workspace.take_opened(ticket, opened, model.space().body())
    {
        match told {
            Ok(()) => model.panels.sidebar.leave_list(),
            Err(notice) => model.notices.tell(notice, model.now),
        }
        return;
    }
    if is_ticket_of_panels(ticket) {
        return panel_requests::answer(model, ticket, result, effects);
    }
    // A directory that cannot be known is no news: the pane begins where the sandbox puts it.
    model.workspace.answer(ticket, result.ok(), effects);
}

fn press(model: &mut Model, chord: Chord, effects: &mut Effects) {
    model.notices.dismiss();
    if model.overlays.top().is_some() {
        return press_overlay(model, &chord, effects);
    }
    let is_prefix = chord == model.reader.keys().prefix() || !model.reader.pending().is_empty();
    if model.panels.takes_keys() && !is_prefix {
        return panel_requests::press(model, &chord, effects);
    }
    let mode = model.key_mode();
    match model.reader.read(chord, mode, model.now) {
        Reading::Action(action) => {
            status::note_action(model, action, effects);
            for _ in 0..times(action, model.reader.take_count()) {
                act(model, action, effects);
            }
        }
        Reading::Pending => {}
        Reading::Unbound(keys) => {
            let is_taken_back = chord.key == crate::keys::Key::Escape || chord == Chord::ctrl('c');
            if !is_taken_back {
                let help = model.reader.keys().shown(Action::Help).unwrap_or_default();
                let text = format!("{} is not bound — {help} shows the keys", write_sequence(&keys));
                model.notices.tell(Notice::new(Severity::Info, text), model.now);
            }
        }
        Reading::Free if mode == KeyMode::Copy => {}
        Reading::Free if mode != KeyMode::Pane => panel_requests::press(model, &chord, effects),
        Reading::Free => press_free(model, &chord, effects),
    }
}

/// How often a counted action is done: moving about and looking for the next match, as often as was typed.
fn times(action: Action, count: u16) -> u16 {
    match action {
        Action::Copy(copy) if copy.is_motion() => count,
        _ => 1,
    }
}

/// A key that is not the workbench's goes to the program. Where none hears it, the keys that help need no prefix.
fn press_free(model: &mut Model, chord: &Chord, effects: &mut Effects) {
    let now = model.now;
    let Some(pane) = model.workspace.tabs().focused() else {
        return;
    };
    if model.workspace.broadcast().includes(pane) {
        return broadcast(model, pane, chord, effects);
    }
    let unlock = model.reader.keys().shown(Action::LockInput).unwrap_or_default();
    let Some(session) = model.workspace.focused_mut() else {
        return;
    };
    let Some(since) = session.link.deaf_since() else {
        if !session.type_key(chord, effects) {
            let label = session.label.escaped();
            if let Some(notice) = session.input.refuse(&label, &unlock) {
                model.notices.tell(notice, now);
            }
        }
        return;
    };
    let helping = model
        .reader
        .without_prefix(*chord)
        .filter(|_| now.since(since) >= AFTER_END);
    let (label, is_over) = (session.label.escaped(), session.link.is_over());
    if let Some(action) = helping.filter(|action| helps_without_prefix(*action, model)) {
        act(model, action, effects);
    } else if !is_over {
        let text = format!("{label}: not connected — what is typed now does not arrive");
        model.notices.tell(Notice::new(Severity::Warning, text), now);
    }
}

/// Whether an action's key alone does it in a pane that takes no keys.
fn helps_without_prefix(action: Action, model: &Model) -> bool {
    match action {
        Action::Reconnect | Action::ClosePane => true,
        Action::Fleet(FleetAction::Succeed | FleetAction::Details) => {
            let pane = model.workspace.tabs().focused();
            let target = pane.and_then(|pane| model.workspace.target_of(pane));
            model.workspace.fleet().is_there() && target.is_some_and(|target| target.sandbox.is_some())
        }
        _ => false,
    }
}

/// A key for several programs at once; those that do not hear it are named.
fn broadcast(model: &mut Model, pane: crate::domain::PaneId, chord: &Chord, effects: &mut Effects) {
    model.workspace.broadcast_mut().note_use(model.now);
    let mut deaf = Vec::new();
    for pane in model.workspace.recipients(pane) {
        if let Some(session) = model.workspace.session_mut(pane)
            && !session.type_key(chord, effects)
        {
            deaf.push(session.label.escaped());
        }
    }
    if !deaf.is_empty() {
        let text = format!("not typed to {}: locked, read-only or not connected", deaf.join(", "));
        model.notices.tell(Notice::new(Severity::Warning, text), model.now);
    }
}

/// What is found so far shows while it is typed.
fn preview_search(model: &mut Model) {
    if let Some(Overlay::Search(is_backwards, entry)) = model.overlays.top()
        && let Some(session) = model.workspace.focused_mut()
    {
        preview(session, entry.text(), *is_backwards);
    }
}

fn press_overlay(model: &mut Model, chord: &Chord, effects: &mut Effects) {
    let size = model.size;
    let Some(overlay) = model.overlays.top_mut() else {
        return;
    };
    match overlay.press(chord, overlay.rows(size)) {
        AfterKey::Stay => preview_search(model),
        AfterKey::Close => {
            let closed = model.overlays.close();
            if let (Some(Overlay::Search(..)), Some(session)) = (closed, model.workspace.focused_mut()) {
                give_up_search(session);
            }
        }
        AfterKey::PassOn => {
            model.overlays.close();
            press(model, *chord, effects);
        }
        AfterKey::Try(decision) => decide(model, decision, effects),
        AfterKey::Decide(decision) => {
            model.overlays.close();
            decide(model, decision, effects);
        }
    }
}

fn point(model: &mut Model, pointer: Pointer, effects: &mut Effects) {
    let size = model.size;
    if model.overlays.top().is_none() && panel_requests::point(model, pointer, effects) {
        return;
    }
    if model.overlays.top().is_none() && outward::click(model, pointer, effects) {
        return;
    }
    let Some(overlay) = model.overlays.top_mut() else {
        let map = model.screen_map();
        let at = (&map, model.now);
        let done = model.host.mouse.take(pointer, at, &mut model.workspace, effects);
        return finish(model, done, effects);
    };
    let rows = overlay.rows(size);
    match pointer.kind {
        PointerKind::WheelUp => overlay.scroll(-3, rows),
        PointerKind::WheelDown => overlay.scroll(3, rows),
        // A click beside it closes what can be had again; a question wants an answer.
        PointerKind::Press(_) if !overlay.area(size).contains(pointer.x, pointer.y) && overlay.can_be_had_again() => {
            model.overlays.close();
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::app::{KeepRequest, Link, Options, work_words};
    use crate::domain::{ExitStatus, FailureKind, GridSize, Pid, ProgramSpec, SessionOrder, Target, TargetId};
    use crate::keys::{Modifiers, PointerButton, read_sequence};

    /// A step of a case: keys as in the config file, or anything else that can happen.
    enum Do {
        Keys(&'static str),
        Wait(u64),
        News(u64, SessionNews),
        Send(Message),
    }
    use Do::{Keys, News, Send, Wait};

    fn opened(id: u64) -> Do {
        News(id, SessionNews::Opened(Pid(id as u32 * 100)))
    }

    fn output(id: u64, text: &str) -> Do {
        News(id, SessionNews::Output(Bytes::from(text.to_owned())))
    }

    fn ended(id: u64, code: i32, exited: bool) -> Do {
        let status = ExitStatus {
            code,
            exited,
            status: if exited {
                format!("exit status {code}")
            } else {
                "signal: killed".to_owned()
            }
            .into(),
            error: None,
        };
        News(id, SessionNews::Ended(status))
    }

    fn lost(id: u64) -> Do {
        let failure = Failure::new(FailureKind::Unreachable, "connection lost");
        News(
            id,
            SessionNews::Lost {
                failure,
                attempt: 1,
                retry_in: Duration::from_secs(2),
            },
        )
    }

    fn click(x: u16, y: u16) -> Do {
        Send(Message::Pointer(Pointer {
            kind: PointerKind::Press(PointerButton::Left),
            x,
            y,
            modifiers: Modifiers::NONE,
        }))
    }

    /// Starts with two sandboxes on 80×24, does the steps, and compares what is open and what the last step asked for.
    /// Sessions 1 and 3 are opened at the start.
    fn check(steps: Vec<Do>, state: &str, asked: &[&str]) {
        check_on(["api", "worker"].as_slice(), steps, state, asked);
    }

    fn check_on(labels: &[&str], steps: Vec<Do>, state: &str, asked: &[&str]) {
        let targets = labels
            .iter()
            .enumerate()
            .map(|(index, label)| Target::new(TargetId(index as u32), *label, ProgramSpec::new("bash", [""; 0])));
        let mut model = Model::new(targets.collect(), Options::default(), GridSize::new(80, 24));
        let mut effects = Effects::default();
        let mut now = Moment::ZERO;
        start(&mut model, now, &mut effects);
        for step in steps {
            effects = Effects::default();
            let messages = match step {
                Keys(written) => {
                    let keys = read_sequence(written, Chord::ctrl('b')).expect("keys");
                    keys.into_iter().map(Message::Key).collect()
                }
                Wait(millis) => {
                    now = now.after(Duration::from_millis(millis));
                    vec![Message::Timer]
                }
                News(id, news) => vec![Message::Session(SessionId(id), news)],
                Send(message) => vec![message],
            };
            for message in messages {
                update(&mut model, message, now, &mut effects);
            }
        }
        assert_eq!(describe(&model), state);
        let found: Vec<String> = effects.take().iter().filter_map(short).collect();
        assert_eq!(found, asked);
    }

    /// `1 api[1 live] | *2 worker[3 live, 5* starting]`, then what lies over it and what is told.
    fn describe(model: &Model) -> String {
        let current = model.workspace.tabs().current().map(|tab| tab.id);
        let labels = model.workspace.tab_labels();
        let tabs = model.workspace.tabs().list().iter().zip(labels).map(|(tab, label)| {
            let panes = tab.panes.panes().into_iter().map(|pane| {
                let session = model.workspace.session(pane).expect("a session in every pane");
                let focus = if pane == tab.focused() { "*" } else { "" };
                let link = match &session.link {
                    Link::Preparing { .. } => "preparing",
                    Link::Opening => "opening",
                    Link::Live => "live",
                    Link::Rejoining { .. } => "lost",
                    Link::Asleep { .. } => "asleep",
                    Link::Ended { .. } => "ended",
                    Link::Failed { .. } => "failed",
                };
                let copy = if session.copy.is_some() { " copying" } else { "" };
                format!("{}{focus} {link}{copy}", session.id)
            });
            let mark = if Some(tab.id) == current { "*" } else { "" };
            let zoom = if tab.panes.zoomed().is_some() { " zoomed" } else { "" };
            format!("{mark}{}[{}{zoom}]", label.text(), panes.collect::<Vec<_>>().join(", "))
        });
        let mut state = tabs.collect::<Vec<_>>().join(" | ");
        if let Some(overlay) = model.overlays.top() {
            let name = format!("{overlay:?}");
            let name = name.split(['(', ' ']).next().unwrap_or_default();
            state = format!("{state} + {name}");
        }
        if let Some(notice) = model.notices.shown() {
            state = format!("{state} + \"{}\"", notice.text);
        }
        state
    }

    /// An effect in a few words; timers and titles are left out.
    fn short(effect: &Effect) -> Option<String> {
        Some(match effect {
            Effect::Session(id, SessionOrder::Open(plan)) => {
                let crate::domain::SessionEntry::Start(program) = &plan.entry else {
                    panic!("a join")
                };
                let cwd = program.cwd.as_ref().map(|cwd| format!(" in {cwd}")).unwrap_or_default();
                let (cols, rows) = (plan.size.cols(), plan.size.rows());
                format!("open {id} on {} {cols}x{rows}{cwd}", plan.target)
            }
            Effect::Session(id, SessionOrder::Send(bytes)) => format!("send {id} {bytes:?}"),
            Effect::Session(id, SessionOrder::Resize(size)) => format!("resize {id} {}x{}", size.cols(), size.rows()),
            Effect::Session(id, order) => format!("{order:?} {id}").to_lowercase(),
            Effect::Ask(_, _, crate::app::Question::Metrics)
            | Effect::Host(HostRequest::Title(_))
            | Effect::WakeIn(_) => return None,
            Effect::Ask(ticket, target, question) => format!("ask {ticket} {target} {question:?}"),
            Effect::Host(HostRequest::Copy(text)) => format!("copy({text:?})"),
            Effect::Host(request) => format!("{request:?}").to_lowercase(),
            Effect::Quit(code) => format!("quit {code}"),
            other @ (Effect::OpenTarget(..)
            | Effect::Platform(..)
            | Effect::Forget(_)
            | Effect::Keep(_)
            | Effect::History(_)) => {
                format!("{other:?}")
            }
        })
    }

    #[test]
    fn one_tab_opens_for_each_sandbox() {
        check(
            vec![],
            "*1 api[1* opening] | 2 worker[3* opening]",
            &["open 1 on 0 78x20", "open 3 on 1 78x20"],
        );
        check_on(&[], vec![], "", &["quit 0"]);
    }

    #[test]
    fn keys_reach_the_program_and_the_prefix_does_not() {
        let state = "*1 api[1* live] | 2 worker[3* opening]";
        check(
            vec![opened(1), Keys("l s enter")],
            state,
            &["send 1 b\"l\"", "send 1 b\"s\"", "send 1 b\"\\r\""],
        );
        check(vec![opened(1), Keys("prefix")], state, &[]);
        check(vec![opened(1), Keys("prefix prefix")], state, &["send 1 b\"\\x02\""]);
        check(vec![opened(1), Keys("prefix esc")], state, &[]);
        check(
            vec![opened(1), Keys("ctrl-c esc")],
            state,
            &["send 1 b\"\\x03\"", "send 1 b\"\\x1b\""],
        );
        check(
            vec![opened(1), Keys("prefix Y")],
            &format!("{state} + \"^B Y is not bound — ^B ? shows the keys\""),
            &[],
        );
    }

    #[test]
    fn a_split_asks_for_the_directory_and_does_not_wait_long() {
        let asking = vec![opened(1), Keys("prefix %")];
        let asked = ["ask 6 0 WorkingDirectory(Pid(100))", "resize 1 38x20"];
        check(asking, "*1 api[1 live, 5* preparing] | 2 worker[3* opening]", &asked);
        let answered = || {
            let answer = Answer::WorkingDirectory("/srv/app".into());
            vec![
                opened(1),
                Keys("prefix %"),
                Keys("x"),
                Send(Message::Answer(Ticket(6), Ok(answer))),
            ]
        };
        let state = "*1 api[1 live, 5* opening] | 2 worker[3* opening]";
        check(answered(), state, &["open 5 on 0 39x20 in /srv/app", "send 5 b\"x\""]);
        let late = vec![opened(1), Keys("prefix %"), Wait(400)];
        check(late, state, &["open 5 on 0 39x20"]);
        let failed = Err(Failure::new(FailureKind::NotFound, "no such process"));
        let refused = vec![opened(1), Keys("prefix %"), Send(Message::Answer(Ticket(6), failed))];
        check(refused, state, &["open 5 on 0 39x20"]);
        let mut twice = answered();
        twice.push(Send(Message::Answer(
            Ticket(6),
            Ok(Answer::WorkingDirectory("/other".into())),
        )));
        check(twice, state, &[]);
    }

    #[test]
    fn a_shell_that_tells_its_directory_is_not_asked() {
        let steps = vec![opened(1), output(1, "\x1b]7;file://host/srv\x07"), Keys("prefix \"")];
        let asked = ["resize 1 78x9", "open 5 on 0 78x10 in /srv"];
        check(steps, "*1 api[1 live, 5* opening] | 2 worker[3* opening]", &asked);
    }

    #[test]
    fn a_split_without_room_is_refused() {
        let small = Send(Message::Resize(GridSize::new(40, 10)));
        let mut steps = vec![small, opened(1)];
        steps.extend((0..3).map(|_| Keys("prefix \"")));
        let told = "there is no room for another pane here — close one or enlarge the window";
        let state = "*1 api[1 live, 5 preparing, 7* opening] | 2 worker[3* opening]";
        check(steps, &format!("{state} + \"{told}\""), &[]);
    }

    #[test]
    fn closing_asks_only_where_something_runs() {
        let state = "*1 api[1* live] | 2 worker[3* opening]";
        check(vec![opened(1), Keys("prefix x")], &format!("{state} + Confirm"), &[]);
        check(vec![opened(1), Keys("prefix x n")], state, &[]);
        check(
            vec![opened(1), Keys("prefix x y")],
            "*1 worker[3* opening]",
            &["kill 1"],
        );
        check(
            vec![opened(1), Keys("prefix & y")],
            "*1 worker[3* opening]",
            &["kill 1"],
        );
        let last = vec![opened(1), Keys("prefix x y"), Keys("prefix x")];
        check(last, "", &["kill 3", "quit 0"]);
        // The question goes when the pane does.
        let gone = vec![opened(1), Keys("a"), Keys("prefix x"), ended(1, 0, true)];
        check(gone, "*1 worker[3* opening]", &["detach 1"]);
    }

    #[test]
    fn panes_close_with_programs_that_ended_well() {
        check(
            vec![opened(1), Keys("a"), ended(1, 0, true)],
            "*1 worker[3* opening]",
            &["detach 1"],
        );
        let stays = "*1 apix 3[1* ended] | 2 worker[3* opening]";
        check(vec![opened(1), Keys("a"), ended(1, 3, true)], stays, &[]);
        let unused = "*1 apix 0[1* ended] | 2 worker[3* opening]";
        check(vec![opened(1), ended(1, 0, true)], unused, &[]);
    }

    #[test]
    fn the_last_program_decides_the_exit_code() {
        check_on(
            &["api"],
            vec![opened(1), Keys("a"), ended(1, 0, true)],
            "",
            &["detach 1", "quit 0"],
        );
        check_on(
            &["api"],
            vec![opened(1), Keys("a"), ended(1, 3, true)],
            "",
            &["detach 1", "quit 3"],
        );
        let killed = || vec![opened(1), Keys("a"), ended(1, -1, false)];
        check_on(&["api"], killed(), "*1 apix 137[1* ended]", &[]);
        let mut closed = killed();
        closed.extend([Wait(1_000), Keys("x")]);
        check_on(&["api"], closed, "", &["detach 1", "quit 137"]);
        let failure = Failure::new(FailureKind::Denied, "no");
        let refused = vec![News(1, SessionNews::Failed(failure)), Wait(1_000), Keys("x")];
        check_on(&["api"], refused, "", &["detach 1", "quit 4"]);
    }

    #[test]
    fn an_ended_program_is_started_again_without_prefix() {
        let state = "*1 api[5* opening] | 2 worker[3* opening]";
        let again = || vec![opened(1), ended(1, 2, true)];
        let mut soon = again();
        soon.extend([Wait(100), Keys("R x")]);
        check(soon, "*1 apix 2[1* ended] | 2 worker[3* opening]", &[]);
        let mut later = again();
        later.extend([Wait(1_000), Keys("R")]);
        check(later, state, &["detach 1", "open 5 on 0 78x20"]);
        let mut prefixed = again();
        prefixed.push(Keys("prefix R"));
        check(prefixed, state, &["detach 1", "open 5 on 0 78x20"]);
    }

    #[test]
    fn a_lost_link_keeps_the_pane_and_can_be_tried_at_once() {
        let state = "*1 api~[1* lost] | 2 worker[3* opening]";
        check(vec![opened(1), lost(1)], state, &[]);
        check(vec![opened(1), lost(1), Keys("prefix R")], state, &["retrynow 1"]);
        let deaf = format!("{state} + \"api: not connected — what is typed now does not arrive\"");
        check(vec![opened(1), lost(1), Keys("a R")], &deaf, &[]);
        check(vec![opened(1), lost(1), Wait(1_000), Keys("a")], &deaf, &[]);
        check(vec![opened(1), lost(1), Wait(1_000), Keys("R")], state, &["retrynow 1"]);
        check(
            vec![opened(1), lost(1), Wait(1_000), Keys("x")],
            &format!("{state} + Confirm"),
            &[],
        );
        let given_up = vec![opened(1), lost(1), Keys("prefix .")];
        check(given_up, "*1 apix[1* failed] | 2 worker[3* opening]", &["detach 1"]);
        let back = vec![
            opened(1),
            lost(1),
            Wait(3_000),
            News(
                1,
                SessionNews::Rejoined {
                    gap: Duration::from_secs(3),
                },
            ),
        ];
        let told = "api: connected again after 3 s — output of that time may be missing";
        check(
            back,
            &format!("*1 api[1* live] | 2 worker[3* opening] + \"{told}\""),
            &[],
        );
    }

    #[test]
    fn tabs_come_and_go() {
        let state = "1 api[1* live] | *2 api[5* opening] | 3 worker[3* opening]";
        check(vec![opened(1), Keys("prefix c")], state, &["open 5 on 0 78x20"]);
        let second = "1 api[1* opening] | *2 worker[3* opening]";
        for keys in ["prefix n", "prefix p", "prefix 2", "prefix n prefix l prefix l"] {
            check(vec![Keys(keys)], second, &[]);
        }
        check(vec![click(9, 0)], second, &[]);
        let named = "*1 web[1* opening] | 2 worker[3* opening]";
        check(vec![Keys("prefix , w e b enter")], named, &[]);
        check(
            vec![Keys("prefix , w e b enter"), Keys("prefix , ctrl-u enter")],
            "*1 api[1* opening] | 2 worker[3* opening]",
            &[],
        );
    }

    #[test]
    fn a_key_that_is_no_number_goes_through_the_numbers() {
        let steps = vec![opened(1), Keys("prefix % prefix left prefix q x prefix q prefix 2")];
        check(
            steps,
            "1 api[1* live, 5 preparing] | *2 worker[3* opening]",
            &["ask 6 0 WorkingDirectory(Pid(100))", "resize 1 38x20", "send 1 b\"x\""],
        );
    }

    #[test]
    fn hidden_output_marks_the_tab_once() {
        let state = "*1 api[1* opening] | 2 worker*[3* opening]";
        check(vec![output(3, "x")], state, &[]);
        check(
            vec![output(3, "\x07")],
            "*1 api[1* opening] | 2 worker![3* opening]",
            &["bell"],
        );
        let mut model = Model::new(
            vec![
                Target::new(TargetId(1), "a", ProgramSpec::default()),
                Target::new(TargetId(2), "b", ProgramSpec::default()),
            ],
            Options::default(),
            GridSize::default(),
        );
        let mut effects = Effects::default();
        start(&mut model, Moment::ZERO, &mut effects);
        for expected in [true, false] {
            effects.take_frame_request();
            let output = SessionNews::Output(Bytes::from_static(b"x"));
            update(
                &mut model,
                Message::Session(SessionId(3), output),
                Moment::ZERO,
                &mut effects,
            );
            assert_eq!(
                effects.take_frame_request(),
                expected,
                "only the first one changes what is seen"
            );
        }
    }

    #[test]
    fn what_happens_out_of_sight_waits_until_it_is_looked_at() {
        let state = "1 api[1* live] | *2 worker[3* live]";
        let told = format!("{state} + \"worker · bash rang the bell\"");
        check(
            vec![opened(1), opened(3), output(3, "\x07"), Keys("prefix a")],
            &told,
            &[],
        );
        let nothing = "*1 api[1* live] | 2 worker[3* live] + \"nothing needs you\"";
        check(
            vec![opened(1), opened(3), output(1, "\x07"), Keys("prefix a")],
            nothing,
            &[],
        );
        let silent = vec![opened(1), Keys("prefix g s prefix n"), Wait(10_000), Keys("prefix a")];
        let silence = "*1 api[1* live] | 2 worker[3* opening] + \"api · bash is silent\"";
        check(silent, silence, &[]);
        let watched = vec![
            opened(3),
            Keys("prefix 2 prefix g a prefix 1"),
            output(3, "x"),
            Keys("prefix a"),
        ];
        let printed = "1 api[1* opening] | *2 worker[3* live] + \"worker · bash has printed something\"";
        check(watched, printed, &[]);
    }

    #[test]
    fn a_broadcast_reaches_all_chosen_panes_but_locked_ones() {
        let both = || vec![opened(1), opened(3), Keys("prefix e down space enter")];
        let with = |keys| {
            let mut steps = both();
            steps.extend([Keys(keys)]);
            steps
        };
        let state = "*1 api[1* live] | 2 worker[3* live]";
        check(with("a"), state, &["send 1 b\"a\"", "send 3 b\"a\""]);
        let locked = format!("{state} + \"not typed to api: locked, read-only or not connected\"");
        check(with("prefix g l a"), &locked, &["send 3 b\"a\""]);
        let ended = format!("{state} + \"typing goes to one pane again\"");
        check(with("prefix E"), &ended, &[]);
        let mut later = both();
        later.extend([Wait(600_000), Keys("a")]);
        check(later, state, &["send 1 b\"a\""]);
        let mut pasted = both();
        let paste = Send(Message::Paste("one\ntwo".to_owned()));
        pasted.extend([output(1, "\x1b[?2004h"), output(3, "\x1b[?2004h"), paste]);
        pasted.extend([Keys("x")]);
        check(pasted, "*1 api[1* live] | 2 worker*[3* live] + Confirm", &[]);
    }

    #[test]
    fn nothing_reaches_a_locked_pane() {
        let state = "*1 api[1* live] | 2 worker[3* opening]";
        let locked = || vec![opened(1), Keys("prefix g l")];
        let told = format!("{state} + \"api: this pane is locked — nothing is typed · ^B g l unlocks\"");
        let mut typed = locked();
        typed.push(Keys("a"));
        check(typed, &told, &[]);
        let mut again = locked();
        again.push(Keys("a b"));
        check(again, state, &[]);
        let mut pasted = locked();
        pasted.push(Send(Message::Paste("rm".to_owned())));
        check(pasted, &told, &[]);
        let mut unlocked = locked();
        unlocked.extend([Keys("prefix g l"), Keys("a")]);
        check(unlocked, state, &["send 1 b\"a\""]);
    }

    #[test]
    fn what_is_only_looked_at_or_guarded_is_hard_to_end() {
        let mut targets =
            [0, 1].map(|id| Target::new(TargetId(id), format!("box{id}"), ProgramSpec::new("sh", [""; 0])));
        targets[0].care.is_read_only = true;
        targets[1].care.guard = Some("env=prod".to_owned());
        let mut model = Model::new(targets.to_vec(), Options::default(), GridSize::new(80, 24));
        let mut effects = Effects::default();
        start(&mut model, Moment::ZERO, &mut effects);
        let mut press = |written: &str| {
            effects = Effects::default();
            for id in [1, 3] {
                let news = SessionNews::Opened(Pid(7));
                update(
                    &mut model,
                    Message::Session(SessionId(id), news),
                    Moment::ZERO,
                    &mut effects,
                );
            }
            for chord in read_sequence(written, Chord::ctrl('b')).expect("keys") {
                update(&mut model, Message::Key(chord), Moment::ZERO, &mut effects);
            }
            effects.take().iter().filter_map(short).collect::<Vec<_>>()
        };
        assert_eq!(press("a"), [""; 0]);
        assert_eq!(press("prefix 2 prefix x y e s enter"), [""; 0], "a yes is not enough");
        assert_eq!(press("esc prefix x b o x 1 enter"), ["kill 3"]);
        assert_eq!(
            press("prefix x y"),
            ["detach 1", "quit 0"],
            "what is only looked at runs on"
        );
    }

    #[test]
    fn a_number_counts_in_copy_mode() {
        let steps = |keys| vec![opened(1), output(1, "one\r\ntwo\r\nsix\r\n"), Keys(keys)];
        let told = "*1 api[1* live] | 2 worker[3* opening] + \"copied 3 characters\"";
        check(steps("prefix [ 2 k 0 v $ y"), told, &["copy(\"two\")"]);
        check(steps("prefix [ 3 k 0 v $ y"), told, &["copy(\"one\")"]);
    }

    #[test]
    fn text_is_found_in_all_panes() {
        let steps = |keys| vec![opened(1), opened(3), output(3, "one\r\ntwo two\r\n"), Keys(keys)];
        let listed = "*1 api[1* live] | 2 worker*[3* live] + Chooser";
        check(steps("prefix g / t w o enter"), listed, &[]);
        let shown = "1 api[1* live] | *2 worker[3* live copying]";
        check(steps("prefix g / t w o enter enter"), shown, &[]);
        let nowhere = "*1 api[1* live] | 2 worker*[3* live] + \"`x` is in no pane, as far as output is kept\"";
        check(steps("prefix g / x enter"), nowhere, &[]);
    }

    #[test]
    fn panes_move_between_tabs() {
        let joined = "*1 api[3 opening, 1* live]";
        check(
            vec![opened(1), Keys("prefix g j enter")],
            joined,
            &["resize 3 38x20", "resize 1 39x20"],
        );
        let numbered = vec![opened(1), Keys("prefix %"), Wait(500), opened(5), Keys("prefix q 0")];
        check(numbered, "*1 api[1* live, 5 live] | 2 worker[3* opening]", &[]);
        let elsewhere = vec![opened(1), Keys("prefix | down enter")];
        check(
            elsewhere,
            "*1 worker[1 live, 5* opening] | 2 worker[3* opening]",
            &["resize 1 38x20", "open 5 on 1 39x20"],
        );
    }

    #[test]
    fn new_settings_are_in_force_at_once_and_what_cannot_be_is_named() {
        let mut target = Target::new(TargetId(0), "api", ProgramSpec::new("bash", [""; 0]));
        target.care.metadata.insert("env".into(), "prod".into());
        let mut model = Model::new(vec![target], Options::default(), GridSize::new(80, 24));
        let mut effects = Effects::default();
        start(&mut model, Moment::ZERO, &mut effects);
        let pairs = [("env".to_owned(), "prod".to_owned())];
        let options = Options {
            guards: vec![crate::domain::GuardRule(pairs.into())],
            mouse: false,
            scrollback: crate::app::Scrollback { lines: 7, bytes: 9 },
            ..Options::default()
        };
        let kept = crate::app::Kept::Settings(Box::new(options), vec!["[platform]"]);
        let mut effects = Effects::default();
        update(&mut model, Message::Kept(kept), Moment::ZERO, &mut effects);
        let target = &model.workspace.targets()[0];
        assert_eq!(target.care.guard.as_deref(), Some("env=prod"));
        assert_eq!(model.workspace.scrollback_bytes, 9);
        assert!(effects.take().contains(&Effect::Host(HostRequest::Mouse(false))));
        let told = &model.notices.shown().expect("a notice").text;
        assert_eq!(
            told,
            "the settings were read again — only after the next start: [platform]"
        );
        let kept = crate::app::Kept::Settings(Box::default(), Vec::new());
        update(&mut model, Message::Kept(kept), Moment::ZERO, &mut Effects::default());
        assert_eq!(model.workspace.targets()[0].care.guard, None, "the rule has gone");
    }

    #[test]
    fn what_takes_long_is_told_and_given_up() {
        let targets = vec![Target::new(TargetId(0), "api", ProgramSpec::new("bash", [""; 0]))];
        let mut model = Model::new(targets, Options::default(), GridSize::new(80, 24));
        let mut effects = Effects::default();
        let mut now = Moment::ZERO;
        start(&mut model, now, &mut effects);
        let mut press = |model: &mut Model, written: &str, now| {
            effects = Effects::default();
            for chord in read_sequence(written, Chord::ctrl('b')).expect("keys") {
                update(model, Message::Key(chord), now, &mut effects);
            }
            effects.take()
        };
        press(&mut model, "prefix : o p e n space f a r enter", now);
        assert_eq!(work_words(&model), None, "not at once");
        let mut words_after = |model: &mut Model, millis| {
            now = now.after(Duration::from_millis(millis));
            update(model, Message::Timer, now, &mut Effects::default());
            work_words(model).map(|words| (words.text, words.is_long))
        };
        let words = |text: &str, is_long| Some((text.to_owned(), is_long));
        assert_eq!(words_after(&mut model, 500), words("opening far", false));
        assert_eq!(words_after(&mut model, 1_500), words("opening far 2 s", true));
        let asked = press(&mut model, "prefix ctrl-c", Moment::ZERO.after(Duration::from_secs(2)));
        assert!(
            asked.iter().any(|effect| matches!(effect, Effect::Forget(_))),
            "{asked:?}"
        );
        assert_eq!(work_words(&model), None);
        assert!(model.notices.shown().expect("a notice").text.contains("given up"));
    }

    #[test]
    fn a_newcomer_is_told_where_help_is_until_a_key_of_ours_is_used() {
        let mut options = Options::default();
        options.keeping.is_first_run = true;
        let targets = vec![Target::new(TargetId(0), "api", ProgramSpec::new("bash", [""; 0]))];
        let mut model = Model::new(targets, options, GridSize::new(80, 24));
        let mut effects = Effects::default();
        start(&mut model, Moment::ZERO, &mut effects);
        let mut seen_after = |written: &str| {
            let mut effects = Effects::default();
            for chord in read_sequence(written, Chord::ctrl('b')).expect("keys") {
                update(&mut model, Message::Key(chord), Moment::ZERO, &mut effects);
            }
            let is_kept = effects
                .take()
                .iter()
                .any(|effect| *effect == Effect::Keep(KeepRequest::HintSeen));
            (model.status.hint.is_shown(), is_kept)
        };
        assert_eq!(seen_after("l s enter prefix prefix"), (true, false));
        assert_eq!(seen_after("prefix ?"), (false, true));
        assert_eq!(seen_after("esc prefix ?"), (false, false), "told once");
    }

    #[test]
    fn leaving_detaches() {
        let state = "*1 api[1* opening] | 2 worker[3* opening]";
        let asked = ["detach 1", "detach 3", "quit 0"];
        check(vec![Keys("prefix d")], state, &asked);
        check(vec![Send(Message::Shutdown)], state, &asked);
    }

    #[test]
    fn several_pasted_lines_are_asked_about_unless_they_arrive_whole() {
        let paste = || Send(Message::Paste("one\ntwo\n".to_owned()));
        let state = "*1 api[1* live] | 2 worker[3* opening]";
        check(vec![opened(1), paste()], &format!("{state} + Confirm"), &[]);
        check(
            vec![opened(1), paste(), Keys("y")],
            state,
            &["send 1 b\"one\\rtwo\\r\""],
        );
        let marked = vec![opened(1), output(1, "\x1b[?2004h"), paste()];
        check(marked, state, &["send 1 b\"\\x1b[200~one\\rtwo\\r\\x1b[201~\""]);
        check(
            vec![opened(1), Send(Message::Paste("one\n".to_owned()))],
            state,
            &["send 1 b\"one\\r\""],
        );
    }

    #[test]
    fn panes_move_and_keep_the_keyboard() {
        let split = || vec![opened(1), Keys("prefix %"), Wait(500), opened(5)];
        let with = |keys| {
            let mut steps = split();
            steps.push(Keys(keys));
            steps
        };
        let first = "*1 api[1* live, 5 live] | 2 worker[3* opening]";
        for keys in ["prefix left", "prefix h", "prefix o", "prefix ;", "prefix right"] {
            check(with(keys), first, &[]);
        }
        check(
            vec![opened(1), Keys("prefix %"), click(5, 5)],
            "*1 api[1* live, 5 preparing] | 2 worker[3* opening]",
            &[],
        );
        let swapped = "*1 api[5* live, 1 live] | 2 worker[3* opening]";
        check(with("prefix {"), swapped, &["resize 5 38x20", "resize 1 39x20"]);
        let zoomed = "*1 api[1 live, 5* live zoomed] | 2 worker[3* opening]";
        check(with("prefix z"), zoomed, &["resize 5 78x20"]);
        let apart = "1 api[1* live] | *2 api[5* live] | 3 worker[3* opening]";
        check(with("prefix !"), apart, &["resize 1 78x20", "resize 5 78x20"]);
        let resized = "*1 api[1 live, 5* live] | 2 worker[3* opening]";
        check(
            with("prefix ctrl-left ctrl-left"),
            resized,
            &["resize 1 37x20", "resize 5 40x20", "resize 1 36x20", "resize 5 41x20"],
        );
    }

    #[test]
    fn copy_mode_keeps_the_keys() {
        let lines = "x\r\n".repeat(60);
        let looking = || vec![opened(1), output(1, &lines), Keys("prefix [ pageup a")];
        check(looking(), "*1 api[1* live copying] | 2 worker[3* opening]", &[]);
        let mut left = looking();
        left.push(Keys("q a"));
        check(left, "*1 api[1* live] | 2 worker[3* opening]", &["send 1 b\"a\""]);
    }

    fn mouse(kind: PointerKind, x: u16, y: u16) -> Do {
        Send(Message::Pointer(Pointer {
            kind,
            x,
            y,
            modifiers: Modifiers::NONE,
        }))
    }

    #[test]
    fn the_mouse_copies_what_is_dragged_over_and_words() {
        let left = PointerButton::Left;
        let text = "one two\r\nthree four";
        let mut steps = vec![opened(1), output(1, text), click(5, 2)];
        steps.extend([
            mouse(PointerKind::Drag(left), 3, 3),
            mouse(PointerKind::Release(left), 3, 3),
        ]);
        let state = "*1 api[1* live] | 2 worker[3* opening]";
        let told = format!("{state} + \"copied 2 lines, 7 characters\"");
        check(steps, &told, &["copy(\"two\\nthr\")"]);
        let clicks = |count: usize| {
            let mut steps = vec![opened(1), output(1, text)];
            (0..count).for_each(|_| steps.extend([click(5, 2), mouse(PointerKind::Release(left), 5, 2)]));
            steps
        };
        check(clicks(1), state, &[]);
        check(
            clicks(2),
            &format!("{state} + \"copied 3 characters\""),
            &["copy(\"two\")"],
        );
        check(
            clicks(3),
            &format!("{state} + \"copied 7 characters\""),
            &["copy(\"one two\")"],
        );
        // A program that wants the mouse gets it instead.
        let mut wanted = vec![opened(1), output(1, "\x1b[?1000;1006h"), click(5, 2)];
        check(wanted.split_off(0), state, &["send 1 b\"\\x1b[<0;5;1M\""]);
    }

    #[test]
    fn copied_text_is_pasted() {
        let state = "*1 api[1* live] | 2 worker[3* opening]";
        let steps = |keys| vec![opened(1), output(1, "make test\r\n"), Keys(keys)];
        let copied = steps("prefix [ k v $ y prefix ]");
        check(copied, state, &["copy(\"make test\")", "send 1 b\"make test\""]);
        check(
            steps("prefix ]"),
            &format!("{state} + \"nothing has been copied yet\""),
            &[],
        );
        check(steps("prefix [ esc"), state, &[]);
    }

    #[test]
    fn text_is_looked_for() {
        let steps = |keys| vec![opened(1), output(1, "one\r\ntwo\r\n"), Keys(keys)];
        let state = "*1 api[1* live copying] | 2 worker[3* opening]";
        check(steps("prefix / o n"), &format!("{state} + Search"), &[]);
        check(steps("prefix / o n enter v e esc"), state, &[]);
        let found = steps("prefix / o n e enter v $ y");
        let told = "*1 api[1* live] | 2 worker[3* opening] + \"copied 3 characters\"";
        check(found, told, &["copy(\"one\")"]);
        let nothing = format!("{state} + \"api: not found in what is kept of the output\"");
        check(steps("prefix / x x enter"), &nothing, &[]);
    }

    #[test]
    fn the_palette_does_what_is_chosen() {
        check(
            vec![opened(1), Keys("prefix : n e w space t a b enter")],
            "1 api[1* live] | *2 api[5* opening] | 3 worker[3* opening]",
            &["open 5 on 0 78x20"],
        );
        check(
            vec![Keys("prefix : esc")],
            "*1 api[1* opening] | 2 worker[3* opening]",
            &[],
        );
    }

    #[test]
    fn news_of_a_forgotten_session_change_nothing() {
        check(vec![opened(99)], "*1 api[1* opening] | 2 worker[3* opening]", &[]);
    }
}

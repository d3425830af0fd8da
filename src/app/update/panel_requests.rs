//! The sidebar's part of `update`: keys, answers and clicks go to the panels, and what they ask for is done here.

use crate::domain::{Failure, PaneId, ProgramSpec, TargetId, Ticket};
use crate::keys::{Chord, Pointer, PointerKind};
use crate::panes::Axis;

use crate::app::blocks::{look_at, run_here, text_to_run};
use crate::app::caution::confirmation_for;
use crate::app::notices::{Notice, Severity, copied};
use crate::app::overlays::{Confirm, Decision, Overlay, Prompt};
use crate::app::panels::{PanelAction, PanelDecision, PanelKey, Request, WHERE_TO_RUN};
use crate::app::screen_map::Place;
use crate::app::{Action, Answer, Effect, Effects, HostRequest, Model};

use super::deciding::paste_into_focused;
use super::{asking, fleet, insight, joint_run};

/// Splits the model into the panels and what they may look at, and does what they ask for.
macro_rules! with_panels {
    ($model:ident, $effects:ident, |$panels:ident, $at:ident| $call:expr) => {{
        let map = $model.screen_map();
        let at = PanelKey {
            workspace: &$model.workspace,
            insight: &$model.insight,
            map: &map,
            now: $model.now,
        };
        let ($panels, $at) = (&mut $model.panels, &at);
        let requests = $call;
        requests
    }};
}

/// The actions that show, hide and focus the sidebar, and those of panels. False if it is another one.
pub fn act(model: &mut Model, action: Action, effects: &mut Effects) -> bool {
    let sidebar = &mut model.panels.sidebar;
    match action {
        Action::OpenPanel(kind) => sidebar.open(kind),
        Action::FindCommand => model.panels.find_command(),
        Action::ToggleSidebar => sidebar.toggle(),
        Action::FocusSidebar => sidebar.go_on(),
        Action::Panel(PanelAction::Help) => return false,
        _ if action.home().is_of_panels() => {
            let requests = with_panels!(model, effects, |panels, at| panels.act(action, at, effects));
            fulfil(model, requests, effects);
        }
        _ => return false,
    }
    true
}

/// A key that goes to the panel that has the keyboard.
pub fn press(model: &mut Model, chord: &Chord, effects: &mut Effects) {
    let requests = with_panels!(model, effects, |panels, at| panels.press(chord, at, effects));
    fulfil(model, requests, effects);
}

/// Hands an answer that no pane has asked for to the panels.
pub fn answer(model: &mut Model, ticket: Ticket, result: Result<Answer, Failure>, effects: &mut Effects) {
    let requests = with_panels!(model, effects, |panels, at| panels.answer(ticket, result, at, effects));
    fulfil(model, requests, effects);
}

/// Hands a decision to the panel that asked.
pub fn decide(model: &mut Model, decision: PanelDecision, text: Option<&str>, effects: &mut Effects) {
    let requests = with_panels!(model, effects, |panels, at| panels.decide(decision, text, at, effects));
    fulfil(model, requests, effects);
}

/// Lets the panels follow what has changed.
pub fn tick(model: &mut Model, effects: &mut Effects) {
    let requests = with_panels!(model, effects, |panels, at| panels.tick(at, effects));
    fulfil(model, requests, effects);
}

/// Stops all uploads and downloads.
pub fn stop_copies(model: &mut Model, effects: &mut Effects) {
    let requests = with_panels!(model, effects, |panels, at| panels.stop_copies(at, effects));
    fulfil(model, requests, effects);
}

/// A mouse event, if it is the sidebar's. False if it is not.
pub fn point(model: &mut Model, pointer: Pointer, effects: &mut Effects) -> bool {
    let map = model.screen_map();
    if model.host.mouse.drag_sidebar(pointer, &map, &mut model.panels.sidebar) {
        return true;
    }
    let is_press = matches!(pointer.kind, PointerKind::Press(_));
    if map.at(pointer.x, pointer.y) != Place::Sidebar || model.host.mouse.holds_something() {
        // A click beside the sidebar gives the keyboard to the panes.
        if is_press
            && map
                .layout
                .panes
                .iter()
                .any(|area| area.frame.contains(pointer.x, pointer.y))
        {
            model.panels.sidebar.leave();
        }
        return false;
    }
    let clicks = if is_press {
        model.host.mouse.count_click(pointer, model.now)
    } else {
        0
    };
    let requests = with_panels!(model, effects, |panels, at| panels.point(pointer, clicks, at, effects));
    fulfil(model, requests, effects);
    true
}

fn fulfil(model: &mut Model, requests: Vec<Request>, effects: &mut Effects) {
    for request in requests {
        effects.ask_for_frame();
        match request {
            Request::Tell(notice) => model.notices.tell(notice, model.now),
            Request::Copy(text) => copy(model, text, effects),
            Request::FocusPane(pane) => {
                model.workspace.show_pane(pane);
                model.panels.sidebar.leave();
            }
            Request::ClosePane(pane) => model.workspace.close_pane(pane, effects),
            Request::Open {
                target,
                program,
                in_tab,
            } => open(model, target, program.map(|program| *program), in_tab),
            Request::Run(text) => run_in_focused(model, &text, effects),
            Request::ShowLine(pane, line) => show_line(model, pane, line),
            Request::Type(text) => {
                paste_into_focused(model, &text, effects);
                model.panels.sidebar.leave();
            }
            Request::Confirm {
                question,
                details,
                verb,
                decision,
                target,
            } => {
                let target = target.and_then(|target| model.workspace.target(target));
                let confirm = Confirm {
                    saves: asking::saved_before(model, target),
                    question,
                    details,
                    verb,
                    decision: Decision::Panel(decision, None),
                };
                model.overlays.open(confirmation_for(target, confirm));
            }
            Request::Prompt { title, text, decision } => {
                let prompt = Prompt::new(title, &text, Decision::Panel(decision, None));
                model.overlays.open(Overlay::Prompt(prompt));
            }
            Request::Fleet(request) => fleet::fulfil(model, request, effects),
            Request::RunOn(whom) => joint_run::ask(model, whom, ""),
            Request::Show(kind) => model.panels.sidebar.open(kind),
            Request::Leave => model.panels.sidebar.leave(),
            other => fulfil_inside(model, other, effects),
        }
    }
}

fn open(model: &mut Model, target: TargetId, program: Option<ProgramSpec>, in_tab: bool) {
    let space = model.space();
    let axis = (!in_tab).then_some(Axis::Across);
    if model.workspace.open_in(target, program, axis, space) {
        model.panels.sidebar.leave();
    } else {
        let text = "there is no room for another pane here — open a tab instead, or enlarge the window";
        model.notices.tell(Notice::new(Severity::Info, text), model.now);
    }
}

/// What concerns the inside of sandboxes.
fn fulfil_inside(model: &mut Model, request: Request, effects: &mut Effects) {
    match request {
        Request::PointAt(kind, what) => model.panels.point_at(kind, what),
        Request::LookNow(target) => model.insight.looks.want(target),
        Request::Attach(target, process) => insight::attach(model, target, &process),
        Request::Forward(target, port) => model.insight.forwards.begin(target, port, effects),
        Request::EndForward(id) => model.insight.forwards.end(id, effects),
        Request::OpenWeb(address) => effects.push(Effect::Host(HostRequest::OpenWeb(address))),
        _ => {}
    }
}

fn run_in_focused(model: &mut Model, text: &str, effects: &mut Effects) {
    model.panels.sidebar.leave();
    let session = model.workspace.focused_mut();
    if let Some(notice) = session.and_then(|session| run_here(session, text, effects).err()) {
        model.notices.tell(notice, model.now);
    }
}

/// The command under the cursor of copy mode, whole.
fn block_text(model: &mut Model) -> Option<String> {
    let found = model.workspace.focused_mut().map(|session| text_to_run(session));
    match found? {
        Ok(text) => Some(text),
        Err(notice) => {
            model.notices.tell(notice, model.now);
            None
        }
    }
}

/// Runs the command under the cursor of copy mode again, in its pane.
pub(super) fn run_block(model: &mut Model, effects: &mut Effects) {
    let Some(text) = block_text(model) else { return };
    if let Some(session) = model.workspace.focused_mut() {
        session.copy = None;
        session.emulator.scroll_to_bottom();
    }
    run_in_focused(model, &text, effects);
}

/// Asks in which sandboxes to run it.
pub(super) fn ask_where_to_run_block(model: &mut Model) {
    let Some(text) = block_text(model) else { return };
    let (title, decision) = (WHERE_TO_RUN.to_owned(), PanelDecision::RunCommand(text));
    let prompt = Prompt::new(title, "all", Decision::Panel(decision, None));
    model.overlays.open(Overlay::Prompt(prompt));
}

fn show_line(model: &mut Model, pane: PaneId, line: u64) {
    model.workspace.show_pane(pane);
    model.panels.sidebar.leave();
    if let Some(session) = model.workspace.session_mut(pane) {
        look_at(session, line);
    }
}

fn copy(model: &mut Model, text: String, effects: &mut Effects) {
    model.notices.tell(copied(&text), model.now);
    effects.push(Effect::Host(HostRequest::Copy(text.clone())));
    model.host.copied = text;
}

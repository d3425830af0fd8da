//! Recordings, saved text, workspaces, themes and new settings: what is asked for, decided and heard of them.

use crate::domain::{CastHeader, PaneId, RemoteText};

use crate::app::keeping::{KeepAction, KeepDecision, KeepRequest, Kept, RecordOrder, SavedThing, Trial};
use crate::app::key_reader::KeyReader;
use crate::app::notices::{Notice, Severity};
use crate::app::overlays::{Confirm, Decision, Overlay, Prompt};
use crate::app::{Action, Effect, Effects, HostRequest, Model, Options};

use crate::app::keeping::SaveOptions;

/// The actions about what is kept. False if it is another one.
pub fn act(model: &mut Model, action: Action, effects: &mut Effects) -> bool {
    let Action::Keep(action) = action else {
        return false;
    };
    let focused = model.workspace.tabs().focused();
    match (action, focused) {
        (KeepAction::ChooseTheme, _) => choose_theme(model),
        (KeepAction::SaveWorkspace, _) => {
            let name = model.keeping.options.name.clone().unwrap_or_default();
            ask(model, "Save the workspace as", &name, KeepDecision::SaveWorkspace);
        }
        (KeepAction::Record, Some(pane)) => record(model, pane, None, effects),
        (KeepAction::RecordTo, Some(pane)) => {
            ask(model, "Record to the file", "", KeepDecision::RecordTo(pane));
        }
        (KeepAction::SaveText | KeepAction::SaveColoredText, Some(pane)) => {
            let is_colored = action == KeepAction::SaveColoredText;
            let title = "Save what was shown to (empty: our folder)";
            ask(model, title, "", KeepDecision::SaveText(pane, is_colored));
        }
        (_, None) => {}
    }
    true
}

fn ask(model: &mut Model, title: &str, text: &str, decision: KeepDecision) {
    let prompt = Prompt::new(title, text, Decision::Keep(decision, None));
    model.overlays.open(Overlay::Prompt(prompt));
}

fn choose_theme(model: &mut Model) {
    let names = &model.keeping.options.themes;
    let now = model.keeping.theme.as_ref();
    let now = names.iter().position(|name| Some(name) == now);
    let rows = names.iter().map(|name| {
        let decision = Decision::Keep(KeepDecision::Theme(name.clone()), None);
        (name.clone(), decision)
    });
    let trial = Trial::new("Theme", rows.collect(), now);
    model.overlays.open(Overlay::Trial(trial));
}

/// Does what was decided, with the text that was asked for.
pub fn decide(model: &mut Model, decision: KeepDecision, text: Option<String>, effects: &mut Effects) {
    let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    match decision {
        KeepDecision::Theme(name) => {
            model.keeping.theme = Some(name.clone());
            effects.push(Effect::Keep(KeepRequest::Theme(name)));
        }
        KeepDecision::RecordTo(pane) => {
            if text.is_some() {
                record(model, pane, text, effects);
            }
        }
        KeepDecision::SaveText(pane, is_colored) => save_text(model, pane, (text, is_colored), effects),
        KeepDecision::SaveWorkspace => {
            if let Some(name) = text {
                let text = workspace_text(model, model.keeping.options.save_screens);
                model.keeping.options.name = Some(name.clone());
                effects.push(Effect::Keep(KeepRequest::SaveWorkspace {
                    name: Some(name),
                    text,
                    is_asked_for: true,
                }));
            }
        }
        KeepDecision::TakeUp => take_up(model),
    }
}

/// Begins to record a pane, or stops.
fn record(model: &mut Model, pane: PaneId, path: Option<String>, effects: &mut Effects) {
    let Some(session) = model.workspace.session(pane) else {
        return;
    };
    if model.keeping.is_recording(session.id) {
        effects.push(Effect::Keep(KeepRequest::StopRecording(session.id)));
        return;
    }
    let unix = model.now.wall.duration_since(std::time::UNIX_EPOCH);
    let order = RecordOrder {
        session: session.id,
        name: session.label.unescaped().to_owned(),
        path,
        header: CastHeader {
            size: session.emulator.size(),
            begun: unix.ok().map(|since| since.as_secs()),
            title: Some(format!("{} · {}", session.label, session.title())),
        },
        screen: session.emulator.screen_output(),
    };
    model.keeping.begin_recording(session.id);
    effects.push(Effect::Keep(KeepRequest::Record(Box::new(order))));
}

fn save_text(model: &mut Model, pane: PaneId, (path, is_colored): (Option<String>, bool), effects: &mut Effects) {
    let Some(session) = model.workspace.session(pane) else {
        return;
    };
    let mut text = if is_colored {
        session.emulator.colored_text()
    } else {
        let rows = session.emulator.text_rows();
        let used = rows.iter().rposition(|row| !row.is_empty()).map_or(0, |last| last + 1);
        rows[..used].join("\n")
    };
    text.push('\n');
    let name = session.label.unescaped().to_owned();
    effects.push(Effect::Keep(KeepRequest::SaveText { name, path, text }));
}

/// Opens what the start is to open. False if the usual targets are to be opened instead.
pub fn begin(model: &mut Model) -> bool {
    let tag = model.keeping.options.run.as_ref().map(|run| format!("e2b-tui-{run}.0"));
    model.workspace.set_tag(tag);
    let Some(plan) = &model.keeping.options.take_up else {
        return false;
    };
    match &plan.offer {
        None => take_up(model),
        Some(lines) => model.overlays.open(Overlay::Confirm(Confirm {
            question: "The last workspace still runs. Take it up?".to_owned(),
            details: lines.clone(),
            verb: "take it up",
            decision: Decision::Keep(KeepDecision::TakeUp, None),
            saves: Vec::new(),
        })),
    }
    true
}

fn take_up(model: &mut Model) {
    let Some(plan) = model.keeping.options.take_up.take() else {
        return;
    };
    let body = model.space().body();
    for notice in model.workspace.take_up(*plan, body, model.now) {
        model.notices.tell(notice, model.now);
    }
    if model.workspace.tabs().list().is_empty() {
        model.workspace.open_all(body);
    }
}

/// What follows from any change: an offer that was turned down, and saving now and then.
pub fn settle(model: &mut Model, effects: &mut Effects) {
    if model.keeping.options.take_up.is_some() {
        let is_asking = |overlay: &Overlay| matches!(overlay, Overlay::Confirm(confirm) if matches!(confirm.decision, Decision::Keep(KeepDecision::TakeUp, _)));
        if model.overlays.stack().iter().any(is_asking) {
            return;
        }
        model.keeping.options.take_up = None;
        model.workspace.open_all(model.space().body());
        effects.ask_for_frame();
    }
    if model.workspace.tabs().list().is_empty() {
        if model.keeping.options.run.is_some() {
            effects.push(Effect::Keep(KeepRequest::ForgetLast));
        }
    } else if model.keeping.is_time_to_save(model.now) {
        // Without screens: reading all of them takes longer than a key may wait.
        save_last(model, false, effects);
    }
}

/// Saves the workspace before its programs are left.
pub fn save_on_leaving(model: &mut Model, effects: &mut Effects) {
    if model.keeping.options.run.is_none() || model.workspace.tabs().list().is_empty() {
        return;
    }
    let with_screens = model.keeping.options.save_screens;
    save_last(model, with_screens, effects);
    if let Some(name) = model.keeping.options.name.clone() {
        let text = workspace_text(model, with_screens);
        effects.push(Effect::Keep(KeepRequest::SaveWorkspace {
            name: Some(name),
            text,
            is_asked_for: false,
        }));
    }
}

fn save_last(model: &mut Model, with_screens: bool, effects: &mut Effects) {
    let text = workspace_text(model, with_screens);
    if model.keeping.is_news(&text) {
        effects.push(Effect::Keep(KeepRequest::SaveWorkspace {
            name: None,
            text,
            is_asked_for: false,
        }));
    }
}

fn workspace_text(model: &Model, with_screens: bool) -> String {
    let run = model.keeping.options.run.as_deref();
    model.workspace.to_file(SaveOptions { run, with_screens }).text()
}

/// Takes in what comes of requests, and new settings.
pub fn hear(model: &mut Model, kept: Kept, effects: &mut Effects) {
    let now = model.now;
    let shown = |path: &str| RemoteText::from(path).escaped();
    let notice = match kept {
        Kept::Settings(options, at_next_start) => return renew(model, *options, &at_next_start, effects),
        Kept::SettingsRefused(why) => {
            let text = format!(
                "the settings stay as they were: {}",
                RemoteText::from(why.lines().next().unwrap_or_default())
            );
            Notice::new(Severity::Warning, text)
        }
        Kept::RecordingBegan(_, path) => Notice::new(Severity::Info, format!("recording to {}", shown(&path))),
        Kept::RecordingEnded {
            session,
            path,
            length,
            lost,
        } => {
            model.keeping.end_recording(session);
            let missing = match lost {
                0 => String::new(),
                bytes => {
                    format!("; {bytes} bytes of output came too fast and are missing, which it says at their place")
                }
            };
            let text = format!(
                "recorded {} s to {} — `e2b-tui play` shows it{missing}",
                length.as_secs(),
                shown(&path)
            );
            Notice::new(if lost == 0 { Severity::Info } else { Severity::Warning }, text)
        }
        Kept::RecordingFailed { session, path, error } => {
            model.keeping.end_recording(session);
            Notice::new(
                Severity::Error,
                format!("cannot record to {}: {}", shown(&path), shown(&error)),
            )
        }
        Kept::Saved(SavedThing::LastWorkspace | SavedThing::Hint, _)
        | Kept::NotSaved {
            thing: SavedThing::Hint,
            ..
        } => return,
        Kept::Saved(_, path) => Notice::new(Severity::Info, format!("saved to {}", shown(&path))),
        Kept::NotSaved { thing, path, error } => {
            if thing == SavedThing::LastWorkspace {
                model.keeping.forget_saved();
            }
            let what = match thing {
                SavedThing::Text | SavedThing::Hint => "the text",
                SavedThing::Workspace | SavedThing::LastWorkspace => "the workspace",
            };
            Notice::new(
                Severity::Error,
                format!("cannot save {what} to {}: {}", shown(&path), shown(&error)),
            )
        }
    };
    model.notices.tell(notice, now);
}

/// Lets new settings be in force. What cannot be is named.
fn renew(model: &mut Model, options: Options, at_next_start: &[&str], effects: &mut Effects) {
    model.reader = KeyReader::new(options.keys);
    let workspace = &mut model.workspace;
    workspace.set_scrollback(options.scrollback.lines);
    workspace.scrollback_bytes = options.scrollback.bytes;
    workspace.set_program_clipboard(options.program_clipboard);
    workspace.attention_mut().set_silence_after(options.worth.silence_after);
    workspace.broadcast_mut().set_idle(options.broadcast_idle);
    workspace.renew_guards(options.guards);
    if let Some(platform) = options.platform {
        workspace.metadata_columns = platform.metadata_columns;
    }
    model.insight.limits = options.worth.limits;
    model.panels.set_run_on_enter(options.runs_on_enter);
    model.host.notify = options.notify;
    effects.push(Effect::Host(HostRequest::Mouse(options.mouse)));
    let kept = &mut model.keeping.options;
    kept.save_screens = options.keeping.save_screens;
    kept.themes = options.keeping.themes;
    // What the user chose stays, as long as the settings name the same theme as before.
    if kept.theme != options.keeping.theme {
        kept.theme.clone_from(&options.keeping.theme);
        model.keeping.theme = options.keeping.theme;
    }
    let mut text = "the settings were read again".to_owned();
    if !at_next_start.is_empty() {
        text = format!("{text} — only after the next start: {}", at_next_start.join(", "));
    }
    model.notices.tell(Notice::new(Severity::Info, text), model.now);
}

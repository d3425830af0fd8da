//! What goes from the panes to the user's own machine: links that are followed, text for the clipboard. Nothing of it
//! without the user.

use crate::app::link_hints::{Followed, LinkHints, follow};
use crate::app::notices::{Notice, Severity};
use crate::app::overlays::Overlay;
use crate::app::screen_map::Place;
use crate::app::{Effect, Effects, HostRequest, Model};
use crate::domain::{PaneId, RemoteText};
use crate::keys::{Pointer, PointerButton, PointerKind};
use crate::terminal::{FoundLink, Spot};

use super::deciding::paste_copied;

/// The most that a program may put on the clipboard at once, in bytes.
const PROGRAM_CLIPBOARD_BYTES: usize = 100 * 1024;

/// Gives the links of the focused pane letters to type.
pub(super) fn show_links(model: &mut Model) {
    let Some((pane, session)) = model
        .workspace
        .tabs()
        .focused()
        .and_then(|pane| Some((pane, model.workspace.session(pane)?)))
    else {
        return;
    };
    if let Some(hints) = LinkHints::new(pane, session.emulator.links_in_view()) {
        model.overlays.open(Overlay::Links(hints));
    } else {
        let text = format!("{}: no link, address or path:line is in view", session.label);
        model.notices.tell(Notice::new(Severity::Info, text), model.now);
    }
}

/// Follows a link as far as that goes without a question.
pub(super) fn follow_link(model: &mut Model, link: &FoundLink, only_copies: bool, effects: &mut Effects) {
    match follow(link, only_copies, model.size) {
        Followed::Ask(confirm) => model.overlays.open(Overlay::Confirm(confirm)),
        Followed::Copy(text, notice) => {
            model.notices.tell(notice, model.now);
            effects.push(Effect::Host(HostRequest::Copy(text.clone())));
            model.host.copied = text;
        }
    }
}

/// Clicks that are ours whatever the program wants: control follows a link. The middle button pastes unless the program
/// takes the mouse. False if the event is another one.
pub(super) fn click(model: &mut Model, pointer: Pointer, effects: &mut Effects) -> bool {
    let PointerKind::Press(button) = pointer.kind else {
        return false;
    };
    let Place::Pane(area) = model.screen_map().at(pointer.x, pointer.y) else {
        return false;
    };
    let Some(session) = model.workspace.session(area.pane) else {
        return false;
    };
    match button {
        PointerButton::Left if pointer.modifiers.ctrl => {
            let spot = Spot {
                line: session.emulator.line_in_row(pointer.y - area.content.y),
                col: pointer.x - area.content.x,
            };
            let Some(link) = session.emulator.link_at(spot) else {
                return false;
            };
            follow_link(model, &link, false, effects);
        }
        PointerButton::Middle if !session.emulator.wants_mouse() => {
            if let Some(tab) = model.workspace.tabs_mut().current_mut() {
                tab.focus(area.pane);
            }
            paste_copied(model, effects);
        }
        _ => return false,
    }
    true
}

/// A program that may do so put text on the clipboard. Only the one that the user looks at, and never unannounced.
pub(super) fn take_program_clipboard(model: &mut Model, pane: PaneId, text: &RemoteText, effects: &mut Effects) {
    let is_focused = model.host.has_focus && model.workspace.tabs().focused() == Some(pane);
    let Some(session) = model.workspace.session(pane) else {
        return;
    };
    let (label, title) = (session.label.clone(), session.title());
    let text = text.unescaped();
    let notice = if !is_focused {
        let text = format!("{label}: {title} wanted to use the clipboard while it had no keyboard — refused");
        Notice::new(Severity::Warning, text)
    } else if text.len() > PROGRAM_CLIPBOARD_BYTES {
        let text = format!("{label}: {title} wanted to put more than 100 KiB on the clipboard — refused");
        Notice::new(Severity::Warning, text)
    } else {
        effects.push(Effect::Host(HostRequest::Copy(text.to_owned())));
        let characters = text.chars().count();
        let text = format!("{label}: {title} put {characters} characters on your clipboard");
        Notice::new(Severity::Info, text)
    };
    model.notices.tell(notice, model.now);
}

/// Lets the program of the focused pane use the clipboard, or no more.
pub(super) fn toggle_program_clipboard(model: &mut Model) {
    let Some(session) = model.workspace.focused_mut() else {
        return;
    };
    let is_allowed = !session.emulator.may_use_clipboard();
    session.emulator.let_use_clipboard(is_allowed);
    let text = if is_allowed {
        format!(
            "{}: this pane may put text on your clipboard while it has the keyboard",
            session.label
        )
    } else {
        format!("{}: this pane may not touch your clipboard any more", session.label)
    };
    model.notices.tell(Notice::new(Severity::Info, text), model.now);
}
